"""One dose beside two.

Response, counts, support and completion by the number of doses planned, and by the number received.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, table
from hevesy.readout.sections.counts import grade_3_or_4, in_unit, nadir, nadir_notes, own_nadir
from hevesy.readout.sections.numbers import head_count, number, share_number

if TYPE_CHECKING:
    from hevesy.conduct.analysis import SubjectAnalysis
    from hevesy.conduct.groups import Group, Share, Spread
    from hevesy.conduct.treated import ByDoses, Responders, ResponseReading
    from hevesy.units import ActivityUnit

CAUTION = (
    "Who received a second dose had lived and recovered until it was due, so those who received one look worse than "
    "one dose is. To compare one dose with two, read by doses planned; nothing in the record says that this was "
    "drawn by lot."
)


def doses(found: ByDoses) -> Section:
    """By number of doses."""
    blocks: list[Block] = [_table(found), said(CAUTION, tone="caution")]
    if found.short:
        blocks.append(said("Not all doses received, not due yet, or not known:"))
        blocks.append(listed(*shortened(found.short, told=_short)))
    return Section(id="doses", title="By number of doses", blocks=tuple(blocks))


def _short(item: SubjectAnalysis) -> str:
    died = f"; died {item.death.on or 'on a day that is not known'}" if item.death is not None else ""
    return f"{item.subject.id}: {item.given.completion.because}{died}"


def _table(found: ByDoses) -> Table:
    groups = found.groups
    rows: list[tuple[Part, ...]] = [
        ("Treated subjects", *map(_treated, groups)),
        ("Received all doses planned", *map(_completed, groups, found.completed)),
        (
            "Total activity, mean (range)",
            *(_activity(*one, found.unit) for one in zip(groups, found.total_MBq, strict=True)),
        ),
    ]
    rows += [(_responders_title(one), *(_responders(one, cell) for cell in one.by_group)) for one in found.readings]
    rows += _counts(found)
    support = found.support or (None,) * len(groups)
    rows.append(("Transfusion or growth factor", *map(_supported, groups, support)))
    return table(
        "doses",
        "By number of doses planned, and by number received",
        ("", *(group.name for group in groups)),
        rows,
        "Shares with exact 95 % intervals, of all treated; a subject whose response could not be judged did not "
        "respond. Counts by their worst at any time after day 1. "
        + " ".join(nadir_notes(found.other_readings, found.supported)),
    )


def _counts(found: ByDoses) -> list[tuple[Part, ...]]:
    """Nadirs and severe counts of every test that anybody was followed by."""
    rows: list[tuple[Part, ...]] = []
    for test in dict.fromkeys(one.test for one in found.tests):
        by_group = {one.group.id: one for one in found.tests if one.test == test}
        own = [by_group.get(group.id) for group in found.groups]
        rows.append((f"{in_unit(test)}: nadir, median (range)", *(nadir(one) if one else "none" for one in own)))
        if found.supported:
            cells = (own_nadir(one) if one else "none" for one in own)
            rows.append((f"{in_unit(test)}: of the marrow's own counts", *cells))
        severe = (grade_3_or_4(one) if one else "none" for one in own)
        rows.append((f"{test.capitalize()}: grade 3 or 4", *severe))
    return rows


def _treated(group: Group) -> Part:
    return head_count(
        f"treated-{group.id}",
        group.members,
        label=f"Treated, {group.name}",
        definition="subjects with an administration",
        population="treated",
    )


def _completed(group: Group, share: Share | None) -> Part:
    if share is None:
        return "not known yet"
    open_yet = len(group.members) - share.n
    return share_number(
        f"completed-{group.id}",
        share,
        label=f"Received all doses planned, {group.name}",
        definition=(
            "subjects with as many infusions as their regimen has, of those whose doses were all due by the cut or "
            "received"
        ),
        population=f"treated, {group.name}",
        more=f"; {open_yet} not due or not known" if open_yet else "",
    )


def _activity(group: Group, total: Spread | None, unit: ActivityUnit) -> Part:
    if total is None:
        return "not known"
    return number(
        f"activity-{group.id}",
        total.mean,
        f"{unit.plain(total.mean)} ({unit.number(total.least)} to {unit.number(total.most)})",
        label=f"Total administered activity, {group.name}",
        definition="mean (range) over subjects of the activity administered in all infusions",
        population=f"treated, {group.name}, total activity known (n={total.n})",
        because=(f"{len(group.members) - total.n} of unknown total left out",),
        rows=(row for item in group.members for row in item.given.exposure.rows),
    )


def _responders_title(one: ResponseReading) -> str:
    if one.by_evaluator:
        return f"Responders, {one.how}"
    return {"derived": "Responders, derived from findings", "called": "Responders, as called"}[one.how]


def _responders(one: ResponseReading, cell: Responders) -> Part:
    group = cell.group
    if cell.share is None:
        return f"not estimable: {cell.because}"
    if one.by_evaluator:
        id, label = f"responders-called-{group.id}", f"Response rate called by {one.how}, {group.name}"
        definition = "treated subjects whose best response, as called, is a response of their indication's criteria"
    else:
        id, label = f"responders-{one.how}-{group.id}", f"Response rate, {one.how}, {group.name}"
        definition = f"treated subjects whose best response, {one.how}, is a response of the criteria of their arm"
    return share_number(id, cell.share, label=label, definition=definition, population=f"treated, {group.name}")


def _supported(group: Group, share: Share | None) -> Part:
    if share is None:
        return "not recorded"
    return share_number(
        f"supported-{group.id}",
        share,
        label=f"Transfusion or growth factor, {group.name}",
        definition="treated subjects with a record of a transfusion or growth factor up to the cut",
        population=f"treated, {group.name}",
    )
