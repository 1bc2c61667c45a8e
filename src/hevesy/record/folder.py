"""A study's folder on disk.

Its names, that only its owner can read it, that one at a time writes, and what killed runs left behind.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hevesy.errors import CannotAnswerError, RuleError

try:
    import fcntl
except ImportError:  # Windows: writers are told apart by the head of the ledger alone
    fcntl = None  # type: ignore[assignment]


DATABASE, PROTOCOL, SOURCES_TOML, KEPT, READOUTS = (
    "study.sqlite",
    "protocol.toml",
    "sources.toml",
    "sources",
    "readouts",
)
WAIT_FOR_WRITER_S = 10.0
_PARTIAL = re.compile(
    r"\.partial-[0-9a-f]{8}\.(?P<name>.+?)(-wal|-shm|-journal)?|\.(?P<older>.+)\.\d+(-wal|-shm|-journal)?"
)
"""Names of what is not written to its end, now and formerly. No delivered file may be called so."""


def partial_of(path: Path) -> Path:
    """A name beside a path for what is to become it."""
    return path.with_name(f".partial-{secrets.token_hex(4)}.{path.name}")


def name_of_partial(path: Path) -> str | None:
    """What a partial file was to be called; None: the file is no partial one."""
    found = _PARTIAL.fullmatch(path.name)
    return (found["name"] or found["older"]) if found else None


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, that nobody but its owner can enter, whatever the umask."""
    for folder in reversed([one for one in (path, *path.parents) if not one.exists()]):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
    return path


def write_partial(path: Path, content: bytes) -> Path:
    """Write what is to become `path` beside it, to the disk, for its owner alone; gives the partial file."""
    partial = partial_of(path)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            partial.chmod(0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial


def write_private(path: Path, content: bytes) -> None:
    """Write a file for its owner alone; it appears under its name only when it is whole and on the disk."""
    partial = write_partial(path, content)
    try:
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def writing(folder: Path, wait_s: float = WAIT_FOR_WRITER_S) -> Iterator[None]:
    """Only one at a time writes to a study: the others wait, and are told if it takes long.

    Ends with the process, however that ends.
    """
    descriptor = _locked(folder, wait_s)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(folder: Path, wait_s: float) -> int | None:
    if fcntl is None:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    give_up = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up:
                os.close(descriptor)
                raise CannotAnswerError(
                    f"{folder} is being written by another run; nothing was written here, "
                    "run it again when that has ended"
                ) from None
            time.sleep(0.05)
        except OSError:  # a file system without locks: the head of the ledger still tells two writers apart
            return descriptor
        else:
            return descriptor


def clear_leftovers(folder: Path) -> None:
    """Remove what killed runs left of a study's database, plan and readouts.

    Kept deliveries are settled with the ledger. For writers.
    """
    for name in (DATABASE, PROTOCOL, SOURCES_TOML):
        clear_partials_of(folder / name)
    clear_unfinished_folders(folder / READOUTS)


def clear_partials_of(path: Path) -> None:
    """Remove what killed runs left of a file. For who holds the lock under which it is written."""
    for partial in _partials(path.parent):
        if name_of_partial(partial) == path.name and partial.is_file():
            partial.unlink(missing_ok=True)


def clear_unfinished_folders(parent: Path) -> None:
    """Remove folders of results that killed runs left unfinished; those that somebody still writes are left alone.

    A writer holds its folder as long as it lives. Who removes one holds it until it is gone, so that a writer who has
    just made it sees that.
    """
    if fcntl is None:
        return
    for path in _partials(parent):
        if not path.is_dir() or path.is_symlink():
            continue
        with suppress(OSError), _held(path, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _held(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _partials(folder: Path) -> list[Path]:
    with suppress(OSError):
        return [path for path in sorted(folder.iterdir()) if name_of_partial(path) is not None]
    return []


def folder_for(wanted: Path, files: Mapping[str, bytes]) -> Path:
    """Where these files are to lie: in `wanted`, or in the next numbered folder beside it where other bytes are there.

    A folder that holds exactly these files is the one.
    """
    folder, number = wanted, 1
    while folder.exists() and not _same(folder, files):
        number += 1
        folder = wanted.with_name(f"{wanted.name}_{number}")
    return folder


def refuse_no_record(folder: Path) -> None:
    """Refuse a folder without a database."""
    if not (folder / DATABASE).is_file():
        raise CannotAnswerError(f"no study record at {folder / DATABASE}: create one with ⟦study init⟧")


def refuse_another_study(place: Path, own: Path | None) -> None:
    """Refuse a place inside a study that is not the one around `own`: that study would no longer verify."""
    around = {above.resolve() for above in own.absolute().parents} if own is not None else set()
    for above in place.absolute().resolve().parents:
        if (above / DATABASE).is_file() and above not in around:
            raise CannotAnswerError(
                f"{place} lies in another study, which would no longer verify with this readout in it"
            )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files below a folder; refused where it holds other bytes, left alone where it holds exactly these.

    Written beside first and renamed, so that no half folder is seen; only its owner can read it.
    """
    for path in files:
        if not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}", part) for part in path.split("/")):
            raise RuleError(f"{path!r} is not a file name a readout may have")
    if _same(folder, files):
        return folder
    private_folder(folder.parent)
    clear_unfinished_folders(folder.parent)
    partial, descriptor = _held_folder(folder)
    try:
        for name, content in files.items():
            target = partial / name
            private_folder(target.parent)
            with os.fdopen(
                os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb"
            ) as file:
                target.chmod(0o600)
                file.write(content)
        try:
            partial.rename(folder)
        except OSError:
            if not folder.exists():
                raise
            if not _same(folder, files):
                raise CannotAnswerError(
                    f"{folder} is there already and holds something else; nothing was written"
                ) from None
        return folder
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _held_folder(wanted: Path) -> tuple[Path, int | None]:
    """A partial folder that its writer holds, so that nobody takes it for one left behind."""
    while True:
        partial = private_folder(partial_of(wanted))
        if fcntl is None:
            return partial, None
        with suppress(FileNotFoundError):  # else somebody cleared it between its making and our hold on it
            descriptor = os.open(partial, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if partial.exists():
                return partial, descriptor
            os.close(descriptor)


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return set(there) == set(files) and all(there[path].read_bytes() == content for path, content in files.items())
