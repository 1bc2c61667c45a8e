"""Partial volume: how much of the activity of a small lesion an image shows, from a phantom's spheres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.interpolate import PchipInterpolator

from hevesy.errors import CannotAnswerError, RuleError


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCurve:
    """Shown over true concentration by the volume of spheres of a phantom, smallest first."""

    volumes_mL: tuple[float, ...]
    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.volumes_mL) != len(self.coefficients) or len(self.volumes_mL) < 2:
            raise RuleError("a recovery curve has two spheres or more, a volume and a coefficient each")
        if any(low >= high for low, high in zip(self.volumes_mL, self.volumes_mL[1:], strict=False)):
            raise RuleError("spheres of a recovery curve are in order of their volumes, each once")
        for volume, coefficient in zip(self.volumes_mL, self.coefficients, strict=True):
            if not (volume > 0 and 0 < coefficient <= 1.5):
                raise RuleError(
                    f"a sphere has a volume above 0 mL and a coefficient in 0..1.5, got {volume:g} and {coefficient:g}"
                )

    def at(self, volume_mL: float) -> float:
        """The coefficient of a volume, between spheres by a monotone curve over the logarithm of the volume.

        Refused outside the spheres that were measured.

        >>> RecoveryCurve(volumes_mL=(1.0, 10.0), coefficients=(0.5, 0.9)).at(10.0)
        0.9
        """
        low, high = self.volumes_mL[0], self.volumes_mL[-1]
        if not low <= volume_mL <= high:
            raise CannotAnswerError(
                f"a volume of {volume_mL:.4g} mL lies outside the spheres of the phantom, {low:g} to {high:g} mL"
            )
        curve = PchipInterpolator([math.log(one) for one in self.volumes_mL], self.coefficients)
        return float(curve(math.log(volume_mL)))


def sphere_mL(diameter_mm: float) -> float:
    """Volume of a sphere.

    >>> round(sphere_mL(2 * 6.2035), 4)
    1.0
    """
    return math.pi / 6 * (diameter_mm / 10) ** 3


def recovery_curve(
    volumes_mL: Sequence[float], measured: Sequence[float], true: float, background: float = 0.0
) -> RecoveryCurve:
    """A curve of a phantom: measured concentrations of its spheres, all filled alike, in a background.

    A coefficient is what is shown above the background over what there is above it.
    """
    if not true > background >= 0:
        raise RuleError(f"the spheres' concentration lies above the background's, got {true:g} and {background:g}")
    ordered = sorted(zip(volumes_mL, measured, strict=True))
    return RecoveryCurve(
        volumes_mL=tuple(volume for volume, _ in ordered),
        coefficients=tuple((shown - background) / (true - background) for _, shown in ordered),
    )


def recovered(mean: float, background: float, coefficient: float) -> float:
    """A lesion's concentration from what is shown: the background is not spread, what lies above it is.

    >>> recovered(3.0, 1.0, 0.5)
    5.0
    """
    if coefficient <= 0:
        raise RuleError(f"a recovery coefficient lies above 0, got {coefficient:g}")
    return background + (mean - background) / coefficient
