"""The page of an image: what stands under the cursor is the file's value, drawn where the file says, under the strict policy."""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nibabel import Nifti1Image
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import hevesy
from hevesy.console.guard import policy
from hevesy.console.pages import ON_IMAGES, STATIC
from tests.answers.asking import DATA
from tests.conftest import ROOT
from tests.console.browsing import WAITS_MS, Walk, beside, needs_axe, needs_chromium, walk
from tests.console.serving import Reply, Served, packed
from tests.console.test_axe import look
from tests.imaging.phantoms import turned

NIfTI: Any = Nifti1Image
SIZE, WINDOW = (21, 17, 13), (-2.0, 2.0)
PLACES = ((0, 0, 0), (20, 16, 12), (3, 11, 7), (14, 2, 9))
TOLD = re.compile(
    r"(\S+|no number) in voxel (\d+), (\d+), (\d+), at (-?[\d.]+), (-?[\d.]+), (-?[\d.]+) mm to the left, back and head(?:, in region (\d))?"
)


@dataclass(frozen=True)
class Shown:
    """An image that was dropped: its values and where they lie, to the right, front and head as NIfTI tells it."""

    name: str
    values: np.ndarray
    affine: np.ndarray
    marks: np.ndarray

    def dropped(self, console: Served) -> dict[str, object]:
        files = {f"{self.name}.nii": self.values, f"{self.name}-marks.nii": self.marks}
        for name, values in files.items():
            image = NIfTI(values, self.affine)
            image.header["descrip"] = b"DOE^JANE 19500101"
            assert console.drop({name: image.to_bytes()}).status == 303
        shelf = console.on_shelf()
        return {"series": shelf[f"{self.name}.nii"], "mask": shelf[f"{self.name}-marks.nii"], "window": "-2,2"}


def made(name: str) -> Shown:
    """Values that are no two alike, on a grid oblique to the patient or of sagittal slices, axes running backwards."""
    values = np.random.default_rng(1).normal(size=SIZE).astype(np.float32)
    values[3, 11, 7] = np.nan
    marks = np.zeros(SIZE, dtype=np.uint8)
    marks[10:16, 1:6, 7:11], marks[1:4, 12:15, 2:5] = 1, 2
    affine = turned(20, (1, 2, 3)) @ np.diag([-4.0, 4.5, -6.0, 1.0])
    if name == "sagittal":
        affine = np.array([[0, 0, 6.0, 0], [-4.0, 0, 0, 0], [0, -4.5, 0, 0], [0, 0, 0, 1]])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(SIZE) - 1) / 2) + (7, -5, 11)
    return Shown(name, values, affine, marks)


OBLIQUE, SAGITTAL = made("oblique"), made("sagittal")


@contextmanager
def looked_through(chromium: Browser, console: Served, image: Shown) -> Iterator[Walk]:
    """The page of an image, once it can be looked through; its scripts say nothing and ask nobody else."""
    with walk(chromium, console) as walked:
        walked.open("/find-image", image.dropped(console))
        expect(walked.page.locator(".viewer[data-ready]")).to_be_visible(timeout=WAITS_MS)
        yield walked


@pytest.fixture(scope="module")
def viewed(chromium: Browser, console: Served) -> Iterator[Walk]:
    with looked_through(chromium, console, OBLIQUE) as walked:
        yield walked


def told(page: Page) -> tuple[float, tuple[int, int, int], tuple[float, float, float], int]:
    """Value, voxel, place in mm (left, back, head) and region that stand under the image."""
    found = TOLD.fullmatch(page.locator(".viewer output").inner_text())
    assert found is not None
    value = np.nan if found[1] == "no number" else float(found[1])
    return (
        value,
        (int(found[2]), int(found[3]), int(found[4])),
        (float(found[5]), float(found[6]), float(found[7])),
        int(found[8] or 0),
    )


def is_right(page: Page, image: Shown) -> tuple[int, int, int]:
    """Hold what is told to be what the file has at that voxel; gives the voxel."""
    value, voxel, at, region = told(page)
    np.testing.assert_equal(np.float32(value), image.values[voxel])
    right, front, head = (image.affine @ [*voxel, 1])[:3]
    np.testing.assert_allclose(at, (-right, -front, head), atol=0.051)
    assert region == image.marks[voxel]
    return voxel


def seen(page: Page) -> np.ndarray:
    """The pixels of the canvas."""
    with Image.open(io.BytesIO(page.locator(".stage canvas").screenshot())) as drawn:
        return np.asarray(drawn.convert("RGB")).astype(int)


def goes_to(page: Page, voxel: tuple[int, ...]) -> None:
    for name, place in zip(("Column", "Row", "Slice"), voxel, strict=True):
        page.get_by_label(name, exact=True).fill(str(place))
        page.get_by_label(name, exact=True).press("Tab")


@pytest.mark.parametrize("image", [OBLIQUE, SAGITTAL], ids=lambda image: image.name)
def test_the_value_under_the_cursor_is_that_of_the_file_and_is_drawn_there(
    chromium: Browser, console: Served, image: Shown
) -> None:
    with looked_through(chromium, console, image) as walked:
        page, canvas = walked.page, walked.page.locator(".stage canvas")
        for wanted in PLACES:
            goes_to(page, wanted)
            assert is_right(page, image) == wanted
        drawn, apart = seen(page), []
        rows, columns = np.nonzero((drawn.max(axis=2) - drawn.min(axis=2) <= 2) & (drawn.max(axis=2) > 30))
        for place in np.random.default_rng(2).choice(len(rows), size=24, replace=False):
            row, column = int(rows[place]), int(columns[place])
            canvas.hover(position={"x": column + 0.5, "y": row + 0.5})
            voxel = is_right(page, image)
            share = (float(image.values[voxel]) - WINDOW[0]) / (WINDOW[1] - WINDOW[0])
            apart.append(abs(drawn[row, column].mean() - 255 * min(max(share, 0), 1)))
        # A pixel on the edge of two voxels may show the other one, and letters are grey too.
        assert np.mean(np.array(apart) <= 3) >= 0.85


def test_a_click_and_keys_move_by_voxels(viewed: Walk) -> None:
    page, canvas = viewed.page, viewed.page.locator(".stage canvas")
    box = canvas.bounding_box()
    assert box is not None
    for share in (0.17, 0.5, 0.8):
        canvas.click(position={"x": box["width"] * share, "y": box["height"] / 2})
        clicked = is_right(page, OBLIQUE)
        assert page.get_by_label("Slice", exact=True).input_value() == str(clicked[2])
    canvas.focus()
    page.mouse.move(0, 0)
    turn = OBLIQUE.affine[:3, :3] / np.linalg.norm(OBLIQUE.affine[:3, :3], axis=0)
    for key, direction in {"ArrowLeft": (1, 0, 0), "ArrowUp": (0, 1, 0), "PageDown": (0, 0, -1)}.items():
        before = np.array(is_right(page, OBLIQUE))
        page.keyboard.press(key)
        moved = np.array(is_right(page, OBLIQUE)) - before
        assert np.abs(moved).sum() == 1
        assert (turn @ moved) @ direction > 0.8, key


def test_the_window_is_what_is_typed(viewed: Walk) -> None:
    page, white = viewed.page, viewed.page.get_by_label("White at")
    before = seen(page).mean()
    white.fill("0")
    white.press("Tab")
    assert seen(page).mean() > before + 5
    white.fill("-3")
    white.press("Tab")
    expect(white).to_have_attribute("aria-invalid", "true")
    white.fill("2")
    white.press("Tab")
    expect(white).not_to_have_attribute("aria-invalid", "true")
    assert seen(page).mean() == pytest.approx(before, abs=0.5)


def test_regions_have_the_colours_of_their_contours(viewed: Walk) -> None:
    page = viewed.page
    goes_to(page, (12, 3, 8))
    drawn = seen(page)
    bluish = (drawn[..., 2] > drawn[..., 0] + 40) & (drawn[..., 2] > drawn[..., 1])
    assert bluish.sum() > 200


@needs_axe
def test_everybody_can_read_it(viewed: Walk) -> None:
    look(viewed)


def test_the_policy_of_the_page_is_that_of_every_page(console: Served) -> None:
    page = console.answered(console.get("/find-image", OBLIQUE.dropped(console)))
    strict = page.headers["content-security-policy"]
    assert strict == policy()
    assert "script-src 'self'; style-src 'self';" in strict
    assert not re.search("unsafe|wasm|worker|https?:", strict)
    for name in ON_IMAGES:
        assert console.get(f"/static/{name}").headers["content-security-policy"] == strict


def test_only_the_page_of_an_image_loads_the_viewer(viewed: Walk, console: Served) -> None:
    assert {one.url.rpartition("/")[2] for one in viewed.asked} >= {*ON_IMAGES, *STATIC}
    with walk(viewed.page.context.browser, console) as other:  # type: ignore[arg-type]
        other.open("/find-image", {"fill": ""})
        other.page.wait_for_load_state("networkidle")
        assert not [one.url for one in other.asked if any(name in one.url for name in ON_IMAGES)]


def test_another_answer_takes_the_place_of_the_image(viewed: Walk) -> None:
    page = viewed.page
    before = page.locator(".viewer").get_attribute("data-of")
    page.get_by_label("Window", exact=True).fill("-1,1")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator(".viewer[data-ready]")).to_have_count(1, timeout=WAITS_MS)
    expect(page.locator(".viewer")).not_to_have_attribute("data-of", before or "", timeout=WAITS_MS)
    expect(page.locator(".viewer[data-ready]")).to_have_count(1, timeout=WAITS_MS)
    expect(page.get_by_label("Black at")).to_have_value("-1")


def plain(page: Page) -> np.ndarray:
    """The server's picture as it stands in the page."""
    with Image.open(io.BytesIO(page.locator("figure.picture img").last.screenshot())) as drawn:
        return np.asarray(drawn.convert("RGB")).astype(int)


def test_without_scripts_the_picture_stands_and_the_form_moves_the_planes(chromium: Browser, console: Served) -> None:
    with walk(chromium, console, scripts=False) as walked:
        page = walked.page
        walked.open("/find-image", {**OBLIQUE.dropped(console), "at": "7,-5,11"})
        expect(page.locator("figure.picture img")).to_be_visible(timeout=WAITS_MS)
        before = plain(page)
        assert before.std() > 20
        page.get_by_label("Point").fill("7,-5,29")
        page.get_by_role("button", name="Answer").click()
        expect(page.locator("figcaption")).to_contain_text("z 29.0 mm", timeout=WAITS_MS)
        assert (plain(page) != before).mean() > 0.05
        expect(page.locator(".viewer")).to_have_count(0)


def test_without_webgl_the_picture_stands_and_no_viewer_is_loaded(chromium: Browser, console: Served) -> None:
    with beside(chromium, "--disable-3d-apis") as flat, walk(flat, console) as walked:
        walked.open("/find-image", OBLIQUE.dropped(console))
        walked.answered()
        walked.page.wait_for_load_state("networkidle")
        assert plain(walked.page).std() > 20
        expect(walked.page.locator(".viewer")).to_have_count(0)
        assert "niivue.js" not in " ".join(one.url for one in walked.asked)


def test_a_note_keeps_the_picture_itself(viewed: Walk) -> None:
    page = viewed.page
    page.get_by_role("button", name="Add to the note").click()
    page.get_by_role("link", name="Added to the note").click()
    held = page.locator("section.noted figure img").last.get_attribute("src") or ""
    assert held.startswith("data:image/png;base64,")
    expect(page.locator("figure[data-voxels]")).to_have_count(0)
    assert plain(page).std() > 20


def everything_sent(console: Served, page: Reply) -> Iterator[bytes]:
    """The page of an image and all that lies beside its answer."""
    yield page.body
    for name in ("document.json", "figures/planes.png", "voxels/planes.nii"):
        sent = console.get(f"/answers/{page.job}/{name}")
        assert sent.status == 200, name
        yield sent.body


def test_nothing_of_who_or_when_is_sent(console: Served) -> None:
    page = console.answered(console.get("/find-image", OBLIQUE.dropped(console)))
    assert not [sent for sent in everything_sent(console, page) if b"DOE" in sent or b"19500101" in sent]


def test_a_series_that_came_packed_is_shown_as_suv_and_nobody_is_named(console: Served) -> None:
    assert console.drop({"DOE.zip": packed(DATA / "pet" / "24h")}).status == 303
    page = console.answered(console.get("/find-image", {"series": console.on_shelf()["DOE.zip"], "kind": "bw"}))
    told = console.document(page)
    assert told["unit"] == "g/mL"
    assert told["value"] == pytest.approx(4, rel=1e-3)
    who = (b"Somebody", b"HVSY-0001", b"20250303", b"20250304", b"1.2.826", b"1.2.840")
    assert not [sent for sent in everything_sent(console, page) if any(mark in sent for mark in who)]


def test_an_answer_that_is_kept_as_a_page_shows_its_picture(chromium: Browser, tmp_path: Path) -> None:
    answer = hevesy.suv(DATA / "pet" / "24h", mask=DATA / "pet" / "regions.nii", region="1")
    (tmp_path / "kept.html").write_text(answer.html(), encoding="utf-8")
    page = chromium.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto((tmp_path / "kept.html").as_uri())
    assert page.evaluate("document.querySelector('img').naturalWidth") > 100
    assert faults == []
    page.close()


def test_what_is_taken_over_is_what_its_description_says() -> None:
    place = ROOT / "src" / "hevesy" / "console" / "static"
    for name in ("htmx.min", "niivue"):
        described = tomllib.loads((place / f"{name}.toml").read_text())
        assert described["sha256"] == hashlib.sha256((place / f"{name}.js").read_bytes()).hexdigest()
        assert (ROOT / described["made_by"]).is_file()
    assert "Copyright (c) 2021, Niivue" in Path(place / "niivue.licences.txt").read_text()


pytestmark = needs_chromium
