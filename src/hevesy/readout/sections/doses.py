"""One dose beside two.

Response, counts, support and completion by the number of doses planned, and by the number received.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean

from hevesy.blocks.number import Part
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.indications import Judged, judge
from hevesy.follow.response.reported import CALLED
from hevesy.readout.sections.counts import followed, grade_3_or_4, nadir, nadir_notes, own_nadir
from hevesy.readout.sections.efficacy import only_progression_could_be_judged
from hevesy.readout.sections.groups import Group, head_count, number, share
from hevesy.readout.wording import shortened
from hevesy.study.protocol import BLOOD_TEST_DIMENSION, BLOOD_TESTS
from hevesy.units import INTERNAL_UNIT, ActivityUnit

CAUTION = (
    "Who received a second dose had lived and recovered until it was due, so those who received one look worse than "
    "one dose is. To compare one dose with two, read by doses planned; nothing in the record says that this was "
    "drawn by lot."
)


def doses(analysis: Analysis) -> Section | None:
    """By number of doses, where a regimen has more than one."""
    if all(level.regimen.fractions == 1 for level in analysis.study.protocol.dose_levels) or not analysis.treated:
        return None
    planned = _groups(analysis, "planned", lambda item: item.completion.planned)
    received = _groups(analysis, "received", lambda item: item.completion.received)
    blocks: list[Block] = [_table((*planned, *received), analysis), said(CAUTION, tone="caution")]
    short = [item for item in analysis.treated if item.completion.complete is not True]
    if short:
        blocks.append(said("Not all doses received, not due yet, or not known:"))
        blocks.append(listed(*shortened(_short(item) for item in short)))
    return Section(id="doses", title="By number of doses", blocks=tuple(blocks))


def _short(item: SubjectAnalysis) -> str:
    died = f"; died {item.death.on or 'on a day that is not known'}" if item.death is not None else ""
    return f"{item.subject.id}: {item.completion.because}{died}"


def _groups(analysis: Analysis, what: str, count: Callable[[SubjectAnalysis], int | None]) -> list[Group]:
    """Treated subjects by a number of doses; those of whom it is not known last."""
    counts = {item.subject.id: count(item) for item in analysis.treated}
    ordered = sorted({one for one in counts.values() if one is not None})
    groups = [
        Group(
            id=f"{what}-{one}",
            name=f"{one} dose{'' if one == 1 else 's'} {what}",
            members=tuple(item for item in analysis.treated if counts[item.subject.id] == one),
        )
        for one in ordered
    ]
    unknown = tuple(item for item in analysis.treated if counts[item.subject.id] is None)
    return groups + (
        [Group(id=f"{what}-not-known", name=f"number {what} not known", members=unknown)] if unknown else []
    )


def _table(groups: Sequence[Group], analysis: Analysis) -> Table:
    unit = analysis.study.protocol.activity_unit
    rows: list[tuple[Part, ...]] = [
        ("Treated subjects", *(_treated(group) for group in groups)),
        ("Received all doses planned", *(_completed(group) for group in groups)),
        ("Total activity, mean (range)", *(_activity(group, unit) for group in groups)),
    ]
    plan = analysis.study.protocol.indications
    if plan is not None:
        called = {item.subject.id: judge(item, plan, analysis.study.protocol) for item in analysis.treated}
        rows.append((f"Responders, {plan.evaluator}", *(_called(group, plan.evaluator, called) for group in groups)))
    if any(_is_derived(item) for item in analysis.treated):
        rows.append(("Responders, derived from findings", *(_derived(group) for group in groups)))
    elif plan is None and any(item.response is not None for item in analysis.treated):
        rows.append(("Responders, as called", *(_responded(group, "called") for group in groups)))
    supported = any(item.subject.supportive_care for item in analysis.treated)
    for test in BLOOD_TESTS:
        own = [(group, followed(test, group)) for group in groups]
        if not any(courses for _, courses in own):
            continue
        name = f"{test.capitalize()}, {INTERNAL_UNIT[BLOOD_TEST_DIMENSION[test]]}"
        rows.append(
            (
                f"{name}: nadir, median (range)",
                *(nadir(test, group, courses) if courses else "none" for group, courses in own),
            )
        )
        if supported:
            cells = (own_nadir(test, group, courses) if courses else "none" for group, courses in own)
            rows.append((f"{name}: of the marrow's own counts", *cells))
        severe = (grade_3_or_4(test, group, courses) if courses else "none" for group, courses in own)
        rows.append((f"{test.capitalize()}: grade 3 or 4", *severe))
    delivered = "supportive_care" in analysis.study.delivered_kinds
    rows.append(
        ("Transfusion or growth factor", *(_supported(group) if delivered else "not recorded" for group in groups))
    )
    return table(
        "doses",
        "By number of doses planned, and by number received",
        ("", *(group.name for group in groups)),
        rows,
        "Shares with exact 95 % intervals, of all treated; a subject whose response could not be judged did not "
        "respond. Counts by their worst at any time after day 1. " + " ".join(nadir_notes(groups, supported)),
    )


def _treated(group: Group) -> Part:
    definition = "subjects with an administration"
    return head_count(
        f"treated-{group.id}",
        group.members,
        label=f"Treated, {group.name}",
        definition=definition,
        population="treated",
    )


def _completed(group: Group) -> Part:
    known = [item for item in group.members if item.completion.complete is not None]
    open_yet = len(group.members) - len(known)
    if not known:
        return "not known yet"
    return _share(
        f"completed-{group.id}",
        [(item, item.completion.complete is True, item.completion.because, item.completion.rows) for item in known],
        label=f"Received all doses planned, {group.name}",
        definition=(
            "subjects with as many infusions as their regimen has, of those whose doses were all due by the cut or "
            "received"
        ),
        group=group,
        more=f"; {open_yet} not due or not known" if open_yet else "",
    )


def _activity(group: Group, unit: ActivityUnit) -> Part:
    totals = [item.exposure.total_MBq for item in group.members if item.exposure.total_MBq is not None]
    if not totals:
        return "not known"
    return number(
        f"activity-{group.id}",
        mean(totals),
        f"{unit.plain(mean(totals))} ({unit.number(min(totals))} to {unit.number(max(totals))})",
        label=f"Total administered activity, {group.name}",
        definition="mean (range) over subjects of the activity administered in all infusions",
        population=f"treated, {group.name}, total activity known (n={len(totals)})",
        because=(f"{len(group.members) - len(totals)} of unknown total left out",),
        rows=(row for item in group.members for row in item.exposure.rows),
    )


def _called(group: Group, evaluator: str, judged: Mapping[str, Judged]) -> Part:
    own = [judged[item.subject.id] for item in group.members]
    found = [(one.item, one.responded, one.best, one.rows) for one in own]
    if not any(one.best != "NE" for one in own):
        return "not estimable: nobody could be judged"
    return _share(
        f"responders-called-{group.id}",
        found,
        label=f"Response rate called by {evaluator}, {group.name}",
        definition="treated subjects whose best response, as called, is a response of their indication's criteria",
        group=group,
    )


def _is_derived(item: SubjectAnalysis) -> bool:
    return item.response is not None and item.response.followed != (CALLED,)


def _derived(group: Group) -> Part:
    if only_progression_could_be_judged(group.members):
        return "not estimable: only progression could be judged, since nobody says whether there were new lesions"
    return _responded(group, "derived")


def _responded(group: Group, how: str) -> Part:
    answers = [(item, item.response) for item in group.members]
    if not any(answer is not None and answer.evaluable for _, answer in answers):
        return "not estimable: nobody could be judged"
    return _share(
        f"responders-{how}-{group.id}",
        [
            (item, answer.responded, answer.best, answer.rows)
            if answer is not None
            else (item, False, "NE", (item.subject.enrolment.row,))
            for item, answer in answers
        ],
        label=f"Response rate, {how}, {group.name}",
        definition=f"treated subjects whose best response, {how}, is a response of the criteria of their arm",
        group=group,
    )


def _supported(group: Group) -> Part:
    return _share(
        f"supported-{group.id}",
        [
            (item, bool(care), f"{len(care)} records" if care else "none", tuple(event.row for event in care))
            for item in group.members
            for care in (item.subject.supportive_care,)
        ],
        label=f"Transfusion or growth factor, {group.name}",
        definition="treated subjects with a record of a transfusion or growth factor up to the cut",
        group=group,
    )


def _share(
    id: str,
    judged: Iterable[tuple[SubjectAnalysis, bool, str, tuple[int, ...]]],
    *,
    label: str,
    definition: str,
    group: Group,
    more: str = "",
) -> Part:
    return share(
        id,
        [
            (hit, f"{item.subject.id}: {told}", rows or (item.subject.enrolment.row,))
            for item, hit, told, rows in judged
        ],
        label=label,
        definition=definition,
        population=f"treated, {group.name}",
        more=more,
    )
