"""A picture as PNG, read by another program: its pixels are the volume's values, its contours the regions' edges."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from hevesy.blocks.picture import Contour, Pane, Picture
from hevesy.imaging.slices import three_slices
from hevesy.readout.figures.planes import planes_picture
from hevesy.render.png import CROSS, GROUND, INK, NOTHING, as_png, places_of, zoom_of
from hevesy.render.svg import DARK
from tests.conftest import ROOT
from tests.imaging.phantoms import SPOTS, grid, phantom, spot

POINT = SPOTS["left front head"][0]
WINDOW = (0.5, 8.0)


def pictured(oblique: bool = True, window: tuple[float, float] = WINDOW, contour: bool = True) -> Picture:
    volume = phantom(grid(oblique=oblique))
    regions = [spot(volume)] if contour else []
    slices = three_slices(volume, POINT, regions)
    return planes_picture(slices, POINT, 9.0, window=window, unit="g/mL", regions=[one.name for one in regions])


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as read:
        assert (read.format, read.mode, read.info) == ("PNG", "RGB", {})
        return np.asarray(read).astype(int)


def colour(paint: str) -> tuple[int, ...]:
    return tuple(int(DARK[paint][place : place + 2], 16) for place in (1, 3, 5))


def sampled(drawn: np.ndarray, picture: Picture, place: int) -> np.ndarray:
    """The upper left pixel of each square that a pixel of a pane became."""
    (top, left), zoom = places_of(picture)[place], zoom_of(picture)
    rows, columns = picture.panes[place].values.shape
    return drawn[top : top + rows * zoom : zoom, left : left + columns * zoom : zoom]


@pytest.mark.parametrize("oblique", [False, True])
def test_every_pixel_is_its_voxel_in_the_window(oblique: bool) -> None:
    picture = pictured(oblique, contour=False)
    drawn = pixels(as_png(picture))
    assert zoom_of(picture) > 1
    for place, pane in enumerate(picture.panes):
        found = sampled(drawn, picture, place)
        crossed = (found == colour(CROSS)).all(axis=-1)
        assert crossed.sum() < 100
        for row, column in np.argwhere(~crossed):
            value = float(pane.values[row, column])
            if np.isnan(value):
                assert tuple(found[row, column]) == NOTHING
            else:
                level = round(min(max((value - WINDOW[0]) / (WINDOW[1] - WINDOW[0]), 0.0), 1.0) * 255)
                assert tuple(found[row, column]) == (level, level, level)
    assert tuple(sampled(drawn, picture, 0)[picture.panes[0].cross]) == (255, 255, 255)


def test_a_contour_is_the_edge_of_its_region_and_hides_nothing_else() -> None:
    picture = pictured()
    drawn, without, zoom = pixels(as_png(picture)), pixels(as_png(pictured(contour=False))), zoom_of(picture)
    differs = (drawn != without).any(axis=-1)
    for (top, left), pane in zip(places_of(picture), picture.panes, strict=True):
        mask = np.kron(pane.contours[0].mask, np.ones((zoom, zoom), dtype=bool))
        edge = mask & ~ndimage.binary_erosion(mask)
        here = drawn[top : top + mask.shape[0], left : left + mask.shape[1]]
        assert (here[edge] == colour("series-0")).all()
        changed = differs[top : top + mask.shape[0], left : left + mask.shape[1]]
        beside = np.argwhere(changed & ~edge)
        assert 0 < len(beside) <= 35, "only the number of the contour stands beside it"
        assert np.ptp(beside, axis=0).max() <= 7


def test_the_bar_is_as_long_as_it_says() -> None:
    picture = pictured(oblique=False, contour=False)
    drawn = pixels(as_png(picture))
    pane, zoom, (_, left) = picture.panes[0], zoom_of(picture), places_of(picture)[0]
    below = drawn[-26:, left:]
    bright = (below == INK).all(axis=-1)
    longest = max(len(run) for row in bright for run in "".join("#" if one else " " for one in row).split())
    assert longest * pane.pixel_mm / zoom == pytest.approx(50, abs=pane.pixel_mm / zoom)


def test_the_letters_stand_at_their_sides() -> None:
    """Two pictures that differ in one letter differ in that letter's place alone."""
    picture = pictured(contour=False)
    first, plain = picture.panes[0], pixels(as_png(picture))
    (top, left), zoom = places_of(picture)[0], zoom_of(picture)
    rows, columns = (size * zoom for size in first.values.shape)
    middle, centre = top + rows / 2, left + columns / 2
    for side, at in {
        "left": (middle, left - 9), "right": (middle, left + columns + 9), "top": (top - 9, centre), "bottom": (top + rows + 9, centre),
    }.items():  # fmt: skip
        told = {name: getattr(first, name) for name in ("left", "right", "top", "bottom")} | {side: "F"}
        changed = Pane(values=first.values, pixel_mm=first.pixel_mm, cross=first.cross, **told)
        other = pixels(
            as_png(
                Picture(
                    id="p", title="", caption="", description="", panes=(changed, *picture.panes[1:]), window=WINDOW
                )
            )
        )
        differs = np.argwhere((other != plain).any(axis=-1))
        assert len(differs) >= 3
        assert np.abs(differs - at).max() <= 6


def test_the_window_is_told_and_the_ground_is_dark() -> None:
    picture = pictured(window=(0.0, 4.25))
    assert "Black is 0 g/mL and below, white 4.25 g/mL and above." in picture.caption
    assert "1 left front head (blue)" in picture.caption
    assert "x 40.0, y -30.0, z 20.0 mm" in picture.description
    assert tuple(pixels(as_png(picture))[0, 0]) == GROUND


def test_what_lies_at_the_edge_is_drawn_whole() -> None:
    values = np.zeros((4, 3), dtype=np.float32)
    contour = Contour(number=12, paint="series-3", mask=np.ones((4, 3), dtype=np.bool_))
    pane = Pane(
        values=values, pixel_mm=0.2, left="R", right="L", top="A", bottom="P", cross=(0, 2), contours=(contour,)
    )
    picture = Picture(id="p", title="", caption="", description="", panes=(pane,), window=(0, 1))
    drawn = pixels(as_png(picture))
    assert (drawn == colour("series-3")).all(axis=-1).sum() > 2 * (4 + 3) * zoom_of(picture) - 20


def test_the_same_picture_has_the_same_bytes_in_another_process() -> None:
    code = "import hashlib; from tests.render.test_png import as_png, pictured; print(hashlib.sha256(as_png(pictured())).hexdigest())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert other.stdout.strip() == hashlib.sha256(as_png(pictured())).hexdigest()
