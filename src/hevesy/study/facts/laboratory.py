"""What the laboratory measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import RuleError
from hevesy.study.facts.fact import Field, On, Reported, SubjectId, number, record_kind, refuse, text
from hevesy.study.protocol import BLOOD_TEST_DIMENSION
from hevesy.units import factor_of

Side = Literal["<", ">"]
_SPELLINGS = {"hemoglobin": "haemoglobin"} | {test: test for test in BLOOD_TEST_DIMENSION}


def test_named(written: str) -> str:
    """The name of a blood test in our spelling, other tests as delivered."""
    return _SPELLINGS.get(written.casefold(), written)


@record_kind("laboratory", as_reported=("ctcae_grade", "study_day"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A laboratory value in the unit it was delivered in, with its limits of normal where the row has them.

    `side`: the value lies below or above the limit that `value` gives, as in <20.
    """

    subject: SubjectId
    row: int
    on: On = None
    test: Annotated[
        str,
        text(
            "what was measured; blood counts by their names",
            required=True,
            spelling=test_named,
            columns=("test", "TERM", "PARAMCD", "LBTESTCD"),
        ),
    ]
    value: Annotated[
        float | None,
        Field(
            type="censored number",
            means="in `unit`",
            may_be_negative=True,
            side_kept_in="side",
            columns=("value", "AVAL", "LBSTRESN"),
        ),
    ] = None
    unit: Annotated[str | None, text("of the value and its limits", columns=("unit", "UNIT", "AVALU", "LBSTRESU"))] = (
        None
    )
    lower: Annotated[
        float | None,
        number("lower limit of normal", may_be_negative=True, columns=("lower_limit", "ANRLO", "LBSTNRLO")),
    ] = None
    upper: Annotated[
        float | None,
        number("upper limit of normal", may_be_negative=True, columns=("upper_limit", "ANRHI", "LBSTNRHI")),
    ] = None
    side: Side | None = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        if self.value is not None and self.test in BLOOD_TEST_DIMENSION:
            refuse(self._negative(self.value), self._unit_of_another())

    @property
    def inside(self) -> float | None:
        """The value of a blood count in its internal unit; None: no value, or no blood count."""
        if self.value is None or self.test not in BLOOD_TEST_DIMENSION:
            return None
        return self.value * factor_of(self.unit, BLOOD_TEST_DIMENSION[self.test])

    def _negative(self, value: float) -> RuleError | None:
        return RuleError(f"{self.test} must not be negative", field="value", value=str(value)) if value < 0 else None

    def _unit_of_another(self) -> RuleError | None:
        try:
            factor_of(self.unit, BLOOD_TEST_DIMENSION[self.test])
        except RuleError as error:
            return RuleError(str(error), field="unit", value=self.unit)
        return None
