"""Geometry of bodies about one centre: what share of the energy around their points falls into which of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError

Floats = NDArray[np.float64]
NODES = 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """All points between two radii (cm) about the centre; equal radii are a surface, an inner radius of 0 is a ball."""

    inner_cm: float
    outer_cm: float

    def __post_init__(self) -> None:
        """Refuse what is no shell."""
        if not (0 <= self.inner_cm <= self.outer_cm < np.inf) or self.outer_cm == 0:
            raise RuleError(
                f"a shell lies between radii of 0 or more, the outer positive, got {self.inner_cm} to {self.outer_cm} "
                "cm"
            )

    @property
    def volume_cm3(self) -> float:
        """Its volume; 0 for a surface."""
        return 4 / 3 * np.pi * (self.outer_cm**3 - self.inner_cm**3)


def ball(radius_cm: float) -> Shell:
    """All points within a radius."""
    return Shell(inner_cm=0.0, outer_cm=radius_cm)


def share_of_sphere_in_ball(ball_cm: float, from_centre_cm: Floats, radius_cm: Floats) -> Floats:
    """Share of a sphere's surface that lies within a ball.

    Centre of the sphere so far from the ball's, shapes broadcast.

    Source: the area of a spherical cap.
    """
    s, r = np.broadcast_arrays(np.asarray(from_centre_cm, dtype=np.float64), np.asarray(radius_cm, dtype=np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = (ball_cm**2 - (s - r) ** 2) / (4 * s * r)
    cut = np.where(s * r < 1e-290, np.where(np.maximum(s, r) <= ball_cm, 1.0, 0.0), cut)
    return np.asarray(np.where(r + s <= ball_cm, 1.0, np.where(np.abs(r - s) >= ball_cm, 0.0, np.clip(cut, 0.0, 1.0))))


def places(source: Shell) -> tuple[Floats, Floats]:
    """Distances from the centre and weights that stand for a source spread evenly over a shell or surface.

    The weights add up to 1.
    """
    if source.inner_cm == source.outer_cm:
        return np.array([source.outer_cm]), np.array([1.0])
    x, weight = np.polynomial.legendre.leggauss(NODES)
    s = source.inner_cm + 0.5 * (x + 1) * (source.outer_cm - source.inner_cm)
    weights = weight * s**2
    return s, weights / weights.sum()


def absorbed_from_keV(radius_cm: Floats, within_keV: Floats, from_centre_cm: Floats, target: Shell) -> Floats:
    """Energy that a decay at each distance from the centre, shape (m,), leaves in a target about that centre.

    `within_keV` is the energy within `radius_cm` of a decay, both of shape (n,), radii rising closely; what lies within
    the first is left at the point itself. Of k kernels at once (n, k), the result is (m, k).
    """
    s = np.asarray(from_centre_cm, dtype=np.float64)
    middle = np.sqrt(radius_cm[1:] * radius_cm[:-1])
    steps = np.diff(within_keV, axis=0)
    total = np.zeros(s.shape + within_keV.shape[1:])
    for sign, radius in ((1, target.outer_cm), (-1, target.inner_cm)):
        if radius > 0:
            inside = np.where(s < radius, 1.0, np.where(s == radius, 0.5, 0.0))
            at_point = np.multiply.outer(inside, within_keV[0])
            total += sign * (at_point + share_of_sphere_in_ball(radius, s[:, None], middle[None, :]) @ steps)
    return total


def absorbed_keV(radius_cm: Floats, within_keV: Floats, source: Shell, target: Shell) -> float:
    """Energy per decay that a source leaves in a target about the same centre; the kernel as in `absorbed_from_keV`."""
    return float(absorbed_each_keV(radius_cm, within_keV[:, None], source, target)[0])


def absorbed_each_keV(radius_cm: Floats, within_keV: Floats, source: Shell, target: Shell) -> Floats:
    """As `absorbed_keV`, of k kernels at once, shape (n, k)."""
    s, weights = places(source)
    return np.asarray(weights @ absorbed_from_keV(radius_cm, within_keV, s, target))


def ball_absorbed_keV(radius_cm: Floats, within_keV: Floats, ball_cm: float) -> float:
    """Energy per decay that a ball filled evenly leaves in itself."""
    return float(ball_absorbed_each_keV(radius_cm, within_keV[:, None], ball_cm)[0])


def ball_absorbed_each_keV(radius_cm: Floats, within_keV: Floats, ball_cm: float) -> Floats:
    """Energy per decay that a ball filled evenly leaves in itself, of k kernels at once, shape (n, k).

    Pairs of its points r apart are 1 - 3r/4R + r3/16R3 as frequent.

    Source: G. D. Kerr, J. G. Hwang and R. L. Jones, Health Phys. 25 (1973) 633, the geometric reduction factor of a
    sphere.
    """
    middle = np.sqrt(radius_cm[1:] * radius_cm[:-1])
    x = np.minimum(middle / ball_cm, 2.0)
    kept = 1 - 0.75 * x + x**3 / 16
    return np.asarray(within_keV[0] + kept @ np.diff(within_keV, axis=0))


def ellipsoid_absorbed_keV(
    radius_cm: Floats, within_keV: Floats, semi_axes_cm: tuple[float, float, float], points: int = 16384
) -> float:
    """Energy per decay that an ellipsoid filled evenly leaves in itself."""
    return float(ellipsoid_absorbed_each_keV(radius_cm, within_keV[:, None], semi_axes_cm, points)[0])


def ellipsoid_absorbed_each_keV(
    radius_cm: Floats, within_keV: Floats, semi_axes_cm: tuple[float, float, float], points: int = 16384
) -> Floats:
    """Energy per decay that an ellipsoid filled evenly leaves in itself, of k kernels at once, shape (n, k).

    Points and directions of a Sobol sequence (a power of 2).
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    axes = np.asarray(semi_axes_cm, dtype=np.float64)
    if axes.shape != (3,) or not np.all(axes > 0) or not np.all(np.isfinite(axes)):
        raise RuleError(f"an ellipsoid has three positive semi-axes, got {semi_axes_cm}")
    drawn = np.clip(qmc.Sobol(7, scramble=True, seed=131).random(points), 1e-12, 1 - 1e-12)
    normal, ways = ndtri(drawn[:, :3]), ndtri(drawn[:, 3:6])
    inside = normal / np.linalg.norm(normal, axis=1, keepdims=True) * drawn[:, 6:] ** (1 / 3)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    turned = ways / axes
    a, b = (turned**2).sum(1), (inside * turned).sum(1)
    c = 1 - (inside**2).sum(1)
    out = (-b + np.sqrt(b * b + a * c)) / a
    at = np.log(np.maximum(out, radius_cm[0]))
    return np.array([np.interp(at, np.log(radius_cm), one).mean() for one in within_keV.T])
