"""Two-stage designs against clinfun, and a law."""

from __future__ import annotations

import csv

import pytest
from scipy.stats import binom

from hevesy.plan.two_stage import predictive, simon
from tests.conftest import reference


def test_simon_designs_are_those_of_clinfun() -> None:
    with reference("escalation/simon_two_stage.csv").open() as file:
        rows = list(csv.DictReader(file))
    # Every third row keeps the run short.
    for row in rows[::3]:
        design = getattr(
            simon(float(row["p0"]), float(row["p1"]), float(row["alpha"]), float(row["beta"])), row["design"]
        )
        assert (design.r1, design.n1, design.r, design.n) == tuple(int(row[key]) for key in ("r1", "n1", "r", "n")), row
        assert design.expected_n == pytest.approx(float(row["EN_p0"]), abs=1e-8)
        assert design.pet == pytest.approx(float(row["PET_p0"]), abs=1e-10)


def test_the_error_rates_are_those_asked_for() -> None:
    """Type I error and power added up over the first stage, by another library."""
    p0, p1, alpha, beta = 0.1, 0.3, 0.1, 0.1
    for design in (simon(p0, p1, alpha, beta, 60).optimal, simon(p0, p1, alpha, beta, 60).minimax):

        def rejected(p: float, r1: int = design.r1, n1: int = design.n1, r: int = design.r, n: int = design.n) -> float:
            return float(sum(binom.pmf(x, n1, p) * binom.sf(r - x, n - n1, p) for x in range(r1 + 1, n1 + 1)))

        assert rejected(p0) == pytest.approx(design.alpha, abs=1e-12)
        assert rejected(p0) <= alpha
        assert rejected(p1) == pytest.approx(design.power, abs=1e-12)
        assert rejected(p1) >= 1 - beta


@pytest.mark.parametrize(
    ("arguments", "words"), [((0.3, 0.2, 0.1, 0.1), "0 < p0 < p1 < 1"), ((0.1, 0.3, 0.0, 0.1), "between 0 and 1"), ((0.1, 0.12, 0.05, 0.05, 40), "n_max may")]
)  # fmt: skip
def test_bad_input_is_refused(arguments: tuple[float, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        simon(*arguments)  # type: ignore[arg-type]


def test_the_predictive_design_by_adding_up_every_outcome() -> None:
    """Every pair of responses in the two stages, with scipy's beta-binomial for the prediction."""
    from scipy.stats import beta, betabinom, binom

    p0, p1, n1, n, alpha = 0.1, 0.3, 12, 30, 0.05
    found = predictive(p0, p1, n1, n, alpha)
    convincing = [beta.sf(p0, 0.5 + y, 0.5 + n - y) >= 1 - alpha for y in range(n + 1)]
    predicted = [
        sum(betabinom.pmf(z, n - n1, 0.5 + y, 0.5 + n1 - y) for z in range(n - n1 + 1) if convincing[y + z])
        for y in range(n1 + 1)
    ]
    stops = [chance < 0.05 for chance in predicted]
    assert found.r1 == sum(stops) - 1
    for p, told in ((p0, found.alpha), (p1, found.power)):
        assert told == pytest.approx(
            sum(
                binom.pmf(y, n1, p) * binom.pmf(z, n - n1, p)
                for y in range(n1 + 1)
                for z in range(n - n1 + 1)
                if not stops[y] and convincing[y + z]
            )
        )
    assert found.pet == pytest.approx(sum(binom.pmf(y, n1, p0) for y in range(n1 + 1) if stops[y]))
