"""How far evaluations of one nuclide differ, and what an answer must say of the one that was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.nuclides.emission import Emissions, Spread

ACCOUNTED = 0.01
"""A released share further from 1 than this is warned of, and such an evaluation does not speak for the spread."""
LARGEST = 0.5
"""Parts far below a percent of the energy differ between evaluations by any factor: none is told as worse than this."""
LEAST_TOLD = 1e-4
"""Evaluations that share measurements agree by more digits than are known: less than this is told as below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one evaluation gives a decay, its atoms and betas computed as all others': keV per decay, share of Q."""

    evaluation: str
    taken: bool
    reason: str
    electron_keV: float
    photon_keV: float
    alpha_keV: float
    released_share: float
    apart: bool = False
    """It was not compared: for a fault that is known, or because it counts an isomer apart that the others count in."""


def speaking(compared: Sequence[Compared]) -> list[Compared]:
    """The evaluation that was taken, and after it those that speak for the spread."""
    others = [one for one in compared if not (one.taken or one.apart) and abs(one.released_share - 1) <= ACCOUNTED]
    return [*(one for one in compared if one.taken), *others]


def spread_of(compared: Sequence[Compared]) -> Spread:
    """Relative standard uncertainty of each part, from evaluations of which one was taken.

    Half the range, over the value taken, of the one that was taken and of all whose energy adds up to 1 % of Q; at most
    0.5. Half the range, not that over the root of three, for evaluations share measurements; where they all rest on the
    same ones it says too little. One whose energy does not add up is refuted by that, and says nothing of the others.
    """
    taken, *others = speaking(compared)
    heard = [taken, *others]

    def part(values: Sequence[float], value: float) -> float:
        return min((max(values) - min(values)) / 2 / value, LARGEST) if value > 0 else 0.0

    return Spread(
        electron=part([one.electron_keV for one in heard], taken.electron_keV),
        photon=part([one.photon_keV for one in heard], taken.photon_keV),
        alpha=part([one.alpha_keV for one in heard], taken.alpha_keV),
    )


def words_of(emitted: Emissions, spread: Spread, compared: Sequence[Compared]) -> str:
    """The spread as a sentence."""
    if len(speaking(compared)) == 1:
        return "no spread of evaluations is told: there is no other whose energy adds up to 1 %"
    parts = {
        "electrons": (emitted.electron_keV, spread.electron),
        "photons": (emitted.photon_keV, spread.photon),
        "alphas": (emitted.alpha_keV, spread.alpha),
    }
    told = ", ".join(
        f"{name} {100 * of:.2g} %" if of >= LEAST_TOLD else f"{name} below {100 * LEAST_TOLD:g} %"
        for name, (energy, of) in parts.items()
        if energy > 0
    )
    return f"standard uncertainty of what a decay gives, as far as evaluations differ (they share measurements): {told}"


def warnings_of(nuclide: str, released_share: float) -> tuple[str, ...]:
    """What every answer says of a nuclide whose energy does not add up."""
    if abs(released_share - 1) <= ACCOUNTED:
        return ()
    return (
        f"{nuclide}: its evaluated radiations and neutrinos carry {100 * released_share:.4g} % of the energy its decay "
        "sets free; its doses are as uncertain as that",
    )
