"""A copy of a study's folder in one file: the record as it stands, its plan and the kept deliveries."""

from __future__ import annotations

import os
import sqlite3
import tarfile
from io import BytesIO
from pathlib import Path

from hevesy.record.folder import DATABASE, KEPT, PROTOCOL, SOURCES_TOML, clear_partials_of, partial_of
from hevesy.record.kept import listed
from hevesy.record.ledger import open_record


def write_archive(folder: Path, file: Path) -> None:
    """Write a tar archive of a study (compressed where its name ends in .gz), for its owner alone.

    It appears under its name only when it is whole. For who holds the study's lock.
    """
    clear_partials_of(file)
    partial = partial_of(file)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        partial.chmod(0o600)
        with (
            os.fdopen(descriptor, "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz" if file.name.endswith("gz") else "w") as archive,
        ):
            name, kept = folder.resolve().name, listed(folder / KEPT)
            for place in dict.fromkeys((folder, folder / KEPT, *(path.parent for path in kept))):
                if place.is_dir():
                    archive.addfile(_folder(f"{name}/{place.relative_to(folder).as_posix()}".removesuffix("/.")))
            database = _database(folder / DATABASE)
            member = _private(tarfile.TarInfo(f"{name}/{DATABASE}"))
            member.size = len(database)
            archive.addfile(member, BytesIO(database))
            for path in (folder / PROTOCOL, folder / SOURCES_TOML, *kept):
                if path.is_file():
                    archive.add(path, f"{name}/{path.relative_to(folder).as_posix()}", filter=_private)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)


def _database(path: Path) -> bytes:
    """The database as one file that needs no other beside it; made in memory, so that a killed run leaves no copy."""
    source, copy = open_record(path), sqlite3.connect(":memory:")
    try:
        source.backup(copy)
        return copy.serialize()
    finally:
        source.close()
        copy.close()


def _folder(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, 0o700
    return member


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
    return member
