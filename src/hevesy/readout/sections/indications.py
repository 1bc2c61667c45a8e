"""Several indications: response of each alone and borrowing, by two readings, and beside the total activity."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.names import slug, token
from hevesy.readout.figures.forest import forest_figure
from hevesy.readout.sections.numbers import number, share_number
from hevesy.readout.wording import percent

if TYPE_CHECKING:
    from hevesy.conduct.groups import Share
    from hevesy.conduct.indications import ActivityGroup, ByIndication, IndicationOutcome
    from hevesy.study.protocol import Indications
    from hevesy.units import ActivityUnit

DEFINITION = "treated subjects whose best response is a response of the indication's criteria"


def indications(found: ByIndication, unit: ActivityUnit) -> Section:
    """Response by indication."""
    plan = found.plan
    drawn = [
        (
            one.arm.name,
            one.responders / len(one.judged),
            (one.interval.lower, one.interval.upper) if one.interval else None,
            (one.borrowed_mean, one.borrowed_lower, one.borrowed_upper),
        )
        for one in found.outcomes
    ]
    blocks: list[Block] = [
        _rates(found),
        forest_figure(drawn, plan.null_rate, plan.method),
        said(
            f"Responders as called by {plan.evaluator}; best response, confirmed where the criteria ask for it. "
            f"Borrowing: {plan.method}, {found.assumptions}. A small indication moves towards the others; "
            "read both columns."
        ),
    ]
    if found.by_activity and plan.total_activity_threshold_MBq is not None:
        blocks.append(_by_activity(found.by_activity, plan.total_activity_threshold_MBq, unit))
        blocks.append(
            said(
                "A threshold of total activity mixes the dose level with body size: at one level per m2 the "
                "large get more. The groups were not assigned, and differ in what the last columns show.",
                tone="caution",
            )
        )
    return Section(id="indications", title="Response by indication", blocks=tuple(blocks))


def _rates(found: ByIndication) -> Table:
    plan = found.plan
    readers = tuple(sorted({name for one in found.outcomes for name, _ in one.others}))
    return table(
        "indications",
        "Response by indication",
        (
            "Indication",
            "Criteria, and who responded",
            f"Responders, {plan.evaluator}",
            *(f"Responders, {name}" for name in readers),
            "Responders, derived from findings",
            "Borrowing: mean (95 %)",
            "P(rate > null)",
        ),
        (_row(found, one, readers) for one in found.outcomes),
        f"Exact 95 % intervals of each by itself. Null rate {percent(plan.null_rate)}.",
    )


def _row(found: ByIndication, one: IndicationOutcome, readers: tuple[str, ...]) -> tuple[Part, ...]:
    plan, key, criteria = found.plan, token(one.arm.code), one.criteria
    derived = one.derived_share
    above = number(
        f"indication-above-{key}",
        one.above_null,
        "not computed" if one.above_null is None else f"{one.above_null:.3f}",
        label=f"{one.arm.name}: probability that the rate exceeds {percent(plan.null_rate)}",
        definition=f"posterior probability, {plan.method}: {found.assumptions}",
        population=f"treated, {one.arm.name} (n={len(one.judged)})",
        because=(f"{one.responders} of {len(one.judged)} here, with {len(found.outcomes) - 1} other indications",),
        rows=(row for other in found.outcomes for judged in other.judged for row in judged.rows),
    )
    return (
        one.arm.name,
        f"{criteria.name}: {criteria.best_first[criteria.responses - 1][-1]} or better",
        responders(one, plan),
        *(_other(one, name, key, place) for place, name in enumerate(readers)),
        _share(f"indication-derived-{key}", derived, f"{one.arm.name}, derived here") if derived else "not delivered",
        _borrowed(found, one, key),
        above,
    )


def responders(one: IndicationOutcome, plan: Indications) -> Number | str:
    """Responders of an indication by the reading that counts."""
    share = one.share
    if share is None:
        return "nobody"
    return _share(f"indication-{token(one.arm.code)}", share, f"{one.arm.name}, {plan.evaluator}")


def _other(one: IndicationOutcome, name: str, key: str, place: int) -> Number | str:
    """Responders of a further reader; the second and later ones carry their place in the id."""
    share = one.share_of_reader(name)
    if share is None:
        return "not delivered"
    return _share(f"indication-other-{key}" + (f"-{place + 1}" if place else ""), share, f"{one.arm.name}, {name}")


def _share(id: str, share: Share, name: str) -> Number:
    return share_number(id, share, label=f"Response rate, {name}", definition=DEFINITION, population=f"treated, {name}")


def _borrowed(found: ByIndication, one: IndicationOutcome, key: str) -> Number | str:
    if one.borrowed_mean is None or one.borrowed_lower is None or one.borrowed_upper is None:
        return "not computed"
    return number(
        f"indication-borrowed-{key}",
        one.borrowed_mean,
        f"{percent(one.borrowed_mean)} ({percent(one.borrowed_lower)} to {percent(one.borrowed_upper)})",
        label=f"Response rate of {one.arm.name}, borrowing",
        definition=f"posterior mean and central 95 % interval, {found.plan.method}: {found.assumptions}",
        population=f"treated, {one.arm.name} (n={len(one.judged)}), with the other indications",
        because=(f"{one.responders} of {len(one.judged)} by itself",),
        rows=(row for judged in one.judged for row in judged.rows),
    )


def _by_activity(groups: tuple[ActivityGroup, ...], limit_MBq: float, unit: ActivityUnit) -> Table:
    rows: list[tuple[Part, ...]] = []
    limit = f"{limit_MBq / unit.factor:g} {unit.name}"
    for group in groups:
        key, share = slug(group.name), group.share
        rows.append(
            (
                f"{group.name} {limit}" if group.total_known else group.name,
                _share(f"activity-response-{key}", share, f"total activity {group.name} {limit}")
                if share
                else "nobody",
                _mean(group, f"activity-total-{key}", group.mean_total_MBq, unit.plain, "total administered activity"),
                _mean(
                    group,
                    f"activity-per-area-{key}",
                    group.mean_per_area_MBq_per_m2,
                    lambda value: f"{unit.plain(value)}/m2",
                    "total activity per area",
                ),
                _mean(group, f"activity-area-{key}", group.mean_area_m2, "{:.3g} m2".format, "body surface area"),
            )
        )
    return table(
        "total-activity",
        "Response by total administered activity",
        ("Total activity", "Responders", "Mean total", "Mean per area", "Mean body surface area"),
        rows,
    )


def _mean(group: ActivityGroup, id: str, value: float | None, shown: Callable[[float], str], what: str) -> Number | str:
    if value is None:
        return "not known"
    return number(
        id,
        value,
        shown(value),
        label=f"Mean {what}, {group.name}",
        definition=f"mean over treated subjects of the {what}",
        population=f"treated, total activity {group.name} the threshold (n={len(group.judged)})",
        because=(f"n={len(group.judged)}",),
        rows=(row for one in group.judged for row in one.item.given.exposure.rows),
    )
