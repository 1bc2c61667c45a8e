"""What each set of criteria is judged by, and the response of one reader's assessments by it."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.follow.response import imwg
from hevesy.follow.response.assessed import Radiotherapy, from_findings, from_igm
from hevesy.follow.response.findings import visits_of
from hevesy.follow.response.imwg_rules import RULE_SETS
from hevesy.follow.response.outcome import Response
from hevesy.study.dates import When
from hevesy.study.facts.response import Assessed, Assessment, IgMAssessment, Lesion, TumourAssessment


def judged_by(criteria: str) -> tuple[type[Assessed], ...]:
    """Kinds of assessment that tell of a visit.

    >>> [kind.__name__ for kind in judged_by("recist-1.1")]
    ['TumourAssessment', 'Lesion']
    """
    if criteria in RULE_SETS:
        return (Assessment,)
    return (IgMAssessment,) if criteria == "iwwm" else (TumourAssessment, Lesion)


def response_to(
    subject: str, criteria: str, events: Sequence[Assessed], radiotherapy_ended_on: When | None = None
) -> Response:
    """Response by named criteria; the first visit is the baseline, and refused where it cannot be one.

    Of glioma what grows soon after radiotherapy (of an end that is not known: after the first visit) is not told from
    its effect.
    """
    if criteria in RULE_SETS:
        first, *later = (event for event in events if isinstance(event, Assessment))
        return imwg.classify(subject, first, later, RULE_SETS[criteria])
    if criteria == "iwwm":
        return from_igm(subject, [event for event in events if isinstance(event, IgMAssessment)])
    visits = visits_of(
        (event for event in events if isinstance(event, Lesion)),
        (event for event in events if isinstance(event, TumourAssessment)),
    )
    return from_findings(subject, criteria, visits, radiotherapy=Radiotherapy(radiotherapy_ended_on))
