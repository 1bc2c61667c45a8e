"""Who was treated with what: prescription, administered activity, deviation, drugs given along."""

from __future__ import annotations

from statistics import mean

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.names import token
from hevesy.readout.sections.groups import columns, number
from hevesy.readout.wording import shortened
from hevesy.study.dates import whole
from hevesy.treat.prescription import elapsed_h
from hevesy.units import ActivityUnit


def exposure(analysis: Analysis) -> Section:
    """Activity per subject and per arm, or periods on a drug; schedules against the plan."""
    blocks: list[Block] = []
    infused = [item for item in analysis.treated if item.exposure.infusions]
    if infused:
        blocks += _activities(analysis, infused)
    if any(item.subject.exposures for item in analysis.treated):
        blocks.append(_periods(analysis))
    blocks += _schedules(analysis)
    if not blocks:
        blocks.append(said("No administration has been delivered.", tone="caution"))
    return Section(id="exposure", title="Exposure", blocks=tuple(blocks))


def _activities(analysis: Analysis, infused: list[SubjectAnalysis]) -> list[Block]:
    tolerance = analysis.study.protocol.activity_tolerance_percent
    unit = analysis.study.protocol.activity_unit
    rows = tuple(row for item in infused for row in _infusion_rows(item, unit))
    source = f"{analysis.nuclide.half_life_h / 24:.4f} d ({analysis.nuclide.source})" if analysis.nuclide else "none"
    basis = next((level.dose for level in analysis.study.protocol.dose_levels), None)
    rule = f"level x body surface area ({analysis.study.protocol.body_surface_area_formula})"
    if basis is not None and basis.basis != "body surface area":
        rule = {"body mass": "level x body mass", "fixed activity": "the level"}.get(
            basis.basis, f"{basis.basis} to the {basis.organ} / the subject's dose per activity"
        )
    note = (
        f"Activities at the start of the infusion. Prescription: {rule}. Half-life {source}. Tolerance {tolerance:g} %."
    )
    titles = (
        "Subject",
        of_numbers("Infusion"),
        of_numbers("Level", basis.shown_in if basis is not None else None),
        of_numbers("Area", "m2"),
        of_numbers("Prescribed", unit.heading),
        of_numbers("Administered", unit.heading),
        of_numbers(f"{unit.name}/m2"),
        of_numbers("Deviation"),
        of_numbers("Duration", "min"),
    )
    made = table("exposure", "Activity by subject", titles, rows, note)
    cells: list[tuple[Part, ...]] = []
    for group in columns(analysis):
        known = [item for item in group.treated if item.exposure.total_MBq is not None]
        if not known:
            continue
        totals = [item.exposure.total_MBq or 0 for item in known]
        cells.append(
            (
                group.name,
                number(
                    f"activity-mean-{group.id}",
                    mean(totals),
                    unit.text(mean(totals)),
                    label=f"Mean administered activity, {group.name}",
                    definition="mean over subjects of the activity administered in all infusions",
                    population=f"treated, {group.name}",
                    because=(f"{unit.number(min(totals))} to {unit.plain(max(totals))}, n={len(totals)}",),
                    rows=(row for item in known for row in item.exposure.rows),
                ),
                f"{unit.number(min(totals))} to {unit.plain(max(totals))}",
                str(len(known)),
            )
        )
    summary = table("activity", "Administered activity in total by arm", ("Arm", "Mean", "Range", "Subjects"), cells)
    notes = [f"{item.subject.id}: {note}" for item in infused for note in item.exposure.notes]
    blocks: list[Block] = [summary, made]
    if notes:
        blocks += [
            said("Other than planned:"),
            listed(*shortened(notes)),
        ]
    return blocks


def _infusion_rows(item: SubjectAnalysis, unit: ActivityUnit) -> list[tuple[Part, ...]]:
    rows: list[tuple[Part, ...]] = []
    plan, subject = item.exposure.prescription, item.subject.id
    for infusion in item.exposure.infusions:
        start, end = infusion.administration.start, infusion.administration.end
        here = f"{token(subject)}-{infusion.fraction}"

        def cell(
            key: str,
            value: float | None,
            text: str,
            label: str,
            definition: str,
            here: str = here,
            because: tuple[str, ...] = infusion.because,
        ) -> Number:
            return number(
                f"{key}-{here}",
                value,
                text,
                label=f"{label}, {subject}",
                definition=definition,
                population=f"subject {subject}",
                because=because,
                rows=item.exposure.rows,
            )

        planned = item.exposure.because
        given = infusion.given
        prescribed = cell(
            "prescribed",
            plan.prescribed_MBq if plan else None,
            unit.figure(plan.prescribed_MBq) if plan else "not known",
            "Prescribed activity",
            "dose level per m2 x body surface area",
            because=planned,
        )
        administered = cell(
            "administered",
            given.administered_MBq if given else None,
            unit.figure(given.administered_MBq) if given else "not known",
            "Administered activity",
            "syringe assay minus residual, both decay-corrected to the start of the infusion",
        )
        per_area = given.per_m2_MBq if given else None
        deviation = given.deviation_percent if given else None
        outside = " outside" if given is not None and given.within_tolerance is False else ""
        rows.append(
            (
                subject,
                f"{start:%Y-%m-%d %H:%M %Z}",
                plan.level.figure if plan else "not known",
                cell(
                    "area",
                    plan.bsa_m2,
                    f"{plan.bsa_m2:.3f}",
                    "Body surface area",
                    f"{plan.formula} formula",
                    because=planned,
                )
                if plan and plan.bsa_m2 is not None
                else "not known",
                prescribed,
                administered,
                cell(
                    "per-m2",
                    per_area,
                    unit.number(per_area),
                    "Administered per m2",
                    "administered activity / body surface area",
                )
                if per_area is not None
                else "not known",
                cell(
                    "deviation",
                    deviation,
                    f"{deviation:+.1f} %{outside}",
                    "Deviation from prescription",
                    "administered / prescribed - 1, in percent",
                )
                if deviation is not None
                else "not known",
                f"{60 * elapsed_h(start, end):g}" if end is not None else "not recorded",
            )
        )
    return rows


def _periods(analysis: Analysis) -> Table:
    rows: list[tuple[Part, ...]] = []
    for group in columns(analysis):
        periods = [period for item in group.treated for period in item.subject.exposures]
        open_ended = [period for period in periods if period.end is None]
        lengths = [
            (end - begun).days + 1 for period in periods if (begun := whole(period.on)) and (end := whole(period.end))
        ]
        doses = sorted({period.dose_mg for period in periods if period.dose_mg is not None})
        rows.append(
            (
                group.name,
                number(
                    f"periods-{group.id}",
                    len(periods),
                    label=f"Periods of exposure, {group.name}",
                    definition="records of exposure delivered",
                    population=f"treated, {group.name}",
                    rows=(period.row for period in periods),
                ),
                ", ".join(f"{dose:g} mg" for dose in doses) or "not recorded",
                number(
                    f"days-mean-{group.id}",
                    mean(lengths) if lengths else None,
                    f"{mean(lengths):.1f}" if lengths else "not known",
                    label=f"Mean days per period, {group.name}",
                    definition="last day - first day + 1, periods not dated to the day at both ends left out",
                    population=f"periods with both days, {group.name}",
                    because=(f"{len(periods) - len(lengths)} periods left out",),
                    rows=(period.row for period in periods if period.end is not None),
                ),
                str(len(open_ended)),
            )
        )
    return table(
        "periods",
        "Drug exposure by arm",
        ("Arm", "Periods", "Doses", "Mean days per period", "Without a last day"),
        rows,
    )


def _schedules(analysis: Analysis) -> list[Block]:
    names = list(dict.fromkeys(name for item in analysis.treated for name, _ in item.schedule_checks))
    blocks: list[Block] = []
    for name in names:
        checks = [(item, check) for item in analysis.treated for label, check in item.schedule_checks if label == name]
        kept = [check for _, check in checks if check.kept]
        open_yet = [check for _, check in checks if check.kept is None]
        count = number(
            f"schedule-{name.replace(' ', '-')}",
            len(kept),
            f"{len(kept)} of {len(checks)}" + (f" ({len(open_yet)} not known yet)" if open_yet else ""),
            label=f"{name} as planned",
            definition=f"treated subjects whose {name} kept the protocol's schedule up to the cut",
            population="treated",
            because=shortened(f"{item.subject.id}: {check.because}" for item, check in checks),
            rows=(row for _, check in checks for row in check.rows),
        )
        blocks.append(said(f"{name.capitalize()} kept to the protocol in ", count, " treated subjects."))
        faults = [f"{item.subject.id}: {check.because}" for item, check in checks if check.kept is False]
        if faults:
            blocks.append(listed(*shortened(faults)))
    return blocks
