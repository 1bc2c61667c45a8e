"""From enrolment to the analysis of an imaging trial: who reached each step, and why the others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import table
from hevesy.readout.sections.numbers import head_count
from hevesy.readout.sections.population import deaths

if TYPE_CHECKING:
    from hevesy.conduct.groups import Group
    from hevesy.conduct.imaged import Imaged, Step

MOST_LOST = 80


def flow(found: Imaged) -> Section:
    """Each step by arm, and every subject that was lost at one with the reason."""
    rows: list[tuple[Part, ...]] = [
        (step.title, *(reached(step, group, place) for place, group in enumerate(found.groups))) for step in found.flow
    ]
    rows.append(("Died", *(deaths(group) for group in found.groups)))
    columns = ("Step", *(group.name for group in found.groups))
    blocks: list[Block] = [table("flow", "Flow of subjects", columns, rows, "Each step is of those of the one before.")]
    lost = [(subject, step.title, why) for step in found.flow for subject, why in step.lost]
    if lost:
        blocks.append(said("Who did not reach a step, and why:"))
        told = shortened(lost, MOST_LOST, told=lambda one: f"{one[0]}: not in '{one[1]}': {one[2]}")
        blocks.append(Listing(items=tuple((sentence,) for sentence in told)))
    unassigned = [item for item in found.analysis.subjects if item.arm is None]
    if unassigned:
        count = head_count(
            "n-unassigned",
            unassigned,
            label="Without an arm",
            definition="subjects whose code has no arm in the protocol",
            population="all subjects",
        )
        blocks.append(said(count, " subjects have no arm."))
    return Section(id="disposition", title="Flow of subjects", blocks=tuple(blocks))


def reached(step: Step, group: Group, place: int) -> Number:
    """How many of a group reached a step."""
    return head_count(
        f"n-{step.key}-{group.id}",
        step.by_group[place],
        label=f"{step.title}, {group.name}",
        definition=step.definition,
        population=group.name,
    )
