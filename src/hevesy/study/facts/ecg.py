"""The electrocardiogram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.study.facts.fact import On, Reported, SubjectId, number, outside, record_kind, refuse, text
from hevesy.study.facts.vital_signs import PULSE_PER_MIN

QT_MS = (150, 900)
"""What a QT interval lies within; outside it a unit or a digit is wrong."""


@record_kind("ecg")
@dataclass(frozen=True, slots=True, kw_only=True)
class Electrocardiogram:
    """A recording; those of one day are averaged. None: not measured."""

    subject: SubjectId
    row: int
    on: On = None
    qtcf_ms: Annotated[float | None, number("QT interval corrected by Fridericia", "interval")] = None
    qt_ms: Annotated[float | None, number("QT interval as measured", "interval")] = None
    heart_rate_beats_per_min: Annotated[
        float | None, number("by which QT is corrected where QTcF is not delivered", "heart_rate")
    ] = None
    interpretation: Annotated[str | None, text("as the reader put it")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        heart_rate = self.heart_rate_beats_per_min
        refuse(
            outside(self.qtcf_ms, QT_MS, "QTcF", "qtcf_ms", "ms"),
            outside(self.qt_ms, QT_MS, "QT", "qt_ms", "ms"),
            outside(heart_rate, PULSE_PER_MIN, "heart rate", "heart_rate_beats_per_min", "beats/min"),
        )
