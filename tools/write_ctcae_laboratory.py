"""Write src/hevesy/follow/data/ctcae_laboratory.csv: the laboratory criteria of CTCAE 4.03, 5.0 and 6.0.

Usage: python tools/write_ctcae_laboratory.py

The criteria below were set down from the NCI's documents. Where a criterion has a clinical part ("symptomatic", "on anticoagulation",
"intervention indicated") the laboratory part alone is graded, at its worst; which criteria these are stands in the column `assumed`.

The notation of a criterion: `< 80`, `<= 129`, `> 2.5 ULN`, `< 0.75 LLN`, `> 3 BASE`, `> max(ULN, BASE) + 40`, `change <= -75` (percent of
the baseline); joined by `and`, alternatives by `or`; `baseline high`, `baseline not low` (against the limits of normal; an unknown
baseline is neither). A `?` after an atom: where what it needs is not known it counts as not met, otherwise the grade is not known.
`ULN!` in `needs`: nothing is graded without it.
"""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "follow" / "data"
ALL, OLD, NEW = "4.03 5.0 6.0", "4.03 5.0", "5.0 6.0"
COLUMNS = (
    "versions",
    "term",
    "analyte",
    "unit",
    "needs",
    "grade_1",
    "grade_2",
    "grade_3",
    "grade_4",
    "ends",
    "assumed",
)

Row = tuple[str, str, str, str, str, str, str, str, str, str, str]
ROWS: list[Row] = []


def put(
    versions: str,
    term: str,
    analyte: str,
    unit: str,
    grades: tuple[str, str, str, str],
    needs: str = "",
    ends: str = "",
    assumed: str = "",
) -> None:
    """One criterion; grades from 1 to 4, an empty one does not exist."""
    ROWS.append((versions, term, analyte, unit, needs, *grades, ends, assumed))


def multiples(versions: str, term: str, analyte: str, *factors: float | None) -> None:
    """Above so many times the upper limit of normal."""
    first, second, third, fourth = ("" if one is None else f"> {one:g} ULN" for one in (*factors, None, None, None)[:4])
    put(versions, term, analyte, "", (first, second, third, fourth), needs="ULN!")


def by_baseline(
    versions: str, term: str, analyte: str, normal: tuple[float, float, float, float], high: tuple[str, str, str, str]
) -> None:
    """Times the upper limit of normal, or times a baseline that was already above it."""
    grades = tuple(
        f"baseline not high and > {factor:g} ULN or baseline high and {other} BASE"
        for factor, other in zip(normal, high, strict=True)
    )
    put(versions, term, analyte, "", grades, needs="ULN!")  # type: ignore[arg-type]


def limits(
    versions: str,
    term: str,
    analyte: str,
    side: str,
    systems: dict[str, tuple[str, ...]],
    first: str | None = None,
    assumed: str = "",
) -> None:
    """Absolute limits, grade 4 first in each system of units; grade 1 against the limit of normal unless it has a limit too."""
    for unit, values in systems.items():
        worst_first = [f"{side} {value}" if value else "" for value in values]
        grades = dict(zip((4, 3, 2, 1), worst_first, strict=False))
        if 1 not in grades:
            grades[1] = first if first is not None else f"{side} {'LLN' if side == '<' else 'ULN'}"
        put(
            versions,
            term,
            analyte,
            unit,
            (grades[1], grades.get(2, ""), grades.get(3, ""), grades.get(4, "")),
            assumed=assumed,
        )


def main() -> None:
    """Write the table and its description."""
    count = "10^9/L"
    limits(
        ALL,
        "Anemia",
        "haemoglobin",
        "<",
        {"g/L": ("", "80", "100"), "g/dL": ("", "8", "10"), "mmol/L": ("", "4.9", "6.2")},
    )
    limits(ALL, "Leukocytosis", "leukocytes", ">", {count: ("", "100", "", "")})
    limits("6.0", "Thrombocytopenia", "platelets", "<", {count: ("10", "50", "75")})
    limits(OLD, "Platelet count decreased", "platelets", "<", {count: ("25", "50", "75")})
    limits(OLD, "Neutrophil count decreased", "neutrophils", "<", {count: ("0.5", "1", "1.5")})
    limits("6.0", "Neutrophil count decreased", "neutrophils", "<", {count: ("0.1", "0.5", "1", "1.5")})
    limits(OLD, "Lymphocyte count decreased", "lymphocytes", "<", {count: ("0.2", "0.5", "0.8")})
    limits(ALL, "Lymphocyte count increased", "lymphocytes", ">", {count: ("", "20", "4", "")})
    limits(ALL, "White blood cell decreased", "leukocytes", "<", {count: ("1", "2", "3")})
    limits(ALL, "CD4 lymphocytes decreased", "CD4 lymphocytes", "<", {count: ("0.05", "0.2", "0.5")})
    multiples(
        ALL, "Activated partial thromboplastin time prolonged", "activated partial thromboplastin time", 1, 1.5, 2.5
    )
    normal = (1.0, 3.0, 5.0, 20.0)
    for term, analyte in (
        ("Alanine aminotransferase increased", "alanine aminotransferase"),
        ("Aspartate aminotransferase increased", "aspartate aminotransferase"),
    ):
        multiples("4.03", term, analyte, *normal)
        by_baseline("5.0", term, analyte, normal, (">= 1.5", "> 3", "> 5", "> 20"))
        by_baseline("6.0", term, analyte, normal, (">= 1", "> 1.5", "> 2", "> 4"))
    normal = (1.0, 2.5, 5.0, 20.0)
    alkaline = ("Alkaline phosphatase increased", "alkaline phosphatase")
    multiples("4.03", *alkaline, *normal)
    by_baseline("5.0", *alkaline, normal, (">= 2", "> 2.5", "> 5", "> 20"))
    put("6.0", *alkaline, "", ("> 1 ULN and > 1 BASE", "", "", ""))
    multiples("4.03", "GGT increased", "gamma-glutamyl transferase", *normal)
    by_baseline("5.0", "GGT increased", "gamma-glutamyl transferase", normal, ("> 2", "> 2.5", "> 5", "> 20"))
    by_baseline("6.0", "GGT increased", "gamma-glutamyl transferase", normal, (">= 1", "> 1.5", "> 3", "> 10"))
    normal = (1.0, 1.5, 3.0, 10.0)
    multiples("4.03", "Blood bilirubin increased", "bilirubin", *normal)
    by_baseline("5.0", "Blood bilirubin increased", "bilirubin", normal, ("> 1", "> 1.5", "> 3", "> 10"))
    by_baseline("6.0", "Blood bilirubin increased", "bilirubin", normal, (">= 1", "> 1.5", "> 2.5", "> 10"))
    multiples(NEW, "Blood lactate dehydrogenase increased", "lactate dehydrogenase", 1)
    multiples(OLD, "CPK increased", "creatine kinase", 1, 2.5, 5, 10)
    worse = ("> 1.5 ULN? or > 1.5 BASE?", "> 3 ULN? or > 3 BASE?", "> 6 ULN?")
    put("4.03", "Creatinine increased", "creatinine", "", ("> 1 ULN or > 1 BASE", *worse))
    put("5.0", "Creatinine increased", "creatinine", "", ("> 1 ULN", *worse))
    low = tuple(f"baseline not low and > {k:g} ULN? or baseline low and > {k:g} BASE?" for k in (1.5, 3.0))
    put("6.0", "Creatinine increased", "creatinine", "", ("> 1 ULN", low[0], low[1], "> 6 ULN?"))
    put("6.0", "Creatinine clearance decreased", "creatinine clearance", "mL/min", ("", "<= 49", "<= 25", ""), ends="< 10",
        assumed="below 10 mL/min is graded as kidney injury, by its clinical course")  # fmt: skip
    for unit, least in (("g/L", "0.5"), ("mg/dL", "50")):
        put("4.03", "Fibrinogen decreased", "fibrinogen", unit, (
            "< 1 LLN or change < 0", "< 0.75 LLN? or change <= -25?", "< 0.5 LLN? or change <= -50?",
            f"< {least} or < 0.25 LLN? or change <= -75?"))  # fmt: skip
        put(NEW, "Fibrinogen decreased", "fibrinogen", unit, (
            "< 1 LLN", "< 0.75 LLN or < 1 LLN and change <= -25?", "< 0.5 LLN or < 1 LLN and change <= -50?",
            f"< {least} or < 0.25 LLN or < 1 LLN and change <= -75?"))  # fmt: skip
    put(ALL, "Haptoglobin decreased", "haptoglobin", "", ("< 1 LLN", "", "", ""), needs="LLN!")
    put("6.0", "HDL decreased", "HDL cholesterol", "", ("< 1 LLN", "", "", ""), needs="LLN!")
    multiples("6.0", "LDL increased", "LDL cholesterol", 1)
    for unit, step in (("g/L", 20), ("g/dL", 2)):
        put("4.03", "Hemoglobin increased", "haemoglobin", unit, (
            "> max(ULN, BASE)", f"> max(ULN, BASE) + {step}", f"> max(ULN, BASE) + {2 * step}", ""), needs="ULN!")  # fmt: skip
        put(
            NEW,
            "Hemoglobin increased",
            "haemoglobin",
            unit,
            ("> 1 ULN", f"> ULN + {step}", f"> ULN + {2 * step}", ""),
            needs="ULN!",
        )
    assumed = "on anticoagulation"
    put(
        "4.03",
        "INR increased",
        "INR",
        "",
        ("> 1 ULN or > 1 BASE", "> 1.5 ULN? or > 1.5 BASE?", "> 2.5 ULN? or > 2.5 BASE?", ""),
        assumed=assumed,
    )
    put(
        NEW,
        "INR increased",
        "INR",
        "",
        ("> 1.2 or > 1 BASE", "> 1.5 or > 1.5 BASE?", "> 2.5 or > 2.5 BASE?", ""),
        assumed=assumed,
    )
    multiples(OLD, "Lipase increased", "lipase", 1, 1.5, 2, 5)
    put(
        "6.0",
        "Lipase increased",
        "lipase",
        "",
        ("> 1 ULN", "> 1.5 ULN", "> 3 ULN", "> 5 ULN"),
        needs="ULN!",
        assumed="signs and symptoms",
    )
    multiples(ALL, "Serum amylase increased", "amylase", 1, 1.5, 2, 5)
    limits(
        ALL,
        "Cholesterol high",
        "cholesterol",
        ">",
        {"mmol/L": ("12.92", "10.34", "7.75"), "mg/dL": ("500", "400", "300")},
    )
    put(ALL, "Acidosis", "pH", "", ("< 1 LLN", "", "< 7.3", ""))
    put(ALL, "Alkalosis", "pH", "", ("> 1 ULN", "", "> 7.5", ""))
    limits(
        ALL,
        "Hypercalcemia",
        "calcium",
        ">",
        {"mmol/L": ("3.4", "3.1", "2.9"), "mg/dL": ("13.5", "12.5", "11.5")},
        assumed="calcium is corrected for albumin",
    )
    limits(
        ALL,
        "Hypercalcemia (Ionized)",
        "ionised calcium",
        ">",
        {"mmol/L": ("1.8", "1.6", "1.5"), "mg/dL": ("7.2", "6.4", "6")},
    )
    limits(
        ALL,
        "Hypocalcemia",
        "calcium",
        "<",
        {"mmol/L": ("1.5", "1.75", "2"), "mg/dL": ("6", "7", "8")},
        assumed="calcium is corrected for albumin",
    )
    limits(
        ALL,
        "Hypocalcemia (Ionized)",
        "ionised calcium",
        "<",
        {"mmol/L": ("0.8", "0.9", "1"), "mg/dL": ("3.2", "3.6", "4")},
    )
    for versions in ("4.03", "6.0"):
        limits(
            versions,
            "Hyperglycemia (Fasting)",
            "fasting glucose",
            ">",
            {"mmol/L": ("27.8", "13.9", "8.9"), "mg/dL": ("500", "250", "160")},
        )
        limits(
            versions,
            "Hyperglycemia",
            "glucose",
            ">",
            {"mmol/L": ("27.8", "13.9", "", ""), "mg/dL": ("500", "250", "", "")},
        )
    limits(ALL, "Hypoglycemia", "glucose", "<", {"mmol/L": ("1.7", "2.2", "3"), "mg/dL": ("30", "40", "55")})
    limits(ALL, "Hyperkalemia", "potassium", ">", {"mmol/L": ("7", "6", "5.5")})
    put(
        ALL,
        "Hypokalemia",
        "potassium",
        "mmol/L",
        ("", "< 1 LLN", "< 3", "< 2.5"),
        assumed="symptomatic, or intervention indicated",
    )
    limits(ALL, "Hypermagnesemia", "magnesium", ">", {"mmol/L": ("3.3", "1.23", ""), "mg/dL": ("8", "3", "")})
    limits(ALL, "Hypomagnesemia", "magnesium", "<", {"mmol/L": ("0.3", "0.4", "0.5"), "mg/dL": ("0.7", "0.9", "1.2")})
    limits(ALL, "Hypernatremia", "sodium", ">", {"mmol/L": ("160", "155", "150")})
    limits("4.03", "Hyponatremia", "sodium", "<", {"mmol/L": ("120", "130", "")})
    put("5.0", "Hyponatremia", "sodium", "mmol/L", ("< 1 LLN", "", "<= 129", "< 120"), assumed="symptomatic")
    put("6.0", "Hyponatremia", "sodium", "mmol/L", ("< 1 LLN", "", "< 130", "< 120"), assumed="symptomatic")
    limits(
        ALL,
        "Hypertriglyceridemia",
        "triglycerides",
        ">",
        {"mmol/L": ("11.4", "5.7", "3.42", "1.71"), "mg/dL": ("1000", "500", "300", "150")},
    )
    assumed = "with physiologic consequences"
    for unit, most in (("umol/L", "590"), ("mg/dL", "10")):
        put("4.03", "Hyperuricemia", "urate", unit, ("", "", "> 1 ULN", f"> {most}"), assumed=assumed)
    put(NEW, "Hyperuricemia", "urate", "", ("", "", "> 1 ULN", ""), needs="ULN!", assumed=assumed)
    limits(ALL, "Hypoalbuminemia", "albumin", "<", {"g/L": ("", "20", "30"), "g/dL": ("", "2", "3")})
    limits("4.03", "Hypophosphatemia", "phosphate", "<", {"mmol/L": ("0.3", "0.6", "0.8"), "mg/dL": ("1", "2", "2.5")})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(ROWS)
    content = text.getvalue().encode()
    (DATA / "ctcae_laboratory.csv").write_bytes(content)
    (DATA / "ctcae_laboratory.toml").write_text(
        'work = "NCI, Common Terminology Criteria for Adverse Events"\n'
        'locator = "v4.03 (2010), v5.0 (2017), v6.0 (2025, with errata of 2026-01-20): criteria that a laboratory value can meet"\n'
        'origin = "set down in tools/write_ctcae_laboratory.py; splits and worst-case assumptions as in admiral (Apache-2.0)"\n'
        'licence = "public domain (US government)"\n'
        'made_by = "tools/write_ctcae_laboratory.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'versions = "of CTCAE, between blanks"\n'
        'term = "CTCAE term"\n'
        'analyte = "what is measured"\n'
        'unit = "of the limits; empty: in any, that of the limits of normal"\n'
        'needs = "what must be known to grade at all"\n'
        'grade_1 = "criterion, notation in the script"\n'
        'grade_2 = "criterion"\n'
        'grade_3 = "criterion"\n'
        'grade_4 = "criterion"\n'
        'ends = "where the laboratory criterion ends"\n'
        'assumed = "clinical part taken at its worst, or what the value must be"\n'
    )


if __name__ == "__main__":
    main()
