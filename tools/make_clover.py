"""Write the phase 2 demonstration study `clover`: six B-cell malignancies, one dose or two, all of it synthetic.

Usage: python tools/make_clover.py

Nobody is described. Response depends on the total activity and on the indication, so that the readout has something to
show: a threshold in total activity looks good also because tall and heavy patients get more of it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

EXAMPLE = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "clover"
INDICATIONS = (
    ("MM", 14, 0.36, "imwg"),
    ("CLL", 6, 0.20, "lugano"),
    ("LPL", 6, 0.75, "iwwm"),
    ("MZL", 4, 0.50, "lugano"),
    ("MCL", 4, 0.30, "lugano"),
    ("DLBCL", 8, 0.30, "lugano"),
)
LADDER = {
    "imwg": ("VGPR", "PR", "MR", "SD", "PD"),
    "lugano": ("CMR", "PMR", "NMR", "NMR", "PMD"),
    "iwwm": ("VGPR", "PR", "MR", "SD", "PD"),
}
TERMS = (
    ("Platelet count decreased", "Investigations", 0.85, (2, 3, 3, 4)),
    ("Neutrophil count decreased", "Investigations", 0.7, (1, 2, 3, 4)),
    ("Anemia", "Blood and lymphatic system disorders", 0.6, (1, 2, 3, 3)),
    ("Lymphocyte count decreased", "Investigations", 0.6, (2, 3, 3, 4)),
    ("Fatigue", "General disorders and administration site conditions", 0.5, (1, 1, 2, 2)),
    ("Nausea", "Gastrointestinal disorders", 0.3, (1, 1, 1, 2)),
)
PROTEIN = {"VGPR": 0.07, "PR": 0.38, "MR": 0.66, "SD": 0.92, "PD": 1.45}
"""Of the baseline: M-protein and IgM at a visit of a category."""
PET = {"CMR": (2, "less", 0.3), "PMR": (4, "less", 0.45), "NMR": (4, "same", 0.85), "PMD": (5, "more", 1.9)}
"""Deauville score, uptake against baseline, and the share of the products of the baseline."""
PROTEIN_FILE = {"imwg": "mprotein.csv", "iwwm": "igm.csv"}
PROTEIN_COLUMN = {"imwg": "serum_M_g_dL", "iwwm": "IgM_g_dL"}
SITES = ("101", "102", "103", "104", "105")
LINES = {
    "imwg": ("VRd; ASCT", "Rd", "KRd", "Pd", "DVd", "Kd", "XPd"),
    "lugano": ("BR", "R-CHOP", "ibrutinib", "lenalidomide; rituximab", "venetoclax", "acalabrutinib", "R-GemOx"),
    "iwwm": ("BR", "ibrutinib", "DRC", "zanubrutinib", "bortezomib; rituximab", "venetoclax", "everolimus"),
}
"""Regimens a line, in their order."""
mCi_PER_m2 = {1: 31.25, 2: 18.75}
HALF_LIFE_h = 8.0252 * 24


def table(rows: list[dict[str, Any]]) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def baseline(
    rng: np.random.Generator, subject: str, criteria: str, first: date, findings: dict[str, list[dict[str, Any]]]
) -> tuple[float, ...]:
    """What is measured a week before the first infusion: a protein, or the diameters of two nodes."""
    on = first - timedelta(days=7)
    if criteria == "lugano":
        sizes = tuple(float(size) for size in rng.uniform(22, 48, 2))
        rows_of_lesions(subject, on, sizes, findings)
        findings["tumour.csv"].append(visit_row(subject, on, deauville=5))
        return sizes
    start = float(rng.uniform(1.6, 4.8))
    findings[PROTEIN_FILE[criteria]].append({"subject": subject, "date": on, PROTEIN_COLUMN[criteria]: f"{start:.2f}"})
    return (start,)


def measured(
    rng: np.random.Generator,
    subject: str,
    criteria: str,
    on: date,
    word: str,
    start: tuple[float, ...],
    findings: dict[str, list[dict[str, Any]]],
) -> None:
    """Findings at a visit such that its category is the one called.

    Of one subject in fifteen a node is not measured.
    """
    if criteria == "lugano":
        score, uptake, share = PET[word]
        sizes = tuple(size * math.sqrt(share * float(rng.uniform(0.95, 1.05))) for size in start)
        rows_of_lesions(subject, on, sizes[: 1 if rng.random() < 1 / 15 else 2], findings)
        scanned = rng.random() > 0.2
        findings["tumour.csv"].append(
            visit_row(subject, on, deauville=score if scanned else None, uptake=uptake if scanned else "")
        )
        return
    value = start[0] * PROTEIN[word] * float(rng.uniform(0.97, 1.03)) + (0.2 if word == "PD" else 0.0)
    findings[PROTEIN_FILE[criteria]].append({"subject": subject, "date": on, PROTEIN_COLUMN[criteria]: f"{value:.2f}"})


def laboratory(
    rng: np.random.Generator,
    subject: str,
    first: date,
    until: date,
    per_area: float,
    sex: str,
    findings: dict[str, list[dict[str, Any]]],
) -> None:
    """Weekly counts that fall with the activity per area and come back.

    Platelets given at the bottom; creatinine over the years.
    """
    depth = float(np.clip(rng.normal(per_area / 42, 0.12), 0.35, 0.97))
    nadir = float(rng.normal(43, 4))
    start = {
        "platelets": float(rng.uniform(150, 260)),
        "neutrophils": float(rng.uniform(2.4, 4.8)),
        "haemoglobin": float(rng.uniform(10.5, 13.5)),
    }
    share = {"platelets": 1.0, "neutrophils": 0.9, "haemoglobin": 0.35}
    unit = {"platelets": "10^9/L", "neutrophils": "10^9/L", "haemoglobin": "g/dL"}
    given: list[int] = []
    for day in (-6, *range(8, 86, 7)):
        fall = depth * math.exp(-(((day - nadir) / 17) ** 2)) if day > 0 else 0.0
        for test, value in start.items():
            now = value * (1 - share[test] * fall) * float(rng.uniform(0.95, 1.05))
            if test == "platelets" and now < 20 and day > 0:
                given.append(day)
            if test == "platelets" and any(0 < day - earlier <= 7 for earlier in given):
                now += 25
            on = first + timedelta(days=day - 1 if day > 0 else day)
            if on <= until:
                findings["lb.csv"].append(
                    {"subject": subject, "date": on, "test": test, "value": f"{now:.3g}", "unit": unit[test]}
                )
    for day in given:
        if (on := first + timedelta(days=day - 1)) <= until:
            findings["support.csv"].append({"subject": subject, "date": on, "product": "platelet concentrate"})
    creatinine = float(rng.uniform(0.6, 1.0) if sex == "F" else rng.uniform(0.7, 1.3))
    for day in (-6, 90, 180, 365):
        on = first + timedelta(days=day)
        if on <= until:
            value = creatinine * (1 + max(day, 0) / 365 * float(rng.normal(0.03, 0.04)))
            findings["lb.csv"].append(
                {"subject": subject, "date": on, "test": "creatinine", "value": f"{value:.2f}", "unit": "mg/dL"}
            )


def prior_therapies(
    rng: np.random.Generator, subject: str, criteria: str, lines: int, first: date
) -> list[dict[str, Any]]:
    """Lines of therapy that end before the study; of one subject in twelve the last day of the last is not told."""
    rows = []
    stop = first - timedelta(days=int(rng.integers(16, 120)))
    for line in range(lines, 0, -1):
        start = stop - timedelta(days=int(rng.integers(90, 420)))
        told = line < lines or rng.random() > 1 / 12
        progressed = stop + timedelta(days=int(rng.integers(0, 90))) if line < lines else stop
        rows.append({"subject": subject, "line": line, "agents": LINES[criteria][line - 1], "start": start,
                     "stop": stop if told else "", "progressed": progressed if told else "",
                     "best_response": str(rng.choice(("CR", "PR", "PR", "SD"))), "reason": "progression"})  # fmt: skip
        stop = start - timedelta(days=int(rng.integers(30, 300)))
    return rows[::-1]


def signs(
    rng: np.random.Generator, subject: str, first: date, until: date, weight_kg: float
) -> list[list[dict[str, Any]]]:
    """Vital signs and triplicate ECGs before the first infusion and after it."""
    vital, recorded = [], []
    pressure, qtc = float(rng.normal(124, 9)), float(rng.normal(418, 14))
    for day in (-6, 8, 15, 29, 43, 85):
        on = first + timedelta(days=day - 1 if day > 0 else day)
        if on > until:
            continue
        systolic = pressure + float(rng.normal(0, 8))
        warm = 38.2 + float(rng.random()) if day == 43 and rng.random() < 0.12 else float(rng.normal(36.7, 0.25))
        lost = float(rng.normal(0.025, 0.02))
        vital.append({"subject": subject, "date": on, "systolic_mmHg": round(systolic),
                      "diastolic_mmHg": round(0.6 * systolic + float(rng.normal(2, 4))),
                      "pulse_per_min": round(float(rng.normal(76, 9))), "temperature_C": f"{warm:.1f}",
                      "weight_kg": f"{weight_kg * (1 - max(day, 0) / 85 * lost):.1f}"})  # fmt: skip
        if day in (-6, 15, 43):
            mean = qtc + (float(rng.normal(8, 9)) if day > 0 else 0.0)
            recorded += [{"subject": subject, "date": on, "recording": number,
                          "QTcF_ms": round(mean + float(rng.normal(0, 4)))} for number in (1, 2, 3)]  # fmt: skip
    return [vital, recorded]


def rows_of_lesions(
    subject: str, on: date, sizes: tuple[float, ...], findings: dict[str, list[dict[str, Any]]]
) -> None:
    """Nodes with their two diameters, in whole millimetres."""
    for number, size in enumerate(sizes, start=1):
        findings["lesions.csv"].append({"subject": subject, "date": on, "evaluator": "central review",
                                        "lesion": f"N{number}",
                                        "longest_mm": round(size), "shortest_mm": round(0.8 * size),
                                        "nodal": "Y"})  # fmt: skip


def visit_row(subject: str, on: date, deauville: int | None, uptake: str = "") -> dict[str, Any]:
    """What is told of a visit beside the nodes."""
    return {"subject": subject, "date": on, "evaluator": "central review",
            "deauville": "" if deauville is None else deauville,
            "uptake": uptake, "new_lesion": "N", "new_avid_lesion": "N" if deauville is not None else "",
            "others_gone": ""}  # fmt: skip


def main() -> None:
    """Write the sources and their description."""
    rng = np.random.default_rng(20260)
    of_findings, of_laboratory = np.random.default_rng(20261), np.random.default_rng(20262)
    of_history = np.random.default_rng(20263)
    dm: list[dict[str, Any]] = []
    ex: list[dict[str, Any]] = []
    rs: list[dict[str, Any]] = []
    ae: list[dict[str, Any]] = []
    followup: list[dict[str, Any]] = []
    findings: dict[str, list[dict[str, Any]]] = {"lesions.csv": [], "tumour.csv": [], "igm.csv": [], "mprotein.csv": [],
                                                 "lb.csv": [], "support.csv": [], "tx_prior.csv": [], "vs.csv": [],
                                                 "vs_ecg.csv": []}  # fmt: skip
    for code, size, rate, criteria in INDICATIONS:
        for number in range(1, size + 1):
            subject = f"{code}-{number:02d}"
            doses = 1 if number % 2 else 2
            sex = "F" if rng.random() < 0.42 else "M"
            height = round(float(rng.normal(163 if sex == "F" else 176, 7)))
            weight = round(float(np.clip(rng.normal(70 if sex == "F" else 86, 14), 45, 130)))
            first = date(2018, 1, 8) + timedelta(days=int(rng.integers(0, 700)))
            area = math.sqrt(height * weight / 3600)
            given = mCi_PER_m2[doses] * area
            dm.append({"subject": subject, "indication": code, "level_mCi_m2": mCi_PER_m2[doses], "doses": doses,
                       "age": int(rng.integers(48, 84)), "sex": sex, "height_cm": height, "weight_kg": weight,
                       "prior_lines": int(rng.integers(2, 8)), "first_infusion": first,
                       "site": str(of_history.choice(SITES, p=(0.36, 0.28, 0.18, 0.12, 0.06)))})  # fmt: skip
            total = 0.0
            for dose in range(doses):
                start = datetime(first.year, first.month, first.day, 13, 0) + timedelta(days=14 * dose)
                assay = given * float(rng.normal(1.0, 0.012))
                residual = 0.012 * assay
                at_start = assay * math.exp(-math.log(2) * (20 / 60) / HALF_LIFE_h)
                total += at_start - residual
                before, end, after = (start + timedelta(minutes=minutes) for minutes in (-20, 30, 40))
                ex.append({"subject": subject, "assay_time": f"{before:%Y-%m-%dT%H:%M}", "assay_mCi": f"{assay:.2f}",
                           "infusion_start": f"{start:%Y-%m-%dT%H:%M}", "infusion_end": f"{end:%Y-%m-%dT%H:%M}",
                           "residual_time": f"{after:%Y-%m-%dT%H:%M}", "residual_mCi": f"{residual:.2f}"})  # fmt: skip
            chance = min(0.95, rate * (1.25 if total > 60 else 0.65))
            luck = float(rng.random())
            place = (
                0
                if luck < 0.25 * chance
                else 1
                if luck < chance
                else 2
                if luck < chance + 0.2
                else 3
                if luck < chance + 0.45
                else 4
            )
            words = LADDER[criteria]
            visits = 1 if place == 4 else 2 + int(rng.integers(0, 2))
            start_of = baseline(of_findings, subject, criteria, first, findings)
            for visit in range(1, visits + 1):
                on = first + timedelta(days=42 * visit + int(rng.integers(-3, 4)))
                for evaluator in ("investigator", "central review"):
                    read = place + (1 if evaluator == "central review" and rng.random() < 0.1 and place < 3 else 0)
                    rs.append(
                        {
                            "subject": subject,
                            "visit": visit,
                            "date": on,
                            "evaluator": evaluator,
                            "response": words[read],
                        }
                    )
                    if evaluator == "central review":
                        measured(of_findings, subject, criteria, on, words[read], start_of, findings)
            for term, organ_class, often, grades in TERMS:
                if rng.random() < often:
                    onset = int(rng.integers(8, 50))
                    grade = int(rng.choice(grades))
                    ae.append({"subject": subject, "ae_no": 1 + sum(row["subject"] == subject for row in ae),
                               "preferred_term": term,
                               "soc": organ_class, "grade": grade, "onset_day": onset,
                               "resolved_day": onset + int(rng.integers(10, 40)),
                               "serious": int(grade >= 4 and rng.random() < 0.3), "related": "related"})  # fmt: skip
            last = first + timedelta(days=int(rng.integers(120, 500)))
            followup.append({"subject": subject, "date": last, "vital_status": "alive", "source": "visit"})
            laboratory(of_laboratory, subject, first, last, mCi_PER_m2[doses] * doses, sex, findings)
            findings["tx_prior.csv"] += prior_therapies(of_history, subject, criteria, dm[-1]["prior_lines"], first)
            vital, recorded = signs(of_history, subject, first, last, weight)
            findings["vs.csv"] += vital
            findings["vs_ecg.csv"] += recorded
    last_one = max(
        followup,
        key=lambda row: (
            (row["date"] - next(one["first_infusion"] for one in dm if one["subject"] == row["subject"])).days
        ),
    )
    ae.append({"subject": last_one["subject"], "ae_no": 1 + sum(row["subject"] == last_one["subject"] for row in ae),
               "preferred_term": "Myelodysplastic syndrome",
               "soc": "Neoplasms benign, malignant and unspecified (incl cysts and polyps)", "grade": 3,
               "onset_day": 330, "resolved_day": "", "serious": 1, "related": "possible"})  # fmt: skip
    files = {"dm.csv": dm, "ex.csv": ex, "rs.csv": rs, "ae.csv": ae, "followup.csv": followup} | findings
    told = [
        'work = "clover, phase 2 demonstration study (synthetic)"',
        'origin = "made by tools/make_clover.py; invented subjects, no patient is described"',
        'licence = "MIT, as Hevesy"',
    ]
    for name, rows in files.items():
        content = table(rows)
        (EXAMPLE / "sources" / name).write_bytes(content)
        told += [
            "",
            f'[files."sources/{name}"]',
            f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
            f'columns = "{",".join(rows[0])}"',
        ]
    (EXAMPLE / "origin.toml").write_text("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
