"""Blood counts: when they are due, what is normal, what carries them, and what of any value is believed."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from hevesy.errors import FieldError
from hevesy.study.declared import LONGEST_D, Dimension, Key, StudyDay, Within, keep

Sex = Literal["F", "M"]
BloodTest = Literal["platelets", "neutrophils", "haemoglobin", "lymphocytes"]
BLOOD_TESTS: tuple[BloodTest, ...] = get_args(BloodTest)
BLOOD_TEST_DIMENSION: dict[str, str] = {
    "platelets": "cell_count",
    "neutrophils": "cell_count",
    "lymphocytes": "cell_count",
    "haemoglobin": "haemoglobin",
}
DIMENSION_OF_BELIEF: dict[str, str | None] = {
    "platelets": "cell_count",
    "neutrophils": "cell_count",
    "lymphocytes": "cell_count",
    "haemoglobin": "haemoglobin",
    "height": "length",
    "weight": "body_mass",
    "activity_percent": None,
    "serum_m_protein": "m_protein",
    "urine_m_protein": "urine_m_protein",
    "free_light_chain": "free_light_chain",
    "serum_igm": "immunoglobulin",
}
"""Quantities that have bounds of belief, and the dimension of their unit (None: a percentage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRange:
    """Lower limit of normal of a blood test in the internal unit, for one sex or both."""

    test: BloodTest
    sex: Sex | None
    lower: float

    def __post_init__(self) -> None:
        keep(self)
        if rule := Dimension(BLOOD_TEST_DIMENSION[self.test]).broken(self.lower):
            raise FieldError("lower", rule, self.lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSchedule:
    """Study days on which blood counts are required, and how many days off still counts as that visit."""

    days: Annotated[tuple[int, ...], Key("on_days"), StudyDay()]
    """In any order; kept in that of time."""
    tolerance_d: Annotated[int, Within(0, LONGEST_D)] = 0
    tests: tuple[BloodTest, ...] = BLOOD_TESTS

    def __post_init__(self) -> None:
        keep(self)
        object.__setattr__(self, "days", tuple(sorted(self.days)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRule:
    """A transfusion or growth factor carries a blood count for so many days.

    Any of the words in a product's name tells it.
    """

    words: tuple[str, ...]
    test: BloodTest
    days: Annotated[int, Within(0, LONGEST_D)]
    source: str = "protocol"

    def __post_init__(self) -> None:
        keep(self)
        if not self.words:
            raise FieldError("words", "give a word that the product's name contains", self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class BelievableRange:
    """Bounds of a quantity in its internal unit; a value outside them is questioned."""

    quantity: str
    lower: float
    upper: float
    unit: str

    def __post_init__(self) -> None:
        keep(self)
        if rule := no_quantity(self.quantity):
            raise FieldError("quantity", rule, self.quantity)
        if rule := no_bounds(self.lower, self.upper, f"[{self.lower:g}, {self.upper:g}]"):
            raise FieldError("lower", rule, self.lower)

    def beyond(self, value: float) -> str | None:
        """Why a value is not believed, or None."""
        if self.lower <= value <= self.upper:
            return None
        return f"outside {self.lower:g}..{self.upper:g} {self.unit}"


def no_quantity(name: str) -> str | None:
    """Why a name is none of a quantity with bounds, or None."""
    if name in DIMENSION_OF_BELIEF:
        return None
    near = difflib.get_close_matches(name, DIMENSION_OF_BELIEF, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(DIMENSION_OF_BELIEF)}"
    return f"is no quantity with bounds; {hint}"


def no_bounds(lower: float, upper: float, written: str) -> str | None:
    """Why two values are no bounds, or None."""
    if 0 <= lower < upper < float("inf"):
        return None
    return f"the lower bound is 0 or more and below the upper, got {written}"
