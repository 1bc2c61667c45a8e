"""Deliveries as they are kept: each file under its SHA-256, on the disk before the entries that name it, in its place after them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hevesy.record.folder import KEPT, name_of_partial, private_folder, write_partial

_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that a desktop puts into any folder it shows."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_of(sources: Path, digest: str) -> Path:
    """The folder of a kept file."""
    return sources / digest[:16]


def kept_file(sources: Path, digest: str) -> Path | None:
    """The kept file of a SHA-256; one whose entries were written and whose run ended before it had its name is taken as it lies."""
    waiting = None
    for path in _files(place_of(sources, digest)):
        if name_of_partial(path) is None:
            return path
        if sha256_of(path) == digest:
            waiting = path
    return waiting


@contextmanager
def keeping(folder: Path, files: Mapping[str, tuple[str, bytes]]) -> Iterator[None]:
    """Keep files (by SHA-256: name and content): on the disk before what is written inside, in their places after it, or not at all."""
    staged: list[tuple[Path, Path]] = []
    try:
        for digest, (name, content) in files.items():
            place = private_folder(place_of(folder / KEPT, digest)) / name
            if not (place.is_file() and sha256_of(place) == digest):
                staged.append((write_partial(place, content), place))
        yield
    except BaseException:
        for partial, place in staged:
            partial.unlink(missing_ok=True)
            _remove_if_empty(place.parent)
        raise
    for partial, place in staged:
        partial.replace(place)


def settle(folder: Path, delivered: Mapping[str, str]) -> None:
    """What killed runs left among the kept files: put into its place if entries name it, removed if none does. For writers."""
    for path in sorted((folder / KEPT).glob("*/.*")):
        name = name_of_partial(path)
        if name is None or not path.is_file():
            continue
        digest, place = sha256_of(path), path.with_name(name)
        if digest in delivered and path.parent == place_of(folder / KEPT, digest) and not place.exists():
            path.replace(place)
        else:
            path.unlink(missing_ok=True)
            _remove_if_empty(path.parent)


def listed(sources: Path) -> tuple[Path, ...]:
    """Every file that lies among the kept ones under its own name."""
    folders = [folder for folder in sorted(sources.glob("*")) if folder.is_dir()]
    return tuple(path for folder in (sources, *folders) for path in _files(folder) if name_of_partial(path) is None)


def kept_faults(sources: Path, delivered: Mapping[str, str], there: Iterable[Path]) -> list[tuple[str, str | None]]:
    """Kept files that are missing, altered or named by no entry: a sentence, and the SHA-256 whose import mends it.

    `there` is what was listed before the entries were read.
    """
    found: list[tuple[str, str | None]] = []
    places = {place_of(sources, digest) for digest in delivered}
    for digest, name in sorted(delivered.items()):
        finished = [path for path in _files(place_of(sources, digest)) if name_of_partial(path) is None]
        told = f"{name or 'a delivered file'} (SHA-256 {digest[:16]}...)"
        if not finished and kept_file(sources, digest) is None:
            found.append((f"the kept copy of {told} is missing from {sources.name}/: import the delivered file again", digest))
        for path in finished:
            if sha256_of(path) != digest:
                rule = f"the kept copy {path.name} of {told} was altered after delivery: import the delivered file again"
                found.append((rule, digest))
    for path in there:
        if path.parent not in places and path.is_file():
            rule = f"no entry names {path.relative_to(sources.parent).as_posix()}: entries were cut off, or somebody put it there"
            found.append((f"{rule}; restore the record from a copy, import the file again, or take it away", sha256_of(path)))
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.name not in _OF_THE_SYSTEM]


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
