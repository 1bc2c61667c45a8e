"""Write docs/validation/time_points.md: the coverage of the intervals of dose and time, and whether p_best says true.

Usage: python tools/cover_time_points.py [--trials 4000]. Seeds are fixed: the same trials give the same page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.find.coverage import GROWING, TRUTHS, calibration, coverage  # noqa: E402

PAGE = ROOT / "docs" / "validation" / "time_points.md"
SUBJECTS = (12, 25, 36)
MEANS = (1.39, 2.00, 2.23, 1.44, 2.06, 2.12)
NAMES = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward-Roger"}

HEAD = """# Dose and time

The mixed models of `hevesy find time-points` are held against R (lme4, lmerTest, pbkrtest, emmeans, nlme) in
`tests/against/test_mixed_models.py`: every printed row of the reference folder, and eight designs of ours
(balanced, with missing scans, no variance of subjects, one dose, unequal groups, scores), to 1e-5. This page,
written by `tools/cover_time_points.py`, says how far the intervals can be believed in small trials.

## Coverage
Two doses in turn, three times, responses on the scale compared; {trials:,} trials a row, drawn with fixed
seeds. Shares of 95 % intervals that hold the truth: of the six means, the six differences within a dose, the
three between doses at one time; and the share of tests of time at 5 % that reject though no mean differs. One
share of {trials:,} trials has a Monte Carlo error of at most {error:.2g}.

| subjects | truth: SD of subjects, scans | degrees of freedom | means | within a dose | between doses | test of time |
|---|---|---|---|---|---|---|
"""
GROWN = """
## Where the model is wrong
Scans that vary more the later they are: a start of its own for each subject supposes one error for all times.
The unstructured covariance (`--covariance unstructured`) does not.

| subjects | model | degrees of freedom | means | within a dose | between doses | test of time |
|---|---|---|---|---|---|---|
"""
CALIBRATED = """
## Does p_best say true?
Of choices told to be the best with a probability in an interval, the share that are. Means are drawn anew for
each trial around those of the reference data (log TBR, two doses at 6, 24 and 48 h) with a standard deviation
of 0.15; standard deviations 0.22 of subjects, 0.19 of scans.

| subjects | told | choices | told on average | true |
|---|---|---|---|---|
"""


def _shares(found: tuple[float, ...]) -> str:
    return " | ".join(f"{share:.3f}" for share in found)


def in_short(lines: Sequence[str]) -> str:
    """The lowest and highest share of the tables, and by how much p_best says too much."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines if line.startswith("| ")]
    covered = [float(cell) for row in rows if row[-1][:1].isdigit() and len(row) == 7 for cell in row[3:6]]
    rejected = [float(row[6]) for row in rows if row[-1][:1].isdigit() and len(row) == 7]
    told = {
        subjects: sum(int(row[2]) * (float(row[3]) - float(row[4])) for row in own) / sum(int(row[2]) for row in own)
        for subjects in SUBJECTS
        for own in [[row for row in rows if len(row) == 5 and row[0] == str(subjects)]]
    }
    sure = ", ".join(f"{excess:+.3f} with {subjects} subjects" for subjects, excess in told.items())
    return (
        f"In short: over all rows below, intervals hold the truth in {min(covered):.3f} to {max(covered):.3f} of "
        f"trials, and the\ntest of time rejects in {min(rejected):.3f} to {max(rejected):.3f}. p_best, told less true, "
        f"is off by {sure}:\nits draws take the errors as known.\n\n"
    )


def main() -> int:
    """Draw the trials and write the page."""
    options = argparse.ArgumentParser()
    options.add_argument("--trials", type=int, default=4000)
    trials = options.parse_args().trials
    lines = [HEAD.format(trials=trials, error=(0.95 * 0.05 / trials) ** 0.5)]
    for subjects in SUBJECTS:
        before = ""
        for truth in TRUTHS:
            name = truth.name.replace("the same", before)
            before = before if truth.lost else truth.name
            for method, found in coverage(truth, subjects, trials, subjects).items():
                lines.append(f"| {subjects} | {name} | {NAMES[method]} | {_shares(found)} |\n")
            print(lines[-1], end="", flush=True)
    lines.append(GROWN)
    for subjects in SUBJECTS:
        for free, model in ((False, "a start for each subject"), (True, "unstructured")):
            for method, found in coverage(GROWING, subjects, trials, subjects, free).items():
                lines.append(f"| {subjects} | {model} | {NAMES[method]} | {_shares(found)} |\n")
            print(lines[-1], end="", flush=True)
    lines.append(CALIBRATED)
    for subjects in SUBJECTS:
        for one in calibration(TRUTHS[0], MEANS, subjects, trials, subjects):
            lines.append(
                f"| {subjects} | {one.low:g} to {one.high:g} | {one.choices} | {one.told:.3f} | {one.true:.3f} |\n"
            )
    PAGE.write_text("".join(lines).replace("## Coverage", f"{in_short(lines)}## Coverage", 1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
