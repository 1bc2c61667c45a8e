"""A folder that came as one file: a series of images is hundreds of them."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path

from hevesy.errors import CannotAnswerError

MOST_FILES, MOST_BYTES = 5_000, 2**30
"""In an archive, and bytes of them all as they are when unpacked, whatever it tells."""


def unpack(archive: Path, into: Path, name: str) -> None:
    """Put the files of a .zip archive into a new folder, numbered in their order: names there may be a patient's.

    Refused: what is no such archive, is locked or broken, holds nothing, or more than is unpacked.
    """
    into.mkdir(mode=0o700)
    try:
        _all(archive, into, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        shutil.rmtree(into)
        if isinstance(error, CannotAnswerError):
            raise
        raise CannotAnswerError(f"{name}: cannot be unpacked ({type(error).__name__})") from None


def _is_hidden(name: str) -> bool:
    """What systems put beside the files of a folder, and nobody sees there."""
    parts = name.split("/")
    return any((part.startswith(".") and part not in (".", "..")) or part == "__MACOSX" for part in parts)


def _all(archive: Path, into: Path, name: str) -> None:
    with zipfile.ZipFile(archive) as opened:
        inside = [one for one in opened.infolist() if not one.is_dir() and not _is_hidden(one.filename)]
        if not inside:
            raise CannotAnswerError(f"{name}: holds no file")
        if len(inside) > MOST_FILES:
            raise CannotAnswerError(f"{name}: holds {len(inside):,} files; at most {MOST_FILES:,} are unpacked")
        left = MOST_BYTES
        for number, one in enumerate(inside, start=1):
            with opened.open(one) as packed, (into / f"{number:04d}").open("xb") as file:
                while piece := packed.read(2**20):
                    left -= len(piece)
                    if left < 0:
                        raise CannotAnswerError(
                            f"{name}: holds more than the {MOST_BYTES // 2**20:,} MB that are unpacked"
                        )
                    file.write(piece)
