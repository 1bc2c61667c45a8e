"""Interval rules at every count against their published formulas in exact fractions, and what they refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest

from hevesy.plan.escalation.interval_rules import BOIN, MTPI, IntervalRule, IThreePlusThree, Keyboard, above_target
from tests.references.interval_rules import at_most, boin, eliminated, i3plus3, keyboard, mtpi, mtpi2

COUNTS = [(n, dlt) for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 20) for dlt in range(n + 1)]
INTERVALS = [("0.2", "0.05", "0.05"), ("0.25", "0.05", "0.05"), ("0.3", "0.1", "0.05"), ("0.3", "0.05", "0.1"), ("0.5", "0.1", "0.15"), ("0.33", "0.08", "0.07"), ("0.8", "0.05", "0.1"), ("0.15", "0.05", "0.05"), ("0.85", "0.05", "0.05"), ("0.9", "0.05", "0.04"), ("0.1", "0.04", "0.05"), ("0.375", "0.125", "0.125")]  # fmt: skip
RULES: list[tuple[Callable[..., IntervalRule], Callable[[int, int, tuple[Fraction, Fraction]], str], int]] = [
    (Keyboard, keyboard, 1),
    (MTPI, mtpi, 2),
    (lambda **numbers: MTPI(equal_keys=True, **numbers), mtpi2, 2),
    (IThreePlusThree, i3plus3, 3),
]


@pytest.mark.parametrize(("target", "left", "right"), INTERVALS)
@pytest.mark.parametrize(("rule", "formula", "from_n"), RULES, ids=["keyboard", "mtpi", "mtpi2", "i3+3"])
def test_rules_of_an_interval(
    rule: Callable[..., IntervalRule], formula: Callable[..., str], from_n: int, target: str, left: str, right: str
) -> None:
    aim = Fraction(target)
    interval = (aim - Fraction(left), aim + Fraction(right))
    ours = rule(target=float(target), left=float(left), right=float(right))
    for n, dlt in COUNTS:
        wanted = "X" if eliminated(n, dlt, aim, from_n) else formula(n, dlt, interval)
        assert ours.at(n, dlt) == wanted, (n, dlt)


@pytest.mark.parametrize(
    ("target", "low", "high"),
    [
        ("0.1", "0.6", "1.4"),
        ("0.25", "0.6", "1.4"),
        ("0.3", "0.6", "1.4"),
        ("0.3", "0.5", "1.2"),
        ("0.4", "0.8", "1.6"),
        ("0.6", "0.6", "1.4"),
    ],
)
def test_boin(target: str, low: str, high: str) -> None:
    rule = BOIN(target=float(target), low=float(low), high=float(high))
    for n, dlt in COUNTS:
        wanted = (
            "X"
            if eliminated(n, dlt, Fraction(target), 3)
            else boin(n, dlt, Fraction(target), Fraction(low), Fraction(high))
        )
        assert rule.at(n, dlt) == wanted, (n, dlt)


def test_boin_on_its_boundaries() -> None:
    """At a target of one half, low and high being mirrored, lambda_e + lambda_d = 1; a rate equal to a boundary goes up or down."""
    rule = BOIN(target=0.5, low=0.5, high=1.5)
    assert rule.lambda_e == pytest.approx(math.log(0.75 / 0.5) / math.log(3), abs=1e-12)
    assert rule.lambda_e + rule.lambda_d == pytest.approx(1, abs=1e-12)


def test_rounding_does_not_move_a_boundary() -> None:
    """0.28 x 25 is 7.000000000000001 in floats, 0.29 x 100 is 28.999999999999996."""
    for up, n, dlt in ((0.29, 100, 29), (0.28, 25, 7)):
        rule = type("Fixed", (BOIN,), {"lambda_e": up, "lambda_d": 0.9, "__slots__": ()})(
            target=0.5, eliminate_above=1.0
        )
        assert (rule.at(n, dlt), rule.at(n, dlt + 1)) == ("E", "S")
        rule = type("Fixed", (BOIN,), {"lambda_e": 0.1, "lambda_d": up, "__slots__": ()})(
            target=0.5, eliminate_above=1.0
        )
        assert (rule.at(n, dlt), rule.at(n, dlt - 1)) == ("D", "S")


@pytest.mark.parametrize(("n", "dlt"), [(1, 0), (1, 1), (3, 1), (6, 3), (12, 2)])
@pytest.mark.parametrize("target", ["0.01", "0.25", "0.5"])
def test_the_posterior_is_a_sum_of_binomial_terms(n: int, dlt: int, target: str) -> None:
    assert above_target(float(target), n, dlt) == pytest.approx(float(1 - at_most(n, dlt, Fraction(target))), abs=1e-12)


@pytest.mark.parametrize(("rule", "from_n"), [(BOIN, 3), (Keyboard, 1), (MTPI, 2), (IThreePlusThree, 3)])
def test_a_level_is_eliminated_from_a_number_on(rule: Callable[..., IntervalRule], from_n: int) -> None:
    """All of them with a DLT: at 0.2 one of one leaves 0.04 below the target."""
    answers = [rule(target=0.2).at(n, n) for n in range(1, 5)]
    assert [answer == "X" for answer in answers] == [n >= from_n for n in range(1, 5)]


def test_elimination_is_above_its_probability_and_never_without_a_dlt() -> None:
    """One of one: P(rate > 1/2) is 3/4 exactly. None of three: P(rate > 0.01) is 0.99^4 = 0.961."""
    assert Keyboard(target=0.5, eliminate_above=0.75).at(1, 1) == "D"
    assert Keyboard(target=0.5, eliminate_above=0.7499).at(1, 1) == "X"
    assert BOIN(target=0.01).at(3, 0) == "E"
    assert BOIN(target=0.01).at(3, 1) == "X"


INTERVAL_RULES = pytest.mark.parametrize("rule", [Keyboard, MTPI, IThreePlusThree])
EVERY_RULE = pytest.mark.parametrize("rule", [BOIN, Keyboard, MTPI, IThreePlusThree])


@EVERY_RULE
@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, 1.1])
def test_a_target_lies_between_0_and_1(rule: Callable[..., IntervalRule], target: float) -> None:
    with pytest.raises(ValueError, match="a target DLT rate lies between 0 and 1, got"):
        rule(target=target)


@EVERY_RULE
@pytest.mark.parametrize(
    ("n", "dlt", "words"), [(0, 0, "n must be 1 or more, got 0"), (3, 4, r"0\.\.3, got 4"), (3, -1, r"0\.\.3, got -1")]
)
def test_counts_that_cannot_be_are_refused(rule: Callable[..., IntervalRule], n: int, dlt: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rule(target=0.25).at(n, dlt)


@INTERVAL_RULES
@pytest.mark.parametrize(
    ("target", "left", "right", "fits"),
    [
        (0.25, 0.0, 0.05, False),
        (0.25, 0.05, 0.0, False),
        (0.25, -0.05, 0.05, False),
        (0.25, 0.25, 0.05, False),
        (0.25, 0.2, 0.05, True),
        (0.75, 0.05, 0.25, False),
        (0.75, 0.05, 0.2, True),
    ],
)
def test_the_interval_around_the_target_lies_between_0_and_1(
    rule: Callable[..., IntervalRule], target: float, left: float, right: float, fits: bool
) -> None:
    if fits:
        rule(target=target, left=left, right=right)
    else:
        with pytest.raises(ValueError, match="the interval around the target lies between 0 and 1"):
            rule(target=target, left=left, right=right)


@pytest.mark.parametrize(
    ("target", "low", "high", "fits"),
    [
        (0.5, 0.0, 1.4, False),
        (0.5, 1.0, 1.4, False),
        (0.5, 0.99, 1.4, True),
        (0.5, 0.6, 1.0, False),
        (0.5, 0.6, 1.01, True),
        (0.5, 0.6, 2.0, False),
        (0.5, 0.6, 1.99, True),
    ],
)
def test_the_rates_beside_the_target_of_boin(target: float, low: float, high: float, fits: bool) -> None:
    if fits:
        BOIN(target=target, low=low, high=high)
    else:
        with pytest.raises(ValueError, match="low < 1 < high as multiples of the target"):
            BOIN(target=target, low=low, high=high)


def test_of_equal_masses_mtpi_takes_the_lower_dose() -> None:
    """One of two, 0.2 to 0.3: with 3x^2 - 2x^3 the target has 0.112 over 0.1 and what lies above 0.784 over 0.7, both 1.12."""
    assert MTPI(target=0.25).at(2, 1) == "D"


@pytest.mark.parametrize(
    ("n", "dlt", "answer"),
    [(5, 0, "E"), (5, 1, "S"), (10, 3, "S"), (10, 4, "D"), (1, 1, "S"), (2, 1, "S"), (2, 2, "D"), (3, 2, "D")],
)
def test_i3_plus_3_on_the_edges_of_its_interval(n: int, dlt: int, answer: str) -> None:
    """0.2 to 0.3, both within: 1 of 5 and 3 of 10 stay; 1 of 2 stays, since 0 of 2 lies below."""
    assert IThreePlusThree(target=0.25).at(n, dlt) == answer


@pytest.mark.parametrize("rule", [MTPI(target=0.25), MTPI(target=0.25, equal_keys=True), Keyboard(target=0.25)])
def test_none_of_very_many_goes_up(rule: IntervalRule) -> None:
    """All the mass lies in the lowest key; those beside the target have none that a float can hold."""
    assert rule.at(5000, 0) == "E"
