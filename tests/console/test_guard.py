"""Nobody asks the console but the browser that was given its address, from the console's own pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.console.serving import Served

FORM = "application/x-www-form-urlencoded"


def test_the_token_becomes_a_cookie_that_no_script_reads_and_leaves_the_address(served: Served) -> None:
    reply = served.send("GET", "/?" + served.address.partition("?")[2])
    assert reply.status == 303
    assert reply.headers["location"] == "/"
    assert "HttpOnly" in reply.headers["set-cookie"]
    assert "SameSite=Strict" in reply.headers["set-cookie"]
    assert served.address.partition("token=")[2] not in reply.headers["set-cookie"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:{port}"}, 403),
        ({"Host": "127.0.0.1:1"}, 403),
        ({"Host": "127.0.0.1"}, 403),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 403),
        ({"Cookie": ""}, 403),
        ({"Cookie": "hevesy-{port}=wrong"}, 403),
        ({"Cookie": "hevesy-1={value}"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Host": "localhost:{port}"}, 200),
    ],
    ids=str,
)
def test_a_request_from_elsewhere_is_refused(served: Served, headers: dict[str, str], status: int) -> None:
    value = served.cookie.partition("=")[2]
    own = {name: one.format(port=served.port, value=value) for name, one in headers.items()}
    reply = served.send("GET", "/plan-next", {"Cookie": served.cookie, **own})
    assert reply.status == status
    assert status == 200 or reply.text.count("\n") == 1


@pytest.mark.parametrize("token", ["", "wrong", "%00"])
def test_a_wrong_token_is_refused(served: Served, token: str) -> None:
    assert served.send("GET", f"/?token={token}").status == 403


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:{port}"}, 403),
        ({"Origin": ""}, 403),
        ({"Content-Type": "text/plain"}, 403),
    ],
    ids=str,
)
def test_a_form_from_elsewhere_is_refused(served: Served, changed: dict[str, str], status: int) -> None:
    own = {name: one.format(port=served.port) for name, one in changed.items()}
    assert served.post("/note", {"answer": "x"}, **own).status == status


def test_a_form_without_origin_or_key_is_refused(served: Served) -> None:
    body = f"key={served.key}&answer=x".encode()
    assert served.send("POST", "/note", {"Cookie": served.cookie, "Content-Type": FORM}, body).status == 403
    own = {"Cookie": served.cookie, "Content-Type": FORM, "Origin": f"http://{served.host}"}
    assert served.send("POST", "/note", own, b"answer=x").status == 403
    assert served.send("POST", "/note", own, b"key=wrong&answer=x").status == 403
    assert served.send("POST", "/note", own, body).status == 404  # only the answer is unknown


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd", "/static/../serve.py", "/static/%2e%2e/serve.py", "/answers/%252e%252e/x", "/screens/..",
        "/static/..%2fserve.py", "/answers/0123456789abcdef/tables/../../x", "/static/..%5cserve.py", "/static/%00",
    ],
)  # fmt: skip
def test_no_part_of_an_address_climbs(served: Served, path: str) -> None:
    assert served.get(path).status == 404


@pytest.mark.parametrize(
    "path", ["/static/serve.py", "/static/", "/nothing", "/answers/0123456789abcdef", "/readouts/x/y"]
)
def test_what_is_not_there_is_not_found(served: Served, path: str) -> None:
    assert served.get(path).status == 404


@pytest.mark.parametrize(
    "value",
    [
        "/etc/passwd",
        "../../etc/passwd",
        "study/../study.sqlite",
        "study/study.sqlite",
        "0123456789abcdef/km.csv",
        "km.csv",
    ],
)
def test_a_form_names_only_files_of_the_shelf_and_of_the_study(served: Served, value: str) -> None:
    reply = served.get("/follow-km", {"table": value, "time": "t", "event": "e"})
    assert reply.status == 404
    assert "drop it first, or choose one of the study" in reply.text


@pytest.mark.parametrize("path", ["/etc/hostname", "/etc/passwd", "protocol.toml"])
def test_a_text_field_never_opens_a_file(served: Served, path: str) -> None:
    reply = served.get("/plan-fit", {"design": "crm", "skeleton": "0.1,0.2", "target": "0.25", "history": path})
    held = Path(path).read_text() if Path(path).is_file() else ""
    assert "Cannot be answered" in reply.text or "Asked wrongly" in reply.text
    assert not held or held.split()[0] not in reply.panel.replace(path, "")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/study-import", {"files": "study/x.csv"}),
        ("/study-confirm", {"row": "4", "reason": "r"}),
        ("/readout", {"ask": ""}),
        ("/readout", {"as_of": "2016-11-04"}),
        ("/study-backup", {"file": "copy.tar"}),
        ("/study-init", {"folder": "new"}),
        ("/demo", {"ask": ""}),
    ],
)
def test_an_address_alone_writes_nothing(served: Served, path: str, fields: dict[str, str]) -> None:
    reply = served.get(path, fields)
    assert reply.status in (403, 404)
    assert "/answers/" not in reply.text


def test_every_reply_carries_the_policy(served: Served) -> None:
    for path in ("/", "/plan-next", "/static/console.css", "/nothing", "/answers/x"):
        headers = served.get(path).headers
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"


def test_no_page_has_a_script_a_style_or_a_handler_inside_it(served: Served) -> None:
    for path in ("/", "/plan-next?folder=yes", "/screens/dose-meeting", "/shelf", "/note"):
        text = served.get(path).text
        assert re.search(r"<script(?![^>]*\ssrc=)", text) is None
        assert re.search(r"<style|\sstyle=|\son[a-z]+=", text) is None
        assert re.findall(r'(?:href|src|action)="(?:https?:)?//', text) == []


def test_it_listens_on_this_machine_alone(served: Served) -> None:
    held = Path(f"/proc/{served.process.pid}/net/tcp").read_text().splitlines()
    listening = [line.split()[1] for line in held if line.split()[3] == "0A"]
    assert f"0100007F:{served.port:04X}" in listening
    assert f"00000000:{served.port:04X}" not in listening


def test_what_is_too_long_is_refused_in_a_sentence(served: Served) -> None:
    long = served.get("/plan-next?history=" + "N" * 10_000_000)
    assert long.status == 414
    assert long.text.strip() == "Refused: an address may have 64 kB; shorten what stands in its fields."
    form = served.post("/note", {"answer": "x" * 10_000_000})
    assert form.status == 413
    assert form.text.count("\n") == 1
    field = served.get("/plan-next", {"history": "N" * 30_000})
    assert field.status == 422
    assert "must have at most 20,000 characters, got 30,000" in field.text
