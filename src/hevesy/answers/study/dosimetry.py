"""Doses of a study's subjects from what was measured of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import StudyFolder
from hevesy.answers.progress import tell
from hevesy.answers.study.at_cut import AsOf, KnownAt, cut_in_words, cut_of, material_at
from hevesy.blocks.prose import said

if TYPE_CHECKING:
    from hevesy.conduct.dose_volumes import RegionVolumeDose, SubjectVolumes, SummedVolume
    from hevesy.conduct.dosed import Dosed, DosedRegion, DosedSubject, LimitHeld, MarrowDosed, RegionDose

COMMAND = "study dosimetry"
NO_CHAPTER = "no doses are worked out: the plan has no [dosimetry], which says what is measured and how doses follow"
NOBODY = (
    "no doses are worked out: no activity of a region or in blood was delivered (kinds region_activity, blood_sample)"
)


def dosimetry(folder: Annotated[Path, StudyFolder()], *, as_of: AsOf = None, known_at: KnownAt = None) -> Answer:
    """Curves, time-integrated activities, doses and limits of a study's subjects at a data cut, each with its rows.

    Returns the cut, the head, the label that is measured and the one that treats, by subject the activity that doses
    are told for and by region the integral (h) with its limits of 95 %, the share of the decays after the last point,
    the dose foreseen and the dose by measurements of the label that treats (Gy, limits of 95 %, by which S values,
    whether it is a lower or an upper bound), of red marrow also by blood, the limits, and why there is none where there
    is none; where they were delivered the dose-volume curves with mean, D95, D50 and D2 (Gy) and with external beam the
    sum in BED; and what was assumed. A plan without [dosimetry] has no subjects here.
    Source: in the order of the EANM's guidance on reporting (Lassmann 2011).

    Example: print(hevesy.open("trial").dosimetry())
    """
    from hevesy.conduct.dose_volumes import dose_volumes
    from hevesy.conduct.dosed import dosed
    from hevesy.readout.sections import dosimetry as section

    tell("reading the study ...")
    of = material_at(folder, as_of, known_at, None)
    tell("fitting curves ...")
    found = dosed(of.analysis)
    volumes = dose_volumes(found) if found is not None else ()
    made = section.dosimetry(found, volumes) if found is not None else None
    why = () if made is not None else (NO_CHAPTER if found is None else NOBODY,)
    document: dict[str, Json] = {
        **cut_of(of),
        "measured": None if found is None else found.plan.measured,
        "treated_with": None if found is None else found.treated_with,
        "subjects": [] if found is None else [_subject(one) for one in found.subjects],
        "dose_volumes": [_volumes(one) for one in volumes],
        "because": [*why, *_assumed(found)],
    }
    blocks = (made,) if made is not None else tuple(said(one, tone="caution") for one in why)
    return Answer(document=document, blocks=(*blocks, *cut_in_words(of)))


def _assumed(found: Dosed | None) -> tuple[str, ...]:
    return () if found is None else found.assumed


def _subject(one: DosedSubject) -> dict[str, Json]:
    return {
        "subject": one.id,
        "activity_MBq": one.activity_MBq,
        "basis": one.basis,
        "regions": [_region(region) for region in one.regions],
        "notes": list(one.notes),
    }


def _volumes(one: SubjectVolumes) -> dict[str, Json]:
    return {
        "subject": one.id,
        "curves": [_curve(curve) for curve in one.curves],
        "together": [_together(summed) for summed in one.sums],
        "notes": list(one.notes),
    }


def _curve(one: RegionVolumeDose) -> dict[str, Json]:
    return {
        "region": one.region,
        "of": one.points[0].of,
        "nuclide": one.points[0].nuclide,
        "fractions": one.fractions,
        "program": one.points[0].program,
        "volume_mL": one.curve.volume_mL,
        "mean_Gy": one.curve.mean_Gy,
        **{f"d{share}_Gy": one.curve.at_least_Gy(share) for share in (95, 50, 2)},
        "at_limits": [
            {"limit_Gy": held.limit.amount_Gy, "source": held.limit.source, "percent": held.percent}
            for held in one.at_limits
        ],
        "mean_by_activity_Gy": one.mean_beside_Gy,
        "against": None if one.mean_beside_Gy is None else one.against,
        "notes": list(one.notes),
        "rows": list(one.rows),
    }


def _together(one: SummedVolume) -> dict[str, Json]:
    d95, d2 = one.eqd2_within_Gy(95), one.eqd2_within_Gy(2)
    return {
        "region": one.region,
        "mean_bed_Gy": one.both.mean_bed_Gy,
        "mean_eqd2_Gy": one.mean_eqd2_Gy,
        "d95_eqd2_lower_Gy": d95[0],
        "d95_eqd2_upper_Gy": d95[1],
        "d2_eqd2_lower_Gy": d2[0],
        "d2_eqd2_upper_Gy": d2[1],
        "left_bed_Gy": None if one.left is None else one.left.bed_Gy,
        "left_fractions": None if one.left is None else one.left.fractions,
        "because": list(one.because),
        "rows": list(one.rows),
    }


def _region(region: DosedRegion) -> dict[str, Json]:
    fit = region.before.fitted
    return {
        "name": region.name,
        "mass_g": None if region.mass is None else region.mass.mass_g,
        "model": None if fit is None else fit.model,
        "half_lives_h": None if fit is None else list(fit.function.half_lives_h),
        "tia_h": None if fit is None else fit.tia_h,
        "tia_lower_h": None if fit is None else fit.tia_lower_h,
        "tia_upper_h": None if fit is None else fit.tia_upper_h,
        "tail_share": None if fit is None else fit.tail_share,
        "warnings": list(region.before.warnings),
        "foreseen": _dose(region.foreseen),
        "by_treatment": None if region.given is None else _dose(region.given),
        "told_by_others_Gy": [told.dose_Gy for told in region.told],
        "limits": [_limit(held) for held in region.limits],
        "by_blood": None if region.by_blood is None else _by_blood(region.by_blood),
        "rows": list(region.before.rows),
    }


def _limit(held: LimitHeld) -> dict[str, Json]:
    return {
        "of": held.limit.of,
        "limit_Gy": held.limit.amount_Gy,
        "source": held.limit.source,
        "value_Gy": held.value_Gy,
        "met": held.met,
        "because": list(held.because),
        "rows": list(held.rows),
    }


def _by_blood(of: MarrowDosed) -> dict[str, Json]:
    """Red marrow by the activity in blood."""
    curve, fit = of.before.measured, of.before.fitted
    return {
        "haematocrit": None if curve is None else curve.haematocrit,
        "model": None if fit is None else fit.model,
        "half_lives_h": None if fit is None else list(fit.function.half_lives_h),
        "tia_h_per_mL": None if fit is None else fit.tia_h,
        "foreseen": _dose(of.foreseen),
        "by_treatment": None if of.given is None else _dose(of.given),
        "limits": [_limit(held) for held in of.limits],
        "rows": [] if curve is None else list(curve.rows),
    }


def _dose(dose: RegionDose | str) -> dict[str, Json]:
    """A dose, or nothing but why there is none."""
    if isinstance(dose, str):
        none: dict[str, Json] = dict.fromkeys(("dose_Gy", "dose_Gy_per_GBq", "lower_Gy", "upper_Gy", "way", "bound"))
        return none | {"because": [dose]}
    lower, upper = dose.interval_Gy or (None, None)
    return {
        "dose_Gy": dose.dose_Gy,
        "dose_Gy_per_GBq": dose.dose_Gy_per_GBq,
        "lower_Gy": lower,
        "upper_Gy": upper,
        "way": dose.way,
        "bound": dose.bound,
        "because": [*dose.because, *dose.warnings],
        "rows": list(dose.rows),
    }
