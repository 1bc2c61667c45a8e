"""Every number of the demonstrations, back to lines of delivered files and forward again."""

from __future__ import annotations

import csv
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import hevesy
from hevesy.blocks.section import Document, Section, standing
from hevesy.conduct.recorded_study import read_record
from hevesy.readout.build import document_of
from hevesy.readout.contents import SECTIONS, Material, material, sections
from hevesy.readout.traced import Traced, traced
from hevesy.render.numbers import read_numbers
from hevesy.render.package import package

DEMONSTRATIONS = ("clr131", "clover", "imaging124", "dosimetry131")
SMALL = {"dosimetry131": (200, 3000)}
"""Numbers and their rows, at least, of a study of few subjects."""
OF_IMAGES = {"os": (set[str](), set[str]()), "centres": ({"images"}, set[str]()), "dlt": ({"found"}, {"toxicity"})}
"""What sections cost where the label is only imaged: one that speaks of treatment costs nothing."""


class Demonstration(NamedTuple):
    folder: Path
    of: Material
    document: Document
    joined: Traced


@pytest.fixture(scope="module", params=DEMONSTRATIONS)
def demonstrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    folder = tmp_path_factory.mktemp("traced") / request.param
    hevesy.demonstration(folder, study=request.param)
    recorded = read_record(folder)
    of = material(recorded)
    document = document_of(of)
    return Demonstration(folder, of, document, traced(document, recorded))


@cache
def lines_of(study: str, file: str) -> dict[int, dict[str, str | None]]:
    """The rows of a delivered file by their lines, read plainly; None: an empty cell."""
    path = Path(str(resources.files("hevesy"))) / "examples" / study / "sources" / file
    with path.open(newline="", encoding="utf-8") as opened:
        reader = csv.DictReader(opened)
        numbered = ((reader.line_num, row) for row in reader)
        return {line: {name: cell or None for name, cell in row.items()} for line, row in numbered}


def test_each_row_of_each_number_is_a_line_as_delivered_and_names_the_number_again(demonstrated: Demonstration) -> None:
    study, joined = demonstrated.folder.name, demonstrated.joined
    least, least_rows = SMALL.get(study, (500, 6000))
    assert len(joined.numbers) > least
    checked = 0
    for id, one in joined.numbers.items():
        rows = joined.rows_of(one)
        assert tuple(row.ledger_row for row in rows) == one.number.rows
        for row in rows:
            assert row.line is not None
            delivered = lines_of(study, row.file)[row.line]
            assert row.values
            assert row.values == {name: delivered[name] for name in row.values}, (id, row)
            fate, numbers = joined.numbers_on(row.ledger_row)
            assert (fate.state, fate.row) == ("counts", row)
            assert id in {other.number.id for other in numbers}
            checked += 1
    assert checked > least_rows


def test_each_number_of_each_row_names_the_row_again(demonstrated: Demonstration) -> None:
    joined, recorded = demonstrated.joined, demonstrated.of.recorded
    every = [(row.sequence, joined.numbers_on(row.sequence)[1]) for row in recorded.rows.values()]
    assert all(row in one.number.rows for row, numbers in every for one in numbers)
    assert sum(len(numbers) for _, numbers in every) == sum(len(one.number.rows) for one in joined.numbers.values())


def test_what_is_traced_are_the_numbers_of_the_readout_as_data(demonstrated: Demonstration) -> None:
    told = read_numbers(json.loads(package(demonstrated.document)["readout.json"]))
    assert [number["id"] for number in told] == list(demonstrated.joined.numbers)
    for number in told:
        rows = [row for first, last in number["row_ranges"] for row in range(first, last + 1)]
        one = demonstrated.joined.numbers[number["id"]]
        assert [row.ledger_row for row in demonstrated.joined.rows_of(one)] == rows


def test_a_number_stands_where_it_is_said_to(demonstrated: Demonstration) -> None:
    """Its home is a section of the page, and in it the table whose file has the number's text."""
    files = package(demonstrated.document)
    titles = {section.id: section.title for section in demonstrated.document.sections}
    for one in demonstrated.joined.numbers.values():
        assert titles[one.home.section.id] == one.home.section.title
        assert one.number in [number for number, _, _ in standing([one.home.section])]
        if one.home.table is not None:
            cells = csv.reader(files[f"tables/{one.home.table.id}.csv"].decode().splitlines())
            notes = "".join(str(part) for note in one.home.table.notes for part in note.parts)
            assert any(one.number.text in cell for row in cells for cell in row) or one.number.id in notes


def test_sections_have_the_names_they_are_asked_by(demonstrated: Demonstration) -> None:
    made: dict[str, Section | None] = {name: make(demonstrated.of) for name, make in SECTIONS.items()}
    assert all(section is None or section.id == name for name, section in made.items())
    assert tuple(section for section in made.values() if section is not None) == sections(demonstrated.of)
    assert sections(demonstrated.of) == demonstrated.document.sections


@pytest.mark.parametrize(
    ("name", "results", "parts"),
    [
        ("provenance", set(), set()),
        ("exposure", {"given"}, set()),
        ("dlt", {"found"}, {"toxicity"}),
        ("os", {"found"}, {"survivals"}),
        ("centres", {"found"}, {"quality", "centres"}),
    ],
)
def test_a_section_costs_its_own_results_alone(
    demonstrated: Demonstration, name: str, results: set[str], parts: set[str]
) -> None:
    if demonstrated.of.protocol.diagnostic:
        results, parts = OF_IMAGES.get(name, (results, parts))
    fresh = material(demonstrated.of.recorded)
    worked_out = set(fresh.__dict__)
    SECTIONS[name](fresh)
    assert set(fresh.__dict__) - worked_out == results
    assert set(fresh.found.__dict__) - {"analysis"} == parts


def first_and_last(demonstrated: Demonstration) -> list[str]:
    ids = [id for id, one in demonstrated.joined.numbers.items() if one.number.rows]
    return [ids[0], ids[len(ids) // 2], ids[-1]]


def test_the_question_says_the_same(demonstrated: Demonstration) -> None:
    study: Any = hevesy.open(demonstrated.folder)
    for id in first_and_last(demonstrated):
        back = study.trace(id).document
        assert back["number"]["id"] == id
        row = back["rows"][-1]
        forward = study.trace(row=row["ledger_row"]).document
        assert forward["rows"] == [row]
        assert id in [number["id"] for number in forward["numbers"]]
        delivered = lines_of(demonstrated.folder.name, row["file"])[row["line"]]
        assert row["values"] == {name: delivered[name] for name in row["values"]}
