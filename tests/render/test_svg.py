"""A picture is whole in both themes: variables in a page, colours written out on paper."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from hevesy.render.svg import STYLE, Theme, as_svg
from tests.render.said import COURSE

PAINTS = ("grade-2", "series-3", "hole", "ink", "faint")


@pytest.mark.parametrize("theme", ["page", "paper"])
def test_title_description_and_words_are_text_of_the_picture(theme: Theme) -> None:
    root = ElementTree.fromstring(as_svg(COURSE, theme))
    said = [element.text for element in root.iter() if element.text]
    assert said == ["Course <1>", "2-01: lowest 40", "2-01: <40> & lower", "last", "day"]
    assert len({element.attrib.get("d") for element in root if element.tag.endswith("path")}) == 4


def test_a_page_says_colours_as_variables_that_its_style_has_for_light_and_dark() -> None:
    drawn = as_svg(COURSE, "page")
    assert "#" not in drawn
    assert set(re.findall(r"var\(--([\w-]+)\)", drawn)) == set(PAINTS)
    for paint in PAINTS:
        assert len(set(re.findall(rf"--{paint}: (#\w+)", STYLE))) == 2, paint


def test_a_file_of_its_own_has_its_colours_its_size_its_font_and_a_white_ground() -> None:
    drawn = as_svg(COURSE, "paper")
    assert drawn.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="200"'
    )
    assert "var(" not in drawn
    assert "class=" not in drawn
    assert "font-family=" in drawn
    assert '<rect width="200" height="100" fill="#ffffff"/>' in drawn
    assert 'stroke="#8f3f76" stroke-width="1.6" stroke-dasharray="8 3 2 3"' in drawn
    assert 'fill="#ffd9a0" opacity="0.25"' in drawn
