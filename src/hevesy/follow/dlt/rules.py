"""Each rule of the protocol answers yes, no or undetermined, with its reasons. Undetermined is never counted as no."""

from __future__ import annotations

from datetime import date

from hevesy.errors import RuleError
from hevesy.follow.dlt.adverse_events import by_adverse_event
from hevesy.follow.dlt.counts import by_counts
from hevesy.follow.dlt.verdict import Verdict, Window
from hevesy.follow.labs import GradedLab, graded
from hevesy.study.protocol import AdverseEventRule, CountRule, DurationRule
from hevesy.study.subject import Study, Subject


def judge(subject: Subject, study: Study, cut: date, labs: tuple[GradedLab, ...] | None = None) -> tuple[Verdict, ...]:
    """The verdict of every rule for a treated subject, on what had happened by the cut.

    `labs` if they are graded already.
    """
    rule_set, first_day = study.protocol.dlt, subject.day_1
    if rule_set is None:
        raise RuleError("the protocol defines no dose-limiting toxicity")
    if first_day is None:
        raise RuleError(f"subject {subject.id} has no administration recorded; dose-limiting toxicity is not judged")
    window = Window.of(first_day, rule_set.window_d, cut)
    labs = labs if labs is not None else graded(subject, study.protocol)
    verdicts = []
    for rule in rule_set.rules:
        match rule:
            case AdverseEventRule():
                verdicts.append(by_adverse_event(rule, rule_set, subject, study, window, labs))
            case CountRule() | DurationRule():
                verdicts.append(by_counts(rule, labs, subject, study.protocol, window))
    return tuple(verdicts)
