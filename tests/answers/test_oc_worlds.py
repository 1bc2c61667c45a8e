"""`plan oc` from doses to an organ and over a grid of activities and cycles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hevesy import ask
from hevesy.errors import QuestionError

ON_A_GRID = {"grid": "1,2,3x2", "target": 0.25, "n": 9, "skeleton": "0.05,0.1,0.17,0.25,0.35,0.45"}
CELLS = "0.05,0.1,0.1,0.25,0.2,0.5"


def test_rates_from_doses_to_an_organ_are_those_of_patients_drawn() -> None:
    """Patients drawn one by one: lognormal doses about each median, a log-logistic curve, the mean of what it says."""
    found: Any = ask("plan oc", design="boin", target=0.25, n=12, organ_dose="0.5Gy,1Gy,200cGy/2.2Gy,4,0.4").document
    draws = np.random.default_rng(4).lognormal(0, np.sqrt(np.log1p(0.4**2)), 1_000_000)
    for median, rate in zip((0.5, 1.0, 2.0), found["p"], strict=True):
        assert rate == pytest.approx((1 / (1 + (2.2 / (median * draws)) ** 4)).mean(), abs=1.5e-3)


def test_a_design_acts_on_those_rates_as_on_the_same_rates_given() -> None:
    asked = {"design": "boin", "target": 0.25, "n": 12}
    dosed: Any = ask("plan oc", **asked, organ_dose="0.5Gy,1Gy,2Gy/2.2Gy,4,0.4").document
    told: Any = ask("plan oc", **asked, p=dosed["p"]).document
    assert dosed["selected"] == told["selected"]
    assert any("log-logistic" in words and "2.2 Gy" in words for words in dosed["because"])


def test_on_a_grid_every_cycle_gives_the_dose_again() -> None:
    """Activity 1 in two cycles and activity 2 in one give the same dose, so the same rate."""
    found: Any = ask("plan oc", **ON_A_GRID, organ_dose="0.5Gy,1Gy,1.5Gy/2.2Gy,4,0.4").document
    by_cell = {(one["activity"], one["cycles"]): p for one, p in zip(found["grid"], found["p"], strict=True)}
    assert by_cell[1.0, 2] == pytest.approx(by_cell[2.0, 1], rel=1e-12)
    assert len(found["selected"]) == 7
    assert sum(found["selected"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"design": "boin", "target": 0.25}, "either"),
        ({"design": "boin", "target": 0.25, "p": "0.1,0.2", "organ_dose": "1Gy,2Gy/2Gy,4,0.4"}, "either"),
        ({"design": "boin", "target": 0.25, "organ_dose": "1,2/2Gy,4,0.4"}, "unit of dose is missing"),
        ({"design": "boin", "target": 0.25, "organ_dose": "1Gy,2Gy"}, "dose of half, slope and spread"),
        ({"design": "boin", "target": 0.25, "organ_dose": "1Gy,2Gy/2Gy,-4,0.4"}, "positive"),
        ({"design": "boin", "target": 0.25, "organ_dose": "1Gy,2Gy/2Gy,4,40"}, "coefficient of variation, as in 0.4"),
        ({**ON_A_GRID}, "either"),
        ({**ON_A_GRID, "p": "0.1,0.2"}, "each of 3 x 2 cells, got 2"),
        ({**ON_A_GRID, "p": "0.1,0.05,0.2,0.3,0.4,0.5"}, "no safer"),
        ({**ON_A_GRID, "p": CELLS, "design": "boin"}, "a grid has its own design"),
        ({**ON_A_GRID, "p": CELLS, "arrivals": "2/28d"}, "without a calendar"),
        ({**ON_A_GRID, "p": CELLS, "risk_of": 2}, "without a calendar"),
        ({**ON_A_GRID, "p": CELLS, "skeleton": "0.05,0.1"}, "3 x 2 cells, got 2"),
        ({**ON_A_GRID, "p": CELLS, "grid": "1,2,3"}, "not activities and cycles"),
        ({**ON_A_GRID, "p": CELLS, "grid": "3,2,1x2"}, "above 0 and rise"),
        ({**ON_A_GRID, "p": CELLS, "grid": "1,2,3x2/0.5"}, "must stay within the limit"),
        ({**ON_A_GRID, "organ_dose": "1Gy,2Gy/2Gy,4,0.4"}, "got 2 doses for 3 activities"),
        ({"grid": "1,2,3x2", "p": CELLS}, "a grid needs"),
    ],
)
def test_what_cannot_be_answered_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        ask("plan oc", **asked)
