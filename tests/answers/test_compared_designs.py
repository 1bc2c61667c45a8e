"""Designs side by side: each held against its own answer, the right level against rates that say it by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hevesy
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.plan.escalation.comparison import true_mtd

COMMON: dict[str, object] = {"target": 0.25, "n": 18, "skeleton": "0.1,0.25,0.4"}
STEEP, FLAT = "0.05,0.25,0.5", "0.1,0.15,0.2"


def asked(**given: object) -> Any:
    return json.loads(json.dumps(hevesy.ask("plan compare", **given).document))


def alone(**given: object) -> Any:
    return json.loads(json.dumps(hevesy.ask("plan oc", **given).document))


def test_exact_results_are_those_of_each_design_asked_for_alone() -> None:
    found = asked(designs="three-plus-three,boin,crm,blrm", p=[STEEP, FLAT], doses="10,25,50",
                  prior="-0.85,0,1,0.7,0", reference_dose=50, **COMMON)  # fmt: skip
    own: dict[str, dict[str, object]] = {
        "three-plus-three": {},
        "boin": {"target": 0.25, "n": 18},
        "crm": COMMON,
        "blrm": {"doses": "10,25,50", "prior": "-0.85,0,1,0.7,0", "reference_dose": 50, "n": 18},
    }
    assert [one["p"] for one in found["scenarios"]] == [[0.05, 0.25, 0.5], [0.1, 0.15, 0.2]]
    for scenario, rates in zip(found["scenarios"], (STEEP, FLAT), strict=True):
        for one in scenario["designs"]:
            by_itself = alone(design=one["design"], p=rates, **own[one["design"]])
            for key in ("selected", "mean_n", "mean_dlt", "expected_n", "method"):
                assert one[key] == by_itself[key], (one["design"], key)
            assert one["correct"] == by_itself["selected"][scenario["true_mtd"]]
            assert one["standard_error"] == 0
            assert one["duration_d"] is None


def test_simulated_results_are_those_of_each_design_asked_for_alone_with_the_seed() -> None:
    trials: dict[str, object] = {"trials": 300, "seed": 5, "window": "28d", "arrivals": "2/28d", "dropout": 0.1}
    found = asked(designs="boin,titeboin,rolling-six", p=["0.1,0.3"], target=0.25, n=12, **trials)
    for one in found["scenarios"][0]["designs"]:
        own = {} if one["design"] == "rolling-six" else {"target": 0.25, "n": 12}
        by_itself = alone(design=one["design"], p="0.1,0.3", **trials, **own)
        for key in ("selected", "mean_n", "mean_dlt", "expected_n", "duration_d", "standard_error"):
            assert one[key] == by_itself[key], (one["design"], key)
        errors = by_itself["standard_errors"]
        assert {key: one["standard_errors"][key] for key in errors} == errors
        assert one["method"] == "simulation"
    assert (found["trials"], found["seed"]) == (300, 5)


def test_what_is_exact_stays_exact_beside_what_is_simulated() -> None:
    given: dict[str, object] = {"p": ["0.1,0.3"], "target": 0.25, "n": 12}
    on_calendar = asked(designs="boin,titeboin", trials=200, window="28d", **given)
    boin, tite = on_calendar["scenarios"][0]["designs"]
    assert (boin["method"], tite["method"]) == ("exact", "simulation")
    assert boin["selected"] == alone(design="boin", p="0.1,0.3", target=0.25, n=12)["selected"]
    assert boin["standard_error"] == 0 < tite["standard_error"]
    assert boin["duration_d"] > 0 < boin["standard_errors"]["duration_d"]
    assert any("two per window of 28 days" in line for line in on_calendar["because"])


def test_trials_that_nobody_needs_are_not_played_and_it_is_said() -> None:
    found = asked(designs="boin,keyboard", p=["0.1,0.3"], target=0.25, n=12, trials=50)
    assert (found["trials"], found["seed"]) == (None, None)
    assert "every design has exact results here: no trial was simulated" in found["because"]


@pytest.mark.parametrize(
    ("p", "target", "level", "nearest"),
    [
        ((0.1, 0.2, 0.27), 0.25, 2, 3),
        ((0.05, 0.25, 0.5), 0.25, 2, 2),
        ((0.3, 0.4), 0.25, 0, 1),
        ((0.1, 0.2), 0.25, 2, 2),
        ((0.2, 0.3), 0.25, 1, 1),
        ((0.25, 0.25, 0.4), 0.25, 2, 1),
        ((0.3, 0.1), 0.25, None, None),
        ((0.1, 0.3), None, None, None),
    ],
)
def test_the_right_level_is_the_highest_not_above_the_target(
    p: tuple[float, ...], target: float | None, level: int | None, nearest: int | None
) -> None:
    found = true_mtd(p, target)
    assert (found.level, found.nearest) == (level, nearest)


def test_where_every_level_is_too_toxic_selecting_none_is_right() -> None:
    (scenario,) = asked(designs="boin,keyboard", p=["0.5,0.6"], target=0.25, n=12)["scenarios"]
    assert scenario["true_mtd"] is None
    assert "none is the right selection" in scenario["because"]
    assert [one["correct"] for one in scenario["designs"]] == [one["selected"][0] for one in scenario["designs"]]


def test_a_level_nearer_to_the_target_than_the_right_one_is_said_beside_it() -> None:
    answer = hevesy.compared_designs(designs="boin,keyboard", p=["edge=0.1,0.2,0.27"], target=0.25, n=12)
    assert "level 2 (0.2) is the highest not above the target 0.25" in str(answer)
    assert "Level 3 (0.27) is nearest to the target: selected by" in str(answer)


def test_without_a_target_no_level_is_right_and_it_is_said() -> None:
    answer = hevesy.compared_designs(designs="three-plus-three,a-plus-b", p=["0.1,0.3"])
    (scenario,) = json.loads(json.dumps(answer.document))["scenarios"]
    assert (scenario["true_mtd"], scenario["nearest"]) == (None, None)
    assert {one["correct"] for one in scenario["designs"]} == {None}
    assert "no target was given" in str(answer)


def test_scenarios_are_named_in_words_and_as_values() -> None:
    words = asked(designs="boin,keyboard", p=["steep=0.05,0.5", "0.1,0.3"], target=0.25, n=6)
    values = asked(designs=["boin", "keyboard"], p=[("steep", [0.05, 0.5]), [0.1, 0.3]], target=0.25, n=6)
    assert words == values
    assert [one["name"] for one in words["scenarios"]] == ["steep", "scenario 2"]


@pytest.mark.parametrize(
    ("given", "field", "told"),
    [
        ({"p": [STEEP]}, "designs", "name two to 4 designs"),
        ({"designs": "boin"}, "designs", "two to 4 different designs"),
        ({"designs": "boin,boin"}, "designs", "two to 4 different designs"),
        ({"designs": "boin,nonsense"}, "designs", "nonsense"),
        ({"designs": "boin,boin12"}, "designs", "boin12 chooses by response"),
        ({"designs": "boin,keyboard", "p": []}, "p", "one to 8 scenarios"),
        ({"designs": "boin,keyboard", "p": [STEEP, "0.1,0.2"]}, "p", "the same number of levels"),
        ({"designs": "boin,keyboard", "p": ["a=0.1,0.2", "a=0.1,0.3"]}, "p", "two scenarios have one name"),
        ({"designs": "boin,keyboard", "p": ["0.1,1.2"]}, "p", "a DLT rate lies in 0..1"),
        ({"designs": "boin,keyboard", "p": ["=0.1,0.2"]}, "p", "no name before its rates"),
        ({"designs": "boin,keyboard", "p": [0.1, 0.2]}, "p", "a scenario is a list of DLT rates"),
        ({"designs": "boin,keyboard", "levels": 2}, "p", "3 rates for 2 levels"),
        ({"designs": "boin,keyboard", "skeleton": "0.1,0.2,0.3"}, "skeleton", "none of boin, keyboard uses"),
        ({"designs": "boin,keyboard", "window": "28d"}, "window", "none of boin, keyboard uses"),
        ({"designs": "three-plus-three,a-plus-b", "stop_at": 9}, "stop_at", "none of three-plus-three, a-plus-b uses"),
        ({"designs": "three-plus-three,a-plus-b", "target": 1.5}, "target", "between 0 and 1"),
        ({"designs": "boin,crm"}, "skeleton", "crm: crm and titecrm need the prior DLT rates"),
        ({"designs": "boin,blrm"}, "prior", "blrm: "),
        ({"designs": "boin,keyboard", "arrivals": "2/28d"}, "arrivals", "exact results know no calendar"),
        (
            {"designs": "boin,titeboin", "window": "28d"},
            "trials",
            "titeboin: TITEBOIN goes on while subjects are pending",
        ),
        ({"designs": "boin,rolling-six"}, "trials", "rolling-six: RollingSix goes on"),
        ({"designs": "boin,titeboin", "trials": 10}, "window", "needs the window"),
    ],
)
def test_what_one_design_cannot_do_refuses_the_whole_at_its_field(
    given: dict[str, object], field: str, told: str
) -> None:
    with pytest.raises(QuestionError, match=told) as refused:
        hevesy.ask("plan compare", **{"p": [STEEP], "target": 0.25, **given})
    assert field in (refused.value.fields or (refused.value.field,))


def test_a_design_whose_states_are_too_many_is_refused_by_name_and_simulated_where_trials_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_many(*_: object) -> object:
        raise CannotAnswerError("too many states")

    monkeypatch.setattr("hevesy.plan.escalation.comparison.operating_characteristics", too_many)
    given: dict[str, object] = {"designs": "boin,keyboard", "p": ["0.1,0.3"], "target": 0.25, "n": 12}
    with pytest.raises(CannotAnswerError, match="boin: too many states"):
        hevesy.ask("plan compare", **given)
    found = asked(trials=40, **given)
    assert {one["method"] for one in found["scenarios"][0]["designs"]} == {"simulation"}


def test_a_rule_that_one_design_breaks_is_told_with_its_name() -> None:
    with pytest.raises(RuleError, match="boin: a trial has at least one whole cohort of 3, got 2 subjects"):
        hevesy.ask("plan compare", designs="three-plus-three,boin", p=[STEEP], target=0.25, n=2)
