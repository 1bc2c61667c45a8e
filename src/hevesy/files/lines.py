"""A delivered CSV by its lines.

Where every row stands on a line of its own, a line says the same in whatever file it stands under the same header: one
that was read in an earlier file need not be read again in a later one.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence

from hevesy.files import limits
from hevesy.files.tables import Cells

_CUT_AT_LINE_FEEDS = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1250", "cp1252", "mac-roman"})
"""Encodings in which the byte of a line feed is nothing else, and each line can be decoded by itself."""


def lines_of(content: bytes, encoding: str) -> list[bytes] | None:
    """The lines of a CSV, its header first, without blank ones at its end; None where its bytes cannot be cut so."""
    codec = codecs.lookup(encoding).name
    if codec not in _CUT_AT_LINE_FEEDS or len(content) > limits.MOST_BYTES:
        return None
    lines = (content.removeprefix(codecs.BOM_UTF8) if codec == "utf-8" else content).split(b"\n")
    while lines and lines[-1] in (b"", b"\r"):
        lines.pop()
    return lines if lines and rows_on(lines[:1], encoding) is not None else None


def rows_on(lines: Sequence[bytes], encoding: str, width: int | None = None) -> list[Cells] | None:
    """The cells of lines each of which is one row (of so many cells), as `read_table` reads them.

    None where one is not: a cell goes on in the next line, the line is blank, or it is anything that `read_table` might
    refuse, which only the file as a whole shows.
    """
    together = b"\n".join(lines)
    if b"\x00" in together or max(map(len, lines), default=0) > limits.LONGEST_LINE_BYTES:
        return None
    try:
        reader = csv.reader(io.StringIO(together.decode(encoding), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeError, csv.Error):
        return None
    if len(rows) != len(lines) or reader.line_num != len(lines):
        return None
    if width is not None and any(len(cells) != width for cells in rows):
        return None
    return [[cell or None for cell in cells] if "" in cells else cells for cells in rows]
