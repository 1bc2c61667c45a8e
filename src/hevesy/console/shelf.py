"""Files that a form may name: those on the shelf, each under its hash, and those of the study."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.console.unpacked import unpack
from hevesy.errors import CONTROL, CannotAnswerError, RuleError
from hevesy.record import Record

MOST_BYTES, MOST_FILES = 64 * 2**20, 20
"""Of a file, and files in one delivery."""
MOST_OF_AN_IMAGE = 512 * 2**20
"""Bytes of a file whose name says that it holds images."""
OF_IMAGES, ARCHIVE = (".nii", ".nii.gz", ".dcm", ".zip"), ".zip"
"""How names of such files end; what is packed is unpacked, and stands as one folder."""
MOST_ON_SHELF = 200
LONGEST_NAME = 150
"""Bytes of a file's name, which letters beyond ASCII have several of."""


class NotOfferedError(RuleError):
    """A form names what is not offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOffered:
    """A file that a form may name by `value`; `told` is what a reader sees, `place` where it lies.

    What came packed is a folder, which only fields that take one offer.
    """

    value: str
    told: str
    place: Path

    @property
    def is_folder(self) -> bool:
        """Whether it is one."""
        return self.place.is_dir()

    @property
    def size(self) -> int:
        """Bytes of it all."""
        if not self.is_folder:
            return self.place.stat().st_size
        return sum(one.stat().st_size for one in self.place.iterdir())


@dataclass(frozen=True, slots=True)
class Offered:
    """The files that a form may name."""

    files: tuple[FileOffered, ...]

    def named(self, value: str) -> FileOffered:
        """The file of a value; a value is never a path."""
        for file in self.files:
            if file.value == value:
                return file
        raise NotOfferedError(f"there is no file {value[:80]!r} here: drop it first, or choose one of the study")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of files that were dropped, each alone in a folder named after its SHA-256."""

    folder: Path

    def put(self, name: str, content: Iterable[bytes]) -> FileOffered:
        """Keep a file; the same content under the same name is there once. Refused above 64 MB, images above 512 MB.

        A .zip archive is kept as the folder that it holds.
        """
        if not name or name in (".", "..") or CONTROL.search(name) or set(name) & set("/\\"):
            raise CannotAnswerError(f"a file is dropped under its own name, got {name[:80]!a}")
        if len(name.encode(errors="replace")) > LONGEST_NAME:
            raise CannotAnswerError(f"the name of a file may have {LONGEST_NAME} bytes, got {name[:80]!a}")
        if len(self.files()) >= MOST_ON_SHELF:
            raise CannotAnswerError(f"{MOST_ON_SHELF} files lie here already: remove some before others are dropped")
        partial = self.folder / f".partial-{os.urandom(6).hex()}"
        digest, size, most = hashlib.sha256(), 0, _most(name)
        try:
            with partial.open("xb") as file:
                for piece in content:
                    size += len(piece)
                    if size > most:
                        raise CannotAnswerError(f"{name}: a file may have {most // 2**20} MB; this one has more")
                    digest.update(piece)
                    file.write(piece)
            kept = self.folder / digest.hexdigest()
            kept.mkdir(mode=0o700, exist_ok=True)
            if not name.casefold().endswith(ARCHIVE):
                partial.replace(kept / name)
            elif not (kept / name).is_dir():
                self._unpacked(partial, kept / name)
        finally:
            partial.unlink(missing_ok=True)
        return _on_shelf(kept / name)

    def _unpacked(self, archive: Path, place: Path) -> None:
        """Whole or not at all: nobody chooses a folder that is not full yet."""
        filling = place.parent.with_name(f".filling-{os.urandom(6).hex()}")
        try:
            unpack(archive, filling, place.name)
            try:
                filling.replace(place)
            except OSError:  # somebody dropped the same at the same time
                shutil.rmtree(filling)
                if not place.is_dir():
                    raise
        finally:
            if not any(place.parent.iterdir()):
                place.parent.rmdir()

    def remove(self, value: str) -> None:
        """Take a file off the shelf."""
        place = Offered(self.files()).named(value).place
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        if not any(place.parent.iterdir()):
            place.parent.rmdir()

    def files(self) -> tuple[FileOffered, ...]:
        """What lies on the shelf, by name."""
        kept = [one for one in self.folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
        found = (_on_shelf(file) for one in kept for file in one.iterdir())
        return told_apart(sorted(found, key=lambda file: (file.told, file.value)))


def told_apart(files: Sequence[FileOffered]) -> tuple[FileOffered, ...]:
    """The files; those of one name with how their SHA-256 begins, the name of the folder each lies in."""
    named = Counter(file.told for file in files)
    return tuple(
        replace(file, told=f"{file.told} ({file.place.parent.name[:8]})") if named[file.told] > 1 else file
        for file in files
    )


def _most(name: str) -> int:
    return MOST_OF_AN_IMAGE if name.casefold().endswith(OF_IMAGES) else MOST_BYTES


def _on_shelf(place: Path) -> FileOffered:
    digest = place.parent.name
    return FileOffered(value=f"{digest[:16]}/{place.name}", told=place.name, place=place)


def of_study(study: Path) -> tuple[FileOffered, ...]:
    """Files of a study: its plan and mapping, and the deliveries it keeps."""
    found = []
    for path in Record(study).files():
        at = path.relative_to(study).as_posix()
        found.append(FileOffered(value=f"study/{at}", told=f"{path.name}, of the study", place=path))
    return tuple(found)
