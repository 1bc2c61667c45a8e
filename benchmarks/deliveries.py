"""Fifty deliveries of one file of 5,000 rows: CPU of each import, the check of the whole record included.

Usage: python -m benchmarks.deliveries [corrected|reexported|equal|new]

corrected: each has one corrected row, and is kept; reexported: other bytes, equal rows (nothing is written);
equal: the same bytes; new: each has 5,000 other rows, so that the record grows to 250,000.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.large_study import write_study

ROWS, DELIVERIES = 5_000, 50
_PLAN = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "clr131" / "protocol.toml"
_WHOLE = 'file = "lb.csv"\nkind = "laboratory"\ndelivery = "full"'
Rows = list[list[str]]


def _corrected(rows: Rows, number: int) -> Rows:
    changed = [list(row) for row in rows]
    changed[number * 97 % len(rows)][4] = f"{1 + number / 100}"
    return changed


def _reexported(rows: Rows, number: int) -> Rows:
    return random.Random(number).sample(rows, len(rows))


def _new(rows: Rows, number: int) -> Rows:
    return [[*row[:3], f"T{number}{row[3]}", *row[4:]] for row in rows]


KINDS: dict[str, Callable[[Rows, int], Rows]] = {
    "corrected": _corrected,
    "reexported": _reexported,
    "equal": lambda rows, _: rows,
    "new": _new,
}


def seconds(kind: str, deliveries: int = DELIVERIES) -> list[float]:
    """CPU seconds (user and system) of each import, in its order."""
    spent = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = write_study(folder / "files", 84)
        laboratory = folder / "files" / "lb.csv"
        header, *lines = laboratory.read_text(encoding="utf-8").splitlines()
        rows = [line.split(",") for line in lines[:ROWS]]
        _ran("study", "init", folder / "s", "--protocol", _PLAN, "--mapping", "clr131")
        if kind == "new":
            sources = folder / "s" / "sources.toml"
            sources.write_text(sources.read_text().replace(_WHOLE, _WHOLE.replace("full", "partial")))
        _ran("study", "import", folder / "s", *(path for path in files if path != laboratory), "--reason", "parts")
        for number in range(deliveries):
            changed = KINDS[kind](rows, number)
            rows = changed if kind == "corrected" else rows
            laboratory.write_text("\n".join([header, *map(",".join, changed)]) + "\n", encoding="utf-8")
            spent.append(_ran("study", "import", folder / "s", laboratory, "--reason", "again"))
    return spent


def _ran(*arguments: str | Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "hevesy", *map(str, arguments)], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    for name in sys.argv[1:] or KINDS:
        took = seconds(name)
        print(f"{name}: first {took[0]:.2f} s, last {took[-1]:.2f} s of CPU, ratio {took[-1] / took[0]:.2f}")
