"""BED over a region's volume, of a radionuclide and of an external beam whose doses vary from place to place.

BED is not linear in the dose: the mean of a region's BED exceeds the BED of its mean dose. BEDs of one place add up, so
that the mean BED of both together needs no correspondence of places; its histogram does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import RuleError
from hevesy.treat.dose_rate import Course, Floats
from hevesy.treat.dose_volume import DoseVolume, dose_volume
from hevesy.treat.effect import ExternalBeam, Tissue, eqd2_Gy

Correspondence = Literal["hottest on hottest", "hottest on coldest"]
"""Which places of two histograms are taken to be the same. The first spreads their sum most, the second least."""
ELEMENTS = 1_000_000
SAME_VOLUME = 0.1
"""A region drawn on two images may differ so much, in parts of it; it is told. Beyond half it is another region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectVolume:
    """BED over the volume of a region, and what was assumed of places."""

    bed: DoseVolume
    tissue: Tissue
    because: tuple[str, ...]

    @property
    def mean_bed_Gy(self) -> float:
        """The mean over the volume, which no correspondence changes."""
        return self.bed.mean_Gy

    @property
    def eqd2(self) -> DoseVolume:
        """The same in fractions of 2 Gy."""
        eqd2 = self.bed.falling_Gy * eqd2_Gy(1.0, self.tissue.alpha_beta_Gy)
        return DoseVolume(falling_Gy=eqd2, voxel_mL=self.bed.voxel_mL)


def voxels_bed_Gy(doses_Gy: ArrayLike, course: Course, tissue: Tissue) -> Floats:
    """BED of voxels by their doses, each delivered as the region's course is: its curve, at another height."""
    doses = np.asarray(doses_Gy, dtype=np.float64)
    per_Gy = course.lea_catcheside(tissue.repair_half_life_h) / tissue.alpha_beta_Gy
    return doses * (1 + per_Gy * doses)


def voxels_external_bed_Gy(doses_Gy: ArrayLike, beam: ExternalBeam, tissue: Tissue) -> Floats:
    """BED of voxels by their doses of an external beam in its fractions, each voxel with its own dose a fraction."""
    doses = np.asarray(doses_Gy, dtype=np.float64)
    per_Gy = (1 + beam.unrepaired(tissue.repair_half_life_h)) / (beam.fractions * tissue.alpha_beta_Gy)
    return doses * (1 + per_Gy * doses)


def effect_by_voxel(
    radionuclide_Gy: ArrayLike, external_Gy: ArrayLike, course: Course, beam: ExternalBeam, tissue: Tissue,
    voxel_mL: float,
) -> EffectVolume:  # fmt: skip
    """Both doses voxel by voxel, on one grid of one region: what a registration gives.

    Refused: grids of two sizes.
    """
    own, other = np.asarray(radionuclide_Gy, dtype=np.float64), np.asarray(external_Gy, dtype=np.float64)
    if own.shape != other.shape:
        raise RuleError(f"voxel by voxel both doses are on one grid, got shapes {own.shape} and {other.shape}")
    for doses in (own, other):
        dose_volume(doses, voxel_mL)
    together = voxels_bed_Gy(own, course, tissue) + voxels_external_bed_Gy(other, beam, tissue)
    told = "doses are added voxel by voxel: the two images are taken to be registered, an error of which is not told"
    return EffectVolume(bed=dose_volume(together, voxel_mL), tissue=tissue, because=(told, *_told(beam)))


def effect_of_histograms(
    radionuclide: DoseVolume, external: DoseVolume, course: Course, beam: ExternalBeam, tissue: Tissue,
    correspondence: Correspondence,
) -> EffectVolume:  # fmt: skip
    """Two histograms of one region, without a registration: the correspondence of their places is an assumption.

    What any registration gives lies between the two: hottest on hottest has the largest maximum, the smallest minimum
    and the largest uniform equivalent of late tissues, hottest on coldest the other ends. The mean is that of both.
    Refused: volumes that differ by more than half.
    """
    ratio = external.volume_mL / radionuclide.volume_mL
    if not 0.5 <= ratio <= 1.5:
        raise RuleError(
            f"two histograms of one region have its volume, got {radionuclide.volume_mL:.4g} and "
            f"{external.volume_mL:.4g} mL"
        )
    count = math.lcm(len(radionuclide.falling_Gy), len(external.falling_Gy))
    count = min(count, max(ELEMENTS, len(radionuclide.falling_Gy), len(external.falling_Gy)))
    own, other = _elements(radionuclide, count), _elements(external, count)
    beds = voxels_bed_Gy(own, course, tissue), voxels_external_bed_Gy(other, beam, tissue)
    together = beds[0] + (beds[1] if correspondence == "hottest on hottest" else beds[1][::-1])
    told = [f"the histograms are added {correspondence}: where the doses lie is not known; the mean does not need it"]
    if abs(ratio - 1) > SAME_VOLUME:
        told.append(
            f"the region has {radionuclide.volume_mL:.4g} mL in one image and {external.volume_mL:.4g} mL in the "
            "other: each histogram is taken by its shares of volume"
        )
    volume = dose_volume(together, radionuclide.volume_mL / count)
    return EffectVolume(bed=volume, tissue=tissue, because=(*told, *_told(beam)))


def _elements(histogram: DoseVolume, count: int) -> Floats:
    """Doses of elements of equal volume, falling; exact where the count is a multiple of the voxels."""
    n = len(histogram.falling_Gy)
    return histogram.falling_Gy[(np.arange(count) * 2 + 1) * n // (2 * count)]


def _told(beam: ExternalBeam) -> Sequence[str]:
    return (
        f"every voxel gets the external beam in {beam.fractions} fractions, its own dose each time",
        "every voxel has the region's curve of dose rate, at the height of its dose",
    )
