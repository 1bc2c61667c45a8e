"""Who was treated with what: prescription, administered activity, deviation, drugs given along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import token
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.groups import Spread
    from hevesy.conduct.treated import Activities, GroupActivity, Periods, Schedule, SubjectInfusion, Treated
    from hevesy.units import ActivityUnit


def exposure(found: Treated) -> Section:
    """Activity per subject and per arm, or periods on a drug; schedules against the plan."""
    blocks: list[Block] = []
    if found.activities is not None:
        blocks += _activities(found.activities)
    if found.periods:
        blocks.append(_periods(found.periods))
    for schedule in found.schedules:
        blocks += _schedule(schedule)
    if not blocks:
        blocks.append(said("No administration has been delivered.", tone="caution"))
    return Section(id="exposure", title="Exposure", blocks=tuple(blocks))


def _activities(found: Activities) -> list[Block]:
    blocks: list[Block] = [_by_group(found), _by_subject(found)]
    if found.notes:
        blocks += [said("Other than planned:"), listed(*shortened(found.notes))]
    return blocks


def _by_subject(found: Activities) -> Table:
    unit, basis = found.unit, found.prescribed_by
    rule = f"level x body surface area ({found.body_surface_area_formula})"
    if basis is not None and basis.basis != "body surface area":
        rule = {"body mass": "level x body mass", "fixed activity": "the level"}.get(
            basis.basis, f"{basis.basis} to the {basis.organ} / the subject's dose per activity"
        )
    source = f"{found.nuclide.half_life_h / 24:.4f} d ({found.nuclide.source})" if found.nuclide else "none"
    return table(
        "exposure",
        "Activity by subject",
        (
            "Subject",
            of_numbers("Infusion"),
            of_numbers("Level", basis.shown_in if basis is not None else None),
            of_numbers("Area", "m2"),
            of_numbers("Prescribed", unit.heading),
            of_numbers("Administered", unit.heading),
            of_numbers(f"{unit.name}/m2"),
            of_numbers("Deviation"),
            of_numbers("Duration", "min"),
        ),
        (_infusion(one, unit) for one in found.infusions),
        f"Activities at the start of the infusion. Prescription: {rule}. Half-life {source}. "
        f"Tolerance {found.tolerance_percent:g} %.",
    )


def _by_group(found: Activities) -> Table:
    rows = (
        (one.group.name, mean_activity(one, found.unit), _range(one.total_MBq, found.unit), str(one.total_MBq.n))
        for one in found.by_group
    )
    return table("activity", "Administered activity in total by arm", ("Arm", "Mean", "Range", "Subjects"), rows)


def mean_activity(one: GroupActivity, unit: ActivityUnit) -> Number:
    """The mean total activity of a group."""
    total = one.total_MBq
    return number(
        f"activity-mean-{one.group.id}",
        total.mean,
        unit.text(total.mean),
        label=f"Mean administered activity, {one.group.name}",
        definition="mean over subjects of the activity administered in all infusions",
        population=f"treated, {one.group.name}",
        because=(f"{_range(total, unit)}, n={total.n}",),
        rows=one.rows,
    )


def _range(total: Spread, unit: ActivityUnit) -> str:
    return f"{unit.number(total.least)} to {unit.plain(total.most)}"


def _infusion(one: SubjectInfusion, unit: ActivityUnit) -> tuple[Part, ...]:
    plan, given, start = one.prescription, one.infusion.given, one.infusion.administration.start
    return (
        one.subject,
        f"{start:%Y-%m-%d %H:%M %Z}",
        plan.level.figure if plan else "not known",
        _area(one),
        _cell(
            one,
            "prescribed",
            plan.prescribed_MBq if plan else None,
            unit.figure(plan.prescribed_MBq) if plan else "not known",
            "Prescribed activity",
            "dose level per m2 x body surface area",
            because=one.because,
        ),
        _cell(
            one,
            "administered",
            given.administered_MBq if given else None,
            unit.figure(given.administered_MBq) if given else "not known",
            "Administered activity",
            "syringe assay minus residual, both decay-corrected to the start of the infusion",
        ),
        _per_area(one, unit),
        _deviation(one),
        f"{one.lasted_min:g}" if one.lasted_min is not None else "not recorded",
    )


def _area(one: SubjectInfusion) -> Part:
    plan = one.prescription
    if plan is None or plan.bsa_m2 is None:
        return "not known"
    return _cell(
        one, "area", plan.bsa_m2, f"{plan.bsa_m2:.3f}", "Body surface area", f"{plan.formula} formula", one.because
    )


def _per_area(one: SubjectInfusion, unit: ActivityUnit) -> Part:
    per_area = one.infusion.given.per_m2_MBq if one.infusion.given else None
    if per_area is None:
        return "not known"
    meaning = "administered activity / body surface area"
    return _cell(one, "per-m2", per_area, unit.number(per_area), "Administered per m2", meaning)


def _deviation(one: SubjectInfusion) -> Part:
    given = one.infusion.given
    if given is None or given.deviation_percent is None:
        return "not known"
    text = f"{given.deviation_percent:+.1f} %{' outside' if given.within_tolerance is False else ''}"
    meaning = "administered / prescribed - 1, in percent"
    return _cell(one, "deviation", given.deviation_percent, text, "Deviation from prescription", meaning)


def _cell(
    one: SubjectInfusion,
    key: str,
    value: float | None,
    text: str,
    label: str,
    definition: str,
    because: tuple[str, ...] | None = None,
) -> Number:
    """A number of one infusion; without reasons of its own those of the infusion."""
    return number(
        f"{key}-{token(one.subject)}-{one.infusion.fraction}",
        value,
        text,
        label=f"{label}, {one.subject}",
        definition=definition,
        population=f"subject {one.subject}",
        because=one.infusion.because if because is None else because,
        rows=one.rows,
        of=one.subject,
    )


def _periods(periods: tuple[Periods, ...]) -> Table:
    return table(
        "periods",
        "Drug exposure by arm",
        ("Arm", "Periods", "Doses", "Mean days per period", "Without a last day"),
        map(_periods_of, periods),
    )


def _periods_of(one: Periods) -> tuple[Part, ...]:
    group, days = one.group, one.days
    return (
        group.name,
        number(
            f"periods-{group.id}",
            len(one.rows),
            label=f"Periods of exposure, {group.name}",
            definition="records of exposure delivered",
            population=f"treated, {group.name}",
            rows=one.rows,
        ),
        ", ".join(f"{dose:g} mg" for dose in one.doses_mg) or "not recorded",
        number(
            f"days-mean-{group.id}",
            days.mean if days else None,
            f"{days.mean:.1f}" if days else "not known",
            label=f"Mean days per period, {group.name}",
            definition="last day - first day + 1, periods not dated to the day at both ends left out",
            population=f"periods with both days, {group.name}",
            because=(f"{one.without_days} periods left out",),
            rows=one.ended_rows,
        ),
        str(one.without_end),
    )


def _schedule(one: Schedule) -> list[Block]:
    count = number(
        f"schedule-{one.name.replace(' ', '-')}",
        one.kept,
        f"{one.kept} of {len(one.checks)}" + (f" ({one.open_yet} not known yet)" if one.open_yet else ""),
        label=f"{one.name} as planned",
        definition=f"treated subjects whose {one.name} kept the protocol's schedule up to the cut",
        population="treated",
        because=shortened(one.checks, told=lambda check: f"{check.subject}: {check.because}"),
        rows=(row for check in one.checks for row in check.rows),
    )
    blocks: list[Block] = [said(f"{one.name.capitalize()} kept to the protocol in ", count, " treated subjects.")]
    faults = [f"{check.subject}: {check.because}" for check in one.checks if check.kept is False]
    if faults:
        blocks.append(listed(*shortened(faults)))
    return blocks
