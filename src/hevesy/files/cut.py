"""A delivered table without some of its columns, as CSV: what is kept of a file whose mapping drops columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection

from hevesy.files.tables import DeliveredTable

_END_OF_LINE = re.compile(r"\r\n|\r|\n")


def without_columns(table: DeliveredTable, dropped: Collection[str]) -> bytes:
    """UTF-8 text of the table without the columns. Rows of a CSV stand on the lines they stood on; those of other files one line lower."""
    columns = [name for name in table.columns if name not in dropped]
    own_lines = table.name.lower().endswith(".csv")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    line = 2
    for row in table.rows:
        if own_lines and row.line > line:  # blank lines stand for those that a dropped cell took
            text.write("\n" * (row.line - line))
            line = row.line
        before = text.tell()
        writer.writerow([row.values[name] or "" for name in columns])
        if own_lines:
            text.seek(before)
            line += len(_END_OF_LINE.findall(text.read()))
    return text.getvalue().encode("utf-8")


def name_without_columns(name: str) -> str:
    """What the cut copy of a file is called: it is CSV, whatever the file was."""
    return name if name.lower().endswith(".csv") else f"{name}.csv"
