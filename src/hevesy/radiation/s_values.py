"""Dose to organs of a phantom per decay in its regions: the S matrix, and what its figures mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.nuclides.emission import ELECTRONS, PHOTONS, Emissions, Kind
from hevesy.provenance import Source
from hevesy.radiation.absorbed_fractions import SpecificAbsorbedFractions
from hevesy.radiation.words import Carrier, Daughters, Masses

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SMatrix:
    """Absorbed dose to each target per decay in each source, mGy/(MBq s), shape (targets, sources).

    `masses_g`, of targets and of sources, are what the dose was divided by, by name; a name that is missing has no mass
    stated. `alpha_weight` is what alphas were multiplied by: 1 is absorbed dose, anything else is told wherever a dose
    is.
    """

    nuclide: str
    phantom: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    s_mGy_per_MBq_s: Floats = field(repr=False)
    target_masses_g: tuple[tuple[str, float], ...]
    source_masses_g: tuple[tuple[str, float], ...]
    masses: Masses
    daughters: Daughters
    alpha_weight: float
    self_electron_share: tuple[tuple[str, float], ...] = ()
    """Of a source's dose to itself: the share that electrons, betas and alphas bring, which falls with 1/mass; empty
    where the table has only sums."""
    tissues: tuple[str, ...] = ()
    """The sources, each once, that together are the body's tissue; empty where the table does not say."""
    because: tuple[str, ...]
    source: Source
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shape = (len(self.targets), len(self.sources))
        if self.s_mGy_per_MBq_s.shape != shape:
            raise RuleError(f"an S matrix has a row a target and a column a source, {shape}")
        for names, what in ((self.targets, "target"), (self.sources, "source")):
            if len(set(names)) != len(names):
                twice = next(one for one in names if names.count(one) > 1)
                raise RuleError(f"two {what}s of the S matrix are called {twice!r}")
        if not (np.isfinite(self.s_mGy_per_MBq_s).all() and (self.s_mGy_per_MBq_s >= 0).all()):
            raise RuleError("values of an S matrix are finite and 0 or more")
        if not self.alpha_weight > 0:
            raise RuleError(f"a weight of alphas lies above 0, got {self.alpha_weight:g}")

    def of(self, target: str, source: str) -> float:
        """One value, mGy/(MBq s)."""
        return float(self.s_mGy_per_MBq_s[self.targets.index(target), self.sources.index(source)])

    def of_other_tissue(self, named: Collection[str]) -> Floats:
        """Of each target, per decay in the tissue that is not in the sources `named`, spread by mass; mGy/(MBq s).

        Refused where the table does not say which sources are the body's tissue, or leaves none.

        Source: ICRP Publication 133, "other tissue" of a biokinetic model.
        """
        masses = dict(self.source_masses_g)
        others = [
            (place, masses[name]) for place, name in enumerate(self.sources) if name in self._other(named, masses)
        ]
        if not others:
            raise RuleError(f"the S matrix of {self.nuclide} does not say what other tissue is")
        places, weights = [place for place, _ in others], np.array([mass for _, mass in others])
        return np.asarray(self.s_mGy_per_MBq_s[:, places] @ (weights / weights.sum()))

    def _other(self, named: Collection[str], masses: Mapping[str, float]) -> set[str]:
        return {name for name in self.tissues if name not in named and masses.get(name, 0.0) > 0}


JOULE_PER_keV = 1.602176634e-16
"""CODATA 2018, exact."""
RECOIL_AS_keV = 2000.0
"""Nuclei pushed back have the absorbed fractions of alphas of 2 MeV (ICRP Publication 133, paragraph 78)."""
_LINES: dict[Carrier, tuple[Kind, ...]] = {"photon": PHOTONS, "electron": ELECTRONS, "alpha": ("alpha",)}


def s_matrix(
    absorbed: SpecificAbsorbedFractions,
    emitted: Emissions,
    *,
    daughters: Daughters = "nuclide alone",
    alpha_weight: float = 1.0,
    masses: Masses | None = None,
) -> SMatrix:
    """S values of a phantom and what a nuclide emits: energy times absorbed fraction, summed over all that is emitted.

    Betas by the integral over their spectra, all other radiation line by line at its own energy. Alphas count
    `alpha_weight` times (1: absorbed dose). `masses`: as the phantom has them unless parenchyma is asked for.
    `daughters` says what `emitted` holds. Refused is an energy beyond the phantom's tables.

    Source: ICRP Publication 133 (Ann. ICRP 45(2), 2016), paragraphs 73 to 78.
    """
    by_carrier = {carrier: _energy(absorbed, emitted, carrier) for carrier in _LINES}
    charged = by_carrier["electron"] + alpha_weight * by_carrier["alpha"]
    total = charged + by_carrier["photon"]
    own = [
        (name, absorbed.targets.index(name), place)
        for place, name in enumerate(absorbed.sources)
        if name in absorbed.targets
    ]
    matrix = SMatrix(
        nuclide=emitted.nuclide,
        phantom=absorbed.phantom,
        sources=absorbed.sources,
        targets=absorbed.targets,
        s_mGy_per_MBq_s=total * JOULE_PER_keV * 1e9,
        target_masses_g=_stated(absorbed.targets, absorbed.target_masses_g),
        source_masses_g=_stated(absorbed.sources, absorbed.source_masses_g),
        masses=absorbed.masses,
        daughters=daughters,
        alpha_weight=alpha_weight,
        self_electron_share=tuple((name, float(charged[t, s] / total[t, s])) for name, t, s in own if total[t, s] > 0),
        because=(
            *absorbed.because,
            "betas by the integral over their spectrum, all else line by line; recoiling nuclei as alphas of 2 MeV "
            "(ICRP Publication 133, paragraph 78); photons below 1 keV between the table's 0 and 1 keV",
            *emitted.because,
            *(f"spectra: {source}" for source in emitted.sources),
        ),
        tissues=absorbed.tissues,
        source=absorbed.source,
        warnings=(*absorbed.warnings, *emitted.warnings),
    )
    return matrix if masses in (None, matrix.masses) else with_parenchyma(matrix)


def _energy(absorbed: SpecificAbsorbedFractions, emitted: Emissions, carrier: Carrier) -> Floats:
    """Energy per decay that a kilogram of each target takes (keV/kg), by one kind of radiation."""
    lines = [(line.energy_keV, line.yield_per_decay) for line in emitted.of(*_LINES[carrier])]
    table = absorbed.of[carrier]
    if carrier != "alpha":
        return table.absorbed_keV_per_kg(lines, emitted.spectra if carrier == "electron" else ())
    recoil = sum(line.energy_keV * line.yield_per_decay for line in emitted.of("recoil"))
    return table.absorbed_keV_per_kg([*lines, (RECOIL_AS_keV, recoil / RECOIL_AS_keV)])


def _stated(names: tuple[str, ...], masses_g: tuple[float, ...]) -> tuple[tuple[str, float], ...]:
    return tuple((name, mass) for name, mass in zip(names, masses_g, strict=True) if mass > 0)


def of_organs_there(matrix: SMatrix) -> SMatrix:
    """The matrix without organs that its phantom has not got, as ovaries of a male: no dose is theirs, not one of 0."""
    there = [place for place, row in enumerate(matrix.s_mGy_per_MBq_s) if row.any()]
    targets = tuple(matrix.targets[place] for place in there)
    return replace(matrix, targets=targets, s_mGy_per_MBq_s=matrix.s_mGy_per_MBq_s[there])


def with_parenchyma(matrix: SMatrix) -> SMatrix:
    """The matrix with each organ's own mass in place of that with its blood, which makes self-dose larger.

    What a source's electrons, betas and alphas bring to itself rises as the mass falls, what its photons bring to
    itself as the mass to the power of 2/3; what comes from elsewhere stays. Organs whose parenchyma is not heavier
    than the whole are those of both names.

    Source: mass scaling of MIRD Pamphlet 11 (1975) and of R. Howell et al., J Nucl Med 40 (1999) 37S.
    """
    if matrix.masses == "parenchyma":
        return matrix
    whole, own, share = dict(matrix.target_masses_g), dict(matrix.source_masses_g), dict(matrix.self_electron_share)
    values = matrix.s_mGy_per_MBq_s.copy()
    masses = dict(whole)
    for name in share:
        if name in whole and 0 < own.get(name, 0.0) < whole[name]:
            ratio = whole[name] / own[name]
            place = matrix.targets.index(name), matrix.sources.index(name)
            values[place] *= share[name] * ratio + (1 - share[name]) * ratio ** (2 / 3)
            masses[name] = own[name]
    return replace(
        matrix,
        s_mGy_per_MBq_s=values,
        target_masses_g=tuple(masses.items()),
        masses="parenchyma",
        because=(
            *matrix.because,
            "masses of organs without their blood: self-dose of electrons, betas and alphas by 1/mass, of photons by "
            "mass^(-2/3); dose from other regions as with blood",
        ),
    )
