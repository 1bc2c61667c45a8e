"""The door for Python, written by tools/write_python_reference.py from the questions themselves."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from hevesy.answers.answer import Answer as Answer
from hevesy.files.tables import DeliveredTable
from hevesy.record.project import Recorded
from hevesy.study.subject import Study

__version__: str

def ask(command: str, /, *positional: object, **given: object) -> Answer: ...
def open(folder: Path | str) -> OpenStudy: ...
def create(folder: Path | str, **given: object) -> OpenStudy: ...
def kaplan_meier(
    table: str | Path | DeliveredTable,
    *,
    time: str,
    event: str | None = ...,
    censored: str | None = ...,
    by: str | None = ...,
    entry: str | None = ...,
    ci: str | None = ...,
    level: float | None = ...,
    at: str | Sequence[float] | None = ...,
    rmst: float | None = ...,
) -> Answer: ...
def adam_datasets(
    folder: str | Path | OpenStudy,
    *,
    out: str | Path,
    as_of: str | date | None = ...,
    format: str | None = ...,
) -> Answer: ...
def back_up(
    folder: str | Path | OpenStudy,
    file: str | Path,
) -> Answer: ...
def confirm(
    folder: str | Path | OpenStudy,
    *,
    row: int,
    reason: str,
    who: str | None = ...,
) -> Answer: ...
def demonstration(
    folder: str | Path | None = ...,
    *,
    study: str | None = ...,
) -> Answer: ...
def new_study(
    folder: str | Path,
    *,
    protocol: str | Path | None = ...,
    mapping: str | Path | None = ...,
    who: str | None = ...,
) -> Answer: ...
def status(
    folder: str | Path | OpenStudy,
) -> Answer: ...
def take(
    folder: str | Path | OpenStudy,
    files: str | Path | Sequence[str] | Sequence[Path],
    *,
    mapping: str | Path | None = ...,
    reason: str | None = ...,
    sha256: str | Sequence[str] | None = ...,
    dry_run: bool | None = ...,
    withdraw: bool | None = ...,
    who: str | None = ...,
) -> Answer: ...
def verify(
    folder: str | Path | OpenStudy,
    *,
    head: str | None = ...,
) -> Answer: ...

class OpenStudy:
    folder: Path
    def __init__(self, folder: Path) -> None: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def subjects(self) -> Study: ...
    def adam_datasets(
        self,
        *,
        out: str | Path,
        as_of: str | date | None = ...,
        format: str | None = ...,
    ) -> Answer: ...
    def back_up(
        self,
        file: str | Path,
    ) -> Answer: ...
    def confirm(
        self,
        *,
        row: int,
        reason: str,
        who: str | None = ...,
    ) -> Answer: ...
    def readout(
        self,
        *,
        as_of: str | date | None = ...,
        known_at: str | datetime | None = ...,
        since: str | date | None = ...,
        format: str | None = ...,
        out: str | Path | None = ...,
    ) -> Answer: ...
    def status(
        self,
    ) -> Answer: ...
    def take(
        self,
        files: str | Path | Sequence[str] | Sequence[Path],
        *,
        mapping: str | Path | None = ...,
        reason: str | None = ...,
        sha256: str | Sequence[str] | None = ...,
        dry_run: bool | None = ...,
        withdraw: bool | None = ...,
        who: str | None = ...,
    ) -> Answer: ...
    def verify(
        self,
        *,
        head: str | None = ...,
    ) -> Answer: ...
