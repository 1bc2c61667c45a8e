"""A delivered table without some of its columns: what is kept of a file whose mapping drops columns.

The copy is CSV in UTF-8 with a byte order mark, every cell in quotes: whatever the file was, it can be read back cell
by cell, and who imports it again in another encoding is refused, not misread.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Collection
from pathlib import Path

from hevesy.errors import DeliveryError
from hevesy.files import limits
from hevesy.files.tables import DeliveredTable

_END_OF_LINE = re.compile(r"\r\n|\r|\n")


def without_columns(table: DeliveredTable, dropped: Collection[str]) -> bytes:
    """The table without the columns, as it is kept.

    Rows of a CSV stand on the lines they stood on, where their cells allow it.
    Read back and compared before it is given: what cannot be kept so is refused.
    """
    places = [place for place, name in enumerate(table.columns) if name not in dropped]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([table.columns[place] for place in places])
    line, own_lines = 2, table.name.lower().endswith(".csv")
    for number, cells in zip(table.lines, table.cells, strict=True):
        row = [cells[place] or "" for place in places]
        if own_lines and number > line:  # blank lines stand for those that a dropped cell took
            text.write("\n" * (number - line))
            line = number
        writer.writerow(row)
        line += 1 + sum(len(_END_OF_LINE.findall(cell)) for cell in row)
    content = codecs.BOM_UTF8 + text.getvalue().encode("utf-8")
    columns, cells_back = _read_back(content)
    kept = [[cells[place] for place in places] for cells in table.cells]
    if columns != tuple(table.columns[place] for place in places) or cells_back != kept:
        raise DeliveryError(
            f"{table.name}: a copy without {', '.join(sorted(dropped))} cannot be made: "
            "it would not read as the file does"
        )
    return content


def read_cut(path: Path) -> DeliveredTable:
    """A cut copy, as it was written; its lines are those it has now."""
    content = path.read_bytes()
    try:
        columns, cells = _read_back(content)
    except (csv.Error, UnicodeDecodeError, StopIteration) as error:
        raise DeliveryError(f"{path.name}: not a copy as it was written: {error}") from error
    lines = range(2, len(cells) + 2)
    return DeliveredTable(
        name=path.name, sha256=hashlib.sha256(content).hexdigest(), columns=columns, lines=lines, cells=cells
    )


def _read_back(content: bytes) -> tuple[tuple[str, ...], list[list[str | None]]]:
    before = csv.field_size_limit(limits.MOST_BYTES)
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        columns = tuple(next(rows))
        return columns, [[cell or None for cell in cells] for cells in rows if cells]
    finally:
        csv.field_size_limit(before)


def name_without_columns(name: str) -> str:
    """What the cut copy of a file is called: it is CSV, whatever the file was."""
    return name if name.lower().endswith(".csv") else f"{name}.csv"
