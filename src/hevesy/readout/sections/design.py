"""The design on paper: how doses are escalated, and what that does on average, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.names import token
from hevesy.readout.figures.decisions import decision_figure, selection_figure
from hevesy.readout.sections.decision import level_name
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.expectations import DesignOnPaper, Expectation
    from hevesy.study.subject import Study


def design_on_paper(found: Sequence[DesignOnPaper], study: Study) -> Section | None:
    """The protocol paragraph, the decision table and the exact operating characteristics of the study's own design.

    By stratum.
    """
    blocks = [block for one in found for block in _of_stratum(study, one)]
    return Section(id="design", title="The design on paper", blocks=tuple(blocks)) if blocks else None


def _of_stratum(study: Study, found: DesignOnPaper) -> list[Block]:
    suffix, whose = (
        (f"-{token(found.stratum)}", f", stratum {found.stratum}") if found.stratum is not None else ("", "")
    )
    named = f"Stratum {found.stratum}: " if found.stratum is not None else ""
    blocks: list[Block] = [said(f"{named}{found.paragraph}")]
    if found.cells:
        blocks.append(decision_figure(found.cells, f"decision-grid{suffix}"))
    if found.because is not None:
        blocks.append(said(f"Operating characteristics cannot be given exactly: {found.because}."))
        return blocks
    names = [level_name(study, level.number) for level in study.protocol.dose_levels]
    caption = "Exact operating characteristics of this design: how often each level is selected, subjects and DLTs"
    blocks.append(
        table(
            f"operating-characteristics{suffix}",
            f"{caption}{whose}",
            ("Assumed DLT rates", *map(of_numbers, ("none", *names, "subjects", "DLTs", "4 or more DLTs"))),
            (_row(world, suffix) for world in found.expectations),
            "The rates are assumed so that one level after the other has a DLT rate of the target (25 % where "
            "the design has none).",
        )
    )
    scenarios = [(f"target at level {world.right_level}", world.found.selected) for world in found.expectations]
    blocks.append(selection_figure(scenarios, f"selection{suffix}"))
    return blocks


def _row(world: Expectation, suffix: str) -> tuple[Part, ...]:
    """What the design does in one world, every number with its rates."""
    found, told = world.found, ", ".join(f"{rate:.2f}" for rate in world.found.p)

    def shown(name: str, value: float, text: str, definition: str) -> Part:
        return number(
            f"oc-{world.right_level}-{name}{suffix}",
            value,
            text,
            label=f"{definition}, target at level {world.right_level}",
            definition=f"{definition} under DLT rates {told} by level",
            population="all trials the design can produce",
            because=(
                f"exact: probability carried over {found.states} states, no simulation",
                "the DLT rates are assumed, not estimated",
            ),
        )

    return (
        f"target at level {world.right_level} ({told})",
        *(
            shown(
                f"selected-{level}",
                chance,
                f"{100 * chance:.1f} %",
                f"probability that {f'level {level}' if level else 'none'} is selected",
            )
            for level, chance in enumerate(found.selected)
        ),
        shown("subjects", found.expected_n, f"{found.expected_n:.1f}", "expected number of subjects"),
        shown("dlts", sum(found.mean_dlt), f"{sum(found.mean_dlt):.2f}", "expected number of DLTs"),
        shown("risk-4", found.risk_of(4), f"{100 * found.risk_of(4):.1f} %", "probability of 4 or more DLTs"),
    )
