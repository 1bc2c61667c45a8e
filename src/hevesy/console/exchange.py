"""What the desk and its workers tell each other, a frame at a time: its length, then what it holds."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

LENGTH = 8
"""Bytes that say how long a frame is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question for a worker: what it is given, the folder for what it makes, and the study that is served."""

    command: str
    given: Mapping[str, object]
    folder: Path
    within: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Progress, as the answer tells it."""

    words: str
    done: int | None
    of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """An answer as a browser shows it.

    `answer`: it is one; `wrong`: the question is asked wrongly, in these fields; `cannot`: it cannot be answered,
    because; `defect`: its kind. `made` are names of files and folders in the answer's folder, `opens` is where
    a readout that was made is read, `head` is that of the record.
    """

    kind: Literal["answer", "wrong", "cannot", "defect"]
    html: str = ""
    sentence: str = ""
    fields: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    opens: str = ""
    tables: tuple[tuple[str, str], ...] = ()
    head: str | None = None


Frame = Asked | Told | Panel


def framed(frame: Frame | None) -> bytes:
    """A frame as bytes; None: ready for the first."""
    held = pickle.dumps(frame, protocol=5)
    return len(held).to_bytes(LENGTH, "big") + held


def next_frame(stream: BinaryIO) -> Frame | None:
    """The next frame of a stream; EOFError where it has ended."""
    length = stream.read(LENGTH)
    if len(length) < LENGTH:
        raise EOFError
    return unframed(stream.read(int.from_bytes(length, "big")))


def unframed(held: bytes) -> Frame | None:
    """What a frame holds."""
    found: Frame | None = pickle.loads(held)
    return found
