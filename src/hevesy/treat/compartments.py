"""Linear compartment models: what is in each compartment over time, and how often it decays there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

from hevesy.errors import RuleError
from hevesy.study.biokinetics import BiokineticModel

Floats = NDArray[np.float64]
COMMITTED_h = 50 * 365 * 24.0
"""Over which ICRP counts the dose of an adult: 18,250 d."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compartments:
    """Activities of a linear system, each over the activity taken in: their change per h is `change_per_h` times them.

    `change_per_h`, shape (n, n), has what comes to a row from a column; `start`, shape (n,), is what there is at first.
    """

    names: tuple[str, ...]
    change_per_h: Floats = field(repr=False)
    start: Floats = field(repr=False)

    def __post_init__(self) -> None:
        n = len(self.names)
        if self.change_per_h.shape != (n, n) or self.start.shape != (n,):
            raise RuleError("a compartment has a row and a column of changes and a start")
        if not (np.isfinite(self.change_per_h).all() and np.isfinite(self.start).all()):
            raise RuleError("changes and starts of compartments are finite numbers")

    def at(self, elapsed_h: ArrayLike) -> Floats:
        """Activity in each compartment over the activity taken in, shape (times, n); decay included."""
        times = np.atleast_1d(np.asarray(elapsed_h, dtype=np.float64))
        if not (np.isfinite(times).all() and (times >= 0).all()):
            raise RuleError("compartments are followed from the intake on, to times of 0 h or more")
        return np.asarray(expm(self.change_per_h * times[:, None, None]) @ self.start)

    def integral_h(self, to_h: float = math.inf) -> Floats:
        """Time-integrated activity of each compartment over the activity taken in (h), shape (n,).

        Up to a time by the exponential of the system with its integral beside it, to the end by solving for it.
        Refused is an end that never comes: something neither decays nor leaves.
        """
        if not to_h >= 0:
            raise RuleError(f"an integral runs forward from the intake, got {to_h:g} h")
        if math.isinf(to_h):
            try:
                return np.asarray(np.linalg.solve(-self.change_per_h, self.start))
            except np.linalg.LinAlgError:
                raise RuleError("something neither decays nor leaves: its integral has no end") from None
        n = len(self.names)
        beside = np.zeros((n + 1, n + 1))
        beside[:n, :n], beside[:n, n] = self.change_per_h, self.start
        return np.asarray(expm(beside * to_h)[:n, n])


def blocked(model: BiokineticModel, region: str, share_left: float) -> BiokineticModel:
    """The model with what comes into a region from elsewhere brought to a share of it, as a blocked thyroid's uptake.

    Refused are a share beyond 0 to 1 and a region that nothing comes into.
    """
    if not 0 <= share_left <= 1:
        raise RuleError(f"of an uptake that is blocked a share of 0 to 1 is left, got {share_left:g}")
    regions = [one.region for one in model.compartments]
    enters = [regions[one.end] == region != regions[one.start] for one in model.transfers]
    if not any(enters):
        near = sorted({str(name) for name in regions if name is not None})
        raise RuleError(f"nothing comes into {region!r} that could be blocked; regions are {', '.join(near)}")
    moves = zip(model.transfers, enters, strict=True)
    kept = tuple(replace(one, per_h=one.per_h * share_left) if into else one for one, into in moves)
    return replace(model, transfers=kept)


def compartments(
    model: BiokineticModel, half_lives_h: Mapping[str, float], branching: Callable[[str, str], float]
) -> Compartments:
    """The linear system of a model: transfers, decay of each nuclide, and daughters where they are born.

    `half_lives_h` by nuclide; `branching(parent, daughter)`: the share of decays.
    Refused is a nuclide without a half-life.
    """
    for one in model.nuclides:
        if not 0 < half_lives_h.get(one, 0.0) < math.inf:
            raise RuleError(f"a half-life of {one} above 0 is needed to follow it")
    decay = {one: math.log(2) / half_lives_h[one] for one in model.nuclides}
    n = len(model.compartments)
    change = np.zeros((n, n))
    for move in model.transfers:
        change[move.end, move.start] += move.per_h
        change[move.start, move.start] -= move.per_h
    for place, compartment in enumerate(model.compartments):
        change[place, place] -= decay[compartment.nuclide]
    for start, end in model.births:
        parent, daughter = model.compartments[start].nuclide, model.compartments[end].nuclide
        change[end, start] += decay[daughter] * branching(parent, daughter)
    first = np.zeros(n)
    for place, share in model.intake:
        first[place] += share
    return Compartments(names=tuple(map(str, model.compartments)), change_per_h=change, start=first)
