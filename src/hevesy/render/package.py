"""A document as files, as bytes for the shell to write.

index.html, readout.json, tables/*.csv, figures/*.svg and, of pictures, figures/*.png.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

from hevesy.blocks.figure import Figure
from hevesy.blocks.picture import Picture
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Document, RowFile, Section, flat, numbers_in
from hevesy.blocks.table import Table
from hevesy.errors import RuleError
from hevesy.render.csv import as_csv, csv_of
from hevesy.render.html import page
from hevesy.render.numbers import COLUMNS, Full, Shared, in_full
from hevesy.render.png import as_png
from hevesy.render.svg import as_svg

SCHEMA = 3
"""Of readout.json; since 3 meanings, sentences and sets of rows that numbers share stand once."""


def package(document: Document) -> dict[str, bytes]:
    """File contents by path below the document's folder; the same document gives the same bytes."""
    files = {"index.html": page(document).encode(), "readout.json": _as_json(document)}
    for block in flat(document.sections):
        match block:
            case Table(id=id):
                _add(files, f"tables/{id}.csv", as_csv(block))
            case Figure(id=id):
                _add(files, f"figures/{id}.svg", as_svg(block, "paper").encode())
            case Picture(id=id):
                _add(files, f"figures/{id}.png", as_png(block))
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


def as_data(document: Document) -> dict[str, Any]:
    """What identifies the document, its sections, and every number in full."""
    return {**dict(document.about), "sections": _sections(document), "numbers": _in_full(document)}


def _sections(document: Document) -> list[dict[str, str]]:
    return [{"id": section.id, "title": section.title} for section in document.sections]


def _in_full(document: Document) -> list[Full]:
    return [in_full(number) for number in numbers_in(document.sections)]


def _as_json(document: Document) -> bytes:
    """The same as data, with what many numbers share said once (`hevesy.render.numbers`).

    A line per entry: a person can read it and compare two readouts, and it is written ten times faster than with
    indents. Written line by line, since the numbers of a large study are many.
    """
    shared = Shared(numbers_in(document.sections))
    lists: dict[str, Iterable[str]] = {
        "sections": map(_json, _sections(document)),
        "meanings": shared.meanings(),
        "sentences": shared.sentences(),
        "rows": shared.rows(),
        "columns": map(_json, COLUMNS),
        "numbers": shared.lines(),
    }
    written = io.BytesIO()
    written.write(b"{\n")
    for key, value in (("schema", SCHEMA), *document.about):
        written.write(f"{_json(key)}: {_json(value)},\n".encode())
    for key, lines in lists.items():
        written.write(f"{_json(key)}: [\n".encode())
        for place, line in enumerate(lines):
            written.write(f"{',' if place else ''}{chr(10) if place else ''}{line}".encode())
        written.write(b"\n]\n}\n" if key == "numbers" else b"\n],\n")
    return written.getvalue()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
