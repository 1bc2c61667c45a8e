"""Run the bars at full size and write docs/validation/proved.md: bar, figure, date, commit, minutes.

Usage: python tools/prove.py [--only WORD]   (make prove)
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROVED = ROOT / "docs" / "validation" / "proved.md"
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))


@dataclass(frozen=True, slots=True)
class Bar:
    """What is to be shown, and what shows it: the figure as a sentence, and whether it is met."""

    words: str
    show: Callable[[], tuple[str, bool]]


def by_tests(*tests: str) -> Callable[[], tuple[str, bool]]:
    """Tests at full size."""

    def show() -> tuple[str, bool]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        ran = subprocess.run(command, cwd=ROOT, env=os.environ | {"HEVESY_PROVE": "1"}, capture_output=True, text=True, check=False)
        counted = re.search(r"\d+ (?:passed|failed)[^\n]* in [\d.]+s", ran.stdout)
        dots = sum(line.count(".") for line in ran.stdout.splitlines() if re.fullmatch(r"[.sFEx]+(\s+\[\s*\d+%\])?", line))
        return (counted[0] if counted else f"{dots} passed" if ran.returncode == 0 else "failed"), ran.returncode == 0

    return show


def mutants() -> tuple[str, bool]:
    """The score of 300 seeded mutants."""
    command = [sys.executable, "tools/mutants.py", "--count", "300", "--seed", datetime.now(UTC).strftime("%Y%m%d")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.search(r"\d+ of \d+ mutants noticed[^\n]*", ran.stdout)
    survivors = re.findall(r"^survived: ([^\n|]*)", ran.stdout, re.M)
    told = f"; not noticed: {'; '.join(survivors)}" if survivors else ""
    return (found[0] + told if found else "did not run"), ran.returncode == 0


def laboratory_rows() -> tuple[str, bool]:
    """CPU seconds of import and readout of the SDTM reference's 59,580 laboratory rows."""
    import resource
    import tarfile

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with tarfile.open(REFERENCE / "sdtm" / "pharmaversesdtm_xpt.tar.xz") as archive:
            for name in ("dm", "ex", "ae", "lb"):
                archive.extract(f"{name}.xpt", folder, filter="data")
        arms = "".join(f'[[arm]]\ncode = "{code}"\nname = "{code}"\n' for code in ("Pbo", "Xan_Lo", "Xan_Hi"))
        about = '[study]\nid = "P"\ntitle = "P"\nctcae_version = "5.0"\nunassigned_arms = ["Scrnfail"]\n'
        (folder / "protocol.toml").write_text(about + arms)
        program = [sys.executable, "-c", "from hevesy.cli import main; main()"]

        def seconds(*arguments: str) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([*program, *arguments], cwd=folder, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        seconds("study", "init", "s", "--protocol", "protocol.toml", "--mapping", "sdtm")
        taken = seconds("study", "import", "s", "dm.xpt", "ex.xpt", "ae.xpt", "lb.xpt")
        read = seconds("readout", "s")
    return f"import {taken:.1f} s, readout {read:.1f} s of CPU", taken <= 5 and read <= 5


BARS = (
    Bar(
        "DLT status against the reference by another hand, 6,000 subjects",
        by_tests("tests/follow/test_dlt_reference.py", "tests/references"),
    ),
    Bar("no silent change of a decision, 2,000 studies", by_tests("tests/conduct/test_no_silent_change.py")),
    Bar(
        "every item of docs/validation/silent.md",
        by_tests(
            "tests/conduct/test_believable.py",
            "tests/conduct/test_decision_edges.py",
            "tests/conduct/test_strata.py",
            "tests/files/test_odd_files.py",
            "tests/follow/test_blood_terms.py",
            "tests/follow/test_reading.py",
            "tests/study/test_instants.py",
            "tests/study/test_cut_edges.py",
            "tests/conduct/test_dose_kinds.py",
            "tests/conduct/test_next_dose_edges.py",
            "tests/conduct/test_published.py",
            "tests/follow/test_benchmark.py",
            "tests/follow/test_called_edges.py",
            "tests/follow/test_dlt_edges.py",
            "tests/follow/test_endpoint_edges.py",
            "tests/follow/test_imwg_edges.py",
            "tests/follow/test_imwg_laboratory.py",
            "tests/follow/test_lab_edges.py",
            "tests/plan/escalation/test_a_plus_b_reference.py",
            "tests/test_clover.py",
            "tests/treat/test_exposure.py",
            "tests/treat/test_prescription_edges.py",
            "tests/test_zero_is_not_unknown.py",
        ),
    ),
    Bar(
        "6,000 mutated files of five formats of tables and two of plans: no traceback, none longer than 10 s, less than 1 GB",
        by_tests("tests/files/test_mutated_files.py"),
    ),
    Bar("59,580 laboratory rows: import and readout at most 5 s of CPU each", laboratory_rows),
    Bar("mutation score at least 95 %, 300 seeded mutants", mutants),
)


def main() -> int:
    """Run every bar and write what was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    asked = options.parse_args()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    rows, every = [], True
    for bar in BARS:
        if asked.only not in bar.words:
            continue
        began = time.monotonic()
        print(f"{bar.words} ...", flush=True)
        figure, met = bar.show()
        minutes = (time.monotonic() - began) / 60
        every = every and met
        rows.append(
            f"| {bar.words} | {figure} | {'met' if met else '**not met**'} | {datetime.now(UTC).date()} | {commit} | {minutes:.1f} |"
        )
        print(f"  {figure}: {'met' if met else 'NOT MET'} ({minutes:.1f} min)", flush=True)
    head = "# Bars at full size\n\nWritten by `make prove`.\n\n| bar | figure | | date | commit | minutes |\n|---|---|---|---|---|---|\n"
    if not asked.only:
        PROVED.write_text(head + "\n".join(rows) + "\n")
    return 0 if every else 1


if __name__ == "__main__":
    sys.exit(main())
