"""Write src/hevesy/matter/data/alpha_stopping.csv and .toml.

Electronic stopping power of liquid water for alpha particles.

Usage: python tools/write_alpha_stopping.py

The numbers are those of ICRU Report 49 (1993), the NIST database ASTAR, as tabulated in Geant4
(standard/src/G4ASTARStopping.cc).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "matter" / "data"
KEV = """1 1.5 2 2.5 3 4 5 6 7 8 9 10 12.5 15 17.5 20 22.5 25 27.5 30 35 40 45 50 55 60 65 70 75 80 85 90 95 100 125 150
175 200 225 250 275 300 350 400 450 500 550 600 650 700 750 800 850 900 950 1000 1250 1500 1750 2000 2250 2500 2750 3000
3500 4000 4500 5000 5500 6000 6500 7000 7500 8000 8500 9000 9500 10000"""
MEV_CM2_PER_G = """98.91 122.7 143.1 161.1 177.5 206.9 233 256.8 278.8 299.3 318.6 337 379.5 418.1 453.8 487.1 518.6
548.3 576.7 603.9 655.2 703 748 790.5 831 869.6 906.6 942.2 976.4 1009 1041 1072 1102 1131 1265 1383 1488 1582 1666 1743
1811 1873 1978 2062 2128 2178 2215 2240 2255 2262 2262 2256 2245 2230 2211 2190 2050 1896 1752 1624 1511 1414 1329 1255
1132 1034 952.7 884.8 826.9 777.1 733.4 694.9 660.7 630.1 602.5 577.6 554.8 534"""


def main() -> None:
    """Write the table and its description."""
    rows = list(zip(KEV.split(), MEV_CM2_PER_G.split(), strict=True))
    content = "".join(
        ["energy_keV,stopping_MeV_cm2_per_g\n", *(f"{energy},{stopping}\n" for energy, stopping in rows)]
    ).encode()
    (DATA / "alpha_stopping.csv").write_bytes(content)
    (DATA / "alpha_stopping.toml").write_text(
        'work = "ICRU Report 49 (1993), NIST database ASTAR"\n'
        'locator = "water, liquid: electronic stopping power"\n'
        'origin = "as tabulated in Geant4, standard/src/G4ASTARStopping.cc"\n'
        'licence = "facts of the US government\'s database"\n'
        'made_by = "tools/write_alpha_stopping.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'energy_keV = "keV"\n'
        'stopping_MeV_cm2_per_g = "MeV cm2/g"\n'
    )


if __name__ == "__main__":
    main()
