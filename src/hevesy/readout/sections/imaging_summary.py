"""The answers of an imaging trial first: who was imaged, does it find the tumour, at which activity and time best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.readout.sections import accuracy, administered, dose_times, flow, population, quality, safety
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.followed import Followed
    from hevesy.conduct.imaged import Imaged
    from hevesy.conduct.treated import Activities


def summary(found: Imaged, followed: Followed, activities: Activities | None, corrections: Number) -> Section:
    """One paragraph per question, made of the numbers of the sections below."""
    blocks: list[Block] = [
        said("Who was imaged? ", *_who(found, activities), tone="answer"),
        said("Does it find the tumour? ", *accuracy.in_short(found), tone="answer"),
        said("Which activity and time are best? ", *_best(found), tone="answer"),
        said("Is it safe? ", *_safe(found, followed), tone="answer"),
        said("Can we stand behind it? ", *_trust(found, followed, corrections), tone="answer"),
    ]
    return Section(id="summary", title="Summary", blocks=tuple(blocks))


def _who(found: Imaged, activities: Activities | None) -> list[Part]:
    if not found.groups:
        return ["nobody is assigned."]
    last = len(found.groups) - 1
    parts: list[Part] = []
    for place, step in enumerate(found.flow):
        parts += [", " if place else "", flow.reached(step, found.groups[last], last), f" {step.words}"]
    if activities is not None:
        for one in activities.by_group:
            if one.group.id != "all":
                parts += [f"; {one.group.name}: mean ", administered.mean_activity(one, activities)]
    return [*parts, "."]


def _best(found: Imaged) -> list[Part]:
    cells = found.dose_times
    told = [grid for grid in cells.grids if grid.compared is not None] if cells is not None else []
    if not told:
        return ["not known, because no scan was measured that could be compared."]
    parts: list[Part] = []
    for grid in told:
        parts += [" " if parts else "", *dose_times.in_short(grid)]
    return parts


def _safe(found: Imaged, followed: Followed) -> list[Part]:
    died: Part = population.deaths(found.groups[-1]) if found.groups else "deaths not known: 0"
    if followed.safety is None:
        return [died, " died; adverse events not known, because none have been delivered."]
    told = ("not known" if part is None else part for part in safety.in_short(followed.safety))
    return [died, " died; ", *told, "."]


def _trust(found: Imaged, followed: Followed, corrections: Number) -> list[Part]:
    far = {one.subject: one for one in found.too_far}
    stands = followed.quality
    count = number(
        "n-too-far",
        len(far),
        label="Patients with scan and specimen too far apart",
        definition="patients with more days between a scan and its specimen than the protocol allows; they count",
        population=f"patients with both (n={len({one.subject for one in found.intervals})})",
        because=tuple(f"{one.subject}: {one.modality}, {one.days} d" for one in found.too_far) or ("none",),
        rows=(row for one in found.too_far for row in one.rows),
    )
    return [
        count,
        " with scan and specimen farther apart than planned, named and counted; ",
        quality.disagreements(stands),
        " reported values disagree with ours; ",
        quality.questioned(stands),
        " values are questioned; ",
        corrections,
        " corrections and withdrawals.",
    ]
