"""A copy of a study's folder in one file: the record as it stands, its plan, kept deliveries and objects."""

from __future__ import annotations

import os
import sqlite3
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from hevesy.record.folder import DATABASE, KEPT, PROTOCOL, SOURCES_TOML, clear_partials_of, partial_of
from hevesy.record.kept import listed
from hevesy.record.ledger import open_record
from hevesy.record.objects import objects_there


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
            name, kept = folder.resolve().name, (*listed(folder / KEPT), *_object_files(folder))
            for place in _folders(folder, kept):
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


def _object_files(folder: Path) -> tuple[Path, ...]:
    return tuple(path for place in objects_there(folder) for path in sorted(place.rglob("*")) if path.is_file())


def _folders(folder: Path, kept: Iterable[Path]) -> list[Path]:
    """Every folder that a file lies in, each after the one that holds it."""
    found = {folder: None, folder / KEPT: None}
    for path in kept:
        found |= dict.fromkeys(reversed([above for above in path.parents if folder in above.parents]))
    return list(found)


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
