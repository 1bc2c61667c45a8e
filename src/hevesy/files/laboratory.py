"""Laboratory values in the columns of a table, under the names of ADLB and SDTM LB or plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from hevesy.errors import RuleError
from hevesy.files.columns import columns_for, is_number, texts_of
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.study.facts.fact import kind_called
from hevesy.study.facts.laboratory import Lab

_OF_LAB = kind_called(Lab).fields
COLUMNS = {
    "test": _OF_LAB["test"].columns,
    "unit": _OF_LAB["unit"].columns,
    "baseline_flag": ("baseline_flag", "BNRIND"),
    "value": _OF_LAB["value"].columns,
    "lower_limit": _OF_LAB["lower"].columns,
    "upper_limit": _OF_LAB["upper"].columns,
    "baseline": ("baseline", "BASE"),
    "change_percent": ("change_percent", "PCHG"),
}
_WORDS = ("test", "unit", "baseline_flag")
BLOOD_TEST_OF_CODE = {
    "PLT": "platelets",
    "PLAT": "platelets",
    "ANC": "neutrophils",
    "NEUT": "neutrophils",
    "HGB": "haemoglobin",
    "ALC": "lymphocytes",
    "LYM": "lymphocytes",
    "LYMPH": "lymphocytes",
}
Flag = Literal["low", "normal", "high"]
_FLAGS: Mapping[str, Flag] = {flag: flag for flag in get_args(Flag)}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryValue:
    """A row: the test as written, and what is told of its value, limits and baseline in the row's unit."""

    test: str
    unit: str | None
    baseline_flag: Flag | None
    value: float | None
    lower_limit: float | None
    upper_limit: float | None
    baseline: float | None
    change_percent: float | None


def laboratory_columns(table: DeliveredTable) -> dict[str, str]:
    """Which column holds what; one for the test and one for the value are needed."""
    return columns_for(table, COLUMNS, "test", "value")


def laboratory_value(row: DeliveredRow, columns: Mapping[str, str]) -> LaboratoryValue:
    """What a row says; a number or a flag that is none is refused."""
    given = texts_of(row, columns)
    for field, text in given.items():
        if text and field not in _WORDS and not is_number(text):
            raise RuleError(f"{text!r} is not a number")
    flag = given["baseline_flag"].casefold()
    if flag and flag not in _FLAGS:
        raise RuleError(f"a baseline is LOW, NORMAL or HIGH, got {flag!r}")
    numbers = {field: float(text) if text else None for field, text in given.items() if field not in _WORDS}
    return LaboratoryValue(test=given["test"], unit=given["unit"] or None, baseline_flag=_FLAGS.get(flag), **numbers)
