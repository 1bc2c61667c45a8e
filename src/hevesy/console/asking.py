"""Questions asked: a form, its answer, and what lies beside it."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from hevesy.answers.question import question
from hevesy.console.bench import TO_MADE, Job
from hevesy.console.desk import HTMX, PATIENCE_S, Asking, Desk, desk_of, form_sent, job_of, query_of, told_of
from hevesy.console.exchange import Panel
from hevesy.console.pages import about
from hevesy.console.panel import DOCUMENT, FIGURES, TABLES, VOXELS

FORM = "X-Form"
"""The header that says which form asks."""


async def ask(request: Request) -> Response:
    """A question's form, and its answer where it is asked; a question that writes is not answered so."""
    desk, command = desk_of(request), _command(request)
    sent = parse_qsl(request.url.query, keep_blank_values=True)
    names = {name for name, _ in sent}
    asking = desk.asking(command, sent, request.headers.get(FORM, ""))
    form, filled = asking.form, asking.filled
    if filled.wrong:
        return await _work(request, asking, status=404 if filled.not_offered else 422)
    if form.question.writes and "fill" not in names and not asking.only_looks:
        if filled.values or "ask" in names:
            told = "This writes, and an address alone does not: press the button of the form."
            return await _work(request, asking, blunt=told, status=403)
        return await _work(request, asking)
    if "fill" in names or not (filled.values or "ask" in names or form.asks_nothing):
        return await _work(request, asking)
    job = desk.put(asking) if HTMX in request.headers else desk.put_once(asking, request.url.path)
    await job.within_s(PATIENCE_S)
    desk.collected(job)
    return await _work(request, asking, job)


async def write(request: Request) -> Response:
    """A question that writes: answered where the form is one of this start."""
    desk, command = desk_of(request), _command(request)
    sent = await form_sent(request)
    if not question(command).writes:
        raise HTTPException(403, "Refused: this question writes nothing; its address asks it.")
    if desk.read_only:
        raise HTTPException(403, "Refused: this console only reads.")
    sent = [(name, value) for name, value in sent if name != "dry_run"]
    asking = desk.asking(command, sent, request.headers.get(FORM, ""))
    if asking.filled.wrong:
        return await _work(request, asking, status=404 if asking.filled.not_offered else 422)
    if asking.form.takes_head and "head" not in asking.filled.given:
        return await _work(request, asking, blunt="Look at the record first: it is written on the state you looked at.")
    if asking.form.previews and asking.form.takes_head and not desk.was_shown(asking):
        told = "Look first at what it would do: with these values, on this state of the record, it was not shown."
        return await _work(request, asking, blunt=told)
    job = desk.put(asking)
    await job.within_s(PATIENCE_S)
    if HTMX in request.headers:
        return await _work(request, asking, job)
    return RedirectResponse(f"/answers/{job.id}", 303)  # so that loading the page again writes nothing again


async def answer(request: Request) -> Response:
    """An answer by its id: the part of a page that waits for it, or a page."""
    desk, job = desk_of(request), job_of(request)
    asking = desk.asked.get(job.id)
    if asking is None:
        raise HTTPException(404)
    _noticed(desk, job)
    if HTMX in request.headers:
        return HTMLResponse(desk.pages.drawn("answer", **told_of(desk, job, asking)))
    await job.within_s(PATIENCE_S)
    return await _work(request, asking, job)


async def cancel(request: Request) -> Response:
    """Stop a question."""
    desk, job = desk_of(request), job_of(request)
    await form_sent(request)
    desk.bench.cancel(job)
    return await answer(request) if HTMX in request.headers else RedirectResponse(f"/answers/{job.id}", 303)


async def beside(request: Request) -> Response:
    """What lies beside an answer: its document, tables, figures, voxels, and what it made."""
    job, file = job_of(request), request.path_params["file"]
    if file == DOCUMENT:
        return _sent(job.place / DOCUMENT, "application/json")
    kind, _, name = file.partition("/")
    if kind == TABLES and re.fullmatch(r"[\w.-]+\.csv", name):
        return _sent(job.place / TABLES / name, "text/csv; charset=utf-8")
    if kind == FIGURES and (drawn := re.fullmatch(r"[\w.-]+\.(svg|png)", name)):
        return _sent(job.place / FIGURES / name, {"svg": "image/svg+xml", "png": "image/png"}[drawn[1]])
    if kind == VOXELS and re.fullmatch(r"[\w.-]+\.nii", name):
        # As they are: to compress so much takes longer than to send it to the same machine, and others would wait.
        return _sent(job.place / VOXELS / name, "application/octet-stream", {"Content-Encoding": "identity"})
    if kind == TO_MADE and job.panel is not None and name in job.panel.made:
        made = job.place / TO_MADE / name
        return await _packed(made) if made.is_dir() else FileResponse(made, filename=name)
    raise HTTPException(404)


def _sent(file: Path, kind: str, headers: dict[str, str] | None = None) -> Response:
    if not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, media_type=kind, headers=headers)


async def _packed(folder: Path) -> Response:
    """A folder that was made, as one file."""
    import shutil

    def pack() -> Path:
        archive = folder.parent.parent / f"{folder.name}.zip"
        if not archive.is_file():  # who asks at the same time packs by himself: nobody is sent a half
            made = shutil.make_archive(str(archive.with_name(secrets.token_hex(6))), "zip", folder.parent, folder.name)
            Path(made).replace(archive)
        return archive

    archive = await run_in_threadpool(pack)
    return FileResponse(archive, filename=archive.name)


def _command(request: Request) -> str:
    found = desk_of(request).commands.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    return found


def _noticed(desk: Desk, job: Job) -> None:
    """A refusal may be of a record that does not verify any more."""
    if job.panel is not None and job.panel.kind in ("cannot", "defect"):
        desk.state.doubt()


async def _work(
    request: Request, asking: Asking, job: Job | None = None, blunt: str = "", status: int = 200
) -> Response:
    """A form and its answer: the part of a page that scripts ask for, or a page."""
    desk, form, filled = desk_of(request), asking.form, asking.filled
    await desk.state.look(desk.bench, PATIENCE_S)
    wrong = dict(filled.wrong)
    panel: Panel | None = job.panel if job is not None else None
    if job is not None and panel is not None:
        _noticed(desk, job)
        if panel.kind == "wrong":
            wrong |= dict.fromkeys(panel.fields, panel.sentence)
            status = 422
        elif panel.kind == "defect":
            status = 500
    previewed = asking.only_looks and panel is not None and panel.kind == "answer"
    told: dict[str, Any] = {
        **told_of(desk, job, asking),
        "panel": panel,
        "blunt": blunt,
        "form": form,
        "filled": filled,
        "wrong": wrong,
        "own": asking.own,
        "at": asking.at,
        "head": (panel.head if panel is not None and form.previews else None) or desk.state.head,
        "previewed": previewed,
        "desk": {"read_only": desk.read_only},
    }
    if HTMX in request.headers:
        pushed = {} if form.question.writes else {"HX-Push-Url": f"{told['at']}?{query_of(filled) or 'ask='}"}
        return HTMLResponse(desk.pages.drawn("work", **told), status, headers=pushed)
    waits = job is not None and panel is None
    told = {key: value for key, value in told.items() if key != "desk"}
    return HTMLResponse(
        await desk.page("question", title=form.question.command, about=about(form.question), refresh=waits, **told),
        status,
    )
