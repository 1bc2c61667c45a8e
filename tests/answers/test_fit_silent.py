"""Tables of measured activity that would give a wrong number in silence: refused, or said."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hevesy
from hevesy.errors import HevesyError
from hevesy.nuclides.library import nuclide
from tests.conftest import ROOT

HEAD = "region,elapsed_h,activity_fraction,uncertainty\n"
TIMES_H = (4, 24, 48, 96, 144)


def falling(share: float, half_life_h: float) -> Callable[[float], float]:
    return lambda time: share * 2 ** (-time / half_life_h)


def rows(of: Callable[[float], float], region: str = "liver", relative: float = 0.05) -> str:
    return "".join(f"{region},{time},{of(time):.6g},{relative * of(time):.4g}\n" for time in TIMES_H)


def fitted(folder: Path, text: str, **asked: Any) -> dict[str, Any]:
    table = folder / "curve.csv"
    table.write_text(text)
    document = hevesy.fit(table, **{"nuclide": "I-124", **asked}).document
    json.dumps(document, allow_nan=False)
    return dict(document)


@pytest.mark.parametrize("half_life_h", [300.0, math.inf])
def test_more_than_decay_has_left_is_refused(tmp_path: Path, half_life_h: float) -> None:
    """Shares that were corrected for decay and are told as measured: of I-124 37 % are left at 144 h."""
    with pytest.raises(HevesyError, match=r"line \d: .* is more than decay has left of it"):
        fitted(tmp_path, HEAD + rows(falling(0.9, half_life_h)))
    fitted(tmp_path, HEAD + rows(falling(0.9, half_life_h)), above_one=True)
    fitted(tmp_path, HEAD + rows(falling(1.0, 100.224)))  # all of it stays


def test_regions_that_together_hold_more_than_was_given(tmp_path: Path) -> None:
    both = fitted(tmp_path, HEAD + rows(falling(0.8, 60)) + rows(falling(0.8, 60), "spleen"))
    assert any("liver, spleen together hold" in str(one) for one in both["warnings"])
    less = fitted(tmp_path, HEAD + rows(falling(0.5, 60)) + rows(falling(0.3, 60), "spleen"))
    assert not any("together hold" in str(one) for one in less["warnings"])


def test_curves_of_two_patients_are_not_one(tmp_path: Path) -> None:
    told = "subject,elapsed_h,activity_fraction,uncertainty\n" + "".join(
        f"{who},{time},{falling(0.2, 60)(time):.4g},0.01\n" for who, time in zip("AABB", TIMES_H, strict=False)
    )
    with pytest.raises(HevesyError, match="rows of A and of B"):
        fitted(tmp_path, told)
    assert fitted(tmp_path, told.replace("B,", "A,"))["tia_h"]


def test_uncertainties_of_each_share_told_as_of_the_administered(tmp_path: Path) -> None:
    """5 % of each share, written as 0.05 beside shares of 0.002."""
    text = HEAD + "".join(f"liver,{time},{falling(0.002, 60)(time):.4g},0.05\n" for time in TIMES_H)
    found = fitted(tmp_path, text)
    assert any("were those of each share meant" in str(one) for one in found["warnings"])
    assert any("of the administered" in str(one) for one in found["because"])
    assert found["tia_lower_h"] == 0


def test_points_on_the_curve_leave_a_finite_interval(tmp_path: Path) -> None:
    text = "elapsed_h,activity_fraction\n" + "".join(f"{time},{falling(0.2, 60)(time)!r}\n" for time in TIMES_H)
    found = fitted(tmp_path, text)
    assert found["tia_lower_h"] == pytest.approx(0.2 * 60 / math.log(2))
    assert found["tia_upper_h"] == pytest.approx(0.2 * 60 / math.log(2))


@pytest.mark.parametrize("half_lives", ["60h,70h,55h", "60h,72h,55h", "40h,80h,60h"])
def test_three_earlier_patients_against_drawn_posteriors(tmp_path: Path, half_lives: str) -> None:
    """Three leave a far tail in which nothing is left at any point. Against importance sampling, written otherwise."""
    found = fitted(tmp_path, HEAD + "liver,72,0.1,0.005\n", for_="I-131", earlier_half_lives=half_lives)
    chance, physical_h, label_h = np.random.default_rng(3), 100.224, 192.5224
    logs = np.log([float(one.removesuffix("h")) for one in half_lives.split(",")])
    halves = np.exp(logs.mean() + logs.std(ddof=1) * math.sqrt(4 / 3) * chance.standard_t(2, 500_000))
    halves = halves[(halves <= physical_h) & (halves > 1)]
    shares = (0.1 + 0.005 * chance.standard_normal(halves.size)) * 2 ** (72 / halves)
    kept = shares <= 1.5
    lives_h = 1 / math.log(2) / (1 / halves[kept] - 1 / physical_h + 1 / label_h)
    low, middle, high = np.quantile(shares[kept] * lives_h, [0.025, 0.5, 0.975])
    assert found["tia_h"] == pytest.approx(middle, rel=5e-3)
    assert (found["tia_lower_h"], found["tia_upper_h"]) == pytest.approx((low, high), rel=2e-2)


def test_a_point_that_earlier_patients_make_impossible(tmp_path: Path) -> None:
    """0.4 at 200 h with half-lives about 62 h: 3.7 times the administered at first."""
    found = fitted(tmp_path, HEAD + "liver,200,0.4,0.01\n", nuclide="I-131", earlier_half_lives="60h,72h,55h")
    assert found["tia_upper_h"] < 192.5224 / math.log(2)
    assert any("are not possible" in str(one) for one in found["because"])
    with pytest.raises(HevesyError, match="more at first than was given"):
        fitted(tmp_path, HEAD + "liver,190,0.4,0.001\n", nuclide="I-131", earlier_half_lives="60h,60.1h,59.9h")


def test_what_find_curve_prints_is_read_as_it_is(tmp_path: Path) -> None:
    """Its table of comma-separated values, and what its outlines make of all points together."""
    pet = ROOT / "tests" / "answers" / "data" / "pet"
    answer: Any = hevesy.curve(
        [pet / one for one in ("6h", "24h", "48h")], regions=pet / "regions.nii", nuclide="I-124"
    )
    path = tmp_path / "printed.csv"
    path.write_text(answer.csv(), encoding="utf-8")
    document: Any = hevesy.fit(path, nuclide="I-124", for_="I-131").document
    told = {str(one["region"]): one for one in document["regions"]}
    shares = {one["region"]: one["decay_corrected_fraction"] for one in answer.document["curves"]}
    assert set(told) == set(shares)
    for name, one in told.items():
        # nothing leaves in this phantom: the share decays as I-131 does
        assert one["tia_h"] == pytest.approx(shares[name] * nuclide("I-131").half_life_h / math.log(2), rel=1e-6)
    assert any("its outline makes all points uncertain together, by 22.9 %" in one for one in document["warnings"])


def test_a_bootstrap_stands_beside_the_fit_and_changes_nothing_of_it(tmp_path: Path) -> None:
    text = HEAD + rows(lambda time: falling(0.2, 60)(time) * (1 + 0.05 * math.sin(time)))
    plain, drawn = fitted(tmp_path, text, model="mono"), fitted(tmp_path, text, model="mono", bootstrap=400)
    (one,) = drawn["regions"]
    assert [told["drawn_by"] for told in one["bootstrap"]] == ["residuals", "law"]
    for told in one["bootstrap"]:
        assert told["tia_lower_h"] < drawn["tia_h"] < told["tia_upper_h"]
    assert plain["regions"][0]["bootstrap"] == []
    assert all(drawn[key] == plain[key] for key in ("tia_h", "tia_standard_error_h", "tia_lower_h", "models"))
    assert any("3 of 5 are free" in str(line) for line in drawn["warnings"])


def test_a_bootstrap_of_nothing_left_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HevesyError, match="so that no residual is left to draw"):
        fitted(tmp_path, HEAD + "liver,24,0.1,0.005\nliver,72,0.05,0.003\n", bootstrap=200)
    with pytest.raises(HevesyError, match="100"):
        fitted(tmp_path, HEAD + rows(falling(0.2, 60)), bootstrap=20)
    for asked in ({"model": "hanscheid"}, {"earlier_half_lives": "50h,60h,70h"}):
        with pytest.raises(HevesyError, match="a bootstrap is of curves fitted to points"):
            fitted(tmp_path, HEAD + "liver,72,0.1,0.005\n", bootstrap=200, **asked)
