"""Dose in voxels by fitted curves: what `treat fit --json` wrote, scaled to the scans."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import hevesy
from hevesy.conduct.voxel_dose import Images, Kinetics, PatientDose, patient_dose
from hevesy.errors import CannotAnswerError, HevesyError
from hevesy.nuclides.library import emissions, nuclide
from hevesy.treat.activity_unit import map_unit
from hevesy.treat.voxel_engines import Run
from tests.conduct.dosed_patient import Told, activity, ct, labels

TIMES = (2.0, 12.0, 24.0, 48.0, 96.0, 144.0)
LU177_h = nuclide("Lu-177").half_life_h


def fit_file(folder: Path, halves_h: dict[str, tuple[tuple[float, float], ...]], label: str = "Lu-177") -> Path:
    """What treat fit says of curves without noise: of each region shares and effective half-lives."""
    rows = [
        {"region": name, "elapsed_h": time, "activity_fraction": share, "uncertainty": 0.01 * share}
        for name, parts in halves_h.items()
        for time, share in ((one, sum(a * 2 ** (-one / half_h) for a, half_h in parts)) for one in TIMES)
    ]
    path = folder / "fit.json"
    path.write_text(json.dumps(hevesy.fit(rows, nuclide=label).document))
    return path


def dosed(folder: Path, scans: dict[float, Told], kinetics: Kinetics, regions: bool = True) -> PatientDose:
    images = Images(
        activity=[one.write(folder / f"{time:g}.nii") for time, one in scans.items()],
        ct=[ct().write(folder / "ct.nii")],
        regions=labels().write(folder / "regions.nii") if regions else None,
        unit=map_unit("kBq/mL"),
        times_h=tuple(scans),
    )
    return patient_dose(images, emissions("Lu-177"), kinetics, "kernel", run=Run(wanted=0.05, seed=3, workers=1))


def test_a_curve_of_one_phase_is_its_half_life(tmp_path: Path) -> None:
    scans = {24.0: activity()}
    by_half_lives = dosed(tmp_path, scans, Kinetics(half_lives_h={"1": 40.0, "2": 60.0, "rest": 30.0}))
    fits = fit_file(tmp_path, {"1": ((0.1, 40.0),), "2": ((0.05, 60.0),)})
    by_curves = dosed(tmp_path, scans, Kinetics(fits=fits, half_lives_h={"rest": 30.0}))
    for one, other in zip(by_half_lives.of_regions, by_curves.of_regions, strict=True):
        assert other.decays == pytest.approx(one.decays, rel=1e-6)
        assert other.mean_Gy == pytest.approx(one.mean_Gy, rel=1e-6)
        assert (other.before_share, other.after_share) == pytest.approx((one.before_share, one.after_share), rel=1e-6)


def test_a_curve_of_two_phases_gives_the_integral_over_what_was_scanned(tmp_path: Path) -> None:
    """In region 1 of 27 voxels of 1000 kBq/mL at 24 h: decays are activity x integral / curve at 24 h."""
    parts = ((0.1, 80.0), (0.2, 10.0))
    fits = fit_file(tmp_path, {"1": parts, "2": ((0.05, 60.0),)})
    found = dosed(tmp_path, {24.0: activity()}, Kinetics(fits=fits, half_lives_h={"rest": 30.0}))
    integral_h = sum(a * half_h for a, half_h in parts) / math.log(2)
    then = sum(a * 2 ** (-24 / half_h) for a, half_h in parts)
    volume_mL = 27 * 0.4**3
    assert found.of_regions[0].decays == pytest.approx(1e6 * volume_mL * 3600 * integral_h / then, rel=1e-6)


def test_a_series_that_follows_its_curve_gives_what_one_scan_gives(tmp_path: Path) -> None:
    def falling(time: float) -> Told:
        one = activity()
        return Told(values=(one.values * 2 ** (-(time - 24) / 40)).astype(np.float32), affine=one.affine)

    (tmp_path / "one").mkdir()
    fits = fit_file(tmp_path, {"region": ((0.1, 40.0),)})  # a table without regions: the curve of all
    one = dosed(tmp_path / "one", {24.0: falling(24.0)}, Kinetics(fits=fits, rate_at_h=10.0))
    series = dosed(tmp_path, {time: falling(time) for time in (6.0, 24.0, 96.0)}, Kinetics(fits=fits, rate_at_h=10.0))
    assert series.decays == pytest.approx(one.decays, rel=1e-5)
    assert series.of_regions[0].rate_mGy_per_h == pytest.approx(one.of_regions[0].rate_mGy_per_h, rel=1e-5)


def refused(words: str, folder: Path, kinetics: Kinetics) -> None:
    with pytest.raises(HevesyError, match=words):
        dosed(folder, {24.0: activity()}, kinetics)


class TestRefused:
    def test_activity_without_a_curve(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"1": ((0.1, 40.0),), "2": ((0.1, 40.0),)})
        refused("lie in no region and have no curve", tmp_path, Kinetics(fits=fits))

    def test_a_region_without_a_curve(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"1": ((0.1, 40.0),)})
        refused("region '2' has no curve", tmp_path, Kinetics(fits=fits, half_lives_h={"rest": 30.0}))

    def test_a_curve_of_no_region(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"spleen": ((0.1, 40.0),)})
        refused("'spleen', which is no region", tmp_path, Kinetics(fits=fits))

    def test_a_curve_and_a_half_life(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"1": ((0.1, 40.0),)})
        refused("1 has a curve and a half-life", tmp_path, Kinetics(fits=fits, half_lives_h={"1": 30.0}))

    def test_a_curve_of_another_nuclide(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"1": ((0.1, 40.0),)}, "I-131")
        refused("nuclide is I-131, and the scans and their dose are of Lu-177", tmp_path, Kinetics(fits=fits))

    def test_a_time_before_the_first_scan_told_twice(self, tmp_path: Path) -> None:
        fits = fit_file(tmp_path, {"1": ((0.1, 40.0),)})
        refused("leave out", tmp_path, Kinetics(fits=fits, before="level"))

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("{", "is no JSON"),
            ("[1]", "is no fit"),
            ('{"regions": [], "nuclide": "Lu-177"}', "it has no regions"),
            ('{"nuclide": "Lu-177", "measured": "I-124", "regions": [1]}', "measured is I-124"),
            ('{"nuclide": "Lu-177", "measured": "Lu-177", "regions": [1]}', "without its name"),
            (
                '{"nuclide": "Lu-177", "measured": "Lu-177", "regions": [{"region": "1", "coefficients": null, '
                '"model": "hanscheid"}]}',
                "1 has no curve .hanscheid., only an integral",
            ),
            (
                '{"nuclide": "Lu-177", "measured": "Lu-177", "physical_per_h": 0.004, "regions": [{"region": "1", '
                '"coefficients": ["a"], "biological_per_h": [0]}]}',
                "coefficients of 1 are no numbers",
            ),
        ],
    )
    def test_what_is_no_fit(self, written: str, words: str, tmp_path: Path) -> None:
        (tmp_path / "fit.json").write_text(written)
        with pytest.raises(CannotAnswerError, match=words):
            dosed(tmp_path, {24.0: activity()}, Kinetics(fits=tmp_path / "fit.json"))
