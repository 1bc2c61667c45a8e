"""Do we escalate: the decision with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.names import token
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.analysis import Analysis
    from hevesy.conduct.decisions import Judged
    from hevesy.conduct.next_dose import NextDose
    from hevesy.plan.escalation.design import Decision
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
        "stop": f"stop; the MTD is {level_name(study, decision.mtd)}"
        if decision.mtd
        else "stop; no level is tolerated",
        "wait": (
            f"wait at {level_name(study, decision.level)}, {decision.open_places} "
            f"place{'' if decision.open_places == 1 else 's'} open"
        ),
    }[decision.action]


def answers(analysis: Analysis) -> tuple[Number, ...]:
    """The decision as a number for each stratum: the action and the level.

    None without an escalation in the protocol.
    """
    if analysis.study.protocol.escalation is None:
        return ()
    return tuple(_answer(analysis, dose) for dose in analysis.next_doses)


def _suffix(dose: NextDose) -> str:
    """What tells the ids of a stratum from those of the others."""
    return f"-{token(dose.stratum)}" if dose.stratum is not None else ""


def _answer(analysis: Analysis, dose: NextDose) -> Number:
    study, escalation, decision = analysis.study, analysis.study.protocol.escalation, dose.decision
    assert escalation is not None
    told = f", variant {escalation.variant}" if escalation.variant else ""
    told += f", target {escalation.target:g}" if escalation.target is not None else ""
    told += f", {escalation.n_max} subjects" if escalation.n_max is not None else ""
    whose = f", stratum {dose.stratum}" if dose.stratum is not None else ""
    return number(
        f"decision{_suffix(dose)}",
        decision.action if decision is not None else None,
        "cannot be answered" if decision is None else in_words(study, decision),
        label=f"Dose decision{whose}",
        definition=f"decision of {escalation.design}{told}, cohorts of {escalation.cohort_size}",
        population=f"subjects with a dose level{whose}",
        because=dose.because,
        rows=[row for outcome in dose.outcomes for row in outcome.rows],
    )


def dose_decision(analysis: Analysis, taken: Sequence[Judged]) -> Section | None:
    """History by level, the decision, and why; of each stratum by itself; and the decisions that people took."""
    blocks: list[Block] = []
    if analysis.study.protocol.escalation is not None:
        blocks += [block for dose in analysis.next_doses for block in _of_stratum(analysis, dose)]
    if taken:
        blocks += taken_by_people(analysis.study, taken)
    return Section(id="decision", title="Dose decision", blocks=tuple(blocks)) if blocks else None


def taken_by_people(study: Study, taken: Sequence[Judged]) -> list[Block]:
    """What people decided beside what the design says, and what a reader must know of it."""
    with_strata = any(one.decided.stratum is not None for one in taken)
    columns = (
        *(("Stratum",) if with_strata else ()),
        of_numbers("Cohort"),
        "Decided",
        "By",
        "On",
        "The design on the facts up to then",
        "Reason",
        "Written down (UTC)",
        of_numbers("Ledger row"),
    )
    rows = ((*((one.decided.stratum or "",) if with_strata else ()), *_taken(study, one)) for one in taken)
    flags = [
        said(f"Decision on cohort {one.decided.cohort}{_written(one)}: {flag}.", tone="caution")
        for one in taken
        for flag in one.flags
    ]
    return [table("decisions-taken", "Decisions that people took", columns, rows), *flags]


def _written(one: Judged) -> str:
    """Which entry it is, and of which stratum."""
    whose = f" of stratum {one.decided.stratum}" if one.decided.stratum is not None else ""
    return whose + (f", ledger row {one.taken.sequence}" if one.taken is not None else "")


def _taken(study: Study, one: Judged) -> tuple[str, ...]:
    decided, known = one.decided, {level.number for level in study.protocol.dose_levels}
    return (
        str(decided.cohort),
        level_name(study, decided.level) if decided.level in known else decided.words,
        decided.by,
        str(decided.on),
        in_words(study, one.design) if one.design is not None else "cannot be answered",
        (one.taken.reason if one.taken is not None else None) or "none given",
        f"{one.taken.recorded_at}, {one.taken.who}" if one.taken is not None else "",
        str(one.taken.sequence) if one.taken is not None else "",
    )


def _of_stratum(analysis: Analysis, dose: NextDose) -> list[Block]:
    suffix, whose = _suffix(dose), f", stratum {dose.stratum}" if dose.stratum is not None else ""
    rows: list[tuple[Part, ...]] = []
    for level in analysis.study.protocol.dose_levels:
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
                        f"level-{level.number}-{status.replace(' ', '-').lower()}{suffix}",
                        len(items),
                        label=f"{status}, level {level.number}{whose}",
                        definition=f"subjects at level {level.number} with DLT status {status!r}",
                        population=f"subjects at level {level.number}{whose}",
                        because=shortened(f"{item.subject}: {'; '.join(item.because)}" for item in items)
                        or ("nobody",),
                        rows=(row for item in items for row in item.rows),
                    )
                    for status, items in counts.items()
                ),
            )
        )
    of_whom = f"Stratum {dose.stratum}, as" if dose.stratum is not None else "As"
    blocks: list[Block] = [
        said(f"{of_whom} of {analysis.cut}: ", _answer(analysis, dose), ".", tone="answer"),
        listed(*dose.because),
        table(
            f"levels{suffix}",
            f"Subjects by level and DLT status{whose}",
            ("Level", *map(of_numbers, ("no DLT", "DLT", "pending", "undetermined", "not evaluable"))),
            rows,
            f"History in notation: {dose.notation or 'nobody yet'} (N no DLT, T DLT, P pending, U undetermined, "
            "X not evaluable).",
        ),
    ]
    return blocks + _ahead(analysis, dose)


def _ahead(analysis: Analysis, dose: NextDose) -> list[Block]:
    """What would follow, and the paths from there."""
    suffix, whose = _suffix(dose), f", stratum {dose.stratum}" if dose.stratum is not None else ""
    blocks: list[Block] = []
    if dose.ahead:
        waited = dose.decision is not None and dose.decision.action == "wait"
        whom = "those waited for" if waited else "the next subjects"
        ahead = tuple(
            (
                f"{outlook.with_dlt} of {outlook.among}",
                number(
                    f"ahead-{outlook.with_dlt}{suffix}",
                    outlook.decision.action,
                    in_words(analysis.study, outlook.decision),
                    label=f"Decision after {outlook.with_dlt} DLT of {outlook.among} more{whose}",
                    definition=f"the design's decision if {outlook.with_dlt} of {outlook.among} of {whom} had a DLT",
                    population=f"subjects so far and {outlook.among} more at level {outlook.level}{whose}",
                    because=outlook.decision.because,
                ),
                "; ".join(outlook.decision.because),
            )
            for outlook in dose.ahead
        )
        caption = f"What would follow, by DLTs among {whom} at {level_name(analysis.study, dose.ahead[0].level)}{whose}"
        blocks.append(table(f"ahead{suffix}", caption, ("DLT", "Then", "Because"), ahead))
    if dose.paths:
        paths = tuple((path.outcomes, in_words(analysis.study, path.decision)) for path in dose.paths)
        caption = f"Dose paths ahead: every outcome of the next two cohorts, and what would follow{whose}"
        blocks.append(
            Section(
                id=f"paths-ahead{suffix}",
                title=f"{caption} ({len(paths)})",
                blocks=(table(f"paths{suffix}", caption, ("Outcomes", "Then"), paths),),
            )
        )
    return blocks
