"""The desk: what the console knows while it runs, and what its pages have in common."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request

from hevesy.answers.asked import StudyFolder
from hevesy.answers.question import commands, question
from hevesy.answers.spelled import command_line, python_call
from hevesy.console.bench import Bench, Job
from hevesy.console.forms import Filled, Form, address, form_of, read
from hevesy.console.guard import Keys
from hevesy.console.note import Note
from hevesy.console.pages import Pages, Spelled
from hevesy.console.shelf import FileOffered, Offered, Shelf, of_study, told_apart
from hevesy.console.state import State
from hevesy.record import Record

PATIENCE_S = 0.8
"""How long a page waits for its answer before it shows how far it is."""
HTMX = "HX-Request"
"""The header that says that a part of a page is wanted."""

Sent = Sequence[tuple[str, str]]
"""What a form sent: names and values in their order."""
NOT_WRITTEN_FROM = frozenset({"dry_run", "head", "reason", "who"})
"""Fields that change nothing of what a preview shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question as it was asked: its form, what was sent, and how it is spelled elsewhere.

    `plans` tells the plan and the mapping that lay in the study's folder then, which an import takes in too.
    """

    form: Form
    filled: Filled
    own: str
    plans: tuple[object, ...]

    @property
    def at(self) -> str:
        """Where it is asked."""
        return address(self.form.question.command)

    @property
    def only_looks(self) -> bool:
        """Whether it is asked what a question that writes would write; only a yes says so."""
        return self.form.previews and self.filled.given.get("dry_run") is True

    @property
    def to_write(self) -> tuple[object, ...]:
        """What decides what is written."""
        sent = {name: sent for name, sent in self.filled.values.items() if name not in NOT_WRITTEN_FROM}
        return sent, self.plans

    @property
    def of_study(self) -> bool:
        """Whether the study is asked."""
        fields = self.form.question.fields
        return any(isinstance(field.kind, StudyFolder) and field.name in self.filled.given for field in fields)

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
    _of_study: tuple[object, tuple[FileOffered, ...]] | None = None

    def asking(self, command: str, sent: Sent, own: str = "") -> Asking:
        """What was sent to a question's form."""
        offered = self.offered()
        asked = question(command)
        filled = read(asked, sent, offered, self.study)
        record = Record(self.study)
        plans = tuple(map(_stamp, (record.protocol_file, record.sources_file)))
        return Asking(form=form_of(asked, offered), filled=filled, own=own or secrets.token_hex(6), plans=plans)

    def offered(self) -> Offered:
        """The files that a form may name; those of the study change with its record alone."""
        stamp = Record(self.study).stamp()
        if self._of_study is None or self._of_study[0] != stamp:
            self._of_study = stamp, of_study(self.study)
        return Offered(told_apart((*self.shelf.files(), *self._of_study[1])))

    async def page(self, name: str, here: str = "", **told: Any) -> str:
        """A whole page, which says whether the record verifies."""
        await self.state.look(self.bench, PATIENCE_S)
        common = {
            "desk": {"name": self.study.name, "read_only": self.read_only},
            "here": here,
            "noted": len(self.note.entries),
            "state": self.state,
            "key": self.keys.form,
            "refresh": False,
        }
        return self.pages.drawn(name, **{**common, **told})

    def put_once(self, asking: Asking, at: str, within: str = "") -> Job:
        """The same question of an address on its way, or the question put.

        A page without scripts asks for its answer by asking again; once it has it, the question is asked anew.
        """
        key = f"{Record(self.study).stamp()} {at}?{query_of(asking.filled)}"  # of the record as it now is
        job = self.bench.job(self.by_address.pop(key, ""))
        if job is None or job.is_old():
            job = self.put(asking, within)
        self.by_address[key] = job.id
        return job

    def on_their_way(self) -> list[tuple[Job, Asking]]:
        """What waits or is being answered: a page that asked may be gone, and its question still holds a worker."""
        kept = [(self.bench.job(id), asking) for id, asking in self.asked.items()]
        return [(job, asking) for job, asking in kept if job is not None and job.state != "done"]

    def collected(self, job: Job) -> None:
        """An answer was shown: who asks again is answered anew."""
        if job.state == "done":
            for key in [key for key, id in self.by_address.items() if id == job.id]:
                del self.by_address[key]

    def was_shown(self, asking: Asking) -> bool:
        """Whether what is to be written was shown before, on the state of the record that is named."""
        shown = [id for id, one in self.asked.items() if one.only_looks and one.to_write == asking.to_write]
        panels = [job.panel for id in shown if (job := self.bench.job(id)) is not None]
        head = asking.filled.given.get("head")
        return any(panel is not None and panel.kind == "answer" and panel.head == head for panel in panels)

    def put(self, asking: Asking, within: str = "") -> Job:
        """Have a question answered; the form that asks lets go of what it asked before."""
        job = self.bench.ask(asking.form.question.command, asking.filled.given, within=within, head=self.state.head)
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


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file does; None: it is not there."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns


def desk_of(request: Request) -> Desk:
    """The desk of the console that is asked."""
    found: Desk = request.app.state.desk
    return found


def job_of(request: Request) -> Job:
    """The question of an address; refused where its answer is no longer kept."""
    job = desk_of(request).bench.job(request.path_params["id"])
    if job is None:
        raise HTTPException(404, "This answer is no longer kept: ask again.")
    return job


async def form_sent(request: Request) -> Sent:
    """What a form sent, which is one of this start."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        raise HTTPException(403, "Refused: a form is sent from a page of this console.")
    sent = parse_qsl((await request.body()).decode("utf-8", errors="replace"), keep_blank_values=True)
    if not desk_of(request).keys.is_form_key(dict(sent).get("key")):
        raise HTTPException(403, "Refused: this form is not of this start; load the page again.")
    return sent


def query_of(filled: Filled) -> str:
    """What was sent, as it stands in an address."""
    return urlencode([(name, value) for name, values in filled.values.items() for value in values])


def told_of(desk: Desk, job: Job | None, asking: Asking) -> dict[str, Any]:
    """What is told of an answer."""
    return {
        "job": job,
        "panel": job.panel if job is not None else None,
        "before": desk.bench.before(job) if job is not None else 0,
        "spelled": asking.spelled if job is not None else None,
        "named": asking.form.names,
        "blunt": "",
        "key": desk.keys.form,
    }
