"""What a study's label gives: the nuclide's emissions, and the dose that it makes in small bodies."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import chain, emissions, released_share
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.sphere_dose import SphereDose, sphere_dose
from hevesy.radiation.uncertainty import words_of_bodies

SPHERES = (("1 ng", 1e-9), ("1 ug", 1e-6), ("1 mg", 1e-3), ("1 g", 1.0), ("100 g", 100.0))
"""Masses that are shown (g)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A nuclide, what a decay gives, how much of the energy set free that is, and spheres filled evenly with it."""

    nuclide: str
    emissions: Emissions
    released_share: float
    descendants: tuple[str, ...]
    """Those that live less than a hundred years; they are in none of the figures."""
    spheres: tuple[tuple[str, SphereDose], ...]
    """By their mass in words; matter like water."""
    kernel_source: str
    uncertainty_told: str
    """Of the transport, in words."""


def label(analysis: Analysis) -> Label | None:
    """The therapeutic nuclide of a study; None where the protocol names none."""
    return label_of(analysis.nuclide.name) if analysis.nuclide is not None else None


def label_of(nuclide: str) -> Label:
    """A nuclide as a label."""
    found = emissions(nuclide)
    kernel = point_kernel(found)
    return Label(
        nuclide=nuclide,
        emissions=found,
        released_share=released_share(nuclide),
        descendants=tuple(chain(nuclide)[1:]),
        spheres=tuple((name, sphere_dose(kernel, mass_g)) for name, mass_g in SPHERES),
        kernel_source=str(kernel.source),
        uncertainty_told=words_of_bodies(),
    )
