"""The desk: shows forms and panels, and has questions answered on the bench."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from hevesy.answers.question import commands, question
from hevesy.answers.spelled import command_line, python_call
from hevesy.console.bench import TO_MADE, Bench, Job
from hevesy.console.exchange import Panel
from hevesy.console.forms import MARKS, Filled, Form, address, form_of, read
from hevesy.console.guard import Guard, Keys
from hevesy.console.note import Note, Noted
from hevesy.console.pages import STATIC, Entry, Pages, Spelled, about, rooms, static
from hevesy.console.panel import DOCUMENT, FIGURES, TABLES
from hevesy.console.screens import SCREENS, Screen, asked_on
from hevesy.console.shelf import MOST_BYTES, MOST_FILES, Offered, Shelf, of_study
from hevesy.console.state import State
from hevesy.errors import CannotAnswerError

PATIENCE_S = 0.8
"""How long a page waits for its answer before it shows how far it is."""
FORM, HTMX = "X-Form", "HX-Request"
"""Headers: which form asks, and that a part of a page is wanted."""
OF_THE_DESK = ("answers", "note", "readouts", "screens", "shelf", "static")
"""First parts of addresses that are no question's."""

Sent = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question as it was asked: its form, what was sent, and how it is spelled elsewhere."""

    form: Form
    filled: Filled
    own: str

    @property
    def spelled(self) -> Spelled:
        """As a shell and Python would ask it."""
        asked, given = self.form.question, self.filled.spelled
        return Spelled(named=asked.command, shell=command_line(asked, given), python=python_call(asked, given))


@dataclass(slots=True, kw_only=True)
class Desk:
    """What the console knows while it runs."""

    study: Path
    read_only: bool
    keys: Keys
    bench: Bench
    shelf: Shelf
    state: State
    pages: Pages = field(default_factory=Pages)
    note: Note = field(default_factory=Note)
    commands: Mapping[str, str] = field(default_factory=lambda: {address(one)[1:]: one for one in commands()})
    asked: dict[str, Asking] = field(default_factory=dict)
    by_form: dict[str, str] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)

    def asking(self, command: str, sent: Sent, own: str = "") -> Asking:
        """What was sent to a question's form."""
        offered = Offered((*self.shelf.files(), *of_study(self.study)))
        asked = question(command)
        filled = read(asked, sent, offered, self.study)
        return Asking(form=form_of(asked, offered), filled=filled, own=own or secrets.token_hex(6))

    def put(self, asking: Asking, within: str = "") -> Job:
        """Have a question answered; the form that asks lets go of what it asked before."""
        job = self.bench.ask(asking.form.question.command, asking.filled.given, within=within)
        before = self.bench.job(self.by_form.get(asking.own, ""))
        if before is not None:
            self.bench.cancel(before)
        self.by_form[asking.own] = job.id
        self.asked[job.id] = asking
        for id in [id for id in self.asked if self.bench.job(id) is None]:
            del self.asked[id]
        for kept in (self.by_form, self.by_address):
            for key in [key for key, id in kept.items() if id not in self.asked]:
                del kept[key]
        return job


def application(desk: Desk) -> Starlette:
    """The console as a web application."""
    taken = sorted(set(OF_THE_DESK) & set(desk.commands))
    assert not taken, f"a question may not be called {taken}"

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        desk.bench.start()
        yield
        await desk.bench.stop()

    app = Starlette(
        routes=[
            Route("/", home),
            Route("/static/{name}", of_static),
            Route("/screens/{name}", screen),
            Route("/shelf", shelf),
            Route("/shelf", drop, methods=["POST"]),
            Route("/shelf/remove", remove, methods=["POST"]),
            Route("/note", note),
            Route("/note", add_to_note, methods=["POST"]),
            Route("/note/remove", remove_from_note, methods=["POST"]),
            Route("/answers/{id}", answer),
            Route("/answers/{id}/cancel", cancel, methods=["POST"]),
            Route("/answers/{id}/{file:path}", beside),
            Route("/{name}", ask),
            Route("/{name}", write, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, keys=desk.keys), Middleware(GZipMiddleware, minimum_size=1000)],
        exception_handlers={HTTPException: refused, CannotAnswerError: cannot, Exception: defect},
        lifespan=running,
    )
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


def _desk(request: Request) -> Desk:
    found: Desk = request.app.state.desk
    return found


async def home(request: Request) -> Response:
    """Screens, and every question."""
    desk = _desk(request)
    await desk.state.look(desk.bench, PATIENCE_S)
    return HTMLResponse(desk.pages.page("home", desk, title="Hevesy", rooms=rooms()))


async def of_static(request: Request) -> Response:
    """Style and scripts."""
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404)
    return Response(static(name), media_type=STATIC[name])


async def ask(request: Request) -> Response:
    """A question's form, and its answer where it is asked; a question that writes is not answered so."""
    desk, command = _desk(request), _command(request)
    sent = parse_qsl(request.url.query, keep_blank_values=True)
    names = {name for name, _ in sent}
    asking = desk.asking(command, sent, request.headers.get(FORM, ""))
    form, filled = asking.form, asking.filled
    await desk.state.look(desk.bench, PATIENCE_S)
    if filled.wrong:
        return _work(request, asking, status=404 if filled.not_offered else 422)
    if form.question.writes and "fill" not in names and not ("dry_run" in filled.given and form.previews):
        if filled.values or "ask" in names:
            told = "This writes, and an address alone does not: press the button of the form."
            return _work(request, asking, blunt=told, status=403)
        return _work(request, asking)
    if "fill" in names or not (filled.values or "ask" in names or form.asks_nothing):
        return _work(request, asking)
    job = _again(desk, request, asking) or desk.put(asking)
    await job.within_s(PATIENCE_S)
    return _work(request, asking, job)


def _again(desk: Desk, request: Request, asking: Asking) -> Job | None:
    """The same question on its way: a page without scripts asks for its answer by asking again."""
    if HTMX in request.headers:
        return None
    key = f"{desk.state.head} {request.url.path}?{_query(asking.filled)}"
    job = desk.bench.job(desk.by_address.pop(key, ""))
    if job is None:
        job = desk.put(asking)
    if job.state != "done":
        desk.by_address[key] = job.id
    return job


async def write(request: Request) -> Response:
    """A question that writes: answered where the form is one of this start."""
    desk, command = _desk(request), _command(request)
    sent = await _form(request)
    if not question(command).writes:
        raise HTTPException(403, "Refused: this question writes nothing; its address asks it.")
    if desk.read_only:
        raise HTTPException(403, "Refused: this console only reads.")
    sent = [(name, value) for name, value in sent if name != "dry_run"]
    asking = desk.asking(command, sent, request.headers.get(FORM, ""))
    await desk.state.look(desk.bench, PATIENCE_S)
    if asking.filled.wrong:
        return _work(request, asking, status=404 if asking.filled.not_offered else 422)
    if asking.form.takes_head and "head" not in asking.filled.given:
        return _work(request, asking, blunt="Look at the record first: it is written on the state you looked at.")
    job = desk.put(asking)
    await job.within_s(PATIENCE_S)
    if HTMX in request.headers:
        return _work(request, asking, job)
    return RedirectResponse(f"/answers/{job.id}", 303)  # so that loading the page again writes nothing again


async def answer(request: Request) -> Response:
    """An answer by its id: the part of a page that waits for it, or a page."""
    desk, job = _desk(request), _job(request)
    asking = desk.asked.get(job.id)
    if asking is None:
        raise HTTPException(404)
    _noticed(desk, job)
    if HTMX in request.headers:
        return HTMLResponse(desk.pages.part("answer", **_of(desk, job, asking)))
    await job.within_s(PATIENCE_S)
    return _work(request, asking, job)


async def cancel(request: Request) -> Response:
    """Stop a question."""
    desk, job = _desk(request), _job(request)
    await _form(request)
    desk.bench.cancel(job)
    return await answer(request) if HTMX in request.headers else RedirectResponse(f"/answers/{job.id}", 303)


async def beside(request: Request) -> Response:
    """What lies beside an answer: its document, tables, figures, and what it made."""
    job, file = _job(request), request.path_params["file"]
    if file == DOCUMENT:
        return _sent(job.place / DOCUMENT, "application/json")
    kind, _, name = file.partition("/")
    if kind == TABLES and re.fullmatch(r"[\w.-]+\.csv", name):
        return _sent(job.place / TABLES / name, "text/csv; charset=utf-8")
    if kind == FIGURES and re.fullmatch(r"[\w.-]+\.svg", name):
        return _sent(job.place / FIGURES / name, "image/svg+xml")
    if kind == TO_MADE and job.panel is not None and name in job.panel.made:
        made = job.place / TO_MADE / name
        return await _packed(made) if made.is_dir() else FileResponse(made, filename=name)
    raise HTTPException(404)


def _sent(file: Path, kind: str) -> Response:
    if not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, media_type=kind)


async def _packed(folder: Path) -> Response:
    """A folder that was made, as one file."""
    import shutil

    from starlette.concurrency import run_in_threadpool

    archive = folder.parent.parent / f"{folder.name}.zip"
    if not archive.is_file():
        await run_in_threadpool(shutil.make_archive, str(archive.with_suffix("")), "zip", folder.parent, folder.name)
    return FileResponse(archive, filename=archive.name)


async def screen(request: Request) -> Response:
    """A role's screen: its inputs, and the answers to its questions."""
    desk, name = _desk(request), request.path_params["name"]
    found = next((one for one in SCREENS if one.name == name), None)
    if found is None:
        raise HTTPException(404)
    await desk.state.look(desk.bench, PATIENCE_S)
    sent = [(name, value) for name, value in parse_qsl(request.url.query) if name not in MARKS]
    return HTMLResponse(await _screen(desk, found, sent))


async def _screen(desk: Desk, found: Screen, sent: Sent) -> str:
    values: dict[str, tuple[str, ...]] = {}
    for name, value in sent:
        values[name] = (*values.get(name, ()), value)
    asked = [(part, desk.asking(part.command, given)) for part, given in asked_on(found, values)]
    jobs = [desk.put(asking, within=part.title) if not asking.filled.wrong else None for part, asking in asked]
    wrong: dict[str, str] = {}
    shown = []
    for (part, asking), job in zip(asked, jobs, strict=True):
        if job is not None:
            await job.within_s(PATIENCE_S)
        wrong |= asking.filled.wrong
        told = _of(desk, job, asking)
        wrong |= dict.fromkeys(_wrong_fields(job), told["job"].panel.sentence)
        blunt = "; ".join(asking.filled.wrong.values())
        at = f"{address(part.command)}?{_query(asking.filled)}"
        shown.append({**told, "blunt": blunt, "title": part.title, "command": part.command, "at": at})
    controls = []
    for command, field_name in found.inputs:
        form = desk.asking(command, ()).form
        controls += [control for control in form.controls if control.name == field_name]
    return desk.pages.page(
        "screen", desk, here=found.name, title=found.title, screen=found, controls=controls, values=values, wrong=wrong,
        shown=shown, also=[_entry(command) for command in found.also],
        refresh=any(job is not None and job.panel is None for job in jobs),
    )  # fmt: skip


def _wrong_fields(job: Job | None) -> tuple[str, ...]:
    return job.panel.fields if job is not None and job.panel is not None and job.panel.kind == "wrong" else ()


def _entry(command: str) -> Entry:
    return Entry(command=command, at=address(command), about=about(question(command)).partition("\n")[0])


async def shelf(request: Request, sentence: str = "", status: int = 200) -> Response:
    """The files on the shelf, and where more are dropped."""
    desk = _desk(request)
    files = [
        {"told": file.told, "value": file.value, "bytes": file.place.stat().st_size} for file in desk.shelf.files()
    ]
    return HTMLResponse(
        desk.pages.page(
            "shelf", desk, here="shelf", title="Files", files=files, sentence=sentence, most_files=MOST_FILES,
            most_mb=MOST_BYTES // 2**20,
        ),
        status,
    )  # fmt: skip


async def drop(request: Request) -> Response:
    """Put files on the shelf."""
    desk = _desk(request)
    most = MOST_FILES * MOST_BYTES + 2**20
    if int(request.headers["content-length"]) > most:
        return await shelf(request, f"At most {MOST_FILES} files of {MOST_BYTES // 2**20} MB are dropped at once.", 413)
    try:
        async with request.form(max_files=MOST_FILES, max_fields=4) as sent:
            if not desk.keys.is_form_key(sent.get("key")):
                raise HTTPException(403, "Refused: this form is not of this start; load the page again.")
            files = [one for one in sent.getlist("files") if isinstance(one, UploadFile)]
            for file in files:
                desk.shelf.put(file.filename or "", iter(lambda file=file: file.file.read(2**20), b""))  # type: ignore[misc]
    except CannotAnswerError as refusal:
        return await shelf(request, str(refusal), 413)
    except HTTPException as refusal:
        if refusal.status_code == 400:
            return await shelf(request, f"At most {MOST_FILES} files are dropped at once: {refusal.detail}", 413)
        raise
    return RedirectResponse("/shelf", 303)


async def remove(request: Request) -> Response:
    """Take a file off the shelf."""
    sent = dict(await _form(request))
    try:
        _desk(request).shelf.remove(sent.get("file", ""))
    except ValueError as refusal:
        return await shelf(request, str(refusal), 404)
    return RedirectResponse("/shelf", 303)


async def note(request: Request) -> Response:
    """The meeting's note, to be printed."""
    desk = _desk(request)
    return HTMLResponse(desk.pages.page("note", desk, here="note", title="Note", notes=desk.note.entries))


async def add_to_note(request: Request) -> Response:
    """Add an answer to the note, as it stands."""
    desk, sent = _desk(request), dict(await _form(request))
    job, asking = desk.bench.job(sent.get("answer", "")), desk.asked.get(sent.get("answer", ""))
    if job is None or asking is None or job.panel is None:
        raise HTTPException(404, "This answer is no longer kept: ask again.")
    spelled = asking.spelled
    now = datetime.now().astimezone().isoformat(timespec="minutes")
    desk.note.add(Noted(title=spelled.named, at=now, head=desk.state.head, shell=spelled.shell, html=job.panel.html))
    if HTMX in request.headers:
        return HTMLResponse('<span role="status"><a href="/note">Added to the note</a></span>')
    return RedirectResponse("/note", 303)


async def remove_from_note(request: Request) -> Response:
    """Take an answer out of the note."""
    _desk(request).note.remove(dict(await _form(request)).get("note", ""))
    return RedirectResponse("/note", 303)


def _command(request: Request) -> str:
    found = _desk(request).commands.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return found


def _job(request: Request) -> Job:
    job = _desk(request).bench.job(request.path_params["id"])
    if job is None:
        raise HTTPException(404, "This answer is no longer kept: ask again.")
    return job


async def _form(request: Request) -> Sent:
    """What a form sent, which is one of this start."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise HTTPException(403, "Refused: a form is sent from a page of this console.")
    sent = parse_qsl((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True)
    if not _desk(request).keys.is_form_key(dict(sent).get("key")):
        raise HTTPException(403, "Refused: this form is not of this start; load the page again.")
    return sent


def _query(filled: Filled) -> str:
    """What was sent, as it stands in an address."""
    return urlencode([(name, value) for name, values in filled.values.items() for value in values])


def _noticed(desk: Desk, job: Job) -> None:
    """A refusal may be of a record that does not verify any more."""
    if job.panel is not None and job.panel.kind in ("cannot", "defect"):
        desk.state.doubt()


def _of(desk: Desk, job: Job | None, asking: Asking) -> dict[str, Any]:
    """What is told of an answer."""
    return {
        "job": job,
        "before": desk.bench.before(job) if job is not None else 0,
        "spelled": asking.spelled if job is not None else None,
        "named": asking.form.names,
        "blunt": "",
        "key": desk.keys.form,
    }


def _work(request: Request, asking: Asking, job: Job | None = None, blunt: str = "", status: int = 200) -> Response:
    """A form and its answer: the part of a page that scripts ask for, or a page."""
    desk, form, filled = _desk(request), asking.form, asking.filled
    wrong = dict(filled.wrong)
    panel: Panel | None = job.panel if job is not None else None
    if job is not None and panel is not None:
        _noticed(desk, job)
        if panel.kind == "wrong":
            wrong |= dict.fromkeys(panel.fields, panel.sentence)
            status = 422
        elif panel.kind == "defect":
            status = 500
    previewed = form.previews and "dry_run" in filled.given and panel is not None and panel.kind in ("answer", "cannot")
    told: dict[str, Any] = {
        **_of(desk, job, asking),
        "blunt": blunt,
        "form": form,
        "filled": filled,
        "wrong": wrong,
        "own": asking.own,
        "at": address(form.question.command),
        "head": (panel.head if panel is not None and form.previews else None) or desk.state.head,
        "previewed": previewed,
        "desk": {"read_only": desk.read_only},
    }
    if HTMX in request.headers:
        pushed = {} if form.question.writes else {"HX-Push-Url": f"{told['at']}?{_query(filled) or 'ask='}"}
        return HTMLResponse(desk.pages.part("work", **told), status, headers=pushed)
    waits = job is not None and panel is None
    told = {key: value for key, value in told.items() if key != "desk"}
    return HTMLResponse(
        desk.pages.page(
            "question", desk, title=form.question.command, about=about(form.question), refresh=waits, **told
        ),
        status,
    )


async def refused(request: Request, refusal: Exception) -> Response:
    """One sentence."""
    assert isinstance(refusal, HTTPException)
    detail = refusal.detail if refusal.detail.endswith(".") else "There is no such page."
    return PlainTextResponse(f"{detail}\n", refusal.status_code)


async def cannot(request: Request, refusal: Exception) -> Response:
    """What cannot be done, and why."""
    return PlainTextResponse(f"{refusal}\n", 503)


async def defect(request: Request, found: Exception) -> Response:
    """A defect shows its kind."""
    return PlainTextResponse(f"A defect of Hevesy: {type(found).__name__}.\n", 500)
