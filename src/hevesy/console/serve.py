"""Serving a study: on this machine only, until it is interrupted."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from hevesy.console.application import application
from hevesy.console.bench import Bench
from hevesy.console.desk import Desk
from hevesy.console.guard import Keys
from hevesy.console.shelf import Shelf
from hevesy.console.state import State
from hevesy.errors import CannotAnswerError
from hevesy.record import Record

try:
    import fcntl
except ImportError:  # Windows: what a killed console left stays until somebody removes it
    fcntl = None  # type: ignore[assignment]

PREFIX = "hevesy-console-"
LONGEST_HEAD = 16 * 2**20
"""Bytes before the body of a request; what is shorter is refused in a sentence of its own."""


def serve(
    folder: Path,
    *,
    port: int | None,
    read_only: bool,
    tell: Callable[[str], None],
    open_it: Callable[[str], object] | None,
) -> None:
    """Serve a study to a browser of this machine; `tell` is given the address, `open_it` one that opens once.

    Refused where there is no study, and where the port is in use.
    """
    import uvicorn

    study = folder.absolute()
    Record(study).refuse_unless_there()
    bound = _bound(port)
    clear_left(Path(tempfile.gettempdir()))
    place, held = _own_folder()
    try:
        for name in ("shelf", "answers"):
            (place / name).mkdir(mode=0o700)
        keys = Keys(port=bound.getsockname()[1])
        desk = Desk(
            study=study,
            read_only=read_only,
            keys=keys,
            bench=Bench(place / "answers"),
            shelf=Shelf(place / "shelf"),
            state=State(study=study),
        )
        config = uvicorn.Config(
            application(desk),
            http="h11",
            ws="none",
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=LONGEST_HEAD,
            timeout_graceful_shutdown=1,
        )
        tell(keys.address)
        if open_it is not None:
            # Beside: a browser in the terminal lasts as long as it is used, and waits for this to serve.
            threading.Thread(target=open_it, args=(keys.address_once,), daemon=True).start()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # ended from outside, the folder is cleared too
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[bound])
    finally:
        bound.close()
        shutil.rmtree(place, ignore_errors=True)
        if held is not None:
            os.close(held)


def clear_left(folder: Path) -> None:
    """Remove what consoles of this user that were killed left in a folder; a console holds its own while it runs."""
    if fcntl is None:
        return
    for place in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            told = place.lstat()
            if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.getuid():
                continue
            held = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(held)


def _own_folder() -> tuple[Path, int | None]:
    """A folder for its owner alone, held as long as this process runs."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        if fcntl is None:
            return place, None
        with contextlib.suppress(FileNotFoundError):  # another console, just starting, took it for a left one
            held = os.open(place, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_EX)
            if place.exists():
                return place, held
            os.close(held)


def _bound(port: int | None) -> socket.socket:
    """A socket on this machine's own address."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(("127.0.0.1", port or 0))
        found.listen(128)
    except OSError as error:
        found.close()
        raise CannotAnswerError(f"port {port} cannot be used: {error.strerror}") from error
    return found
