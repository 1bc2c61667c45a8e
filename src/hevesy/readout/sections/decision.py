"""Do we escalate: the decision with its reasons."""

from __future__ import annotations

from hevesy.conduct.analysis import Analysis
from hevesy.plan.escalation.design import Decision
from hevesy.readout.sections.groups import number
from hevesy.readout.statement import Block, Folded, Listing, Number, Paragraph, Part, Section, Table
from hevesy.study.subject import Study


def level_name(study: Study, level: int | None) -> str:
    """A level with its activity."""
    if level is None:
        return "none"
    return f"level {level} ({study.protocol.dose_level(level).total})"


def in_words(study: Study, decision: Decision) -> str:
    """A decision with its level by name."""
    return {
        "escalate": f"escalate to {level_name(study, decision.level)}",
        "stay": f"stay at {level_name(study, decision.level)}, {decision.open_places} more",
        "de-escalate": f"de-escalate to {level_name(study, decision.level)}",
        "stop": f"stop; the MTD is {level_name(study, decision.mtd)}" if decision.mtd else "stop; no level is tolerated",
        "wait": f"wait at {level_name(study, decision.level)}, {decision.open_places} place{'' if decision.open_places == 1 else 's'} open",
    }[decision.action]


def answer(analysis: Analysis) -> Number | None:
    """The decision as one number: the action and the level; None without an escalation in the protocol."""
    escalation, dose = analysis.study.protocol.escalation, analysis.next_dose
    if escalation is None:
        return None
    rows = [row for outcome in dose.outcomes for row in outcome.rows]
    decision, study = dose.decision, analysis.study
    told = f", variant {escalation.variant}" if escalation.variant else ""
    told += f", target {escalation.target:g}" if escalation.target is not None else ""
    told += f", {escalation.n_max} subjects" if escalation.n_max is not None else ""
    text = "cannot be answered" if decision is None else in_words(study, decision)
    return number(
        "decision",
        decision.action if decision is not None else None,
        text,
        label="Dose decision",
        definition=f"decision of {escalation.design}{told}, cohorts of {escalation.cohort_size}",
        population="subjects with a dose level",
        because=dose.because,
        rows=rows,
    )


def dose_decision(analysis: Analysis) -> Section | None:
    """History by level, the decision, and why."""
    protocol, dose = analysis.study.protocol, analysis.next_dose
    decided = answer(analysis)
    if protocol.escalation is None or decided is None:
        return None
    rows: list[tuple[Part, ...]] = []
    for level in protocol.dose_levels:
        here = [outcome for outcome in dose.outcomes if outcome.level == level.number]
        counts = {
            status: [item for item in here if item.status == status]
            for status in ("no DLT", "DLT", "pending", "undetermined", "not evaluable")
        }
        rows.append(
            (
                level_name(analysis.study, level.number),
                *(
                    number(
                        f"level-{level.number}-{status.replace(' ', '-').lower()}",
                        len(items),
                        label=f"{status}, level {level.number}",
                        definition=f"subjects at level {level.number} with DLT status {status!r}",
                        population=f"subjects at level {level.number}",
                        because=tuple(f"{item.subject}: {'; '.join(item.because)}" for item in items[:40]) or ("nobody",),
                        rows=(row for item in items for row in item.rows),
                    )
                    for status, items in counts.items()
                ),
            )
        )
    blocks: list[Block] = [
        Paragraph(parts=(f"As of {analysis.cut}: ", decided, "."), tone="answer"),
        Listing(items=tuple((sentence,) for sentence in dose.because)),
        Table(
            id="levels",
            caption="Subjects by level and DLT status",
            columns=("Level", "no DLT", "DLT", "pending", "undetermined", "not evaluable"),
            rows=tuple(rows),
            note=f"History in notation: {dose.notation or 'nobody yet'} (N no DLT, T DLT, P pending, U undetermined, X not evaluable).",
        ),
    ]
    if dose.ahead:
        waited = dose.decision is not None and dose.decision.action == "wait"
        whom = "those waited for" if waited else "the next subjects"
        ahead = tuple(
            (
                f"{outlook.with_dlt} of {outlook.among}",
                number(
                    f"ahead-{outlook.with_dlt}",
                    outlook.decision.action,
                    in_words(analysis.study, outlook.decision),
                    label=f"Decision after {outlook.with_dlt} DLT of {outlook.among} more",
                    definition=f"the design's decision if {outlook.with_dlt} of {outlook.among} of {whom} had a DLT",
                    population=f"subjects so far and {outlook.among} more at level {outlook.level}",
                    because=outlook.decision.because,
                ),
                "; ".join(outlook.decision.because),
            )
            for outlook in dose.ahead
        )
        caption = f"What would follow, by DLTs among {whom} at {level_name(analysis.study, dose.ahead[0].level)}"
        blocks.append(Table(id="ahead", caption=caption, columns=("DLT", "Then", "Because"), rows=ahead))
    if dose.paths:
        paths = tuple((path.outcomes, in_words(analysis.study, path.decision)) for path in dose.paths)
        caption = "Dose paths ahead: every outcome of the next two cohorts, and what would follow"
        blocks.append(
            Folded(
                id="paths-ahead",
                title=f"{caption} ({len(paths)})",
                blocks=(Table(id="paths", caption=caption, columns=("Outcomes", "Then"), rows=paths),),
            )
        )
    return Section(id="decision", title="Dose decision", blocks=tuple(blocks))
