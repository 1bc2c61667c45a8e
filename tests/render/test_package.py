"""A document as files: its page, its data, a file a table and figure, and the rows behind its numbers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hevesy.blocks.section import Document, RowFile, Section
from hevesy.errors import RuleError
from hevesy.render.numbers import read_numbers
from hevesy.render.package import as_data, package
from tests.render.said import BLOCKS, LEVELS

DOCUMENT = Document(
    id="2016-11-04_a",
    name="Readout of S",
    title="A study",
    facts=(("Data cut", "2016-11-04"),),
    about=(("study", "S"), ("known_at", None)),
    sections=(Section(id="all", title="All", blocks=BLOCKS),),
    row_files=(
        RowFile(
            name="rows_dm",
            columns=("age",),
            rows=((1, 2, ("61",)), (2, None, (None,)), (4, 4, ("=1",))),
            ledger_rows=((1, 2), (4, 4)),
        ),
    ),
)


def test_every_part_has_its_file() -> None:
    files = package(DOCUMENT)
    assert sorted(files) == [
        "figures/course.svg", "index.html", "readout.json", "tables/levels.csv", "tables/rows_dm.csv",
    ]  # fmt: skip
    assert files["tables/rows_dm.csv"].decode().splitlines() == ["ledger_row,line,age", "1,2,61", "2,,", "4,4,'=1"]
    page = files["index.html"].decode()
    assert '<a href="tables/rows_dm.csv">rows_dm</a>: 1-2, 4' in page
    assert "SYNTHETIC" not in page.partition("</style>")[2]
    assert (
        "SYNTHETIC DATA" in package(replace(DOCUMENT, synthetic=True))["index.html"].decode().partition("</style>")[2]
    )


def test_the_data_say_once_what_numbers_share_and_what_form_they_have() -> None:
    told = json.loads(package(DOCUMENT)["readout.json"])
    assert list(told) == [
        "schema", "study", "known_at", "sections", "meanings", "sentences", "rows", "columns", "numbers",
    ]  # fmt: skip
    assert (told["schema"], told["known_at"]) == (3, None)
    assert told["columns"] == ["meaning", "of", "value", "text", "because", "rows"]
    assert told["rows"] == ["1-2, 4"]
    (number,) = read_numbers(told)
    assert number["row_ranges"] == [[1, 2], [4, 4]]
    assert "rows" not in number
    assert as_data(DOCUMENT)["numbers"] == [number]


def test_two_parts_do_not_share_a_file() -> None:
    twice = Section(id="again", title="Again", blocks=(LEVELS,))
    with pytest.raises(RuleError, match=r"two parts .* want the file tables/levels.csv"):
        package(replace(DOCUMENT, sections=(*DOCUMENT.sections, twice)))
