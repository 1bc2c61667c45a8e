"""The A+B family at every history small designs can meet, against the rule read subject by subject; and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, product

import numpy as np
import pytest

from hevesy.errors import RuleError
from hevesy.plan.escalation.design import Decision, parse_history
from hevesy.plan.escalation.three_plus_three import ThreePlusThree, a_plus_b, three_plus_three
from hevesy.study.outcomes import CohortOutcome
from tests.references.a_plus_b import Answer, Rule, Trial

PLACES = {"one level": (1, 1), "two": (2, 1), "two from the second": (2, 2), "three from the second": (3, 2)}
SETTLED = ("N", "T", "X")


def designs(levels: int, start: int, most: int = 3) -> Iterator[Rule]:
    """Every A+B design of small cohorts, contradictory limits among them."""
    for first, more, down in product(range(1, most + 1), range(most + 1), (False, True)):
        for add in range(first):
            for up, of_all in product(range(add + 1), range(min(first + more, 4))):
                yield Rule(levels, start, first, more, up, add, of_all, down)


def designed(rule: Rule) -> ThreePlusThree:
    return ThreePlusThree(
        levels=rule.levels,
        variant="A+B",
        first=rule.first,
        more=rule.more,
        up_at_most=rule.up,
        add_at_most=rule.add,
        up_at_most_of_all=rule.of_all,
        de_escalation=rule.down,
        first_level=rule.start,
    )


def cohort(level: int, letters: str) -> CohortOutcome:
    count = letters.count
    return CohortOutcome(
        level=level,
        evaluable=count("N") + count("T"),
        with_dlt=count("T"),
        pending=count("P"),
        undetermined=count("U"),
        not_evaluable=count("X"),
    )


def decided(design: ThreePlusThree, trial: Trial) -> Answer:
    found: Decision = design.decide([cohort(*one) for one in trial])
    return Answer(found.action, found.level, found.open_places, found.mtd)


def stepped(design: ThreePlusThree, trials: list[Trial]) -> list[tuple[int, int, int]]:
    """Next level, places and MTD of many trials at once."""
    n = np.zeros((len(trials), design.levels), dtype=np.int64)
    dlt = n.copy()
    for row, trial in enumerate(trials):
        for level, letters in trial:
            n[row, level - 1] += len(letters)
            dlt[row, level - 1] += letters.count("T")
    present = np.array([trial[-1][0] for trial in trials])
    after = design.steps(n, dlt, present, np.zeros_like(present))
    return list(zip(after.level.tolist(), after.places.tolist(), after.mtd.tolist(), strict=True))


def checked(rule: Rule, partial: bool) -> int:
    design, met = designed(rule), list(rule.trials(partial))
    for trial, told in met:
        assert decided(design, trial) == told, (rule, trial)
    begun = [(trial, told) for trial, told in met if trial]
    wanted = [(told.level or 0, told.places, told.mtd or 0) for _, told in begun]
    found = stepped(design, [trial for trial, _ in begun])
    assert found == wanted, (rule, next(item for item in zip(begun, found, wanted, strict=True) if item[1] != item[2]))
    return len(met)


@pytest.mark.parametrize("levels", PLACES)
def test_whole_cohorts(levels: str) -> None:
    assert sum(checked(rule, False) for rule in designs(*PLACES[levels], 2 if levels.startswith("three") else 3)) > 1000


@pytest.mark.parametrize(
    "rule",
    [
        Rule(3, 1, 3, 3, 0, 1, 1, True),
        Rule(3, 1, 3, 3, 0, 1, 1, False),
        Rule(3, 1, 4, 4, 0, 1, 1, False),
        Rule(3, 1, 4, 4, 0, 1, 2, True),
        Rule(3, 2, 3, 3, 0, 1, 2, True),
        Rule(3, 1, 4, 3, 0, 1, 1, False),
        Rule(3, 1, 3, 2, 1, 2, 1, True),
        Rule(2, 2, 4, 1, 0, 3, 2, True),
    ],
)
def test_cohorts_whole_or_not(rule: Rule) -> None:
    assert checked(rule, True) > 30


@pytest.mark.parametrize("levels", ["one level", "two", "two from the second"])
def test_who_is_not_settled_is_waited_for(levels: str) -> None:
    """Open places: those of the stage less who is there; none once the DLTs seen are too many."""
    compared = 0
    for rule in designs(*PLACES[levels], 2 if levels != "one level" else 3):
        design = designed(rule)
        for trial, told in rule.trials():
            for size in range(1, told.places + 1 if told.level else 0):
                for dlt, pending in product(range(size), range(1, size + 1)):
                    if dlt + pending > size:
                        continue
                    letters = (
                        "T" * dlt
                        + "N" * (size - dlt - pending)
                        + "P" * (pending // 2)
                        + "U" * (pending - pending // 2)
                        + "X"
                    )
                    longer = (*trial, (told.level or 0, letters))
                    assert decided(design, longer) == rule.answer(longer), (rule, longer)
                    compared += 1
    assert compared > 500


@pytest.mark.parametrize(
    "rule", [Rule(3, 1, 3, 3, 0, 1, 2, False), Rule(2, 1, 4, 4, 0, 1, 2, True), Rule(3, 1, 2, 2, 0, 1, 1, True)]
)
def test_cohorts_at_one_level_count_as_one(rule: Rule) -> None:
    design = designed(rule)
    for trial, told in rule.trials(partial=True):
        joined = tuple(
            (level, "".join(letters for _, letters in own)) for level, own in groupby(trial, key=lambda one: one[0])
        )
        assert decided(design, joined) == told, joined


@pytest.mark.parametrize("rule", [Rule(3, 1, 2, 2, 0, 1, 1, True), Rule(3, 2, 2, 1, 0, 1, 1, False)])
def test_any_other_level_is_refused_or_waited_for(rule: Rule) -> None:
    design = designed(rule)
    for trial, told in rule.trials():
        for level in range(1, rule.levels + 2):
            if level == told.level:
                continue
            with pytest.raises(RuleError, match=f"step {len(trial) + 1}: "):
                decided(design, (*trial, (level, "N")))
            if told.level and level <= rule.levels:
                begun = (*trial, (told.level, "P"), (level, "N" * rule.first), (1, "N"))
                assert decided(design, begun) == Answer("wait", level, 0, None)
        if told.level == rule.levels:
            with pytest.raises(RuleError, match="does not exist"):
                decided(design, (*trial, (told.level, "P"), (rule.levels + 1, "N")))
        if told.level:
            there = sum(len(letters) for level, letters in trial if level == told.level)
            for letter in "NPU":
                full = letter * (rule.first + rule.more - there)
                assert decided(design, (*trial, (told.level, full))).places == 0 or letter == "N"
                with pytest.raises(RuleError, match=f"has {rule.first + rule.more + 1} subjects"):
                    decided(design, (*trial, (told.level, full + letter)))


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("", "no subject yet: enrol 3 at level 1"),
        ("1NN", "1 more needed before a decision"),
        ("1NNX", "1 not evaluable and not counted, to be replaced"),
        ("1NNNX", "1 not evaluable and not counted"),
        ("1NNN", "0 of 3 permits escalation (at most 0)"),
        ("1NNT", "add 3 at the same level"),
        ("1NNT 1NT", "more than 1 of 6 are too many"),
        ("1NNT 1NNT", "more than 1 of 6 are too many"),
        ("1TT", "more than 1 of the first 3 are too many"),
        ("1TTT", "more than 1 of the first 3 are too many"),
        ("1NNT 1NNN", "1 of 6 permits escalation (at most 1)"),
        ("1TT", "the lowest level is too toxic: no MTD among the levels"),
        ("1NNN 2TT", "go down: 3 more at level 1"),
        ("1NNN 2TT 1NNN", "level 2 was too toxic: the MTD is level 1"),
        ("1NNT 1NNN 2TT", "level 1 has 1 DLT of 6: it is the MTD"),
        ("1NNN 2NNN", "this is the highest level: the MTD is level 2 or above it"),
        ("1PU", "1 still within the window"),
        ("1PU", "1 undetermined; undetermined is not counted as no DLT"),
        ("1PU", "wait; 1 place open at level 1"),
        ("1P", "wait; 2 places open at level 1"),
        ("1NP 2N", "level 2 was begun while level 1 was not settled; nothing follows until it is"),
        ("1TTP", "already more DLT than the level permits: enrol nobody at this level"),
        ("1NNT 1TP", "already more DLT than the level permits: enrol nobody at this level"),
    ],
)
def test_the_reason_is_told(history: str, words: str) -> None:
    assert words in three_plus_three("de-escalation", 2).decide(parse_history(history)).because


@pytest.mark.parametrize(
    ("history", "because"),
    [
        (
            "1NP 2N",
            (
                "level 1: 0 DLT among 1 evaluable",
                "1 still within the window",
                "level 2 was begun while level 1 was not settled; nothing follows until it is",
            ),
        ),
        ("1NNN 2TT 1NNN", ("level 1: 0 DLT among 6 evaluable", "level 2 was too toxic: the MTD is level 1")),
        (
            "1NNN 2NNNX",
            (
                "level 2: 0 DLT among 3 evaluable",
                "1 not evaluable and not counted",
                "this is the highest level: the MTD is level 2 or above it",
            ),
        ),
    ],
)
def test_the_reasons_are_told_in_whole(history: str, because: tuple[str, ...]) -> None:
    assert three_plus_three("de-escalation", 2).decide(parse_history(history)).because == because


@pytest.mark.parametrize("history", ["1TP", "1NNP", "1NNN 2NTP", "1NNT 1NNP"])
def test_nothing_is_said_of_too_many_before_there_are(history: str) -> None:
    because = three_plus_three("de-escalation", 2).decide(parse_history(history)).because
    assert not [told for told in because if "more DLT" in told or "undetermined" in told or "not evaluable" in told]


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("2NNN", "step 1: the design starts at level 1, the history at level 2"),
        (
            "1NNN 1NNN",
            r"step 2: level 1 was given where the design says escalate, level 2 \(next: level 2, 3 subjects\)",
        ),
        ("1TT 1N", r"step 2: the design had stopped \(the lowest level is too toxic: .*\), but level 1 was given"),
        ("1NNN 3N", "step 2: level 3 does not exist, the design has 2"),
    ],
)
def test_a_history_that_contradicts_the_design_is_refused(history: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        three_plus_three("no-de-escalation", 2).decide(parse_history(history))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"levels": 0}, "at least one level, got 0"),
        ({"first_level": 0}, r"lies in 1\.\.3, got 0"),
        ({"first_level": 4}, r"lies in 1\.\.3, got 4"),
        ({"first": 0}, "cohort sizes must be positive, got 0 and 3"),
        ({"more": -1}, "cohort sizes must be positive, got 3 and -1"),
        ({"first": 0, "more": -1}, "cohort sizes must be positive"),
        ({"up_at_most": -1}, "got -1, 1"),
        ({"up_at_most": 2}, "got 2, 1"),
        ({"add_at_most": 3}, "got 0, 3"),
    ],
)
def test_numbers_that_make_no_design_are_refused(bad: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ThreePlusThree(**{"levels": 3, "variant": "A+B"} | bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "good",
    [
        {"levels": 1},
        {"first_level": 3},
        {"first": 1, "add_at_most": 0},
        {"more": 0},
        {"up_at_most": 1},
        {"add_at_most": 2, "up_at_most": 2},
    ],
)
def test_numbers_at_the_bounds_are_accepted(good: dict[str, int]) -> None:
    design = ThreePlusThree(**{"levels": 3, "variant": "A+B"} | good)  # type: ignore[arg-type]
    assert design.cohort_size == good.get("first", 3)
    assert design.start == good.get("first_level", 1)


def test_what_is_not_said_is_the_traditional_design() -> None:
    design = ThreePlusThree(levels=2, variant="no-de-escalation")
    assert design == three_plus_three("no-de-escalation", 2) == three_plus_three("no-de-escalation", 2, 3)
    assert (design.first, design.more, design.up_at_most, design.add_at_most, design.up_at_most_of_all) == (
        3,
        3,
        0,
        1,
        1,
    )
    assert (design.de_escalation, design.start) == (False, 1)


@pytest.mark.parametrize(
    ("variant", "size", "cohorts", "down"),
    [
        ("no-de-escalation", None, 3, False),
        ("de-escalation", None, 3, True),
        ("modified", None, 4, False),
        ("modified", 3, 3, False),
        ("de-escalation", 5, 5, True),
    ],
)
def test_a_variant_by_its_name(variant: str, size: int | None, cohorts: int, down: bool) -> None:
    design = three_plus_three(variant, 4, size)
    assert (design.first, design.more, design.de_escalation, design.levels, design.variant) == (
        cohorts,
        cohorts,
        down,
        4,
        variant,
    )
    with pytest.raises(ValueError, match="variant of three-plus-three must be one of"):
        three_plus_three(variant + "s", 4)


def test_the_five_numbers_of_lin_and_shih() -> None:
    """Fewer than C of A up, more than D stop, else B more, at most E of all up."""
    design = a_plus_b(4, 5, 6, 1, 3, 2)
    assert (design.levels, design.first, design.more) == (4, 5, 6)
    assert (design.up_at_most, design.add_at_most, design.up_at_most_of_all, design.de_escalation) == (0, 3, 2, False)


def test_where_nobody_is_added_the_limits_of_the_first_hold() -> None:
    """6+0, at most one DLT up, more stop: what is written for "all" cannot permit more."""
    design = a_plus_b(3, 6, 0, 2, 1, 6)
    assert decided(design, ((1, "NNNNNT"),)) == Answer("escalate", 2, 6, None)
    assert decided(design, ((1, "NNNNNT"), (2, "NNNNTT"))) == Answer("stop", None, 0, 1)


def test_a_level_found_too_toxic_at_once_is_not_given_again() -> None:
    """Two DLTs of three, of six at most one: more subjects undo nothing, so the trial goes down and ends below."""
    design = ThreePlusThree(levels=3, variant="A+B", add_at_most=2, de_escalation=True)
    assert decided(design, ((1, "NNN"), (2, "NTT"))) == Answer("de-escalate", 1, 3, None)
    assert decided(design, ((1, "NNN"), (2, "NTT"), (1, "NNN"))) == Answer("stop", None, 0, 1)


def test_a_second_stage_is_not_judged_by_the_limit_of_the_first() -> None:
    """4+4, at most one of four and two of eight: two of six may still be two of eight."""
    design = ThreePlusThree(levels=3, variant="A+B", first=4, more=4, up_at_most_of_all=2)
    assert decided(design, ((1, "NNNT"), (1, "TN"))) == Answer("stay", 1, 2, None)
    assert (
        decided(design, ((1, "NNNT"), (1, "NNNTX")))
        == decided(design, ((1, "NNNT"), (1, "NNTN")))
        == Answer("escalate", 2, 4, None)
    )


def test_a_level_below_that_nobody_was_given_begins_with_its_first_subjects() -> None:
    design = ThreePlusThree(levels=3, variant="A+B", de_escalation=True, first_level=2)
    assert decided(design, ((2, "TTN"),)) == Answer("de-escalate", 1, 3, None)
    assert decided(design, ((2, "TTN"), (1, "P"))) == Answer("wait", 1, 2, None)
    assert decided(design, ((2, "TTN"), (1, "NNN"))) == Answer("stay", 1, 3, None)
    assert decided(design, ((2, "TTN"), (1, "NNN"), (1, "NNT"))) == Answer("stop", None, 0, 1)


def test_one_enrolled_too_many_opens_no_second_stage() -> None:
    assert decided(three_plus_three("modified", 4), ((1, "NNNNNP"),)) == Answer("wait", 1, 0, None)
