"""Dose-limiting toxicity: each rule of the protocol answers yes, no or undetermined, with its reasons.

Undetermined is never counted as no. Between two counts nobody knows when a grade began or ended, so the length of an
episode lies between two numbers, and a rule that falls between them is undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hevesy.follow.ctcae import test_of_term
from hevesy.follow.labs import GradedLab, graded, missing_counts
from hevesy.study.dates import earliest, latest, study_day
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.protocol import AdverseEventRule, CountRule, DLTRule, DurationRule, TrialProtocol
from hevesy.study.subject import Study, Subject

Answer = Literal["yes", "no", "undetermined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer of one rule for one subject, the sentences behind it and the rows they rest on."""

    rule: str
    answer: Answer
    because: tuple[str, ...]
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEpisode:
    """Counts of a grade or worse and what followed: bounds in days on its length, and whether its end was seen.

    `at_least_d` from the first such count to the last count before the end was seen; `at_most_d` from the last count
    before the episode to the first count after it, None while no end was seen.
    """

    first_on: date
    at_least_d: int
    at_most_d: int | None
    rows: tuple[int, ...]


def episodes(counts: Sequence[GradedLab], grade: int, over_grade: int) -> tuple[CountEpisode, ...]:
    """Episodes that reach `grade` and last until a count of at most `over_grade`; counts are in order of date."""
    usable = [(item.on, item.grade.grade, item.lab.row) for item in counts if item.on is not None and item.grade.grade is not None]
    found: list[CountEpisode] = []
    place = 0
    while place < len(usable):
        if usable[place][1] < grade:
            place += 1
            continue
        first = place
        end = next((later for later in range(first + 1, len(usable)) if usable[later][1] <= over_grade), None)
        last_inside = (end if end is not None else len(usable)) - 1
        begun_after = usable[first - 1][0] if first > 0 else usable[first][0]
        found.append(
            CountEpisode(
                first_on=usable[first][0],
                at_least_d=(usable[last_inside][0] - usable[first][0]).days,
                at_most_d=(usable[end][0] - begun_after).days if end is not None else None,
                rows=tuple(row for _, _, row in usable[max(first - 1, 0) : (end if end is not None else last_inside) + 1]),
            )
        )
        place = last_inside + 1
    return tuple(found)


def judge(subject: Subject, study: Study, cut: date) -> tuple[Verdict, ...]:
    """The verdict of every rule for a treated subject, on what had happened by the cut."""
    rule_set, first_day = study.protocol.dlt, subject.day_1
    if rule_set is None:
        raise ValueError("the protocol defines no dose-limiting toxicity")
    if first_day is None:
        raise ValueError(f"subject {subject.id} has no administration recorded; dose-limiting toxicity is not judged")
    window_end = first_day + timedelta(days=rule_set.window_d - 1)
    labs = graded(subject, study.protocol)
    verdicts = []
    for rule in rule_set.rules:
        match rule:
            case AdverseEventRule():
                verdicts.append(_by_adverse_event(rule, rule_set, subject, study, window_end, cut, labs))
            case CountRule() | DurationRule():
                verdicts.append(_by_count(rule, labs, first_day, window_end, cut, study.protocol))
    return tuple(verdicts)


def _by_adverse_event(
    rule: AdverseEventRule, rules: DLTRule, subject: Subject, study: Study, window_end: date, cut: date, labs: tuple[GradedLab, ...]
) -> Verdict:
    first_day = subject.day_1
    if "adverse_event" not in study.delivered_kinds:
        return Verdict(rule=rule.name, answer="undetermined", because=("no adverse events have been delivered for this study",))
    haematological = {term.casefold() for term in rules.haematological_terms}
    yes: list[tuple[str, int]] = []
    open_questions: list[tuple[str, int]] = []
    for event in subject.adverse_events:
        if rule.non_haematological_only and event.term.casefold() in haematological:
            continue
        if event.on is not None and (earliest(event.on) > window_end or (first_day is not None and latest(event.on) < first_day)):
            continue
        reached = event.worst_on or event.on
        if event.grade is None:
            if _grade_from_counts(event.term, labs, rule.minimum_grade) is None:
                reason = "grade at cut not known" if event.worst_after_cut else "no CTCAE grade"
                open_questions.append((f"{event.term} ({event.on or 'undated'}): {reason}", event.row))
            continue
        if event.grade < rule.minimum_grade:
            continue
        if reached is None or (earliest(reached) <= window_end < latest(reached)):
            open_questions.append((f"{event.term} grade {event.grade}: not known whether by day {rules.window_d}", event.row))
        elif event.worst_on is None and min(cut, latest(event.resolved) if event.resolved else cut) > window_end:
            open_questions.append((f"{event.term} grade {event.grade}: day of the worst grade not recorded", event.row))
        elif latest(reached) <= window_end:
            yes.append((f"{event.term} grade {event.grade} on {reached}", event.row))
    if yes:
        return Verdict(rule=rule.name, answer="yes", because=tuple(text for text, _ in yes), rows=tuple(row for _, row in yes))
    if open_questions:
        because = tuple(text for text, _ in open_questions)
        return Verdict(rule=rule.name, answer="undetermined", because=because, rows=tuple(row for _, row in open_questions))
    looked_at = tuple(event.row for event in subject.adverse_events)
    return Verdict(rule=rule.name, answer="no", because=(f"none among {len(looked_at)} adverse events recorded",), rows=looked_at)


def _grade_from_counts(term: str, labs: tuple[GradedLab, ...], minimum_grade: int) -> str | None:
    """A sentence if the counts themselves show that the grade of a haematological term stayed below the minimum."""
    test = test_of_term(term)
    grades = [item.grade.grade for item in labs if item.lab.test == test and item.grade.grade is not None]
    if test is None or not grades or max(grades) >= minimum_grade:
        return None
    return f"{term}: at most grade {max(grades)} by the counts"


def _by_count(
    rule: CountRule | DurationRule, labs: Iterable[GradedLab], first_day: date, window_end: date, cut: date, protocol: TrialProtocol
) -> Verdict:
    labs = tuple(labs)
    every = sorted(
        (item for item in labs if item.lab.test == rule.test and item.on is not None), key=lambda item: (item.on or first_day, item.lab.row)
    )
    before = [item for item in every if item.on is not None and item.on < first_day and item.grade.grade is not None]
    counts = [*before[-1:], *(item for item in every if item.on is not None and item.on >= first_day)]
    over_grade = rule.recovery_grade if isinstance(rule, CountRule) else rule.grade - 1
    limit_d = rule.within_d if isinstance(rule, CountRule) else rule.lasting_d
    answers: list[tuple[Answer, str, tuple[int, ...]]] = [
        (*_on_episode(rule, episode, limit_d, first_day), episode.rows)
        for episode in episodes(counts, rule.grade, over_grade)
        if episode.first_on <= window_end
    ]
    for wanted in ("yes", "undetermined"):
        chosen = [item for item in answers if item[0] == wanted]
        if chosen:
            because = tuple(text for _, text, _ in chosen)
            return Verdict(rule=rule.name, answer=chosen[0][0], because=because, rows=tuple(row for _, _, rows in chosen for row in rows))
    gap = _missing(rule.test, labs, protocol, study_day(min(cut, window_end), first_day))
    if gap:
        return Verdict(rule=rule.name, answer="undetermined", because=gap, rows=tuple(item.lab.row for item in counts))
    because = tuple(text for _, text, _ in answers) or (f"no {rule.test} count of grade {rule.grade} among {len(counts)}",)
    return Verdict(rule=rule.name, answer="no", because=because, rows=tuple(item.lab.row for item in counts))


def _on_episode(rule: CountRule | DurationRule, episode: CountEpisode, limit_d: int, first_day: date) -> tuple[Answer, str]:
    """Judge one episode by the bounds on its length.

    Not back within L days: yes when it certainly lasted L days and was still there, no when it ended within L at the most.
    Lasting L days or more: yes when it lasted at least L, no when at the most it stayed below L.
    """
    target = f"grade {rule.recovery_grade}" if isinstance(rule, CountRule) else f"below grade {rule.grade}"
    upper = episode.at_most_d
    first = f"{rule.test} grade {rule.grade} first on {episode.first_on}"
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


def _missing(test: str, labs: Iterable[GradedLab], protocol: TrialProtocol, last_day: int) -> tuple[str, ...]:
    if protocol.count_schedule is None:
        return ()
    days = [day for name, day in missing_counts(labs, protocol.count_schedule, last_day) if name == test]
    return (f"required {test} count missing on day {', '.join(map(str, days))}",) if days else ()


def outcome(subject: Subject, study: Study, cut: date, level: int, activity_percent: float | None) -> SubjectOutcome:
    """DLT status of one subject at the cut: the populations rule, then every rule of the protocol.

    `activity_percent` is the part of the prescribed activity that was administered (None: not known).
    A DLT counts at once; without one a subject is pending until the window has ended, undetermined if a rule cannot be
    answered, and not evaluable if too little was given or follow-up ended early.
    """
    rules, first_day = study.protocol.dlt, subject.day_1
    if rules is None:
        raise ValueError("the protocol defines no dose-limiting toxicity")

    def result(status: str, because: Iterable[str], rows: Iterable[int], elapsed_d: int | None) -> SubjectOutcome:
        return SubjectOutcome(
            subject=subject.id,
            level=level,
            status=status,  # type: ignore[arg-type]
            because=tuple(because),
            rows=tuple(dict.fromkeys(rows)),
            elapsed_d=elapsed_d,
        )

    enrolment = subject.enrolment
    if first_day is None:
        reported = enrolment.safety_days_reported is not None or enrolment.first_treatment is not None
        if reported:
            because = ["treatment reported without administration record; no safety data received"]
            if enrolment.not_evaluable_reason:
                because.append(enrolment.not_evaluable_reason)
            return result("not evaluable", because, [enrolment.row], None)
        if enrolment.not_evaluable_reason:
            return result("not evaluable", [enrolment.not_evaluable_reason], [enrolment.row], None)
        return result("pending", ["enrolled, not yet treated"], [enrolment.row], None)

    elapsed = min(study_day(cut, first_day), rules.window_d)
    verdicts = judge(subject, study, cut)
    rows = [row for verdict in verdicts for row in verdict.rows]
    hit = [verdict for verdict in verdicts if verdict.answer == "yes"]
    if hit:
        because = [f"{verdict.rule}: {'; '.join(verdict.because)}" for verdict in hit]
        return result("DLT", because, [row for verdict in hit for row in verdict.rows], elapsed)
    if activity_percent is not None and activity_percent < rules.minimum_activity_percent:
        because = [f"{activity_percent:.1f} % of the prescribed activity administered; {rules.minimum_activity_percent:g} % are required"]
        return result("not evaluable", because, [item.row for item in subject.administrations], elapsed)
    window_end = first_day + timedelta(days=rules.window_d - 1)
    died = next((death for death in subject.deaths if death.on is not None and latest(death.on) < window_end), None)
    if died is not None:
        return result(
            "undetermined", [f"died on {died.on}, before the window ended on {window_end}; cause to be reviewed"], [died.row], elapsed
        )
    if cut < window_end:
        because = [f"day {elapsed} of {rules.window_d}; the window ends on {window_end}"]
        because += [f"{verdict.rule}: {'; '.join(verdict.because)}" for verdict in verdicts if verdict.answer == "undetermined"]
        return result("pending", because, rows, elapsed)
    unanswered = [verdict for verdict in verdicts if verdict.answer == "undetermined"]
    if unanswered:
        because = [f"{verdict.rule}: {'; '.join(verdict.because)}" for verdict in unanswered]
        if enrolment.not_evaluable_reason:
            return result("not evaluable", [enrolment.not_evaluable_reason, *because], [enrolment.row], elapsed)
        return result("undetermined", because, [row for verdict in unanswered for row in verdict.rows], elapsed)
    return result("no DLT", [f"{verdict.rule}: {'; '.join(verdict.because)}" for verdict in verdicts], rows, elapsed)
