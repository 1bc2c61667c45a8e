"""Beside published arms: what others reported, like for like, and what the comparison does not permit to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Part
from hevesy.blocks.prose import Paragraph, listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.names import slug
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import p_value, percent

if TYPE_CHECKING:
    from hevesy.check.published_arms import Comparison
    from hevesy.conduct.published import Beside


def published(found: Sequence[Beside]) -> Section | None:
    """A table for each definition of response; nobody in it is compared by another definition."""
    if not found:
        return None
    blocks: list[Block] = []
    for one in found:
        blocks += [_ours(one), _theirs(one)]
    shared = [
        told
        for told in found[0].comparisons[0].caveats
        if all(told in other.caveats for one in found for other in one.comparisons)
    ]
    blocks += [
        said("What none of these comparisons permits:"),
        listed(*shared),
    ]
    return Section(id="published", title="Beside published arms", blocks=tuple(blocks))


def _ours(one: Beside) -> Paragraph:
    ours, interval = one.ours, one.interval
    share = number(
        f"published-ours-{one.definition.lower()}",
        one.rate,
        (f"{ours.responders}/{ours.n} = {percent(one.rate)} ({percent(interval.lower)} to {percent(interval.upper)})"),
        label=f"{one.definition} of this study",
        definition=(
            f"{one.definition} of treated subjects judged by myeloma criteria; exact 95 % interval (Clopper-Pearson)"
        ),
        population=f"treated, response-evaluable by myeloma criteria (n={ours.n})",
        because=(f"{ours.responders} of {ours.n}",),
        rows=one.rows,
    )
    left_out = (
        f"; {one.not_judged} more were treated and could not be judged: they are in neither number"
        if one.not_judged
        else ""
    )
    return said(f"{one.definition} here, over all doses and arms: ", share, f"{left_out}.")


def _theirs(one: Beside) -> Table:
    return table(
        f"published-{one.definition.lower()}",
        f"{one.definition} of published arms in relapsed or refractory myeloma",
        (
            "Regimen",
            "Trial",
            one.definition,
            "Exact p",
            "Median PFS",
            "Median OS",
            "Median prior lines",
            "Source",
        ),
        (_arm(one, place) for place in one.comparisons),
        "No arm was randomised against this study. A p value stands only beside a rate of the same definition.",
    )


def _arm(one: Beside, place: Comparison) -> tuple[Part, ...]:
    arm, printed = place.arm, place.arm.percent_of(one.definition)
    against: Part = "none" if printed else "none: another definition"
    if place.p_exact is not None:
        against = number(
            f"published-{one.definition.lower()}-{slug(arm.trial)}",
            place.p_exact,
            p_value(place.p_exact),
            label=f"{one.definition} against {arm.trial}, exact p",
            definition=(
                "Fisher's exact test of two arms that were not randomised against each other and are not adjusted"
            ),
            population=f"{one.ours.n} here and {arm.n} there",
            because=(place.because, *place.caveats),
            rows=one.rows,
        )
    limits = "" if place.theirs is None else f" ({percent(place.theirs.lower)} to {percent(place.theirs.upper)})"
    rate = f"{printed} % of {arm.n}{limits}" if printed else "not printed"
    medians = (f"{text} months" if text else "not printed" for text in (arm.median_pfs, arm.median_os))
    return (arm.regimen, arm.trial, rate, against, *medians, arm.prior_lines, arm.source)
