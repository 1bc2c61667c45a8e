"""A document as files, as bytes for the shell to write.

index.html, readout.json, tables/*.csv and figures/*.svg.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping

from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Number, Value, ranges
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Document, RowFile, Section, flat, numbers_in
from hevesy.blocks.table import Table
from hevesy.errors import RuleError
from hevesy.render.csv import as_csv, csv_of
from hevesy.render.html import page
from hevesy.render.svg import as_svg

SCHEMA = 2
"""Of readout.json; since 2 the rows of a number stand as `row_ranges`, pairs of first and last."""


def package(document: Document) -> dict[str, bytes]:
    """File contents by path below the document's folder; the same document gives the same bytes."""
    files = {"index.html": page(document).encode(), "readout.json": _as_json(document)}
    for block in flat(document.sections):
        match block:
            case Table(id=id):
                _add(files, f"tables/{id}.csv", as_csv(block))
            case Figure(id=id):
                _add(files, f"figures/{id}.svg", as_svg(block, "paper").encode())
            case Paragraph() | Listing() | Section():
                pass
    for file in document.row_files:
        _add(files, f"tables/{file.name}.csv", _rows(file))
    return files


def _add(files: dict[str, bytes], path: str, content: bytes) -> None:
    if path in files:
        raise RuleError(f"two parts of the document want the file {path}")
    files[path] = content


def _rows(file: RowFile) -> bytes:
    rows = ((sequence, line, *values) for sequence, line, values in file.rows)
    return csv_of(("ledger_row", "line", *file.columns), rows)


def _as_json(document: Document) -> bytes:
    """The same numbers as data: what identifies the document, its sections, and every number.

    A line per entry: a person can read it and compare two readouts, and it is written ten times faster than with
    indents. Written line by line, since the numbers of a large study are many.
    """
    lists: dict[str, Iterable[Mapping[str, object]]] = {
        "sections": ({"id": section.id, "title": section.title} for section in document.sections),
        "numbers": map(_number, numbers_in(document.sections)),
    }
    written = io.BytesIO()
    written.write(b"{\n")
    for key, value in (("schema", SCHEMA), *document.about):
        written.write(f"{_json(key)}: {_json(value)},\n".encode())
    for key, items in lists.items():
        written.write(f"{_json(key)}: [\n".encode())
        for place, item in enumerate(items):
            written.write(f"{',' if place else ''}{chr(10) if place else ''}{_json(item)}".encode())
        written.write(b"\n]\n}\n" if key == "numbers" else b"\n],\n")
    return written.getvalue()


def _number(number: Number) -> dict[str, object]:
    return {
        "id": number.id,
        "value": _in_twelve_digits(number.value),
        "text": number.text,
        "label": number.label,
        "definition": number.definition,
        "population": number.population,
        "because": number.because,
        "row_ranges": ranges(number.rows),
    }


def _in_twelve_digits(value: Value) -> Value:
    """A figure as far as it is the same on every Python: versions differ in how they add up, in the last digits."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
