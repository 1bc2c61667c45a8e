"""Dose to organs of a phantom per decay in its regions: the S matrix, and what its figures mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.provenance import Source

Floats = NDArray[np.float64]
Masses = Literal["with blood", "parenchyma"]
"""Whether the masses of organs hold the blood in them (ICRP Publication 133) or not (OLINDA, OpenDose)."""
Daughters = Literal["none matter", "nuclide alone", "with daughters"]


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
    because: tuple[str, ...]
    source: Source

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
