"""The bench: two workers in processes of their own, and the questions that wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from hevesy.console.exchange import LENGTH, Asked, Frame, Panel, Told, framed, unframed
from hevesy.errors import CannotAnswerError

WORKERS = 2
MOST_WAITING = 1_000
"""Questions that wait for a worker; one more is refused."""
TRIES_AGAIN_S = 1.0
"""Between two workers of which the first did not come to its first question."""
ASKS_AGAIN_S = 10.0
"""How long an answer waits for the page that asked for it; who comes later is answered anew."""
KEPT, KEPT_FOR_S = 300, 90.0
"""Answers that are kept for who asks for them, their tables and their files, and how long at least."""
TO_MADE = "made"
"""The folder in an answer's folder for what it makes."""

State = Literal["waiting", "running", "done"]


@dataclass(eq=False, slots=True, kw_only=True)
class Job:
    """A question on its way: where it stands, what is told of it, and its panel once it has one.

    `head` is that of the record when it was asked, `answered_at` the time of its panel; `since` when it began to wait,
    to run or to be answered, on the clock of the process.
    """

    id: str
    command: str
    given: Mapping[str, object]
    place: Path
    within: str
    head: str | None
    state: State = "waiting"
    told: Told | None = None
    panel: Panel | None = None
    since: float = field(default_factory=time.monotonic)
    answered_at: datetime | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def within_s(self, seconds: float) -> Panel | None:
        """Its panel, if it has one by then."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)
        return self.panel

    def is_old(self) -> bool:
        """Whether it was answered too long ago for a page that still waits for it."""
        return self.state == "done" and time.monotonic() - self.since > ASKS_AGAIN_S

    def end(self, panel: Panel) -> None:
        """Give it its panel."""
        self.state, self.panel = "done", panel
        self.since, self.answered_at = time.monotonic(), datetime.now().astimezone()
        self.ended.set()


class Bench:
    """Where questions are answered. What they make lies in a folder that only this user can enter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._waiting: deque[Job] = deque()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._some = asyncio.Condition()
        self._running: dict[Job, asyncio.subprocess.Process] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the workers."""
        self._tasks += [asyncio.create_task(self._serve()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        """End the workers, whatever they do."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def ask(
        self,
        command: str,
        given: Mapping[str, object],
        *,
        within: str = "",
        head: str | None = None,
        first: bool = False,
    ) -> Job:
        """Put a question on the bench; `first`: before the others that wait."""
        if len(self._waiting) >= MOST_WAITING:
            raise CannotAnswerError(f"{MOST_WAITING:,} questions wait already: ask again when some are answered")
        place = self.folder / secrets.token_hex(8)
        (place / TO_MADE).mkdir(parents=True, mode=0o700)
        job = Job(id=place.name, command=command, given=given, place=place, within=within, head=head)
        self._jobs[job.id] = job
        self._waiting.appendleft(job) if first else self._waiting.append(job)
        self._forget()
        asyncio.get_running_loop().create_task(self._notify())
        return job

    def job(self, id: str) -> Job | None:
        """A question by its id, while it is kept."""
        return self._jobs.get(id)

    def before(self, job: Job) -> int:
        """How many questions wait before this one."""
        return self._waiting.index(job) if job in self._waiting else 0

    def cancel(self, job: Job) -> None:
        """Stop a question, wherever it is: the process that answers it ends."""
        if job.state == "done":
            return
        if job in self._waiting:
            self._waiting.remove(job)
        process = self._running.get(job)
        job.end(Panel(kind="cannot", sentence="stopped: nothing was shown and nothing was written by halves"))
        if process is not None:
            _end(process)

    async def _notify(self) -> None:
        async with self._some:
            self._some.notify_all()

    async def _serve(self) -> None:
        """One worker after another, each for as long as it lives."""
        while True:
            try:
                process = await self._started()
            except OSError:  # no memory or no files for one more process: perhaps later
                await asyncio.sleep(TRIES_AGAIN_S)
                continue
            watch, was_ready = asyncio.create_task(self._watch(process)), False
            try:
                while True:
                    if await _frame(process) is not None:  # it says when it is ready for the next
                        raise EOFError
                    was_ready = True
                    await self._answered(await self._next(process), process)
            except EOFError:
                pass
            finally:
                _end(process)
                await process.wait()
                await watch
            if not was_ready:
                await asyncio.sleep(TRIES_AGAIN_S)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        await self._notify()

    async def _next(self, process: asyncio.subprocess.Process) -> Job:
        """The question that has waited longest; EOFError where the worker ended meanwhile."""
        async with self._some:
            await self._some.wait_for(lambda: self._waiting or process.returncode is not None)
            if process.returncode is not None:
                raise EOFError
            return self._waiting.popleft()

    async def _answered(self, job: Job, process: asyncio.subprocess.Process) -> None:
        """Have a worker answer; whatever becomes of it, the question has an end."""
        assert process.stdin is not None
        job.state, job.since = "running", time.monotonic()
        self._running[job] = process
        try:
            asked = Asked(command=job.command, given=job.given, folder=job.place / TO_MADE, within=job.within)
            process.stdin.write(framed(asked))
            await process.stdin.drain()
            while isinstance(frame := await _frame(process), Told):
                job.told = frame
            if isinstance(frame, Panel) and job.panel is None:  # one that was stopped has its panel
                job.end(frame)
        except (EOFError, ConnectionError):
            if job.panel is None:
                told = "the process that answered ended before its answer; nothing is written by halves: ask again"
                job.end(Panel(kind="defect", sentence=told))
            raise EOFError from None
        finally:
            del self._running[job]

    async def _started(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "hevesy.console.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(_absolute(os.environ.get("PYTHONPATH", "")))},
        )

    def _forget(self) -> None:
        """Let go of the oldest answers that nobody can still wait for."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if len(self._jobs) <= KEPT:
                return
            if job.state == "done" and now - job.since > KEPT_FOR_S:
                del self._jobs[job.id]
                shutil.rmtree(job.place, ignore_errors=True)


def _end(process: asyncio.subprocess.Process) -> None:
    """End a worker, and the processes that its answer started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)  # its group is there as long as one of them is
        else:
            process.kill()


async def _frame(process: asyncio.subprocess.Process) -> Frame | None:
    """The next frame that a worker sends; EOFError where it has ended."""
    assert process.stdout is not None
    try:
        length = int.from_bytes(await process.stdout.readexactly(LENGTH), "big")
        return unframed(await process.stdout.readexactly(length))
    except asyncio.IncompleteReadError:
        raise EOFError from None


def _absolute(path: str) -> list[str]:
    return [os.path.abspath(part) for part in path.split(os.pathsep) if part]
