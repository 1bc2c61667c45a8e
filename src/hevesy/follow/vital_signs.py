"""CTCAE grades of vital signs and of the QT interval, as far as a measured value tells them.

What a criterion asks beside the value (how long, whether treated, whether symptomatic) is not known from it: the grade
is that of the value alone, and `because` says what was left open. Blood pressure is judged in whole mmHg, temperature
to 0.1 C, QTc in whole ms, as the criteria are written.

Source: NCI, Common Terminology Criteria for Adverse Events v4.03 (2010), v5.0 (2017), v6.0 (2025): Hypertension, Fever,
Hypothermia, Weight loss, Weight gain, Electrocardiogram QT corrected interval prolonged. Fridericia, Acta Med Scand
1920;53:469.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from hevesy.errors import RuleError
from hevesy.follow.ctcae import VERSIONS
from hevesy.study.dates import whole
from hevesy.study.facts.ecg import Electrocardiogram
from hevesy.study.facts.enrolment import BodyMeasurement
from hevesy.study.facts.vital_signs import VitalSigns
from hevesy.study.subject import Subject

TERMS = (
    "Hypertension",
    "Fever",
    "Hypothermia",
    "Weight loss",
    "Weight gain",
    "Electrocardiogram QT corrected interval prolonged",
)
ADULT_A = 18.0
QTC_LIMITS_MS = (450, 481, 501)
"""From which on grades 1 to 3 are told, in whole ms."""
QTC_CHANGE_MS = 60
_PRESSURES = {"6.0": ((2, 140, 90), (3, 160, 100), (4, 180, 110))}
_PRESSURES_BEFORE = ((1, 120, 80), (2, 140, 90), (3, 160, 100))
"""Grade, systolic and diastolic pressure in mmHg from which on it is told."""
_RISEN_SYSTOLIC_MMHG, _RISEN_MEAN_MMHG = 20, 15
"""Above the baseline: with a systolic pressure over 140 mmHg grade 3 of version 6.0."""
Pressure = tuple[float | None, float | None]
"""Systolic and diastolic, in mmHg."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignGrade:
    """What a day's measurement amounts to under a term: the grade its value tells, None where it cannot be told."""

    term: str
    on: date
    grade: int | None
    value: str
    because: str
    rows: tuple[int, ...]


def grades_of_signs(subject: Subject, version: str) -> tuple[SignGrade, ...]:
    """Every grade that the vital signs and electrocardiograms of a subject tell, after day 1.

    What was measured up to day 1 is the baseline: of weight the last value, of QTc the mean of the last day.
    Measurements without a whole date, and subjects without a day 1, tell none. Raises RuleError for a version of CTCAE
    that is not known here.
    """
    if version not in VERSIONS:
        raise RuleError(f"CTCAE {version} has no criteria here; known are {', '.join(VERSIONS)}", field="version")
    if subject.day_1 is None:
        return ()
    signs = sorted(
        ((on, one) for one in subject.of(VitalSigns) if (on := whole(one.on)) is not None),
        key=lambda dated: (dated[0], dated[1].row),
    )
    return (
        *_of_pressure(signs, subject.day_1, subject.enrolment.age_a, version),
        *(grade for on, one in signs if on > subject.day_1 for grade in _of_temperature(on, one)),
        *_of_weight(subject, subject.day_1),
        *_of_qtc(subject, subject.day_1, version),
    )


def hypertension(pressure: Pressure, version: str, baseline: Pressure = (None, None)) -> int:
    """Grade of an adult's blood pressure, the worse of the two; 0: below every limit.

    Version 6.0 asks for the baseline too: over 140 mmHg, and 20 mmHg (of the mean pressure 15) above it, is grade 3.

    >>> hypertension((162, 84), "5.0"), hypertension((122, 70), "5.0"), hypertension((122, 70), "6.0")
    (3, 1, 0)
    >>> hypertension((145, 80), "6.0", baseline=(118, 76))
    3
    """
    above, below = (_whole(value or 0) for value in pressure)
    limits = _PRESSURES.get(version, _PRESSURES_BEFORE)
    by_value = max((grade for grade, most, least in limits if above >= most or below >= least), default=0)
    return max(by_value, 3) if version == "6.0" and above > 140 and _risen(pressure, baseline) else by_value


def _risen(pressure: Pressure, baseline: Pressure) -> bool:
    (above, below), (before, low_before) = pressure, baseline
    if above is None or before is None:
        return False
    if above - before > _RISEN_SYSTOLIC_MMHG:
        return True
    if below is None or low_before is None:
        return False
    return (above + 2 * below) / 3 - (before + 2 * low_before) / 3 > _RISEN_MEAN_MMHG


def fever(temperature_C: float) -> int:
    """Grade of a raised temperature; above 40 C it is 3, and 4 only if it lasted a day, which one value does not tell.

    >>> [fever(value) for value in (37.9, 38.0, 39.0, 39.1, 40.0, 40.1)]
    [0, 1, 1, 2, 2, 3]
    """
    warm = _tenths(temperature_C)
    return 0 if warm < 38.0 else 1 if warm <= 39.0 else 2 if warm <= 40.0 else 3


def hypothermia(temperature_C: float) -> int:
    """Grade of a lowered temperature.

    >>> [hypothermia(value) for value in (35.1, 35.0, 32.0, 28.0)]
    [0, 2, 3, 4]
    """
    cold = _tenths(temperature_C)
    return 0 if cold > 35.0 else 2 if cold > 32.0 else 3 if cold > 28.0 else 4


def weight_change(weight_kg: float, baseline_kg: float) -> int:
    """Grade of a weight lost or gained, by its share of the baseline.

    >>> weight_change(76, 80), weight_change(72, 80), weight_change(96, 80), weight_change(77, 80)
    (1, 2, 3, 0)
    """
    share = round(100 * abs(weight_kg - baseline_kg) / baseline_kg, 6)
    return 0 if share < 5 else 1 if share < 10 else 2 if share < 20 else 3


def qtc_prolonged(qtc_ms: float, baseline_ms: float | None, version: str, recordings_at_501: int = 1) -> int:
    """Grade of a mean QTc: by its value and, from version 5.0 on, by more than 60 ms above the baseline.

    Version 4.03 asks for two recordings of 501 ms or more for grade 3 (`recordings_at_501`).

    >>> qtc_prolonged(470, 400, "5.0"), qtc_prolonged(470, 440, "5.0"), qtc_prolonged(505, None, "4.03")
    (3, 1, 2)
    """
    by_value = sum(_whole(qtc_ms) >= limit for limit in QTC_LIMITS_MS)
    if version == "4.03":
        return 3 if recordings_at_501 > 1 else min(by_value, 2)
    risen = baseline_ms is not None and _whole(qtc_ms - baseline_ms) > QTC_CHANGE_MS
    return 3 if risen else by_value


def qtcf_of(recording: Electrocardiogram) -> float | None:
    """QTcF of a recording in ms: as delivered, else QT divided by the cube root of the RR interval in seconds.

    >>> round(qtcf_of(Electrocardiogram(subject="1", row=1, qt_ms=400, heart_rate_beats_per_min=75)), 1)
    430.9
    """
    if recording.qtcf_ms is not None:
        return recording.qtcf_ms
    if recording.qt_ms is None or recording.heart_rate_beats_per_min is None:
        return None
    return recording.qt_ms / math.cbrt(60 / recording.heart_rate_beats_per_min)


def _whole(value: float) -> int:
    return math.floor(round(value, 6) + 0.5)


def _tenths(value: float) -> float:
    return _whole(10 * value) / 10


class _Cuff(NamedTuple):
    """A blood pressure of a day with the rows that tell it."""

    on: date
    pressure: Pressure
    rows: tuple[int, ...]


def _pressures(signs: Sequence[tuple[date, VitalSigns]]) -> list[_Cuff]:
    """Blood pressures in order of day; where a day has one row with each half, the two are one measurement."""
    found: list[_Cuff] = []
    for on, of_day in groupby(signs, key=lambda dated: dated[0]):
        cuffs = [
            _Cuff(on, (one.systolic_mmHg, one.diastolic_mmHg), (one.row,))
            for _, one in of_day
            if one.systolic_mmHg is not None or one.diastolic_mmHg is not None
        ]
        upper = [one for one in cuffs if one.pressure[1] is None]
        lower = [one for one in cuffs if one.pressure[0] is None]
        if len(upper) == len(lower) == 1 == len(cuffs) / 2:
            cuffs = [_Cuff(on, (upper[0].pressure[0], lower[0].pressure[1]), (*upper[0].rows, *lower[0].rows))]
        found += cuffs
    return found


def _of_pressure(
    signs: Sequence[tuple[date, VitalSigns]], day_1: date, age_a: float | None, version: str
) -> Iterator[SignGrade]:
    measured = _pressures(signs)
    before = [one.pressure for one in measured if one.on <= day_1]
    baseline = next((one for one in reversed(before) if None not in one), None)
    baseline = baseline or next((one for one in reversed(before) if one[0] is not None), (None, None))
    for on, pressure, rows in measured:
        if on <= day_1:
            continue
        value = "/".join("?" if part is None else f"{part:g}" for part in pressure) + " mmHg"
        grade: int | None = hypertension(pressure, version, baseline)
        because = [f"{value} on {on}"]
        if age_a is not None and age_a < ADULT_A:
            grade, because = None, [*because, f"aged {age_a:g}: the limits here are those of adults"]
        elif age_a is None:
            because.append("age not known: limits of adults")
        if grade is not None and None in pressure:
            grade, because = grade or None, [*because, "one of the two was not measured: this grade or a worse one"]
        if version == "6.0" and grade == 2 and _whole(pressure[0] or 0) > 140 and None in (*baseline, *pressure):
            because.append("3 where it rose enough from the baseline, which is not wholly known")
        if grade is not None and grade >= 2:
            because.append("whether it persisted or was treated is not known")
        yield SignGrade(term="Hypertension", on=on, grade=grade, value=value, because="; ".join(because), rows=rows)


def _of_temperature(on: date, one: VitalSigns) -> Iterator[SignGrade]:
    if one.temperature_C is None:
        return
    value = f"{_tenths(one.temperature_C):.1f} C"
    for term, grade in (("Fever", fever(one.temperature_C)), ("Hypothermia", hypothermia(one.temperature_C))):
        lasting = "; more than 24 h of it would be grade 4" if term == "Fever" and grade == 3 else ""
        yield SignGrade(
            term=term, on=on, grade=grade, value=value, because=f"{value} on {on}{lasting}", rows=(one.row,)
        )


def _of_weight(subject: Subject, day_1: date) -> Iterator[SignGrade]:
    told = [(one.on, one.row, one.weight_kg) for one in subject.of(VitalSigns)]
    told += [(one.on, one.row, one.weight_kg) for one in subject.of(BodyMeasurement)]
    weights = sorted((on, row, kg) for when, row, kg in told if (on := whole(when)) is not None and kg is not None)
    before = [(kg, row) for on, row, kg in weights if on <= day_1]
    if not before and subject.enrolment.weight_kg is not None:
        before = [(subject.enrolment.weight_kg, subject.enrolment.row)]
    for on, row, kg in weights:
        if on <= day_1:
            continue
        for term, sign in (("Weight loss", -1), ("Weight gain", 1)):
            if not before:
                because = "no weight up to day 1"
                yield SignGrade(term=term, on=on, grade=None, value=f"{kg:g} kg", because=because, rows=(row,))
                continue
            baseline, of = before[-1]
            value = f"{kg:g} kg ({100 * (kg - baseline) / baseline:+.1f} %)"
            yield SignGrade(
                term=term,
                on=on,
                grade=weight_change(kg, baseline) if (kg - baseline) * sign > 0 else 0,
                value=value,
                because=f"{value} on {on} against {baseline:g} kg at baseline",
                rows=(of, row),
            )


def _of_qtc(subject: Subject, day_1: date, version: str) -> Iterator[SignGrade]:
    recordings = [(on, one) for one in subject.of(Electrocardiogram) if (on := whole(one.on)) is not None]
    known = sorted((on, one.row, qtc) for on, one in recordings if (qtc := qtcf_of(one)) is not None)
    days = [(on, tuple(those)) for on, those in groupby(known, key=lambda one: one[0])]
    before = [those for on, those in days if on <= day_1]
    baseline = _mean([qtc for *_, qtc in before[-1]]) if before else None
    of_baseline = tuple(row for _, row, _ in before[-1]) if before else ()
    long_rows: tuple[int, ...] = ()
    for on, those in days:
        if on <= day_1:
            continue
        mean = _mean([qtc for *_, qtc in those])
        long = tuple(row for _, row, qtc in those if _whole(qtc) >= QTC_LIMITS_MS[-1])
        long_rows += long
        value = f"QTcF {_whole(mean)} ms"
        change = f"{_whole(mean - baseline):+d} ms from baseline" if baseline is not None else "no baseline"
        several = f", mean of {len(those)} recordings" if len(those) > 1 else ""
        of_limit = f"; {len(long_rows)} recordings of 501 ms or more" if version == "4.03" and long else ""
        yield SignGrade(
            term=TERMS[-1],
            on=on,
            grade=qtc_prolonged(mean, baseline, version, len(long_rows) if long else 0),
            value=value,
            because=f"{value} on {on}{several}; {change}{of_limit}",
            rows=tuple(dict.fromkeys((*of_baseline, *(long_rows if long else ()), *(row for _, row, _ in those)))),
        )
    for on, one in recordings:
        if on > day_1 and one.qt_ms is not None and qtcf_of(one) is None:
            because = f"QT {one.qt_ms:g} ms on {on}: no heart rate to correct it by"
            yield SignGrade(
                term=TERMS[-1], on=on, grade=None, value=f"QT {one.qt_ms:g} ms", because=because, rows=(one.row,)
            )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
