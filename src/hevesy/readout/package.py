"""A readout as files: index.html, readout.json, tables/*.csv and figures/*.svg, as bytes for the shell to write."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from hevesy.errors import RuleError
from hevesy.names import as_cell
from hevesy.readout.figures.canvas import standalone
from hevesy.readout.html import page
from hevesy.readout.statement import Block, Figure, Folded, Readout, Table, numbers_in, plain


def package(readout: Readout) -> dict[str, bytes]:
    """File contents by path below the readout's folder; the same readout gives the same bytes."""
    files = {"index.html": page(readout).encode(), "readout.json": _as_json(readout)}
    for section in readout.sections:
        for block in _flat(section.blocks):
            match block:
                case Table():
                    _add(
                        files,
                        f"tables/{block.id}.csv",
                        _csv(block.columns, ([plain(cell) for cell in row] for row in block.rows)),
                    )
                case Figure():
                    _add(files, f"figures/{block.id}.svg", standalone(block.svg).encode())
                case _:
                    pass
    for file in readout.row_files:
        rows = (
            [sequence, line if line is not None else "", *(value or "" for value in values)]
            for sequence, line, values in file.rows
        )
        _add(files, f"tables/{file.name}.csv", _csv(("ledger_row", "line", *file.columns), rows))
    return files


def _add(files: dict[str, bytes], path: str, content: bytes) -> None:
    if path in files:
        raise RuleError(f"two parts of the readout want the file {path}")
    files[path] = content


def _flat(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Folded):
            yield from _flat(block.blocks)


def _csv(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    content = io.BytesIO()
    text = io.TextIOWrapper(content, encoding="utf-8", newline="")  # a StringIO takes four bytes a character
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([as_cell(name) for name in columns])
    writer.writerows([as_cell(cell) if type(cell) is str else cell for cell in row] for row in rows)
    text.flush()
    return content.getvalue()


def _as_json(readout: Readout) -> bytes:
    """The same numbers as data: what identifies the readout, its sections, and every number.

    A line per entry: a person can read it and compare two readouts, and it is written ten times faster than with
    indents. Written line by line, since the rows of a large study's numbers fill tens of megabytes.
    """
    about: dict[str, object] = {
        "study": readout.study_id,
        "title": readout.title,
        "synthetic": readout.synthetic,
        "as_of": readout.cut,
        "known_at": readout.known_at,
        "ledger_head": readout.head,
        "ledger_entries": readout.entries,
        "hevesy": readout.version,
    }
    lists: dict[str, Iterable[object]] = {
        "sections": ({"id": section.id, "title": section.title} for section in readout.sections),
        "numbers": (
            {
                "id": number.id,
                "value": _in_twelve_digits(number.value),
                "text": number.text,
                "label": number.label,
                "definition": number.definition,
                "population": number.population,
                "because": list(number.because),
                "rows": list(number.rows),
            }
            for number in numbers_in(block for section in readout.sections for block in section.blocks)
        ),
    }
    written = io.BytesIO()
    written.write(b"{\n")
    for key, value in about.items():
        written.write(f"{_json(key)}: {_json(value)},\n".encode())
    for key, items in lists.items():
        written.write(f"{_json(key)}: [\n".encode())
        for place, item in enumerate(items):
            written.write(f"{',' if place else ''}{chr(10) if place else ''}{_json(item)}".encode())
        written.write(b"\n]\n}\n" if key == "numbers" else b"\n],\n")
    return written.getvalue()


def _in_twelve_digits(value: object) -> object:
    """A figure as far as it is the same on every Python: versions differ in how they add up, in the last digits."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
