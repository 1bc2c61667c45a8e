"""What is told of an image: the value at a point, by whatever axes the file has, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel import Nifti1Image

import hevesy
from hevesy.blocks.picture import Picture
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from tests.answers.asking import DATA
from tests.imaging.phantoms import turned

NIfTI: Any = Nifti1Image
SIZE = (9, 8, 7)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Values that are no two alike, on a grid oblique to the patient, x running to the right."""
    values = np.random.default_rng(3).permutation(np.prod(SIZE)).reshape(SIZE).astype(np.float32)
    values[4, 4, 4], values[0, 0, 0] = np.nan, np.inf
    affine = turned(15, (3, 1, 2)) @ np.diag([3.0, -4.0, 5.0, 1.0])
    affine[:3, 3] = (-11, 17, 3)
    image = NIfTI(values, affine)
    image.header.set_xyzt_units("mm")
    image.to_filename(tmp_path / "image.nii.gz")
    marks = np.zeros(SIZE, dtype=np.uint8)
    marks[1:3, 2:5, 3:6], marks[6:8, 6:8, 1:3], marks[4, 4, 4] = 4, 9, 9
    NIfTI(marks, affine).to_filename(tmp_path / "marks.nii")
    return tmp_path / "image.nii.gz"


def read(file: Path) -> tuple[np.ndarray, np.ndarray]:
    image = NIfTI.from_filename(file)
    return np.asarray(image.dataobj), image.affine


def told_of(series: object, **given: object) -> Any:
    """The document of an answer."""
    return hevesy.ask("find image", series, **given).document


def lps(affine: np.ndarray, place: tuple[int, ...]) -> list[float]:
    right, front, head = (affine @ [*place, 1])[:3]
    return [-float(right), -float(front), float(head)]


def test_the_point_is_where_the_value_is_largest_unless_it_is_given(file: Path) -> None:
    values, affine = read(file)
    told = told_of(file)
    place = tuple(map(int, np.unravel_index(np.argmax(np.where(np.isfinite(values), values, -1)), SIZE)))
    assert told["voxel"] == list(place)
    assert told["value"] == values[place]
    assert told["at_mm"] == pytest.approx(lps(affine, place), abs=1e-4)
    for wanted in ((1, 6, 3), (8, 0, 6)):
        asked = told_of(file, at=lps(affine, wanted))
        assert asked["voxel"] == list(wanted)
        assert asked["value"] == values[wanted]
    assert told_of(file, at=lps(affine, (4, 4, 4)))["value"] is None
    assert told["size"] == list(SIZE)
    np.testing.assert_allclose(told["edges_mm"], [3, 4, 5], rtol=1e-6)
    assert told["window"] == [float(values[np.isfinite(values)].min()), float(values[place])]


def test_regions_are_measured_and_the_first_says_where(file: Path) -> None:
    values, _ = read(file)
    marks, _ = read(file.with_name("marks.nii"))
    told = told_of(file, mask=file.with_name("marks.nii"))
    assert [one["region"] for one in told["regions"]] == ["4", "9"]
    for one, label in zip(told["regions"], (4, 9), strict=True):
        own = values[marks == label].astype(float)
        known = own[np.isfinite(own)]
        assert (one["voxels"], one["without_value"]) == (len(own), len(own) - len(known))
        assert (one["least"], one["largest"]) == (known.min(), known.max())
        assert one["mean"] == pytest.approx(known.mean(), rel=1e-12)
        assert one["volume_mL"] == pytest.approx(len(own) * 0.06, rel=1e-6)
    assert told["value"] == told["regions"][0]["largest"]
    only = told_of(file, mask=file.with_name("marks.nii"), region="9")
    assert [one["region"] for one in only["regions"]] == ["9"]


def test_voxels_for_a_viewer_are_those_of_the_file(file: Path) -> None:
    values, affine = read(file)
    marks, _ = read(file.with_name("marks.nii"))
    (picture,) = (
        one
        for one in hevesy.ask("find image", file, mask=file.with_name("marks.nii")).blocks
        if isinstance(one, Picture)
    )
    assert picture.voxels is not None
    np.testing.assert_array_equal(picture.voxels.values, values)
    np.testing.assert_allclose(np.diag([-1, -1, 1, 1]) @ picture.voxels.affine, affine, atol=1e-6)
    assert picture.voxels.regions is not None
    np.testing.assert_array_equal(picture.voxels.regions, np.select([marks == 4, marks == 9], [1, 2]))


def test_a_series_is_shown_as_stored_or_as_suv() -> None:
    stored, suv = (told_of(DATA / "pet" / "24h", kind=kind) for kind in (None, "bw"))
    assert (stored["unit"], suv["unit"]) == ("Bq/mL", "g/mL")
    measured: Any = hevesy.ask("find suv", DATA / "pet" / "24h").document
    assert suv["value"] == pytest.approx(measured["suv_max"], rel=1e-6)
    assert stored["voxel"] == suv["voxel"]


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"at": "0,0"}, "a point has three numbers"),
        ({"at": "900,0,0"}, "outside the image"),
        ({"window": "3,3"}, "a lower and a higher value"),
        ({"window": "3"}, "a lower and a higher value"),
        ({"region": "4"}, "belongs to a file of regions"),
    ],
)
def test_what_is_asked_wrongly_is_told_at_its_field(file: Path, given: dict[str, str], rule: str) -> None:
    with pytest.raises(QuestionError, match=rule) as refused:
        hevesy.ask("find image", file, **given)
    assert set(given) <= set(refused.value.fields)


def test_what_is_no_one_image_is_refused(file: Path) -> None:
    with pytest.raises(CannotAnswerError, match="NIfTI tells no dose"):
        hevesy.ask("find image", file, kind="bw")
    with pytest.raises(CannotAnswerError, match="one image is looked at; here are PT of 6 slices, PT of 6 slices"):
        hevesy.ask("find image", [DATA / "pet" / "24h", DATA / "pet" / "48h"])
    empty = NIfTI(np.full(SIZE, np.nan, dtype=np.float32), np.diag([3.0, 3, 3, 1]))
    empty.to_filename(file.with_name("empty.nii"))
    with pytest.raises(RuleError, match="no finite value"):
        hevesy.ask("find image", file.with_name("empty.nii"))
