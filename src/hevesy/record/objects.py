"""Derived arrays and delivered folders of images, each kept under the SHA-256 of the list of its files.

An object is a folder `objects/<sha256>/`: a `manifest` (of each file a line: its SHA-256, its bytes, its name), whose
own SHA-256 names the object, and its `files/`. It is on the disk before the entry that names it, and in its place after
it. Whether it is there is seen whenever the record is examined; what is in it is hashed where somebody asks for it, and
by whoever verifies the record, since images are large.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.record.folder import name_of_partial, partial_of, private_folder, write_private
from hevesy.record.kept import OF_THE_SYSTEM, sha256_of

OBJECTS = "objects"
_MANIFEST, _FILES = "manifest", "files"
_PIECE_BYTES = 1 << 20
_PART = re.compile(r'(?!\.{1,2}$)[^/\\:*?"<>|]{1,150}')
"""What one part of a file's name may be, on any system."""
_LINE = re.compile(r"([0-9a-f]{64}) (\d+) (.+)")

Files = Mapping[str, bytes] | Path
"""Files by their names (parts joined by /), or a folder of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an object is: the SHA-256 that names it, how many files it has, and their bytes together."""

    sha256: str
    files: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Item:
    sha256: str
    size_bytes: int
    name: str


@contextmanager
def storing(folder: Path, files: Files) -> Iterator[Stored]:
    """Keep an object: on the disk before what is written inside, in its place after it, or not at all. For writers."""
    by_name = _by_name(files)
    objects = private_folder(folder / OBJECTS)
    staged, stored = _staged(objects, by_name)
    try:
        yield stored
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        _remove_if_empty(objects)
        raise
    place = objects / stored.sha256
    if place.exists() and not _faults_in(place, stored.sha256):
        shutil.rmtree(staged, ignore_errors=True)
        return
    if place.exists():  # altered: its files are those again
        shutil.rmtree(place)
    staged.rename(place)


def object_of(folder: Path, digest: str) -> Path:
    """The folder of an object's files, after each of them was hashed; refused where one is not what was kept."""
    place = _place_of(folder / OBJECTS, digest)
    faults = ["is missing"] if place is None else _faults_in(place, digest)
    if place is None or faults:
        raise CannotAnswerError(f"the object {digest[:16]}... {faults[0]}: restore it from a copy")
    return place / _FILES


def objects_there(folder: Path) -> tuple[Path, ...]:
    """Whatever lies among the objects under its own name."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return tuple(
            path
            for path in sorted((folder / OBJECTS).iterdir())
            if name_of_partial(path) is None and not OF_THE_SYSTEM.fullmatch(path.name)
        )
    return ()


def object_faults(folder: Path, named: Mapping[str, str], there: Iterable[Path], hashed: bool) -> list[str]:
    """Objects (SHA-256 and name) that are missing, or named by no entry; with `hashed`, those that were altered too.

    `there` is what was listed before the entries were read.
    """
    found = []
    for digest, name in sorted(named.items()):
        place, told = _place_of(folder / OBJECTS, digest), f"the object {name} (SHA-256 {digest[:16]}...)"
        if place is None:
            found.append(f"{told} is missing from {OBJECTS}/: restore it from a copy")
        elif hashed:
            found += [f"{told} {fault}: restore it from a copy" for fault in _faults_in(place, digest)]
    strays = [path for path in there if path.name not in named and path.exists()]
    return found + [
        f"no entry names {OBJECTS}/{path.name}: entries were cut off, or somebody put it there; restore the record "
        "from a copy, or take it away"
        for path in strays
    ]


def settle_objects(folder: Path, named: Mapping[str, str]) -> None:
    """What killed runs left among the objects: put into its place if an entry names it, removed if none does.

    For writers.
    """
    objects = folder / OBJECTS
    for path in objects.glob(".*"):
        name = name_of_partial(path)
        if name is None or not path.is_dir():
            continue
        if name in named and not (objects / name).exists():
            path.rename(objects / name)
        else:
            shutil.rmtree(path, ignore_errors=True)
    _remove_if_empty(objects)


def _by_name(files: Files) -> dict[str, bytes | Path]:
    found: dict[str, bytes | Path]
    if isinstance(files, Path):
        found = {
            path.relative_to(files).as_posix(): path
            for path in sorted(files.rglob("*"))
            if (path.is_symlink() or not path.is_dir()) and not OF_THE_SYSTEM.fullmatch(path.name)
        }
        odd = next((path for path in found.values() if isinstance(path, Path) and _is_odd(path)), None)
        if odd is not None:
            raise DeliveryError(f"{odd} is a link or no file: deliver the files themselves")
    else:
        found = dict(files)
    if not found:
        raise DeliveryError(f"{files if isinstance(files, Path) else 'an object'} holds no file; nothing was kept")
    told: dict[str, str] = {}
    for name in found:
        if not name.isprintable() or not all(_PART.fullmatch(part) for part in name.split("/")):
            raise DeliveryError(f"{name!a} is not a name that a kept file may have")
        if (other := told.setdefault(name.casefold(), name)) != name:
            raise DeliveryError(f"{other} and {name} would be one file where the size of letters makes no difference")
    return found


def _is_odd(path: Path) -> bool:
    return path.is_symlink() or not path.is_file()


def _staged(objects: Path, files: Mapping[str, bytes | Path]) -> tuple[Path, Stored]:
    """The object on the disk, under a partial name; its manifest is written last."""
    begun = private_folder(partial_of(objects / "object"))
    try:
        items = [_written(begun / _FILES, name, content) for name, content in sorted(files.items())]
        manifest = "".join(f"{item.sha256} {item.size_bytes} {item.name}\n" for item in items).encode()
        write_private(begun / _MANIFEST, manifest)
        digest = hashlib.sha256(manifest).hexdigest()
        staged = partial_of(objects / digest)
        begun.rename(staged)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        _remove_if_empty(objects)
        raise
    return staged, Stored(sha256=digest, files=len(items), size_bytes=sum(item.size_bytes for item in items))


def _written(folder: Path, name: str, content: bytes | Path) -> _Item:
    """One file, written for its owner alone and to the disk; its hash is of what was written."""
    target = folder / name
    private_folder(target.parent)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        target.chmod(0o600)
        for piece in _pieces(content):
            digest.update(piece)
            size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return _Item(digest.hexdigest(), size, name)


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    file: BinaryIO
    with content.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _place_of(objects: Path, digest: str) -> Path | None:
    """Where an object lies; one whose run ended before it had its name is taken as it lies."""
    for _ in range(2):  # it may get its own name meanwhile
        if (objects / digest).is_dir():
            return objects / digest
        with suppress(FileNotFoundError):
            for path in sorted(objects.iterdir()):
                if name_of_partial(path) == digest and path.is_dir():
                    return path
    return None


def _faults_in(place: Path, digest: str) -> list[str]:
    """What was altered in an object, each as the end of a sentence."""
    try:
        content = (place / _MANIFEST).read_bytes()
    except OSError:
        return [f"has no {_MANIFEST}"]
    if hashlib.sha256(content).hexdigest() != digest:
        return [f"has another {_MANIFEST} than it was kept with"]
    lines = [_LINE.fullmatch(line) for line in content.decode().split("\n")]
    wanted = {line[3]: line[1] for line in lines if line is not None}
    there = {
        path.relative_to(place / _FILES).as_posix(): path
        for path in (place / _FILES).rglob("*")
        if not path.is_dir() and not OF_THE_SYSTEM.fullmatch(path.name)
    }
    found = [f"lacks the file {name}" for name in sorted(set(wanted) - set(there))]
    found += [f"holds a file {name} that was not kept" for name in sorted(set(there) - set(wanted))]
    altered = [name for name in sorted(set(wanted) & set(there)) if sha256_of(there[name]) != wanted[name]]
    return found + [f"holds {name}, which was altered" for name in altered]


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
