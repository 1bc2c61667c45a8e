"""Rules on blood counts: a count so low that does not come back in time, or that lasts so long.

Between two counts nobody knows when a grade began or ended, so the length of an episode lies between two numbers, and a
rule that falls between them is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from math import inf

from hevesy.follow.dlt.verdict import NEAR_D, UNWATCHED_D, Answer, Verdict, Window
from hevesy.follow.labs import GradedLab, missing_counts, taken_as_delivered, taken_as_lowest
from hevesy.follow.support import rule_for
from hevesy.study.dates import earliest, latest
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import CountRule, DurationRule, TrialProtocol
from hevesy.study.subject import Subject

RuleOnCounts = CountRule | DurationRule


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
        (count.on, count.grade.bound, count.lab.row)
        for count in counts
        if count.on is not None and count.grade.bound is not None
    ]
    as_written = {
        count.lab.row: f"{count.lab.value:g} {count.lab.unit or ''}".rstrip()
        for count in counts
        if count.lab.value is not None
    }
    every: list[CountEpisode] = []
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
        every.append(
            CountEpisode(
                first_on=first_on,
                first_count=as_written[inside[0][2]],
                at_least_d=(_sure_until([on for on, _, _ in inside], missing_on) - first_on).days,
                at_most_d=(after[0][0] - begun_after).days if after else None,
                rows=tuple(row for _, _, row in (*before, *inside, *after)),
            )
        )
    return tuple(every)


def _sure_until(inside: Sequence[date], missing_on: Sequence[date]) -> date:
    """Last of consecutive counts before a gap that holds a missing required count."""
    for before, after in pairwise(inside):
        if any(before < due < after for due in missing_on):
            return before
    return inside[-1]


def by_counts(
    rule: RuleOnCounts, labs: tuple[GradedLab, ...], subject: Subject, protocol: TrialProtocol, window: Window
) -> Verdict:
    """A rule on counts, without questioned values and by the milder end of censored ones.

    Undetermined where another reading differs.
    """
    without = _as_read(rule, labs, subject, protocol, window)
    asked = [count for count in labs if count.lab.test == rule.test and count.otherwise is not None]
    if not asked:
        return without
    rows = [count.lab.row for count in asked]
    readings = [taken_as_delivered(labs, taken) for taken in (rows, *([row] for row in rows))]
    # a value in a wrong unit may well have been a low one
    readings.append(taken_as_lowest(labs))
    others = [_as_read(rule, reading, subject, protocol, window).answer for reading in readings]
    questions = "; ".join(str(count.question) if count.question is not None else _censored(count) for count in asked)
    if set(others) == {without.answer}:
        return replace(without, because=(*without.because, f"the same however this is read: {questions}"))
    with_them = next(answer for answer in others if answer != without.answer)
    because = (f"{questions}; by it the rule says {with_them}, else {without.answer}", *without.because)
    return replace(
        without,
        answer="undetermined",
        because=because,
        rows=tuple(dict.fromkeys((*rows, *without.rows))),
        met_on=None,
        seen=True,
    )


def _censored(count: GradedLab) -> str:
    """A value told as below or above a limit, with the grades it may have."""
    worse = count.otherwise.bound if count.otherwise is not None else None
    shown = f"{count.lab.side or ''}{count.lab.value:g} {count.lab.unit or ''}".rstrip()
    return f"{count.lab.test} {shown} on {count.on} may be grade {count.grade.bound} to {worse}"


def _limit_d(rule: RuleOnCounts) -> int:
    """Days within which a count must be back, or from which it lasted too long."""
    return rule.within_d if isinstance(rule, CountRule) else rule.lasting_d


def _over_grade(rule: RuleOnCounts) -> int:
    """The grade at which an episode is over."""
    return rule.recovery_grade if isinstance(rule, CountRule) else rule.grade - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What a rule looks at in one subject."""

    counts: tuple[GradedLab, ...]
    """Its own, the worst of each day: the last before treatment, and all since."""
    carried: tuple[GradedLab, ...]
    """Good ones after a transfusion or growth factor: they show nothing."""
    missing: tuple[tuple[int, date], ...]
    """Study day and date of each required count that is missing in the window."""
    vague: tuple[GradedLab, ...]
    """So low, not known to the day, and perhaps in the window."""
    notes: tuple[str, ...]
    undated_support: bool
    """A product that may carry any of them was given on an unknown day."""

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of the counts."""
        return tuple(count.lab.row for count in self.counts)

    def episodes(self, rule: RuleOnCounts, window: Window) -> tuple[CountEpisode, ...]:
        """Those that began by the end of the window."""
        unsure_on = [due for _, due in self.missing] + [count.on for count in self.carried if count.on is not None]
        every = episodes(self.counts, rule.grade, _over_grade(rule), unsure_on)
        return tuple(one for one in every if one.first_on <= window.last)

    def hides(self, rule: RuleOnCounts, window: Window) -> bool:
        """Whether support may hide an episode that the rule asks about.

        What a product without its day carries is not known; what a carried count hides lies between the own counts
        about it.
        """
        own_days = [count.on for count in self.counts if count.on is not None and count.grade.bound is not None]
        carried_on = [count.on for count in self.carried if count.on is not None]
        inside = [on for on in carried_on if window.first < on <= window.last]
        return self.undated_support or not all(_too_short(rule, own_days, on) for on in inside)


def _looked_at(
    rule: RuleOnCounts, labs: Sequence[GradedLab], subject: Subject, protocol: TrialProtocol, window: Window
) -> _Looked:
    of_test = [count for count in labs if count.lab.test == rule.test]
    carried = [
        count
        for count in of_test
        if count.support is not None and count.grade.bound is not None and count.grade.bound <= _over_grade(rule)
    ]
    schedule = protocol.count_schedule
    gaps = missing_counts(of_test, schedule, window.first, window.until, rule.test) if schedule is not None else ()
    by_day = [(count.on, count) for count in _worst_of_each_day(count for count in of_test if count not in carried)]
    before = [count for on, count in by_day if on is not None and on < window.first and count.grade.bound is not None]
    since = [count for on, count in by_day if on is not None and on >= window.first]
    notes, undated = _support_notes(rule.test, carried, subject, protocol)
    return _Looked(
        counts=(*before[-1:], *since),
        carried=tuple(carried),
        missing=tuple((day, due) for _, day, due in gaps),
        vague=tuple(count for count in of_test if _may_be_low_in(count, rule.grade, window)),
        notes=notes,
        undated_support=undated,
    )


def _as_read(
    rule: RuleOnCounts, labs: Sequence[GradedLab], subject: Subject, protocol: TrialProtocol, window: Window
) -> Verdict:
    """A rule on counts in one reading of them.

    A required count that is missing in the window leaves what hangs on it undetermined. A good count after a
    transfusion or growth factor shows nothing; a low one is low all the same.
    """
    looked = _looked_at(rule, labs, subject, protocol, window)
    judged = [(*_on_episode(rule, one, window.first), one) for one in looked.episodes(rule, window)]
    verdict = _by_episodes(rule, judged, looked.notes) or _not_looked(rule, looked, window)
    if verdict is not None:
        return verdict
    judgements = [text for _, text, _ in judged] or [
        f"no {rule.test} count of grade {rule.grade} among {len(looked.counts)}"
    ]
    because = (*judgements, *looked.notes)
    if looked.hides(rule, window):
        return Verdict(rule=rule.name, answer="undetermined", because=because, rows=looked.rows, seen=True)
    noted = (*_beside_the_window(rule, looked.counts, window), *looked.notes)
    return Verdict(rule=rule.name, answer="no", because=because, rows=looked.rows, noted=noted)


def _by_episodes(
    rule: RuleOnCounts, judged: Sequence[tuple[Answer, str, CountEpisode]], notes: Sequence[str]
) -> Verdict | None:
    """Yes by the episodes that are one for sure, else undetermined by those that may be; None: none may be."""
    answers: tuple[Answer, ...] = ("yes", "undetermined")
    for answer in answers:
        chosen = [(text, episode) for own, text, episode in judged if own == answer]
        if chosen:
            first = chosen[0][1]
            return Verdict(
                rule=rule.name,
                answer=answer,
                because=(*(text for text, _ in chosen), *notes),
                rows=tuple(row for _, episode in chosen for row in episode.rows),
                met_on=first.first_on + timedelta(days=_limit_d(rule)) if answer == "yes" else None,
                seen=answer == "undetermined",
            )
    return None


def _not_looked(rule: RuleOnCounts, looked: _Looked, window: Window) -> Verdict | None:
    """Undetermined since a low count has no day, a required one is missing, or there is none in the window."""
    rows, seen = looked.rows, False
    if looked.vague:
        lows = "; ".join(
            f"{rule.test} {count.lab.value:g} {count.lab.unit or ''}, grade {count.grade.bound}, day not known"
            for count in looked.vague
        )
        lacking = f"{lows} ({looked.vague[0].lab.on or 'no date'})"
        rows, seen = tuple(count.lab.row for count in looked.vague), True
    elif looked.missing:
        lacking = f"required {rule.test} count missing on day {', '.join(str(day) for day, _ in looked.missing)}"
    elif not any(
        count.on is not None and window.first < count.on <= window.last and count.grade.bound is not None
        for count in looked.counts
    ):
        lacking = f"no {rule.test} count after the infusion"
    else:
        return None
    return Verdict(rule=rule.name, answer="undetermined", because=(lacking, *looked.notes), rows=rows, seen=seen)


def _beside_the_window(rule: RuleOnCounts, counts: Sequence[GradedLab], window: Window) -> tuple[str, ...]:
    """What a "no" leaves out.

    Low counts that are or may have begun near the window's end, and a stretch nobody looked at.

    Where the answer is "no", none before the window is low and one lies within it.
    """
    known = [
        (count.on, count.grade.bound, count.lab)
        for count in counts
        if count.on is not None and count.grade.bound is not None
    ]
    beside = []
    for (before, _, _), (on, grade, lab) in pairwise(known):
        if grade >= rule.grade and on > window.last and (before <= window.last or (on - window.last).days <= NEAR_D):
            shown = f"{lab.value:g} {lab.unit or ''}".rstrip()
            beside.append(f"{rule.test} {shown} on {on}, grade {grade}: outside the window")
    last = max(on for on, _, _ in known if on <= window.last)
    if (window.until - last).days > max(UNWATCHED_D, _limit_d(rule)):
        beside.append(f"no {rule.test} count between {last} and {window.until}, and the protocol requires none")
    return tuple(beside)


def _may_be_low_in(count: GradedLab, grade: int, window: Window) -> bool:
    """Whether a count that is not known to the day is this low and may lie in the window."""
    when = count.lab.on
    if isinstance(when, date) or count.grade.bound is None or count.grade.bound < grade:
        return False
    return when is None or (earliest(when) <= window.last and latest(when) >= window.first)


def _worst_of_each_day(labs: Iterable[GradedLab]) -> list[GradedLab]:
    """Counts in order of day; of several on one day, whose order is not known, the first of the worst grade."""
    worst: dict[date, GradedLab] = {}
    for count in sorted(labs, key=lambda count: count.lab.row):
        if count.on is not None:
            worst[count.on] = max(worst.get(count.on, count), count, key=_rank)
    return [worst[on] for on in sorted(worst)]


def _rank(count: GradedLab) -> float:
    return -inf if count.grade.bound is None else count.grade.bound


def _too_short(rule: RuleOnCounts, own_days: Sequence[date], on: date) -> bool:
    """Whether an episode that a carried count of this day hides would have been over in time.

    By the own counts before and after it.
    """
    before = max((day for day in own_days if day < on), default=None)
    after = min((day for day in own_days if day > on), default=None)
    if before is None or after is None:
        return False
    limit_d, apart_d = _limit_d(rule), (after - before).days
    return apart_d <= limit_d if isinstance(rule, CountRule) else apart_d < limit_d


def _support_notes(
    test: str, carried: Sequence[GradedLab], subject: Subject, protocol: TrialProtocol
) -> tuple[tuple[str, ...], bool]:
    """What is told of transfusions and growth factors, and whether one for this test has no date."""
    notes = []
    if carried:
        products = sorted({count.support.product for count in carried if count.support is not None})
        notes.append(f"left out: {len(carried)} counts that rest on {', '.join(products)}")
    rules = [(given, rule_for(given.product, protocol.support_rules)) for given in subject.of(SupportiveCare)]
    undated = sorted(
        {given.product for given, rule in rules if rule is not None and rule.test == test and given.on is None}
    )
    unknown = sorted({given.product for given, rule in rules if rule is None})
    notes += [f"{', '.join(undated)} given on an unknown day: it may carry any of them"] if undated else []
    notes += (
        [f"not taken into account, since no rule knows which count it carries: {', '.join(unknown)}"] if unknown else []
    )
    return tuple(notes), bool(undated)


def _on_episode(rule: RuleOnCounts, episode: CountEpisode, first_day: date) -> tuple[Answer, str]:
    """Judge one episode by the bounds on its length.

    Not back within L days: yes when it certainly lasted L days and was still there, no when it ended within L at the
    most. Lasting L days or more: yes when it lasted at least L, no when at the most it stayed below L.
    """
    limit_d = _limit_d(rule)
    target = f"grade {rule.recovery_grade}" if isinstance(rule, CountRule) else f"below grade {rule.grade}"
    upper = episode.at_most_d
    first = f"{rule.test} grade {rule.grade} first on {episode.first_on} ({episode.first_count})"
    if upper is None:
        course = f"{first}, not back to {target} after {episode.at_least_d} days, its end not seen yet"
    else:
        course = f"{first}, back to {target} after {episode.at_least_d} to {upper} days"
    if episode.first_on <= first_day:
        return "undetermined", f"{course}; it was there before the infusion took effect: to be reviewed"
    if episode.at_least_d >= limit_d:
        return "yes", course
    settled = upper is not None and (upper <= limit_d if isinstance(rule, CountRule) else upper < limit_d)
    if settled:
        return "no", course
    asked = "within" if isinstance(rule, CountRule) else "lasting"
    remedy = "more frequent counts are needed" if upper is not None else "later counts are needed"
    return "undetermined", f"{course}; {asked} {limit_d} days cannot be decided: {remedy}"
