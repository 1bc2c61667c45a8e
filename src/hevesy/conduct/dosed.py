"""What a study's subjects absorb: curves, fits, doses foreseen and given, and limits, from what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.blood_curve import FittedBlood, fitted_blood
from hevesy.conduct.cameras import Cameras
from hevesy.conduct.dose_limits import LimitHeld as LimitHeld
from hevesy.conduct.dose_limits import held_against
from hevesy.conduct.measured_curves import GivenActivity
from hevesy.conduct.region_dose import A_GBQ, Basis, Doses
from hevesy.conduct.region_dose import RegionDose as RegionDose
from hevesy.conduct.region_fits import FittedRegion as FittedRegion
from hevesy.conduct.region_fits import fitted_regions
from hevesy.conduct.region_s_values import Pair, SValues
from hevesy.conduct.rows_in_doubt import too_well_known, unplaced
from hevesy.nuclides.library import nuclide
from hevesy.study.facts.camera import CameraCalibration, RecoverySphere
from hevesy.study.facts.dosimetry import (
    BloodSample,
    DeliveredDose,
    ExternalCourse,
    RegionActivity,
    RegionMass,
    RegionSValue,
    TracerInjection,
)
from hevesy.study.facts.fact import Fact
from hevesy.study.protocol.dosimetry import DosimetryPlan, DosimetryRegion
from hevesy.treat.possible import IN_DOUBT

KINDS = frozenset(
    {
        "region_activity", "region_mass", "region_s_value", "tracer_injection", "delivered_dose", "blood_sample",
        "camera_calibration", "recovery_sphere",
    }
)  # fmt: skip
"""Kinds of record that doses are worked out from."""
MEASURED: tuple[type[Fact], ...] = (RegionActivity, BloodSample)
"""What a subject is dosed by, in regions or in blood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowDosed:
    """Red marrow by the activity in blood, beside its dose by images.

    `foreseen` is by the label that is measured, `given` by samples of the label that treats; where the disease is in
    the marrow both are lower bounds.
    """

    before: FittedBlood
    after: FittedBlood
    foreseen: RegionDose | str
    given: RegionDose | str | None
    """None: the label that treats was not measured in blood."""
    limits: tuple[LimitHeld, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedRegion:
    """A region of a subject.

    `foreseen` is from the label that is measured before, `given` from measurements of the label that treats; each has
    its dose or a reason why there is none.
    """

    region: DosimetryRegion
    mass: RegionMass | None
    before: FittedRegion
    after: FittedRegion
    foreseen: RegionDose | str
    given: RegionDose | str | None
    """None: the label that treats was not measured."""
    told: tuple[DeliveredDose, ...]
    """What others worked out."""
    limits: tuple[LimitHeld, ...]
    by_blood: MarrowDosed | None = None
    """None: it is not red marrow by the plan, or no blood was sampled."""

    @property
    def name(self) -> str:
        """Of the region."""
        return self.region.name


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedSubject:
    """A subject: its regions in the order of the plan, what it was given, external beam, and what is not used."""

    item: SubjectAnalysis
    regions: tuple[DosedRegion, ...]
    administered: tuple[GivenActivity, ...]
    activity_MBq: float
    basis: Basis
    external: tuple[ExternalCourse, ...]
    notes: tuple[str, ...]

    @property
    def id(self) -> str:
        """The subject."""
        return self.item.subject.id


@dataclass(frozen=True, kw_only=True)
class Dosed:
    """The doses of a study as of a cut, by subject and region."""

    analysis: Analysis = field(repr=False)
    plan: DosimetryPlan
    treated_with: str
    """The label that treats."""

    @property
    def cut(self) -> date:
        """The data cut."""
        return self.analysis.cut

    @cached_property
    def cameras(self) -> Cameras:
        """The cameras of the study, as calibrated by the cut."""
        of = self.analysis.study.of
        return Cameras(calibrations=of(CameraCalibration), spheres=of(RecoverySphere))

    @cached_property
    def subjects(self) -> tuple[DosedSubject, ...]:
        """Those of whom anything was measured, in a region or in blood."""
        return tuple(
            _subject(item, self.plan, self.treated_with, self.cameras)
            for item in self.analysis.subjects
            if any(item.subject.of(kind) for kind in MEASURED)
        )

    @property
    def assumed(self) -> tuple[str, ...]:
        """What holds of every dose here without having been measured."""
        label, measured = self.treated_with, self.plan.measured
        told = [
            "dose: time-integrated activity of every region times its S value; those not measured give none",
            "activity is even in a region, and a region keeps its mass",
            "uncertainty: fit, calibration of the camera and recovery on it (shared by all that was measured under "
            "them), S values, mass; not that of the dose meter, and not of a model that is wrong",
        ]
        if label != measured:
            told.insert(0, f"{label} goes where {measured} went: the same molecule and the same biology, other decay")
        if self.plan.s_values is not None and self.plan.s_values.pairs:
            told.append(
                "a region without S values of the subject's own anatomy has the form and the neighbours of that in the "
                f"table ({self.plan.s_values.table}), its own mass apart"
            )
        if self.plan.marrow is not None:
            told.append(
                "marrow by blood: what is in blood is in the extracellular fluid of marrow alike; the calibration of "
                "the counter is in its uncertainty as far as that of the samples tells it"
            )
        if self.plan.disease_in_marrow:
            told.append(
                "the disease is in the marrow: a dose to it by the activity in blood is a lower bound: what binds "
                "in it is not in the blood"
            )
        return tuple(told)


def dosed(analysis: Analysis) -> Dosed | None:
    """The doses of a study; None: its protocol has no [dosimetry]. Nothing is worked out before it is asked for."""
    plan, label = analysis.study.protocol.dosimetry, analysis.study.protocol.nuclide
    if plan is None or label is None:
        return None
    return Dosed(analysis=analysis, plan=plan, treated_with=label)


def _subject(item: SubjectAnalysis, plan: DosimetryPlan, label: str, cameras: Cameras) -> DosedSubject:
    subject = item.subject
    administered, notes = _administered(item)
    tracers = tuple(
        GivenActivity(start=one.start, activity_MBq=one.activity_MBq, row=one.row)
        for one in subject.of(TracerInjection)
        if one.nuclide == plan.measured
    )
    activity_MBq, basis = _activity(administered, plan) if not notes else (1e3, A_GBQ)
    if basis == A_GBQ and plan.limits:
        notes = [*notes, "no limit is held: doses are for a GBq, and not for what was given or is planned"]
    masses, more = _masses(subject.of(RegionMass))
    notes += more
    of_label: dict[str, Sequence[GivenActivity]] = {label: administered}
    if plan.measured != label:
        of_label[plan.measured] = tracers
    names = [one.name for one in plan.regions]
    notes += _unplanned(subject.of(RegionActivity), names, set(of_label))
    notes += (*unplaced(subject, names, label), *too_well_known(subject))
    fits = {
        measured: fitted_regions(measured, label, subject.of(RegionActivity), given, masses, plan, cameras)
        for measured, given in of_label.items()
    }
    own, refused = _own_s_values(subject.of(RegionSValue), label)
    notes += refused
    doses = {
        measured: Doses(
            plan=plan,
            label=label,
            fits=fits[measured],
            s_values=SValues(plan=plan, label=label, own=own, masses=masses),
            masses=masses,
            administered=administered,
            activity_MBq=activity_MBq,
            basis=basis,
        )
        for measured in of_label
    }
    for measured in of_label:
        held = [fit.fitted for fit in fits[measured].values() if fit.fitted is not None and not fit.left_by]
        notes += _more_than_all([(one.region, one.tia_h) for one in held], measured, label)
    blood = _blood(subject.of(BloodSample), of_label, label, plan)
    notes += _unused_blood(subject.of(BloodSample), of_label, plan)
    regions = tuple(
        _region(region, doses, blood, masses.get(region.name), item, plan, label) for region in plan.regions
    )
    return DosedSubject(
        item=item,
        regions=regions,
        administered=administered,
        activity_MBq=activity_MBq,
        basis=basis,
        external=subject.of(ExternalCourse),
        notes=tuple(notes),
    )


def _more_than_all(held: Sequence[tuple[str, float]], measured: str, label: str) -> list[str]:
    """A sentence where regions together hold more than all decays: each alone may be possible."""
    most_h, whole_h = nuclide(label).half_life_h / math.log(2), sum(tia_h for _, tia_h in held)
    if whole_h <= IN_DOUBT * most_h:
        return []
    return [
        f"by {measured} {', '.join(name for name, _ in held)} together hold {whole_h:.4g} h, and all decays of what "
        f"was given are {most_h:.4g} h: is one region a part of another, or a unit another?"
    ]


def _administered(item: SubjectAnalysis) -> tuple[tuple[GivenActivity, ...], list[str]]:
    """What was given to treat; of an infusion whose activity is not known nothing in all is, and a note says so."""
    infusions = item.given.exposure.infusions
    untold = [str(one.administration.start.date()) for one in infusions if one.given is None]
    if untold:
        days = ", ".join(untold)
        return (), [f"the activity infused on {days} could not be told or is questioned: doses are for a GBq"]
    return tuple(
        GivenActivity(
            start=one.administration.start,
            activity_MBq=one.given.administered_MBq,
            row=one.administration.row,
            hour_known=one.administration.hour_known,
        )
        for one in infusions
        if one.given is not None
    ), []


def _activity(administered: Sequence[GivenActivity], plan: DosimetryPlan) -> tuple[float, Basis]:
    if administered:
        return sum(one.activity_MBq for one in administered), "administered"
    if plan.planned_activity_MBq is not None:
        return plan.planned_activity_MBq, "planned"
    return 1e3, A_GBQ


def _masses(told: Sequence[RegionMass]) -> tuple[dict[str, RegionMass], list[str]]:
    """The last mass of each region, and where it was measured more than once."""
    found: dict[str, RegionMass] = {}
    notes = []
    for one in sorted(told, key=lambda mass: (str(mass.on or ""), mass.row)):
        if (before := found.get(one.region)) is not None:
            notes.append(
                f"the mass of {one.region} is told more than once: {one.mass_g:g} g (row {one.row}, "
                f"{one.on or 'day not told'}) is taken and not {before.mass_g:g} g (row {before.row})"
            )
        found[one.region] = one
    return found, notes


def _unplanned(measured: Iterable[RegionActivity], names: Sequence[str], labels: set[str]) -> list[str]:
    """Measurements that nothing is made of, with the nearest names of the plan."""
    told: dict[str, list[int]] = {}
    for one in measured:
        if one.region not in names:
            near = get_close_matches(one.region, names, 2, 0.5)
            hint = f"; nearest are {', '.join(near)}" if near else ""
            told.setdefault(f"{one.region!r} is no region of the plan{hint}", []).append(one.row)
        elif one.nuclide not in labels:
            told.setdefault(f"{one.nuclide} is neither measured nor treated with by the plan", []).append(one.row)
    return [f"{why}: {len(rows)} measurements play no part (row {rows[0]} the first)" for why, rows in told.items()]


def _blood(
    samples: Sequence[BloodSample], of_label: Mapping[str, Sequence[GivenActivity]], label: str, plan: DosimetryPlan
) -> dict[str, FittedBlood] | None:
    """Blood's curve of each label; None: the plan takes nothing from blood, or none was sampled."""
    if plan.marrow is None or not samples:
        return None
    return {measured: fitted_blood(measured, label, samples, given, plan) for measured, given in of_label.items()}


def _unused_blood(samples: Sequence[BloodSample], labels: Iterable[str], plan: DosimetryPlan) -> list[str]:
    """Samples that nothing is made of."""
    if not samples:
        return []
    if plan.marrow is None:
        return [
            f"{len(samples)} blood samples play no part (row {samples[0].row} the first): the plan has no "
            "[dosimetry.marrow], which says how marrow follows from blood"
        ]
    other = [one for one in samples if one.nuclide not in set(labels)]
    return [
        f"{one.nuclide} is neither measured nor treated with by the plan: its blood samples play no part (row "
        f"{one.row} the first)"
        for one in {one.nuclide: one for one in reversed(other)}.values()
    ]


def _own_s_values(told: Sequence[RegionSValue], label: str) -> tuple[dict[Pair, RegionSValue], list[str]]:
    """S values of the subject's own anatomy by target and source; of a pair told twice none is taken."""
    found: dict[Pair, RegionSValue] = {}
    twice: list[RegionSValue] = []
    for one in told:
        if one.nuclide == label and found.setdefault((one.target, one.source), one) is not one:
            twice.append(one)
    for one in twice:
        found.pop((one.target, one.source), None)
    return found, [
        f"the S value of {one.target} from {one.source} is told twice (row {one.row}): none of the two is taken"
        for one in twice
    ]


def _region(
    region: DosimetryRegion,
    doses: Mapping[str, Doses],
    blood: Mapping[str, FittedBlood] | None,
    mass: RegionMass | None,
    item: SubjectAnalysis,
    plan: DosimetryPlan,
    label: str,
) -> DosedRegion:
    before, after = doses[plan.measured].fits[region.name], doses[label].fits[region.name]
    foreseen = doses[plan.measured].dose(region)
    given = doses[label].dose(region) if after.delivered else None
    external = [one for one in item.subject.of(ExternalCourse) if one.region == region.name]
    marrow = blood if plan.marrow is not None and plan.marrow.region == region.name else None
    return DosedRegion(
        region=region,
        mass=mass,
        before=before,
        after=after,
        foreseen=foreseen,
        given=given,
        told=tuple(one for one in item.subject.of(DeliveredDose) if one.region == region.name and one.nuclide == label),
        limits=_limits(region, foreseen, given, plan, external),
        by_blood=None if marrow is None else _by_blood(region, doses, marrow, plan, label, external),
    )


def _by_blood(
    region: DosimetryRegion,
    doses: Mapping[str, Doses],
    blood: Mapping[str, FittedBlood],
    plan: DosimetryPlan,
    label: str,
    external: Sequence[ExternalCourse],
) -> MarrowDosed:
    before, after = blood[plan.measured], blood[label]
    foreseen = doses[plan.measured].by_blood(region, before)
    given = doses[label].by_blood(region, after) if after.delivered else None
    return MarrowDosed(
        before=before,
        after=after,
        foreseen=foreseen,
        given=given,
        limits=_limits(region, foreseen, given, plan, external),
    )


def _limits(
    region: DosimetryRegion,
    foreseen: RegionDose | str,
    given: RegionDose | str | None,
    plan: DosimetryPlan,
    external: Sequence[ExternalCourse],
) -> tuple[LimitHeld, ...]:
    """Each limit of a region against its dose: that by the label that treats, where it was measured.

    None against the dose of a GBq: it is of no activity that anybody was given or is to be given.
    """
    best = given if isinstance(given, RegionDose) else foreseen
    if not isinstance(best, RegionDose) or best.basis == A_GBQ:
        return ()
    return tuple(held_against(one, best, region, external) for one in plan.limits if one.region == region.name)
