"""S values in a plan: which table they are of, what its figures mean, and those of the regions that are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from hevesy.errors import FieldError
from hevesy.radiation.words import Daughters, Masses
from hevesy.study.declared import Dimension, Key, Name, Percent, keep
from hevesy.study.protocol.listed import known, once

SOURCE_UP_TO = 300
"""Characters of a source: author, journal, year, page or table."""
S_UP_TO = 1e3
"""mGy/(MBq s): of a milligram of tissue that holds a strong alpha emitter; beyond it the unit is another."""
MASS_UP_TO_g = 3e5


@dataclass(frozen=True, slots=True, kw_only=True)
class SPair:
    """Dose to a target per decay in a source, by their names in the table."""

    target: Annotated[str, Name()]
    source: Annotated[str, Name()]
    s_mGy_per_MBq_per_s: Annotated[float, Dimension("s_value"), Key("s")]
    electron_share: float | None = None
    """Of a region's dose to itself: what electrons, betas and alphas bring, which falls with 1/mass; None: not told."""

    def __post_init__(self) -> None:
        keep(self)
        if self.s_mGy_per_MBq_per_s > S_UP_TO:
            rule = f"lies below {S_UP_TO:g} mGy/(MBq s), got {self.s_mGy_per_MBq_per_s:g}: its unit is another"
            raise FieldError("s_mGy_per_MBq_per_s", rule, self.s_mGy_per_MBq_per_s)
        if self.electron_share is not None and not 0 <= self.electron_share <= 1:
            raise FieldError("electron_share", f"lies in 0..1, got {self.electron_share:g}", self.electron_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMass:
    """What a region weighs in the table: its own dose was divided by it."""

    region: Annotated[str, Name()]
    mass_g: Annotated[float, Dimension("tissue_mass"), Key("mass")]

    def __post_init__(self) -> None:
        keep(self)
        if self.mass_g > MASS_UP_TO_g:
            raise FieldError("mass_g", f"lies below {MASS_UP_TO_g:g} g, got {self.mass_g:g} g", self.mass_g)


@dataclass(frozen=True, slots=True, kw_only=True)
class SValuesDeclared:
    """The S values that doses are worked out with, and what their figures mean: none of it can be read off them.

    With pairs a subject that has no S values of its own anatomy is dosed by them, scaled to its own masses. The figures
    are the user's own.
    """

    table: Annotated[str, Name(SOURCE_UP_TO)]
    """Which: program or publication, version, phantom."""
    masses: Masses | None = None
    daughters: Daughters | None = None
    alpha_weight: float | None = None
    """What doses by alphas were multiplied by; 1: absorbed dose."""
    nuclide: Annotated[str | None, Name()] = None
    """Whose decays the pairs count; needed with them."""
    uncertainty_percent: Annotated[float | None, Percent()] = None
    """Of every value of a pair (k = 1), shared by all: what a phantom is off a patient by, beyond mass."""
    total_body: Annotated[str | None, Name()] = None
    """The source among the pairs that is the whole body: the remainder is it less the regions, by mass."""
    pairs: Annotated[tuple[SPair, ...], Key("pair")] = ()
    table_masses: Annotated[tuple[TableMass, ...], Key("mass")] = ()

    def __post_init__(self) -> None:
        keep(self)
        for name, words in (
            ("masses", "whether masses of organs hold their blood (with blood, parenchyma)"),
            ("daughters", "whether daughters are in them (none matter, nuclide alone, with daughters)"),
            ("alpha_weight", "what alphas are weighted by (1: not at all)"),
        ):
            if getattr(self, name) is None:
                raise FieldError(name, f"must be given: {words}; S values do not say it themselves")
        if self.alpha_weight is None or not 0 < self.alpha_weight <= 20:
            raise FieldError("alpha_weight", f"lies above 0 and at most at 20, got {self.alpha_weight:g}")
        self._hold_pairs()

    def _hold_pairs(self) -> None:
        if not self.pairs:
            for name in ("nuclide", "uncertainty_percent", "total_body"):
                if (value := getattr(self, name)) is not None:
                    raise FieldError(name, "is of pairs, and there are none ([[dosimetry.s_values.pair]])", value)
            if self.table_masses:
                raise FieldError("table_masses", "are of pairs, and there are none ([[dosimetry.s_values.pair]])")
            return
        if self.nuclide is None:
            raise FieldError(
                "nuclide", "must be given: whose decays the pairs count; S values do not say it themselves"
            )
        once((f"{one.target} from {one.source}" for one in self.pairs), "pairs", "pair")
        once((one.region for one in self.table_masses), "table_masses", "mass")
        for place, one in enumerate(self.table_masses, start=1):
            known(one.region, self.names, f"table_masses[{place}].region", "target or source of a pair")
        if self.total_body is not None:
            known(self.total_body, (one.source for one in self.pairs), "total_body", "source of a pair")

    @property
    def names(self) -> tuple[str, ...]:
        """What regions are called in the table, each once."""
        return tuple(dict.fromkeys(name for one in self.pairs for name in (one.target, one.source)))
