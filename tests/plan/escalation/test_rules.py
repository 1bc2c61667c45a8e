"""Rules that answer in a design's place, each by a case worked by hand, and together by laws of the exact results."""

from __future__ import annotations

import pytest

from hevesy.errors import CannotAnswerError
from hevesy.plan.escalation.crm import CRM
from hevesy.plan.escalation.design import one_step, parse_history
from hevesy.plan.escalation.exact import operating_characteristics, worst_case
from hevesy.plan.escalation.graph import state_graph
from hevesy.plan.escalation.interval import IntervalDesign
from hevesy.plan.escalation.interval_rules import BOIN, Keyboard
from hevesy.plan.escalation.rules import (
    CumulativeLimit,
    MaximumIncrement,
    NoSkipping,
    Rule,
    Ruled,
    StopAtN,
    StopWhenToxic,
    Titration,
)
from tests.plan.escalation.test_three_plus_three import SCENARIOS

BOIN25 = IntervalDesign(rule=BOIN(target=0.25), levels=4)
NOBODY = ((0, 0),) * 4


def ruled(*rules: Rule) -> Ruled:
    return Ruled(design=BOIN25, rules=rules)


def test_stop_at_n() -> None:
    design = ruled(StopAtN(n=9))
    counts = ((3, 0), (12, 1), (6, 2), (0, 0))
    assert one_step(BOIN25, counts, 2) == one_step(design, counts, 2), "another level is open and has fewer"
    assert one_step(design, counts, 2).level == 3
    stopped = design.explain(((3, 0), (9, 2), (0, 0), (0, 0)), 2, 1)
    assert (stopped.action, stopped.mtd) == ("stop", 2)
    assert any("9 subjects" in sentence for sentence in stopped.because)


def test_stop_when_toxic_is_stricter_with_a_lower_probability() -> None:
    counts = ((6, 3), *NOBODY[1:])
    assert one_step(BOIN25, counts, 1).action == "stay"
    assert one_step(ruled(StopWhenToxic(limit=0.25, above=0.85)), counts, 1) == ("stop", None, 0, None)


def test_increments_and_cumulative_limits() -> None:
    counts = ((3, 0), *NOBODY[1:])
    assert one_step(ruled(MaximumIncrement(doses=(10, 25, 40, 60), factor=2)), counts, 1).level == 1
    assert one_step(ruled(MaximumIncrement(doses=(10, 20, 40, 60), factor=2)), counts, 1).level == 2
    limit = CumulativeLimit(organ="kidneys", totals_Gy=(6, 12, 18, 24), limit_Gy=20)
    assert one_step(ruled(limit), ((3, 0), (3, 0), (3, 0), (0, 0)), 3).level == 3
    assert operating_characteristics(ruled(limit), (0.01, 0.02, 0.03, 0.04)).mean_n[3] == 0
    with pytest.raises(ValueError, match="kidneys"):
        CumulativeLimit(organ="kidneys", totals_Gy=(21,), limit_Gy=20)


def test_no_skipping() -> None:
    model = CRM(prior=(0.01, 0.02, 0.25, 0.5), target=0.25)
    assert one_step(Ruled(design=model, rules=(NoSkipping(),)), ((3, 0), *NOBODY[1:]), 1).level == 2


def test_titration_is_one_a_level_until_a_dlt() -> None:
    design = ruled(Titration())
    assert design.decide(()).open_places == 1
    assert [design.decide(parse_history(text)).open_places for text in ("1N", "1N 2N")] == [1, 1]
    dlt = design.decide(parse_history("1N 2T"))
    assert (dlt.level, dlt.open_places) == (2, 2)
    assert design.decide(parse_history("1N 2T 2NN")).level is not None
    top = design.decide(parse_history("1N 2N 3N 4N"))
    assert (top.level, top.open_places) == (4, 2)


def test_titration_respects_the_end_and_levels_that_are_closed() -> None:
    p = (0.01,) * 4
    short = Ruled(design=IntervalDesign(rule=BOIN(target=0.25), levels=4, n_max=6), rules=(Titration(),))
    assert operating_characteristics(short, p).expected_n == pytest.approx(6, abs=0.01)
    keyboard = Ruled(design=IntervalDesign(rule=Keyboard(target=0.2), levels=4), rules=(Titration(),))
    assert keyboard.decide(parse_history("1T")).action == "stop", "one DLT of one closes a level of the keyboard at 0.2"
    assert keyboard.decide(parse_history("1N 2T")).level == 1


def test_not_evaluable_are_replaced_before_deciding() -> None:
    held = BOIN25.decide(parse_history("1NNX"))
    assert (held.action, held.level, held.open_places) == ("stay", 1, 1)


def test_rules_keep_probabilities_whole_and_shrink_the_trial() -> None:
    p = SCENARIOS["E"]
    free = operating_characteristics(BOIN25, p)
    short = operating_characteristics(ruled(StopAtN(n=9), StopWhenToxic(limit=0.25, above=0.9)), p)
    assert sum(short.selected) == pytest.approx(1)
    assert short.expected_n < free.expected_n
    assert short.risk_of(6) < free.risk_of(6)
    assert sum(short.dlt_distribution) == pytest.approx(1)
    assert sum(count * chance for count, chance in enumerate(short.dlt_distribution)) == pytest.approx(
        sum(short.mean_dlt)
    )
    titrated = operating_characteristics(ruled(Titration()), p)
    assert titrated.mean_n[0] < free.mean_n[0]


def test_the_worst_case_over_scenarios() -> None:
    scenarios, right = {"D": SCENARIOS["D"], "A": SCENARIOS["A"][:5]}, {"D": 2, "A": 4}
    design = IntervalDesign(rule=BOIN(target=0.25), levels=5)
    name, chance = worst_case(design, scenarios, right)
    both = {one: operating_characteristics(design, p).selected[right[one]] for one, p in scenarios.items()}
    assert (name, chance) == min(both.items(), key=lambda item: item[1])
    with pytest.raises(ValueError, match="right level"):
        worst_case(design, scenarios, {"D": 2})


def test_too_many_states_are_refused_with_their_count() -> None:
    with pytest.raises(CannotAnswerError, match=r"states after \d+ cohorts, more than 1,000"):
        state_graph(IntervalDesign(rule=BOIN(target=0.25), levels=6, n_max=30), most=1000)


@pytest.mark.parametrize(
    "bad",
    [lambda: StopAtN(n=0), lambda: StopWhenToxic(limit=1.0), lambda: MaximumIncrement(doses=(1, 2), factor=1)],
)
def test_bad_rules_are_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"positive|between 0 and 1|above 1"):
        bad()  # type: ignore[operator]
