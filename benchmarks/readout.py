"""How long the main job takes and how much memory: import and readout of the demonstration and of a generated study.

Usage: python -m benchmarks.readout [SUBJECTS]

Each step is a process of its own (so that its start and its peak memory count), run after one warm-up; the median of
three runs is printed.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.large_study import write_study

HEVESY = [sys.executable, "-c", "from hevesy.cli import main; main()"]


def timed(command: list[str], prepare: object = None, runs: int = 3) -> float:
    """Median wall seconds of a command."""
    seconds = []
    for _ in range(runs + 1):
        if callable(prepare):
            prepare()
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])


def peak_MB() -> float:
    """Largest peak memory of any finished child process so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main(subjects: int) -> None:
    """Print a line per measurement."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"hevesy --help                            {timed([*HEVESY, '--help']):7.2f} s")
        demo = folder / "demo"
        subprocess.run([*HEVESY, "demo", str(demo)], check=True, stdout=subprocess.DEVNULL)

        def without_readouts(of: Path) -> None:
            shutil.rmtree(of / "readouts", ignore_errors=True)

        print(
            f"readout, demonstration                   {timed([*HEVESY, 'readout', str(demo)], lambda: without_readouts(demo)):7.2f} s"
        )
        print(f"peak memory so far                       {peak_MB():7.0f} MB")
        files = write_study(folder / "files", subjects)
        large = folder / "large"

        def begin() -> None:
            shutil.rmtree(large, ignore_errors=True)
            subprocess.run(
                [
                    *HEVESY,
                    "study",
                    "init",
                    str(large),
                    "--protocol",
                    str(demo / "protocol.toml"),
                    "--mapping",
                    "clr131",
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )

        take_in = [*HEVESY, "study", "import", str(large), *map(str, files)]
        print(f"import, {subjects} subjects x 60 lab rows       {timed(take_in, begin, runs=1):7.2f} s")
        print(f"peak memory so far                       {peak_MB():7.0f} MB")
        print(
            f"readout, {subjects} subjects x 60 lab rows      {timed([*HEVESY, 'readout', str(large)], lambda: without_readouts(large)):7.2f} s"
        )
        print(f"peak memory so far                       {peak_MB():7.0f} MB")
        page = next((large / "readouts").glob("*/index.html"))
        print(f"page of the large study                  {page.stat().st_size / 1e6:7.2f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
