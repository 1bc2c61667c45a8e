"""The question `treat voxel-dose` put of the synthetic patient's files: what stands in truth.json, whichever way it lies."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hevesy import ask
from hevesy.nuclides.library import nuclide
from tests.conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
try:
    import make_patient as maker
finally:
    sys.path.remove(str(ROOT / "tools"))

LYING: tuple[dict[str, Any], ...] = ({}, {"order": "yzx", "flipped": "xz", "turned_deg": 15.0})


def written(folder: Path, **lying: Any) -> Path:
    folder.mkdir()
    for name, content in maker.files(17, **lying).items():
        (folder / name).write_bytes(content)
    return folder


def asked(folder: Path, *activity: str, **more: Any) -> list[dict[str, Any]]:
    given = {"ct": folder / "ct.nii.gz", "regions": folder / "regions.nii.gz", "out": folder / "dose"} | more
    found: Any = ask(
        "treat voxel-dose", activity=[folder / name for name in activity], method="kernel", **given
    ).document
    return list(found["regions"])


def test_the_true_map_gives_its_regions_their_decays_however_the_patient_lies(tmp_path: Path) -> None:
    """Decays are the time integrals of truth.json (1e-5), doses alike straight or oblique, flipped and in another order (1e-5)."""
    told = maker.truth(maker.patient())["regions"]
    straight, oblique = (
        asked(written(tmp_path / str(place), **lying), "tia_I-131.nii.gz", nuclide="I-131", activity_unit="MBq h/mL")
        for place, lying in enumerate(LYING)
    )
    for one, other, true in zip(straight, oblique, told, strict=True):
        integral_h = true["time_integrated_activity_MBq_h_per_MBq"]["I-131"]
        assert one["decays"] == pytest.approx(3.6e9 * integral_h, rel=1e-5)
        assert one["mass_g"] == pytest.approx(true["mass_g"], rel=1e-5)
        assert one["voxels"] == true["voxels"]
        for key in ("mean_Gy", "d95_Gy", "largest_Gy", "decays", "mass_g"):
            assert other[key] == pytest.approx(one[key], rel=1e-5), (true["name"], key)


def test_the_five_scans_give_the_trapezoid_of_what_they_show(tmp_path: Path) -> None:
    """From nothing in a straight line, between the scans too, then the decay of I-124: the sums by hand (1e-5)."""
    times_h = np.array(maker.SCANS_h)
    found = asked(
        written(tmp_path / "patient", **LYING[1]),
        *(f"pet_{elapsed_h:03.0f}h.nii.gz" for elapsed_h in times_h),
        nuclide="I-124",
        activity_unit="Bq/mL",
        times_h=times_h.tolist(),
        kinetics="physical",
    )
    made, half_life_h = maker.patient(), nuclide("I-124").half_life_h
    scans = np.array([made.scan_Bq_per_mL(scan, 17) for scan in range(5)], dtype=float)
    for one, name in zip(found, made.names, strict=True):
        values_Bq = scans[:, made.region(name)].sum(axis=1) * 0.064
        first = values_Bq[0] * times_h[0] / 2
        between = float(np.sum(np.diff(times_h) * (values_Bq[1:] + values_Bq[:-1]) / 2))
        last = values_Bq[-1] * half_life_h / math.log(2)
        assert one["decays"] == pytest.approx(3600 * (first + between + last), rel=1e-5), name
        assert one["after_last_scan_percent"] == pytest.approx(100 * last / (first + between + last), rel=1e-4), name
