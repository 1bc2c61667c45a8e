"""The answers first: do we escalate, is it safe, does it work, and what stands in the way of trusting it."""

from __future__ import annotations

from hevesy.conduct.analysis import Analysis
from hevesy.readout.sections.decision import answers
from hevesy.readout.sections.groups import arm_groups
from hevesy.readout.statement import Block, Number, Paragraph, Part, Section, numbers_in


def summary(analysis: Analysis, sections: tuple[Section, ...]) -> Section:
    """One paragraph per question, made of the numbers of the sections below."""
    known = {number.id: number for section in sections for number in numbers_in(section.blocks)}
    groups = (
        "all"
        if "n-treated-all" in known
        else next((key.removeprefix("n-treated-") for key in known if key.startswith("n-treated-")), "all")
    )
    blocks: list[Block] = []
    for decided in answers(analysis):
        whose = decided.label.removeprefix("Dose decision").removeprefix(", ")
        blocks.append(Paragraph(parts=(f"Do we escalate? {f'In {whose}: ' if whose else ''}", decided, _why(decided)), tone="answer"))

    def sentence(question: str, *parts: Part | None) -> None:
        if all(part is not None for part in parts):
            blocks.append(Paragraph(parts=(question, *(part for part in parts if part is not None)), tone="answer"))

    sentence(
        "Who was treated? ",
        known.get(f"n-treated-{groups}"),
        " treated of ",
        known.get(f"n-enrolled-{groups}"),
        " enrolled",
        *_by_arm(analysis, known),
        ".",
    )
    dlt: tuple[Part, ...] = ()
    if "dlt-count" in known:
        bound: tuple[Part, ...] = (
            ("; none seen is compatible with a true rate up to ", known["dlt-upper"], " (one-sided 95 %)") if "dlt-upper" in known else ()
        )
        rules = analysis.study.protocol.dlt
        by = " by illustrative rules" if rules is not None and rules.illustrative else ""
        dlt = ("; dose-limiting toxicity", by, " in ", known["dlt-count"], " DLT-evaluable subjects over all levels", *bound)
    sentence(
        "Is it safe? ",
        known.get(f"n-deaths-{groups}"),
        " died; ",
        known.get(f"ae-events-{groups}"),
        " adverse events, serious: ",
        known.get(f"ae-serious-{groups}"),
        ", median grade ",
        known.get(f"ae-median-grade-{groups}"),
        ", worst grade ",
        known.get(f"ae-worst-grade-{groups}"),
        *dlt,
        ".",
    )
    rate = next(
        (known[key] for kind in ("cbr", "orr", "orr-minor") if (key := f"{kind}-evaluable-{groups}") in known),
        None,
    )
    by_indication = [(key, value) for key, value in known.items() if key.startswith("indication-") and key.count("-") == 1]
    if by_indication:
        told: list[Part] = ["Does it work? Responders as called: "]
        for place, (_, value) in enumerate(by_indication):
            told += ["; " if place else "", value.label.removeprefix("Response rate, ").split(",")[0] + " ", value]
        blocks.append(Paragraph(parts=(*told, "."), tone="answer"))
    sentence(
        "Does it work? " + (_rate_in_words(rate) if rate is not None else ""),
        rate,
        " of those response-evaluable; median progression-free survival ",
        known.get(f"pfs-median-{groups}"),
        "; median overall survival ",
        known.get(f"os-median-{groups}"),
        ".",
    )
    sentence(
        "Can we stand behind it? ",
        known.get("disagreements"),
        " reported values disagree with ours; ",
        known.get("missing-counts"),
        " required counts are missing; ",
        known.get("corrections"),
        " corrections and withdrawals.",
    )
    return Section(id="summary", title="Summary", blocks=tuple(blocks))


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
