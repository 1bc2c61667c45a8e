"""Dose over the volume of regions: curves as delivered, what is read off them, and what they say beside doses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hevesy.conduct.analysis import SubjectAnalysis
from hevesy.conduct.dosed import Dosed, DosedRegion, DosedSubject, RegionDose
from hevesy.conduct.region_dose import A_GBQ
from hevesy.errors import RuleError
from hevesy.study.dose_volume_curve import FALL_ON_PERCENT, DoseVolumeCurve
from hevesy.study.facts.dose_volume import DoseVolumePoint, curve_of, curves
from hevesy.study.facts.dosimetry import ExternalCourse
from hevesy.study.limits import Limit
from hevesy.study.protocol.dosimetry import DosimetryRegion
from hevesy.treat.dose_rate import Course
from hevesy.treat.effect import ExternalBeam, Left, Tissue, eqd2_Gy, left_under
from hevesy.treat.effect_volume import EffectOfHistograms, elements_of, histograms_together

OTHER_MEAN = 0.10
"""By which the mean of a curve may differ from the mean dose worked out here; beyond it is told."""
Against = Literal["given", "foreseen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAtLimit:
    """The share of a region's volume that receives as much as a limit of absorbed dose, or more."""

    limit: Limit
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionVolumeDose:
    """A curve of a region with what is read off it, and the mean dose that was worked out of activity beside it."""

    points: tuple[DoseVolumePoint, ...]
    curve: DoseVolumeCurve
    beside: RegionDose | None
    against: Against | None
    """Which dose `beside` is; None: of external beam, of another label, or none was worked out."""
    at_limits: tuple[ShareAtLimit, ...]
    notes: tuple[str, ...]

    @property
    def region(self) -> str:
        """Of the region."""
        return self.curve.region

    @property
    def mean_beside_Gy(self) -> float | None:
        """The mean dose worked out here, of the same activity; None: there is none, or it is of a GBq."""
        return None if self.beside is None or self.beside.basis == A_GBQ else self.beside.dose_Gy

    @property
    def by(self) -> str:
        """What gave the dose."""
        return self.points[0].nuclide or "external beam"

    @property
    def external(self) -> bool:
        """Whether it is of external beam."""
        return self.points[0].of == "external beam"

    @property
    def fractions(self) -> int | None:
        """Of external beam, where told."""
        return next((one.fractions for one in self.points if one.fractions is not None), None)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows it stands on."""
        return tuple(sorted(one.row for one in self.points))


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedVolume:
    """The label that treats and external beam together in a region, in BED over its volume.

    The mean needs no correspondence of places; what 95 % and 2 % of the volume receive lies within bounds of any.
    `left`: what the plan's limit of BED or EQD2 (the lower of both) leaves for external beam, on the mean; None: it
    has no such limit.
    """

    own: RegionVolumeDose
    external: RegionVolumeDose
    both: EffectOfHistograms
    limit: Limit | None
    left: Left | None
    because: tuple[str, ...]

    @property
    def region(self) -> str:
        """Of the region."""
        return self.own.region

    @property
    def mean_eqd2_Gy(self) -> float:
        """The mean BED in fractions of 2 Gy."""
        return eqd2_Gy(self.both.mean_bed_Gy, self.both.tissue.alpha_beta_Gy)

    def eqd2_within_Gy(self, percent: float) -> tuple[float, float]:
        """Between which EQD2 what so many percent of the volume receive lies."""
        least, most = self.both.within_Gy(percent)
        alpha_beta_Gy = self.both.tissue.alpha_beta_Gy
        return eqd2_Gy(least, alpha_beta_Gy), eqd2_Gy(most, alpha_beta_Gy)

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows it stands on."""
        course = () if self.own.beside is None else self.own.beside.rows
        return tuple(sorted({*self.own.rows, *self.external.rows, *course}))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectVolumes:
    """The curves of a subject in the order of the plan's regions, sums with external beam, and what is not used."""

    id: str
    curves: tuple[RegionVolumeDose, ...]
    sums: tuple[SummedVolume, ...]
    notes: tuple[str, ...]


def dose_volumes(found: Dosed) -> tuple[SubjectVolumes, ...]:
    """The curves of every subject that has any, whether or not its activity was measured."""
    dosed = {one.id: one for one in found.subjects}
    told = (_subject(item, dosed.get(item.subject.id), found) for item in found.analysis.subjects)
    return tuple(one for one in told if one.curves or one.notes)


def _subject(item: SubjectAnalysis, dosed: DosedSubject | None, found: Dosed) -> SubjectVolumes:
    made: list[RegionVolumeDose] = []
    notes: list[str] = []
    regions = {one.name: one for one in dosed.regions} if dosed is not None else {}
    for points in curves(item.subject.of(DoseVolumePoint)):
        try:
            made.append(_curve(points, regions.get(points[0].region), item.subject.of(ExternalCourse), found))
        except RuleError as error:
            notes.append(f"the dose-volume curve of {points[0].region} (row {points[0].row}) is none: {error}")
    order = [one.name for one in found.plan.regions]
    made.sort(key=lambda one: (order.index(one.region) if one.region in order else len(order), one.external))
    sums: list[SummedVolume] = []
    for one, beam in _both(made, found.treated_with):
        summed = _sum(one, beam, found)
        if isinstance(summed, str):
            notes.append(summed)
        else:
            sums.append(summed)
    return SubjectVolumes(id=item.subject.id, curves=tuple(made), sums=tuple(sums), notes=tuple(notes))


def _against_courses(curve: DoseVolumeCurve, courses: Sequence[ExternalCourse]) -> list[str]:
    """A sentence where external beam to a region has another dose in its curve than in its courses."""
    told_Gy = sum(one.dose_Gy for one in courses if one.region == curve.region)
    if not told_Gy or abs(curve.mean_Gy / told_Gy - 1) <= OTHER_MEAN:
        return []
    return [f"the mean of its curve of external beam is {curve.mean_Gy:.3g} Gy, and its courses tell {told_Gy:.3g} Gy"]


def _curve(
    points: Sequence[DoseVolumePoint], region: DosedRegion | None, courses: Sequence[ExternalCourse], found: Dosed
) -> RegionVolumeDose:
    curve = curve_of(points)
    of_label = points[0].nuclide == found.treated_with
    beside, against = _beside(region) if of_label else (None, None)
    notes = []
    if region is None and points[0].region not in [one.name for one in found.plan.regions]:
        notes.append("is no region of the plan: it is held against no dose and no limit")
    if curve.ends_with_percent > FALL_ON_PERCENT and curve.ends_with_percent < 100:
        notes.append(
            f"its curve ends at {curve.largest_Gy:.3g} Gy with {curve.ends_with_percent:.3g} % of the volume: nothing "
            "is taken to receive more"
        )
    whole = beside is not None and beside.bound is None and beside.basis != A_GBQ
    if beside is not None and whole and abs(curve.mean_Gy / beside.dose_Gy - 1) > OTHER_MEAN:
        notes.append(
            f"the mean of its curve is {curve.mean_Gy:.3g} Gy by {points[0].program}, and {beside.dose_Gy:.3g} Gy are "
            f"{against} here: another activity, other kinetics, or another outline"
        )
    if points[0].of == "external beam":
        notes += _against_courses(curve, courses)
    limits = [one for one in found.plan.limits if one.region == curve.region and one.of == "absorbed dose"]
    return RegionVolumeDose(
        points=tuple(points),
        curve=curve,
        beside=beside,
        against=against,
        at_limits=tuple(ShareAtLimit(limit=one, percent=curve.percent_with(one.amount_Gy)) for one in limits),
        notes=tuple(notes),
    )


def _beside(region: DosedRegion | None) -> tuple[RegionDose | None, Against | None]:
    """The dose that a curve of the label that treats is held against: by its own measurements, else as foreseen."""
    if region is not None and isinstance(region.given, RegionDose):
        return region.given, "given"
    if region is not None and isinstance(region.foreseen, RegionDose):
        return region.foreseen, "foreseen"
    return None, None


def _both(made: Sequence[RegionVolumeDose], label: str) -> list[tuple[RegionVolumeDose, RegionVolumeDose]]:
    """Curves of one region by the label that treats and by external beam, each with each."""
    own = [one for one in made if one.by == label]
    return [(one, beam) for one in own for beam in made if beam.external and beam.region == one.region]


def _sum(own: RegionVolumeDose, beam: RegionVolumeDose, found: Dosed) -> SummedVolume | str:
    """Both in BED over the volume, or why they are not added up."""
    region = next((one for one in found.plan.regions if one.name == own.region), None)
    why = None
    if region is None or region.alpha_beta_Gy is None:
        why = "the plan tells no alpha/beta and repair of it"
    elif own.beside is None:
        why = "no curve of its dose rate was fitted"
    elif beam.fractions is None:
        why = "the fractions of the external beam are not told"
    if why is not None:
        return f"{own.region}: {own.by} and external beam are not added up over its volume: {why}"
    assert region is not None
    assert own.beside is not None
    try:
        return _added(own, beam, region, own.beside.course, found.plan.limits)
    except RuleError as error:
        return f"{own.region}: {own.by} and external beam are not added up over its volume: {error}"


def _added(
    own: RegionVolumeDose, beam: RegionVolumeDose, region: DosimetryRegion, course: Course, limits: Sequence[Limit]
) -> SummedVolume:
    assert region.alpha_beta_Gy is not None
    assert region.repair_half_life_h is not None
    assert beam.fractions is not None
    tissue = Tissue(
        alpha_beta_Gy=region.alpha_beta_Gy,
        repair_half_life_h=region.repair_half_life_h,
        source=region.effect_source,
    )
    fractions = ExternalBeam(dose_Gy=max(beam.curve.mean_Gy, 1e-9), fractions=beam.fractions)
    told_mL = own.curve.volume_mL or beam.curve.volume_mL or 1.0
    both = histograms_together(
        elements_of(own.curve, own.curve.volume_mL or told_mL),
        elements_of(beam.curve, beam.curve.volume_mL or told_mL),
        course,
        fractions,
        tissue,
    )
    own_limits = [one for one in limits if one.region == region.name and one.of != "absorbed dose"]
    limit = min(own_limits, key=lambda one: one.bed_Gy(tissue.alpha_beta_Gy), default=None)
    left = None
    if limit is not None:
        left = left_under(limit, both.mean_bed_Gy, tissue)
    because = [
        f"alpha/beta {tissue.alpha_beta_Gy:g} Gy, repair {tissue.repair_half_life_h:g} h: {tissue.source}",
        "where the doses lie in the region is not known: the mean does not need it, D95 and D2 lie within the bounds "
        "of any registration",
        *both.because,
    ]
    return SummedVolume(own=own, external=beam, both=both, limit=limit, left=left, because=tuple(because))
