"""What the protocol's own design does on average, worked out before any data.

Exact, under DLT rates that are assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.next_dose import design_of
from hevesy.errors import CannotAnswerError
from hevesy.plan.escalation.crm import skeleton
from hevesy.plan.escalation.design import Cell, DescribedDesign
from hevesy.plan.escalation.exact import OperatingCharacteristics, operating_characteristics
from hevesy.study.protocol import Escalation, Stratum, TrialProtocol

ASSUMED_TARGET, ASSUMED_HALF_WIDTH = 0.25, 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """A world in which one level has the target DLT rate, and what the design does in it."""

    right_level: int
    found: OperatingCharacteristics


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignOnPaper:
    """The design in words, its decision table where it has one, and its operating characteristics.

    `because` where there are none.
    """

    paragraph: str
    cells: tuple[Cell, ...]
    expectations: tuple[Expectation, ...]
    because: str | None
    stratum: str | None = None


def assumed_rates(levels: int, right_level: int, target: float = ASSUMED_TARGET) -> tuple[float, ...]:
    """DLT rates by level with the target at one level, the others spread as in a skeleton of half width 0.08.

    >>> [round(rate, 2) for rate in assumed_rates(4, 3)]
    [0.03, 0.11, 0.25, 0.42]
    """
    return skeleton(ASSUMED_HALF_WIDTH, target, right_level, levels)


def on_paper(protocol: TrialProtocol) -> tuple[DesignOnPaper, ...]:
    """The protocol's design as it stands on paper, of each stratum by itself; none where the protocol has no design."""
    if protocol.escalation is None or protocol.dlt is None:
        return ()
    strata: tuple[Stratum | None, ...] = protocol.escalation.strata or (None,)
    return tuple(_of_stratum(protocol, protocol.escalation, stratum) for stratum in strata)


def _of_stratum(protocol: TrialProtocol, escalation: Escalation, stratum: Stratum | None) -> DesignOnPaper:
    design, levels = design_of(protocol, stratum), len(protocol.dose_levels)
    target, name = escalation.target or ASSUMED_TARGET, stratum.name if stratum is not None else None
    cells = _cells(design, escalation.n_max or 0)
    try:
        complete = design.complete()
        found = tuple(
            Expectation(
                right_level=level, found=operating_characteristics(complete, assumed_rates(levels, level, target))
            )
            for level in range(1, levels + 1)
        )
    except (CannotAnswerError, ValueError) as error:
        return DesignOnPaper(paragraph=design.paragraph, cells=cells, expectations=(), because=str(error), stratum=name)
    return DesignOnPaper(paragraph=design.paragraph, cells=cells, expectations=found, because=None, stratum=name)


def _cells(design: DescribedDesign, n_max: int) -> tuple[Cell, ...]:
    try:
        return design.decision_table(n_max)
    except ValueError:
        return ()
