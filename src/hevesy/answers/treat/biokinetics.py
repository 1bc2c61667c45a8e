"""What a biokinetic model says of an activity: where it decays, what stays, and the dose of a diagnostic scan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json
from hevesy.answers.asked import File, Quantities, Quantity, Real, Several, instance
from hevesy.answers.treat.asked_phantom import AcceptSha256, SafFolder, absorbed_in, emitted_in_phantom, s_matrix_asked
from hevesy.answers.treat.point_kernels import Icrp107
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import Paragraph, said
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError, RuleError
from hevesy.radiation.words import Phantom

if TYPE_CHECKING:
    from hevesy.study.biokinetics import BiokineticModel
    from hevesy.treat.compartments import Compartments
    from hevesy.treat.dose_coefficients import DoseCoefficients

    OfSex = tuple[DoseCoefficients, list[str], tuple[str, ...]]
    """Of a sex the coefficients, whose data they rest on, and what is to be said first."""

COMMAND = "treat biokinetics"
TISSUES_REACT_mSv = 500.0
FACES = ("csv", "html")
SEXES: tuple[Phantom, Phantom] = ("AM", "AF")


def _blocked(words: str) -> tuple[str, float]:
    region, sign, share = words.partition("=")
    if not sign:
        raise RuleError(f"a region and the share that is left of its uptake, as in Thyroid=0.02, got {words!r}")
    return region.strip(), Real().read(share.strip())


def biokinetics(
    model: Annotated[Path, File("A biokinetic model of ICRP, an .inp file as FlexID's.")],
    *,
    saf_folder: SafFolder,
    tissue_weights: Annotated[Path, File("Tissue weighting factors by target: wT.txt.")],
    icrp107: Icrp107 = None,
    activity_MBq: Annotated[
        float | None, Quantity("Given for a scan, as in 5mCi: doses in mSv.", dimension="activity", unit="MBq")
    ] = None,
    blocked: Annotated[
        Sequence[tuple[str, float]],
        Several(
            "A region whose uptake is blocked, and the share that is left of it, as in Thyroid=0.02.",
            "REGION=SHARE",
            reader=_blocked,
            of_value=instance(tuple),
        ),
    ] = (),
    at_h: Annotated[
        Sequence[float], Quantities("Times after the intake at which retention is told.", dimension="time", unit="h")
    ] = (24.0, 48.0, 72.0, 168.0),
    accept_sha256: AcceptSha256 = (),
) -> Answer:
    """Effective dose and equivalent doses of both sexes by a biokinetic model over 50 years, and what is retained.

    Returns mSv per MBq of each tissue and in all (of an activity mSv too), decays by source region (h per activity
    taken in), and shares of the activity in the whole body and in regions at times (h), decay included.
    It is for diagnostic use: effective dose is of reference persons and says nothing of a therapy's effects.
    Refused are models that are not understood to the last line, regions that the phantoms have not, tissue weights
    that do not add up to 1, and files that are not those of ICRP Publication 133.
    Source: ICRP Publications 103, 107, 130, 133 and the model's; nothing of them ships with Hevesy.

    Example: hevesy.biokinetics("iodide.inp", saf_folder="icrp133", tissue_weights="weights.txt")
    """
    from hevesy.files.icrp_models import read_tissue_weights
    from hevesy.treat.compartments import COMMITTED_h, compartments

    read, told = _model(model, blocked)
    half_lives, about = _half_lives(read, icrp107)
    followed = compartments(read, half_lives, _branching)
    integrals = followed.integral_h(COMMITTED_h)
    try:
        weights = read_tissue_weights(tissue_weights)
        sexes = _coefficients(read, integrals, weights, saf_folder, icrp107, accept_sha256)
    except RuleError as error:
        raise QuestionError(error.rule, "model") from None
    told += [*about, *dict.fromkeys(line for _, lines, _ in sexes for line in lines)]
    told += [f"tissue weights of {tissue_weights.name}, effective dose as the mean of the sexes"]
    document: dict[str, Json] = {
        "decays_h": _decays(read, integrals),
        "retention": _retention(read, followed, at_h),
        "half_lives_h": half_lives,
    }
    return _answer(read, sexes, activity_MBq, document, told)


def _model(file: Path, blocked: Sequence[tuple[str, float]]) -> tuple[BiokineticModel, list[str]]:
    """The model of a file with what is blocked in it, and what is said of it."""
    from hevesy.files.icrp_models import read_biokinetic_model

    found = read_biokinetic_model(file)
    names = [region for region, _ in blocked]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise QuestionError(f"{twice} is blocked twice: which share is left of its uptake?", "blocked")
    told = [f"kinetics of {found.title or file.name}: what carries its label elsewhere has others"]
    for region, share in blocked:
        found = _with_block(found, region, share)
        told.append(f"uptake of {region} blocked: {100 * share:g} % of the model's is left")
    return found, told


def _answer(
    model: BiokineticModel,
    sexes: list[OfSex],
    activity_MBq: float | None,
    worked_out: dict[str, Json],
    told: list[str],
) -> Answer:
    from hevesy.treat.compartments import COMMITTED_h
    from hevesy.treat.dose_coefficients import effective_mSv_per_MBq

    (male, _, warnings), (female, _, _) = sexes
    effective = effective_mSv_per_MBq(male, female)
    told = [
        *told,
        f"equivalent doses over {COMMITTED_h / 24:,.0f} d after the intake, alphas weighted by 20",
        "for diagnostic use: of reference persons, not of a patient, and not of a therapy",
    ]
    warnings = (*warnings, *_no_diagnosis(male, female, activity_MBq))
    document: dict[str, Json] = {
        "title": model.title,
        "nuclides": model.nuclides,
        "effective_mSv_per_MBq": effective,
        "effective_mSv": None if activity_MBq is None else effective * activity_MBq,
        "activity_MBq": activity_MBq,
        "tissues": _tissues(male, female),
        **worked_out,
        "warnings": warnings,
        "because": told,
    }
    blocks = (_whole(effective, activity_MBq), _doses(male, female, activity_MBq), _retained(worked_out["retention"]))
    return Answer(document=document, blocks=(*map(said, warnings), *blocks, *map(said, told)))


def _no_diagnosis(male: DoseCoefficients, female: DoseCoefficients, activity_MBq: float | None) -> tuple[str, ...]:
    """A sentence where the activity gives a tissue what no diagnosis should."""
    every = [
        (value * (activity_MBq or 0.0), name)
        for one in (male, female)
        for name, value in one.by_tissue_mSv_per_MBq.items()
    ]
    largest, name = max(every, default=(0.0, ""))
    if largest <= TISSUES_REACT_mSv:
        return ()
    return (
        f"{name} receives {largest:.3g} mSv of {activity_MBq:g} MBq, and from {TISSUES_REACT_mSv:g} mSv on "
        "tissues react (ICRP 118): effective dose says nothing of that, and nothing of a therapy",
    )


def _whole(effective_mSv_per_MBq: float, activity_MBq: float | None) -> Paragraph:
    """The effective dose, also of an activity."""
    whole = f"effective dose: {effective_mSv_per_MBq:.3g} mSv/MBq"
    if activity_MBq is not None:
        whole += f"; of {activity_MBq:g} MBq: {effective_mSv_per_MBq * activity_MBq:.3g} mSv"
    return said(whole)


def _tissues(male: DoseCoefficients, female: DoseCoefficients) -> list[Json]:
    return [
        {"name": name, "male_mSv_per_MBq": value, "female_mSv_per_MBq": female.by_tissue_mSv_per_MBq[name]}
        for name, value in male.by_tissue_mSv_per_MBq.items()
    ]


def _with_block(model: BiokineticModel, region: str, share_left: float) -> BiokineticModel:
    from hevesy.treat.compartments import blocked

    try:
        return blocked(model, region, share_left)
    except RuleError as error:
        raise QuestionError(error.rule, "blocked") from None


def _half_lives(model: BiokineticModel, icrp107: Path | None) -> tuple[dict[str, float], list[str]]:
    """Half-lives of a model's nuclides, by ICRP 107 where the folder has them, and whose they are."""
    from hevesy.files.icrp107 import has_icrp107, icrp107_half_life_h
    from hevesy.nuclides.library import nuclide

    found, told = {}, []
    for one in model.nuclides:
        theirs = icrp107 is not None and has_icrp107(icrp107, one)
        found[one] = icrp107_half_life_h(icrp107, one) if theirs and icrp107 else nuclide(one).half_life_h
        told.append(f"half-life of {one}: {found[one] / 24:.5g} d, {'ICRP 107' if theirs else 'Hevesy'}'s")
    return found, told


def _branching(parent: str, daughter: str) -> float:
    """Share of a nuclide's decays that lead to a daughter, Hevesy's own."""
    from hevesy.nuclides.library import nuclide

    return math.fsum(mode.branching for mode in nuclide(parent).modes if mode.daughter == daughter)


def _coefficients(
    model: BiokineticModel,
    integrals_h: object,
    weights: dict[str, float],
    saf_folder: Sequence[Path],
    icrp107: Path | None,
    accept_sha256: Sequence[str],
) -> list[OfSex]:
    """Of each sex the coefficients, whose data they rest on, and what is to be said first."""
    import numpy as np

    from hevesy.treat.dose_coefficients import ALPHA_WEIGHT, check_weights, dose_coefficients

    absorbed = {sex: absorbed_in(saf_folder, sex, accept_sha256) for sex in SEXES}
    masses = [dict(zip(one.targets, one.target_masses_g, strict=True)) for one in absorbed.values()]
    check_weights(weights, {name: all(one.get(name, 0.0) > 0 for one in masses) for name in weights})
    emitted = {one: emitted_in_phantom(one, icrp107, "leaves") for one in model.nuclides}
    found = []
    for sex in SEXES:
        matrices = {
            one: s_matrix_asked(absorbed[sex], emitted[one], "leaves", "with blood", ALPHA_WEIGHT) for one in emitted
        }
        first = matrices[model.nuclides[0]]
        coefficients = dose_coefficients(model, np.asarray(integrals_h), matrices, weights)
        found.append((coefficients, list(first.because), first.warnings))
    return found


def _decays(model: BiokineticModel, integrals_h: object) -> dict[str, Json]:
    import numpy as np

    from hevesy.treat.dose_coefficients import decays_by_region

    return {one: dict(decays_by_region(model, np.asarray(integrals_h), one)) for one in model.nuclides}


def _retention(model: BiokineticModel, followed: Compartments, at_h: Sequence[float]) -> list[Json]:
    """Shares of what was taken in, by time: of the first nuclide, in the body and by region."""
    found: list[Json] = []
    for time, shares in zip(at_h, followed.at(at_h), strict=True):
        regions: dict[str, float] = {}
        for one, share in zip(model.compartments, shares, strict=True):
            if one.nuclide == model.nuclides[0] and not one.excreted:
                regions[one.region or one.name] = regions.get(one.region or one.name, 0.0) + float(share)
        found.append({"elapsed_h": time, "whole_body": math.fsum(regions.values()), "regions": dict(regions)})
    return found


def _doses(male: DoseCoefficients, female: DoseCoefficients, activity_MBq: float | None) -> Table:
    sexes = (("male", male), ("female", female))
    columns = [of_numbers(sex, "mSv/MBq") for sex, _ in sexes]
    columns += [of_numbers(sex, "mSv") for sex, _ in sexes] if activity_MBq is not None else []
    rows: list[list[Cell]] = []
    for name in male.by_tissue_mSv_per_MBq:
        each = [one.by_tissue_mSv_per_MBq[name] for _, one in sexes]
        scaled = [] if activity_MBq is None else [value * activity_MBq for value in each]
        rows.append([name, *(shown(value or None, ".3g", "none") for value in (*each, *scaled))])
    return table("tissues", "Equivalent dose of tissues", ("tissue", *columns), rows)


def _retained(retention: Json) -> Table:
    rows: list[list[Cell]] = []
    regions: list[str] = []
    for one in retention if isinstance(retention, list) else []:
        shares = one["regions"]
        regions = regions or list(shares)
        each = (one["whole_body"], *(shares[region] for region in regions))
        rows.append([shown(one["elapsed_h"], ".4g"), *(shown(100 * value, ".3g") for value in each)])
    columns = [of_numbers("time", "h"), of_numbers("body", "%"), *(of_numbers(region, "%") for region in regions)]
    return table("retention", "Of what was taken in, decay included", columns, rows)
