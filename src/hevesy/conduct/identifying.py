"""Columns of a delivery that no source speaks of and that may say who a subject is: asked for, never recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from hevesy.conduct.refusal import Refusal
from hevesy.study.dates import earliest, parse_when
from hevesy.study.identifiers import Values, word_of_header
from hevesy.study.mapping import SourceMapping

_DAYS_OF_ENROLMENT = ("consent", "enrolled", "first_treatment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A column that no source speaks of: its file, its name, and what its values look like."""

    file: str
    name: str
    values: Values


def identifying(columns: Iterable[Undecided], first_consent: date) -> list[Refusal]:
    """Those that may say who a subject is, by their header or by values that are older than the study."""
    refused = []
    for column in columns:
        word = word_of_header(column.name)
        like = f"a header with {word!r}" if word else column.values.identifying(first_consent)
        if like:
            rule = (
                f"may say who a subject is ({like}): decide in sources.toml: `drop` cuts it, "
                "`ignore` leaves it in the kept copy"
            )
            refused.append(Refusal(file=column.file, line=1, column=column.name, rule=rule))
    return refused


def first_consent(enrolments: Iterable[tuple[SourceMapping, Iterable[Mapping[str, str | None]]]]) -> date:
    """The earliest day on which a subject consented or, where no row tells that, enrolled or was treated.

    Today where nothing is known.
    """
    told: dict[str, list[date]] = {}
    for mapping, rows in enrolments:
        fields = [(field, mapping.columns[field]) for field in _DAYS_OF_ENROLMENT if field in mapping.columns]
        for values in rows:
            for field, column in fields:
                if text := column.text_of(values):
                    with suppress(ValueError):
                        told.setdefault(field, []).append(earliest(parse_when(text, column.date_format)))
    return next((min(told[field]) for field in _DAYS_OF_ENROLMENT if field in told), datetime.now(UTC).date())
