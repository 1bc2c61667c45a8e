"""Write src/hevesy/study/data/believable.csv and .toml: between which values a delivered quantity can be believed.

Usage: python tools/write_believable.py

The bounds are wide on purpose: they are to catch a wrong unit, a slipped decimal point or a swapped column, not an ill
patient. Where no work is named the reason is this project's own.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "study" / "data"
TABLE = """\
quantity,lower,upper,unit,reason
platelets,0,3000,10^9/L,extreme thrombocythaemia ends near 3000; a count in 10^6/L or /uL lies a thousandfold above
neutrophils,0,200,10^9/L,chronic neutrophilic and myeloid leukaemia reach about 200
lymphocytes,0,800,10^9/L,chronic lymphocytic leukaemia reaches about 800
haemoglobin,1,25,g/dL,survival is described down to about 1; polycythaemia ends near 25; g/L typed as g/dL lies above
height,100,230,cm,adults; a lost digit lies below
weight,25,300,kg,adults; pounds typed as kg mostly stay inside and cannot be told
activity_percent,20,500,%,of the prescription; mCi and MBq differ by a factor of 37
serum_m_protein,0,20,g/dL,the highest serum proteins described are near 20; g/L typed as g/dL lies above from 20 g/L on
urine_m_protein,0,50000,mg/24h,the heaviest proteinurias are near 50 g a day
free_light_chain,0,200000,mg/L,the highest free light chains described are above 100 g/L
serum_igm,0,20,g/dL,the highest IgM described is below 20; mg/dL typed as g/dL lies above
"""


def main() -> None:
    """Write the table and its description."""
    content = TABLE.encode()
    (DATA / "believable.csv").write_bytes(content)
    (DATA / "believable.toml").write_text(
        'work = "Hevesy, bounds of belief"\n'
        'locator = "tools/write_believable.py"\n'
        'origin = "set down for this project; reasons in the table"\n'
        'licence = "MIT"\n'
        'made_by = "tools/write_believable.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'quantity = "what is measured"\n'
        'lower = "the least value that is believed, in the unit"\n'
        'upper = "the greatest value that is believed"\n'
        'unit = "the internal unit of the quantity"\n'
        'reason = "why the bounds lie there"\n'
    )


if __name__ == "__main__":
    main()
