"""The answers first: do we escalate, is it safe, does it work, and what stands in the way of trusting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.conduct.efficacy import headline, only_progression_could_be_judged
from hevesy.conduct.populations import ENROLLED, TREATED
from hevesy.readout.sections import dlt, efficacy, exposure, indications, population, quality, safety, survival

if TYPE_CHECKING:
    from hevesy.conduct.followed import Followed
    from hevesy.conduct.groups import Group
    from hevesy.conduct.treated import Treated
    from hevesy.study.protocol import TrialProtocol

MOST_ARMS = 6
SUMMED_UP = (("progression-free", "pfs"), ("overall", "os"))
"""Endpoints whose medians stand in the summary."""


def summary(
    treated: Treated, followed: Followed, decided: Sequence[Number], corrections: Number, protocol: TrialProtocol
) -> Section:
    """One paragraph per question, made of the numbers of the sections below."""
    group = followed.populations.groups[-1] if followed.populations.groups else None
    blocks = [
        *_escalation(decided),
        _who(treated, followed, group),
        _safety(followed, group, protocol),
        _efficacy(followed, group, protocol),
        _trust(followed, corrections),
    ]
    return Section(id="summary", title="Summary", blocks=tuple(blocks))


def _answer(question: str, *parts: Part | None) -> Block:
    """A question and its answer; a number that is not there is said to be not known."""
    told = ("not known" if part is None else part for part in parts)
    return said(question, *told, ".", tone="answer")


def _escalation(decided: Sequence[Number]) -> list[Block]:
    if not decided:
        return [_answer("Do we escalate? ", "Not asked: the protocol has no [escalation]")]
    found: list[Block] = []
    for one in decided:
        whose = one.label.removeprefix("Dose decision").removeprefix(", ")
        why = f": {one.because[0]}." if one.because else "."
        found.append(said(f"Do we escalate? {f'In {whose}: ' if whose else ''}", one, why, tone="answer"))
    return found


def _who(treated: Treated, followed: Followed, group: Group | None) -> Block:
    """How many were treated of those enrolled, and of each arm its mean activity."""
    if group is None:
        return _answer("Who was treated? ", None, " treated of ", None, " enrolled")
    of_all, enrolled = (population.in_population(kind, group) for kind in (TREATED, ENROLLED))
    by_arm: list[Part] = []
    groups = followed.populations.groups
    activities = treated.activities
    means = {one.group.id: one for one in activities.by_group} if activities is not None else {}
    for arm in (groups[:-1] if len(groups) > 1 else groups)[:MOST_ARMS]:
        by_arm += ["; ", arm.name, ": ", population.in_population(TREATED, arm)]
        if activities is not None and arm.id in means:
            by_arm += [", mean ", exposure.mean_activity(means[arm.id], activities.unit)]
    return _answer("Who was treated? ", of_all, " treated of ", enrolled, " enrolled", *by_arm)


def _safety(followed: Followed, group: Group | None, protocol: TrialProtocol) -> Block:
    """Deaths, adverse events and dose-limiting toxicity; of what was not delivered that it is not known."""
    parts: list[Part | None] = [
        "Is it safe? ",
        population.deaths(group) if group is not None else "deaths not known, because nobody is assigned",
        " died; ",
    ]
    if followed.safety is None:
        parts.append("adverse events not known, because none have been delivered")
    else:
        parts += safety.in_short(followed.safety)
    by = " by illustrative rules" if protocol.dlt is not None and protocol.dlt.illustrative else ""
    toxicity = followed.toxicity
    if toxicity is None:
        parts.append("; dose-limiting toxicity not asked: the protocol has no [dlt]")
    elif not toxicity.evaluable:
        parts.append("; dose-limiting toxicity not known, because nobody is DLT-evaluable yet")
    else:
        count = dlt.with_dlt(toxicity)
        parts += ["; dose-limiting toxicity", by, " in ", count, " DLT-evaluable subjects over all levels"]
        bounds = [part for part in dlt.none_seen(toxicity) if not isinstance(part, str)]
        if bounds:
            parts += ["; none seen is compatible with a true rate up to ", bounds[0], " (one-sided 95 %)"]
    return _answer("", *parts)


def _efficacy(followed: Followed, group: Group | None, protocol: TrialProtocol) -> Block:
    """Response with its definition, and the medians; or why there is none."""
    found = followed.indications
    if found is not None:
        told: list[Part] = ["Responders as called: "]
        for place, one in enumerate(found.outcomes):
            told += ["; " if place else "", f"{one.arm.name} ", indications.responders(one, found.plan)]
        definition = f"{indications.DEFINITION}; exact 95 % interval (Clopper-Pearson)"
        return _answer("Does it work? ", *told, f" ({definition})")
    medians = [part for title, key in SUMMED_UP for part in _median(followed, group, title, key)]
    rate = headline(followed.responses, group) if followed.responses is not None and group is not None else None
    if rate is None:
        return _answer("Does it work? ", f"Response not known, because {_no_rate(followed, protocol)}", *medians)
    words = f"{rate.rate.rate.title} ({rate.rate.rate.meaning}) "
    cell = efficacy.rate_cell(rate.rate, rate.cell, rate.criteria)
    return _answer("Does it work? " + words, cell, " of those response-evaluable", *medians)


def _median(followed: Followed, group: Group | None, title: str, key: str) -> tuple[Part, ...]:
    known = [
        survival.median_of(found, own, summary)
        for found in followed.survivals
        if found.endpoint.key == key
        for own, summary in found.groups
        if group is not None and own.id == group.id
    ]
    nobody = not any(item.subject.treated for item in followed.subjects)
    why = "nobody was treated" if nobody else "no time to it can be given"
    return (f"; median {title} survival ", known[0] if known else f"not known, because {why}")


def _no_rate(followed: Followed, protocol: TrialProtocol) -> str:
    assigned = [item for item in followed.subjects if item.arm is not None]
    responses = [item.response for item in assigned if item.response is not None]
    if not any(protocol.criteria_of(arm.code) for arm in protocol.arms):
        return "the protocol names no response criteria"
    if not responses:
        return "no assessments have been delivered"
    if only_progression_could_be_judged(assigned):
        return "only progression could be judged: nobody says whether there were new lesions"
    return f"nobody could be judged: {responses[0].because}"


def _trust(followed: Followed, corrections: Number) -> Block:
    """What disagrees, is missing, is questioned or was corrected."""
    found = followed.quality
    missing: Part = quality.missing(found) or "no"
    asked = " required counts are missing; " if found.missing is not None else " counts are required by the protocol; "
    return _answer(
        "Can we stand behind it? ",
        quality.disagreements(found),
        " reported values disagree with ours; ",
        missing,
        asked,
        quality.questioned(found),
        " values are questioned; ",
        corrections,
        " corrections and withdrawals",
    )
