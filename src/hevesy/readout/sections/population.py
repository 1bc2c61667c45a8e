"""Who is in the study: disposition, the populations with the reasons for leaving one, and baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import mean, median

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import Listing, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import table
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.names import slug, token
from hevesy.readout.sections.groups import Group, columns, head_count, number
from hevesy.readout.wording import shortened

Members = tuple[SubjectAnalysis, ...]

POPULATIONS: tuple[tuple[str, str, str, Callable[[Members], Members]], ...] = (
    (
        "enrolled",
        "Enrolled",
        "subjects assigned to an arm of the protocol (screen failures have none)",
        lambda members: members,
    ),
    (
        "treated",
        "Treated (safety population)",
        "subjects with an administration on record; the denominator of adverse events",
        lambda members: tuple(item for item in members if item.subject.treated),
    ),
    (
        "dlt-evaluable",
        "DLT-evaluable",
        (
            "treated, and either with a DLT, or with enough of the prescribed activity, "
            "a complete window and every rule answered no"
        ),
        lambda members: tuple(
            item for item in members if item.dlt is not None and item.dlt.status in ("DLT", "no DLT")
        ),
    ),
    (
        "response-evaluable",
        "Response-evaluable",
        "treated, disease measurable at baseline, and an evaluable assessment after treatment",
        lambda members: tuple(item for item in members if item.response is not None and item.response.evaluable),
    ),
)


def untreated_reason(item: SubjectAnalysis) -> str:
    """Why an enrolled subject has no place in the safety population."""
    enrolment = item.subject.enrolment
    if enrolment.safety_days_reported is not None or enrolment.first_treatment is not None:
        said = "treatment reported without administration record; no safety data received"
    else:
        said = "no administration recorded"
    return f"{said} ({enrolment.not_evaluable_reason})" if enrolment.not_evaluable_reason else said


def disposition(analysis: Analysis) -> Section:
    """Enrolled, treated, evaluable: counts per arm, and why each subject is left out."""
    groups, protocol = columns(analysis), analysis.study.protocol
    responses = any(item.response is not None for item in analysis.subjects)
    rows: list[tuple[Part, ...]] = []
    for key, title, definition, choose in POPULATIONS:
        if (key == "dlt-evaluable" and protocol.dlt is None) or (key == "response-evaluable" and not responses):
            continue
        cells = [
            head_count(
                f"n-{key}-{group.id}",
                choose(group.members),
                label=f"{title}, {group.name}",
                definition=definition,
                population=group.name,
            )
            for group in groups
        ]
        rows.append((title, *cells))
    died = "subjects of whom any record says by the cut that they died: death, grade 5 event, disposition, contact"
    rows.append(
        (
            "Died",
            *(
                number(
                    f"n-deaths-{group.id}",
                    sum(item.death is not None for item in group.members),
                    label=f"Deaths, {group.name}",
                    definition=died,
                    population=f"enrolled, {group.name}",
                    because=tuple(
                        f"{item.subject.id}: {item.death.on or 'no date'} ({item.death.because})"
                        for item in group.members
                        if item.death is not None
                    )
                    or ("nothing in the record says that anybody died",),
                    rows=(row for item in group.members if item.death is not None for row in item.death.rows),
                )
                for group in groups
            ),
        )
    )
    blocks: list[Block] = [
        table("disposition", "Subjects by population", ("Population", *(group.name for group in groups)), rows)
    ]
    unassigned = tuple(item for item in analysis.subjects if item.arm is None)
    if unassigned:
        codes = sorted({item.subject.enrolment.arm_code or "none" for item in unassigned})
        count = head_count(
            "n-unassigned",
            unassigned,
            label="Without an arm",
            definition="subjects whose code has no arm in the protocol",
            population="all subjects",
        )
        blocks.append(said(count, f" subjects have no arm (delivered as {', '.join(codes)})."))
    left_out = [(f"{item.subject.id}: {reason}",) for item in analysis.assigned for reason in _reasons(item)]
    if left_out:
        blocks.append(said("Left out of a population, and why:"))
        blocks.append(Listing(items=tuple(left_out[:80])))
    return Section(id="disposition", title="Disposition and populations", blocks=tuple(blocks))


def _reasons(item: SubjectAnalysis) -> list[str]:
    if not item.subject.treated:
        return [f"not treated: {untreated_reason(item)}"]
    reasons = []
    if item.dlt is not None and item.dlt.status not in ("DLT", "no DLT"):
        reasons.append(f"not (yet) DLT-evaluable: {item.dlt.status}; {'; '.join(item.dlt.because)}")
    if item.response is not None and not item.response.evaluable:
        reasons.append(f"not response-evaluable: {item.response.because}")
    return reasons


def baseline(analysis: Analysis) -> Section:
    """Age, sex, body size and the characteristics the mapping names, per arm."""
    groups = columns(analysis)
    rows: list[tuple[Part, ...]] = []
    rows += _numeric("age", "Age, years", groups, lambda item: item.subject.enrolment.age_a)
    rows.append(("Women / men", *(_sexes(group) for group in groups)))
    rows += _numeric("weight", "Weight, kg", groups, lambda item: item.subject.enrolment.weight_kg)
    rows += _numeric("height", "Height, cm", groups, lambda item: item.subject.enrolment.height_cm)
    for name in dict.fromkeys(name for item in analysis.assigned for name, _ in item.subject.enrolment.baseline):
        rows += _characteristic(name, groups)
    made = table("baseline", "Baseline", ("Characteristic", *(group.name for group in groups)), rows)
    return Section(id="baseline", title="Baseline", blocks=(made,))


def _numeric(
    key: str, title: str, groups: Sequence[Group], of: Callable[[SubjectAnalysis], float | None]
) -> list[tuple[Part, ...]]:
    if not any(of(item) is not None for group in groups for item in group.members):
        return []
    cells: list[Part] = []
    for group in groups:
        known = [(value, item) for item in group.members if (value := of(item)) is not None]
        if not known:
            cells.append("not recorded")
            continue
        values = [value for value, _ in known]
        text = f"{mean(values):.3g}" if mean(values) < 1000 else f"{mean(values):.0f}"
        cells.append(
            number(
                f"{key}-mean-{group.id}",
                mean(values),
                f"mean {text}, median {median(values):g}, {min(values):g} to {max(values):g} (n={len(values)})",
                label=f"{title}, {group.name}",
                definition=f"{title}: arithmetic mean, median and range of the recorded values",
                population=f"enrolled with a value, {group.name}",
                because=(f"{len(group.members) - len(values)} without a value",),
                rows=(item.subject.enrolment.row for _, item in known),
            )
        )
    return [(title, *cells)]


def _sexes(group: Group) -> Number:
    sexes = [item.subject.enrolment.sex for item in group.members]
    unknown = sexes.count(None)
    text = f"{sexes.count('F')} / {sexes.count('M')}" + (f" ({unknown} not recorded)" if unknown else "")
    return number(
        f"sex-{group.id}",
        sexes.count("F"),
        text,
        label=f"Women / men, {group.name}",
        definition="women and men as recorded",
        population=f"enrolled, {group.name}",
        because=(f"{sexes.count('F')} F, {sexes.count('M')} M",),
        rows=(item.subject.enrolment.row for item in group.members),
    )


def _characteristic(name: str, groups: Sequence[Group]) -> list[tuple[Part, ...]]:
    """A characteristic as delivered: 1/0 counted as yes, numbers summarised, words counted."""
    values = {
        value
        for group in groups
        for item in group.members
        for key, value in item.subject.enrolment.baseline
        if key == name
    }
    key = slug(name)
    if values <= {"0", "1"}:
        return [(name.capitalize(), *(_share(f"base-{key}-{group.id}", name, "1", group) for group in groups))]
    try:
        [float(value) for value in values]
    except ValueError:
        ordered = sorted(values)[:12]
        return [
            (
                f"{name.capitalize()}: {value}",
                *(_share(f"base-{key}-{token(value)}-{group.id}", name, value, group) for group in groups),
            )
            for value in ordered
        ]
    return _numeric(
        f"base-{key}", name.capitalize(), groups, lambda item: _float(dict(item.subject.enrolment.baseline).get(name))
    )


def _float(text: str | None) -> float | None:
    return float(text) if text is not None else None


def _share(id: str, name: str, wanted: str, group: Group) -> Number:
    recorded = [
        (dict(item.subject.enrolment.baseline)[name], item)
        for item in group.members
        if name in dict(item.subject.enrolment.baseline)
    ]
    hits = [item for value, item in recorded if value == wanted]
    return number(
        id,
        len(hits),
        f"{len(hits)} of {len(recorded)}",
        label=f"{name}, {group.name}",
        definition=f"subjects with {name!r} delivered as {wanted!r}",
        population=f"enrolled with {name!r} recorded, {group.name}",
        because=(", ".join(shortened(item.subject.id for item in hits)) or "nobody",),
        rows=(item.subject.enrolment.row for _, item in recorded),
    )
