"""A generated study of many subjects: synthetic files in the shape of the demonstration's exports.

Every subject gets one infusion, 60 laboratory rows (four tests on 15 days), eight protein assessments and a few adverse
events. The numbers mean nothing; only their amount does. The same seed gives the same files.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

DAYS = (1, 8, 15, 22, 29, 36, 43, 50, 57, 64, 71, 78, 85, 99, 113)
TESTS = (
    ("PLT", 220.0, 60.0, "10^9/L", 0),
    ("ANC", 4.0, 1.6, "10^9/L", 2),
    ("HGB", 12.5, 9.8, "g/dL", 1),
    ("ALC", 1.4, 0.6, "10^9/L", 2),
)
TERMS = (
    ("Fatigue", "General disorders and administration site conditions"),
    ("Nausea", "Gastrointestinal disorders"),
    ("Headache", "Nervous system disorders"),
)


def write_study(folder: Path, subjects: int, seed: int = 1) -> list[Path]:
    """Write dm, ex, lb, mprotein and ae files of a generated study; gives their paths."""
    dice = random.Random(seed)
    people = [_person(number, dice) for number in range(1, subjects + 1)]
    tables = {
        "dm.csv": (
            "subject,cohort,dose_level_mCi_m2,age,sex,height_cm,weight_kg,first_infusion",
            _demography(people, dice),
        ),
        "ex.csv": (
            "subject,assay_time,assay_mCi,infusion_start,infusion_end,residual_time,residual_mCi",
            _infusions(people, dice),
        ),
        "lb.csv": ("subject,day,date,test,value,unit", _counts(people, dice)),
        "mprotein.csv": ("subject,day,date,serum_M_g_dL,iFLC_mg_L,uFLC_mg_L", _proteins(people, dice)),
        "ae.csv": (
            "subject,ae_no,preferred_term,soc,ctcae_version,max_grade,onset_day,max_grade_day,resolved_day,serious,related",
            _events(people, dice),
        ),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in tables.items():
        (folder / name).write_text("\n".join([header, *rows]) + "\n")
    return [folder / name for name in tables]


Person = tuple[str, int, date]


def _person(number: int, dice: random.Random) -> Person:
    return f"S{number:05d}", 1 + number % 4, date(2015, 1, 5) + timedelta(days=dice.randrange(600))


def _demography(people: list[Person], dice: random.Random) -> Iterator[str]:
    for name, cohort, start in people:
        level = (12.5, 18.75, 25, 31.25)[cohort - 1]
        yield f"{name},{cohort},{level},{dice.randint(40, 88)},{dice.choice('FM')},{dice.randint(150, 190)},{dice.randint(50, 100)},{start}"


def _infusions(people: list[Person], dice: random.Random) -> Iterator[str]:
    for name, cohort, start in people:
        noon = datetime(start.year, start.month, start.day, 13)
        activity = (12.5, 18.75, 25, 31.25)[cohort - 1] * dice.uniform(1.6, 2.2)
        times = [(noon + timedelta(minutes=minutes)).isoformat(timespec="minutes") for minutes in (-20, 0, 30, 40)]
        yield f"{name},{times[0]},{activity:.2f},{times[1]},{times[2]},{times[3]},{dice.uniform(0.2, 0.8):.2f}"


def _counts(people: list[Person], dice: random.Random) -> Iterator[str]:
    for name, _, start in people:
        depth = dice.uniform(0.2, 1.1)
        for code, high, low, unit, digits in TESTS:
            for day in DAYS:
                dip = max(0.0, 1 - abs(day - 50) / 45) * depth
                value = max(0.05, high - (high - low) * dip + dice.gauss(0, 0.03 * high))
                yield f"{name},{day},{start + timedelta(days=day - 1)},{code},{value:.{digits}f},{unit}"


def _proteins(people: list[Person], dice: random.Random) -> Iterator[str]:
    for name, _, start in people:
        value = dice.uniform(1.2, 5)
        for visit in range(8):
            yield f"{name},{1 + 14 * visit},{start + timedelta(days=14 * visit)},{value:.2f},,"
            value *= dice.uniform(0.8, 1.2)


def _events(people: list[Person], dice: random.Random) -> Iterator[str]:
    for name, _, _ in people:
        for number in range(1, dice.randint(1, 5)):
            term, organ_class = dice.choice(TERMS)
            onset = dice.randint(1, 80)
            yield f"{name},{number},{term},{organ_class},4.03,{dice.choice((1, 1, 2, 2, 3))},{onset},{onset + 1},{onset + 9},0,related"
