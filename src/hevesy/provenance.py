"""Where a number comes from, and the one loader of the tables that ship with the package."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from hevesy.errors import CannotAnswerError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A work and the place in it: what a physician or auditor opens to check the number."""

    work: str
    locator: str
    licence: str | None = None
    sha256: str | None = None

    def __str__(self) -> str:
        return f"{self.work}, {self.locator}"


@cache
def shipped_table(room: str, name: str) -> tuple[tuple[dict[str, str], ...], Source]:
    """Rows of a shipped csv and its source, after checking the csv against the SHA-256 in the .toml beside it.

    `room` is a package of Hevesy (`nuclides`), `name` the file without ending (`decays`).

    >>> rows, source = shipped_table("nuclides", "decays")
    >>> source.work
    'ENDF/B-VIII.1, JEFF-4.0 and JENDL-5 decay sublibraries'
    """
    folder = resources.files(f"hevesy.{room}") / "data"
    content = (folder / f"{name}.csv").read_bytes()
    described = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    found = hashlib.sha256(content).hexdigest()
    if found != described["sha256"]:
        raise CannotAnswerError(f"{room}/data/{name}.csv has SHA-256 {found}, its .toml says {described['sha256']}")
    lines = csv.reader(content.decode("utf-8").splitlines())
    header, declared = tuple(next(lines, ())), tuple(described["columns"])
    if header != declared:
        raise CannotAnswerError(f"{room}/data/{name}.csv has columns {header}, its .toml says {declared}")
    rows = tuple(dict(zip(header, line, strict=True)) for line in lines)
    source = Source(work=described["work"], locator=described["locator"], licence=described["licence"], sha256=found)
    return rows, source
