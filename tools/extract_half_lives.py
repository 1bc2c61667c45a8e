"""Write src/hevesy/nuclides/data/half_lives.csv and .toml from ENDF-6 decay sections (MF 8, MT 457).

Usage: python tools/extract_half_lives.py FOLDER_OF_ENDF_FILES

The half-life and its standard uncertainty (both in s) stand in the first LIST record of the section, that is in the
first two eleven-character fields of the second line (ENDF-6 Formats Manual, section 8.4).
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "nuclides" / "data"


def endf_number(field: str) -> float:
    """Read ' 6.933773+5' as 693377.3: ENDF leaves out the letter of the exponent."""
    text = field.strip()
    sign = max(text.rfind("+"), text.rfind("-"))
    return float(text if sign <= 0 else f"{text[:sign]}e{text[sign:]}")


def main(folder: Path) -> None:
    """Extract every section in the folder."""
    lines = ["nuclide,half_life_s,half_life_standard_uncertainty_s,section_sha256"]
    for section in sorted(folder.glob("*_mf8_mt457.endf")):
        record = section.read_text().splitlines()[1]
        half_life_s, uncertainty_s = endf_number(record[:11]), endf_number(record[11:22])
        digest = hashlib.sha256(section.read_bytes()).hexdigest()
        lines.append(f"{section.name.split('_')[0]},{half_life_s!r},{uncertainty_s!r},{digest}")
    content = ("\n".join(lines) + "\n").encode()
    (DATA / "half_lives.csv").write_bytes(content)
    (DATA / "half_lives.toml").write_text(
        'work = "ENDF/B-VIII.1 decay sublibrary"\n'
        'locator = "MF 8, MT 457, first LIST record (T1/2 and its uncertainty)"\n'
        'origin = "National Nuclear Data Center; sections as in the archive of the PyPI package sandy 1.2.0"\n'
        'licence = "none stated in the files; evaluated nuclear data of the US government"\n'
        'made_by = "tools/extract_half_lives.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'nuclide = "element symbol, mass number, m for metastable"\n'
        'half_life_s = "s"\n'
        'half_life_standard_uncertainty_s = "s, one standard deviation"\n'
        'section_sha256 = "SHA-256 of the section the row was read from"\n'
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
