"""A console in a process of its own, and a browser without a window: who it is comes from the printed address."""

from __future__ import annotations

import contextlib
import html
import http.client
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

Fields = Mapping[str, object] | Sequence[tuple[str, str]]


@dataclass(slots=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def panel(self) -> str:
        """The text of the answer's side of the page."""
        return html.unescape(re.sub(r"<[^>]+>", " ", self.text.partition('id="answer"')[2]))

    @property
    def job(self) -> str:
        """The id of the answer that is shown or waited for."""
        found = re.search(r'data-answer="([0-9a-f]{16})"', self.text) or re.search(
            r"/answers/([0-9a-f]{16})", str(self.headers)
        )
        assert found is not None, self.text[-3000:]
        return found[1]


@dataclass(slots=True)
class Served:
    """A console that runs."""

    process: subprocess.Popen[str]
    address: str
    study: Path
    cookie: str = ""
    key: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def port(self) -> int:
        return int(self.host.partition(":")[2])

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Reply:
        """A request as it is, with no headers but those given and what HTTP needs."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if method == "POST" and "Content-Length" not in (headers or {}):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def enter(self) -> None:
        """Open the printed address, and take a form's key from a page."""
        parts = urlsplit(self.address)
        reply = self.send("GET", f"{parts.path}?{parts.query}")
        assert reply.status == 303
        assert reply.headers["location"] == "/"
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        found = re.search(r'name="key" value="([^"]+)"', self.get("/shelf").text)
        assert found is not None
        self.key = found[1]

    def get(self, path: str, fields: Fields | None = None, **headers: str) -> Reply:
        """A page, as this browser asks for it."""
        query = f"?{_encoded(fields)}" if fields is not None else ""
        return self.send("GET", path + query, {"Cookie": self.cookie, **headers})

    def post(self, path: str, fields: Fields | None = None, **headers: str) -> Reply:
        """A form of a page, sent."""
        body = _encoded([("key", self.key), *_pairs(fields or {})]).encode()
        own = {
            "Cookie": self.cookie,
            "Origin": f"http://{self.host}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.send("POST", path, {**own, **headers}, body)

    def drop(self, files: Mapping[str, bytes], **headers: str) -> Reply:
        """Files put on the shelf."""
        mark = "a-boundary-of-a-test"
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="key"\r\n\r\n{self.key}\r\n'.encode()]
        for name, content in files.items():
            said = f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            parts.append(f"{said}Content-Type: text/csv\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        own = {
            "Cookie": self.cookie,
            "Origin": f"http://{self.host}",
            "Content-Type": f"multipart/form-data; boundary={mark}",
        }
        return self.send("POST", "/shelf", {**own, **headers}, body)

    def on_shelf(self) -> dict[str, str]:
        """The values of files on the shelf by their names."""
        found = re.findall(r'name="file" value="([0-9a-f]{16}/([^"]+))"', self.get("/shelf").text)
        return {html.unescape(name): html.unescape(value) for value, name in found}

    def answered(self, reply: Reply, within_s: float = 60.0) -> Reply:
        """The page of an answer, once it is there."""
        id, end = reply.job, time.monotonic() + within_s
        while time.monotonic() < end:
            page = self.get(f"/answers/{id}")
            if 'class="progress"' not in page.text:
                return page
            time.sleep(0.1)
        raise AssertionError("no answer came")

    def document(self, reply: Reply) -> Any:
        """The document beside an answer."""
        return json.loads(self.get(f"/answers/{reply.job}/document.json").body)

    def workers(self) -> list[int]:
        """The processes that answer."""
        return [one for one, called in children(self.process.pid) if "hevesy.console.worker" in called]

    def stop(self) -> None:
        """End it as a terminal does."""
        self.process.terminate()
        self.process.communicate(timeout=20)


def packed(folder: Path) -> bytes:
    """The files of a folder as one, as somebody drops a series."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            archive.write(path, path.relative_to(folder.parent))
    return held.getvalue()


def children(process: int) -> list[tuple[int, str]]:
    """The processes that a process started, and how they were called."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if int((place / "stat").read_text().rpartition(")")[2].split()[1]) == process:
                found.append((int(place.name), (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()))
    return found


def _pairs(fields: Fields) -> list[tuple[str, str]]:
    if not isinstance(fields, Mapping):
        return list(fields)
    return [
        (name, str(one)) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])
    ]


def _encoded(fields: Fields) -> str:
    return urlencode(_pairs(fields))


def serve(study: Path, *options: str, **environment: str) -> Served:
    """Start a console and enter it."""
    served = begun(study, *options, **environment)
    served.enter()
    return served


def begun(study: Path, *options: str, **environment: str) -> Served:
    """Start a console."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hevesy", "serve", str(study), "--no-open", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HEVESY_WHO": "a test", **environment},
    )
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line.startswith("http://127.0.0.1:"), process.stderr.read() if process.stderr else line
    return Served(process, line, study)
