"""The console: what it takes to be ready, how long a warm question takes beside Python, how a stop ends, how large pages are.

Usage: python -m benchmarks.console

Ratios are of one run: a question through the console against the same question inside Python, in turn.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.console.serving import Served, serve

import hevesy
from hevesy.answers.question import commands
from hevesy.console.forms import address
from hevesy.console.pages import STATIC, static

NEXT = {"history": "1NNN 2NNT", "design": "boin", "target": "0.25", "levels": "4"}
LONG = {
    "design": "titecrm", "target": "0.25", "skeleton": "0.05,0.1,0.25,0.4", "p": "0.05,0.1,0.25,0.4", "window": "85d",
    "n": "60", "arrivals": "2/28d", "trials": "5000000",
}  # fmt: skip
TURNS = 30


def memory_MB(process: int) -> float:
    """What a process holds."""
    (held,) = re.findall(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{process}/status").read_text())
    return int(held) / 1024


def cpu_s(process: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def median_s(ask: object) -> float:
    """Median wall seconds of asking."""
    assert callable(ask)
    seconds = []
    for _ in range(TURNS):
        begun = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def in_turn(console: Served) -> tuple[float, float]:
    """Median wall seconds of the question inside Python and through the console, one after the other."""
    inside = median_s(lambda: hevesy.ask("plan next", **NEXT))
    through = median_s(lambda: console.get("/plan-next", NEXT))
    return inside, through


def of_the_study(console: Served) -> tuple[float, float]:
    """The same of the next dose of the study that is served."""
    inside = median_s(lambda: hevesy.ask("plan next", console.study))
    return inside, median_s(lambda: console.get("/plan-next", {"folder": "yes"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a console costs: seconds, megabytes, times of the question inside Python, kilobytes."""

    desk_cpu_s: float
    desk_MB: float
    worker_MB: float
    inside_ms: float
    warm: float
    warm_of_study: float
    beside: float
    beside_of_study: float
    stop_s: float
    shared_kB: float
    largest_form: str
    largest_form_kB: float

    def __str__(self) -> str:
        """A line a figure."""
        return "\n".join(
            (
                f"desk when ready                  {self.desk_cpu_s:6.2f} s CPU, {self.desk_MB:.0f} MB",
                f"worker, before compiled loops    {self.worker_MB:6.0f} MB",
                f"plan next of the study, warm     {self.warm_of_study:6.1f} times inside Python",
                f"  while a long job runs          {self.beside_of_study:6.1f} times",
                f"plan next from notation, warm    {self.warm:6.1f} times inside Python ({self.inside_ms:.2f} ms)",
                f"  while a long job runs          {self.beside:6.1f} times",
                f"stop, until the process is gone  {self.stop_s:6.2f} s",
                f"style and scripts                {self.shared_kB:6.1f} kB",
                f"largest form, {self.largest_form}, with them {self.shared_kB + self.largest_form_kB:6.1f} kB in 4 requests",
            )
        )


def measure() -> Measured:
    """Measure a console on the demonstration."""
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "study"
        subprocess.run([sys.executable, "-m", "hevesy", "demo", str(study)], check=True, stdout=subprocess.DEVNULL)
        console = serve(study)
        try:
            return _measured(console)
        finally:
            console.stop()


def _measured(console: Served) -> Measured:
    desk = cpu_s(console.process.pid), memory_MB(console.process.pid)  # entered, and a page shown
    console.answered(console.get("/study-verify"))
    console.answered(console.get("/plan-next", NEXT))
    worker = max(memory_MB(one) for one in console.workers())
    from_notation = in_turn(console)
    warm, warm_of_study = _ratio(from_notation), _ratio(of_the_study(console))
    job = console.get("/plan-oc", LONG).job
    while "trials" not in console.get(f"/answers/{job}").panel:
        time.sleep(0.1)
    beside, beside_of_study = _ratio(in_turn(console)), _ratio(of_the_study(console))
    before = set(console.workers())
    begun = time.perf_counter()
    console.post(f"/answers/{job}/cancel")
    while before <= set(console.workers()):
        time.sleep(0.005)
    stop_s = time.perf_counter() - begun
    pages = {command: len(console.get(address(command), {"fill": ""}).body) for command in commands()}
    largest = max(pages, key=pages.__getitem__)
    return Measured(
        desk_cpu_s=desk[0],
        desk_MB=desk[1],
        worker_MB=worker,
        inside_ms=from_notation[0] * 1e3,
        warm=warm,
        warm_of_study=warm_of_study,
        beside=beside,
        beside_of_study=beside_of_study,
        stop_s=stop_s,
        shared_kB=sum(len(static(name)) for name in STATIC) / 1e3,
        largest_form=largest,
        largest_form_kB=pages[largest] / 1e3,
    )


def _ratio(seconds: tuple[float, float]) -> float:
    inside, through = seconds
    return through / inside


if __name__ == "__main__":
    print(measure())
