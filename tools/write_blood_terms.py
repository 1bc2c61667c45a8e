"""Write src/hevesy/follow/data/blood_terms.csv and .toml: by which words a low blood count is reported.

Usage: python tools/write_blood_terms.py

Terms are CTCAE's and MedDRA's usual ones and what sites write; in American spelling and small letters, as the reader
folds them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "follow" / "data"
TERMS = {
    "platelets": (
        "platelet count decreased, thrombocytopenia, thrombopenia, platelets decreased, platelet decreased, blood "
        "platelet decreased, blood platelets decreased, decreased platelets, decreased platelet count, platelet count "
        "decrease, platelet count low, low platelet count, low platelets, platelets low, plt decreased, platelet count "
        "reduced, reduced platelets"
    ),
    "neutrophils": (
        "neutrophil count decreased, neutropenia, granulocytopenia, neutrophils decreased, neutrophil decreased, "
        "absolute neutrophil count decreased, anc decreased, decreased neutrophils, decreased neutrophil count, "
        "neutrophil count decrease, neutrophil count low, low neutrophil count, low neutrophils, granulocyte count "
        "decreased, granulocytes decreased, neutrophil count reduced"
    ),
    "lymphocytes": (
        "lymphocyte count decreased, lymphopenia, lymphocytopenia, lymphocytes decreased, lymphocyte decreased, "
        "absolute lymphocyte count decreased, alc decreased, decreased lymphocytes, decreased lymphocyte count, "
        "lymphocyte count decrease, lymphocyte count low, low lymphocyte count"
    ),
    "haemoglobin": (
        "anemia, hemoglobin decreased, hemoglobin decrease, decreased hemoglobin, hemoglobin low, low hemoglobin, hb "
        "decreased, hgb decreased, red blood cell count decreased, red blood cells decreased, erythropenia, hemoglobin "
        "reduced"
    ),
    "leukocytes": (
        "white blood cell decreased, white blood cell count decreased, white blood cells decreased, leukopenia, "
        "leukocyte count decreased, leukocytes decreased, wbc decreased, wbc count decreased, white cell count "
        "decreased, decreased white blood cells, low white blood cell count, white blood cell count low"
    ),
}


def main() -> None:
    """Write the table and its description."""
    rows = [f"{term.strip()},{count}" for count, terms in TERMS.items() for term in terms.split(",")]
    content = ("term,count\n" + "\n".join(rows) + "\n").encode()
    (DATA / "blood_terms.csv").write_bytes(content)
    (DATA / "blood_terms.toml").write_text(
        'work = "Hevesy, words for low blood counts"\n'
        'locator = "tools/write_blood_terms.py"\n'
        'origin = "set down for this project after the terms of CTCAE 4.03 to 6.0 and common site usage"\n'
        'licence = "MIT"\n'
        'made_by = "tools/write_blood_terms.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'term = "as folded: small letters, American spelling"\n'
        'count = "the blood count that is low"\n'
    )


if __name__ == "__main__":
    main()
