"""Write src/hevesy/follow/data/ctcae_terms.csv: the terms of CTCAE 5.0 and 6.0 with the grades each of them has.

Usage: python tools/write_ctcae_terms.py DIR

DIR holds ctcae_v5.0_terms.csv and ctcae_v6.0_terms.csv, columns soc, term, g1 to g5.

The NCI's tables are public; their MedDRA codes are left out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import sys
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "follow" / "data"
VERSIONS = ("5.0", "6.0")


def main(folder: Path) -> None:
    """Write the table and its description."""
    grades: dict[tuple[str, str], dict[str, str]] = {}
    for version in VERSIONS:
        with (folder / f"ctcae_v{version}_terms.csv").open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                has = "".join(grade for grade in "12345" if row[f"g{grade}"].strip() not in ("", "-"))
                grades.setdefault((row["soc"].strip(), row["term"].strip()), {})[version] = has
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["soc", "term", "grades_5_0", "grades_6_0"])
    for (soc, term), by_version in sorted(grades.items()):
        writer.writerow([soc, term, *(by_version.get(version, "") for version in VERSIONS)])
    content = text.getvalue().encode()
    (DATA / "ctcae_terms.csv").write_bytes(content)
    (DATA / "ctcae_terms.toml").write_text(
        'work = "NCI, Common Terminology Criteria for Adverse Events"\n'
        'locator = "v5.0 (2017) and v6.0 (2025): system organ classes, terms, and which grades they have"\n'
        'origin = "the NCI\'s published tables, without MedDRA codes"\n'
        'licence = "public domain (US government)"\n'
        'made_by = "tools/write_ctcae_terms.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'soc = "system organ class"\n'
        'term = "CTCAE term"\n'
        'grades_5_0 = "grades that the term has in v5.0, as in 1235; empty: no term of that version"\n'
        'grades_6_0 = "the same in v6.0"\n'
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
