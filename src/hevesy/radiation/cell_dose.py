"""Dose in cells, clusters and micrometastases: who gives to whom, profiles, and which of two nuclides gives more."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.radiation.concentric import Shell, absorbed_each_keV, absorbed_from_keV, absorbed_keV, ball
from hevesy.radiation.point_kernel import Left, PointKernel
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g, sphere_dose
from hevesy.radiation.uncertainty import CELL_SELF, Uncertainty, across, of_body, of_nuclide
from hevesy.radiation.words import Compartment, Pattern

Floats = NDArray[np.float64]
SOURCES: tuple[Compartment, ...] = get_args(Compartment)
TARGETS: tuple[Compartment, ...] = ("nucleus", "cytoplasm", "cell")
SMALLEST_cm = 5e-6
"""Ranges below this are not followed (electrons under 1 keV are left where they start)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A round cell with a round nucleus at its centre; radii in cm, matter like water of 1 g/cm3."""

    radius_cm: float
    nucleus_cm: float

    def __post_init__(self) -> None:
        """Refuse what is no cell."""
        if not (SMALLEST_cm <= self.nucleus_cm < self.radius_cm < math.inf):
            raise RuleError(
                f"a nucleus of {SMALLEST_cm * 1e4:g} um or more lies within its cell, got radii of "
                f"{self.nucleus_cm * 1e4:g} and {self.radius_cm * 1e4:g} um"
            )

    def shell(self, compartment: Compartment) -> Shell:
        """Where a compartment is; a surface has no thickness."""
        match compartment:
            case "nucleus":
                return ball(self.nucleus_cm)
            case "cytoplasm":
                return Shell(inner_cm=self.nucleus_cm, outer_cm=self.radius_cm)
            case "surface":
                return Shell(inner_cm=self.radius_cm, outer_cm=self.radius_cm)
        return ball(self.radius_cm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A dose factor, mGy per MBq s, and its relative standard uncertainty by where it comes from."""

    s_mGy_per_MBq_s: float
    uncertainty: Uncertainty


def cell_factors(kernel: PointKernel, cell: Cell) -> dict[Compartment, dict[Compartment, Factor]]:
    """Dose factors by source and target compartment of one cell.

    Electrons below 1 keV are left where they start: doses from a compartment to itself are then right, those to a
    neighbour within 0.1 um are not. The model is that of S. M. Goddu et al., MIRD Cellular S Values (SNM 1997).
    """
    pairs = _pairs(kernel, cell)
    return {source: {target: _factor(kernel, cell, pairs, source, target) for target in TARGETS} for source in SOURCES}


def cell_s_mGy_per_MBq_s(kernel: PointKernel, cell: Cell) -> dict[Compartment, dict[Compartment, float]]:
    """Dose factors as in `cell_factors`, mGy per MBq s."""
    factors = cell_factors(kernel, cell)
    return {source: {target: one.s_mGy_per_MBq_s for target, one in row.items()} for source, row in factors.items()}


Pairs = dict[tuple[Compartment, Compartment], tuple[Floats, float]]
"""By source and target: energy per decay by the carriers of `Left`, and the relative uncertainty of the transport."""


def _pairs(kernel: PointKernel, cell: Cell) -> Pairs:
    """Nucleus, cytoplasm and surface to nucleus and cytoplasm, of which the rest is made."""
    pairs: Pairs = {}
    for source in ("nucleus", "cytoplasm", "surface"):
        for target in ("nucleus", "cytoplasm"):
            left = absorbed_each_keV(kernel.radius_cm, kernel.by_carrier_keV, cell.shell(source), cell.shell(target))
            if source == target:
                transport = of_body(cell.nucleus_cm if source == "nucleus" else cell.radius_cm)
            else:
                gap_cm = cell.radius_cm - cell.nucleus_cm if (source, target) == ("surface", "nucleus") else 0.0
                transport = across(Left.of(left), gap_cm)
            pairs[source, target] = left, transport
    return pairs


def _factor(kernel: PointKernel, cell: Cell, pairs: Pairs, source: Compartment, target: Compartment) -> Factor:
    """The factor of a pair; a whole cell is nucleus and cytoplasm, their uncertainties go together."""
    nucleus = (cell.nucleus_cm / cell.radius_cm) ** 3
    sources: dict[Compartment, float] = {source: 1.0}
    if source == "cell":
        sources = {"nucleus": nucleus, "cytoplasm": 1 - nucleus}
    parts = [
        (weight * left, transport)
        for (one, other), (left, transport) in pairs.items()
        if (weight := sources.get(one, 0.0)) and other in (("nucleus", "cytoplasm") if target == "cell" else (target,))
    ]
    left = Left.of(np.sum([one for one, _ in parts], axis=0))
    transport = (
        sum(Left.of(one).total_keV * u for one, u in parts) / left.total_keV if left.total_keV > 0 else CELL_SELF
    )
    return Factor(
        s_mGy_per_MBq_s=left.total_keV * mGy_PER_keV_PER_g / cell.shell(target).volume_cm3,
        uncertainty=Uncertainty(
            statistics=_statistics(kernel, cell.radius_cm),
            transport=transport,
            nuclide=of_nuclide(left, kernel.spread),
        ),
    )


def _statistics(kernel: PointKernel, radius_cm: float) -> float:
    """Relative standard error of the kernel within a radius."""
    error, within = (
        np.interp(radius_cm, kernel.radius_cm, one) for one in (kernel.standard_error_keV, kernel.within_keV)
    )
    return float(error / within)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spheroid:
    """A cluster of cells or a micrometastasis: radius, where the activity is, and the share of cells that carry it.

    `shell`: the outer tenth of the radius; `necrotic core`: outside of the inner half.
    """

    radius_cm: float
    pattern: Pattern = "uniform"
    labelled: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no spheroid."""
        if not (SMALLEST_cm < self.radius_cm < math.inf):
            raise RuleError(
                f"a spheroid has a radius of more than {SMALLEST_cm * 1e4:g} um, got {self.radius_cm * 1e4:g} um"
            )
        if not 0 < self.labelled <= 1:
            raise RuleError(f"the share of labelled cells lies in 0..1 and is not 0, got {self.labelled:g}")

    @property
    def source(self) -> Shell:
        """Where the activity is."""
        inner = {"uniform": 0.0, "shell": 0.9, "necrotic core": 0.5}[self.pattern]
        return Shell(inner_cm=inner * self.radius_cm, outer_cm=self.radius_cm)


def profile_mGy_per_MBq_s(kernel: PointKernel, spheroid: Spheroid, radius_cm: Floats) -> Floats:
    """Dose at points at distances from the centre, shape (n,), per MBq s in the whole spheroid."""
    return np.array([one.s_mGy_per_MBq_s for one in profile(kernel, spheroid, radius_cm)])


def profile(kernel: PointKernel, spheroid: Spheroid, radius_cm: Floats) -> tuple[Factor, ...]:
    """Dose at points at distances from the centre, shape (n,), per MBq s in the whole spheroid.

    The activity is smeared evenly over its region, so that it is the mean over labelled cells and their neighbours. By
    reciprocity a point gets from a region what it would give to it.
    """
    region = spheroid.source
    at_cm = np.asarray(radius_cm, dtype=np.float64)
    found = absorbed_from_keV(kernel.radius_cm, kernel.by_carrier_keV, at_cm, region)
    statistics = _statistics(kernel, spheroid.radius_cm)
    factors = []
    for at, values in zip(at_cm.tolist(), found, strict=True):
        left = Left.of(values)
        gap_cm = max(region.inner_cm - at, at - region.outer_cm)
        factors.append(
            Factor(
                s_mGy_per_MBq_s=left.total_keV * mGy_PER_keV_PER_g / region.volume_cm3,
                uncertainty=Uncertainty(
                    statistics=statistics,
                    transport=across(left, gap_cm) if gap_cm > 0 else of_body(spheroid.radius_cm),
                    nuclide=of_nuclide(left, kernel.spread),
                ),
            )
        )
    return tuple(factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossFire:
    """Dose to the nuclei of a spheroid's cells, mGy per MBq s in the whole spheroid: own and from all others.

    With the relative standard uncertainties of both.
    """

    labelled_own: float
    from_others: float
    own_uncertainty: Uncertainty
    others_uncertainty: Uncertainty

    @property
    def labelled(self) -> float:
        """To the nucleus of a labelled cell."""
        return self.labelled_own + self.from_others

    @property
    def unlabelled(self) -> float:
        """To the nucleus of a cell without activity."""
        return self.from_others


def cross_fire(kernel: PointKernel, spheroid: Spheroid, cell: Cell, source: Compartment = "surface") -> CrossFire:
    """Mean dose to nuclei of labelled and unlabelled cells in a spheroid packed with cells.

    What the others give is the mean dose of the region with activity less what the smeared activity gives a cell's own
    volume.
    """
    region = spheroid.source
    cells = region.volume_cm3 / ball(cell.radius_cm).volume_cm3
    if cells < 2:
        raise RuleError("the region with activity holds fewer than two cells")
    if cells * spheroid.labelled < 1:
        raise RuleError(f"of {cells:.0f} cells a share of {spheroid.labelled:g} is less than one labelled cell")
    radii, carried = kernel.radius_cm, kernel.by_carrier_keV
    mean = absorbed_each_keV(radii, carried, region, region) / region.volume_cm3
    smeared = absorbed_each_keV(radii, carried, ball(cell.radius_cm), ball(cell.nucleus_cm))
    others = Left.of(np.maximum(mean - smeared / ball(cell.nucleus_cm).volume_cm3 / cells, 0.0))
    own = _factor(kernel, cell, _pairs(kernel, cell), source, "nucleus")
    # a neighbour's activity is at least this far from the nucleus
    gap_cm = (2 if source == "nucleus" else 1) * (cell.radius_cm - cell.nucleus_cm)
    return CrossFire(
        labelled_own=own.s_mGy_per_MBq_s / (cells * spheroid.labelled),
        from_others=others.total_keV * mGy_PER_keV_PER_g,
        own_uncertainty=own.uncertainty,
        others_uncertainty=Uncertainty(
            statistics=_statistics(kernel, spheroid.radius_cm),
            transport=across(others, gap_cm),
            nuclide=of_nuclide(others, kernel.spread),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """Radius of a ball filled evenly where two nuclides give the same mean dose.

    None: one gives more at every radius looked at.
    """

    radius_cm: float | None
    standard_uncertainty_cm: float | None
    because: str

    @property
    def relative_uncertainty(self) -> float | None:
        """The standard uncertainty over the radius."""
        if self.radius_cm is None or self.standard_uncertainty_cm is None:
            return None
        return self.standard_uncertainty_cm / self.radius_cm


def crossover(first: PointKernel, second: PointKernel, decays_ratio: float = 1.0) -> Crossover:
    """Where two nuclides give the same mean dose, balls of 1 um to 1 cm.

    `decays_ratio`: decays of the first for each of the second.

    1 compares them per decay; half-lives over each other per administered activity that stays. The uncertainty is what
    the uncertainties of the two doses, taken as independent, make of the radius.
    """
    if not math.isfinite(decays_ratio) or decays_ratio <= 0:
        raise RuleError(f"a ratio of decays is positive, got {decays_ratio}")
    radii = np.geomspace(1e-4, 1.0, 241)
    masses = 4 / 3 * math.pi * radii**3
    log = np.log(
        [
            decays_ratio * sphere_dose(first, mass).absorbed_keV / sphere_dose(second, mass).absorbed_keV
            for mass in masses
        ]
    )
    change = np.nonzero(np.diff(np.sign(log)))[0]
    if not len(change):
        more = first.nuclide if log[0] > 0 else second.nuclide
        return Crossover(
            radius_cm=None,
            standard_uncertainty_cm=None,
            because=f"{more} gives more dose in every ball of 1 um to 1 cm",
        )
    at = int(change[0])
    slope = (log[at + 1] - log[at]) / np.log(radii[at + 1] / radii[at])
    radius = float(radii[at] * math.exp(-log[at] / slope))
    below, above = (first, second) if log[0] > 0 else (second, first)
    uncertainty = math.hypot(
        *(sphere_dose(one, 4 / 3 * math.pi * radius**3).relative_uncertainty for one in (first, second))
    )
    return Crossover(
        radius_cm=radius,
        standard_uncertainty_cm=radius * uncertainty / abs(slope),
        because=f"{below.nuclide} gives more dose in smaller balls, {above.nuclide} in larger ones",
    )


def surface_dose_mGy_per_MBq_s(kernel: PointKernel, radius_cm: float) -> float:
    """Mean dose of a ball whose surface carries the activity."""
    energy = absorbed_keV(
        kernel.radius_cm, kernel.within_keV, Shell(inner_cm=radius_cm, outer_cm=radius_cm), ball(radius_cm)
    )
    return energy * mGy_PER_keV_PER_g / ball(radius_cm).volume_cm3
