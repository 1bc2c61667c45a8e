"""Can a study be stood behind: what disagrees, is questioned or missing, terms nobody knows, findings by topic."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis
from hevesy.conduct.reported import Disagreement
from hevesy.follow.terms import VERSIONS, check_term, unknown_terms
from hevesy.study.believable import Questioned
from hevesy.study.facts.safety import AdverseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownTerms:
    """Adverse-event terms that the protocol's CTCAE version does not have; nothing is changed."""

    version: str
    terms: tuple[str, ...]
    rows: tuple[int, ...]

    def why(self, term: str) -> str:
        """What is said of a term, with what may have been meant."""
        return check_term(term, self.version).because


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCount:
    """A required blood count without a usable value."""

    subject: str
    test: str
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What the record lacks or leaves open, of one kind: every message with its rows."""

    name: str
    messages: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What stands in the way of trusting a study's numbers."""

    disagreements: tuple[Disagreement, ...]
    questioned: tuple[Questioned, ...]
    missing: tuple[MissingCount, ...] | None
    """Of the treated; None: the protocol requires no counts."""
    missing_rows: tuple[int, ...]
    """Enrolments of the subjects who lack a count."""
    terms: UnknownTerms | None
    """None: no version of CTCAE that is known, or no events."""
    findings: tuple[Topic, ...]


def quality(analysis: Analysis) -> Quality:
    """What was reported against what is derived, visits that are missing, and what the record lacks."""
    treated = analysis.treated
    scheduled = analysis.study.protocol.count_schedule is not None
    return Quality(
        disagreements=analysis.disagreements,
        questioned=analysis.questioned,
        missing=tuple(
            MissingCount(subject=item.subject.id, test=test, day=day)
            for item in treated
            for test, day in item.counts.missing
        )
        if scheduled
        else None,
        missing_rows=tuple(item.subject.enrolment.row for item in treated if item.counts.missing) if scheduled else (),
        terms=_terms(analysis),
        findings=_findings(analysis),
    )


def _terms(analysis: Analysis) -> UnknownTerms | None:
    version = analysis.study.protocol.ctcae_version
    events = [event for item in analysis.subjects for event in item.subject.of(AdverseEvent)]
    if version not in VERSIONS or not events:
        return None
    unknown = unknown_terms((event.term for event in events), version)
    named = set(unknown)
    return UnknownTerms(
        version=version,
        terms=unknown,
        rows=tuple(event.row for event in events if event.term in named),
    )


def _findings(analysis: Analysis) -> tuple[Topic, ...]:
    by_topic: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for finding in analysis.study.findings:
        who = f"{finding.subject}: " if finding.subject else ""
        by_topic.setdefault(finding.topic, []).append((who + finding.message, finding.rows))
    return tuple(Topic(name=name, messages=tuple(told)) for name, told in sorted(by_topic.items()))
