"""One place where DICOM is read: whatever a library makes of a broken file becomes one sentence without its values.

pydicom raises what it comes across and warns with the values it read, identifiers among them; neither leaves here.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hevesy.errors import DeliveryError, HevesyError, RuleError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CODE = re.compile(r"[A-Za-z0-9 _./-]{0,32}")
LARGEST_FILE = 2 * 1024**3
"""In bytes."""


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """What goes wrong inside is told as one sentence about the file of a name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except RuleError as error:
            raise DeliveryError(f"{name}: {error}") from None
        except HevesyError:
            raise
        except MemoryError:
            raise DeliveryError(f"{name}: asks for more memory than there is; a length in it is wrong") from None
        except ImportError as error:
            raise DeliveryError(
                f"{name}: images are read with the extra `imaging`, of which {error.name} is missing: "
                "pip install 'hevesy[imaging]'"
            ) from None
        except Exception as error:
            raise DeliveryError(f"{name}: cannot be read as DICOM: {_kind(error)}") from None


def _kind(error: Exception) -> str:
    """What went wrong, without what pydicom quotes from the file."""
    match error:
        case EOFError():
            return "it ends too early"
        case NotImplementedError():
            return "it uses a part of the standard that is not read"
        case KeyError() | AttributeError():
            return "an element that is needed is missing or of another kind"
        case RecursionError():
            return "it is nested without end"
        case OSError() if error.strerror:
            return error.strerror
        case _:
            return f"a value or a length in it is broken ({type(error).__name__})"


def read_header(path: Path) -> Dataset:
    """The elements of a file but its pixels; call inside `refusing`."""
    import pydicom

    _refuse_large(path)
    return pydicom.dcmread(path, stop_before_pixels=True)


def read_whole(path: Path) -> Dataset:
    """A file; call inside `refusing`."""
    import pydicom

    _refuse_large(path)
    return pydicom.dcmread(path)


def _refuse_large(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise DeliveryError(f"{path.name}: larger than {LARGEST_FILE // 1024**3} GiB")
    with path.open("rb") as file:
        if file.read(132)[128:] != b"DICM":
            raise DeliveryError(f"{path.name}: is not a DICOM file (DICM does not stand at its byte 128)")


def text(found: Dataset, keyword: str) -> str:
    """A text without spaces around it; empty where it is missing."""
    value = found.get(keyword)
    return "" if value is None else str(value).strip()


def code(found: Dataset, keyword: str) -> str:
    """A code, which may be shown; what is none is refused without showing it."""
    told = text(found, keyword)
    if not _CODE.fullmatch(told):
        raise RuleError(f"{keyword} is no code of at most 32 letters and digits")
    return told


def number(found: Dataset, keyword: str) -> float | None:
    """A finite number; None where it is missing or empty."""
    return finite(found.get(keyword))


def finite(value: Any) -> float | None:
    """A value as a finite number, or None where there is none; what is no number is refused."""
    if value is None or str(value).strip() == "":
        return None
    read = float(value)
    if not math.isfinite(read):
        raise RuleError("a number in it is not finite")
    return read


def numbers(found: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """So many finite numbers; None where the element is missing."""
    value = found.get(keyword)
    if value is None or value == "":
        return None
    read = tuple(float(one) for one in value)
    if len(read) != count or not all(map(math.isfinite, read)):
        raise RuleError(f"{keyword} holds other than {count} finite numbers")
    return read


def day(written: Any) -> date | None:
    """A date of DICOM (DA), also in the old way with points."""
    text = "" if written is None else str(written).strip().replace(".", "")
    return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if text else None


def clock(written: Any) -> time | None:
    """A time of day of DICOM (TM), which may be cut short, to the microsecond."""
    text = "" if written is None else str(written).strip().replace(":", "")
    if not text:
        return None
    whole, _, part = text.partition(".")
    whole = whole.ljust(6, "0")
    if len(whole) != 6 or not (whole + (part or "0")).isdigit():
        raise RuleError("a time of day in it is none")
    second = min(int(whole[4:6]), 59)  # 60 is a leap second
    return time(int(whole[:2]), int(whole[2:4]), second, int(part[:6].ljust(6, "0")) if part else 0)


def moment(written: Any) -> tuple[date, time | None, timedelta | None] | None:
    """A date-time of DICOM (DT): its day, its clock where it has one, its offset from UTC where it has one."""
    text = "" if written is None else str(written).strip()
    if not text:
        return None
    stem, offset = text, None
    for sign in "+-":
        if sign in text:
            stem, _, zone = text.partition(sign)
            offset = (1 if sign == "+" else -1) * timedelta(hours=int(zone[:2]), minutes=int(zone[2:4] or 0))
    on = day(stem[:8])
    if on is None or len(stem) < 8:
        raise RuleError("a date and time in it is none")
    return on, clock(stem[8:]) if len(stem) > 8 else None, offset


def offset_of(found: Dataset) -> timedelta | None:
    """The offset from UTC of a file's dates and times (0008,0201); None: not told."""
    written = text(found, "TimezoneOffsetFromUTC")
    if not written:
        return None
    sign = -1 if written[0] == "-" else 1
    digits = written.lstrip("+-")
    return sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))


def joined(on: date | None, at: time | None) -> datetime | None:
    """A day and a clock as one, where both are told."""
    return None if on is None or at is None else datetime.combine(on, at)


def in_zone(at: datetime, offset: timedelta | None, wanted: timedelta | None) -> datetime:
    """A local time told with an offset as the clock of another offset shows it; untold offsets are one zone."""
    if offset is None or wanted is None:
        return at
    return at.replace(tzinfo=timezone(offset)).astimezone(timezone(wanted)).replace(tzinfo=None)
