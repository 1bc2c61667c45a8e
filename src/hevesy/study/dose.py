"""What a team doses by: activity per body surface area, per body mass or for everybody alike, or the dose to an organ.

Doses of two bases are never compared or added: they are different things, whatever their unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from hevesy.errors import RuleError
from hevesy.study.declared import Dimension, keep
from hevesy.units import INTERNAL_UNIT, ActivityUnit, factor_of, parse_quantity, unit_written

Basis = Literal["body surface area", "body mass", "fixed activity", "absorbed dose", "BED"]
DIMENSION: dict[Basis, str] = {
    "body surface area": "activity_per_area",
    "body mass": "activity_per_mass",
    "fixed activity": "activity",
    "absorbed dose": "dose",
    "BED": "dose",
}
"""Dimension of the amount of a dose, by what it is based on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearQuadratic:
    """How an organ's biologically effective dose follows from its absorbed dose.

    Alpha over beta, and the two half-lives.
    """

    alpha_beta_Gy: Annotated[float, Dimension("dose")]
    repair_half_life_h: Annotated[float, Dimension("time")]
    effective_half_life_h: Annotated[float, Dimension("time")]

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """An amount in the internal unit of its basis; `organ` and `effect` where the dose is one to an organ."""

    amount: float
    basis: Basis
    organ: str | None = None
    effect: LinearQuadratic | None = None
    written_in: str | None = field(default=None, compare=False)
    """The unit it was written in and is shown in; None: the internal one."""

    def __post_init__(self) -> None:
        if not 0 < self.amount < float("inf"):
            raise RuleError(f"a dose level must be positive, got {self.amount:g} {self.unit}")
        if (self.organ is not None) != (self.basis in ("absorbed dose", "BED")):
            raise RuleError(
                f"an organ is named exactly where the dose is one to an organ, got {self.organ} for {self.basis}"
            )
        if (self.effect is not None) != (self.basis == "BED"):
            raise RuleError("a BED needs alpha over beta and two half-lives, and nothing else does")

    @property
    def unit(self) -> str:
        """Unit of the amount."""
        return INTERNAL_UNIT[DIMENSION[self.basis]]

    @property
    def shown_in(self) -> str:
        """The unit it is shown in."""
        return self.written_in or self.unit

    @property
    def figure(self) -> str:
        """The amount in the unit it is shown in."""
        return f"{self.amount / factor_of(self.shown_in, DIMENSION[self.basis]):.10g}"

    @property
    def activity_unit(self) -> ActivityUnit:
        """The unit of the activities that follow from it: its own without area or mass; MBq of a dose to an organ."""
        return ActivityUnit() if self.organ is not None else ActivityUnit(self.shown_in.partition("/")[0])

    @property
    def kind(self) -> tuple[Basis, str | None, LinearQuadratic | None]:
        """What must be equal for two doses to be compared."""
        return self.basis, self.organ, self.effect

    def times(self, number: int) -> Dose:
        """So many of them together."""
        return replace(self, amount=self.amount * number)

    def __str__(self) -> str:
        """In the unit it was written in.

        >>> str(parse_activity("12.5 mCi/m2")), str(Dose(amount=2.0, basis="absorbed dose", organ="red marrow"))
        ('12.5 mCi/m2', '2 Gy to the red marrow')
        """
        return f"{self.figure} {self.shown_in}" + (
            f" {'BED ' if self.basis == 'BED' else ''}to the {self.organ}" if self.organ else ""
        )


def parse_activity(text: str) -> Dose:
    """A level as activity: per body surface area, per body mass or fixed, told apart by the unit.

    >>> parse_activity("5 MBq/kg").basis, parse_activity("7.4GBq").amount
    ('body mass', 7400.0)
    """
    bases: tuple[Basis, ...] = ("body surface area", "body mass", "fixed activity")
    for basis in bases:
        try:
            amount, unit = parse_quantity(text, DIMENSION[basis]), unit_written(text, DIMENSION[basis])
        except RuleError:
            continue
        return Dose(amount=amount, basis=basis, written_in=unit)
    parse_quantity(text, "activity_per_area")
    raise AssertionError
