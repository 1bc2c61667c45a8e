"""The answers first: do we escalate, is it safe, does it work, and what stands in the way of trusting it."""

from __future__ import annotations

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section, numbers_in
from hevesy.conduct.analysis import Analysis
from hevesy.readout.sections.decision import answers
from hevesy.readout.sections.efficacy import only_progression_could_be_judged
from hevesy.readout.sections.groups import arm_groups


def summary(analysis: Analysis, sections: tuple[Section, ...]) -> Section:
    """One paragraph per question, made of the numbers of the sections below."""
    known = {number.id: number for section in sections for number in numbers_in(section.blocks)}
    groups = (
        "all"
        if "n-treated-all" in known
        else next((key.removeprefix("n-treated-") for key in known if key.startswith("n-treated-")), "all")
    )
    blocks = [
        *_escalation(analysis),
        _answer(
            "Who was treated? ",
            known.get(f"n-treated-{groups}"),
            " treated of ",
            known.get(f"n-enrolled-{groups}"),
            " enrolled",
            *_by_arm(analysis, known),
        ),
        _safety(analysis, known, groups),
        _efficacy(analysis, known, groups),
        _trust(analysis, known),
    ]
    return Section(id="summary", title="Summary", blocks=tuple(blocks))


def _answer(question: str, *parts: Part | None) -> Block:
    """A question and its answer; a number that is not there is said to be not known."""
    told = ("not known" if part is None else part for part in parts)
    return said(question, *told, ".", tone="answer")


def _escalation(analysis: Analysis) -> list[Block]:
    decided = answers(analysis)
    if not decided:
        return [_answer("Do we escalate? ", "Not asked: the protocol has no [escalation]")]
    found: list[Block] = []
    for one in decided:
        whose = one.label.removeprefix("Dose decision").removeprefix(", ")
        found.append(said(f"Do we escalate? {f'In {whose}: ' if whose else ''}", one, _why(one), tone="answer"))
    return found


def _safety(analysis: Analysis, known: dict[str, Number], groups: str) -> Block:
    """Deaths, adverse events and dose-limiting toxicity; of what was not delivered that it is not known."""
    deaths = known.get(f"n-deaths-{groups}")
    parts: list[Part | None] = [
        "Is it safe? ",
        deaths if deaths is not None else "deaths not known, because nobody is assigned",
        " died; ",
    ]
    if "adverse_event" not in analysis.study.delivered_kinds:
        parts.append("adverse events not known, because none have been delivered")
    else:
        parts += [known.get(f"ae-events-{groups}"), " adverse events, serious: ", known.get(f"ae-serious-{groups}")]
        parts += [
            ", median grade ",
            known.get(f"ae-median-grade-{groups}"),
            ", worst grade ",
            known.get(f"ae-worst-grade-{groups}"),
        ]
    rules = analysis.study.protocol.dlt
    by = " by illustrative rules" if rules is not None and rules.illustrative else ""
    if "dlt-count" in known:
        parts += ["; dose-limiting toxicity", by, " in ", known["dlt-count"], " DLT-evaluable subjects over all levels"]
        if "dlt-upper" in known:
            parts += ["; none seen is compatible with a true rate up to ", known["dlt-upper"], " (one-sided 95 %)"]
    elif rules is None:
        parts.append("; dose-limiting toxicity not asked: the protocol has no [dlt]")
    else:
        parts.append("; dose-limiting toxicity not known, because nobody is DLT-evaluable yet")
    return _answer("", *parts)


def _efficacy(analysis: Analysis, known: dict[str, Number], groups: str) -> Block:
    """Response with its definition, and the medians; or why there is none."""
    by_indication = [value for key, value in known.items() if key.startswith("indication-") and key.count("-") == 1]
    if by_indication:
        told: list[Part] = ["Responders as called: "]
        for place, value in enumerate(by_indication):
            told += ["; " if place else "", value.label.removeprefix("Response rate, ").split(",")[0] + " ", value]
        return _answer("Does it work? ", *told, f" ({by_indication[0].definition})")
    rate = next(
        (known[key] for kind in ("cbr", "orr", "orr-minor") if (key := f"{kind}-evaluable-{groups}") in known), None
    )
    medians: list[Part] = []
    for title, key in (("progression-free", "pfs"), ("overall", "os")):
        median = known.get(f"{key}-median-{groups}")
        medians += [
            f"; median {title} survival ",
            median if median is not None else f"not known, because {_no_time(analysis)}",
        ]
    if rate is None:
        return _answer("Does it work? ", f"Response not known, because {_no_rate(analysis)}", *medians)
    return _answer("Does it work? " + _rate_in_words(rate), rate, " of those response-evaluable", *medians)


def _no_rate(analysis: Analysis) -> str:
    responses = [item.response for item in analysis.assigned if item.response is not None]
    if not any(analysis.study.protocol.criteria_of(arm.code) for arm in analysis.study.protocol.arms):
        return "the protocol names no response criteria"
    if not responses:
        return "no assessments have been delivered"
    if only_progression_could_be_judged(analysis.assigned):
        return "only progression could be judged: nobody says whether there were new lesions"
    return f"nobody could be judged: {responses[0].because}"


def _no_time(analysis: Analysis) -> str:
    return "nobody was treated" if not analysis.treated else "no time to it can be given"


def _trust(analysis: Analysis, known: dict[str, Number]) -> Block:
    """What disagrees, is missing, is questioned or was corrected."""
    missing: Part = known.get("missing-counts") or "no"
    asked = " required counts are missing; " if "missing-counts" in known else " counts are required by the protocol; "
    parts = (
        known.get("disagreements"),
        " reported values disagree with ours; ",
        missing,
        asked,
        known.get("questioned"),
    )
    return _answer(
        "Can we stand behind it? ",
        *parts,
        " values are questioned; ",
        known.get("corrections"),
        " corrections and withdrawals",
    )


def _rate_in_words(rate: Number) -> str:
    """Name and meaning of a response rate, as its definition begins."""
    name, _, meaning = rate.definition.partition(": best response ")
    return f"{name} ({meaning.split(',')[0]}) "


def _why(decided: Number) -> str:
    return f": {decided.because[0]}." if decided.because else "."


def _by_arm(analysis: Analysis, known: dict[str, Number]) -> tuple[Part, ...]:
    """Subjects and mean activity of each arm."""
    parts: list[Part] = []
    for group in arm_groups(analysis)[:6]:
        treated, activity = known.get(f"n-treated-{group.id}"), known.get(f"activity-mean-{group.id}")
        if treated is not None:
            parts += ["; ", group.name, ": ", treated, *(() if activity is None else (", mean ", activity))]
    return tuple(parts)
