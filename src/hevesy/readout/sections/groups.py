"""The columns of every table: the arms that have subjects, then all together; and how a count becomes a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hevesy.blocks.number import Number, Part, Value
from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.adverse_events import ZeroEvents
from hevesy.names import token
from hevesy.readout.wording import percent, shortened
from hevesy.stats.proportion import clopper_pearson
from hevesy.study.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A column: its id, its heading, and its subjects."""

    id: str
    name: str
    members: tuple[SubjectAnalysis, ...]

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects themselves."""
        return tuple(item.subject for item in self.members)

    @property
    def treated(self) -> tuple[SubjectAnalysis, ...]:
        """Members with an administration."""
        return tuple(item for item in self.members if item.subject.treated)


def arm_groups(analysis: Analysis) -> tuple[Group, ...]:
    """One group per arm that has subjects, with its dose in the heading."""
    groups = []
    for arm in analysis.study.protocol.arms:
        members = analysis.of_arm(arm)
        if not members:
            continue
        name = arm.name
        if arm.dose_level is not None:
            name += f", {analysis.study.protocol.dose_level(arm.dose_level).total}"
        groups.append(Group(id=token(arm.code), name=name, members=members))
    return tuple(groups)


def columns(analysis: Analysis) -> tuple[Group, ...]:
    """The arms, and all assigned subjects together when there is more than one arm."""
    groups = arm_groups(analysis)
    return (*groups, Group(id="all", name="All", members=analysis.assigned)) if len(groups) > 1 else groups


def number(
    id: str,
    value: Value,
    text: str | None = None,
    *,
    label: str,
    definition: str,
    population: str,
    because: Iterable[str] = (),
    rows: Iterable[int] = (),
) -> Number:
    """A number; without `text` the value itself is shown."""
    return Number(
        id=id,
        value=value,
        text=text if text is not None else str(value),
        label=label,
        definition=definition,
        population=population,
        because=tuple(because),
        rows=tuple(sorted(set(rows))),
    )


def share(
    id: str,
    judged: Iterable[tuple[bool, str, Iterable[int]]],
    *,
    label: str,
    definition: str,
    population: str,
    more: str = "",
) -> Number:
    """How many of those judged, with the exact interval; of each whether it counts, why, and the rows."""
    every = list(judged)
    hits, n = sum(hit for hit, *_ in every), len(every)
    interval = clopper_pearson(hits, n)
    return number(
        id,
        hits / n,
        f"{hits}/{n} = {percent(hits / n)} ({percent(interval.lower)} to {percent(interval.upper)}){more}",
        label=label,
        definition=f"{definition}; exact 95 % interval (Clopper-Pearson)",
        population=f"{population} (n={n})",
        because=shortened(told for _, told, _ in every),
        rows=(row for *_, rows in every for row in rows),
    )


def head_count(id: str, members: Sequence[SubjectAnalysis], *, label: str, definition: str, population: str) -> Number:
    """How many subjects, with who they are and their enrolment rows."""
    names = ", ".join(shortened(item.subject.id for item in members))
    return number(
        id,
        len(members),
        label=label,
        definition=definition,
        population=population,
        because=(names,) if names else ("nobody",),
        rows=(item.subject.enrolment.row for item in members),
    )


def zero_event_parts(id: str, name: str, zero: ZeroEvents, population: str) -> tuple[Part, ...]:
    """The rest of a sentence that says "none": both exact 95 % upper bounds, each a number of its own."""
    upper = number(
        f"{id}-upper",
        zero.one_sided_upper,
        percent(zero.one_sided_upper),
        label=f"{name}, one-sided upper bound",
        definition="exact one-sided 95 % upper bound for no event, 1 - 0.05^(1/n)",
        population=population,
        because=(zero.sentence,),
    )
    both = number(
        f"{id}-upper-two-sided",
        zero.two_sided.upper,
        percent(zero.two_sided.upper),
        label=f"{name}, two-sided upper limit",
        definition="upper limit of the exact two-sided 95 % interval (Clopper-Pearson)",
        population=population,
        because=(zero.sentence,),
    )
    return ("; a true rate up to ", upper, " (one-sided 95 %) or ", both, " (two-sided 95 %) is compatible with this.")
