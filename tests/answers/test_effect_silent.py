"""Effects that would be wrong in silence, and BED against an integral over time written another way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hevesy
from hevesy.errors import HevesyError
from hevesy.files.fitted import read_fitted

USUAL = {"dose": "20Gy", "half_life": "50h", "alpha_beta": "2.5Gy", "repair": "2.8h"}


def effect(**asked: Any) -> dict[str, Any]:
    document = dict(hevesy.biological_effect(**{**USUAL, **asked}).document)
    json.dumps(document, allow_nan=False)
    return document


@pytest.mark.parametrize("seed", range(6))
def test_bed_is_that_of_damage_followed_step_by_step(seed: int) -> None:
    """Unrepaired damage as a differential equation, in small steps, over random curves, intervals and beams."""
    chance = np.random.default_rng(seed)
    parts = int(chance.integers(1, 4))
    doses, halves = chance.uniform(1, 20, parts), np.exp(chance.uniform(np.log(3), np.log(150), parts))
    count, interval_h = int(chance.integers(1, 4)), float(chance.uniform(20, 200))
    alpha_beta, repair_h = float(chance.uniform(1, 12)), float(chance.uniform(0.5, 6))
    beam_Gy, fractions = float(chance.uniform(5, 60)), int(chance.integers(5, 31))
    several = {"administrations": count, "interval": f"{interval_h!r}h"} if count > 1 else {}
    found = effect(
        dose=",".join(f"{one!r}Gy" for one in doses.tolist()),
        half_life=",".join(f"{one!r}h" for one in halves.tolist()),
        alpha_beta=f"{alpha_beta!r}Gy", repair=f"{repair_h!r}h", external=f"{beam_Gy!r}Gy/{fractions}", **several,
    )  # fmt: skip
    step = 0.02
    begins = np.arange(count) * interval_h
    times = np.arange(step / 2, begins[-1] + 14 * halves.max(), step)
    since = times[None] - begins[:, None]
    rates = np.log(2) / halves
    rate = sum(
        np.where(since > 0, one * k * np.exp(-k * np.maximum(since, 0)), 0.0).sum(axis=0)
        for one, k in zip(doses, rates, strict=True)
    )
    kept = np.exp(-np.log(2) / repair_h * step)
    unrepaired, quadratic = 0.0, 0.0
    for one in (rate * step).tolist():
        quadratic += 2 * one * (unrepaired * kept**0.5 + one / 2)
        unrepaired = unrepaired * kept + one * kept**0.5
    own = count * doses.sum() + quadratic / alpha_beta
    beam = beam_Gy * (1 + beam_Gy / fractions / alpha_beta)
    assert found["course_bed_Gy"] == pytest.approx(own, rel=2e-3)
    assert found["bed_Gy"] == pytest.approx(own + beam, rel=2e-3)
    assert found["eqd2_Gy"] == pytest.approx((own + beam) / (1 + 2 / alpha_beta), rel=2e-3)


def test_no_effect_lies_below_nothing() -> None:
    found = effect(dose_error=90)
    assert found["bed_lower_Gy"] == 0
    assert "uncertain (k = 1): dose 90 %" in found["because"]


def test_a_share_given_for_percent_can_be_seen() -> None:
    assert "uncertain (k = 1): dose 0.12 %" in effect(dose_error=0.12)["because"]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"dose": "1e200Gy"}, "a dose lies in"),
        ({"dose": "1e-300Gy"}, "a dose lies in"),
        ({"administrations": 1000, "interval": "1h"}, "at most 100"),
        ({"fraction": "1.8Gy"}, "fractions are of what a limit leaves"),
    ],
)
def test_what_no_number_comes_of_is_refused(asked: dict[str, Any], rule: str) -> None:
    with pytest.raises(HevesyError, match=rule):
        effect(**asked)


def test_a_fraction_beyond_the_linear_quadratic_form_is_said() -> None:
    assert any("fraction of 60 Gy" in one for one in effect(external="60Gy/1")["because"])
    assert not any("established" in one for one in effect(external="60Gy/30")["because"])


def test_what_a_fit_warned_of_goes_with_it_into_the_dose_of_voxels(tmp_path: Path) -> None:
    table = tmp_path / "curve.csv"
    points = "".join(f"{time},{0.2 * 2 ** (-time / 95):.5f},0.01\n" for time in (4, 12, 24, 36))
    table.write_text("elapsed_h,activity_fraction,uncertainty\n" + points)
    fit = tmp_path / "fit.json"
    fit.write_text(json.dumps(hevesy.fit(table, nuclide="I-124").document))
    (curve,) = read_fitted(fit, "I-124")
    assert any("after the last point (36 h)" in one for one in curve.warnings)
