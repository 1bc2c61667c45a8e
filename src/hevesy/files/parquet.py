"""What a parquet file declares, held against its bytes and the limits before a library allocates for it.

Source: Apache Parquet format 2.10 (parquet.thrift) and the Thrift compact protocol.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

from hevesy.errors import DeliveryError
from hevesy.files import limits

_MAGIC = b"PAR1"
_LARGEST_FOOTER, _MOST_PAGES, _DEEPEST = 8_000_000, 200_000, 12
_PAGE_HEADER_BYTES = 1 << 20
_VALUES_OF = {0: 5, 3: 8}
"""Field of a page header that counts the page's values, by the type of page (data, data of version 2)."""


def refuse_damaged_parquet(path: Path) -> None:
    """Every page lies in the file, holds the rows that are declared, and is not larger than what is read."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            fault = _fault(content)
        except (_DamagedError, KeyError, TypeError, AttributeError, ValueError, RecursionError):
            fault = "damaged: what its footer and its pages declare cannot be read"
    if fault is not None:
        raise DeliveryError(f"{path.name}: {fault}")


class _DamagedError(Exception):
    """Bytes are no Thrift structure."""


def _fault(content: mmap.mmap) -> str | None:
    if len(content) < 12 or content[:4] != _MAGIC:
        return "not a parquet file: it does not begin with PAR1"
    if content[-4:] != _MAGIC:
        return "truncated: a parquet file ends in PAR1"
    length = int.from_bytes(content[-8:-4], "little")
    end = len(content) - 8
    if not 0 < length <= min(end - 4, _LARGEST_FOOTER):
        return f"damaged: its footer would be {length:,} bytes long"
    footer = _Thrift(content[end - length : end]).structure()
    rows, groups = footer[3], footer.get(4, [])
    columns = max((len(group[1]) for group in groups), default=0)
    if fault := limits.too_many(rows, columns):
        return fault
    if rows < 0 or sum(group[3] for group in groups) != rows:
        return f"damaged: {rows:,} rows are declared and its parts have others"
    return _fault_of_pages(content, groups, end - length)


def _fault_of_pages(content: mmap.mmap, groups: list[dict[int, Any]], end: int) -> str | None:
    uncompressed = pages = 0
    for group in groups:
        for chunk in group[1]:
            about = chunk[3]
            at = min(start for start in (about[9], about.get(11, 0)) if start > 0)
            last, values = at + about[7], 0
            if not 4 <= at <= last <= end:
                return "damaged: a part of a column lies outside the file"
            while at < last:
                reader = _Thrift(content[at : min(at + _PAGE_HEADER_BYTES, last)])
                header = reader.structure()
                if header[2] < 0 or header[3] < 0 or at + reader.at + header[3] > last:
                    return "damaged: a page is longer than its part of the column"
                if header[1] in _VALUES_OF:
                    values += header[_VALUES_OF[header[1]]][1]
                at += reader.at + header[3]
                uncompressed, pages = uncompressed + header[2], pages + 1
                if pages > _MOST_PAGES:
                    return f"more than {_MOST_PAGES:,} pages; write it with larger ones"
            if values != about[5]:
                return "damaged: a column's pages hold other numbers of values than it declares"
    if uncompressed > limits.MOST_BYTES:
        return f"{uncompressed:,} bytes uncompressed; at most {limits.MOST_BYTES:,} are read: deliver it in parts"
    return None


class _Thrift:
    """Structures of the Thrift compact protocol, by number of field."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def structure(self, depth: int = 0) -> dict[int, Any]:
        """One structure."""
        found: dict[int, Any] = {}
        field = 0
        while (head := self._byte()) != 0:
            field = field + (head >> 4) if head >> 4 else self._whole()
            found[field] = self._value(head & 15, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _DEEPEST:
            raise _DamagedError
        match kind:
            case 1 | 2:
                return kind == 1
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._whole()
            case 7:
                return self._bytes(8)
            case 8:
                return self._bytes(self._unsigned())
            case 9 | 10:
                head = self._byte()
                count = head >> 4 if head >> 4 < 15 else self._unsigned()
                if count > len(self._content) - self.at:
                    raise _DamagedError
                inner = head & 15
                return [self._byte() == 1 if inner in (1, 2) else self._value(inner, depth + 1) for _ in range(count)]
            case 12:
                return self.structure(depth + 1)
        raise _DamagedError

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        if count > len(self._content) - self.at:
            raise _DamagedError
        self.at += count
        return self._content[self.at - count : self.at]

    def _unsigned(self) -> int:
        number = shift = 0
        while shift < 70:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
        raise _DamagedError

    def _whole(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)
