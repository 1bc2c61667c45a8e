"""A worker: answers one question after another, and tells how far it is.

It reads questions from its standard input and writes frames to its standard output; it ends with the desk.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from hevesy.answers.progress import told_to
from hevesy.answers.warm import warm
from hevesy.console.exchange import Asked, Frame, Panel, Told, framed, next_frame
from hevesy.console.panel import panel_of

MOST_MEMORY_MB = 900
"""Above which a worker ends after an answer: the next begins with little."""
TOLD_EVERY_S = 0.1


class _Desk:
    """The end of the pipe to the desk."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._last = stream, 0.0

    def send(self, frame: Frame | None) -> None:
        self._stream.write(framed(frame))
        self._stream.flush()

    def progress(self, words: str, done: int | None = None, of: int | None = None) -> None:
        """What an answer tells, at most ten times a second."""
        now = time.monotonic()
        if now - self._last >= TOLD_EVERY_S or done is None:
            self._last = now
            self.send(Told(words=words, done=done, of=of))


def work() -> None:
    """Answer until the desk ends."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts the desk, which ends its workers
    desk = _Desk(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # what a library prints is no frame
    asked: queue.SimpleQueue[Asked] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, asked), daemon=True).start()
    warm()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    while _memory_mb() < MOST_MEMORY_MB:
        desk.send(None)
        question = asked.get()
        with told_to(desk.progress):
            answered = _answered(question)
        desk.send(answered)
        del answered
        gc.collect()


def _answered(question: Asked) -> Panel:
    os.chdir(question.folder)  # what is made under a bare name is made there
    try:
        return panel_of(question)
    except MemoryError:
        return Panel(kind="defect", sentence="there is not enough memory for this answer")
    except Exception as defect:
        return Panel(kind="defect", sentence=f"a defect of Hevesy: {type(defect).__name__}; nothing was shown")


def _listen(stream: BinaryIO, asked: queue.SimpleQueue[Asked]) -> None:
    """Take questions as they come; when the desk is gone nobody waits for an answer."""
    try:
        while True:
            frame = next_frame(stream)
            if isinstance(frame, Asked):
                asked.put(frame)
    except (EOFError, OSError):
        if os.name == "posix" and os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # with the processes that an answer started
        os._exit(0)


def _memory_mb() -> float:
    """What the process holds now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as told:
            return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError):
        return 0.0


if __name__ == "__main__":
    work()
