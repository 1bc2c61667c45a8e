"""Paths on from a history: held against every single outcome of every subject, each put to the design itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import CountDesign, parse_history
from hevesy.plan.escalation.paths import paths, paths_from, waited_for
from hevesy.plan.escalation.rules import rules_named
from hevesy.study.protocol import Escalation
from tests.plan.escalation.test_every_design import COMPLETE, complete

RATES = (0.1, 0.25, 0.4)
Found = dict[tuple[str, ...], tuple[int | None, int | None, float]]
RULED = design_named(
    Escalation(design="boin", cohort_size=3, target=0.25, n_max=18),
    3,
    rules=rules_named(titration=True, cohort_size=3, safety=0.9, target=0.25, stop_at=9),
).complete()
DESIGNS = [pytest.param(complete(plan, 3), id=f"{plan.design}-{plan.variant}") for plan in COMPLETE]
DESIGNS.append(pytest.param(RULED, id="boin-ruled"))


def by_subject(design: CountDesign, history: str, steps: int) -> Iterator[tuple[tuple[str, ...], str, float]]:
    """Every way in which the subjects to come can have a DLT or not, one by one, with its probability.

    Subjects waited for are told last of their cohort, which is when they become known; each number of DLTs among them is
    given.
    """
    now = design.decide(parse_history(history))
    if now.level is None or not steps:
        yield (), history, 1.0
        return
    waiting = len(re.findall("[PU]", history))
    for letters in itertools.product("NT", repeat=waiting or now.open_places):
        told, chance = f"{now.level}{''.join(sorted(letters))}", 1.0
        if waiting:
            chance /= comb(waiting, letters.count("T"))  # who of them it is decides nothing: each has its share
            after = f"{re.sub('[PU]', '', history)}{''.join(letters)}"
        else:
            after, rate = f"{history} {now.level}{''.join(letters)}".strip(), RATES[now.level - 1]
            for letter in letters:
                chance *= rate if letter == "T" else 1 - rate
        for done, end, further in by_subject(design, after, steps - 1):
            yield (told, *done), end, chance * further


def reference(design: CountDesign, history: str, steps: int) -> Found:
    found: Found = {}
    for done, end, chance in by_subject(design, history, steps):
        decision = design.decide(parse_history(end))
        before = found.get(done, (decision.level, decision.mtd, 0.0))
        assert before[:2] == (decision.level, decision.mtd)
        found[done] = (decision.level, decision.mtd, before[2] + chance)
    return found


def walked(design: CountDesign, history: str, steps: int) -> Found:
    return {
        tuple(f"{level}{letters}" for level, letters in zip(path.levels, path.outcomes, strict=True)): (
            path.level,
            path.mtd,
            path.probability or 0.0,
        )
        for path in paths_from(design, parse_history(history), steps, RATES)
    }


def drawn(design: CountDesign, outcomes: list[list[str]]) -> str:
    """A history that the design asked for, as far as these outcomes lead."""
    text = ""
    for letters in outcomes:
        decision = design.decide(parse_history(text))
        if decision.level is None or not decision.open_places:
            break
        text = f"{text} {decision.level}{''.join(letters[: decision.open_places])}".strip()
    return text


@pytest.mark.parametrize("design", DESIGNS)
@settings(max_examples=25)
@given(outcomes=st.lists(st.lists(st.sampled_from("NNNNTPUX"), min_size=1, max_size=4), max_size=4))
def test_paths_from_a_history_are_those_of_every_single_outcome(design: CountDesign, outcomes: list[list[str]]) -> None:
    history = drawn(design, outcomes)
    if design.decide(parse_history(history)).level is None:
        with pytest.raises(CannotAnswerError, match="the trial is over"):
            paths_from(design, parse_history(history), 2, RATES)
        return
    found, expected = walked(design, history, 2), reference(design, history, 2)
    assert found.keys() == expected.keys(), history
    for told, (level, mtd, chance) in expected.items():
        assert found[told][:2] == (level, mtd), (history, told)
        assert found[told][2] == pytest.approx(chance, abs=1e-12), (history, told)


@pytest.mark.parametrize("design", DESIGNS)
def test_three_steps_from_a_cohort_that_is_not_full(design: CountDesign) -> None:
    history = drawn(design, [["N", "N", "N", "N"], ["N", "T"]])
    found, expected = walked(design, history, 3), reference(design, history, 3)
    assert found.keys() == expected.keys()
    assert {told: one[:2] for told, one in found.items()} == {told: one[:2] for told, one in expected.items()}
    assert [one[2] for one in found.values()] == pytest.approx([expected[told][2] for told in found])


@pytest.mark.parametrize("design", DESIGNS)
def test_from_nobody_the_paths_are_those_of_the_trial(design: CountDesign) -> None:
    assert set(paths_from(design, (), 3, RATES)) == set(paths(design, 3, RATES))


def test_probabilities_are_given_what_those_waited_for_have() -> None:
    design = complete(COMPLETE[0], 3)
    history = parse_history("1NNN 2NPP")
    assert waited_for(history) == 2
    found = paths_from(design, history, 2, RATES)
    for first in ("NN", "NT", "TT"):
        own = [path for path in found if path.outcomes[0] == first]
        assert sum(path.probability or 0 for path in own) == pytest.approx(1)


def test_subjects_waited_for_at_two_levels_are_refused() -> None:
    design = complete(COMPLETE[0], 3)
    with pytest.raises(CannotAnswerError, match="waited for at levels 1 and 2"):
        paths_from(design, parse_history("1NNP 2P"), 2, RATES)


def test_an_outcome_that_the_history_rules_out_is_refused_with_its_sentence() -> None:
    """Level 2 was begun before level 1 was settled: had the one waited for two DLTs beside it, it could not have been."""
    design = complete(COMPLETE[0], 3)
    with pytest.raises(RuleError, match="step 2"):
        paths_from(design, parse_history("1NTP 2N"), 2, RATES)


def test_titration_goes_on_one_by_one_from_where_it_is() -> None:
    found = paths_from(RULED, parse_history("1N"), 1, RATES)
    assert [(path.outcomes, path.levels) for path in found] == [(("N",), (2,)), (("T",), (2,))]
