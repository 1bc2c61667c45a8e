"""A table file holds values, not how a cell shows them, and nothing a spreadsheet would run."""

from __future__ import annotations

from hevesy.blocks.number import Shown
from hevesy.blocks.table import table
from hevesy.render.csv import as_csv
from tests.render.said import LEVELS


def test_values_headings_and_what_looks_like_a_formula() -> None:
    assert as_csv(LEVELS).decode().splitlines() == [
        'level,"planned: activity, MBq",subjects',
        "all,,8",
        "\u20031,462.5,4",
        "\u2003=2,1400,4",
    ]
    assert as_csv(table("t", "T", ("=a",), [("=1+1",)])) == b"'=a\n'=1+1\n"


def test_a_value_that_is_not_there_is_an_empty_cell() -> None:
    assert as_csv(table("t", "T", ("a", "b"), [("x", Shown(None, "not reached"))])) == b"a,b\nx,\n"
