"""Whether the study that is served verifies, and its head: checked by a worker whenever the record changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hevesy.console.bench import Bench, Job
from hevesy.errors import HevesyError
from hevesy.record import Record

VERIFY = "study verify"


@dataclass(slots=True, kw_only=True)
class State:
    """What is known of the record: `intact` is None while it is being verified, `fault` what is wrong with it."""

    study: Path
    intact: bool | None = None
    fault: str = ""
    head: str | None = None
    stamp: object = None
    _check: Job | None = field(default=None, repr=False)

    async def look(self, bench: Bench, patience_s: float) -> None:
        """Verify the record if it changed since, and wait a little for the result."""
        record = Record(self.study)
        stamp = record.stamp(), _kept(record)
        if stamp != self.stamp:
            self._read_head(record)
        if stamp != self.stamp:
            self.stamp, self.intact, self.fault = stamp, None, ""
            self._check = bench.ask(VERIFY, {"folder": str(self.study)}, first=True)
        check = self._check
        if check is None:
            return
        panel = await check.within_s(patience_s)
        if panel is None or self._check is not check:  # the record changed meanwhile: a later check tells of it
            return
        self._check = None
        match panel.kind:
            case "answer":
                self.intact = True
            case "defect":
                self.stamp = None
            case _:
                self.intact, self.fault = False, panel.sentence

    def _read_head(self, record: Record) -> None:
        try:
            self.head = record.head()
        except HevesyError:
            self.head = None  # what is wrong with it, verifying says

    def doubt(self) -> None:
        """Verify again before the next page: an answer could not be given."""
        self.stamp = None


def _kept(record: Record) -> list[tuple[str, int, int]]:
    """What changes on the disk when a kept delivery is altered or removed."""
    found = []
    for path in record.files():
        with suppress(FileNotFoundError):
            told = path.stat()
            found.append((str(path), told.st_size, told.st_mtime_ns))
    return found
