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
def best_response(
    table: str | Path | DeliveredTable,
    *,
    criteria: str,
) -> Answer: ...
def compare_with_published(
    table: str | Path | DeliveredTable,
    *,
    responders: int,
    n: int,
    response: str | None = ...,
    prior_lines: str | None = ...,
    pfs: str | None = ...,
) -> Answer: ...
def consistent_figures(
    figure: str,
    n: int,
    *,
    sd: str | None = ...,
    items: int | None = ...,
    rounding: str | None = ...,
    within: str | tuple[int, int] | None = ...,
) -> Answer: ...
def cox_regression(
    table: str | Path | DeliveredTable,
    *,
    time: str,
    covariates: str | Sequence[str],
    event: str | None = ...,
    censored: str | None = ...,
    entry: str | None = ...,
    strata: str | None = ...,
    cluster: str | None = ...,
    weights: str | None = ...,
    ties: str | None = ...,
    level: float | None = ...,
) -> Answer: ...
def cumulative_incidence(
    table: str | Path | DeliveredTable,
    *,
    time: str,
    cause: str,
    at: str | Sequence[float],
    by: str | None = ...,
    level: float | None = ...,
) -> Answer: ...
def event_rate(
    events: int,
    at_risk: float,
    *,
    against: str | tuple[int, float] | None = ...,
    level: float | None = ...,
) -> Answer: ...
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
def laboratory_grades(
    table: str | Path | DeliveredTable,
    *,
    ctcae: str,
) -> Answer: ...
def matched_comparison(
    table: str | Path | DeliveredTable,
    *,
    target: str | Sequence[str],
    event: str | None = ...,
    published: str | tuple[int, int] | None = ...,
    time: str | None = ...,
    against: str | Path | DeliveredTable | None = ...,
    out: str | Path | None = ...,
    level: float | None = ...,
) -> Answer: ...
def proportion(
    x: int,
    n: int,
    *,
    level: float | None = ...,
) -> Answer: ...
def reconstructed_times(
    table: str | Path | DeliveredTable,
    *,
    at_risk: str | Sequence[tuple[float, int]],
    events: int | None = ...,
    out: str | Path | None = ...,
) -> Answer: ...

class OpenStudy:
    folder: Path
    def __init__(self, folder: Path) -> None: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def subjects(self) -> Study: ...
