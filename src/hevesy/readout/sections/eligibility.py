"""Who was eligible: each rule with how many satisfy it, and everybody who does not, or of whom it is not known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.eligibility import Answer, AskedOfAll, Eligibility
    from hevesy.follow.eligibility import Answered

TITLES: dict[Answer, str] = {"yes": "Satisfied", "no": "Not satisfied", "undetermined": "Undetermined"}


def eligibility(found: Eligibility | None) -> Section | None:
    """Rules by subjects; None: the protocol has no rules."""
    if found is None:
        return None
    rows: list[tuple[Part, ...]] = [_rule(one, place) for place, one in enumerate(found.rules, start=1)]
    rows.append(("Every rule", "", *(_everybody(found, answer) for answer in TITLES)))
    blocks: list[Block] = [
        table(
            "eligibility",
            "Rules of eligibility by subjects",
            ("Rule", "Kind", *(of_numbers(title) for title in TITLES.values())),
            rows,
            "An exclusion is satisfied by a subject of whom it does not hold. What is undetermined is not satisfied.",
            population=f"enrolled to an arm, n={len(found.subjects)}",
        )
    ]
    if found.deviations:
        blocks.append(said("Enrolled without satisfying a rule, a deviation from the protocol:", tone="caution"))
        blocks.append(listed(*_told(found.deviations)))
    undetermined = [(one.subject, answered) for one in found.subjects for answered in one.of("undetermined")]
    if undetermined:
        blocks.append(said("Not determined from what was delivered:"))
        blocks.append(listed(*_told(undetermined)))
    return Section(id="eligibility", title="Eligibility", blocks=tuple(blocks))


def _rule(one: AskedOfAll, place: int) -> tuple[Part, ...]:
    name, kind = one.rule.name, "exclusion" if one.rule.exclusion else "inclusion"
    return (name, kind, *(_answered(one, place, answer) for answer in TITLES))


def _answered(one: AskedOfAll, place: int, answer: Answer) -> Number:
    those = one.of(answer)
    return number(
        f"eligibility-{place}-{answer}",
        len(those),
        label=f"{one.rule.name}: {TITLES[answer].lower()}",
        definition=f"enrolled subjects of whom the rule {one.rule.name!r} is answered {answer}",
        population=f"enrolled to an arm, n={len(one.answers)}",
        because=_told(those) or ("nobody",),
        rows=(row for _, answered in those for row in answered.rows),
    )


def _everybody(found: Eligibility, answer: Answer) -> Number:
    those = found.of(answer)
    return number(
        f"eligible-{answer}",
        len(those),
        label=f"Every rule: {TITLES[answer].lower()}",
        definition="eligible: every rule satisfied; not: one is not; otherwise undetermined",
        population=f"enrolled to an arm, n={len(found.subjects)}",
        because=(", ".join(shortened(one.subject for one in those)) or "nobody",),
        rows=(row for one in those for answered in one.answers for row in answered.rows),
    )


def _told(those: Sequence[tuple[str, Answered]]) -> tuple[str, ...]:
    return shortened(
        f"{subject}: {answered.rule.name}: {'; '.join(answered.because) or 'no row tells'}"
        for subject, answered in those
    )
