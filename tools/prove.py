"""Run the bars at full size and write docs/validation/proved.md: bar, figure, date, commit, minutes.

Usage: python tools/prove.py [--only WORD]   (make prove)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bars import BARS

ROOT = Path(__file__).parent.parent
PROVED = ROOT / "docs" / "validation" / "proved.md"

HEAD = """# Bars at full size

Written by `make prove`; a row that was run again by itself has its own commit.

| bar | figure | | date | commit | minutes |
|---|---|---|---|---|---|
"""


def _bar_of(line: str) -> str:
    return line.split("|")[1].strip() if line.startswith("|") else ""


def main() -> int:
    """Run every bar, or those with some words in them, and write what was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="")
    asked = options.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
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
            f"| {bar.words} | {figure} | {'met' if met else '**not met**'} | {datetime.now(UTC).date()} | {commit} | "
            f"{minutes:.1f} |"
        )
        print(f"  {figure}: {'met' if met else 'NOT MET'} ({minutes:.1f} min)", flush=True)
    kept = {_bar_of(line): line for line in PROVED.read_text(encoding="utf-8").splitlines()} if asked.only else {}
    kept |= {_bar_of(row): row for row in rows}
    PROVED.write_text(HEAD + "\n".join(kept[bar.words] for bar in BARS if bar.words in kept) + "\n", encoding="utf-8")
    return 0 if every else 1


if __name__ == "__main__":
    sys.exit(main())
