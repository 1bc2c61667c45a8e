"""Who was given how much of the label that is imaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import token
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.treated import Activities, GroupActivity, SubjectInfusion


NOT_KNOWN: Part = "not known"
MEANS = {
    "prescribed": ("Planned activity", "the level of the arm"),
    "administered": ("Administered activity", "assayed less what was left, at the injection; or as stated"),
    "deviation": ("Deviation from the plan", "administered / planned - 1, in percent"),
}


def administered(found: Activities | None) -> Section:
    """Activity by arm and by subject against the plan; what was other than planned by name."""
    if found is None:
        nothing = said("No administration has been delivered.", tone="caution")
        return Section(id="exposure", title="Administered activity", blocks=(nothing,))
    blocks: list[Block] = [_by_group(found), _by_subject(found)]
    if found.notes:
        blocks += [said("Other than planned:"), listed(*shortened(found.notes))]
    return Section(id="exposure", title="Administered activity", blocks=tuple(blocks))


def mean_activity(one: GroupActivity, found: Activities) -> Number:
    """The mean activity of a group."""
    total, unit = one.total_MBq, found.unit
    return number(
        f"activity-mean-{one.group.id}",
        total.mean,
        unit.text(total.mean),
        label=f"Mean administered activity, {one.group.name}",
        definition="mean over subjects of the activity administered in all injections",
        population=f"injected, {one.group.name} (n={total.n})",
        because=(f"{unit.number(total.least)} to {unit.plain(total.most)}, n={total.n}",),
        rows=one.rows,
    )


def _by_group(found: Activities) -> Table:
    unit = found.unit
    rows = (
        (
            one.group.name,
            mean_activity(one, found),
            f"{unit.number(one.total_MBq.least)} to {unit.plain(one.total_MBq.most)}",
            str(one.total_MBq.n),
        )
        for one in found.by_group
    )
    return table("activity", "Administered activity by arm", ("Arm", "Mean", "Range", of_numbers("Subjects")), rows)


def _by_subject(found: Activities) -> Table:
    source = f"{found.nuclide.half_life_h / 24:.4f} d ({found.nuclide.source})" if found.nuclide else "not known"
    return table(
        "exposure",
        "Activity by subject",
        (
            "Subject",
            "Injection",
            of_numbers("Planned", found.unit.heading),
            of_numbers("Administered", found.unit.heading),
            of_numbers("Deviation"),
        ),
        (_injection(one, found) for one in found.infusions),
        f"Activities at the injection. Half-life {source}. Tolerance {found.tolerance_percent:g} %.",
        looked_up=True,
    )


def _injection(one: SubjectInfusion, found: Activities) -> tuple[Part, ...]:
    plan, given, start = one.prescription, one.infusion.given, one.infusion.administration.start
    planned = amount = deviation = NOT_KNOWN
    if plan is not None:
        text = found.unit.figure(plan.prescribed_MBq)
        planned = _cell(one, "prescribed", plan.prescribed_MBq, text, one.because)
    because = one.infusion.because
    if given is not None:
        amount = _cell(one, "administered", given.administered_MBq, found.unit.figure(given.administered_MBq), because)
    if given is not None and given.deviation_percent is not None:
        text = f"{given.deviation_percent:+.1f} %{' outside' if given.within_tolerance is False else ''}"
        deviation = _cell(one, "deviation", given.deviation_percent, text, because)
    when = f"{start:%Y-%m-%d %H:%M %Z}" if one.infusion.administration.hour_known else f"{start.date()}, hour not known"
    return (one.subject, when, planned, amount, deviation)


def _cell(one: SubjectInfusion, key: str, value: float, text: str, because: tuple[str, ...]) -> Part:
    label, definition = MEANS[key]
    return number(
        f"{key}-{token(one.subject)}-{one.infusion.fraction}",
        value,
        text,
        label=f"{label}, {one.subject}",
        definition=definition,
        population=f"subject {one.subject}",
        because=because,
        rows=one.rows,
        of=one.subject,
    )
