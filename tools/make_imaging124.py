"""Write the sources of the demonstration study `imaging124`: two delivered tables, with what they lack added.

Usage: python tools/make_imaging124.py

Delivered are 36 synthetic patients (`delivered/img_subject.csv`) and their PET scans (`delivered/img_scan.csv`). They
have no days, readers, specimens or heights. Added by a seeded generator, and synthetic too: enrolment, the time of the
injection (a scan is `actual_hours_pi` later), the day of the MRI, the height, two readers whose consensus is the
delivered answer, specimens with the delivered diagnosis. No delivered value is changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

EXAMPLE = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "imaging124"
ZONE = ZoneInfo("America/Chicago")
FIRST_DAY = date(2014, 3, 17)
REGIONS = ("frontal", "temporal", "parietal", "occipital", "insular")
READERS = ("reader 1", "reader 2")
LATE = ("G10", "G27")
"""Their specimens were taken longer after the scans than the plan allows."""
TWICE = "G05"
"""A first biopsy told nothing."""
NOT_READABLE = (("G08", "MRI", "reader 2"), ("G19", "PET", "reader 1"))
"""What one of the readers could not read; the consensus is the other's answer."""
Rows = list[dict[str, Any]]


def read(name: str) -> Rows:
    """A delivered table."""
    with (EXAMPLE / "delivered" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def table(rows: Rows) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def injected(rng: np.random.Generator, enrolled: date) -> datetime:
    """A morning of a Monday to Wednesday, so that the scan two days later is on a working day."""
    day = enrolled + timedelta(days=int(rng.integers(4, 11)))
    day += timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 2 else 0)
    minutes = 5 * int(rng.integers(0, 20))
    return datetime(day.year, day.month, day.day, 8, 0, tzinfo=ZONE) + timedelta(minutes=minutes)


def scan_rows(subject: str, injection: datetime, delivered: Rows) -> Rows:
    """The delivered scans of a subject, each at its actual time after the injection."""
    rows = []
    for one in (row for row in delivered if row["subject"] == subject):
        start = injection.astimezone(UTC) + timedelta(minutes=round(60 * float(one["actual_hours_pi"])))
        rows.append({"subject": subject, "scan_start": f"{start.astimezone(ZONE):%Y-%m-%dT%H:%M}",
                     "hours_pi": one["hours_pi"], "SUVmax_lesion": one["SUVmax_lesion"],
                     "SUVmean_background": one["SUVmean_background"], "TBR": one["TBR"],
                     "image_quality_1to5": one["image_quality_1to5"]})  # fmt: skip
    return rows


def readings(rng: np.random.Generator, subject: str, modality: str, scanned: date, positive: bool, hours: str) -> Rows:
    """What two readers said and their consensus, which is the delivered answer: at least one of them agrees with it."""
    disagrees = int(rng.integers(0, 2)) if rng.random() < (0.12 if modality == "PET" else 0.2) else None
    unread = next((reader for who, what, reader in NOT_READABLE if (who, what) == (subject, modality)), None)
    rows: Rows = []
    for place, reader in enumerate(READERS):
        says = positive != (place == disagrees and unread is None)
        answer = "not readable" if reader == unread else "positive" if says else "negative"
        score = "" if reader == unread else int(rng.integers(4, 6)) if says else int(rng.integers(1, 3))
        read_on = scanned + timedelta(days=int(rng.integers(2, 8)))
        rows.append({"subject": subject, "modality": modality, "hours_pi": hours, "scanned": scanned, "read": read_on,
                     "reader": reader, "consensus": 0, "answer": answer, "score": score, "blinded": 1})  # fmt: skip
    met = max(row["read"] for row in rows) + timedelta(days=2)
    rows.append({"subject": subject, "modality": modality, "hours_pi": hours, "scanned": scanned, "read": met,
                 "reader": "both", "consensus": 1, "answer": "positive" if positive else "negative", "score": "",
                 "blinded": 1})  # fmt: skip
    return rows


def specimens(rng: np.random.Generator, subject: str, scanned: date, new: bool, diagnosis: str) -> Rows:
    """What was taken and what it was; of every third there was a second review, which said the same."""
    after = int(rng.integers(31, 46)) if subject in LATE else int(rng.integers(1, 19))
    taken, region = scanned + timedelta(days=after), str(rng.choice(REGIONS))
    procedure = "resection" if rng.random() < (0.8 if new else 0.45) else "biopsy"
    second = rng.random() < 1 / 3
    number, rows = 1, []

    def told(on: date, how: str, what: str, days: int, review: int) -> dict[str, Any]:
        reviewer = "central pathologist" if review else "site pathologist"
        return {"subject": subject, "specimen": f"{subject}-{number}", "taken": on, "procedure": how, "region": region,
                "diagnosed": on + timedelta(days=days), "diagnosis": what, "reviewer": reviewer, "blinded": 1,
                "second_review": review}  # fmt: skip

    if subject == TWICE:
        rows.append(told(taken, "biopsy", "non-diagnostic", 4, 0))
        number, taken = 2, taken + timedelta(days=6)
    rows.append(told(taken, procedure, diagnosis, int(rng.integers(3, 9)), 0))
    if second:
        rows.append(told(taken, procedure, diagnosis, int(rng.integers(12, 26)), 1))
    return rows


def main() -> None:
    """Write the sources and their description."""
    rng, of_readers, of_tissue = (np.random.default_rng(seed) for seed in (20140304, 20140305, 20140306))
    subjects, scans = read("img_subject.csv"), read("img_scan.csv")
    files: dict[str, Rows] = {
        name: [] for name in ("dm.csv", "ex.csv", "pet.csv", "mri.csv", "readings.csv", "specimens.csv")
    }
    enrolled = FIRST_DAY
    for one in subjects:
        subject, new = one["subject"], one["presentation"] == "newly diagnosed"
        height = round(float(rng.normal(163 if one["sex"] == "F" else 176, 7)))
        consent = enrolled - timedelta(days=int(rng.integers(0, 6)))
        files["dm.csv"].append({key: one[key] for key in ("subject", "site")}
                               | {"consent": consent, "enrolled": enrolled}
                               | {key: one[key] for key in ("arm_mCi", "age", "sex")} | {"height_cm": height}
                               | {key: one[key] for key in ("weight_kg", "presentation")})  # fmt: skip
        injection = injected(rng, enrolled)
        files["ex.csv"].append(
            {"subject": subject, "injected": f"{injection:%Y-%m-%dT%H:%M}", "injected_mCi": one["injected_mCi"]}
        )
        theirs = scan_rows(subject, injection, scans)
        files["pet.csv"] += theirs
        read_scan = next(row for row in theirs if row["hours_pi"] == "48")
        last = date.fromisoformat(read_scan["scan_start"][:10])
        mri = injection.date() - timedelta(days=int(rng.integers(1, 8)))
        files["mri.csv"].append({"subject": subject, "scan": mri})
        files["readings.csv"] += readings(of_readers, subject, "PET", last, one["pet_positive_48h"] == "1", "48")
        files["readings.csv"] += readings(of_readers, subject, "MRI", mri, one["mri_positive"] == "1", "")
        files["specimens.csv"] += specimens(of_tissue, subject, last, new, one["pathology_truth"])
        enrolled += timedelta(days=int(rng.integers(3, 17)))
    told = [
        'work = "imaging124, phase 2 imaging demonstration study (synthetic)"',
        'origin = "sources: made by tools/make_imaging124.py from the two delivered tables, with days, times, heights, '
        'readers and specimens added by a seeded generator; synthetic patients, no patient is described"',
        'licence = "MIT, as Hevesy"',
    ]
    for path in sorted((EXAMPLE / "delivered").glob("*.csv")):
        told += described(f"delivered/{path.name}", path.read_bytes())
    for name, rows in files.items():
        content = table(rows)
        (EXAMPLE / "sources" / name).write_bytes(content)
        told += described(f"sources/{name}", content)
    (EXAMPLE / "origin.toml").write_text("\n".join(told) + "\n")


def described(name: str, content: bytes) -> list[str]:
    """Lines of origin.toml on a file."""
    columns = content.decode().splitlines()[0]
    return ["", f'[files."{name}"]', f'sha256 = "{hashlib.sha256(content).hexdigest()}"', f'columns = "{columns}"']


if __name__ == "__main__":
    main()
