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

class OpenStudy:
    folder: Path
    def __init__(self, folder: Path) -> None: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def subjects(self) -> Study: ...
