"""CTCAE grades of laboratory values; a value that cannot be graded says why.

The criteria of versions 4.03, 5.0 and 6.0 are a table (`data/ctcae_laboratory.csv`); `criterion.py` reads its notation.
Where a criterion needs what is not known (a limit of normal, the baseline), the grade is known only if a worse one is
met.

Source: NCI, Common Terminology Criteria for Adverse Events v4.03 (2010), v5.0 (2017), v6.0 (2025).
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import get_args

from hevesy.errors import RuleError
from hevesy.follow.blood_terms import low_count
from hevesy.follow.criterion import LIMITS, Atom, BaselineFlag, Criterion, Known, criterion, denied, rounded
from hevesy.provenance import shipped_table
from hevesy.study.protocol.toxicity import CtcaeVersion
from hevesy.units import INTERNAL_UNIT, UNITS, factor_of

VERSIONS: tuple[str, ...] = get_args(CtcaeVersion)

_DIMENSION = {
    "platelets": "cell_count",
    "neutrophils": "cell_count",
    "lymphocytes": "cell_count",
    "haemoglobin": "haemoglobin",
}

TERM = {
    "platelets": "Platelet count decreased",
    "neutrophils": "Neutrophil count decreased",
    "lymphocytes": "Lymphocyte count decreased",
    "haemoglobin": "Anaemia",
}
"""CTCAE term of a low count, in British spelling."""

_CRITERION = {"haemoglobin": {"6.0": "Anemia"}, "platelets": {"6.0": "Thrombocytopenia"}}
"""Where the criterion is under another name than `TERM`."""

MOLAR_MASS_g_PER_mol = {
    "calcium": 40.078,
    "ionised calcium": 40.078,
    "cholesterol": 386.65,
    "glucose": 180.156,
    "fasting glucose": 180.156,
    "magnesium": 24.305,
    "phosphate": 30.974,
    "potassium": 39.098,
    "sodium": 22.990,
    "triglycerides": 885.4,
    "urate": 168.11,
}
"""Phosphate is counted as phosphorus, as laboratories do."""
_CHARGE = {"sodium": 1, "potassium": 1, "calcium": 2, "ionised calcium": 2, "magnesium": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabGrade:
    """A CTCAE grade, or None with the reason.

    `value` in the internal unit of the test, None if it could not be converted.

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


@dataclass(frozen=True, slots=True)
class _Row:
    """The criteria of a term in one unit, worst grade first."""

    term: str
    analyte: str
    unit: str
    needs: str
    grades: tuple[tuple[int, Criterion], ...]
    ends: Criterion | None
    assumed: str


@cache
def _table() -> dict[tuple[str, str], tuple[_Row, ...]]:
    """Criteria by version and folded term, one row for each unit they are printed in."""
    by_term: dict[tuple[str, str], list[_Row]] = {}
    rows, _ = shipped_table("follow", "ctcae_laboratory")
    for row in rows:
        grades = tuple((grade, criterion(row[f"grade_{grade}"])) for grade in (4, 3, 2, 1) if row[f"grade_{grade}"])
        ends = criterion(row["ends"]) if row["ends"] else None
        one = _Row(row["term"], row["analyte"], row["unit"], row["needs"], grades, ends, row["assumed"])
        for version in row["versions"].split():
            by_term.setdefault((version, row["term"].casefold()), []).append(one)
    return {key: tuple(rows) for key, rows in by_term.items()}


def laboratory_terms(version: str) -> tuple[str, ...]:
    """Terms of a version of CTCAE that a laboratory value alone can be graded under."""
    return tuple(rows[0].term for (own, _), rows in _table().items() if own == _checked(version))


@cache
def _worst(test: str) -> int:
    terms = {_term_of(test, version).casefold() for version in VERSIONS}
    return max(row.grades[0][0] for (_, term), rows in _table().items() if term in terms for row in rows)


def worst_laboratory_grade(test: str) -> int:
    """The highest grade that a low blood count alone can have.

    >>> worst_laboratory_grade("haemoglobin"), worst_laboratory_grade("platelets")
    (3, 4)
    """
    return _worst(test)


def test_of_term(term: str) -> str | None:
    """The blood test behind an adverse-event term, or None.

    >>> test_of_term("Platelet count decreased"), test_of_term("Thrombocytopenia"), test_of_term("Fatigue")
    ('platelets', 'platelets', None)
    """
    count = low_count(term)
    return count if count in TERM else None


def term_of_test(test: str, version: str) -> str | None:
    """The term that a low count of a blood test is graded under, or None.

    >>> term_of_test("platelets", "6.0"), term_of_test("platelets", "5.0")
    ('Thrombocytopenia', 'Platelet count decreased')
    """
    return _term_of(test, version) if test in _DIMENSION else None


@lru_cache(maxsize=65_536)
def grade_lab(test: str, value: float | None, unit: str | None, version: str, lower_limit: float | None) -> LabGrade:
    """Grade a low blood count. `lower_limit` of normal is in the internal unit (g/dL or 10^9/L); None: not known.

    >>> grade_lab("platelets", 18, "10^9/L", "4.03", 150).grade
    4
    >>> grade_lab("haemoglobin", 10.5, "g/dL", "5.0", None)
    LabGrade(grade=None, because='not below 10 g/dL, and no lower limit of normal is given: grade 0 or 1',
    value=10.5, at_most=1)
    """
    _checked(version)
    if test not in _DIMENSION:
        return LabGrade(grade=None, because=f"no laboratory criterion for {test!r} here", value=None)
    if value is None:
        return LabGrade(grade=None, because="no value", value=None)
    if value < 0:
        return LabGrade(grade=None, because=f"a count is not negative, got {value:g}", value=None)
    try:
        factor = factor_of(unit, _DIMENSION[test])
    except RuleError as error:
        return LabGrade(grade=None, because=str(error), value=None)
    limit = None if lower_limit is None else rounded(lower_limit / factor)
    graded = grade_laboratory(_term_of(test, version), value, unit, version, lower_limit=limit)
    inside = rounded(value * factor) if math.isfinite(value) else None
    return LabGrade(grade=graded.grade, because=graded.because, value=inside, at_most=graded.at_most)


def grade_laboratory(
    term: str,
    value: float | None,
    unit: str | None,
    version: str,
    *,
    lower_limit: float | None = None,
    upper_limit: float | None = None,
    baseline: float | None = None,
    baseline_flag: BaselineFlag | None = None,
    change_percent: float | None = None,
) -> LabGrade:
    """Grade a value under a CTCAE term; limits of normal and baseline in the unit of the value.

    `baseline_flag` says where the baseline lay against its limits of normal; without it the limits given here are used.
    `change_percent` of the baseline is computed where the baseline is given. A baseline of another unit has no place
    here.

    >>> grade_laboratory("Creatinine increased", 2.5, "mg/dL", "5.0", upper_limit=1.2, baseline=1.0).grade
    2
    >>> grade_laboratory("Hypercalcemia", 13.0, "mg/dL", "5.0", upper_limit=10.5).grade
    3
    """
    rows = _table().get((_checked(version), term.strip().casefold()))
    if rows is None:
        near = difflib.get_close_matches(term, laboratory_terms(version), 2, 0.5)
        hint = f"; nearest are {', '.join(near)}" if near else ""
        return _ungraded(f"CTCAE {version} has no laboratory criterion for {term!r}{hint}")
    if value is None:
        return _ungraded("no value")
    if unusable := _unusable(value, lower_limit, upper_limit, baseline, change_percent):
        return _ungraded(unusable)
    try:
        row, factor = _in_unit(rows, unit)
    except RuleError as error:
        return _ungraded(str(error))

    def inside(given: float | None) -> float | None:
        return None if given is None else rounded(given * factor)

    known = Known(
        value=rounded(value * factor),
        lower_limit=inside(lower_limit),
        upper_limit=inside(upper_limit),
        baseline=inside(baseline),
        flag=baseline_flag or _flag(baseline, lower_limit, upper_limit),
        change_percent=100 * (value - baseline) / baseline if change_percent is None and baseline else change_percent,
    )
    return _before_grades(row, known, row.unit or (unit or "")) or _by_grades(
        row, known, row.unit or (unit or ""), version
    )


def _ungraded(because: str, value: float | None = None) -> LabGrade:
    return LabGrade(grade=None, because=because, value=value)


def _unusable(
    value: float,
    lower_limit: float | None,
    upper_limit: float | None,
    baseline: float | None,
    change_percent: float | None,
) -> str:
    """Why no grade can rest on these numbers; empty: one can."""
    if not 0 <= value < math.inf:
        return f"a laboratory value is 0 or more and not negative, got {value:g}"
    for name, given in (
        ("lower limit of normal", lower_limit),
        ("upper limit of normal", upper_limit),
        ("baseline", baseline),
    ):
        if given is not None and not (0 < given < math.inf or (given == 0 and name != "upper limit of normal")):
            return f"the {name} is no value to compare with: {given:g}"
    if change_percent is not None and not math.isfinite(change_percent):
        return f"the change from baseline is no number: {change_percent:g}"
    return ""


def _before_grades(row: _Row, known: Known, unit: str) -> LabGrade | None:
    """Why the criteria of a term are not looked at: a limit it cannot do without, or what ends it; None: they are."""
    for needed, limit in (("ULN", known.upper_limit), ("LLN", known.lower_limit)):
        if row.needs == f"{needed}!" and limit is None:
            return _ungraded(f"no {LIMITS[needed]} is given", known.value)
    if row.ends is not None and row.ends.met(known)[0]:
        first = row.ends.alternatives[0][0].comparison
        return _ungraded(f"{first.words(known, unit)}: {row.assumed}", known.value)
    return None


def _by_grades(row: _Row, known: Known, unit: str, version: str) -> LabGrade:
    """The worst grade whose criterion is met; that a worse one may be is said, and where none need be it is bounded."""
    last: Atom | None = None
    open_grade, lacks, unanswered = 0, "", False
    for grade, asked in row.grades:
        met, atoms = asked.met(known)
        if met:
            worst = " and ".join(atom.comparison.words(known, unit) for atom in atoms)
            assumed = f"; assumed: {row.assumed}" if row.assumed else ""
            because = f"{worst} (CTCAE {version}){assumed}{_doubt(lacks, open_grade)}"
            return LabGrade(grade=grade, because=because, value=known.value)
        if asked.compares and (missing := asked.left_open(known)):
            open_grade, lacks = open_grade or grade, lacks or missing
        unanswered = unanswered or met is None
        if met is False and not lacks:
            last = atoms[-1]
    unmet = "" if last is None else denied(last.comparison.words(known, unit))
    if not unanswered:
        because = f"{unmet or 'no criterion is met'}{_doubt(lacks, open_grade)}"
        return LabGrade(grade=0, because=because, value=known.value)
    least = "0 or 1" if open_grade == 1 else f"0 to {open_grade}"
    because = f"no {lacks} is given: grade {least}"
    return LabGrade(
        grade=None, because=f"{unmet}, and {because}" if unmet else because, value=known.value, at_most=open_grade
    )


def _doubt(lacks: str, open_grade: int) -> str:
    return f"; no {lacks} is given, so that grade {open_grade} is not excluded" if open_grade else ""


def _flag(baseline: float | None, lower_limit: float | None, upper_limit: float | None) -> BaselineFlag | None:
    if baseline is None:
        return None
    if upper_limit is not None and baseline > upper_limit:
        return "high"
    if lower_limit is not None and baseline < lower_limit:
        return "low"
    return "normal" if lower_limit is not None and upper_limit is not None else None


def _term_of(test: str, version: str) -> str:
    return _CRITERION.get(test, {}).get(version, "Anemia" if test == "haemoglobin" else TERM[test])


_KINDS = ("cell_count", "mass_concentration", "molar_concentration", "equivalents", "clearance")


def _in_unit(rows: tuple[_Row, ...], unit: str | None) -> tuple[_Row, float]:
    """The criteria to use for a value in a unit, and the factor to their unit.

    As printed in that unit, of its kind, by the molar mass.
    """
    if not rows[0].unit:
        return rows[0], 1.0
    kinds = [kind for kind in _KINDS if _canonical(unit, kind)]
    written = {_canonical(unit, kind) for kind in kinds}
    for row in rows:
        if row.unit in written:
            return row, 1.0
    for row in rows:
        for kind in kinds:
            if row.unit in UNITS[kind]:
                return row, factor_of(_canonical(unit, kind), kind) / UNITS[kind][row.unit]
    analyte = rows[0].analyte
    molar = next((row for row in rows if row.unit in UNITS["molar_concentration"]), None)
    if molar is not None and analyte in MOLAR_MASS_g_PER_mol and kinds:
        own = UNITS["molar_concentration"][molar.unit]
        if "mass_concentration" in kinds:
            grams = factor_of(_canonical(unit, "mass_concentration"), "mass_concentration")
            return molar, grams * 1000 / MOLAR_MASS_g_PER_mol[analyte] / own
        if "equivalents" in kinds and analyte in _CHARGE:
            return molar, factor_of(_canonical(unit, "equivalents"), "equivalents") / _CHARGE[analyte] / own
    name = "cell count" if rows[0].unit in UNITS["cell_count"] else analyte
    if unit is None or not unit.strip():
        raise RuleError(f"a unit of {name} is missing; give one of {', '.join(row.unit for row in rows)}")
    raise RuleError(f"{unit!r} is not a unit of {name}; known are {', '.join(row.unit for row in rows)}")


@cache
def _canonical(unit: str | None, dimension: str) -> str:
    """The unit as `UNITS` writes it, letter case apart (laboratory data are often in capitals).

    Empty: not of the dimension.
    """
    try:
        factor = factor_of(unit, dimension)
    except RuleError:
        folded = (unit or "").strip().casefold()
        return next(
            (known for known in UNITS[dimension] if known.casefold() == folded and dimension != "cell_count"), ""
        )
    folded = (unit or "").strip().casefold()
    same = [known for known, own in UNITS[dimension].items() if own == factor]
    return next(
        (known for known in same if known.casefold() == folded), INTERNAL_UNIT[dimension] if factor == 1.0 else same[0]
    )


def _checked(version: str) -> str:
    if version not in VERSIONS:
        raise RuleError(f"CTCAE version must be one of {', '.join(VERSIONS)}, got {version!r}")
    return version
