"""Dose to tissues per activity taken in, by a biokinetic model: equivalent and effective, for diagnostic use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.radiation.s_values import SMatrix
from hevesy.study.biokinetics import BiokineticModel

Floats = NDArray[np.float64]
OTHER = "Other"
"""What a model calls tissue that it does not name."""
ALPHA_WEIGHT = 20.0
"""Radiation weighting factor of alphas; 1 of photons and electrons (ICRP Publication 103, Table 2)."""
SECONDS_PER_HOUR = 3600.0
TISSUES: dict[str, tuple[str, ...]] = {
    "bone marrow": ("R-marrow",),
    "colon": ("RC-stem", "LC-stem", "RS-stem"),
    "lung": ("Bronch-bas", "Bronch-sec", "Bchiol-sec", "AI"),
    "stomach": ("St-stem",),
    "breast": ("Breast",),
    "ovaries": ("Ovaries",),
    "testes": ("Testes",),
    "urinary bladder": ("UB-wall",),
    "oesophagus": ("Oesophagus",),
    "liver": ("Liver",),
    "thyroid": ("Thyroid",),
    "bone surface": ("Endost-BS",),
    "brain": ("Brain",),
    "salivary glands": ("S-glands",),
    "skin": ("Skin",),
    "adrenals": ("Adrenals",),
    "extrathoracic airways": ("ET1-bas", "ET2-bas"),
    "gallbladder": ("GB-wall",),
    "heart": ("Ht-wall",),
    "kidneys": ("Kidneys",),
    "lymphatic nodes": ("LN-ET", "LN-Th", "LN-Sys"),
    "muscle": ("Muscle",),
    "oral mucosa": ("O-mucosa",),
    "pancreas": ("Pancreas",),
    "prostate": ("Prostate",),
    "small intestine": ("SI-stem",),
    "spleen": ("Spleen",),
    "thymus": ("Thymus",),
    "uterus": ("Uterus",),
}
"""Tissues as ICRP reports them, by the targets whose doses they are the mean of, weighted as in the effective dose."""
SUM_WITHIN = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCoefficients:
    """Of one phantom: equivalent dose per activity taken in (mSv/MBq) of tissues by name, 0 where it has none.

    `weighted_mSv_per_MBq` is the phantom's part of the effective dose, which is the mean over both sexes.
    """

    phantom: str
    by_target_mSv_per_MBq: dict[str, float] = field(repr=False)
    by_tissue_mSv_per_MBq: dict[str, float]
    weighted_mSv_per_MBq: float


def decays_by_region(model: BiokineticModel, integrals_h: Floats, nuclide: str) -> dict[str, float]:
    """Time-integrated activity of a nuclide by source region, over the activity taken in (h), without what left."""
    found: dict[str, float] = {}
    for one, integral in zip(model.compartments, integrals_h, strict=True):
        if one.nuclide == nuclide and one.region is not None and not one.excreted:
            found[one.region] = found.get(one.region, 0.0) + max(float(integral), 0.0)
    return found


def dose_coefficients(
    model: BiokineticModel,
    integrals_h: Floats,
    matrices: Mapping[str, SMatrix],
    tissue_weights: Mapping[str, float],
) -> DoseCoefficients:
    """Equivalent doses of a phantom's tissues, and its part of the effective dose, per activity taken in.

    `matrices`: the S matrix of each nuclide of the model, alphas weighted by 20. The region "Other" is all tissue that
    the model names for none of the nuclide's compartments, by mass.
    Refused are a region that the phantom has not, weights of a target that it has not, and S not weighted so.

    Source: ICRP Publications 103 and 130; a mean over targets as in Publication 133.
    """
    first = matrices[model.nuclides[0]]
    dose = np.zeros(len(first.targets))
    for nuclide in model.nuclides:
        matrix = matrices[nuclide]
        if matrix.alpha_weight != ALPHA_WEIGHT:
            raise RuleError(
                f"equivalent dose weighs alphas by {ALPHA_WEIGHT:g}, the S matrix has {matrix.alpha_weight:g}"
            )
        regions = decays_by_region(model, integrals_h, nuclide)
        for region, hours in regions.items():
            dose += hours * SECONDS_PER_HOUR * _of_region(matrix, region, regions)
    by_target = dict(zip(first.targets, map(float, dose), strict=True))
    if strange := next((name for name in tissue_weights if name not in by_target), None):
        raise RuleError(f"tissue weights name {strange}, which is no target of the phantom")
    return DoseCoefficients(
        phantom=first.phantom,
        by_target_mSv_per_MBq=by_target,
        by_tissue_mSv_per_MBq={
            name: _mean(parts, by_target, tissue_weights)
            for name, parts in TISSUES.items()
            if by_target.keys() >= set(parts)
        },
        weighted_mSv_per_MBq=math.fsum(weight * by_target[name] for name, weight in tissue_weights.items()),
    )


def _of_region(matrix: SMatrix, region: str, named: Mapping[str, float]) -> Floats:
    if region == OTHER:
        return matrix.of_other_tissue(named)
    if region not in matrix.sources:
        raise RuleError(f"the model has activity in {region}, which is no source region of the phantom")
    return np.asarray(matrix.s_mGy_per_MBq_s[:, matrix.sources.index(region)])


def _mean(parts: tuple[str, ...], by_target: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Mean dose of a tissue's parts, weighted as they count in the effective dose."""
    if len(parts) == 1:
        return by_target[parts[0]]
    own = [weights.get(part, 0.0) for part in parts]
    if not sum(own) > 0:
        raise RuleError(f"tissue weights of {', '.join(parts)} are needed: they are parts of one tissue")
    return math.fsum(weight * by_target[part] for weight, part in zip(own, parts, strict=True)) / sum(own)


def effective_mSv_per_MBq(male: DoseCoefficients, female: DoseCoefficients) -> float:
    """Effective dose per activity taken in: the mean of the sexes' parts. For diagnostic use; none of therapy."""
    return (male.weighted_mSv_per_MBq + female.weighted_mSv_per_MBq) / 2


def check_weights(weights: Mapping[str, float], in_both: Mapping[str, bool]) -> None:
    """Refuse tissue weights that do not add up to 1 where a tissue of one sex counts half."""
    total = math.fsum(weight if in_both.get(name, True) else weight / 2 for name, weight in weights.items())
    if abs(total - 1) > SUM_WITHIN:
        raise RuleError(f"tissue weights add up to 1, those of one sex by half; got {total:.8g}")
