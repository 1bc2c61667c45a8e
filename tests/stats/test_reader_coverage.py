"""How often intervals of simulated reader studies hold the truth: as docs/validation/readers.md says, with other seeds."""

from __future__ import annotations

import math

import pytest

from tests.conftest import ROOT
from tests.references.reader_trials import SIZES, Covered, everything
from tests.tiers import cases

PAGE = ROOT / "docs" / "validation" / "readers.md"
TRIALS, OF_THE_PAGE = cases(2000), 4000


def told() -> dict[tuple[str, str, int], float]:
    """The shares that the page has, by study, interval and size."""
    found: dict[tuple[str, str, int], float] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 + len(SIZES) and cells[2].startswith("0."):
            found |= {(cells[0], cells[1], n): float(share) for n, share in zip(SIZES, cells[2:], strict=True)}
    return found


@pytest.fixture(scope="module")
def simulated() -> dict[tuple[str, str, int], Covered]:
    return {(what, name, n): one for what, n, found in everything(TRIALS, seed=2016) for name, one in found.items()}


def test_the_page_has_every_interval(simulated: dict[tuple[str, str, int], Covered]) -> None:
    assert told().keys() == simulated.keys()
    assert len(simulated) == 117


def test_intervals_hold_the_truth_as_often_as_the_page_says(
    simulated: dict[tuple[str, str, int], Covered],
) -> None:
    """Within five standard errors of the difference, of 117 shares."""
    for key, share in told().items():
        error = math.sqrt(share * (1 - share) * (1 / TRIALS + 1 / OF_THE_PAGE))
        assert abs(simulated[key].share - share) < 5 * error, (key, share, simulated[key])


def test_what_is_recommended_holds_what_it_says() -> None:
    """The difference in area from 25 cases on within 0.02 of 95 %, a modality on the scale of the logit at every size."""
    for (study, name, n), share in told().items():
        if name.startswith("difference in") and n >= 25 and "apart" not in study:
            assert share == pytest.approx(0.95, abs=0.015), (study, name, n)
        if name == "the same on the scale of the logit":
            assert share == pytest.approx(0.95, abs=0.02), (study, name, n)
