"""Responses as called at visits, in the columns of a table: SDTM RS with its supplements, or plain names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from hevesy.errors import CannotAnswerError
from hevesy.files.columns import columns_for, is_number, texts_of
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.study.called import Called
from hevesy.study.dates import When, parse_when
from hevesy.study.facts.fact import kind_called
from hevesy.study.facts.response import ReportedResponse

_OF_RESPONSE = kind_called(ReportedResponse).fields
COLUMNS = {
    "test": ("RSTESTCD",),
    "response": _OF_RESPONSE["response"].columns,
    "subject": ("subject", "USUBJID"),
    "visit": _OF_RESPONSE["visit"].columns,
    "number": ("visit_number", "VISITNUM"),
    "date": _OF_RESPONSE["on"].columns,
    "evaluator": _OF_RESPONSE["evaluator"].columns,
    "assessor": _OF_RESPONSE["reader"].columns,
    "method": _OF_RESPONSE["method"].columns,
    "accepted": _OF_RESPONSE["accepted"].columns,
    "status": _OF_RESPONSE["status"].columns,
    "imaging": ("progression_by_imaging", "PDIFL"),
    "died": ("died_of_progression", "DTHPDFL"),
    "new_therapy": ("new_therapy", "NACTDT"),
    "start": ("start", "RANDDT", "TRTSDT"),
}
OVERALL = "OVRLRESP"
"""Test code of SDTM RS whose rows are the response of a visit; others are of targets, non-targets and new lesions."""


def tells_responses(table: DeliveredTable) -> bool:
    """Whether a table has a column of responses as called."""
    return any(column in table.columns for column in COLUMNS["response"])


def called_in(table: DeliveredTable) -> tuple[Called, ...]:
    """The response of every visit as it was called; a date that is none and a row without its subject are refused."""
    columns = columns_for(table, COLUMNS, "subject", "visit")
    test = columns["test"]
    rows = [row for row in table.rows if not test or row.values[test] == OVERALL]
    if not rows:
        told = f": no row is an overall response ({test} {OVERALL})" if test else " has no rows"
        raise CannotAnswerError(f"{table.name}{told}")
    return tuple(_called(row, columns, table.name) for row in rows)


def _called(row: DeliveredRow, columns: Mapping[str, str], file: str) -> Called:
    given = texts_of(row, columns)
    place = {field: f"{file}, line {row.line}, {column}" for field, column in columns.items()}
    _day(given["start"], place["start"])
    new_therapy_on = _day(given["new_therapy"], place["new_therapy"])
    on = _when(given["date"], place["date"])
    if not given["subject"].strip():
        raise CannotAnswerError(f"{place['subject']}: a row without its subject")
    return Called(
        subject=given["subject"],
        row=row.line,
        visit=given["visit"],
        visit_number=float(given["number"]) if is_number(given["number"]) else float(row.line),
        on=on,
        response=given["response"],
        evaluator=given["evaluator"],
        assessor=given["assessor"],
        method=given["method"],
        accepted={"Y": True, "N": False}.get(given["accepted"].upper()),
        status=given["status"],
        progression_by_imaging=given["imaging"].upper() == "Y",
        died_of_progression=given["died"].upper() == "Y",
        new_therapy_on=new_therapy_on,
    )


def _when(text: str, place: str) -> When | None:
    try:
        return parse_when(text) if text else None
    except ValueError as error:
        raise CannotAnswerError(f"{place}: {error}") from None


def _day(text: str, place: str) -> date | None:
    on = _when(text, place)
    if on is None or isinstance(on, date):
        return on
    raise CannotAnswerError(f"{place}: the day is needed, got {text!r}")
