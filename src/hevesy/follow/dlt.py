"""Dose-limiting toxicity: each rule of the protocol answers yes, no or undetermined, with its reasons.

Undetermined is never counted as no. Between two counts nobody knows when a grade began or ended, so the length of an
episode lies between two numbers, and a rule that falls between them is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import inf
from typing import Literal

from hevesy.errors import RuleError
from hevesy.follow.blood_terms import is_listed
from hevesy.follow.ctcae import test_of_term, worst_laboratory_grade
from hevesy.follow.labs import GradedLab, graded, missing_counts, taken_as_delivered, taken_as_lowest
from hevesy.follow.support import rule_for
from hevesy.follow.vital_status import KnownDeath, death_of, last_known_alive
from hevesy.study.dates import When, earliest, latest, study_day
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.outcomes import DLTStatus, SubjectOutcome
from hevesy.study.protocol import AdverseEventRule, CountRule, DLTRule, DurationRule, TrialProtocol
from hevesy.study.subject import Study, Subject

Answer = Literal["yes", "no", "undetermined"]
WATCHED_D = 14
"""Counts no further apart than this show that a low count stayed below a grade."""
UNWATCHED_D = 28
"""A stretch without a count longer than this (and than the rule's own days) is told beside a "no"."""
NEAR_D = 3
"""Events and counts so many days outside the window are told beside a "no"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of one rule for one subject, the sentences behind it and the rows they rest on.

    `met_on` is the day a yes was first true, None where it is no yes or the day is not known. `seen` tells, of a rule
    that is undetermined, that something was seen which may be a toxicity; otherwise it is open because nobody looked.
    """

    rule: str
    answer: Answer
    because: tuple[str, ...]
    rows: tuple[int, ...] = ()
    met_on: date | None = None
    seen: bool = False
    noted: tuple[str, ...] = ()
    """Of a no: what lies just outside the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEpisode:
    """Counts of a grade or worse and what followed: bounds in days on its length, and whether its end was seen.

    `at_least_d` from the first such count to the last count before the end was seen; `at_most_d` from the last count
    before the episode to the first count after it, None while no end was seen.
    """

    first_on: date
    first_count: str
    """As delivered, with its unit."""
    at_least_d: int
    at_most_d: int | None
    rows: tuple[int, ...]


def episodes(
    counts: Sequence[GradedLab], grade: int, over_grade: int, missing_on: Sequence[date] = ()
) -> tuple[CountEpisode, ...]:
    """Episodes that reach `grade` and last until a count of at most `over_grade`; counts are in order of date.

    An episode is sure to have lasted only up to the last count before a gap in which a required count is missing
    (`missing_on`): within the gap it may have ended and begun again.
    """
    usable = [
        (item.on, item.grade.bound, item.lab.row)
        for item in counts
        if item.on is not None and item.grade.bound is not None
    ]
    as_written = {
        item.lab.row: f"{item.lab.value:g} {item.lab.unit or ''}".rstrip()
        for item in counts
        if item.lab.value is not None
    }
    found: list[CountEpisode] = []
    place = 0
    while place < len(usable):
        if usable[place][1] < grade:
            place += 1
            continue
        first = place
        place = next((later for later in range(first + 1, len(usable)) if usable[later][1] <= over_grade), len(usable))
        before, inside, after = usable[:first][-1:], usable[first:place], usable[place:][:1]
        first_on = inside[0][0]
        begun_after = before[0][0] if before else first_on
        found.append(
            CountEpisode(
                first_on=first_on,
                first_count=as_written[inside[0][2]],
                at_least_d=(_sure_until([on for on, _, _ in inside], missing_on) - first_on).days,
                at_most_d=(after[0][0] - begun_after).days if after else None,
                rows=tuple(row for _, _, row in (*before, *inside, *after)),
            )
        )
    return tuple(found)


def _sure_until(inside: Sequence[date], missing_on: Sequence[date]) -> date:
    """Last of consecutive counts before a gap that holds a missing required count."""
    for before, after in pairwise(inside):
        if any(before < due < after for due in missing_on):
            return before
    return inside[-1]


def judge(subject: Subject, study: Study, cut: date, labs: tuple[GradedLab, ...] | None = None) -> tuple[Verdict, ...]:
    """The verdict of every rule for a treated subject, on what had happened by the cut.

    `labs` if they are graded already.
    """
    rule_set, first_day = study.protocol.dlt, subject.day_1
    if rule_set is None:
        raise RuleError("the protocol defines no dose-limiting toxicity")
    if first_day is None:
        raise RuleError(f"subject {subject.id} has no administration recorded; dose-limiting toxicity is not judged")
    window_end = first_day + timedelta(days=rule_set.window_d - 1)
    labs = labs if labs is not None else graded(subject, study.protocol)
    verdicts = []
    for rule in rule_set.rules:
        match rule:
            case AdverseEventRule():
                window = _Window(first_day, window_end, cut, rule_set.window_d)
                verdicts.append(_by_adverse_event(rule, rule_set, subject, study, window, labs))
            case CountRule() | DurationRule():
                verdicts.append(_with_questions(rule, labs, subject, study.protocol, window_end, cut))
    return tuple(verdicts)


@dataclass(frozen=True, slots=True)
class _Window:
    """The days that count, both included, and the cut."""

    first: date
    last: date
    cut: date
    length_d: int

    def latest(self, when: When) -> date:
        """The last day it can have been: nothing known at the cut happened after it."""
        return min(latest(when), self.cut) if not isinstance(when, date) else when


def _by_adverse_event(
    rule: AdverseEventRule, rules: DLTRule, subject: Subject, study: Study, window: _Window, labs: tuple[GradedLab, ...]
) -> Verdict:
    if "adverse_event" not in study.delivered_kinds:
        return Verdict(
            rule=rule.name, answer="undetermined", because=("no adverse events have been delivered for this study",)
        )
    yes: list[tuple[str, int, When]] = []
    unsettled: list[tuple[str, int]] = []
    noted: list[str] = []
    for event in subject.adverse_events:
        left_out = _left_out(event, rule, rules)
        if left_out:
            continue
        reached = event.worst_on or event.on
        outside = _outside(event, rule, window)
        if outside is not None:
            if _just_outside(outside, window.first, window.last) and (
                event.grade is None or event.grade >= rule.minimum_grade
            ):
                noted.append(
                    f"{event.term}, grade {event.grade if event.grade is not None else 'unknown'}, {outside}: "
                    "outside the window"
                )
            continue
        question = _question(event, rule, window, labs)
        if question is not None:
            unsettled.append((question, event.row))
        elif event.grade is None or event.grade < rule.minimum_grade or reached is None:
            continue
        elif left_out is None:
            text = (
                f"{event.term} grade {event.grade} on {reached} speaks of a low count that dlt.haematological_terms "
                "does not list"
            )
            unsettled.append((f"{text}: list it there, or in dlt.non_haematological_terms", event.row))
        else:
            yes.append((f"{event.term} grade {event.grade} on {reached}", event.row, reached))
    if yes:
        return Verdict(
            rule=rule.name,
            answer="yes",
            because=tuple(text for text, _, _ in yes),
            rows=tuple(row for _, row, _ in yes),
            met_on=_first_day([when for _, _, when in yes]),
        )
    if unsettled:
        because = tuple(text for text, _ in unsettled)
        return Verdict(
            rule=rule.name, answer="undetermined", because=because, rows=tuple(row for _, row in unsettled), seen=True
        )
    looked_at = tuple(event.row for event in subject.adverse_events)
    because = (f"none among {len(looked_at)} adverse events recorded",)
    return Verdict(rule=rule.name, answer="no", because=because, rows=looked_at, noted=tuple(noted))


def _just_outside(day: date, first: date, last: date) -> bool:
    """Whether a day outside lies so near that a slip of the pen or of a time zone would bring it in."""
    return max(first - day, day - last).days <= NEAR_D


def _outside(event: AdverseEvent, rule: AdverseEventRule, window: _Window) -> date | None:
    """The day by which an event surely lies outside the window, or None.

    It began after it, was at its worst (or over) before it, or reached just the minimum grade after it.
    """
    if event.on is not None and earliest(event.on) > window.last:
        return earliest(event.on)
    if event.worst_on is not None and earliest(event.worst_on) > window.last and event.grade == rule.minimum_grade:
        return earliest(event.worst_on)
    over, began = event.worst_on or event.resolved, event.on
    if over is not None and window.latest(over) < window.first and (began is None or earliest(began) < window.first):
        return window.latest(over)
    return None


def _question(event: AdverseEvent, rule: AdverseEventRule, window: _Window, labs: tuple[GradedLab, ...]) -> str | None:
    """What must be known of an event before it is a DLT by the rule or none; None: it is one or the other."""
    if event.grade is None:
        if event.grade_at_most is not None and event.grade_at_most < rule.minimum_grade:
            return None
        if _stayed_below(event, labs, rule.minimum_grade, min(window.cut, window.last)):
            return None
        return (
            f"{event.term} ({event.on or 'undated'}): "
            f"{'grade at cut not known' if event.worst_after_cut else 'no CTCAE grade'}"
        )
    if event.grade < rule.minimum_grade:
        return None
    named, reached = f"{event.term} grade {event.grade}", event.worst_on or event.on
    if reached is None or earliest(reached) <= window.last < window.latest(reached):
        return f"{named}: not known whether by day {window.length_d}"
    if earliest(reached) > window.last:
        return f"{named} after day {window.length_d}; when grade {rule.minimum_grade} was reached is not recorded"
    if window.latest(reached) < window.first:
        return f"{named} began before treatment; the day of its worst grade is not recorded"
    if earliest(reached) < window.first:
        return f"{named} ({reached}): not known whether before treatment"
    if (
        event.worst_on is None
        and min(window.cut, latest(event.resolved) if event.resolved else window.cut) > window.last
    ):
        return f"{named}: day of the worst grade not recorded"
    return None


def _left_out(event: AdverseEvent, rule: AdverseEventRule, rules: DLTRule) -> bool | None:
    """Whether an event is haematological and the rule leaves those out.

    None: it speaks of a low count, and nobody said what it is.
    """
    if not rule.non_haematological_only or is_listed(event.term, rules.non_haematological_terms):
        return False
    return is_listed(event.term, rules.haematological_terms)


def _first_day(when: Sequence[When]) -> date | None:
    """The earliest of several days, None where an incomplete date may be earlier."""
    known = [day for day in when if isinstance(day, date)]
    first = min(known, default=None)
    return first if first is not None and all(isinstance(day, date) or earliest(day) >= first for day in when) else None


def _stayed_below(event: AdverseEvent, labs: tuple[GradedLab, ...], minimum_grade: int, until: date) -> bool:
    """Whether the counts since the onset of a low count show that its grade stayed below the minimum."""
    test = test_of_term(event.term)
    if test is None or event.on is None or minimum_grade > worst_laboratory_grade(test):
        return False
    since = earliest(event.on)
    seen = [item for item in labs if item.lab.test == test and item.on is not None and since <= item.on <= until]
    bounds = [grade.bound for item in seen for grade in (item.grade, item.otherwise) if grade is not None]
    if any(item.support is not None for item in seen):
        return False
    over = min(until, latest(event.resolved)) if event.resolved is not None else until
    days = [since, *sorted(item.on for item in seen if item.on is not None), over]
    watched = all((later - before).days <= WATCHED_D for before, later in pairwise(days))
    return watched and bool(bounds) and all(bound is not None and bound < minimum_grade for bound in bounds)


def _with_questions(
    rule: CountRule | DurationRule,
    labs: tuple[GradedLab, ...],
    subject: Subject,
    protocol: TrialProtocol,
    window_end: date,
    cut: date,
) -> Verdict:
    """A rule on counts, without questioned values and by the milder end of censored ones.

    Undetermined where another reading differs.
    """
    without = _by_count(rule, labs, subject, protocol, window_end, cut)
    asked = [item for item in labs if item.lab.test == rule.test and item.otherwise is not None]
    if not asked:
        return without
    rows = [item.lab.row for item in asked]
    readings = [taken_as_delivered(labs, taken) for taken in (rows, *([row] for row in rows))]
    # a value in a wrong unit may well have been a low one
    readings.append(taken_as_lowest(labs))
    others = [_by_count(rule, reading, subject, protocol, window_end, cut).answer for reading in readings]
    told = "; ".join(str(item.question) if item.question is not None else _censored(item) for item in asked)
    if set(others) == {without.answer}:
        return replace(without, because=(*without.because, f"the same however this is read: {told}"))
    with_them = next(answer for answer in others if answer != without.answer)
    because = (f"{told}; by it the rule says {with_them}, else {without.answer}", *without.because)
    return replace(
        without,
        answer="undetermined",
        because=because,
        rows=tuple(dict.fromkeys((*rows, *without.rows))),
        met_on=None,
        seen=True,
    )


def _censored(item: GradedLab) -> str:
    """A value told as below or above a limit, with the grades it may have."""
    worse = item.otherwise.bound if item.otherwise is not None else None
    shown = f"{item.lab.side or ''}{item.lab.value:g} {item.lab.unit or ''}".rstrip()
    return f"{item.lab.test} {shown} on {item.on} may be grade {item.grade.bound} to {worse}"


def _by_count(
    rule: CountRule | DurationRule,
    labs: Sequence[GradedLab],
    subject: Subject,
    protocol: TrialProtocol,
    window_end: date,
    cut: date,
) -> Verdict:
    """A rule on counts; a required count that is missing in the window leaves what hangs on it undetermined.

    A good count after a transfusion or growth factor shows nothing; a low one is low all the same.
    """
    first_day = subject.day_1
    assert first_day is not None
    over_grade = rule.recovery_grade if isinstance(rule, CountRule) else rule.grade - 1
    own = [item for item in labs if item.lab.test == rule.test]
    carried = [
        item
        for item in own
        if item.support is not None and item.grade.bound is not None and item.grade.bound <= over_grade
    ]
    schedule = protocol.count_schedule
    gaps = missing_counts(own, schedule, first_day, min(cut, window_end)) if schedule is not None else ()
    own = [item for item in own if item not in carried]
    missing = [(day, due) for test, day, due in gaps if test == rule.test]
    unsure_on = [due for _, due in missing] + [item.on for item in carried if item.on is not None]
    every = _worst_of_each_day(own)
    before = [item for item in every if item.on is not None and item.on < first_day and item.grade.bound is not None]
    counts = [*before[-1:], *(item for item in every if item.on is not None and item.on >= first_day)]
    notes, undated = _support_notes(rule.test, carried, subject, protocol)
    limit_d = rule.within_d if isinstance(rule, CountRule) else rule.lasting_d
    answers: list[tuple[Answer, str, CountEpisode]] = [
        (*_on_episode(rule, episode, limit_d, first_day), episode)
        for episode in episodes(counts, rule.grade, over_grade, unsure_on)
        if episode.first_on <= window_end
    ]
    for wanted in ("yes", "undetermined"):
        chosen = [item for item in answers if item[0] == wanted]
        if chosen:
            because = (*(text for _, text, _ in chosen), *notes)
            rows = tuple(row for _, _, episode in chosen for row in episode.rows)
            met_on = chosen[0][2].first_on + timedelta(days=limit_d) if wanted == "yes" else None
            return Verdict(
                rule=rule.name,
                answer=chosen[0][0],
                because=because,
                rows=rows,
                met_on=met_on,
                seen=wanted == "undetermined",
            )
    vague = [
        item for item in labs if item.lab.test == rule.test and _may_be_low_in(item, rule.grade, first_day, window_end)
    ]
    if vague:
        told = "; ".join(
            f"{rule.test} {item.lab.value:g} {item.lab.unit or ''}, grade {item.grade.bound}, day not known"
            for item in vague
        )
        because = (f"{told} ({vague[0].lab.on or 'no date'})", *notes)
        return Verdict(
            rule=rule.name,
            answer="undetermined",
            because=because,
            rows=tuple(item.lab.row for item in vague),
            seen=True,
        )
    seen = [
        item
        for item in counts
        if item.on is not None and first_day < item.on <= window_end and item.grade.bound is not None
    ]
    rows = tuple(item.lab.row for item in counts)
    if missing:
        because = (f"required {rule.test} count missing on day {', '.join(str(day) for day, _ in missing)}", *notes)
        return Verdict(rule=rule.name, answer="undetermined", because=because, rows=rows)
    if not seen:
        return Verdict(
            rule=rule.name,
            answer="undetermined",
            because=(f"no {rule.test} count after the infusion", *notes),
            rows=rows,
        )
    because = tuple(text for _, text, _ in answers) or (
        f"no {rule.test} count of grade {rule.grade} among {len(counts)}",
    )
    # what a product without its day carries is not known; what a carried count hides lies between the own counts about
    # it
    own_days = [item.on for item in counts if item.on is not None and item.grade.bound is not None]
    hides = [item.on for item in carried if item.on is not None and first_day < item.on <= window_end]
    hidden = undated or not all(_too_short(rule, own_days, on, limit_d) for on in hides)
    because = (*because, *notes)
    if hidden:
        return Verdict(rule=rule.name, answer="undetermined", because=because, rows=rows, seen=True)
    noted = (*_beside_the_window(rule, counts, window_end, min(window_end, cut), limit_d), *notes)
    return Verdict(rule=rule.name, answer="no", because=because, rows=rows, noted=noted)


def _beside_the_window(
    rule: CountRule | DurationRule, counts: Sequence[GradedLab], window_end: date, until: date, limit_d: int
) -> tuple[str, ...]:
    """What a "no" leaves out.

    Low counts that are or may have begun near the window's end, and a stretch nobody looked at.

    Where the answer is "no", none before the window is low and one lies within it.
    """
    known = [
        (item.on, item.grade.bound, item.lab) for item in counts if item.on is not None and item.grade.bound is not None
    ]
    told = []
    for (before, _, _), (on, grade, lab) in pairwise(known):
        if grade >= rule.grade and on > window_end and (before <= window_end or (on - window_end).days <= NEAR_D):
            shown = f"{lab.value:g} {lab.unit or ''}".rstrip()
            told.append(f"{rule.test} {shown} on {on}, grade {grade}: outside the window")
    last = max(on for on, _, _ in known if on <= window_end)
    if (until - last).days > max(UNWATCHED_D, limit_d):
        told.append(f"no {rule.test} count between {last} and {until}, and the protocol requires none")
    return tuple(told)


def _may_be_low_in(item: GradedLab, grade: int, first_day: date, window_end: date) -> bool:
    """Whether a count that is not known to the day is this low and may lie in the window."""
    when = item.lab.on
    if isinstance(when, date) or item.grade.bound is None or item.grade.bound < grade:
        return False
    return when is None or (earliest(when) <= window_end and latest(when) >= first_day)


def _worst_of_each_day(labs: Iterable[GradedLab]) -> list[GradedLab]:
    """Counts in order of day; of several on one day, whose order is not known, the first of the worst grade."""
    found: dict[date, GradedLab] = {}
    for item in sorted(labs, key=lambda item: item.lab.row):
        if item.on is not None:
            found[item.on] = max(found.get(item.on, item), item, key=_rank)
    return [found[on] for on in sorted(found)]


def _rank(item: GradedLab) -> float:
    return -inf if item.grade.bound is None else item.grade.bound


def _too_short(rule: CountRule | DurationRule, own_days: Sequence[date], on: date, limit_d: int) -> bool:
    """Whether an episode that a carried count of this day hides would have been over in time.

    By the own counts before and after it.
    """
    before = max((day for day in own_days if day < on), default=None)
    after = min((day for day in own_days if day > on), default=None)
    if before is None or after is None:
        return False
    return (after - before).days <= limit_d if isinstance(rule, CountRule) else (after - before).days < limit_d


def _support_notes(
    test: str, carried: Sequence[GradedLab], subject: Subject, protocol: TrialProtocol
) -> tuple[tuple[str, ...], bool]:
    """What is told of transfusions and growth factors, and whether one for this test has no date."""
    told = []
    if carried:
        products = sorted({item.support.product for item in carried if item.support is not None})
        told.append(f"left out: {len(carried)} counts that rest on {', '.join(products)}")
    rules = [(given, rule_for(given.product, protocol.support_rules)) for given in subject.supportive_care]
    undated = sorted(
        {given.product for given, rule in rules if rule is not None and rule.test == test and given.on is None}
    )
    unknown = sorted({given.product for given, rule in rules if rule is None})
    told += [f"{', '.join(undated)} given on an unknown day: it may carry any of them"] if undated else []
    told += (
        [f"not taken into account, since no rule knows which count it carries: {', '.join(unknown)}"] if unknown else []
    )
    return tuple(told), bool(undated)


def _on_episode(
    rule: CountRule | DurationRule, episode: CountEpisode, limit_d: int, first_day: date
) -> tuple[Answer, str]:
    """Judge one episode by the bounds on its length.

    Not back within L days: yes when it certainly lasted L days and was still there, no when it ended within L at the
    most. Lasting L days or more: yes when it lasted at least L, no when at the most it stayed below L.
    """
    target = f"grade {rule.recovery_grade}" if isinstance(rule, CountRule) else f"below grade {rule.grade}"
    upper = episode.at_most_d
    first = f"{rule.test} grade {rule.grade} first on {episode.first_on} ({episode.first_count})"
    if upper is None:
        told = f"{first}, not back to {target} after {episode.at_least_d} days, its end not seen yet"
    else:
        told = f"{first}, back to {target} after {episode.at_least_d} to {upper} days"
    if episode.first_on <= first_day:
        return "undetermined", f"{told}; it was there before the infusion took effect: to be reviewed"
    if episode.at_least_d >= limit_d:
        return "yes", told
    settled = upper is not None and (upper <= limit_d if isinstance(rule, CountRule) else upper < limit_d)
    if settled:
        return "no", told
    asked = "within" if isinstance(rule, CountRule) else "lasting"
    remedy = "more frequent counts are needed" if upper is not None else "later counts are needed"
    return "undetermined", f"{told}; {asked} {limit_d} days cannot be decided: {remedy}"


def outcome(
    subject: Subject,
    study: Study,
    cut: date,
    level: int,
    activity_percent: float | None,
    labs: tuple[GradedLab, ...] | None = None,
    activity_because: Sequence[str] = (),
) -> SubjectOutcome:
    """DLT status of one subject at the cut: the populations rule, then every rule of the protocol.

    `activity_percent` is the part of the prescribed activity that was administered (None: not known,
    `activity_because`).

    In this order: a DLT counts at once. Something seen in the window that may be one (an event, a count, a death) keeps
    the subject undetermined until its missing day or grade is delivered, also one who was under-dosed or is declared
    not evaluable; where only more time is needed it is pending. Then not evaluable: too little or too much activity by
    a rule of the protocol, or declared so. Then pending until the window has ended. Last undetermined, where nobody
    looked: a missing count, not seen to the end of the window, or an activity that is not known.
    """
    rules, first_day = study.protocol.dlt, subject.day_1
    if rules is None:
        raise RuleError("the protocol defines no dose-limiting toxicity")

    def result(
        status: DLTStatus,
        because: Iterable[str],
        rows: Iterable[int],
        elapsed_d: int | None,
        dlt_after_d: int | None = None,
    ) -> SubjectOutcome:
        return SubjectOutcome(
            subject=subject.id,
            level=level,
            status=status,
            because=tuple(because),
            rows=tuple(dict.fromkeys(rows)),
            elapsed_d=elapsed_d,
            dlt_after_d=dlt_after_d,
        )

    enrolment = subject.enrolment
    if first_day is None:
        status, because, rows = _without_day_1(
            subject, rules, labs if labs is not None else graded(subject, study.protocol)
        )
        return result(status, because, rows, None)
    elapsed = min(study_day(cut, first_day), rules.window_d)
    seen_on, seen_row = _last_seen(subject, first_day)
    followed = min(study_day(seen_on, first_day), elapsed)
    # between two visits nobody is lost; somebody not seen for longer was not followed
    followed = elapsed if elapsed - followed <= UNWATCHED_D else followed
    window_end = first_day + timedelta(days=rules.window_d - 1)
    verdicts = judge(subject, study, cut, labs)
    hit = [verdict for verdict in verdicts if verdict.answer == "yes"]
    unanswered = [verdict for verdict in verdicts if verdict.answer == "undetermined"]
    if hit:
        because = [_told(verdict) for verdict in hit] + [f"also open: {_told(verdict)}" for verdict in unanswered]
        met = [verdict.met_on for verdict in hit if verdict.met_on is not None]
        # a rule that is met after the window began within it: the last day of the window stands for it
        day = min(study_day(min(met), first_day), rules.window_d) if len(met) == len(hit) else None
        return result("DLT", because, [row for verdict in hit for row in verdict.rows], elapsed, day)
    open_told, open_rows = (
        [_told(verdict) for verdict in unanswered],
        [row for verdict in unanswered for row in verdict.rows],
    )
    unseen = f"; last seen on day {followed}" if followed < elapsed else ""
    window_told = f"day {elapsed} of {rules.window_d}; the window ends on {window_end}{unseen}"
    death = death_of(subject)
    if death is not None and _may_have_died_by(death, subject, first_day, window_end):
        told = (
            f"died {death.on or 'on an unknown day'} ({death.because}), within the window to {window_end}; "
            "cause to be reviewed"
        )
        return result("undetermined", [told, *open_told], [*death.rows, *open_rows], elapsed)
    seen_by = [rule for rule, verdict in zip(rules.rules, verdicts, strict=True) if verdict.seen]
    if seen_by:
        if cut < window_end and not any(isinstance(rule, AdverseEventRule) for rule in seen_by):
            return replace(result("pending", [window_told, *open_told], open_rows, elapsed), followed_d=followed)
        return result("undetermined", open_told, open_rows, elapsed)
    regimen_over = cut >= window_end or len(subject.administrations) >= _fractions(subject, study)
    misdosed = _misdosed(activity_percent, rules) if regimen_over else None
    if misdosed is not None:
        return result("not evaluable", [misdosed], [item.row for item in subject.administrations], elapsed)
    if enrolment.not_evaluable_reason:
        return result("not evaluable", [enrolment.not_evaluable_reason, *open_told], [enrolment.row], elapsed)
    if cut < window_end:
        rows = [row for verdict in verdicts for row in verdict.rows]
        return replace(result("pending", [window_told, *open_told], rows, elapsed), followed_d=followed)
    if activity_percent is None:
        open_told.append("; ".join(("administered activity not known", *activity_because)))
        open_rows += [item.row for item in subject.administrations]
    tolerance = study.protocol.count_schedule.tolerance_d if study.protocol.count_schedule is not None else 0
    if seen_on < window_end - timedelta(days=tolerance):
        open_told.append(f"last seen on day {study_day(seen_on, first_day)}, before the window ended")
        open_rows.append(seen_row)
    if open_told:
        return result("undetermined", open_told, open_rows, elapsed)
    every_row = [row for verdict in verdicts for row in verdict.rows]
    noted = tuple(one for verdict in verdicts for one in verdict.noted)
    return replace(result("no DLT", [_told(verdict) for verdict in verdicts], every_row, elapsed), noted=noted)


def _may_have_died_by(death: KnownDeath, subject: Subject, first_day: date, window_end: date) -> bool:
    """Whether a death may have come by the end of the window.

    Heard of at a contact, it came after the subject was last seen alive.
    """
    if death.on is None:
        return True
    if not death.by_then:
        return earliest(death.on) <= window_end
    seen_on, _ = _last_seen(subject, first_day)
    return seen_on < window_end


def _last_seen(subject: Subject, first_day: date) -> tuple[date, int]:
    """The last day a treated subject is known to have been alive, with its row.

    That of the first infusion where a death may be older.
    """
    alive = last_known_alive(subject, first_day)
    return (alive[0], alive[1].row) if alive is not None else (first_day, subject.enrolment.row)


def _told(verdict: Verdict) -> str:
    return f"{verdict.rule}: {'; '.join(verdict.because)}"


def _without_day_1(
    subject: Subject, rules: DLTRule, labs: Sequence[GradedLab]
) -> tuple[DLTStatus, list[str], list[int]]:
    """Status of a subject whose first day of treatment is not known.

    Nothing has its place in a window, nothing serious is passed over.
    """
    enrolment = subject.enrolment
    declared = [enrolment.not_evaluable_reason] if enrolment.not_evaluable_reason else []
    reported = enrolment.safety_days_reported is not None or enrolment.first_treatment is not None
    death = death_of(subject)
    least = min((rule.minimum_grade for rule in rules.rules if isinstance(rule, AdverseEventRule)), default=inf)
    events = [event for event in subject.adverse_events if event.grade is None or event.grade >= least]
    readings = zip(labs, taken_as_delivered(labs), taken_as_lowest(labs), strict=True)
    counts = [item for item, *others in readings if any(_asked_about(one, rules) for one in (item, *others))]
    facts = [f"{event.term}, grade {event.grade if event.grade is not None else 'unknown'}" for event in events]
    facts += [
        f"{item.lab.test} {item.lab.value:g} {item.lab.unit or ''} on {item.lab.on or 'an unknown day'}"
        for item in counts
    ]
    facts += [f"died ({death.because})"] if death is not None else []
    rows = [
        enrolment.row,
        *(event.row for event in events),
        *(item.lab.row for item in counts),
        *(death.rows if death is not None else ()),
    ]
    if subject.treated:
        what = "treated, and the first day of treatment is not known to the day"
        return "undetermined", ["; ".join([what, *facts]), *declared], rows
    if facts and (reported or declared or death is not None):
        return (
            "undetermined",
            ["; ".join(["no administration record: what was seen cannot be placed in the window", *facts]), *declared],
            rows,
        )
    if reported:
        return (
            "not evaluable",
            ["treatment reported without administration record; no safety data received", *declared],
            [enrolment.row],
        )
    if declared:
        return "not evaluable", declared, [enrolment.row]
    return "pending", ["; ".join(["enrolled, not yet treated", *facts])], rows


def _asked_about(item: GradedLab, rules: DLTRule) -> bool:
    """Whether a count has a grade that a rule asks about."""
    bound = item.grade.bound
    asked = [
        rule.grade for rule in rules.rules if not isinstance(rule, AdverseEventRule) and rule.test == item.lab.test
    ]
    return bound is not None and any(bound >= grade for grade in asked)


def _misdosed(activity_percent: float | None, rules: DLTRule) -> str | None:
    """Why the activity given leaves a subject not evaluable by the protocol's rules, or None.

    One it does not have is not applied.
    """
    if activity_percent is None:
        return None
    given = f"{activity_percent:.1f} % of the prescribed activity administered"
    if rules.minimum_activity_percent is not None and activity_percent < rules.minimum_activity_percent:
        return f"{given}; {rules.minimum_activity_percent:g} % are required"
    if rules.maximum_activity_percent is not None and activity_percent > rules.maximum_activity_percent:
        return f"{given}; {rules.maximum_activity_percent:g} % are the most"
    return None


def _fractions(subject: Subject, study: Study) -> int:
    level = study.level_of(subject)
    return level.regimen.fractions if level is not None else 1
