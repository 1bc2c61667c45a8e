"""A biokinetic model: compartments of the body, what moves between them, and where daughters are born."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hevesy.errors import RuleError

WHOLE = 1e-9
"""How near the shares of an intake come to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """Where atoms of one nuclide are; `region` is the source region of the body that holds them.

    A region of None has no dose to give: what left the body (`excreted`), or is nowhere in particular.
    """

    nuclide: str
    name: str
    region: str | None
    excreted: bool = False

    def __str__(self) -> str:
        return f"{self.nuclide}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What moves from one compartment to another of the same nuclide: the share of its atoms per hour."""

    start: int
    end: int
    per_h: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BiokineticModel:
    """Compartments by their place; the first nuclide is the one taken in.

    `intake`: the share of it by place, together 1. `births`: by places, where a decay in one compartment leaves the
    daughter.
    """

    title: str
    nuclides: tuple[str, ...]
    compartments: tuple[Compartment, ...]
    transfers: tuple[Transfer, ...]
    births: tuple[tuple[int, int], ...]
    intake: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        names = [str(one) for one in self.compartments]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise RuleError(f"two compartments are called {twice}")
        if not self.nuclides or {one.nuclide for one in self.compartments} != set(self.nuclides):
            raise RuleError("each nuclide of a model has compartments, and each compartment a nuclide of the model")
        places = range(len(self.compartments))
        moved = [place for one in self.transfers for place in (one.start, one.end)]
        born = [place for pair in self.births for place in pair]
        if not all(place in places for place in (*moved, *born, *(place for place, _ in self.intake))):
            raise RuleError("what moves, is born or is taken in is in a compartment of the model")
        for one in self.transfers:
            self._check(one)
        for start, end in self.births:
            if self.compartments[start].nuclide == self.compartments[end].nuclide:
                raise RuleError(f"a daughter of {names[start]} is another nuclide, got {names[end]}")
        shares = [share for _, share in self.intake]
        if not all(share >= 0 for share in shares) or abs(math.fsum(shares) - 1) > WHOLE:
            raise RuleError(f"shares of an intake are 0 or more and together 1, got {', '.join(map(str, shares))}")
        if any(self.compartments[place].nuclide != self.nuclides[0] for place, _ in self.intake):
            raise RuleError(f"what is taken in is {self.nuclides[0]}, the first nuclide of the model")

    def _check(self, one: Transfer) -> None:
        start, end = self.compartments[one.start], self.compartments[one.end]
        if one.start == one.end or start.nuclide != end.nuclide:
            raise RuleError(f"a transfer goes to another compartment of the same nuclide, got {start} to {end}")
        if start.excreted:
            raise RuleError(f"nothing comes back from what was excreted, got {start} to {end}")
        if not 0 <= one.per_h < math.inf:
            raise RuleError(f"a transfer rate is 0 or more, got {one.per_h:g} per h from {start} to {end}")
