"""Deliveries as they are kept.

Each file under its SHA-256, on the disk before the entries that name it, in its place after them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hevesy.record.folder import KEPT, name_of_partial, private_folder, write_partial

OF_THE_SYSTEM = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|\.~lock\..*#")
"""Files that a desktop puts into any folder it shows, and offices beside an open file; no delivery ends so."""


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_of(sources: Path, digest: str) -> Path:
    """The folder of a kept file."""
    return sources / digest[:16]


def kept_file(sources: Path, digest: str) -> Path | None:
    """The kept file of a SHA-256.

    One whose entries were written and whose run ended before it had its name is taken as it lies.
    One that was altered is given too, if no other is there.
    """
    there = _files(place_of(sources, digest))
    if len(there) == 1 and name_of_partial(there[0]) is None:
        return there[0]
    for path in there:
        with suppress(FileNotFoundError):
            if sha256_of(path) == digest:
                return path
    return next((path for path in there if name_of_partial(path) is None), None)


def kept_files(sources: Path) -> list[Path]:
    """Every kept file that has its name, by name."""
    found = [path for place in sources.glob("*") if place.is_dir() for path in _files(place)]
    return sorted((path for path in found if name_of_partial(path) is None), key=lambda path: (path.name, path))


@contextmanager
def keeping(folder: Path, files: Mapping[str, tuple[str, bytes]]) -> Iterator[None]:
    """Keep files (by SHA-256: name and content).

    On the disk before what is written inside, in their places after it, or not at all.
    """
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
    """What killed runs left among the kept files: put into its place if entries name it, removed if none does.

    For writers.
    """
    for path in [*(folder / KEPT).glob("*/.*"), *(folder / KEPT).glob(".*")]:
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
    strays = {path for path in there if path.is_file()}
    for digest, name in sorted(delivered.items()):
        place = place_of(sources, digest)
        own = [path for path in strays if path.parent == place]
        right = {path for path in own if sha256_of(path) == digest}
        told = f"{name or 'a delivered file'} (SHA-256 {digest[:16]}...)"
        if right:
            strays -= right
        elif own:
            spoilt = next((path for path in own if path.name == name), own[0])
            strays.discard(spoilt)
            found.append(
                (
                    (
                        f"the kept copy {spoilt.name} of {told} was altered after delivery: "
                        "import the delivered file again"
                    ),
                    digest,
                )
            )
        elif kept_file(sources, digest) is None:
            found.append(
                (f"the kept copy of {told} is missing from {sources.name}/: import the delivered file again", digest)
            )
    for path in sorted(strays):
        rule = (
            f"no entry names {path.relative_to(sources.parent).as_posix()}: entries were cut off, "
            "or somebody put it there"
        )
        found.append((f"{rule}; restore the record from a copy, or take the file away", None))
    return found


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_file() and not OF_THE_SYSTEM.fullmatch(path.name)]


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
