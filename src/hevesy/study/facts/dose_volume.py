"""Dose over the volume of a region: points of a cumulative histogram, by a radionuclide or by an external beam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.dose_volume_curve import DoseVolumeCurve, first_fault, outside_gy, outside_percent
from hevesy.study.facts.bounds import named_as_the_library, nuclide_named
from hevesy.study.facts.dosimetry import FRACTIONS_UP_TO
from hevesy.study.facts.fact import (
    Reported,
    SubjectId,
    choice,
    day,
    integer,
    number,
    outside,
    record_kind,
    refuse,
    text,
)

DoseBy = Literal["radionuclide", "external beam"]
VOLUME_UP_TO_mL = 3e5
"""No region of a person is as large."""


@record_kind("dose_volume", before_study=True, without_subject=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class DoseVolumePoint:
    """A point of a cumulative dose-volume histogram: the share of a region's volume that receives a dose or more.

    A curve is the rows of one region, of one radionuclide or of external beam, by one program: its doses rise from one
    that all of the region receives, and its shares never rise. Of a radionuclide it is the dose of all that was given
    (or, where nothing was, of what is planned); of external beam that of all fractions. It is told beside the dose by
    the curves of activity, and held against it.
    """

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day it was worked out or reported")] = None
    region: Annotated[str, text("the organ or lesion", required=True)]
    of: Annotated[DoseBy, choice(*get_args(DoseBy), means="by what the dose was given", required=True)]
    nuclide: Annotated[str | None, text("of a radionuclide: which", spelling=nuclide_named)] = None
    dose_Gy: Annotated[float, number("absorbed", "dose", required=True)]
    volume_percent: Annotated[float, number("of the region that receives this dose or more", required=True)]
    region_volume_mL: Annotated[float | None, number("of the whole region", "volume")] = None
    fractions: Annotated[int | None, integer("of external beam: in how many the dose was given")] = None
    program: Annotated[str, text("by what it was worked out, with its version", required=True)]
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            self._by_what(),
            named_as_the_library(self.nuclide, "nuclide"),
            outside_gy(self.dose_Gy),
            outside_percent(self.volume_percent),
            self._no_volume(),
            outside(self.fractions, (1, FRACTIONS_UP_TO), "the number of fractions", "fractions", ""),
        )

    def _by_what(self) -> RuleError | None:
        if self.of == "radionuclide" and self.nuclide is None:
            return RuleError("a dose by a radionuclide names it", field="nuclide", value=None)
        if self.of == "external beam" and self.nuclide is not None:
            return RuleError("an external beam is of no nuclide", field="nuclide", value=self.nuclide)
        if self.of == "radionuclide" and self.fractions is not None:
            rule = "a radionuclide is given in administrations: fractions are of external beam"
            return RuleError(rule, field="fractions", value=str(self.fractions))
        return None

    def _no_volume(self) -> RuleError | None:
        volume, name = self.region_volume_mL, "the volume of a region"
        if volume is not None and not volume > 0:
            return RuleError(f"{name} lies above 0", field="region_volume_mL", value=f"{volume:g}")
        return outside(volume, (0, VOLUME_UP_TO_mL), name, "region_volume_mL", "mL")

    @staticmethod
    def together(rows: Sequence[DoseVolumePoint]) -> Iterator[tuple[int, RuleError]]:
        """What rows of one subject break as curves, each at its row."""
        for curve in curves(rows):
            if (
                fault := first_fault([one.dose_Gy for one in curve], [one.volume_percent for one in curve])
            ) is not None:
                place, broken = fault
                yield curve[place].row, broken
            for name in ("region_volume_mL", "fractions"):
                told = {value: one for one in curve if (value := getattr(one, name)) is not None}
                if len(told) > 1:
                    first, other = list(told)[:2]
                    rule = f"a curve is of one region: {first:g} and {other:g} are told"
                    yield told[other].row, RuleError(rule, field=name, value=f"{other:g}")


def curves(rows: Sequence[DoseVolumePoint]) -> list[list[DoseVolumePoint]]:
    """The rows of a subject curve by curve, each by rising dose, in the order in which they were first told."""
    found: dict[tuple[str, ...], list[DoseVolumePoint]] = {}
    for one in rows:
        found.setdefault((one.region, one.of, one.nuclide or "", one.program), []).append(one)
    return [sorted(own, key=lambda one: (one.dose_Gy, -one.volume_percent)) for own in found.values()]


def curve_of(rows: Sequence[DoseVolumePoint]) -> DoseVolumeCurve:
    """The curve of rows that are one, by rising dose; refused: rows that are none."""
    return DoseVolumeCurve(
        region=rows[0].region,
        doses_Gy=tuple(one.dose_Gy for one in rows),
        shares_percent=tuple(one.volume_percent for one in rows),
        volume_mL=next((one.region_volume_mL for one in rows if one.region_volume_mL is not None), None),
    )
