"""Response by indication: best confirmed response as called, alone and borrowing, and beside the total activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.groups import OfOne, Share, share_of
from hevesy.errors import RuleError
from hevesy.follow.response.readers import readers_of
from hevesy.follow.response.reported import CALLED, by_these, reading_of, reported_response
from hevesy.plan.basket import judged, prior_of
from hevesy.stats.proportion import Interval, clopper_pearson
from hevesy.study.facts.response import ReportedResponse
from hevesy.study.protocol import Arm, Indications, TrialProtocol
from hevesy.study.protocol.criteria import CRITERIA, Criteria
from hevesy.treat.prescription import body_surface_area_m2


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A treated subject's best response as one evaluator called it, and whether it is a response."""

    item: SubjectAnalysis
    best: str
    responded: bool
    because: str
    rows: tuple[int, ...]


def share_judged(judged: Sequence[Judged]) -> Share | None:
    """Responders of those judged, each with the best response and why; None of nobody."""
    return share_of(
        OfOne(subject=one.item.subject.id, holds=one.responded, told=f"{one.best} ({one.because})", rows=one.rows)
        for one in judged
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicationOutcome:
    """One arm: who was judged, responders of both readings, exact interval, and what borrowing makes of it."""

    arm: Arm
    criteria: Criteria
    judged: tuple[Judged, ...]
    others: tuple[tuple[str, tuple[Judged, ...]], ...]
    """By each further evaluator, in alphabetical order; empty: nobody else read."""
    derived: tuple[Judged, ...]
    """From the findings themselves; empty: none were delivered."""
    interval: Interval | None
    borrowed_mean: float | None
    borrowed_lower: float | None
    borrowed_upper: float | None
    above_null: float | None

    @property
    def responders(self) -> int:
        """Subjects with a response."""
        return sum(one.responded for one in self.judged)

    @property
    def share(self) -> Share | None:
        """Responders by the reading that counts."""
        return share_judged(self.judged)

    @property
    def derived_share(self) -> Share | None:
        """Responders derived from the findings; None: none were delivered."""
        return share_judged(self.derived)

    def share_of_reader(self, name: str) -> Share | None:
        """Responders by a further reader; None: that one judged nobody here."""
        return share_judged(dict(self.others).get(name, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityGroup:
    """Treated subjects at or above, or below, a total activity.

    Responders, and what else differs between the groups.
    """

    name: str
    judged: tuple[Judged, ...]
    interval: Interval | None
    mean_total_MBq: float | None
    mean_per_area_MBq_per_m2: float | None
    mean_area_m2: float | None
    total_known: bool = True
    """False: the group of those of unknown total."""

    @property
    def responders(self) -> int:
        """Subjects with a response."""
        return sum(one.responded for one in self.judged)

    @property
    def share(self) -> Share | None:
        """Responders of the group."""
        return share_judged(self.judged)


def outcomes(analysis: Analysis) -> tuple[IndicationOutcome, ...]:
    """Every arm with treated subjects; the arms borrow by the protocol's method."""
    protocol = analysis.study.protocol
    plan = protocol.indications
    if plan is None:
        return ()
    criteria = dict(plan.criteria)
    found = []
    for arm in protocol.arms:
        treated = [item for item in analysis.of_arm(arm) if item.subject.treated]
        if treated:
            own = tuple(_judge(item, plan.evaluator, criteria[arm.code], protocol) for item in treated)
            found.append((arm, own, _others(treated, plan, criteria[arm.code], protocol), _derived(treated)))
    responders = tuple(sum(one.responded for one in own) for _, own, *_ in found)
    sizes = tuple(len(own) for _, own, *_ in found)
    posterior = judged(plan.method, responders, sizes, plan.null_rate) if found else None
    return tuple(
        IndicationOutcome(
            arm=arm,
            criteria=CRITERIA[criteria[arm.code]],
            judged=own,
            others=others,
            derived=derived,
            interval=clopper_pearson(responders[place], sizes[place]),
            borrowed_mean=posterior.mean[place] if posterior else None,
            borrowed_lower=posterior.lower[place] if posterior else None,
            borrowed_upper=posterior.upper[place] if posterior else None,
            above_null=posterior.post_prob[place] if posterior else None,
        )
        for place, (arm, own, others, derived) in enumerate(found)
    )


def by_total_activity(analysis: Analysis, found: Sequence[IndicationOutcome]) -> tuple[ActivityGroup, ...]:
    """Subjects at or above the threshold of total activity, and below it.

    Those of unknown total are a group of their own.
    """
    plan = analysis.study.protocol.indications
    if plan is None or plan.total_activity_threshold_MBq is None:
        return ()
    limit = plan.total_activity_threshold_MBq
    everybody = [one for outcome in found for one in outcome.judged]
    groups = (
        (
            "at or above",
            [one for one in everybody if (total := one.item.given.exposure.total_MBq) is not None and total >= limit],
        ),
        (
            "below",
            [one for one in everybody if (total := one.item.given.exposure.total_MBq) is not None and total < limit],
        ),
        ("not known", [one for one in everybody if one.item.given.exposure.total_MBq is None]),
    )
    return tuple(_group(name, own, analysis.study.protocol.body_surface_area_formula) for name, own in groups if own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByIndication:
    """Every indication of a study, what their borrowing takes for granted, and the groups of total activity."""

    plan: Indications
    assumptions: str
    outcomes: tuple[IndicationOutcome, ...]
    by_activity: tuple[ActivityGroup, ...]


def by_indication(analysis: Analysis) -> ByIndication | None:
    """Response by indication; None where the protocol does not ask for it, or nobody was treated."""
    plan, found = analysis.study.protocol.indications, outcomes(analysis)
    if plan is None or not found:
        return None
    return ByIndication(
        plan=plan,
        assumptions=prior_of(plan.method, plan.null_rate),
        outcomes=found,
        by_activity=by_total_activity(analysis, found),
    )


def _group(name: str, own: Sequence[Judged], formula: str) -> ActivityGroup:
    totals = [one.item.given.exposure.total_MBq for one in own]
    areas = [_area(one.item, formula) for one in own]
    known = [(total, area) for total, area in zip(totals, areas, strict=True) if total is not None and area is not None]
    responders = sum(one.responded for one in own)
    return ActivityGroup(
        name=name,
        judged=tuple(own),
        interval=clopper_pearson(responders, len(own)) if own else None,
        mean_total_MBq=sum(total for total, _ in known) / len(known) if known else None,
        mean_per_area_MBq_per_m2=sum(total / area for total, area in known) / len(known) if known else None,
        mean_area_m2=sum(area for _, area in known) / len(known) if known else None,
        total_known=any(total is not None for total in totals),
    )


def _area(item: SubjectAnalysis, formula: str) -> float | None:
    height, weight = item.subject.enrolment.height_cm, item.subject.enrolment.weight_kg
    if height is None or weight is None:
        return None
    try:
        return body_surface_area_m2(formula, height, weight)
    except RuleError:
        return None


def _others(
    treated: Sequence[SubjectAnalysis], plan: Indications, criteria: str, protocol: TrialProtocol
) -> tuple[tuple[str, tuple[Judged, ...]], ...]:
    """What every reader says whose reading is not the one that counts."""
    called = {item.subject.id: by_these(item.subject, CRITERIA[criteria]) for item in treated}
    counted = {reader for events in called.values() for reader in _counted(events, plan)}
    names = [
        name for name in readers_of([event for events in called.values() for event in events]) if name not in counted
    ]
    return tuple(
        (name or "reported", tuple(_judge(item, name, criteria, protocol) for item in treated)) for name in names
    )


def _counted(events: Sequence[ReportedResponse], plan: Indications) -> tuple[str, ...]:
    try:
        return readers_of(reading_of(events, plan.evaluator, plan.assessment_method))
    except ValueError:
        return ()


def _derived(treated: Sequence[SubjectAnalysis]) -> tuple[Judged, ...]:
    """From what was measured and found; nothing where only calls were delivered."""
    found = [
        (item, item.response) for item in treated if item.response is not None and item.response.followed != (CALLED,)
    ]
    return tuple(
        Judged(
            item=item, best=response.best, responded=response.responded, because=response.because, rows=response.rows
        )
        for item, response in found
    )


def judge(item: SubjectAnalysis, plan: Indications, protocol: TrialProtocol) -> Judged:
    """A subject's best response as called by the reader that counts, by the criteria of the subject's indication."""
    criteria = dict(plan.criteria).get(item.subject.enrolment.arm_code or "")
    if criteria is None:
        return Judged(
            item=item,
            best="NE",
            responded=False,
            because="no criteria for this arm",
            rows=(item.subject.enrolment.row,),
        )
    return _judge(item, plan.evaluator, criteria, protocol)


def _judge(item: SubjectAnalysis, evaluator: str, criteria: str, protocol: TrialProtocol) -> Judged:
    method = protocol.indications.assessment_method if protocol.indications is not None else None
    found = reported_response(item.subject, criteria, evaluator, method, protocol.stable_after_d, protocol.confirming)
    return Judged(item=item, best=found.best, responded=found.responded, because=found.because, rows=found.rows)
