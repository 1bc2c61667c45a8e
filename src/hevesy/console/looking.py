"""Pages that are no question's form: the first, and the screens of the roles."""

from __future__ import annotations

import hashlib
import re
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from hevesy.answers.question import question
from hevesy.console.desk import PATIENCE_S, Desk, Sent, desk_of, query_of, told_of
from hevesy.console.forms import MARKS, Control, address, word
from hevesy.console.guard import policy
from hevesy.console.pages import ON_IMAGES, STATIC, Entry, about, rooms, static
from hevesy.console.screens import SCREENS, STEPS, Part, Screen, asked_on, left_aside
from hevesy.record import Record

KINDS_OF_A_READOUT = {".json": "application/json", ".csv": "text/csv; charset=utf-8", ".svg": "image/svg+xml"}
"""What lies beside a readout's page; anything else is sent as bytes, to be kept and not to be run."""


async def home(request: Request) -> Response:
    """Screens, and every question."""
    desk = desk_of(request)
    return HTMLResponse(await desk.page("home", title="Hevesy", rooms=rooms(), asked=desk.on_their_way()))


async def of_static(request: Request) -> Response:
    """Style and scripts."""
    name = request.path_params["name"]
    kind = (STATIC | ON_IMAGES).get(name)
    if kind is None:
        raise HTTPException(404)
    return Response(static(name), media_type=kind)


async def screen(request: Request) -> Response:
    """A role's screen: its inputs, and the answers to its questions."""
    desk, name = desk_of(request), request.path_params["name"]
    found = next((one for one in (*SCREENS, *STEPS) if one.name == name), None)
    if found is None:
        raise HTTPException(404)
    sent = [(name, value) for name, value in parse_qsl(request.url.query) if name not in MARKS]
    return HTMLResponse(await _screen(desk, found, sent))


async def _screen(desk: Desk, found: Screen, sent: Sent) -> str:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in sent:
        if value.strip():
            values[name] = (*values.get(name, ()), value)
    shown = await _answered(desk, found, asked_on(found, values))
    faults = [one["wrong"] for one in shown]
    asks = desk.asking(found.asks, ()) if found.asks is not None else None
    return await desk.page(
        "screen",
        here=found.name,
        title=found.title,
        screen=found,
        asks=asks,
        controls=[_control(desk, command, name) for command, name in found.inputs],
        folds={
            title: [_control(desk, command, name) for command, name in inputs] for title, inputs in found.folds.items()
        },
        steps=[one for one in STEPS if one.name in found.then],
        example=urlencode(found.example),
        values=values,
        wrong=_aside(found, values) | {name: sentence for wrong in faults for name, sentence in wrong.items()},
        shown=shown,
        also=[_entry(command) for command in found.also],
        refresh=any(one["job"] is not None and one["panel"] is None for one in shown),
    )


def _aside(found: Screen, values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """What was given and is not used, so that nobody takes an answer for one that is."""
    told = {}
    for name, needs in left_aside(found, values).items():
        beside = " and ".join(map(word, needs))
        told[name] = f"is not used here without {beside}" if needs else f"{name[:40]!r} is not asked on this screen"
    return told


def _control(desk: Desk, command: str, name: str) -> Control:
    return next(control for control in desk.asking(command, ()).form.controls if control.name == name)


async def _answered(desk: Desk, found: Screen, parts: Sequence[tuple[Part, Sent]]) -> list[dict[str, Any]]:
    """What is told of each part, as far as it is answered while a page waits."""
    asked = [(part, desk.asking(part.command, given)) for part, given in parts]
    jobs = [
        desk.put_once(asking, f"/screens/{found.name} {part.title}", part.title) if not asking.filled.wrong else None
        for part, asking in asked
    ]
    end = time.monotonic() + PATIENCE_S
    told = []
    for (part, asking), job in zip(asked, jobs, strict=True):
        wrong, blunt = dict(asking.filled.wrong), "; ".join(asking.filled.wrong.values())
        if job is not None:
            panel = await job.within_s(max(end - time.monotonic(), 0.0))
            desk.collected(job)
            if panel is not None and panel.kind == "wrong":
                wrong = {name: panel.sentence for name in panel.fields if name in part.takes}
                blunt = "" if wrong else panel.sentence  # nobody here chose what is wrong: the screen asks it always
        at = f"{address(part.command)}?{query_of(asking.filled)}"
        own = {"wrong": wrong, "title": part.title, "command": part.command, "at": at}
        told.append({**told_of(desk, job, asking), **own, "blunt": blunt})
    return told


def _entry(command: str) -> Entry:
    return Entry(command=command, at=address(command), about=about(question(command)).partition("\n")[0])


async def readouts(request: Request) -> Response:
    """The readouts that were made, each to be opened."""
    desk = desk_of(request)
    made = Record(desk.study).made_readouts()
    return HTMLResponse(await desk.page("readouts", here="readouts", title="Readouts that were made", made=made))


async def of_readout(request: Request) -> Response:
    """A file of a readout that was made; what its page has inside it is allowed by its hash."""
    desk, name, file = desk_of(request), request.path_params["name"], request.path_params["file"]
    made = next((one for one in Record(desk.study).made_readouts() if one.folder.name == name), None)
    path = made.folder / file if made is not None else None
    if made is None or path is None or not path.is_file() or not path.resolve().is_relative_to(made.folder.resolve()):
        raise HTTPException(404)
    if path.suffix in KINDS_OF_A_READOUT:
        return FileResponse(path, media_type=KINDS_OF_A_READOUT[path.suffix])
    if path.suffix != ".html":
        return FileResponse(path, media_type="application/octet-stream")
    content = await run_in_threadpool(path.read_bytes)
    styles = map(_hash, re.findall(rb"<style>(.*?)</style>", content, flags=re.DOTALL))
    return HTMLResponse(content, headers={"Content-Security-Policy": policy(scripts=own_scripts(), styles=styles)})


@cache
def own_scripts() -> list[str]:
    """The scripts of the readouts that this version makes.

    What else stands in a folder's page may come from anybody: it would ask the console as its reader.
    """
    page = resources.files("hevesy.render").joinpath("template", "page.html.j2").read_bytes()
    return [_hash(one) for one in re.findall(rb"<script>(.*?)</script>", page, flags=re.DOTALL)]


def _hash(content: bytes) -> str:
    return f"sha256-{b64encode(hashlib.sha256(content).digest()).decode()}"
