"""What people put down: files on the shelf, answers in the meeting's note."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hevesy.console.bench import Job
from hevesy.console.desk import HTMX, desk_of, form_sent
from hevesy.console.note import Noted
from hevesy.console.panel import FIGURES
from hevesy.console.screens import SCREENS
from hevesy.console.shelf import MOST_BYTES, MOST_FILES, MOST_OF_AN_IMAGE
from hevesy.errors import CannotAnswerError


async def shelf(request: Request, sentence: str = "", status: int = 200) -> Response:
    """The files on the shelf, and where more are dropped."""
    desk = desk_of(request)
    files = [{"told": file.told, "value": file.value, "bytes": file.size} for file in desk.shelf.files()]
    return HTMLResponse(
        await desk.page("shelf", here="shelf", title="Files", files=files, sentence=sentence, most_files=MOST_FILES,
            most_mb=MOST_BYTES // 2**20, most_of_images=MOST_OF_AN_IMAGE // 2**20,
        ),
        status,
    )  # fmt: skip


async def drop(request: Request) -> Response:
    """Put files on the shelf."""
    desk = desk_of(request)
    most = max(MOST_FILES * MOST_BYTES, 2 * MOST_OF_AN_IMAGE) + 2**20
    if int(request.headers["content-length"]) > most:
        return await shelf(request, f"At most {MOST_FILES} files of {MOST_BYTES // 2**20} MB are dropped at once.", 413)
    try:
        async with request.form(max_files=MOST_FILES, max_fields=4) as sent:
            if not desk.keys.is_form_key(sent.get("key")):
                raise HTTPException(403, "Refused: this form is not of this start; load the page again.")
            back = str(sent.get("back", ""))
            files = [one for one in sent.getlist("files") if isinstance(one, UploadFile)]
            for file in files:
                content = iter(partial(file.file.read, 2**20), b"")
                await run_in_threadpool(desk.shelf.put, file.filename or "", content)
    except CannotAnswerError as refusal:
        return await shelf(request, str(refusal), 413)
    except HTTPException as refusal:
        if refusal.status_code == 400:
            return await shelf(request, f"At most {MOST_FILES} files are dropped at once: {refusal.detail}", 413)
        raise
    return RedirectResponse(f"/screens/{back}" if back in [one.name for one in SCREENS] else "/shelf", 303)


async def remove(request: Request) -> Response:
    """Take a file off the shelf."""
    sent = dict(await form_sent(request))
    try:
        desk_of(request).shelf.remove(sent.get("file", ""))
    except ValueError as refusal:
        return await shelf(request, str(refusal), 404)
    return RedirectResponse("/shelf", 303)


async def note(request: Request) -> Response:
    """The meeting's note, to be printed."""
    desk = desk_of(request)
    return HTMLResponse(await desk.page("note", here="note", title="Note", notes=desk.note.entries))


async def add_to_note(request: Request) -> Response:
    """Add an answer to the note, as it stands."""
    desk, sent = desk_of(request), dict(await form_sent(request))
    job, asking = desk.bench.job(sent.get("answer", "")), desk.asked.get(sent.get("answer", ""))
    if job is None or asking is None or job.panel is None or job.answered_at is None:
        raise HTTPException(404, "This answer is no longer kept: ask again.")
    spelled, at = asking.spelled, job.answered_at.isoformat(timespec="minutes")
    head = (job.panel.head or job.head) if asking.of_study else None
    html = await run_in_threadpool(_whole, job, job.panel.html)
    desk.note.add(Noted(title=spelled.named, at=at, head=head, shell=spelled.shell, html=html))
    if HTMX in request.headers:
        return HTMLResponse('<span role="status"><a href="/note">Added to the note</a></span>')
    return RedirectResponse("/note", 303)


def _whole(job: Job, html: str) -> str:
    """A panel with its pictures in it, since what lies beside an answer goes with it, and nothing to look through."""

    def held(found: re.Match[str]) -> str:
        picture = b64encode((job.place / FIGURES / found[1]).read_bytes()).decode()
        return f'<img src="data:image/png;base64,{picture}"'

    html = re.sub(rf'<img src="/answers/{job.id}/{FIGURES}/([\w.-]+\.png)"', held, html)
    return re.sub(r'(<figure id="[^"]*" class="picture")[^>]*>', r"\1>", html)


async def remove_from_note(request: Request) -> Response:
    """Take an answer out of the note."""
    desk_of(request).note.remove(dict(await form_sent(request)).get("note", ""))
    return RedirectResponse("/note", 303)
