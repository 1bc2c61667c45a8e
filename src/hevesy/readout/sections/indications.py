"""Several indications: response of each alone and borrowing, by two readings, and beside the total activity."""

from __future__ import annotations

from collections.abc import Callable

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.conduct.analysis import Analysis
from hevesy.conduct.indications import (
    ActivityGroup,
    IndicationOutcome,
    Judged,
    assumptions,
    by_total_activity,
    outcomes,
)
from hevesy.follow.response.criteria import CRITERIA
from hevesy.names import slug, token
from hevesy.readout.figures.forest import forest_figure
from hevesy.readout.sections.groups import number, share
from hevesy.readout.wording import percent
from hevesy.study.protocol import Indications
from hevesy.units import ActivityUnit


def indications(analysis: Analysis) -> Section | None:
    """Response by indication, where the protocol asks for it."""
    plan = analysis.study.protocol.indications
    if plan is None:
        return None
    found = outcomes(analysis)
    if not found:
        return None
    blocks: list[Block] = [_rates(found, plan)]
    drawn = [
        (one.arm.name, one.responders / len(one.judged), (one.interval.lower,
                                                          one.interval.upper) if one.interval else None,
         (one.borrowed_mean, one.borrowed_lower, one.borrowed_upper))
        for one in found
    ]  # fmt: skip
    blocks.append(forest_figure(drawn, plan.null_rate, plan.method))
    blocks.append(
        said(
            f"Responders as called by {plan.evaluator}; best response, confirmed where the criteria ask for it. "
            f"Borrowing: {plan.method}, {assumptions(plan)}. A small indication moves towards the others; "
            "read both columns."
        )
    )
    groups = by_total_activity(analysis, found)
    if groups and plan.total_activity_threshold_MBq is not None:
        blocks.append(_by_activity(groups, plan.total_activity_threshold_MBq, analysis.study.protocol.activity_unit))
        blocks.append(
            said(
                "A threshold of total activity mixes the dose level with body size: at one level per m2 the "
                "large get more. The groups were not assigned, and differ in what the last columns show.",
                tone="caution",
            )
        )
    return Section(id="indications", title="Response by indication", blocks=tuple(blocks))


def _rates(found: tuple[IndicationOutcome, ...], plan: Indications) -> Table:
    rows: list[tuple[Part, ...]] = []
    readers = tuple(sorted({name for one in found for name, _ in one.others}))
    for one in found:
        key, criteria = token(one.arm.code), dict(plan.criteria)[one.arm.code]
        rows.append(
            (
                one.arm.name,
                (
                    f"{CRITERIA[criteria].name}: "
                    f"{CRITERIA[criteria].best_first[CRITERIA[criteria].responses - 1][-1]} or better"
                ),
                _share(f"indication-{key}", one.judged, f"{one.arm.name}, {plan.evaluator}"),
                *(_other(one, name, key, place) for place, name in enumerate(readers)),
                *(
                    (_share(f"indication-derived-{key}", one.derived, f"{one.arm.name}, derived here"),)
                    if one.derived
                    else ("not delivered",)
                ),
                _borrowed(one, key, plan),
                number(
                    f"indication-above-{key}",
                    one.above_null,
                    "not computed" if one.above_null is None else f"{one.above_null:.3f}",
                    label=f"{one.arm.name}: probability that the rate exceeds {percent(plan.null_rate)}",
                    definition=f"posterior probability, {plan.method}: {assumptions(plan)}",
                    population=f"treated, {one.arm.name} (n={len(one.judged)})",
                    because=(f"{one.responders} of {len(one.judged)} here, with {len(found) - 1} other indications",),
                    rows=(row for other in found for judged in other.judged for row in judged.rows),
                ),
            )
        )
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
        rows,
        f"Exact 95 % intervals of each by itself. Null rate {percent(plan.null_rate)}.",
    )


def _other(one: IndicationOutcome, name: str, key: str, place: int) -> Number | str:
    """Responders of a further reader; the second and later ones carry their place in the id."""
    judged = dict(one.others).get(name)
    if judged is None:
        return "not delivered"
    return _share(f"indication-other-{key}" + (f"-{place + 1}" if place else ""), judged, f"{one.arm.name}, {name}")


def _share(id: str, judged: tuple[Judged, ...], name: str) -> Number:
    return share(
        id,
        [(one.responded, f"{one.item.subject.id}: {one.best} ({one.because})", one.rows) for one in judged],
        label=f"Response rate, {name}",
        definition="treated subjects whose best response is a response of the indication's criteria",
        population=f"treated, {name}",
    )


def _borrowed(one: IndicationOutcome, key: str, plan: Indications) -> Number | str:
    if one.borrowed_mean is None or one.borrowed_lower is None or one.borrowed_upper is None:
        return "not computed"
    return number(
        f"indication-borrowed-{key}",
        one.borrowed_mean,
        f"{percent(one.borrowed_mean)} ({percent(one.borrowed_lower)} to {percent(one.borrowed_upper)})",
        label=f"Response rate of {one.arm.name}, borrowing",
        definition=f"posterior mean and central 95 % interval, {plan.method}: {assumptions(plan)}",
        population=f"treated, {one.arm.name} (n={len(one.judged)}), with the other indications",
        because=(f"{one.responders} of {len(one.judged)} by itself",),
        rows=(row for judged in one.judged for row in judged.rows),
    )


def _by_activity(groups: tuple[ActivityGroup, ...], limit_MBq: float, unit: ActivityUnit) -> Table:
    rows: list[tuple[Part, ...]] = []
    limit = f"{limit_MBq / unit.factor:g} {unit.name}"
    for group in groups:
        key = slug(group.name)
        rows.append(
            (
                f"{group.name} {limit}" if group.name != "not known" else group.name,
                _share(f"activity-response-{key}", group.judged, f"total activity {group.name} {limit}"),
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
        rows=(row for one in group.judged for row in one.item.exposure.rows),
    )
