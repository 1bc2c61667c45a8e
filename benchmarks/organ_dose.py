"""How long the report of a patient's organ doses takes, once everything is warm.

Usage: python -m benchmarks.organ_dose

The best and the median of ten answers, blocks and data, on one core: the case of the tests (an S table of five targets, a
fitted curve, marrow both ways, a tumour, the effect), and one of as many regions, targets and fits as patients have (27
targets by 27 sources, five fitted curves, the remainder, a limit), whose table is made up; the same with the remainder
made of the points, a bladder that is voided and two administrations. The bar is 0.2 s.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import statistics
import tempfile
import time
from pathlib import Path

import hevesy

BAR_s = 0.2
SIZE, FITTED = 27, 5
HEAD = """subject = "made-up"
nuclide = "I-131"
imaged = "I-124"
administered = "3.7GBq"
imaged_administered = "185MBq"
method = "s-table"

[table]
layout = "olinda"
files = ["made-up.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-131"
total_body = "organ 26"
uncertainty = "10%"

[table.mass]
"""
REGION = """
[[region]]
name = "organ {number}"
at = ["4h", "24h", "48h", "96h", "144h"]
activity = ["31MBq", "24MBq", "17.5MBq", "9.3MBq", "5MBq"]
uncertainty = ["5%", "5%", "5%", "5%", "5%"]
decay_corrected = false
mass = "290g"
mass_uncertainty = "5%"
masses = "parenchyma"
"""
REST = """
[[region]]
name = "rest"
residence_time = "60h"
tia_uncertainty = "8%"

[[limit]]
organ = "organ 0"
dose = "23Gy"
source = "made up"
"""


EXCRETED = """[[remainder.excreted]]
at = "{at}h"
share = "{share}%"
uncertainty = "5%"
"""
MADE_OF_POINTS = """
[remainder]
corrected_with = "I-124"
{excreted}
[bladder]
source = "organ 7"
urinary_share = "80%"
urinary_share_uncertainty = "10%"
voided_every = "4h"
body = "whole body"

[[limit]]
organ = "organ 0"
dose = "23Gy"
source = "made up"
"""


def made_up(folder: Path, *, of_points: bool = False) -> Path:
    """A case as large as a patient's."""
    names = [f"organ {number}" for number in range(SIZE)]
    rows = [
        ",".join([target, *("1e-4" if place == row != SIZE - 1 else "1e-6" for place in range(SIZE))])
        for row, target in enumerate(names)
    ]
    (folder / "made-up.csv").write_text("\n".join([",".join(["", *names]), *rows]) + "\n")
    masses = "".join(f'"{name}" = "{73_000 if name == names[-1] else 300}g"\n' for name in names)
    regions = "".join(REGION.format(number=number) for number in range(FITTED))
    head, rest = HEAD, REST
    if of_points:
        head = HEAD.replace('"3.7GBq"', '"3.7GBq"\nadministrations = 2\ninterval = "14d"')
        gone = ((4, 2), (24, 8), (48, 14), (96, 25), (144, 35))
        rest = MADE_OF_POINTS.format(excreted="".join(EXCRETED.format(at=at, share=share) for at, share in gone))
        regions = regions.replace("31MBq", "11MBq").replace("24MBq", "9MBq").replace("17.5MBq", "7MBq")
        regions = regions.replace("9.3MBq", "4.2MBq").replace('"5MBq"', '"2.5MBq"')
    (folder / "CASE.toml").write_text(head + masses + regions + rest)
    return folder / "CASE.toml"


def timed(case: Path) -> list[float]:
    """Seconds of ten answers after one."""
    found = []
    for _ in range(11):
        began = time.perf_counter()
        answer = hevesy.organ_dose(case=case)
        assert answer.document
        assert answer.words
        found.append(time.perf_counter() - began)
    return sorted(found[1:])


def main() -> None:
    """Print the seconds."""
    here = Path(__file__).parent.parent / "tests" / "answers" / "data" / "case" / "CASE.toml"
    with tempfile.TemporaryDirectory() as folder:
        made = made_up(Path(folder))
        (several := Path(folder) / "several").mkdir()
        for words, case in (
            ("the case of the tests", here),
            ("a patient's size", made),
            ("with the remainder of points, a bladder, two administrations", made_up(several, of_points=True)),
        ):
            seconds = timed(case)
            print(f"{words}: best {seconds[0]:.3f} s, median {statistics.median(seconds):.3f} s (bar {BAR_s} s)")


if __name__ == "__main__":
    main()
