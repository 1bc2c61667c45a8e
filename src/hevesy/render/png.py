"""A picture as PNG: its panes in grey side by side, with contours, the cross of the planes, sides and a bar of length.

Written by numpy and zlib alone: the same picture gives the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.blocks.figure import Paint
from hevesy.blocks.picture import Contour, Pane, Picture
from hevesy.render.svg import DARK

Pixels = NDArray[np.uint8]
"""Shape (rows, columns, 3): red, green, blue."""

PANE = 320
"""Pixels that the longest side of the panes has about: each of their own pixels becomes a square of whole ones."""
MARGIN, GAP, BAR = 18, 10, 26
"""Around a pane for its letters, between two panes, and below them for the bar of length."""
BARS_MM = (1, 2, 5, 10, 20, 50, 100, 200, 500)
GROUND, NOTHING, INK = (20, 23, 26), (44, 50, 66), (237, 237, 237)
"""Colours of the ground, of what has no value, and of letters."""
CROSS: Paint = "series-4"
_LETTERS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "01110 10001 00001 00110 00001 10001 01110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "01110 10000 11110 10001 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00001 01110",
    "m": "00000 00000 11010 10101 10101 10101 10101",
    " ": "00000 00000 00000 00000 00000 00000 00000",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "F": "11111 10000 10000 11110 10000 10000 10000",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "P": "11110 10001 10001 11110 10000 10000 10000",
    "R": "11110 10001 10001 11110 10100 10010 10001",
}
"""Letters of 5 x 7 pixels, a row at a time from the top."""


def as_png(picture: Picture) -> bytes:
    """The picture in eight bits a channel; panes need not be of one size, their pixels are."""
    zoom = zoom_of(picture)
    panes = [_pane(pane, picture.window, zoom) for pane in picture.panes]
    high = max(len(pane) for pane in panes)
    wide = sum(pane.shape[1] for pane in panes) + GAP * (len(panes) - 1)
    drawn = np.full((high + BAR, wide, 3), GROUND, dtype=np.uint8)
    for (row, column), pane in zip(places_of(picture), panes, strict=True):
        top, left = row - MARGIN, column - MARGIN
        drawn[top : top + pane.shape[0], left : left + pane.shape[1]] = pane
    _bar(drawn, picture.panes[0], zoom, high)
    return encoded(drawn)


def zoom_of(picture: Picture) -> int:
    """How many pixels of the PNG a pixel of a pane has along each side."""
    longest = max(int(size) for pane in picture.panes for size in pane.values.shape)
    return max(round(PANE / longest), 1)


def places_of(picture: Picture) -> tuple[tuple[int, int], ...]:
    """Row and column of the PNG at which each pane begins."""
    zoom, left, found = zoom_of(picture), 0, []
    for pane in picture.panes:
        found.append((MARGIN, left + MARGIN))
        left += pane.values.shape[1] * zoom + 2 * MARGIN + GAP
    return tuple(found)


def grey(values: NDArray[np.float32], window: tuple[float, float]) -> Pixels:
    """Values as grey: black at the lower end of the window and below it, white at the upper and above it."""
    lower, upper = window
    known = np.isfinite(values)
    share = (np.where(known, values, lower).astype(np.float64) - lower) / (upper - lower)
    level = np.rint(np.clip(share, 0.0, 1.0) * 255).astype(np.uint8)
    return np.where(known[..., None], level[..., None], np.array(NOTHING, dtype=np.uint8))


def _pane(pane: Pane, window: tuple[float, float], zoom: int) -> Pixels:
    inside = np.repeat(np.repeat(grey(pane.values, window), zoom, axis=0), zoom, axis=1)
    _cross(inside, pane, zoom)
    for contour in pane.contours:
        _contour(inside, contour, zoom)
    rows, columns = inside.shape[:2]
    drawn = np.full((rows + 2 * MARGIN, columns + 2 * MARGIN, 3), GROUND, dtype=np.uint8)
    drawn[MARGIN:-MARGIN, MARGIN:-MARGIN] = inside
    middle, centre = MARGIN + rows // 2 - 3, MARGIN + columns // 2 - 2
    for letter, top, left in (
        (pane.top, 6, centre),
        (pane.bottom, rows + MARGIN + 6, centre),
        (pane.left, middle, 7),
        (pane.right, middle, columns + MARGIN + 6),
    ):
        _write(drawn, letter, top, left, INK)
    return drawn


def _cross(drawn: Pixels, pane: Pane, zoom: int) -> None:
    """Where the other planes go through this one, open around the point so that its value is seen."""
    row, column = (place * zoom + zoom // 2 for place in pane.cross)
    clear = max(2 * zoom, 8)
    rows, columns = drawn.shape[:2]
    across, down = np.abs(np.arange(columns) - column) > clear, np.abs(np.arange(rows) - row) > clear
    drawn[row, across & (np.arange(columns) % 6 < 2)] = _colour(CROSS)
    drawn[down & (np.arange(rows) % 6 < 2), column] = _colour(CROSS)


def _contour(drawn: Pixels, contour: Contour, zoom: int) -> None:
    """A line on the outermost pixels that a mask holds, and its number beside the uppermost of them."""
    mask = np.repeat(np.repeat(contour.mask, zoom, axis=0), zoom, axis=1)
    if not mask.any():
        return
    held = np.pad(mask, 1)
    inner = held[:-2, 1:-1] & held[2:, 1:-1] & held[1:-1, :-2] & held[1:-1, 2:]
    drawn[mask & ~inner] = _colour(contour.paint)
    row = int(np.argmax(mask.any(axis=1)))
    column = int(np.flatnonzero(mask[row])[-1])
    told = str(contour.number)
    top = min(max(row - 9, 0), len(drawn) - 7)
    left = min(column + 3, drawn.shape[1] - 6 * len(told))
    _write(drawn, told, top, max(left, 0), _colour(contour.paint))


def _bar(drawn: Pixels, pane: Pane, zoom: int, top: int) -> None:
    """A bar of a round length, at most half as long as the first pane is wide; none where that is less than 1 mm."""
    most = pane.values.shape[1] * pane.pixel_mm / 2
    length_mm = max((one for one in BARS_MM if one <= most), default=None)
    if length_mm is None:
        return
    long = max(round(length_mm / pane.pixel_mm * zoom), 1)
    drawn[top + 9 : top + 11, MARGIN : MARGIN + long] = INK
    for end in (MARGIN, MARGIN + long - 1):
        drawn[top + 6 : top + 14, end] = INK
    _write(drawn, f"{length_mm} mm", top + 6, MARGIN + long + 6, INK)


def _write(drawn: Pixels, told: str, top: int, left: int, colour: Sequence[int]) -> None:
    """Letters at a place; what does not fit is left off."""
    for place, letter in enumerate(told):
        rows, columns = np.nonzero(_letter(letter))
        rows, columns = rows + top, columns + left + 6 * place
        seen = (rows >= 0) & (rows < drawn.shape[0]) & (columns >= 0) & (columns < drawn.shape[1])
        drawn[rows[seen], columns[seen]] = colour


def _letter(letter: str) -> NDArray[np.bool_]:
    return np.array([[dot == "1" for dot in row] for row in _LETTERS[letter].split()])


def _colour(paint: Paint) -> tuple[int, int, int]:
    told = DARK[paint]
    return int(told[1:3], 16), int(told[3:5], 16), int(told[5:7], 16)


def encoded(drawn: Pixels) -> bytes:
    """Red, green and blue as a PNG file, each row as its difference from the one above; no time, no maker."""
    rows, columns = drawn.shape[:2]
    plain = drawn.reshape(rows, columns * 3)
    lines = np.empty((rows, 1 + columns * 3), dtype=np.uint8)
    lines[:, 0] = 2
    lines[0, 1:] = plain[0]
    lines[1:, 1:] = plain[1:] - plain[:-1]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, held)
        for kind, held in (
            (b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)),
            (b"IDAT", zlib.compress(lines.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
