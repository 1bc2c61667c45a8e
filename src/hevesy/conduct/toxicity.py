"""Dose-limiting toxicity of a study: every subject's answer, and what none among a few permits to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hevesy.conduct.analysis import Analysis
from hevesy.follow.adverse_events import ZeroEvents, zero_events
from hevesy.study.outcomes import SubjectOutcome
from hevesy.study.protocol import DLTRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxicity:
    """Answers of all subjects with a dose level, those that could be answered, and the bounds where nobody had one."""

    cut: date
    rules: DLTRule
    outcomes: tuple[SubjectOutcome, ...]
    evaluable: tuple[SubjectOutcome, ...]
    with_dlt: int
    none_seen: ZeroEvents | None
    """None: somebody had one, or nobody is evaluable."""


def toxicity(analysis: Analysis) -> Toxicity | None:
    """Dose-limiting toxicity by the protocol's rules; None where it has none."""
    rules = analysis.study.protocol.dlt
    if rules is None:
        return None
    evaluable = tuple(outcome for outcome in analysis.outcomes if outcome.status in ("DLT", "no DLT"))
    with_dlt = sum(outcome.status == "DLT" for outcome in evaluable)
    return Toxicity(
        cut=analysis.cut,
        rules=rules,
        outcomes=analysis.outcomes,
        evaluable=evaluable,
        with_dlt=with_dlt,
        none_seen=zero_events(len(evaluable)) if evaluable and not with_dlt else None,
    )
