"""BED over a region's volume, of a radionuclide and of an external beam whose doses vary from place to place.

BED is not linear in the dose: the mean of a region's BED exceeds the BED of its mean dose. BEDs of one place add up, so
that the mean BED of both together needs no correspondence of places; its histogram does. Of two histograms alone the
mean is exact, maximum, minimum and convex means lie between two correspondences, and the dose that a share receives
(D95, D2) between bounds of its own, which neither correspondence need reach (`EffectOfHistograms.within_Gy`).

Source: of those bounds: G. D. Makarov, Theory Probab. Appl. 26 (1981) 803; L. Rüschendorf, Adv. Appl. Probab. 14 (1982)
623.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from hevesy.errors import RuleError
from hevesy.study.dose_volume_curve import DoseVolumeCurve
from hevesy.study.limits import Limit
from hevesy.treat.dose_rate import Course, Floats
from hevesy.treat.dose_volume import DoseVolume, dose_volume
from hevesy.treat.effect import ExternalBeam, Left, Tissue, eqd2_Gy, left_under

Correspondence = Literal["hottest on hottest", "hottest on coldest"]
"""Which places of two histograms are taken to be the same. The first spreads their sum most, the second least."""
LimitOn = Literal["mean", "D2"]
LIMIT_ON = {"D2": 2.0}
"""Of the volume, in percent, which receives what a limit is held against."""
ELEMENTS = 1_000_000
CURVE_ELEMENTS = 10_000
"""That a curve by points is taken apart into."""
MOST_FRACTIONS = 150
"""Of a beam, that are counted under a limit."""
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

    Of what any registration gives, hottest on hottest has the largest maximum, the smallest minimum and the largest
    uniform equivalent of late tissues, hottest on coldest the other ends; the mean is that of both. What a share of the
    volume receives may lie beyond either (`histograms_together`). Refused: volumes that differ by more than half.
    """
    both = histograms_together(radionuclide, external, course, beam, tissue)
    told = f"the histograms are added {correspondence}: where the doses lie is not known; the mean does not need it"
    return EffectVolume(bed=both.as_if(correspondence), tissue=tissue, because=(told, *both.because))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectOfHistograms:
    """BED of a radionuclide and of an external beam in elements of equal volume of one region, each in falling order.

    Which element of one is which of the other is not known.
    """

    radionuclide_bed_Gy: Floats = field(repr=False)
    external_bed_Gy: Floats = field(repr=False)
    volume_mL: float
    tissue: Tissue
    because: tuple[str, ...]

    @property
    def mean_bed_Gy(self) -> float:
        """The mean over the volume of both together, which no correspondence changes."""
        return float(self.radionuclide_bed_Gy.mean() + self.external_bed_Gy.mean())

    def as_if(self, correspondence: Correspondence) -> DoseVolume:
        """BED of both together by one correspondence."""
        other = self.external_bed_Gy if correspondence == "hottest on hottest" else self.external_bed_Gy[::-1]
        return dose_volume(self.radionuclide_bed_Gy + other, self.volume_mL / len(other))

    def within_Gy(self, percent: float) -> tuple[float, float]:
        """Between which BEDs what so many percent of the volume receive lies, by any correspondence; both are reached.

        Of n elements in falling order the k-th of the sum is at most every a_i + b_j with i + j = k + 1 (more needs one
        of the i - 1 or of the j - 1 larger ones), and at least every a_i + b_j with i + j = n + k.
        """
        if not 0 < percent <= 100:
            raise RuleError(f"a share of the volume lies above 0 and up to 100 %, got {percent:g}")
        own, other = self.radionuclide_bed_Gy, self.external_bed_Gy
        count = len(own)
        place = max(math.ceil(percent / 100 * count - 1e-9), 1)
        most = float((own[:place] + other[:place][::-1]).min())
        least = float((own[place - 1 :] + other[place - 1 :][::-1]).max())
        return least, most


def histograms_together(
    radionuclide: DoseVolume, external: DoseVolume | None, course: Course, beam: ExternalBeam | None, tissue: Tissue
) -> EffectOfHistograms:
    """Both histograms of one region in BED, in elements of equal volume; refused: volumes that differ by over half.

    Without an external beam there is none anywhere.
    """
    if external is None or beam is None:
        bed = voxels_bed_Gy(radionuclide.falling_Gy, course, tissue)
        return EffectOfHistograms(
            radionuclide_bed_Gy=bed,
            external_bed_Gy=np.zeros_like(bed),
            volume_mL=radionuclide.volume_mL,
            tissue=tissue,
            because=(_ONE_CURVE,),
        )
    ratio = external.volume_mL / radionuclide.volume_mL
    if not 0.5 <= ratio <= 1.5:
        raise RuleError(
            f"two histograms of one region have its volume, got {radionuclide.volume_mL:.4g} and "
            f"{external.volume_mL:.4g} mL"
        )
    count = math.lcm(len(radionuclide.falling_Gy), len(external.falling_Gy))
    count = min(count, max(ELEMENTS, len(radionuclide.falling_Gy), len(external.falling_Gy)))
    own, other = _elements(radionuclide, count), _elements(external, count)
    told: list[str] = []
    if abs(ratio - 1) > SAME_VOLUME:
        told.append(
            f"the region has {radionuclide.volume_mL:.4g} mL in one image and {external.volume_mL:.4g} mL in the "
            "other: each histogram is taken by its shares of volume"
        )
    return EffectOfHistograms(
        radionuclide_bed_Gy=voxels_bed_Gy(own, course, tissue),
        external_bed_Gy=voxels_external_bed_Gy(other, beam, tissue),
        volume_mL=radionuclide.volume_mL,
        tissue=tissue,
        because=(*told, *_told(beam)),
    )


def elements_of(curve: DoseVolumeCurve, volume_mL: float, count: int = CURVE_ELEMENTS) -> DoseVolume:
    """A curve by points as elements of equal volume, each with the dose in its middle."""
    shares = (np.arange(count) + 0.5) * 100 / count
    falling = np.interp(shares, curve.shares_percent[::-1], curve.doses_Gy[::-1])
    return DoseVolume(falling_Gy=falling, voxel_mL=volume_mL / count)


def even(dose_Gy: float, volume_mL: float, count: int = CURVE_ELEMENTS) -> DoseVolume:
    """One dose all over a region."""
    return DoseVolume(falling_Gy=np.full(count, float(dose_Gy)), voxel_mL=volume_mL / count)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOverVolume:
    """What a limit on the mean, or on the dose that a share of the volume receives, leaves beside both histograms.

    `surely`: by every correspondence of places, `at_most`: by the kindest one. On the mean the two are one.
    `beam_fractions` are fractions of the external beam as its histogram has them, alone with the radionuclide, whole
    ones that keep the limit (surely, at most); None: there is no such beam. Up to `MOST_FRACTIONS`.
    """

    on: LimitOn
    surely: Left
    at_most: Left
    beam_fractions: tuple[int, int] | None


def left_over_volume(
    both: EffectOfHistograms, limit: Limit, on: LimitOn, fraction_Gy: float, beam: ExternalBeam | None,
    external: DoseVolume | None = None, other_bed_Gy: float = 0.0,
) -> LeftOverVolume:  # fmt: skip
    """What is left for more of an external beam, even over the region; and how much of the beam with the histogram.

    `other_bed_Gy` is what else the region gets everywhere. Without `external` there is no histogram of a beam.
    """

    def held(of: EffectOfHistograms) -> tuple[float, float]:
        """The largest and the least that the limit is held against."""
        if on == "mean":
            return of.mean_bed_Gy + other_bed_Gy, of.mean_bed_Gy + other_bed_Gy
        least, most = of.within_Gy(LIMIT_ON[on])
        return most + other_bed_Gy, least + other_bed_Gy

    most, least = held(both)
    tissue, fractions = both.tissue, None
    if beam is not None and external is not None:
        falling = _elements(external, len(both.external_bed_Gy))
        limit_Gy = limit.bed_Gy(tissue.alpha_beta_Gy)

        def with_so_many(n: int) -> tuple[float, float]:
            return held(_with_fractions(both, falling, beam, n))

        fractions = (
            _beam_fractions(lambda n: with_so_many(n)[0], limit_Gy),
            _beam_fractions(lambda n: with_so_many(n)[1], limit_Gy),
        )
    return LeftOverVolume(
        on=on,
        surely=left_under(limit, most, tissue, fraction_Gy),
        at_most=left_under(limit, least, tissue, fraction_Gy),
        beam_fractions=fractions,
    )


def _with_fractions(
    both: EffectOfHistograms, falling_Gy: Floats, beam: ExternalBeam, fractions: int
) -> EffectOfHistograms:
    """The same with another number of fractions of the beam, each as large as before."""
    if fractions == 0:
        return replace(both, external_bed_Gy=np.zeros_like(both.external_bed_Gy))
    share = fractions / beam.fractions
    other = ExternalBeam(dose_Gy=beam.dose_Gy * share, fractions=fractions, interval_h=beam.interval_h)
    return replace(both, external_bed_Gy=voxels_external_bed_Gy(falling_Gy * share, other, both.tissue))


def _beam_fractions(bed_Gy: Callable[[int], float], limit_Gy: float) -> int:
    """The largest number of fractions that stays within a limit; none where the radionuclide alone is beyond it."""
    low, high = 0, MOST_FRACTIONS + 1
    slack = 1e-9 * limit_Gy
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if bed_Gy(middle) <= limit_Gy + slack else (low, middle)
    return low


def _elements(histogram: DoseVolume, count: int) -> Floats:
    """Doses of elements of equal volume, falling; exact where the count is a multiple of the voxels."""
    n = len(histogram.falling_Gy)
    return histogram.falling_Gy[(np.arange(count) * 2 + 1) * n // (2 * count)]


_ONE_CURVE = "every voxel has the region's curve of dose rate, at the height of its dose"


def _told(beam: ExternalBeam) -> Sequence[str]:
    return (
        f"every voxel gets the external beam in {beam.fractions} fractions, its own dose each time",
        _ONE_CURVE,
    )
