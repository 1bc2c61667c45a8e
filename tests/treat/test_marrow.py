"""Marrow by blood and by images."""

from __future__ import annotations

import pytest

from hevesy.errors import RuleError
from hevesy.treat.marrow import marrow_by_blood, marrow_by_images, ratio_by_haematocrit


@pytest.mark.parametrize(("haematocrit", "ratio"), [(0.47, 0.36), (0.38, 0.31), (0.45, 0.35)])
def test_the_ratio_of_marrow_to_blood_is_that_of_the_literature(haematocrit: float, ratio: float) -> None:
    """0.19 / (1 - Hct) (Sgouros 1993); 0.36 at 0.47 is the value that guidelines quote (Hindorf et al. 2010)."""
    assert ratio_by_haematocrit(haematocrit) == pytest.approx(ratio, abs=0.005)


def test_marrow_by_blood_is_concentration_times_ratio_times_mass() -> None:
    found = marrow_by_blood(2.0, 1120.0, haematocrit=0.4, disease_in_marrow=False)
    assert found.tia_MBq_h == pytest.approx(2.0 * 0.19 / 0.6 * 1120.0)
    assert not found.lower_bound
    assert not any("lower bound" in one for one in found.because)


def test_where_the_disease_is_in_the_marrow_blood_is_a_lower_bound_and_says_so() -> None:
    found = marrow_by_blood(2.0, 1120.0, ratio=1.0, disease_in_marrow=True)
    assert found.lower_bound
    assert any("a lower bound" in one for one in found.because)


def test_marrow_by_images_is_over_the_share_and_no_lower_bound() -> None:
    found = marrow_by_images("lumbar spine", 123.0, 0.123, "made up")
    assert found.tia_MBq_h == pytest.approx(1000.0)
    assert not found.lower_bound
    assert "12.3 %" in found.because[0]
    assert "made up" in found.because[0]


@pytest.mark.parametrize("told", [{}, {"haematocrit": 0.4, "ratio": 1.0}])
def test_one_way_from_blood_to_marrow_is_needed(told: dict[str, float]) -> None:
    with pytest.raises(RuleError, match="the haematocrit, or the ratio of marrow to blood: one of the two"):
        marrow_by_blood(2.0, 1120.0, disease_in_marrow=False, **told)


@pytest.mark.parametrize("share", [0.0, 1.2])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(RuleError, match="above 0 and up to 1"):
        marrow_by_images("sacrum", 1.0, share, "made up")
