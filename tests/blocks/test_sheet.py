"""A sheet turns values into places, and keeps the values."""

from __future__ import annotations

import pytest

from hevesy.blocks.figure import Line, Series
from hevesy.blocks.sheet import Sheet, nice_ticks


@pytest.fixture
def sheet() -> Sheet:
    made = Sheet(200, 100, "curve", "Curve", "one curve")
    made.area(10, 10, 110, 60, (0, 10), (0, 1))
    return made


def test_a_curve_in_steps_holds_each_value_until_the_next_and_is_kept_as_it_is(sheet: Sheet) -> None:
    sheet.course("all", 9, [(0, 1), (4, 0.5), (10, 0)], step=True)
    figure = sheet.figure("A curve.")
    assert (figure.id, figure.title, figure.caption, figure.description) == ("curve", "Curve", "A curve.", "one curve")
    places = ((10, 10), (50, 10), (50, 35), (110, 35), (110, 60))
    assert figure.scene.parts == (Line(points=places, paint="series-1", width=1.6, dash=1),)
    points, where = ((0, 1), (4, 0.5), (10, 0)), ((10, 10), (50, 35), (110, 60))
    assert figure.scene.data == (Series(name="all", paint="series-1", points=points, places=where),)


def test_a_key_of_many_groups_makes_the_sheet_higher(sheet: Sheet) -> None:
    sheet.axes(nice_ticks(0, 10), [], "days", "")
    sheet.key(["one", "", *"abcdefg"], 10, 95)
    scene = sheet.figure("").scene
    assert scene.height == 95 + 2 * 16 + 14
    assert (scene.x_title, scene.y_title) == ("days", "")


def test_ticks_are_round_and_span_no_more_than_the_range() -> None:
    assert nice_ticks(0, 10) == [0, 2, 4, 6, 8, 10]
    assert nice_ticks(-0.4, 0.9, 6) == [-0.25, 0, 0.25, 0.5, 0.75]
    assert nice_ticks(3, 3) == [3]
