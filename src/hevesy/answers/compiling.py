"""What is compiled on first use: a person who waits for it is told why."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hevesy.answers.progress import tell

TRIALS = "the simulation is compiled on first use: about 5 seconds, once"


@contextmanager
def told_if_compiled(*kernels: str, words: str = TRIALS) -> Iterator[None]:
    """Say once that what runs within is being compiled, if it is.

    `kernels`: of which the first use may be, as in `trials._walk`.

    It is said as soon as it is certain: before Numba is imported where no file of its cache is of one of them,
    otherwise when Numba begins to compile, as it does after the source has changed.
    """
    told = _none_in_cache(kernels)
    if told:
        tell(words)
    from numba.core import event

    class Compilations(event.Listener):  # type: ignore[misc]  # Numba has no types
        def on_start(self, event: Any) -> None:
            nonlocal told
            if not told:
                told = True
                tell(words)

        def on_end(self, event: Any) -> None:
            pass

    with event.install_listener("numba:compile", Compilations()):
        yield


def _none_in_cache(kernels: tuple[str, ...]) -> bool:
    """Whether Numba's cache on disk certainly has none of the kernels, by the names of its files.

    The cache is where NUMBA_CACHE_DIR says or beside the source; where that cannot be written it is elsewhere, and
    nothing is certain.
    """
    beside = Path(__file__).parents[1] / "kernels" / "__pycache__"
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if not chosen and not os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return False
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    names = [f"{kernel}-*.{version}*.nbi" for kernel in kernels]
    return not any(
        found for name in names for found in (Path(chosen).glob(f"*/{name}") if chosen else beside.glob(name))
    )
