"""Red marrow of a case: its activity by blood and by images, each as a source of the table."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.case_activity import CALIBRATION, NOTHING, Powers, Told, integrated, told_of
from hevesy.study.case import BloodMarrow, Case, ImagedMarrow, Marrow
from hevesy.treat.dose_uncertainty import Input
from hevesy.treat.marrow import MarrowActivity, marrow_by_blood, marrow_by_images
from hevesy.treat.organ_dose import OrganDose, OwnMass, SourceActivity

MASS = "red marrow: mass"
BLOOD_mL, LEAST_IN_BLOOD_h = 5000.0, 0.02
"""Of an adult, about (ICRP Publication 89: 5.3 and 3.9 L); what leaves blood in a minute is there for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowDose:
    """Dose to red marrow by one way to its activity."""

    activity: MarrowActivity
    dose: OrganDose


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowWay:
    """One way to the activity of marrow, and that as a source."""

    activity: MarrowActivity
    source: SourceActivity


def marrow_ways(case: Case) -> tuple[tuple[MarrowWay, ...], dict[str, OwnMass], Told]:
    """Marrow as a source, by blood and by images, the latter last; and its own mass by its row of the table."""
    marrow = case.marrow
    if marrow is None:
        return (), {}, NOTHING
    of_mass, powers = told_of(MASS, "volume", marrow.mass_uncertainty, "mass of red marrow")
    own = OwnMass(mass_g=marrow.mass_g, masses=marrow.masses, input=MASS if powers else None)
    ways: list[MarrowWay] = []
    told = of_mass
    if marrow.blood is not None:
        way, of_way = _by_blood(case, marrow, marrow.blood, powers)
        ways, told = [*ways, way], told + of_way
    if marrow.images is not None:
        way, of_way = _by_images(case, marrow, marrow.images)
        ways, told = [*ways, way], told + of_way
    return tuple(ways), {marrow.target or marrow.source: own}, told


def _hardly_any(case: Case, blood: BloodMarrow) -> tuple[str, ...]:
    """A sentence where blood held so little that its unit may be another."""
    held_h = blood.tia_MBq_h_per_mL * BLOOD_mL / case.administered_MBq
    if held_h >= LEAST_IN_BLOOD_h:
        return ()
    return (
        f"blood: {blood.tia_MBq_h_per_mL:.3g} MBq h in a mL, in {BLOOD_mL / 1000:g} L {held_h:.2g} h of the "
        f"{case.administered_MBq:g} MBq given: hardly any was in it; is its unit another?",
    )


def _by_blood(case: Case, marrow: Marrow, blood: BloodMarrow, of_mass: Powers) -> tuple[MarrowWay, Told]:
    found = marrow_by_blood(
        blood.tia_MBq_h_per_mL,
        marrow.mass_g,
        haematocrit=blood.haematocrit,
        ratio=blood.ratio,
        disease_in_marrow=marrow.disease_in_marrow,
    )
    of_activity, by_activity = told_of("blood: activity", "activity", blood.tia_uncertainty, "blood: activity")
    of_ratio, by_ratio = told_of("marrow to blood", "marrow", blood.ratio_uncertainty, "marrow to blood")
    told = of_activity + of_ratio + Told(warnings=_hardly_any(case, blood))
    if blood.tia_uncertainty is None:
        told += Told(without_error=frozenset([_name(found)]))
    return _way(marrow, found, (*of_mass, *by_activity, *by_ratio)), told


def _by_images(case: Case, marrow: Marrow, images: ImagedMarrow) -> tuple[MarrowWay, Told]:
    tia_MBq_h, powers, told = integrated(case, images.part, images.activity)
    found = marrow_by_images(images.part, tia_MBq_h, images.share, images.share_source)
    if images.part in told.without_error:
        told += Told(without_error=frozenset([_name(found)]))
    if case.calibration is not None:
        powers = (*powers, (CALIBRATION, 1.0))
    if images.share_uncertainty is None:
        told += Told(untold=(f"share of the marrow in {images.part}",))
    else:
        told += Told(inputs=(Input(name="marrow share", part="marrow", relative=images.share_uncertainty),))
        powers = (*powers, ("marrow share", -1.0))
    return _way(marrow, found, powers), told


def _name(activity: MarrowActivity) -> str:
    return f"red marrow by {activity.way}"


def _way(marrow: Marrow, activity: MarrowActivity, powers: Powers) -> MarrowWay:
    source = SourceActivity(
        name=_name(activity),
        source=marrow.source,
        target=marrow.target or marrow.source,
        tia_MBq_h=activity.tia_MBq_h,
        exponents=powers,
    )
    return MarrowWay(activity=activity, source=source)
