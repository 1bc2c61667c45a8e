"""Who is in a study: populations with the reasons for leaving one, deaths, and what the groups were like before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.eligibility import CHARACTERISTICS, Characteristic, PriorTherapies, prior_therapies
from hevesy.conduct.groups import Group, Spread, columns, spread_of
from hevesy.follow.dlt.verdict import Answer
from hevesy.follow.prior_therapies import Derived
from hevesy.names import slug

Members = tuple[SubjectAnalysis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationKind:
    """A population by its name, what it is, who of a group is in it, and whether a study has it."""

    key: str
    title: str
    definition: str
    of: Callable[[Members], Members]
    asked: Callable[[Analysis], bool] = lambda analysis: True


ENROLLED = PopulationKind(
    key="enrolled",
    title="Enrolled",
    definition="subjects assigned to an arm of the protocol (screen failures have none)",
    of=lambda members: members,
)
TREATED = PopulationKind(
    key="treated",
    title="Treated (safety population)",
    definition="subjects with an administration on record; the denominator of adverse events",
    of=lambda members: tuple(item for item in members if item.subject.treated),
)
POPULATIONS = (
    ENROLLED,
    TREATED,
    PopulationKind(
        key="dlt-evaluable",
        title="DLT-evaluable",
        definition=(
            "treated, and either with a DLT, or with enough of the prescribed activity, "
            "a complete window and every rule answered no"
        ),
        of=lambda members: tuple(item for item in members if item.dlt_evaluable),
        asked=lambda analysis: analysis.study.protocol.dlt is not None,
    ),
    PopulationKind(
        key="response-evaluable",
        title="Response-evaluable",
        definition="treated, disease measurable at baseline, and an evaluable assessment after treatment",
        of=lambda members: tuple(item for item in members if item.response_evaluable),
        asked=lambda analysis: any(item.response is not None for item in analysis.subjects),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """A population, and who of each group is in it."""

    kind: PopulationKind
    by_group: tuple[Members, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Populations:
    """The populations of a study, in the groups of every table."""

    groups: tuple[Group, ...]
    populations: tuple[Population, ...]
    unassigned: Members
    """Subjects whose code has no arm in the protocol."""
    left_out: tuple[tuple[str, str], ...]
    """Subject, and the population it is left out of and why."""


def populations(analysis: Analysis) -> Populations:
    """Enrolled, treated, evaluable: who, and why each subject is left out."""
    groups = columns(analysis)
    return Populations(
        groups=groups,
        populations=tuple(
            Population(kind=kind, by_group=tuple(kind.of(group.members) for group in groups))
            for kind in POPULATIONS
            if kind.asked(analysis)
        ),
        unassigned=tuple(item for item in analysis.subjects if item.arm is None),
        left_out=tuple((item.subject.id, reason) for item in analysis.assigned for reason in _reasons(item, analysis)),
    )


def untreated_reason(item: SubjectAnalysis) -> str:
    """Why an enrolled subject has no place in the safety population."""
    enrolment = item.subject.enrolment
    if enrolment.safety_days_reported is not None or enrolment.first_treatment is not None:
        said = "treatment reported without administration record; no safety data received"
    else:
        said = "no administration recorded"
    return f"{said} ({enrolment.not_evaluable_reason})" if enrolment.not_evaluable_reason else said


def _reasons(item: SubjectAnalysis, analysis: Analysis) -> list[str]:
    if not item.subject.treated:
        given = "injected" if analysis.study.protocol.diagnostic else "treated"
        return [f"not {given}: {untreated_reason(item)}"]
    reasons = []
    if item.dlt is not None and not item.dlt_evaluable:
        reasons.append(f"not (yet) DLT-evaluable: {item.dlt.status}; {'; '.join(item.dlt.because)}")
    if item.response is not None and not item.response.evaluable:
        reasons.append(f"not response-evaluable: {item.response.because}")
    return reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A figure recorded of some members of a group: its spread (None: of nobody), how many lack it, and the rows."""

    group: Group
    spread: Spread | None
    lacking: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sexes:
    """Women and men of a group as recorded."""

    group: Group
    women: int
    men: int
    not_recorded: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Having:
    """Members of a group with a characteristic delivered as wanted, of those with any delivered."""

    group: Group
    subjects: tuple[str, ...]
    recorded: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A characteristic in figures, by group."""

    key: str
    title: str
    by_group: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A characteristic as words (or 1 and 0): one of them, by group; `only` where it is the one that is counted."""

    name: str
    wanted: str
    only: bool
    by_group: tuple[Having, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Members of a group of whom something derived is answered yes, and those of whom it is not determined."""

    group: Group
    yes: tuple[str, ...]
    no: tuple[str, ...]
    undetermined: tuple[str, ...]
    because: tuple[str, ...]
    """Of each who is no clear no, and why."""
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedFromPrior:
    """A characteristic derived from prior therapies, by group."""

    of: Characteristic
    by_group: tuple[Answering, ...]


Characteristics = Measured | tuple[Sexes, ...] | Told | DerivedFromPrior


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the groups were like before: age, sexes, body size, what the mapping names, and what prior therapies say."""

    groups: tuple[Group, ...]
    rows: tuple[Characteristics, ...]


MOST_WORDS = 12
"""Words of one characteristic that are counted."""


def baseline(analysis: Analysis) -> Baseline:
    """Age, sex, body size and the characteristics the mapping names, per group."""
    groups = columns(analysis)
    found: list[Characteristics] = []
    found += _measured("age", "Age, years", groups, lambda item: item.subject.enrolment.age_a)
    found.append(tuple(_sexes(group) for group in groups))
    found += _measured("weight", "Weight, kg", groups, lambda item: item.subject.enrolment.weight_kg)
    found += _measured("height", "Height, cm", groups, lambda item: item.subject.enrolment.height_cm)
    for name in dict.fromkeys(name for item in analysis.assigned for name, _ in item.subject.enrolment.baseline):
        found += _characteristic(name, groups)
    if "prior_therapy" in analysis.study.delivered_kinds:
        found += _prior(groups, {item.subject.id: prior_therapies(item) for item in analysis.assigned})
    return Baseline(groups=groups, rows=tuple(found))


def _prior(groups: Sequence[Group], of: Mapping[str, PriorTherapies]) -> Iterator[Measured | DerivedFromPrior]:
    """The number of prior lines, and what else prior therapies amount to."""
    yield from _measured(
        "prior-therapy-lines",
        "Prior lines of therapy",
        groups,
        lambda item: of[item.subject.id].lines,
        lambda item: of[item.subject.id].history.rows,
    )
    for place, one in enumerate(CHARACTERISTICS):
        answers = {subject: told.derived[place][1] for subject, told in of.items()}
        yield DerivedFromPrior(of=one, by_group=tuple(_answering(group, answers) for group in groups))


def _answering(group: Group, answers: Mapping[str, Derived]) -> Answering:
    found = {subject.id: answers[subject.id] for subject in group.subjects}

    def those(answer: Answer) -> tuple[str, ...]:
        return tuple(subject for subject, one in found.items() if one.answer == answer)

    return Answering(
        group=group,
        yes=those("yes"),
        no=those("no"),
        undetermined=those("undetermined"),
        because=tuple(
            f"{subject}: {one.answer}: {'; '.join(one.because)}" for subject, one in found.items() if one.answer != "no"
        ),
        rows=tuple(row for one in found.values() for row in one.rows),
    )


def _measured(
    key: str,
    title: str,
    groups: Sequence[Group],
    of: Callable[[SubjectAnalysis], float | None],
    rows: Callable[[SubjectAnalysis], Iterable[int]] = lambda item: (item.subject.enrolment.row,),
) -> list[Measured]:
    """The figure in each group; nothing where nobody has it."""
    by_group = []
    for group in groups:
        known = [(value, item) for item in group.members if (value := of(item)) is not None]
        by_group.append(
            Recorded(
                group=group,
                spread=spread_of([value for value, _ in known]),
                lacking=len(group.members) - len(known),
                rows=tuple(row for _, item in known for row in rows(item)),
            )
        )
    if all(one.spread is None for one in by_group):
        return []
    return [Measured(key=key, title=title, by_group=tuple(by_group))]


def _sexes(group: Group) -> Sexes:
    sexes = [item.subject.enrolment.sex for item in group.members]
    return Sexes(
        group=group,
        women=sexes.count("F"),
        men=sexes.count("M"),
        not_recorded=sexes.count(None),
        rows=tuple(item.subject.enrolment.row for item in group.members),
    )


def _characteristic(name: str, groups: Sequence[Group]) -> Sequence[Measured | Told]:
    """A characteristic as delivered: 1/0 counted as yes, numbers summarised, words counted."""
    values = {
        value
        for group in groups
        for item in group.members
        for key, value in item.subject.enrolment.baseline
        if key == name
    }
    if values <= {"0", "1"}:
        return [_told(name, "1", True, groups)]
    try:
        [float(value) for value in values]
    except ValueError:
        return [_told(name, value, False, groups) for value in sorted(values)[:MOST_WORDS]]
    return _measured(
        f"base-{slug(name)}",
        name.capitalize(),
        groups,
        lambda item: _float(dict(item.subject.enrolment.baseline).get(name)),
    )


def _float(text: str | None) -> float | None:
    return float(text) if text is not None else None


def _told(name: str, wanted: str, only: bool, groups: Sequence[Group]) -> Told:
    by_group = []
    for group in groups:
        recorded = [
            (dict(item.subject.enrolment.baseline)[name], item)
            for item in group.members
            if name in dict(item.subject.enrolment.baseline)
        ]
        by_group.append(
            Having(
                group=group,
                subjects=tuple(item.subject.id for value, item in recorded if value == wanted),
                recorded=len(recorded),
                rows=tuple(item.subject.enrolment.row for _, item in recorded),
            )
        )
    return Told(name=name, wanted=wanted, only=only, by_group=tuple(by_group))
