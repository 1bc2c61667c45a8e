"""What a SAS transport file declares, held against its bytes before a library reads it.

Source: SAS technical note TS-140, record layout of a version 5 transport data set.
"""

from __future__ import annotations

import mmap
from pathlib import Path

from hevesy.errors import DeliveryError
from hevesy.files.limits import MOST_COLUMNS, fault_of_columns, too_many

_CARD, _NAMESTR = 80, 140
_LIBRARY, _MEMBER, _VARIABLES, _OBSERVATIONS = (
    f"HEADER RECORD*******{name} HEADER RECORD!!!!!!!".encode() for name in ("LIBRARY", "MEMBER ", "NAMESTR", "OBS    ")
)
_NUMERIC, _TEXT = 1, 2


def refuse_damaged_transport(path: Path) -> None:
    """Whole records of 80 bytes, and one dataset.

    Variables as many and as long as declared, and blanks after the last observation.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[: len(_LIBRARY)] != _LIBRARY:
            raise DeliveryError(f"{path.name}: not a SAS transport file of version 5: its first record is another")
        if len(content) % _CARD:
            raise DeliveryError(f"{path.name}: truncated: {len(content):,} bytes are not whole records of {_CARD}")
        start, observations = _card(content, _VARIABLES, 0), _card(content, _OBSERVATIONS, 0)
        if not 0 < start < observations:
            raise DeliveryError(
                f"{path.name}: truncated: the header records of its variables or observations are missing"
            )
        length = _length_of_observation(content, start, observations, path)
        first = observations + _CARD
        if _card(content, _MEMBER, first) > 0:
            raise DeliveryError(f"{path.name}: holds more than one dataset; deliver each in a file of its own")
        rest = (len(content) - first) % length
        if rest and content[len(content) - rest :].strip(b" "):
            raise DeliveryError(f"{path.name}: truncated: the last observation has {rest} of {length} bytes")
        if fault := too_many(_observations(content, first, length), _variables(content, start, path)):
            raise DeliveryError(f"{path.name}: {fault}")


def _card(content: mmap.mmap, mark: bytes, start: int) -> int:
    """Where a header record stands, from a place on; records begin at multiples of 80 bytes. -1: nowhere."""
    found = content.find(mark, start)
    while found >= 0 and found % _CARD:
        found = content.find(mark, found + 1)
    return found


def _observations(content: mmap.mmap, first: int, length: int) -> int:
    """How many observations there are; the last record may end in blanks that are none."""
    end = len(content)
    blanks = content[max(first, end - _CARD) :]
    return -(-(end - len(blanks) + len(blanks.rstrip(b" ")) - first) // length)


def _variables(content: mmap.mmap, start: int, path: Path) -> int:
    """How many variables are declared."""
    written = content[start + 54 : start + 58].strip()
    if not written.isdigit():
        raise DeliveryError(f"{path.name}: damaged: the number of its variables is damaged")
    return int(written)


def _length_of_observation(content: mmap.mmap, start: int, observations: int, path: Path) -> int:
    """Bytes of an observation, by the descriptions of its variables."""
    variables = _variables(content, start, path)
    if variables == 0:
        raise DeliveryError(f"{path.name}: no variables are declared")
    if variables > MOST_COLUMNS:
        raise DeliveryError(f"{path.name}: {variables:,} variables; at most {MOST_COLUMNS:,} are read")
    if start + _CARD + _NAMESTR * variables > observations:
        raise DeliveryError(
            f"{path.name}: {variables:,} variables are declared and their descriptions end before; it may be cut"
        )
    length, names = 0, []
    for number in range(variables):
        at = start + _CARD + _NAMESTR * number
        kind, bytes_long = int.from_bytes(content[at : at + 2], "big"), int.from_bytes(content[at + 4 : at + 6], "big")
        if kind not in (_NUMERIC, _TEXT):
            raise DeliveryError(
                f"{path.name}: damaged: variable {number + 1} is of type {kind}; numbers are 1, texts 2"
            )
        least, most = (2, 8) if kind == _NUMERIC else (1, 32_767)
        if not least <= bytes_long <= most:
            raise DeliveryError(
                f"{path.name}: damaged: variable {number + 1} is of length {bytes_long}; {least}..{most:,} can be"
            )
        length += bytes_long
        names.append(content[at + 8 : at + 16].decode("latin-1").strip())
    if fault := fault_of_columns(tuple(names)):  # the library would rename a column whose name stands twice
        raise DeliveryError(f"{path.name}: {fault}")
    return length
