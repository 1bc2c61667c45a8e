"""A copy of a study in one file, from which it can be restored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hevesy.conduct.recorded_study import examine
from hevesy.errors import DeliveryError
from hevesy.record import Record, refuse_unless_intact


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The file, and the state of the record in it."""

    file: Path
    entries: int
    chain_head: str


def back_up(folder: Path, file: Path) -> Backup:
    """Write a tar archive of a study (compressed where its name ends in .gz); nobody writes to the study meanwhile.

    Readouts are not in it: the record makes the same ones again. Refused where the record does not verify or the file
    exists.
    """
    if file.exists():
        raise DeliveryError(f"{file} is there already; nothing was written")
    if folder.resolve() in file.resolve().parents:
        raise DeliveryError(f"{file} lies in the study itself: name a place outside it")
    record = Record(folder)
    with record.writing():
        examined = examine(folder)
        refuse_unless_intact(examined.verification)
        record.settle(examined)
        record.write_archive(file)
    return Backup(file=file, entries=examined.recorded.entries, chain_head=examined.recorded.head)
