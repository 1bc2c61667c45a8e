"""What no file may exceed, and which texts no record can hold."""

from __future__ import annotations

import codecs
import re

from hevesy.errors import shown

MOST_BYTES = 500_000_000
"""Of a delivered file, and of what it is uncompressed."""
MOST_ROWS = 5_000_000
MOST_COLUMNS = 5_000
MOST_VALUES = 50_000_000
"""Rows times columns: a value takes about 100 bytes of memory while its file is read."""
LONGEST_LINE_BYTES = 1_000_000
LONGEST_NUMBER = 60
"""Digits of a number as written; no measurement needs a third of it."""
STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Signs that steer a screen: in no text of a plan and no name of a column, which may have several lines."""
_TABLE_ENCODINGS = re.compile(
    r"ascii|utf-(8(-sig)?|(16|32)(-[lb]e)?)|iso8859-\d+|cp\d+|koi8-[rtu]|mac-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|johab|tis-620|ptcp154|kz1048|hp-roman8"
)


def too_many(rows: int, columns: int) -> str | None:
    """Why a table is not read, or None: it has no more rows, columns and values than are read."""
    for count, most, what in (
        (columns, MOST_COLUMNS, "columns"),
        (rows, MOST_ROWS, "rows"),
        (rows * columns, MOST_VALUES, "values"),
    ):
        if count > most:
            return f"{count:,} {what}; at most {most:,} are read" + (
                "" if what == "columns" else ": deliver it in parts"
            )
    return None


def fault_of_text(text: str) -> str | None:
    r"""What keeps a text from being recorded, or None.

    >>> fault_of_text("Ångström"), fault_of_text("a\x00")
    (None, "'a\\x00' has a NUL character; it is no text")
    """
    if "\x00" in text:
        return f"{shown(text)} has a NUL character; it is no text"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"{shown(text)} has half a character (a surrogate without its other); it is no text"
    return None


def fault_of_columns(columns: tuple[str, ...]) -> str | None:
    """What keeps names from being those of a table's columns, or None: each is there, once, and can be printed."""
    if not columns or len(columns) > MOST_COLUMNS:
        return too_many(0, len(columns)) or "there are no columns"
    seen: set[str] = set()
    for name in columns:
        if not name.strip():
            return "a column has no name"
        if name in seen:
            return f"two columns are called {shown(name)}"
        if STEERING.search(name):
            meaning = "; NUL characters are those of UTF-16 or of no text at all" if "\x00" in name else ""
            return f"the column {shown(name)} has a control character in its name{meaning}"
        if fault := fault_of_text(name):
            return fault
        seen.add(name)
    return None


def fault_of_encoding(name: str) -> str | None:
    """Why a name is none of an encoding that tables are written in, or None.

    >>> fault_of_encoding("latin-1"), fault_of_encoding("punycode")
    (None, "'punycode' is no encoding of tables, as utf-8, cp1252, latin-1, utf-16, shift_jis are")
    """
    try:
        known = _TABLE_ENCODINGS.fullmatch(codecs.lookup(name).name) is not None
    except (LookupError, ValueError):
        known = False
    return (
        None if known else f"{shown(name)} is no encoding of tables, as utf-8, cp1252, latin-1, utf-16, shift_jis are"
    )
