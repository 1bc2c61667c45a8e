"""Decision tables printed and brought along, and the paragraph of a protocol."""

from __future__ import annotations

import pytest

from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.table import table_rule
from hevesy.plan.escalation.three_plus_three import a_plus_b, three_plus_three
from hevesy.study.protocol.designs import in_protocols
from tests.plan.escalation.test_every_design import EVERY, named

ROWS = [
    {"n": str(n), "dlts": str(dlt), "decision": BOIN(target=0.25).at(n, dlt)}
    for n in range(1, 31)
    for dlt in range(n + 1)
]


def test_a_table_brought_along_is_the_design_it_came_from() -> None:
    p = (0.1, 0.25, 0.4)
    own = IntervalDesign(rule=BOIN(target=0.25), levels=3)
    brought = IntervalDesign(rule=table_rule(ROWS, 0.25), levels=3)
    assert operating_characteristics(brought, p).selected == operating_characteristics(own, p).selected
    assert {(cell.n, cell.dlts): cell.decision for cell in own.decision_table(30)} == {
        (int(row["n"]), int(row["dlts"])): row["decision"] for row in ROWS
    }


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no rows"),
        ([{"n": "1", "dlts": "0", "decision": "Q"}], "row 1"),
        ([{"n": "one", "dlts": "0", "decision": "E"}], "row 1"),
        ([{"n": "1", "dlts": "0", "decision": "E"}], "no decision for 1"),
        (
            [{"n": "1", "dlts": "0", "decision": "D"}, {"n": "1", "dlts": "1", "decision": "E"}],
            "must not lead to a higher",
        ),
        ([{"n": "1", "dlts": "0", "decision": "E"}, {"n": "1", "dlts": "0", "decision": "S"}], "row 2"),
    ],
)
def test_a_table_that_cannot_be_is_refused(rows: list[dict[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        table_rule(rows, 0.25)


def test_a_count_outside_the_table_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="2 DLTs among 4"):
        table_rule(ROWS[:9], 0.25).at(4, 2)


def test_modified_three_plus_three() -> None:
    cells = three_plus_three("modified", 4).decision_table(8)
    assert [(cell.n, cell.dlts, cell.decision) for cell in cells] == [
        (4, 0, "E"), (4, 1, "S"), (4, 2, "D"), (4, 3, "D"), (4, 4, "D"),
        (8, 1, "E"), (8, 2, "D"), (8, 3, "D"), (8, 4, "D"), (8, 5, "D"),
    ]  # fmt: skip


def test_an_a_plus_b_design_whose_limit_of_all_is_below_that_of_the_first_adds_nobody() -> None:
    """At most 0 of all: one DLT of three cannot be undone, so nobody is added and the table ends with the first three."""
    cells = {(cell.n, cell.dlts): cell.decision for cell in a_plus_b(3, 3, 3, 1, 2, 0).decision_table(6)}
    assert cells == {(3, 0): "E", (3, 1): "D", (3, 2): "D", (3, 3): "D"}


def test_every_design_has_its_paragraph() -> None:
    told = {plan.design: named(plan, 3).paragraph for plan in EVERY}
    assert set(told) == set(in_protocols())
    assert told["a-plus-b"] == told["three-plus-three"], "the last variant, in cohorts of three, is that A+B design"
    assert len(set(told.values())) == len(told) - 1
    assert all("3 levels" in text and "(" in text for text in told.values())
    assert "at most 0.197" in told["boin"]
    assert "reference dose 3" in told["blrm"]


def test_designs_without_a_table_say_so() -> None:
    for plan in EVERY:
        if plan.design in ("crm", "blrm", "titecrm", "titeboin", "rolling-six"):
            with pytest.raises(ValueError, match="no table"):
                named(plan, 3).decision_table(9)


def test_an_unknown_design_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(ValueError, match="did you mean boin"):
        design_named(EVERY[0].__class__(design="bion", cohort_size=3), 3)
