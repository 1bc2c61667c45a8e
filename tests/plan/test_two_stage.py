"""Two-stage designs against clinfun, and a law."""

from __future__ import annotations

import csv

import pytest
from scipy.stats import binom

from hevesy.plan.two_stage import simon
from tests.conftest import reference


def test_simon_designs_are_those_of_clinfun() -> None:
    with reference("escalation/simon_two_stage.csv").open() as file:
        rows = list(csv.DictReader(file))
    # Every third row keeps the run short.
    for row in rows[::3]:
        design = getattr(simon(float(row["p0"]), float(row["p1"]), float(row["alpha"]), float(row["beta"])), row["design"])
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
