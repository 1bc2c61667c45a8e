"""What a subject's prior therapies amount to: lines, exposure, refractoriness; each answer yes, no or undetermined.

What is not told is never a no: an agent that nobody knows, a line that is missing among those numbered, a subject of
whom no prior therapy was delivered. Refractory is as the IMWG has it (S. V. Rajkumar et al., Blood 2011;117:4691): no
response (less than a minimal one) or progression on therapy, or progression within 60 days of its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from hevesy.follow.dlt.verdict import Answer
from hevesy.follow.therapy_agents import Agents, Drug, agents_in
from hevesy.study.dates import When, earliest, latest
from hevesy.study.facts.prior_therapy import PriorTherapy
from hevesy.study.subject import Subject

T = TypeVar("T")
REFRACTORY_WITHIN_D = 60
TRIPLE = 3
PI, IMID, ANTI_CD38 = "proteasome inhibitor", "immunomodulatory drug", "anti-CD38 antibody"
_RESPONDED = frozenset(
    "scr cr cri cru ncr vgpr pr mr".split()
    + [f"{how} {what}" for how in ("complete", "near complete", "partial") for what in ("response", "remission")]
    + ["stringent complete response", "very good partial response", "minimal response", "minor response"]
)
_STABLE = frozenset(("sd", "stable disease", "no response", "no change"))
"""Not NR or NC, which may say that nothing was recorded or calculated."""
_PROGRESSIVE = frozenset(("pd", "progressive disease", "progression"))
_PROGRESSION = frozenset(
    "progression progressive progressed progressing progress relapse relapsed relapsing refractory pd".split()
)
_BESIDE_IT = frozenset(
    "disease diseases myeloma lymphoma mm tumour tumor of the and or due to on under during while therapy treatment "
    "clinical biochemical confirmed documented".split()
)
"""Words that a reason may have beside one of progression; with any other it may speak of something else."""
NO_ANTI_CD38_BEFORE = date(2008, 1, 1)
"""The first was given to a person in 2008 (GEN501, NCT00574288): DVd of an earlier line was liposomal doxorubicin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An answer, the sentences behind it, and the rows they rest on."""

    answer: Answer
    because: tuple[str, ...]
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A delivered therapy with its drugs, and what the other rows of its line tell of the line."""

    told: PriorTherapy
    agents: Agents
    best_response: str | None
    """Its own, or that of its line where the row tells none."""
    line_responded: bool
    """Another row of its line tells a response."""
    progressed: When | None
    reason: str | None
    after_day_1: bool
    """It begins after the first treatment of the study: no prior therapy, unless the date is wrong."""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        line = f"line {self.told.line}" if self.told.line is not None else "a therapy of no line"
        return f"{line} ({self.told.agents or 'agents not told'})"

    def of(self, drug_class: str) -> Answer:
        """Whether an agent of a class was in it."""
        if not self.after_day_1 and any(drug_class in drug.classes for drug in self.agents.drugs):
            return "yes"
        if self.agents.unknown or any(drug_class in drug.classes | drug.may_be for drug in self.agents.drugs):
            return "undetermined"
        return "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The prior therapies of a subject, in order of their lines.

    `told`: any was delivered for the subject, or that there was none. `gaps` are lines missing among those numbered.
    """

    subject: str
    courses: tuple[Course, ...]
    told: bool
    none_rows: tuple[int, ...]
    """Rows that say that there was no therapy."""
    gaps: tuple[int, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """Every row of it."""
        return (*self.none_rows, *(course.told.row for course in self.courses))

    @property
    def contradicted(self) -> bool:
        """Whether it is said that there was none, and others are told."""
        return bool(self.none_rows and self.courses)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Why it is not known to be whole; empty: nothing says that it is not."""
        if not self.told:
            return ("no prior therapy was delivered for the subject, nor that there was none",)
        found = []
        if self.gaps:
            found.append(f"line {', '.join(map(str, self.gaps))} of {max(self._lines)} is not told")
        if self.contradicted:
            found.append("it is said that there was no prior therapy, and others are told")
        return tuple(found)

    @property
    def _lines(self) -> set[int]:
        return {one.told.line for one in self.courses if one.told.line is not None and not one.after_day_1}

    @property
    def lines(self) -> tuple[int, int | None]:
        """The least and the most prior lines there can have been; None: no end to it."""
        if not self.told:
            return 0, None
        numbered = self._lines
        doubtful = {one.told.line for one in self.courses if one.after_day_1} - numbered
        without = [one for one in self.courses if one.told.line is None and not one.after_day_1]
        unnumbered = len(without)
        if self.contradicted:
            return 0, max(numbered, default=0) + unnumbered + len(doubtful)
        # a row without a number may belong to a line that is told, or be one of its own
        least = max(len(numbered), 1 if any(one.agents.drugs for one in without) else 0)
        return least, max(numbered, default=0) + unnumbered + len(doubtful)


def history_of(subject: Subject) -> History:
    """The prior therapies of a subject as delivered, rows of one line gathered."""
    rows = [(one, _agents_of(one)) for one in subject.of(PriorTherapy)]
    none = tuple(one.row for one, agents in rows if agents.no_therapy)
    courses = [_course(one, agents, rows, subject.day_1) for one, agents in rows if not agents.no_therapy]
    courses.sort(key=lambda one: (one.told.line or 0, earliest(one.told.on) if one.told.on else date.max, one.told.row))
    numbered = {one.told.line for one in courses if one.told.line is not None and not one.after_day_1}
    return History(
        subject=subject.id,
        courses=tuple(courses),
        told=bool(rows),
        none_rows=none,
        gaps=tuple(number for number in range(1, max(numbered, default=0)) if number not in numbered),
    )


def _agents_of(told: PriorTherapy) -> Agents:
    """The agents of a row, but for what cannot be: none with a line, a day or an outcome, an agent before its time."""
    agents = agents_in(told.agents)
    said = (told.line, told.on, told.stop, told.progressed, told.best_response, told.reason)
    if agents.no_therapy and any(one is not None for one in said):
        return Agents(drugs=(), unknown=(told.agents or "",))
    last = told.stop or told.on
    early = last is not None and latest(last) < NO_ANTI_CD38_BEFORE
    if early and any(ANTI_CD38 in drug.classes for drug in agents.drugs):
        return Agents(drugs=(), unknown=(f"{told.agents} before {NO_ANTI_CD38_BEFORE.year}",))
    return agents


def _course(
    one: PriorTherapy, agents: Agents, rows: Sequence[tuple[PriorTherapy, Agents]], day_1: date | None
) -> Course:
    line = [other for other, _ in rows if one.line is not None and other.line == one.line]
    together = [other for other in line if one.stop is not None and other.stop == one.stop]
    return Course(
        told=one,
        agents=agents,
        best_response=one.best_response or _only(other.best_response for other in together),
        line_responded=any(_called(other.best_response) in _RESPONDED for other in line if other is not one),
        progressed=one.progressed or _progressed_in(line, one.on),
        reason=one.reason or _only(other.reason for other in together),
        after_day_1=day_1 is not None and one.on is not None and earliest(one.on) >= day_1,
    )


def _progressed_in(line: Sequence[PriorTherapy], start: When | None) -> When | None:
    """The progression that the line tells, where it surely came no sooner than a row of it began."""
    told = {other.progressed for other in line if other.progressed is not None}
    one = next(iter(told), None)
    if len(told) != 1 or one is None or start is None:
        return None
    return one if latest(start) <= earliest(one) else None


def _only(told: Iterable[T | None]) -> T | None:
    """What all who tell it tell alike."""
    values = {one for one in told if one is not None}
    return values.pop() if len(values) == 1 else None


def _called(response: str | None) -> str:
    return " ".join((response or "").split()).casefold()


def number_of_lines(history: History) -> tuple[int | None, tuple[str, ...]]:
    """The number of prior lines, and why it is that; None: it is not determined."""
    least, most = history.lines
    if least == most and not history.lacking:
        return least, (f"{least} prior line{'' if least == 1 else 's'} told",)
    if history.lacking:
        return None, history.lacking
    return None, (f"{least} to {most} lines: therapies without a line's number, or begun after day 1",)


def exposed(history: History, drug_class: str) -> Derived:
    """Whether an agent of a class was among the prior therapies."""
    return _over_courses(history, drug_class, lambda one: _exposed(one, drug_class), f"no {drug_class} was given")


def refractory(history: History, drug_class: str) -> Derived:
    """Whether the disease is refractory to a class: to a therapy with an agent of it."""

    def answer(one: Course) -> Derived:
        given, found = _exposed(one, drug_class), refractory_to(one)
        if found.answer == "no" or given.answer == "yes":
            return found
        return given

    return _over_courses(history, drug_class, answer, f"refractory to no {drug_class}")


def _exposed(one: Course, drug_class: str) -> Derived:
    answer, rows = one.of(drug_class), (one.told.row,)
    if answer == "yes":
        drugs = ", ".join(drug.name for drug in one.agents.drugs if drug_class in drug.classes)
        return Derived(answer="yes", because=(f"{one.name}: {drugs}",), rows=rows)
    unknown = ", ".join(one.agents.unknown)
    why = f"not known: {unknown}" if unknown else f"may hold a {drug_class}, which is not told"
    if one.after_day_1 and not unknown:
        why = "it begins after day 1 of the study"
    return Derived(answer=answer, because=(f"{one.name}: {why}",) if answer == "undetermined" else (), rows=rows)


def _over_courses(history: History, drug_class: str, answer: Callable[[Course], Derived], none: str) -> Derived:
    """Yes if one therapy answers yes; no only if all that may hold the class answer no, and all are told."""
    found = [answer(one) for one in history.courses if one.of(drug_class) != "no"]
    yes = [one for one in found if one.answer == "yes"]
    if yes and not history.contradicted:
        return joined("yes", yes)
    open_ones = [one for one in found if one.answer == "undetermined" or one in yes]
    if open_ones or history.lacking:
        open_ones.append(Derived(answer="undetermined", because=history.lacking, rows=history.none_rows))
        return joined("undetermined", open_ones)
    because = tuple(dict.fromkeys(line for one in found for line in one.because)) or (none,)
    return Derived(answer="no", because=because, rows=history.rows)


def joined(answer: Answer, found: Iterable[Derived]) -> Derived:
    """One answer that rests on several."""
    every = tuple(found)
    return Derived(
        answer=answer,
        because=tuple(dict.fromkeys(line for one in every for line in one.because)),
        rows=tuple(sorted({row for one in every for row in one.rows})),
    )


def all_of(found: Iterable[Derived]) -> Derived:
    """Yes if all are yes, no if one is no, otherwise undetermined."""
    every = tuple(found)
    for answer in ("no", "undetermined"):
        those = [one for one in every if one.answer == answer]
        if those:
            return joined(answer, those)
    return joined("yes", every)


def any_of(found: Iterable[Derived]) -> Derived:
    """Yes if one is yes, no if all are no, otherwise undetermined."""
    every = tuple(found)
    for answer in ("yes", "undetermined"):
        those = [one for one in every if one.answer == answer]
        if those:
            return joined(answer, those)
    return joined("no", every)


def refractory_to(one: Course) -> Derived:
    """Whether the disease was refractory to one therapy: IMWG 2011."""
    answer, why = _refractory(one)
    return Derived(answer=answer, because=(f"{one.name}: {why}",), rows=(one.told.row,))


def _refractory(one: Course) -> tuple[Answer, str]:
    response = _called(one.best_response)
    reason = one.reason or ""
    if response in _PROGRESSIVE or (response in _STABLE and not one.line_responded):
        return "yes", f"less than a minimal response ({one.best_response})"
    if response in _STABLE:
        return "undetermined", f"{one.best_response} here, and a response in another row of the line"
    after = _days_from_stop(one)
    if _says_progression(reason):
        if after is not None and after[0] > REFRACTORY_WITHIN_D:
            return "undetermined", f"ended for {reason}, and progression is dated {after[0]} days later or more"
        return "yes", f"ended for {reason}"
    if after is None:
        lacking = "the day of progression" if one.progressed is None else "the day it stopped"
        return "undetermined", f"{lacking} is not told"
    if after[1] <= REFRACTORY_WITHIN_D:
        return "yes", f"progression within {REFRACTORY_WITHIN_D} days of its end ({one.progressed})"
    if after[0] <= REFRACTORY_WITHIN_D:
        return "undetermined", f"progression {after[0]} to {after[1]} days from its end, as far as the dates tell"
    if response not in _RESPONDED:
        return "undetermined", f"whether there was a response is not told ({one.best_response or 'none delivered'})"
    return "no", f"{one.best_response}, and progression {after[0]} days after its end or later"


def _says_progression(reason: str) -> bool:
    """Whether a reason is progression of the disease and nothing else.

    >>> [_says_progression(one) for one in ("Disease progression", "progressive neuropathy", "no progression")]
    [True, False, False]
    """
    words = frozenset(re.findall(r"[\w?]+", reason.casefold()))
    return bool(words & _PROGRESSION) and words <= _PROGRESSION | _BESIDE_IT


def _days_from_stop(one: Course) -> tuple[int, int] | None:
    """The least and the most days from the end of a therapy to progression, negative where it came before."""
    stop, progressed = one.told.stop, one.progressed
    if stop is None or progressed is None:
        return None
    return (earliest(progressed) - latest(stop)).days, (latest(progressed) - earliest(stop)).days


def double_refractory(history: History) -> Derived:
    """Refractory to a proteasome inhibitor and to an immunomodulatory drug."""
    return all_of(refractory(history, one) for one in (PI, IMID))


def triple_class_exposed(history: History) -> Derived:
    """Exposed to a proteasome inhibitor, an immunomodulatory drug and an antibody against CD38."""
    return all_of(exposed(history, one) for one in (PI, IMID, ANTI_CD38))


def triple_class_refractory(history: History) -> Derived:
    """Refractory to a proteasome inhibitor, an immunomodulatory drug and an antibody against CD38."""
    return all_of(refractory(history, one) for one in (PI, IMID, ANTI_CD38))


def triple_combination(history: History) -> Derived:
    """Whether three drugs or more were given together in one line, corticosteroids counted (VRd, VCd, DRd).

    A transplant, radiation, surgery and what protects bone are no drugs of a combination. Drugs of one row are given
    together; those of several rows of a line where their days show it.
    """
    found = [_combined(courses) for courses in _by_line(history)]
    if history.contradicted:
        return Derived(answer="undetermined", because=history.lacking, rows=history.rows)
    if history.lacking:
        found.append(Derived(answer="undetermined", because=history.lacking, rows=history.none_rows))
    if not found:
        return Derived(answer="no", because=("there was no prior therapy",), rows=history.rows)
    return any_of(found)


def _by_line(history: History) -> list[list[Course]]:
    """The therapies by line; one without a number stands by itself."""
    lines: dict[object, list[Course]] = {}
    for one in history.courses:
        lines.setdefault(one.told.line if one.told.line is not None else ("row", one.told.row), []).append(one)
    return list(lines.values())


def _combined(courses: Sequence[Course]) -> Derived:
    """Whether a line held three drugs at once."""
    name, rows = courses[0].name, tuple(one.told.row for one in courses)
    surely = _most_at_once([one for one in courses if not one.after_day_1], _sure_days)
    if len(surely) >= TRIPLE:
        return Derived(answer="yes", because=(f"{name}: {', '.join(sorted(surely))}",), rows=rows)
    unknown = [written for one in courses for written in one.agents.unknown]
    if unknown:
        return Derived(answer="undetermined", because=(f"{name}: not known: {', '.join(unknown)}",), rows=rows)
    if len(most := _most_at_once(courses, _possible_days)) < TRIPLE:
        return Derived(answer="no", because=(f"{name}: {', '.join(sorted(most)) or 'no drug'}",), rows=rows)
    why = "three drugs in the line, and their days do not show them together"
    return Derived(answer="undetermined", because=(f"{name}: {why}",), rows=rows)


Days = tuple[date, date] | None


def _most_at_once(courses: Sequence[Course], days: Callable[[PriorTherapy], Days]) -> frozenset[str]:
    """The most drugs that are given on one day: that of a row's beginning, for no other has more."""
    best: frozenset[str] = frozenset()
    for one in courses:
        own, given = days(one.told), [one]
        if own is not None:
            spans = [(other, days(other.told)) for other in courses if other is not one]
            given += [other for other, span in spans if span is not None and span[0] <= own[0] <= span[1]]
        drugs = _distinct(drug for other in given for drug in other.agents.drugs if drug.counts)
        best = max(best, drugs, key=len)
    return best


def _distinct(drugs: Iterable[Drug]) -> frozenset[str]:
    """Drugs by name; one of which only the class is told may be another of that class."""
    every = frozenset(drugs)
    named = frozenset(of for drug in every if not drug.unnamed for of in drug.classes)
    return frozenset(drug.name for drug in every if not (drug.unnamed and drug.classes & named))


def _sure_days(told: PriorTherapy) -> Days:
    """The days on which it was given for sure."""
    if told.on is None or told.stop is None or latest(told.on) > earliest(told.stop):
        return None
    return latest(told.on), earliest(told.stop)


def _possible_days(told: PriorTherapy) -> Days:
    """The days on which it may have been given; what is not dated, on any."""
    first = earliest(told.on) if told.on is not None else date.min
    return first, latest(told.stop) if told.stop is not None else date.max


def days_since(history: History, reference: date, drug_class: str | None) -> tuple[int | None, int | None, Derived]:
    """The least and the most days between the last therapy (of a class) and a day, and what it rests on.

    None for the most: nothing says that a therapy of the class began or ended by then; for the least: one may have
    ended at any time. A therapy that may be of the class counts for the least alone.
    The answer of what it rests on is no where nobody was given any, undetermined where that is not known.
    """
    found, open_ones = [], list(history.lacking)
    for one in history.courses:
        of = "yes" if drug_class is None else one.of(drug_class)
        if of == "no" or one.after_day_1:
            open_ones += [f"{one.name}: it begins after day 1 of the study"] if of != "no" else []
            continue
        found.append((one, of, *_since(one.told, reference)))
    lows = [low for _, _, low, _ in found]
    least = None if None in lows else min((low for low in lows if low is not None), default=None)
    sure = [high for _, of, _, high in found if of == "yes" and high is not None]
    because = (*open_ones, *(_told_since(one, of, low, high) for one, of, low, high in found))
    rows = (*history.none_rows, *(one.told.row for one, *_ in found)) if found else history.rows
    answer: Answer = "undetermined" if open_ones else "yes" if found else "no"
    return least, min(sure, default=None), Derived(answer=answer, because=because, rows=rows)


def _since(told: PriorTherapy, reference: date) -> tuple[int | None, int | None]:
    """The least and the most days from the end of a therapy to a day; it ended no sooner than it began."""
    low = (reference - latest(told.stop)).days if told.stop is not None else None
    first = told.stop if told.stop is not None else told.on
    return low, (reference - earliest(first)).days if first is not None else None


def _told_since(one: Course, of: Answer, low: int | None, high: int | None) -> str:
    perhaps = "" if of == "yes" else ", whose class is not told"
    if low is None:
        return f"{one.name}{perhaps}: the day it stopped is not told"
    return f"{one.name}{perhaps}: {low if low == high else f'{low} to {high}'} days before"
