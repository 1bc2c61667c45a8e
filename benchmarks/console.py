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


def main() -> None:
    """Print a line per measurement."""
    with tempfile.TemporaryDirectory() as name:
        study = Path(name) / "study"
        subprocess.run([sys.executable, "-m", "hevesy", "demo", str(study)], check=True, stdout=subprocess.DEVNULL)
        console = serve(study)
        try:
            measured(console)
        finally:
            console.stop()


def measured(console: Served) -> None:
    """Every measurement of one console."""
    console.answered(console.get("/study-verify"))
    console.answered(console.get("/plan-next", NEXT))
    print(
        f"desk when ready            {cpu_s(console.process.pid):6.2f} s CPU  {memory_MB(console.process.pid):5.0f} MB"
    )
    workers = [memory_MB(one) for one in console.workers()]
    print(f"worker, before compiled loops                {max(workers):5.0f} MB")
    hevesy.ask("plan next", **NEXT)
    inside, through = in_turn(console)
    print(
        f"plan next, warm            {inside * 1e3:6.2f} ms inside, {through * 1e3:6.2f} ms: {through / inside:4.1f} times"
    )
    study = hevesy.open(Path(console.study))
    inside = median_s(lambda: study.next_dose())
    through = median_s(lambda: console.get("/plan-next", {"folder": "yes"}))
    print(
        f"plan next, of the study    {inside * 1e3:6.2f} ms inside, {through * 1e3:6.2f} ms: {through / inside:4.1f} times"
    )
    job = console.get("/plan-oc", LONG).job
    while "trials" not in console.get(f"/answers/{job}").panel:
        time.sleep(0.1)
    inside, through = in_turn(console)
    print(
        f"  while a long job runs    {inside * 1e3:6.2f} ms inside, {through * 1e3:6.2f} ms: {through / inside:4.1f} times"
    )
    inside, through = of_the_study(console)
    print(
        f"  of the study             {inside * 1e3:6.2f} ms inside, {through * 1e3:6.2f} ms: {through / inside:4.1f} times"
    )
    before = set(console.workers())
    begun = time.perf_counter()
    console.post(f"/answers/{job}/cancel")
    while before <= set(console.workers()):
        time.sleep(0.005)
    print(f"stop, until the process is gone              {time.perf_counter() - begun:5.2f} s")
    shared = sum(len(static(name)) for name in STATIC)
    pages = {command: len(console.get(address(command), {"fill": ""}).body) for command in commands()}
    largest = max(pages, key=pages.__getitem__)
    print(f"style and scripts          {shared / 1e3:6.1f} kB; largest form, {largest}, {pages[largest] / 1e3:.1f} kB")
    print(f"largest form with them     {(shared + pages[largest]) / 1e3:6.1f} kB in 4 requests")


if __name__ == "__main__":
    main()
