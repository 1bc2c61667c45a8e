"""A picture in each format: drawn in a page or beside it, told in words, a file of a document."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from hevesy.blocks.picture import Pane, Picture, Voxels
from hevesy.blocks.prose import said
from hevesy.blocks.section import Section
from hevesy.errors import CannotAnswerError
from hevesy.render.faces import FACES, png
from hevesy.render.html import READOUT, Links, alone, as_html
from hevesy.render.package import package
from hevesy.render.png import as_png
from hevesy.render.text import as_text
from tests.render.test_package import DOCUMENT

PANE = Pane(values=np.eye(4, dtype=np.float32), pixel_mm=30, left="R", right="L", top="A", bottom="P", cross=(1, 1))
PICTURE = Picture(
    id="planes",
    title="Planes",
    caption="White is 1 <kBq>",
    description='The "axial" plane',
    panes=(PANE,),
    window=(0, 0.1),
)
VOXELS = Voxels(values=np.zeros((2, 3, 4), dtype=np.float32), affine=np.eye(4), at=(1, 2, 3))
CONSOLE = Links(picture="/a/{}.png", voxels="/a/{}.nii", regions="/a/{}-regions.nii")


def test_in_a_page_it_stands_whole_and_is_described() -> None:
    for told in (as_html([PICTURE]), as_html([PICTURE], READOUT), alone([PICTURE])):
        held = re.search(r'<img src="data:image/png;base64,([^"]+)" alt="The &quot;axial&quot; plane">', told)
        assert held is not None
        assert b64decode(held[1]) == as_png(PICTURE)
        assert "<figcaption>White is 1 &lt;kBq&gt;" in told
        assert "data-voxels" not in told
    assert 'href="figures/planes.png"' in as_html([PICTURE], READOUT)
    assert "href=" not in as_html([PICTURE])


def test_in_a_console_it_lies_beside_with_what_it_was_cut_from() -> None:
    plain = as_html([PICTURE], CONSOLE)
    assert '<img src="/a/planes.png" alt=' in plain
    assert "data-" not in plain
    with_voxels = as_html([replace(PICTURE, voxels=VOXELS, unit='g/"mL"')], CONSOLE)
    assert (
        'data-voxels="/a/planes.nii" data-unit="g/&quot;mL&quot;" data-window="0 0.1" data-at="1 2 3">' in with_voxels
    )
    marked = replace(VOXELS, regions=np.ones((2, 3, 4), dtype=np.uint8))
    assert 'data-regions="/a/planes-regions.nii"' in as_html([replace(PICTURE, voxels=marked)], CONSOLE)


def test_in_a_terminal_it_is_its_description() -> None:
    assert as_text([PICTURE]) == 'The "axial" plane'


def test_a_document_has_it_as_a_file() -> None:
    files = package(replace(DOCUMENT, sections=(Section(id="s", title="S", blocks=(PICTURE,)),), row_files=()))
    assert files["figures/planes.png"] == as_png(PICTURE)
    assert "data:image/png;base64," in files["index.html"].decode()


def test_it_is_a_face_of_its_own() -> None:
    assert FACES["png"]([said("one"), PICTURE]) == as_png(PICTURE)
    with pytest.raises(CannotAnswerError, match="no picture"):
        png([said("one")])
