"""Curves of regions over a series: what was put in comes out, under the other label too, and what cannot be is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from hevesy.conduct.curves import Curves, time_activity_curves
from hevesy.conduct.images import Given
from hevesy.errors import CannotAnswerError, HevesyError, RuleError
from hevesy.find.curves import content
from hevesy.imaging.region import Region
from hevesy.imaging.volume import Grid, Volume
from hevesy.nuclides.library import nuclide
from hevesy.study.time_activity import TimeActivityCurve
from tests.files.pet_objects import HALF_LIFE_S, Scan, nifti_mask, truth, write_scan

TIMES_H = (6.0, 24.5, 48.25)
LESION = 4.0 * 18 * 0.064 / 72500
"""Share of the administered activity in the lesion at the injection: SUV 4 in 18 voxels of 0.064 mL, of 72.5 kg."""


@pytest.fixture
def series(tmp_path: Path) -> list[Path]:
    scan = Scan()
    return [
        write_scan(tmp_path / f"{number}", replace(scan, scanned=scan.injected + timedelta(hours=time)))
        for number, time in enumerate(TIMES_H)
    ]


def curves(series: list[Path], tmp_path: Path, **more: str) -> Curves:
    return time_activity_curves(series, nifti_mask(tmp_path / "regions.nii"), "I-124", resolution_mm=6.0, **more)  # type: ignore[arg-type]  # words


def test_a_lesion_that_keeps_what_it_took_up_decays_with_its_label(series: list[Path], tmp_path: Path) -> None:
    """The images are corrected to the injection; a frame is measured ten minutes after its start on average."""
    found = curves(series[::-1], tmp_path)
    lesion = found.curves[0]
    middle = [time + 1200 / 2 / 3600 for time in TIMES_H]
    assert lesion.elapsed_h == pytest.approx(middle)
    expected = [LESION * 2 ** (-time * 3600 / HALF_LIFE_S["I-124"]) for time in middle]
    assert lesion.activity_fractions == pytest.approx(expected, rel=1e-3)
    assert [curve.region for curve in found.curves] == ["1", "2"]


def test_the_therapeutic_label_has_the_same_biology_and_its_own_decay(series: list[Path], tmp_path: Path) -> None:
    own, other = curves(series, tmp_path).curves[0], curves(series, tmp_path, other="I-131").curves[0]
    half_life_h = nuclide("I-131").half_life_h
    expected = [LESION * 2 ** (-time / half_life_h) for time in own.elapsed_h]
    assert other.activity_fractions == pytest.approx(expected, rel=1e-3)
    assert (other.nuclide, other.measured_with) == ("I-131", "I-124")
    relative = [u / a for u, a in zip(other.standard_uncertainties, other.activity_fractions, strict=True)]
    assert relative == pytest.approx(
        [u / a for u, a in zip(own.standard_uncertainties, own.activity_fractions, strict=True)]
    )


def test_an_image_that_holds_more_than_was_given_is_told(series: list[Path], tmp_path: Path) -> None:
    """Less than a thousandth of the activity, and a month more between injection and scan."""
    file, share = nifti_mask(tmp_path / "r.nii"), 0.064 * truth().sum() / 72500
    for less, days, held in ((925.0, 0.0, False), (925.0, 28.0, True)):
        given = Given(activity_MBq=185 / less, injected_at=Scan().injected - timedelta(days=days))
        found = time_activity_curves(series[:1], file, "I-124", resolution_mm=6.0, given=given)
        times = share * less * 2 ** (days * 86400 / HALF_LIFE_S["I-124"])
        told = [one for one in found.warnings if f"holds {times:.3g} times the activity given" in one]
        assert (bool(told), times > 1.2) == (held, held)


def drop(name: str) -> Callable[[Dataset, int], None]:
    def changed(found: Dataset, number: int) -> None:
        delattr(found, name)

    return changed


def test_what_makes_no_curve_is_refused(series: list[Path], tmp_path: Path) -> None:
    elsewhere = write_scan(tmp_path / "elsewhere", change=lambda found, _: setattr(found, "FrameOfReferenceUID", "1.2"))
    with pytest.raises(CannotAnswerError, match="frames of reference"):
        curves([series[0], elsewhere], tmp_path)
    again = write_scan(tmp_path / "again", replace(Scan(), scanned=Scan().injected + timedelta(hours=TIMES_H[0])))
    with pytest.raises(CannotAnswerError, match="two volumes are of one time"):
        curves([series[0], again], tmp_path)
    with pytest.raises(CannotAnswerError, match="asked were curves of F-18"):
        time_activity_curves(series, nifti_mask(tmp_path / "r.nii"), "F-18", resolution_mm=6.0)
    with pytest.raises(CannotAnswerError, match="not in the library"):
        curves(series, tmp_path, other="Xx-999")
    timeless = write_scan(tmp_path / "timeless", change=drop("AcquisitionTime"))
    with pytest.raises(CannotAnswerError, match=r"\(0008,0032\)"):
        curves([timeless], tmp_path)


def test_the_noise_of_independent_voxels_is_that_of_their_sum() -> None:
    """Images drawn anew: the spread of the sum over 400 of them against the uncertainty told of one."""
    rng = np.random.default_rng(7)
    grid = Grid(shape=(9, 9, 9), affine=np.diag([2.0, 2.0, 2.0, 1.0]))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[2:7, 2:7, 2:7] = True
    region = Region(name="r", grid=grid, mask=mask, rule="")
    drawn = [
        content(Volume(grid=grid, values=rng.normal(5.0, 1.0, grid.shape).astype(np.float32), unit="1/mL"), region, 2.0)
        for _ in range(400)
    ]
    spread = float(np.std([one.share for one in drawn], ddof=1))
    assert np.mean([one.noise for one in drawn]) == pytest.approx(spread, rel=0.15)


def test_the_edge_is_what_a_shift_of_the_boundary_adds() -> None:
    """A cube whose edge is moved by half a voxel each way at random has this spread of content, to first order."""
    rng = np.random.default_rng(8)
    grid = Grid(shape=(31, 31, 31), affine=np.diag([2.0, 2.0, 2.0, 1.0]))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[5:26, 5:26, 5:26] = True
    volume = Volume(grid=grid, values=np.ones(grid.shape, dtype=np.float32), unit="1/mL")
    found = content(volume, Region(name="r", grid=grid, mask=mask, rule=""), 6.0)
    moved = (21 + 2 * rng.uniform(-0.5, 0.5, 4000)) ** 3 * 0.008
    assert found.edge == pytest.approx(float(moved.std()), rel=0.05)
    assert found.share == pytest.approx(21**3 * 0.008)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"elapsed_h": (), "activity_fractions": (), "standard_uncertainties": ()}, "one or more"),
        ({"elapsed_h": (2.0, 1.0)}, "times of a curve rise"),
        ({"standard_uncertainties": (0.1, -0.1)}, "not negative"),
        ({"activity_fractions": (0.1, float("nan"))}, "finite"),
    ],
)
def test_a_curve_cannot_be_built_wrong(given: dict[str, tuple[float, ...]], told: str) -> None:
    whole = {"elapsed_h": (1.0, 2.0), "activity_fractions": (0.1, 0.2), "standard_uncertainties": (0.0, 0.0)}
    with pytest.raises(RuleError, match=told):
        TimeActivityCurve(region="r", nuclide="I-124", **(whole | given))  # type: ignore[arg-type]  # all are tuples


def test_a_resolution_of_nothing_is_refused(series: list[Path], tmp_path: Path) -> None:
    with pytest.raises(HevesyError, match="resolution"):
        time_activity_curves(series, nifti_mask(tmp_path / "r.nii"), "I-124", resolution_mm=0.0)
