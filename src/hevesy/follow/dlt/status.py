"""DLT status of a subject at the cut: what the rules say, who can be counted, and what is still to be known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf

from hevesy.errors import RuleError
from hevesy.follow.dlt.rules import judge
from hevesy.follow.dlt.verdict import UNWATCHED_D, Verdict, Window
from hevesy.follow.labs import GradedLab, graded, taken_as_delivered, taken_as_lowest
from hevesy.follow.vital_status import KnownDeath, death_of, last_known_alive
from hevesy.study.dates import earliest, study_day
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration
from hevesy.study.outcomes import DLTStatus, SubjectOutcome
from hevesy.study.protocol import AdverseEventRule, DLTRule
from hevesy.study.subject import Study, Subject


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
    if first_day is None:
        counts = labs if labs is not None else graded(subject, study.protocol)
        status, because, rows = _without_day_1(subject, rules, counts)
        return _outcome(subject, level, status, because, rows, None)
    treated = _Treated.at(subject, study, rules, level, Window.of(first_day, rules.window_d, cut), labs)
    return (
        _met(treated)
        or _died(treated)
        or _may_be_one(treated)
        or _not_evaluable(treated, activity_percent)
        or _unfinished(treated)
        or _nobody_looked(treated, activity_percent, activity_because)
        or _none(treated)
    )


def _outcome(
    subject: Subject, level: int, status: DLTStatus, because: Iterable[str], rows: Iterable[int], elapsed_d: int | None
) -> SubjectOutcome:
    return SubjectOutcome(
        subject=subject.id,
        level=level,
        status=status,
        because=tuple(because),
        rows=tuple(dict.fromkeys(rows)),
        elapsed_d=elapsed_d,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Treated:
    """A treated subject in its window, and what every rule says of it."""

    subject: Subject
    study: Study
    rules: DLTRule
    level: int
    window: Window
    verdicts: tuple[Verdict, ...]
    elapsed_d: int
    followed_d: int
    """Between two visits nobody is lost; somebody not seen for longer was not followed."""
    seen_on: date
    seen_row: int

    @classmethod
    def at(
        cls,
        subject: Subject,
        study: Study,
        rules: DLTRule,
        level: int,
        window: Window,
        labs: tuple[GradedLab, ...] | None,
    ) -> _Treated:
        """As things stand at the cut."""
        elapsed_d = min(study_day(window.cut, window.first), rules.window_d)
        seen_on, seen_row = _last_seen(subject, window.first)
        followed_d = min(study_day(seen_on, window.first), elapsed_d)
        return cls(
            subject=subject,
            study=study,
            rules=rules,
            level=level,
            window=window,
            verdicts=judge(subject, study, window.cut, labs),
            elapsed_d=elapsed_d,
            followed_d=elapsed_d if elapsed_d - followed_d <= UNWATCHED_D else followed_d,
            seen_on=seen_on,
            seen_row=seen_row,
        )

    @property
    def unanswered(self) -> list[Verdict]:
        """Verdicts that are open."""
        return [verdict for verdict in self.verdicts if verdict.answer == "undetermined"]

    def is_(self, status: DLTStatus, because: Iterable[str], rows: Iterable[int]) -> SubjectOutcome:
        """The status, with its reasons and rows."""
        return _outcome(self.subject, self.level, status, because, rows, self.elapsed_d)

    def waits(self, rows: Iterable[int]) -> SubjectOutcome:
        """Pending: more of the window must pass."""
        unseen = f"; last seen on day {self.followed_d}" if self.followed_d < self.elapsed_d else ""
        told = f"day {self.elapsed_d} of {self.rules.window_d}; the window ends on {self.window.last}{unseen}"
        waiting = self.is_("pending", [told, *map(_told, self.unanswered)], rows)
        return replace(waiting, followed_d=self.followed_d)


def _met(treated: _Treated) -> SubjectOutcome | None:
    """A DLT counts at once."""
    met = [verdict for verdict in treated.verdicts if verdict.answer == "yes"]
    if not met:
        return None
    days = [verdict.met_on for verdict in met if verdict.met_on is not None]
    because = [*map(_told, met), *(f"also open: {_told(verdict)}" for verdict in treated.unanswered)]
    # a rule that is met after the window began within it: the last day of the window stands for it
    first = min(study_day(min(days), treated.window.first), treated.rules.window_d) if len(days) == len(met) else None
    return replace(treated.is_("DLT", because, _rows_of(met)), dlt_after_d=first)


def _died(treated: _Treated) -> SubjectOutcome | None:
    """A death in the window is reviewed before anything else is said."""
    death = death_of(treated.subject)
    if death is None or not _may_have_died_in(treated.window, death, treated.subject):
        return None
    told = (
        f"died {death.on or 'on an unknown day'} ({death.because}), within the window to {treated.window.last}; "
        "cause to be reviewed"
    )
    because = [told, *map(_told, treated.unanswered)]
    return treated.is_("undetermined", because, [*death.rows, *_rows_of(treated.unanswered)])


def _may_be_one(treated: _Treated) -> SubjectOutcome | None:
    """Something was seen that may be a DLT: undetermined, or pending where only more counts are needed."""
    seen_by = [rule for rule, one in zip(treated.rules.rules, treated.verdicts, strict=True) if one.seen]
    if not seen_by:
        return None
    rows = _rows_of(treated.unanswered)
    if treated.window.cut < treated.window.last and not any(isinstance(rule, AdverseEventRule) for rule in seen_by):
        return treated.waits(rows)
    return treated.is_("undetermined", map(_told, treated.unanswered), rows)


def _not_evaluable(treated: _Treated, activity_percent: float | None) -> SubjectOutcome | None:
    """Too little or too much activity by a rule of the protocol, once it is all given; or declared so."""
    subject, enrolment = treated.subject, treated.subject.enrolment
    given = len(subject.of(Administration))
    regimen_over = treated.window.cut >= treated.window.last or given >= _fractions(subject, treated.study)
    misdosed = _misdosed(activity_percent, treated.rules) if regimen_over else None
    if misdosed is not None:
        return treated.is_("not evaluable", [misdosed], [one.row for one in subject.of(Administration)])
    if enrolment.not_evaluable_reason:
        because = [enrolment.not_evaluable_reason, *map(_told, treated.unanswered)]
        return treated.is_("not evaluable", because, [enrolment.row])
    return None


def _unfinished(treated: _Treated) -> SubjectOutcome | None:
    """Pending until the window has ended."""
    return treated.waits(_rows_of(treated.verdicts)) if treated.window.cut < treated.window.last else None


def _nobody_looked(
    treated: _Treated, activity_percent: float | None, activity_because: Sequence[str]
) -> SubjectOutcome | None:
    """A missing count, an activity that is not known, or not seen to the end of the window."""
    because, rows = [*map(_told, treated.unanswered)], _rows_of(treated.unanswered)
    if activity_percent is None:
        because.append("; ".join(("administered activity not known", *activity_because)))
        rows += [one.row for one in treated.subject.of(Administration)]
    schedule = treated.study.protocol.count_schedule
    tolerance_d = schedule.tolerance_d if schedule is not None else 0
    if treated.seen_on < treated.window.last - timedelta(days=tolerance_d):
        because.append(f"last seen on day {study_day(treated.seen_on, treated.window.first)}, before the window ended")
        rows.append(treated.seen_row)
    return treated.is_("undetermined", because, rows) if because else None


def _none(treated: _Treated) -> SubjectOutcome:
    """No DLT, with what lies just outside the window."""
    noted = tuple(one for verdict in treated.verdicts for one in verdict.noted)
    return replace(treated.is_("no DLT", map(_told, treated.verdicts), _rows_of(treated.verdicts)), noted=noted)


def _rows_of(verdicts: Iterable[Verdict]) -> list[int]:
    return [row for verdict in verdicts for row in verdict.rows]


def _may_have_died_in(window: Window, death: KnownDeath, subject: Subject) -> bool:
    """Whether a death may have come by the end of the window.

    Heard of at a contact, it came after the subject was last seen alive.
    """
    if death.on is None:
        return True
    if not death.by_then:
        return earliest(death.on) <= window.last
    seen_on, _ = _last_seen(subject, window.first)
    return seen_on < window.last


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
    events = [event for event in subject.of(AdverseEvent) if event.grade is None or event.grade >= least]
    readings = zip(labs, taken_as_delivered(labs), taken_as_lowest(labs), strict=True)
    counts = [count for count, *others in readings if any(_asked_about(one, rules) for one in (count, *others))]
    facts = [f"{event.term}, grade {event.grade if event.grade is not None else 'unknown'}" for event in events]
    facts += [
        f"{count.lab.test} {count.lab.value:g} {count.lab.unit or ''} on {count.lab.on or 'an unknown day'}"
        for count in counts
    ]
    facts += [f"died ({death.because})"] if death is not None else []
    rows = [
        enrolment.row,
        *(event.row for event in events),
        *(count.lab.row for count in counts),
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


def _asked_about(count: GradedLab, rules: DLTRule) -> bool:
    """Whether a count has a grade that a rule asks about."""
    bound = count.grade.bound
    asked = [
        rule.grade for rule in rules.rules if not isinstance(rule, AdverseEventRule) and rule.test == count.lab.test
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
