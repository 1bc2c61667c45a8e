"""CTCAE grades of laboratory values; a value that cannot be graded says why.

Source: NCI, Common Terminology Criteria for Adverse Events v4.03 (2010) and v5.0 (2017), Investigations and Blood SOCs.
For the four counts below the two versions agree. Haemoglobin has no laboratory criterion of grade 4 (it is clinical).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hevesy.units import INTERNAL_UNIT, UNITS, UnitError, factor_of

VERSIONS = ("4.03", "5.0")

_BELOW: dict[str, tuple[tuple[int, float], ...]] = {
    "platelets": ((4, 25.0), (3, 50.0), (2, 75.0)),
    "neutrophils": ((4, 0.5), (3, 1.0), (2, 1.5)),
    "lymphocytes": ((4, 0.2), (3, 0.5), (2, 0.8)),
    "haemoglobin": ((3, 8.0), (2, 10.0)),
}
"""Grade and the value (internal unit) below which it holds; grade 1 is below the lower limit of normal."""

_BELOW_IN_UNIT: dict[tuple[str, str], tuple[tuple[int, float], ...]] = {("haemoglobin", "mmol/L"): ((3, 4.9), (2, 6.2))}
"""Where CTCAE prints its own limits in a unit that does not convert exactly, those limits are used."""

_DIMENSION = {"platelets": "cell_count", "neutrophils": "cell_count", "lymphocytes": "cell_count", "haemoglobin": "haemoglobin"}

TERM = {
    "platelets": "Platelet count decreased",
    "neutrophils": "Neutrophil count decreased",
    "lymphocytes": "Lymphocyte count decreased",
    "haemoglobin": "Anaemia",
}
"""CTCAE term of a low count, in British spelling."""

_ALSO = {
    "anemia": "haemoglobin",
    "haemoglobin decreased": "haemoglobin",
    "hemoglobin decreased": "haemoglobin",
    "thrombocytopenia": "platelets",
    "neutropenia": "neutrophils",
    "lymphopenia": "lymphocytes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabGrade:
    """A CTCAE grade, or None with the reason; `value` in the internal unit of the test, None if it could not be converted.

    `at_most` bounds the grade from above where it is not known exactly (a normal count without a limit of normal).
    """

    grade: int | None
    because: str
    value: float | None
    at_most: int | None = None

    @property
    def bound(self) -> int | None:
        """The highest grade this can be; None: nothing is known."""
        return self.grade if self.grade is not None else self.at_most


WORST_LABORATORY_GRADE = {test: limits[0][0] for test, limits in _BELOW.items()}
"""The highest grade a laboratory value alone can have."""


def test_of_term(term: str) -> str | None:
    """The blood test behind an adverse-event term, or None.

    >>> test_of_term("Platelet count decreased"), test_of_term("Fatigue")
    ('platelets', None)
    """
    by_term = {name.casefold(): test for test, name in TERM.items()} | _ALSO
    return by_term.get(term.strip().casefold())


def grade_lab(test: str, value: float | None, unit: str | None, version: str, lower_limit: float | None) -> LabGrade:
    """Grade a low blood count. `lower_limit` of normal is in the internal unit (g/dL or 10^9/L); None: not known.

    >>> grade_lab("platelets", 18, "10^9/L", "4.03", 150).grade
    4
    >>> grade_lab("haemoglobin", 10.5, "g/dL", "5.0", None)
    LabGrade(grade=None, because='not below 10 g/dL, and no lower limit of normal is given: grade 0 or 1', value=10.5, at_most=1)
    """
    if version not in VERSIONS:
        raise ValueError(f"CTCAE version must be one of {', '.join(VERSIONS)}, got {version!r}")
    if test not in _BELOW:
        return LabGrade(grade=None, because=f"no laboratory criterion for {test!r} here", value=None)
    if value is None:
        return LabGrade(grade=None, because="no value", value=None)
    try:
        factor = factor_of(unit, _DIMENSION[test])
    except UnitError as error:
        return LabGrade(grade=None, because=str(error), value=None)
    inside = _rounded(value * factor)
    if value < 0:
        return LabGrade(grade=None, because=f"a count is not negative, got {value:g}", value=None)
    own = _BELOW_IN_UNIT.get((test, _canonical(unit, test)))
    limits, measured, shown_unit = (own, _rounded(value), unit) if own else (_BELOW[test], inside, INTERNAL_UNIT[_DIMENSION[test]])
    for grade, below in limits:
        if measured < below:
            return LabGrade(grade=grade, because=f"below {below:g} {shown_unit} (CTCAE {version})", value=inside)
    if lower_limit is None:
        because = f"not below {limits[-1][1]:g} {shown_unit}, and no lower limit of normal is given: grade 0 or 1"
        return LabGrade(grade=None, because=because, value=inside, at_most=1)
    if inside < _rounded(lower_limit):
        because = f"below the lower limit of normal {lower_limit:g} {INTERNAL_UNIT[_DIMENSION[test]]}"
        return LabGrade(grade=1, because=f"{because} (CTCAE {version})", value=inside)
    return LabGrade(grade=0, because=f"not below the lower limit of normal {lower_limit:g}", value=inside)


@cache
def _canonical(unit: str | None, test: str) -> str:
    folded = (unit or "").strip().casefold()
    return next((known for known in UNITS[_DIMENSION[test]] if known.casefold() == folded), folded)


def _rounded(value: float) -> float:
    """Twelve significant digits, so that 100 g/L is 10 g/dL and not the float beside it."""
    return float(f"{value:.12g}")
