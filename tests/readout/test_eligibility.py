"""How eligibility is laid out: counts by rule, and everybody who does not satisfy one or of whom it is not known."""

from __future__ import annotations

from hevesy.blocks.number import plain
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import numbers_in
from hevesy.blocks.table import Table
from hevesy.conduct.eligibility import AskedOfAll, Eligibility
from hevesy.follow.dlt.verdict import Answer
from hevesy.follow.eligibility import Answered, SubjectEligibility
from hevesy.readout.sections.eligibility import eligibility
from hevesy.study.protocol.eligibility import AgeRule, EligibilityRule, ExposedRule

ADULT = AgeRule(name="adult", at_least_a=18)
NAIVE = ExposedRule(name="no CD38", classes=("anti-CD38 antibody",), exclusion=True)


def answered(rule: AgeRule | ExposedRule, holds: Answer, row: int) -> Answered:
    return Answered(rule=rule, holds=holds, because=(f"row {row} says so",), rows=(row,))


def found(*holds: tuple[Answer, Answer]) -> Eligibility:
    """Subjects by what holds of them: being an adult, and having had an antibody against CD38."""
    subjects = tuple(
        SubjectEligibility(
            subject=f"S{place}", answers=(answered(ADULT, one, place), answered(NAIVE, other, 10 + place))
        )
        for place, (one, other) in enumerate(holds, start=1)
    )
    asked: tuple[EligibilityRule, ...] = (ADULT, NAIVE)
    rules = tuple(
        AskedOfAll(rule=rule, answers=tuple((one.subject, one.answers[place]) for one in subjects))
        for place, rule in enumerate(asked)
    )
    return Eligibility(rules=rules, subjects=subjects)


def test_a_table_of_rules_and_a_list_of_those_who_do_not_satisfy_one() -> None:
    section = eligibility(found(("yes", "no"), ("yes", "yes"), ("undetermined", "no"), ("no", "undetermined")))
    assert section is not None
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    assert [tuple(map(plain, row.cells)) for row in table.rows] == [
        ("adult", "inclusion", "2", "1", "1"),
        ("no CD38", "exclusion", "2", "1", "1"),
        ("Every rule", "", "1", "2", "1"),
    ]
    assert table.title.endswith("(enrolled to an arm, n=4)")
    not_satisfied, undetermined = (block for block in section.blocks if isinstance(block, Listing))
    assert not_satisfied.items == (("S2: no CD38: row 12 says so",), ("S4: adult: row 4 says so",))
    assert undetermined.items == (("S3: adult: row 3 says so",), ("S4: no CD38: row 14 says so",))
    (caution,) = (block for block in section.blocks if isinstance(block, Paragraph) and block.tone == "caution")
    assert "deviation" in plain(caution.parts[0])
    rows = {one.id: one.rows for one in numbers_in((section,))}
    assert rows["eligibility-2-no"] == (12,)
    assert rows["eligible-no"] == (2, 4, 12, 14)


def test_where_every_rule_is_satisfied_nobody_is_listed() -> None:
    section = eligibility(found(("yes", "no")))
    assert section is not None
    assert [type(block) for block in section.blocks] == [Table]


def test_without_rules_there_is_no_section() -> None:
    assert eligibility(None) is None
