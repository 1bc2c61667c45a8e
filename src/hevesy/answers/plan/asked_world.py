"""Where the true DLT rates of a question come from: from doses to an organ, or cell by cell of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import Numbers, Quantities, Read, instance
from hevesy.errors import QuestionError, RuleError
from hevesy.units import parse_quantity

if TYPE_CHECKING:
    from hevesy.answers.plan.asked_design import AskedDesign
    from hevesy.plan.escalation.partial_order import PartialOrderCRM


LARGEST_CV = 2.0
"""Between patients; of doses to an organ published ones lie below 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DosedLevels:
    """Median doses to an organ by level, the dose at which half have a DLT, the slope, the spread between patients."""

    doses_Gy: tuple[float, ...]
    dose_50_Gy: float
    slope: float
    cv: float

    def rates(self, cycles: int = 1) -> tuple[float, ...]:
        """Mean DLT rates by level; with cycles by level and then by their number, each cycle giving the dose again."""
        from hevesy.plan.escalation.onset import UniformOnset
        from hevesy.plan.escalation.scenario import OrganToxicity

        organ = OrganToxicity(
            organ="organ", dose_50_Gy=self.dose_50_Gy, slope=self.slope, Gy_per_GBq=1.0, cv=self.cv, dosimetry_cv=0.0
        )
        doses = [dose * number for dose in self.doses_Gy for number in range(1, cycles + 1)]
        return organ.prescribed_by_activity("given", doses, UniformOnset()).p

    def told(self, rates: Sequence[float]) -> str:
        """Where the rates come from."""
        doses = ", ".join(f"{dose:g}" for dose in self.doses_Gy)
        return (
            f"DLT rates {', '.join(f'{rate:.4g}' for rate in rates)} from median doses of {doses} Gy: log-logistic, "
            f"half have a DLT at {self.dose_50_Gy:g} Gy, slope {self.slope:g}; between patients the dose at a level is "
            f"lognormal with a coefficient of variation of {self.cv:g}"
        )


def _dosed(words: str) -> DosedLevels:
    levels, slash, law = words.partition("/")
    parts = law.split(",")
    if not slash or len(parts) != 3:
        raise RuleError("doses by level, the dose of half, slope and spread are needed, as in 1Gy,2Gy/2.2Gy,4,0.4")
    doses = Quantities(dimension="dose", unit="Gy").read(levels)
    slope, cv = Numbers().read(",".join(parts[1:]))
    if cv > LARGEST_CV:
        raise RuleError(f"a spread between patients is a coefficient of variation, as in 0.4, got {cv:g}")
    found = DosedLevels(doses_Gy=doses, dose_50_Gy=parse_quantity(parts[0], "dose"), slope=slope, cv=cv)
    found.rates()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Activities in any one unit, the number of cycles each may be given in, and a limit of activity times cycles."""

    activities: tuple[float, ...]
    cycles: int
    limit: float | None = None


def _grid(words: str) -> Grid:
    cells, slash, limit = words.partition("/")
    activities, x, cycles = cells.partition("x")
    if not x or not cycles.strip().isdecimal() or int(cycles) < 1:
        raise RuleError(f"{words!r} is not activities and cycles, as in 1,2,3x2, or with a limit 1,2,3x2/4")
    found = Numbers().read(activities)
    if min(found) <= 0 or any(b <= a for a, b in pairwise(found)):
        raise RuleError(f"activities are above 0 and rise, got {activities}")
    return Grid(activities=found, cycles=int(cycles), limit=Numbers().read(limit)[0] if slash else None)


OrganDose = Annotated[
    DosedLevels | None,
    Read(
        "Not p: medians/dose of half, slope, spread; as 1Gy,2Gy/2.2Gy,4,0.4.",
        "DOSES",
        reader=_dosed,
        of_value=instance(DosedLevels),
    ),
]
AskedGrid = Annotated[
    Grid | None,
    Read(
        "Activities x cycles, as 1,2,3x2; p goes by activity, the cycles of each in turn.",
        "A,BxC",
        reader=_grid,
        of_value=instance(Grid),
    ),
]


def rates_of(
    p: Sequence[float] | None, organ_dose: DosedLevels | None, grid: Grid | None
) -> tuple[tuple[float, ...], list[str]]:
    """The true DLT rates, and where they come from."""
    if (p is None) == (organ_dose is None):
        raise QuestionError("give the true DLT rates by level: either ⟦p⟧ or ⟦organ_dose⟧", "p", "organ_dose")
    if organ_dose is None:
        return tuple(p or ()), []
    if grid is not None and len(grid.activities) != len(organ_dose.doses_Gy):
        raise QuestionError(
            f"on a grid a dose is that of one cycle of each activity, got {len(organ_dose.doses_Gy)} doses for "
            f"{len(grid.activities)} activities",
            "organ_dose",
        )
    rates = organ_dose.rates(grid.cycles if grid else 1)
    return rates, [organ_dose.told(rates)]


def grid_design(grid: Grid, by: AskedDesign) -> PartialOrderCRM:
    """The design over a grid: the continual reassessment method for partial orders."""
    from dataclasses import fields

    from hevesy.plan.escalation.partial_order import PartialOrderCRM

    meant = ("target", "skeleton", "cohort_size", "n")
    other = [one.name for one in fields(by) if one.name not in meant and getattr(by, one.name) not in (None, False, ())]
    if other:
        raise QuestionError("a grid has its own design, of ⟦target⟧, ⟦skeleton⟧, ⟦cohort_size⟧ and ⟦n⟧ alone", *other)
    if by.target is None or not by.skeleton:
        raise QuestionError(
            "a grid needs ⟦target⟧ and rising prior rates, as many as cells (⟦skeleton⟧)", "target", "skeleton"
        )
    try:
        return PartialOrderCRM(
            activity=grid.activities,
            cycles=grid.cycles,
            prior=tuple(by.skeleton),
            target=by.target,
            cohort_size=by.cohort_size or 3,
            n_max=by.n or 30,
            limit=grid.limit,
        )
    except RuleError as error:
        field = "grid" if "limit" in str(error) else "skeleton"
        more = "; over a grid it goes by rank, whichever cells they are" * (field == "skeleton")
        raise QuestionError(f"{error}{more}", field) from error
