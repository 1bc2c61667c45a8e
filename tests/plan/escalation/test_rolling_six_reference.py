"""Rolling six against its printed table at every count of one to three levels, and what it refuses."""

from __future__ import annotations

import pytest

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import parse_history
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.study.outcomes import CohortOutcome
from tests.references.rolling_six import TABLE, Counts, answer

CLEARED = [counts for counts, decision in TABLE.items() if decision == "up"]
TOXIC = [counts for counts, decision in TABLE.items() if decision == "down"]


def cohort(level: int, counts: Counts) -> CohortOutcome:
    """Those not known yet are pending and undetermined by turns; one more was not evaluable and is not counted."""
    dlt, none, unknown = counts
    odd = unknown % 2
    return CohortOutcome(
        level=level, evaluable=dlt + none, with_dlt=dlt, pending=unknown // 2 + odd * (dlt % 2), undetermined=unknown // 2 + odd * (1 - dlt % 2), not_evaluable=1
    )  # fmt: skip


def decided(levels: int, *history: tuple[int, Counts], first_level: int = 1) -> tuple[str, int | None, int, int | None]:
    found = RollingSix(levels=levels, first_level=first_level).decide([cohort(*one) for one in history])
    return found.action, found.level, found.open_places, found.mtd


def test_the_table_is_whole() -> None:
    assert set(TABLE) == {
        (dlt, none, n - dlt - none) for n in range(7) for dlt in range(n + 1) for none in range(n - dlt + 1)
    }


@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize("counts", TABLE)
def test_at_the_first_level(counts: Counts, levels: int) -> None:
    assert decided(levels, (1, counts)) == answer({1: counts}, 1, levels)


@pytest.mark.parametrize("below", CLEARED)
@pytest.mark.parametrize("levels", [2, 3])
def test_at_the_level_above(below: Counts, levels: int) -> None:
    for counts in TABLE:
        assert decided(levels, (1, below), (2, counts)) == answer({1: below, 2: counts}, 2, levels), counts


@pytest.mark.parametrize("above", TOXIC)
def test_on_the_way_down(above: Counts) -> None:
    for before in CLEARED:
        for added in TABLE:
            after = (before[0] + added[0], before[1] + added[1], before[2] + added[2])
            if sum(added) and sum(after) <= 6:
                assert decided(3, (1, before), (2, above), (1, added)) == answer({1: after, 2: above}, 1, 3)


@pytest.mark.parametrize("lowest", CLEARED)
@pytest.mark.parametrize("added", [(2, 0, 0), (2, 1, 0), (2, 0, 1), (3, 0, 0)])
def test_down_by_two_levels(lowest: Counts, added: Counts) -> None:
    given = {1: lowest, 2: (added[0], 3 + added[1], added[2]), 3: (2, 1, 0)}
    assert decided(4, (1, lowest), (2, (0, 3, 0)), (3, (2, 1, 0)), (2, added)) == answer(given, 2, 4)


@pytest.mark.parametrize("counts", [counts for counts in TABLE if sum(counts)])
def test_begun_at_the_second_level(counts: Counts) -> None:
    """Below it lies a level that nobody was given: it is the next, all six places open, once the second is too toxic."""
    assert decided(3, (2, counts), first_level=2) == answer({2: counts}, 2, 3)


def test_nobody_yet() -> None:
    found = RollingSix(levels=3, first_level=2).decide(())
    assert (found.action, found.level, found.open_places, found.mtd) == ("stay", 2, 6, None)
    assert RollingSix(levels=3).first_level == 1


@pytest.mark.parametrize(
    ("history", "outcome"),
    [
        # going down, then again at a level given before
        ("1NNN 2NNN 3TT 2NNT", ("stop", None, 0, 2)),
        ("1NNN 2NNN 3TT 2NT", ("stay", 2, 1, None)),
        ("1NNN 2NNN 3TT 2TT", ("de-escalate", 1, 3, None)),
        ("1NNNNNN 2NNN 3TT 2TT", ("stop", None, 0, 1)),
        ("1NNNNNT 2NNN 3TT 2TT", ("stop", None, 0, 1)),
        # back to a lower level without need: the answer is for the level above
        ("1NNN 2N 1N", ("escalate", 2, 5, None)),
        # begun before the level below is settled
        ("1NNP 2N", ("wait", 2, 0, None)),
        ("1NNU 2N", ("wait", 2, 0, None)),
        ("1NTP 2N", ("wait", 2, 0, None)),
        ("1NNP 2NNN 3N", ("wait", 3, 0, None)),
        ("1NNN 2NNP 3N", ("wait", 3, 0, None)),
        ("1NNNNNP 2NNP 3N", ("wait", 3, 0, None)),
        ("1NNNNTP 2N", ("wait", 2, 0, None)),
        ("1NNNNNP 2N", ("stay", 2, 5, None)),
        ("1NNNNNT 2N", ("stay", 2, 5, None)),
        ("1NNNNN 2N", ("stay", 2, 5, None)),
    ],
)
def test_by_hand(history: str, outcome: tuple[str, int | None, int, int | None]) -> None:
    found = RollingSix(levels=4).decide(parse_history(history))
    assert (found.action, found.level, found.open_places, found.mtd) == outcome


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("5N", "step 1: level 5 does not exist, the design has 4"),
        ("2N", "step 1: level 2 was given where level 1 is the highest possible"),
        ("1NNN 3N", "step 2: level 3 was given where level 2 is the highest possible"),
        ("1NNN 2NNN 4N", "step 3: level 4 was given where level 3 is the highest possible"),
        ("1NN 2N", "step 2: level 2 was begun with 0 DLT among 2 at level 1"),
        ("1NP 2N", "step 2: level 2 was begun with 0 DLT among 2 at level 1"),
        ("1NNTT 2N", "step 2: level 2 was begun with 2 DLT among 4 at level 1"),
        ("1NNN 2TTN 3N", "step 3: level 3 was begun with 2 DLT among 3 at level 2"),
        ("1NNNNNNN", "step 1: level 1 has 7 subjects; the design gives at most 6"),
        ("1NNN 1PPUU", "step 2: level 1 has 7 subjects; the design gives at most 6"),
        ("1NNT 2N", r"level 2 was given where level 1 does not permit it \(level 1: 1 DLT, 2 without, 0 not settled\)"),
        ("1NNN 2NNT 3N", "level 3 was given where level 2 does not permit it"),
        ("1NNN 2N 1TTP 2N", "level 2 was given where level 1 does not permit it"),
        ("1NNN 2NNN 1T 2T 3N", "level 3 was given where level 1 does not permit it"),
    ],
)
def test_what_cannot_have_happened_is_refused(history: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        RollingSix(levels=4).decide(parse_history(history))


@pytest.mark.parametrize(
    ("levels", "first_level", "words"),
    [(0, 1, "at least one level, got 0"), (3, 0, r"lies in 1\.\.3, got 0"), (3, 4, r"lies in 1\.\.3, got 4")],
)
def test_numbers_that_make_no_design_are_refused(levels: int, first_level: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RollingSix(levels=levels, first_level=first_level)


def test_the_highest_level_may_be_the_first() -> None:
    assert decided(3, (3, (0, 3, 0)), first_level=3) == ("stop", None, 0, 3)


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("1NTPU", "level 1: 1 DLT, 1 without, 2 not settled"),
        ("1NTPU", "the next subject at level 1"),
        ("1NNNPPU", "six, not yet known: wait"),
        ("1TT", "two DLTs at the lowest level: no MTD among the levels"),
        ("1NNN 2TT", "level 2 was too toxic: fill this level to six"),
        ("1NNN 2TT 1NNP", "six, not all settled: wait"),
        ("1NNN 2TT 1NNT", "level 2 was too toxic: the MTD is level 1"),
        ("1NNN 2NNN", "this is the highest level: the MTD is level 2 or above it"),
        ("1NNP 2N", "level 2 was begun before it was settled; nothing follows until it is"),
    ],
)
def test_the_reason_is_told(history: str, words: str) -> None:
    assert words in RollingSix(levels=2).decide(parse_history(history)).because
