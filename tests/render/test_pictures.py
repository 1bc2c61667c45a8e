"""Every figure file of both demonstrations, drawn by librsvg, which knows no page: each series is seen in its colour."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import hevesy
from hevesy.blocks.figure import Figure
from hevesy.blocks.section import flat
from hevesy.conduct.recorded_study import read_record
from hevesy.readout.build import build
from hevesy.render.package import package
from hevesy.render.svg import STYLE
from tests.render.png import pixels

RSVG = shutil.which("rsvg-convert")
pytestmark = pytest.mark.skipif(
    RSVG is None and "CI" not in os.environ,
    reason="pictures need rsvg-convert (Debian package librsvg2-bin): not found",
)
LIGHT = dict(re.findall(r"--([\w-]+): (#\w{6})", STYLE.split("@media")[0]))
LEAST, NEAR = 20, 12
"""Pixels of a colour, and how far from it each channel of a pixel may be."""


def drawn(svg: bytes) -> NDArray[np.int16]:
    assert RSVG is not None, "rsvg-convert (Debian package librsvg2-bin) is not installed"
    told = subprocess.run([RSVG, "--zoom", "2", "--format", "png"], input=svg, capture_output=True, check=True)
    return pixels(told.stdout).astype(np.int16)


@pytest.mark.parametrize(("study", "least"), [("clr131", 11), ("clover", 10), ("imaging124", 2), ("dosimetry131", 2)])
def test_every_series_is_seen_in_its_colour(study: str, least: int, tmp_path: Path) -> None:
    hevesy.demonstration(tmp_path / "study", study=study)
    readout = build(read_record(tmp_path / "study"))
    files = package(readout)
    figures = [block for block in flat(readout.sections) if isinstance(block, Figure)]
    assert len(figures) >= least
    unseen = []
    for figure in figures:
        picture, paints = drawn(files[f"figures/{figure.id}.svg"]), {series.paint for series in figure.scene.data}
        assert paints, figure.id
        assert (picture == 255).all(axis=2).mean() > 0.3, f"{figure.id}: the ground is white"
        for paint in paints:
            wanted = np.array([int(LIGHT[paint][place : place + 2], 16) for place in (1, 3, 5)], dtype=np.int16)
            if (np.abs(picture - wanted).max(axis=2) <= NEAR).sum() <= LEAST:
                unseen.append((figure.id, paint))
    assert unseen == []
