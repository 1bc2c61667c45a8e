"""Tables as delivered.

CSV, SAS transport version 5, parquet and Dataset-JSON, every value as text and every row with its line.
"""

from __future__ import annotations

import codecs
import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, overload

from hevesy.errors import CONTROL, DeliveryError, shown
from hevesy.files import limits
from hevesy.files.limits import fault_of_columns, fault_of_encoding, fault_of_text, too_many

if TYPE_CHECKING:
    import polars

_CHUNK_BYTES, _HEAD_BYTES = 1 << 20, 1 << 16


class DeliveredRow(NamedTuple):
    """One row.

    Its line in the file (CSV; the header is line 1) or its number (XPT, parquet), and its values as text.
    """

    line: int
    values: dict[str, str | None]


Cells = Sequence[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredTable:
    """A delivered file.

    Its name, the SHA-256 of its bytes, its columns, and of each row its line and its cells in their order.
    """

    name: str
    sha256: str
    columns: tuple[str, ...]
    lines: Sequence[int] = ()
    cells: Sequence[Cells] = ()

    @property
    def rows(self) -> Sequence[DeliveredRow]:
        """The rows with their values by column, made as they are looked at."""
        return _Rows(self)

    def column(self, name: str) -> Iterator[str | None]:
        """The cells of a column, from the first row to the last."""
        place = self.columns.index(name)
        return (cells[place] for cells in self.cells)


class _Rows(Sequence[DeliveredRow]):
    def __init__(self, table: DeliveredTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table.lines)

    def __iter__(self) -> Iterator[DeliveredRow]:
        columns = self._table.columns
        for line, cells in zip(self._table.lines, self._table.cells, strict=True):
            yield DeliveredRow(line, dict(zip(columns, cells, strict=True)))

    @overload
    def __getitem__(self, place: int) -> DeliveredRow: ...
    @overload
    def __getitem__(self, place: slice) -> list[DeliveredRow]: ...
    def __getitem__(self, place: int | slice) -> DeliveredRow | list[DeliveredRow]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        return DeliveredRow(
            self._table.lines[place], dict(zip(self._table.columns, self._table.cells[place], strict=True))
        )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    import hashlib  # loads a library, which a mere name of a table must not

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def read_table(path: Path, encoding: str = "utf-8") -> DeliveredTable:
    """Read a delivered file by its ending; what cannot be read whole is refused with the place and the reason."""
    try:
        return _read(path, encoding)
    except OSError as error:
        raise DeliveryError(f"{path.name}: cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise DeliveryError(f"{path.name}: reading it takes more memory than there is: deliver it in parts") from error


def _read(path: Path, encoding: str) -> DeliveredTable:
    if CONTROL.search(path.name) or fault_of_text(path.name):
        raise DeliveryError(f"{path.name!a}: a file's name is one line of text")
    if not path.is_file():
        raise DeliveryError(f"{path.name}: there is no such file")
    size = path.stat().st_size
    if size == 0:
        raise DeliveryError(f"{path.name}: the file is empty; a delivery without rows has at least its header")
    if size > limits.MOST_BYTES:
        raise DeliveryError(f"{path.name}: {size:,} bytes; at most {limits.MOST_BYTES:,} are read: deliver it in parts")
    if fault := fault_of_encoding(encoding):
        raise DeliveryError(f"{path.name}: {fault}; name another in sources.toml")
    before = sha256_of(path)
    _refuse_another_kind(path, encoding)
    match path.suffix.lower():
        case ".csv":
            found = _read_csv(path, encoding)
        case ".xpt":
            found = _read_xpt(path, encoding)
        case ".parquet":
            found = _read_parquet(path)
        case ".json" | ".ndjson":
            found = _read_dataset_json(path)
        case other:
            known = ".csv, .xpt, .parquet, .json, .ndjson"
            raise DeliveryError(
                f"{path.name}: files ending in {other or 'nothing'} are not read; export it as one of {known}"
            )
    if sha256_of(path) != before:
        raise DeliveryError(f"{path.name}: the file changed while it was being read; nothing was written, run it again")
    columns, lines, cells = found
    return DeliveredTable(name=path.name, sha256=before, columns=columns, lines=lines, cells=cells)


_EXPORT = "export the table as CSV (UTF-8, commas) and deliver that"
_BEGINNINGS: tuple[tuple[bytes, tuple[str, ...], str], ...] = (
    (
        b"\xd0\xcf\x11\xe0",
        (),
        "an Excel workbook of the old kind (.xls): export the sheet as CSV (UTF-8) and deliver that",
    ),
    (b"%pdf", (), f"a PDF: {_EXPORT}"),
    (b"\x1f\x8b", (), "gzip: unpack it and deliver what is in it"),
    (b"<!doctype html", (), f"a web page (HTML): {_EXPORT}"),
    (b"<html", (), f"a web page (HTML): {_EXPORT}"),
    (b"<?xml", (), f"XML: {_EXPORT}"),
    (b"{\\rtf", (), f"a text document (RTF): {_EXPORT}"),
    (b"{", (".json", ".ndjson"), "JSON: Dataset-JSON has the ending .json or .ndjson"),
    (b"par1", (".parquet",), "parquet: give it the ending .parquet"),
    (b"header record*******", (".xpt",), "a SAS transport file: give it the ending .xpt"),
)
"""How files begin (in small letters), the endings that fit, and what such a file looks like with what to do."""


def _refuse_another_kind(path: Path, encoding: str) -> None:
    """Refuse what is plainly of another kind than its ending says, with what it looks like."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - _HEAD_BYTES))
        ends = head + file.read(_HEAD_BYTES)
    ending = path.suffix.lower()
    if head.startswith(b"PK\x03\x04"):
        if b"opendocument.spreadsheet" in ends or b"xl/" in ends:
            kind = "an Excel workbook" if b"xl/" in ends else "an OpenDocument spreadsheet"
            raise DeliveryError(f"{path.name}: looks like {kind}: export the sheet as CSV (UTF-8) and deliver that")
        raise DeliveryError(f"{path.name}: looks like a zip archive: unpack it and deliver what is in it")
    if (
        head.startswith((b"\xff\xfe", b"\xfe\xff"))
        and ending == ".csv"
        and not codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
    ):
        words = 'looks like UTF-16 (as Excel writes "Unicode text"): say encoding = "utf-16" in sources.toml'
        raise _at(path, 1, f"not {encoding} text: {words}")
    begins = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for beginning, endings, kind in _BEGINNINGS:
        if begins.startswith(beginning):
            if ending not in endings:
                raise DeliveryError(f"{path.name}: looks like {kind}")
            return


_Content = tuple[tuple[str, ...], Sequence[int], list[Cells]]
"""Columns, lines and cells."""


def _read_csv(path: Path, encoding: str) -> _Content:
    _refuse_long_lines(path)
    codec = codecs.lookup(encoding).name
    lines: list[int] = []
    rows: list[Cells] = []
    try:
        _refuse_without_mark(path, codec)
        with path.open(encoding="utf-8-sig" if codec == "utf-8" else codec, newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip().removeprefix("\ufeff") for name in next(reader)]
            _refuse_bad_header(header, path)
            width = len(header)
            most_rows = min(limits.MOST_ROWS, limits.MOST_VALUES // len(header))
            end_of_last = reader.line_num
            for cells in reader:
                line, end_of_last = end_of_last + 1, reader.line_num
                if not cells:
                    continue
                if len(cells) != width:
                    raise _at(path, line, f"{len(cells)} values, but the header names {len(header)} columns")
                if "\x00" in "".join(cells):
                    raise _at(path, line, "a NUL character; the file is not text")
                if len(rows) == most_rows:
                    most = f"{most_rows:,} rows" if most_rows == limits.MOST_ROWS else f"{limits.MOST_VALUES:,} values"
                    raise _at(path, line, f"more than {most}; deliver it in parts")
                lines.append(line)
                rows.append([cell or None for cell in cells] if "" in cells else cells)
    except UnicodeError as error:
        line, byte = _first_undecodable(path, codec)
        raise _at(path, line, f"not {encoding} text (byte {byte:#04x}); name its encoding in sources.toml") from error
    except StopIteration:
        raise DeliveryError(
            f"{path.name}: the file is empty; a delivery without rows has at least its header"
        ) from None
    except csv.Error as error:
        raise _at(path, reader.line_num, f"not readable as CSV: {error}") from error
    return tuple(header), lines, rows


def _at(path: Path, line: int, rule: str) -> DeliveryError:
    return DeliveryError(f"{path.name}, line {line}: {rule}", line)


def _refuse_without_mark(path: Path, codec: str) -> None:
    """UTF-16 and UTF-32 without a byte order mark would be read in the order of this machine."""
    if codec not in ("utf-16", "utf-32"):
        return
    marks = (
        (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if codec == "utf-16" else (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
    )
    with path.open("rb") as file:
        if not file.read(4).startswith(marks):
            raise _at(
                path, 1, f"{codec} text begins with a byte order mark, or its order is named: {codec}-le or {codec}-be"
            )


def _first_undecodable(path: Path, codec: str) -> tuple[int, int]:
    """Line and byte where a file stops being text of an encoding."""
    decoder, line, piece = codecs.getincrementaldecoder(codec)(), 1, b""
    try:
        with path.open("rb") as file:
            for piece in file:
                line += decoder.decode(piece).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return line, error.object[error.start]
    except UnicodeError:
        pass
    return line, piece[-1] if piece else 0


_SEPARATORS = {
    ";": "semicolon-separated values (as Excel writes in some countries)",
    "\t": "tab-separated values",
    "|": "values separated by |",
}


def _refuse_bad_header(header: list[str], path: Path) -> None:
    if not header:
        raise _at(path, 1, "the first line is empty; it must name the columns")
    together = "".join(header) if len(header) <= limits.MOST_COLUMNS else ""
    for separator, words in _SEPARATORS.items():
        if together.count(separator) >= len(header):
            raise _at(path, 1, f"looks like {words}: export it with commas between values and points in numbers")
    if fault := fault_of_columns(tuple(header)):
        raise _at(path, 1, fault)


def _refuse_long_lines(path: Path) -> None:
    """Look for the ends of lines piece by piece, so that a line of any length takes no memory."""
    line, length, most = 1, 0, limits.LONGEST_LINE_BYTES
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            parts = piece.split(b"\n")
            for part in parts[:-1]:
                if length + len(part) > most:
                    break
                line, length = line + 1, 0
            else:
                length += len(parts[-1])
            if length > most or any(len(part) > most for part in parts):
                raise _at(path, line, f"longer than {most:,} bytes; this is no table")


def table_of(records: Sequence[Mapping[str, object]], name: str = "the table") -> DeliveredTable:
    """A table from rows by column, as if it had been delivered; its columns are those of the first row."""
    import hashlib

    columns = tuple(records[0]) if records else ()
    odd = next((column for column in columns if not isinstance(column, str)), None)
    if odd is not None:
        raise DeliveryError(f"{name}: the name of a column is a text, got {odd!r}")
    if fault := fault_of_columns(columns):
        raise DeliveryError(f"{name}: {fault}")
    for number, record in enumerate(records, start=1):
        if set(record) != set(columns):
            raise DeliveryError(f"{name}, row {number}: it has not the columns of the first row", number)
    rows = (tuple(record[column] for column in columns) for record in records)
    _, lines, cells = _typed_rows(rows, columns, Path(name))
    digest = hashlib.sha256(repr((columns, cells)).encode()).hexdigest()
    return DeliveredTable(name=name, sha256=digest, columns=columns, lines=lines, cells=cells)


def _as_text(value: object) -> str | None:
    """A value of a typed file as text: whole floats without a point, dates as ISO, empty as None."""
    if value is None or value != value:
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, bool):
        return "1" if value else "0"
    text = str(value).rstrip()
    return text or None


def _typed_rows(records: Iterable[tuple[object, ...]], columns: tuple[str, ...], path: Path) -> _Content:
    rows: list[Cells] = []
    for number, record in enumerate(records, start=1):
        cells = [_as_text(value) for value in record]
        for place, text in enumerate(cells):
            if text is not None and ("\x00" in text or not text.isascii()) and (fault := fault_of_text(text)):
                told = fault.replace(" has ", f" in {shown(columns[place])} has ", 1)
                raise _at(path, number, told)
        rows.append(cells)
    return columns, range(1, len(rows) + 1), rows


@contextmanager
def _silence() -> Iterator[None]:
    """What a library writes to standard error while it panics is kept from the screen.

    The sentence that follows says it.
    """
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _by_library(path: Path, kind: str, read: Callable[[], polars.DataFrame]) -> _Content:
    """Columns and rows of a file that a library reads, whatever the library does when the file is damaged."""
    try:
        with _silence():
            frame = read()
        columns = tuple(frame.columns)
        if fault := fault_of_columns(columns) or too_many(frame.height, frame.width):
            raise DeliveryError(f"{path.name}: {fault}")
        if (size := frame.estimated_size()) > limits.MOST_BYTES:
            raise DeliveryError(
                f"{path.name}: {int(size):,} bytes of values; at most {limits.MOST_BYTES:,} are read: "
                "deliver it in parts"
            )
        with _silence():
            return _typed_rows(frame.iter_rows(), columns, path)
    except (DeliveryError, KeyboardInterrupt, SystemExit, OSError, MemoryError):
        raise
    except BaseException as error:  # a damaged file can make polars panic, which is no Exception
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DeliveryError(f"{path.name}: not readable as {kind}: {reason}") from error


def _read_parquet(path: Path) -> _Content:
    import polars

    from hevesy.files.parquet import refuse_damaged_parquet

    refuse_damaged_parquet(path)

    def read() -> polars.DataFrame:
        for name, kind in polars.read_parquet_schema(path).items():
            if kind.is_nested() or kind in (polars.Binary, polars.Object):
                what = "lists or structures" if kind.is_nested() else "bytes"
                raise DeliveryError(f"{path.name}: column {shown(name)} holds {what}, not one value a row")
        return polars.read_parquet(path)

    return _by_library(path, "parquet", read)


def _read_dataset_json(path: Path) -> _Content:
    from hevesy.files.dataset_json import read_dataset_json

    dataset = read_dataset_json(path)
    columns = tuple(column.name for column in dataset.columns)
    return _typed_rows(dataset.rows, columns, path)


def _read_xpt(path: Path, encoding: str) -> _Content:
    import pyreadstat

    from hevesy.files.transport import refuse_damaged_transport

    refuse_damaged_transport(path)
    return _by_library(
        path,
        "SAS transport version 5",
        lambda: pyreadstat.read_xport(path, output_format="polars", encoding=encoding)[0],
    )
