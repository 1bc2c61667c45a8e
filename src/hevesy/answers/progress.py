"""Progress of long work: an answer tells it, the shell that asked listens; without one nobody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int | None, int | None], None]
"""Takes words, how much is done and of how much, where that is known."""

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(words: str, done: int | None = None, of: int | None = None) -> None:
    """Say what is being done, and how much of it is done."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(words, done, of)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """What is told within reaches this listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)
