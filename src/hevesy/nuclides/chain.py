"""Decay chains: what grows in from a parent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Literal

import numpy as np

from hevesy.errors import RuleError
from hevesy.nuclides.emission import BetaSpectrum, Emissions, Spread
from hevesy.nuclides.library import chain, emissions, nuclide
from hevesy.nuclides.words import Chain

DIGITS = 60
LONGEST_DAUGHTER_h = 365.25 * 24
"""Daughters that live longer decay mostly when a patient's dose is long settled: they, and what comes of them, are left
out, and the answer says so."""
BEYOND = 0.02
"""Daughters that live so much of their parent's half-life make equilibrium another thing than the sum of all decays."""
MATTERS = 0.01
"""Share of the energy above which daughters matter: of all, or of what electrons and alphas carry."""


def activities_MBq(name: str, activity_MBq: float, elapsed_h: Sequence[float]) -> dict[str, tuple[float, ...]]:
    """Activity of a nuclide and of every descendant in the library.

    It is that `elapsed_h` after there was `activity_MBq` of the parent alone.

    Descendants that live longer than a hundred years are not followed. Sums along every path of the chain, in decimal
    arithmetic of 60 digits, so that nothing is lost between a microsecond and a month.

    >>> activities_MBq("Ra-223", 1.0, [24.0])["Bi-211"]
    (0.943...,)

    Source: H. Bateman, Proc. Camb. Phil. Soc. 15 (1910) 423.
    """
    if activity_MBq < 0 or not math.isfinite(activity_MBq):
        raise RuleError(f"an activity is not negative and finite, got {activity_MBq} MBq")
    for time in elapsed_h:
        if time < 0 or not math.isfinite(time):
            raise RuleError(f"a chain is followed forwards from the parent alone, got {time} h")
    members = chain(name)
    with localcontext() as context:
        context.prec = DIGITS
        rate = {one: Decimal(2).ln() / Decimal(nuclide(one).half_life_h) for one in members}
        total = {one: [Decimal(0)] * len(elapsed_h) for one in members}
        times = [Decimal(time) for time in elapsed_h]
        decayed = {one: [(-rate[one] * time).exp() for time in times] for one in members}

        def follow(path: list[str], share: Decimal) -> None:
            last = path[-1]
            for place in range(len(times)):
                number = Decimal(0)
                for one in path:
                    factor = decayed[one][place]
                    for other in path:
                        if other != one:
                            factor *= rate[other] / (rate[other] - rate[one])
                    number += factor * rate[one] / rate[path[0]]
                total[last][place] += share * number
            for mode in nuclide(last).modes:
                if mode.daughter in rate:
                    follow([*path, mode.daughter], share * Decimal(mode.branching))

        follow([members[0]], Decimal(activity_MBq))
        return {one: tuple(max(float(value), 0.0) for value in values) for one, values in total.items()}


def decays_per_parent(name: str) -> dict[str, float]:
    """Decays of a nuclide and of each descendant in the library for each decay of the parent, once all have decayed.

    >>> decays_per_parent("Pb-212")["Tl-208"]
    0.359...
    """
    found = dict.fromkeys(chain(name), 0.0)
    found[nuclide(name).name] = 1.0
    for one in found:
        for mode in nuclide(one).modes:
            if mode.daughter in found:
                found[mode.daughter] += found[one] * mode.branching
    return found


def daughters_per_decay(name: str, chain: Literal["stays", "equilibrium"]) -> dict[str, float]:
    """Decays of each daughter that lives a year or less, for each decay of the parent.

    `stays`: once all have decayed, the product of the branchings. `equilibrium`: while the activities go together, in
    which each daughter on the way has its activity over the parent's as l / (l - l of the parent). A daughter that
    lives longer than its parent never comes to it and is not in what is given.

    >>> daughters_per_decay("Zr-89", "stays")
    {'Y-89m': 0.99...}

    Source: H. Bateman, Proc. Camb. Phil. Soc. 15 (1910) 423, for times long after the start.
    """
    parent = nuclide(name)
    found: dict[str, float] = {}

    def follow(one: str, share: float) -> None:
        for mode in nuclide(one).modes:
            if mode.daughter not in members:
                continue
            daughter = nuclide(mode.daughter)
            part = share * mode.branching
            if chain == "equilibrium":
                if daughter.half_life_h >= parent.half_life_h:
                    continue
                part *= parent.half_life_h / (parent.half_life_h - daughter.half_life_h)
            found[daughter.name] = found.get(daughter.name, 0.0) + part
            follow(daughter.name, part)

    members = {one for one in _members(parent.name) if nuclide(one).half_life_h <= LONGEST_DAUGHTER_h}
    follow(parent.name, 1.0)
    return found


def _members(name: str) -> tuple[str, ...]:
    return chain(name)[1:]


def daughters_matter(name: str, of: Callable[[str], Emissions] = emissions) -> dict[str, float]:
    """Daughters without which a nuclide's dose cannot be told, and the energy of each over the nuclide's own.

    Empty where all of them together carry less than a hundredth, of all energy and of that of electrons and alphas.
    """
    own = of(name)
    decays = daughters_per_decay(name, "stays")
    theirs = {one: of(one) for one in decays}
    energy = sum(decays[one] * theirs[one].energy_keV for one in decays)
    near = sum(decays[one] * (theirs[one].electron_keV + theirs[one].alpha_keV) for one in decays)
    if energy <= MATTERS * own.energy_keV and near <= MATTERS * (own.electron_keV + own.alpha_keV):
        return {}
    return {one: decays[one] * theirs[one].energy_keV / own.energy_keV for one in decays}


def emissions_with_chain(
    name: str, chain: Chain | None = None, of: Callable[[str], Emissions] = emissions
) -> Emissions:
    """What a nuclide emits per decay with what its daughters emit, by what becomes of them.

    `of` gives the emissions of one nuclide. Refused is a nuclide whose daughters matter where nothing is said of them,
    and an equilibrium that a daughter which matters never comes to.
    """
    own = of(name)
    if chain is None:
        mattering = daughters_matter(own.nuclide, of)
        if mattering:
            most = sorted(mattering, key=lambda one: -mattering[one])[:3]
            told = ", ".join(f"{one} {100 * mattering[one]:.3g} %" for one in most)
            raise RuleError(
                f"the daughters of {own.nuclide} matter (of its own energy: {told}): say whether the chain stays, "
                "leaves or is in equilibrium"
            )
        decays = daughters_per_decay(own.nuclide, "stays")
        return replace(own, because=(*own.because, *_left_alone(own.nuclide, "their energy is below 1 % of its own")))
    if chain == "leaves":
        return replace(own, because=(*own.because, *_left_alone(own.nuclide, "they leave before they decay")))
    decays = daughters_per_decay(own.nuclide, chain)
    if chain == "equilibrium":
        _refuse_without_equilibrium(own.nuclide, decays, of)
    return _merged({own.nuclide: 1.0, **decays}, chain, of)


def _left_alone(name: str, why: str) -> tuple[str, ...]:
    """That a nuclide counts alone, where it has daughters."""
    daughters = daughters_per_decay(name, "stays")
    return (f"per decay of {name} itself, without {', '.join(daughters)}: {why}",) if daughters else ()


def _refuse_without_equilibrium(name: str, decays: Mapping[str, float], of: Callable[[str], Emissions]) -> None:
    for one, share in daughters_matter(name, of).items():
        if one not in decays and share > MATTERS:
            about, parent = nuclide(one), nuclide(name)
            raise RuleError(
                f"{name} never comes to equilibrium with {one} ({about.half_life_h:.4g} h against "
                f"{parent.half_life_h:.4g} h, or what it comes from): say whether the chain stays or leaves"
            )


def _merged(decays: Mapping[str, float], chain: Chain, of: Callable[[str], Emissions]) -> Emissions:
    """One emission list of several nuclides, each so many times per decay of the first."""
    parts = [(of(one), number) for one, number in decays.items()]
    own = parts[0][0]
    late = [one for one in _members(own.nuclide) if one not in decays]
    because = [sentence for part, _ in parts for sentence in _of_whom(part, own.nuclide)]
    if len(parts) > 1:
        numbers = ", ".join(f"{part.nuclide} {number:.4g}" for part, number in parts[1:])
        how = {"stays": "once all have decayed where it did", "equilibrium": "in equilibrium with it"}[chain]
        because.insert(0, f"per decay of {own.nuclide}, with decays of {numbers}, {how}")
    if late:
        because.insert(
            1 if len(parts) > 1 else 0, f"not followed: {', '.join(late)} (a daughter on the way lives too long)"
        )
    return Emissions(
        nuclide=own.nuclide,
        lines=tuple(
            replace(
                line,
                yield_per_decay=number * line.yield_per_decay,
                yield_standard_uncertainty=None
                if line.yield_standard_uncertainty is None
                else number * line.yield_standard_uncertainty,
            )
            for part, number in parts
            for line in part.lines
        ),
        branches=tuple(
            replace(
                branch,
                yield_per_decay=number * branch.yield_per_decay,
                yield_standard_uncertainty=None
                if branch.yield_standard_uncertainty is None
                else number * branch.yield_standard_uncertainty,
            )
            for part, number in parts
            for branch in part.branches
        ),
        spectra=_added([(spectrum, number) for part, number in parts for spectrum in part.spectra]),
        because=tuple(dict.fromkeys(because)),
        sources=tuple(dict.fromkeys(source for part, _ in parts for source in part.sources)),
        spread=_spread(parts),
        warnings=tuple(
            dict.fromkeys((*_more_than_come_of_it(decays, chain), *(one for part, _ in parts for one in part.warnings)))
        ),
    )


def _more_than_come_of_it(decays: Mapping[str, float], chain: Chain) -> tuple[str, ...]:
    """A sentence where equilibrium counts more decays of a daughter than its parent's decays can lead to."""
    parent = next(iter(decays))
    come = daughters_per_decay(parent, "stays")
    over = {one: number / come[one] for one, number in decays.items() if come.get(one)}
    first = next((one for one, times in over.items() if times > 1 + BEYOND), None)  # what comes of it goes with it
    if chain != "equilibrium" or first is None:
        return ()
    return (
        f"in equilibrium a decay of {parent} goes with {decays[first]:.3g} of {first}, {over[first]:.3g} times what "
        f"come of it: that is so of a rate, and of all time only where {first} was there from the beginning; of "
        f"{parent} given alone the chain stays or leaves",
    )


def _of_whom(part: Emissions, parent: str) -> list[str]:
    return [sentence if part.nuclide == parent else f"{part.nuclide}: {sentence}" for sentence in part.because]


def _added(spectra: Sequence[tuple[BetaSpectrum, float]]) -> tuple[BetaSpectrum, ...]:
    """Spectra of one sign as one, on all their points; past its last point a spectrum is nothing."""
    found = []
    signs: tuple[Literal[-1, 1], ...] = (-1, 1)
    for sign in signs:
        same = [(spectrum, number) for spectrum, number in spectra if spectrum.sign == sign]
        if len(same) == 1:
            found.append(replace(same[0][0], per_keV=same[0][1] * same[0][0].per_keV))
        elif same:
            points = np.unique(np.concatenate([spectrum.energy_keV for spectrum, _ in same]))
            total = np.zeros_like(points)
            for spectrum, number in same:
                total += number * np.interp(points, spectrum.energy_keV, spectrum.per_keV, left=0.0, right=0.0)
            found.append(BetaSpectrum(sign=sign, energy_keV=points, per_keV=total))
    return tuple(found)


def _spread(parts: Sequence[tuple[Emissions, float]]) -> Spread:
    """Spread of a sum whose parts were evaluated by themselves: the absolute ones add as squares."""

    def of(kind: Literal["electron", "photon", "alpha"]) -> float:
        carried = [number * float(getattr(part, f"{kind}_keV")) for part, number in parts]
        whole = sum(carried)
        if whole <= 0:
            return 0.0
        return (
            math.hypot(
                *(keV * float(getattr(part.spread, kind)) for keV, (part, _) in zip(carried, parts, strict=True))
            )
            / whole
        )

    return Spread(electron=of("electron"), photon=of("photon"), alpha=of("alpha"))
