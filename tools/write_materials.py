"""Write src/hevesy/matter/data/materials.csv and .toml: tissues as ICRU Reports 37, 44 and 46 give them.

Usage: python tools/write_materials.py
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "matter" / "data"
TABLE = """\
name,density_g_per_cm3,excitation_eV,H,C,N,O,F,Na,Mg,P,S,Cl,Ar,K,Ca,Fe,Zn,I,reference
water,1,75,0.111894,0,0,0.888106,0,0,0,0,0,0,0,0,0,0,0,0,ICRU 37
soft tissue,1.06,74.7,0.102,0.143,0.034,0.708,0,0.002,0,0.003,0.003,0.002,0,0.003,0,0,0,0,ICRU 44
muscle,1.05,74.6,0.102,0.143,0.034,0.71,0,0.001,0,0.002,0.003,0.001,0,0.004,0,0,0,0,ICRU 44
adipose,0.95,64.8,0.114,0.598,0.007,0.278,0,0.001,0,0,0.001,0.001,0,0,0,0,0,0,ICRU 44
cortical bone,1.92,112,0.034,0.155,0.042,0.435,0,0.001,0.002,0.103,0.003,0,0,0,0.225,0,0,0,ICRU 44
cortical bone (ICRP),1.85,106.4,0.047234,0.14433,0.04199,0.446096,0,0,0.0022,0.10497,0.00315,0,0,0,0.20993,0,0.0001,0,\
ICRU 37
spongiosa,1.18,,0.085,0.404,0.028,0.367,0,0.001,0.001,0.034,0.002,0.002,0,0.001,0.074,0.001,0,0,ICRU 46
red marrow,1.03,,0.105,0.414,0.034,0.439,0,0,0,0.001,0.002,0.002,0,0.002,0,0.001,0,0,ICRU 46
yellow marrow,0.98,,0.115,0.644,0.007,0.231,0,0.001,0,0,0.001,0.001,0,0,0,0,0,0,ICRU 46
lung,0.26,75.2,0.103,0.105,0.031,0.749,0,0.002,0,0.002,0.003,0.003,0,0.002,0,0,0,0,ICRU 44
air,0.00120479,85.7,0,0.000124,0.755268,0.231781,0,0,0,0,0,0,0.012827,0,0,0,0,0,ICRU 37
"""


def main() -> None:
    """Write the table and its description."""
    content = TABLE.encode()
    (DATA / "materials.csv").write_bytes(content)
    (DATA / "materials.toml").write_text(
        'work = "ICRU Reports 37 (1984), 44 (1989) and 46 (1992)"\n'
        'locator = "elemental composition by mass, density, mean excitation energy"\n'
        'origin = "the reports, as the NIST tables of X-ray attenuation and stopping powers quote them"\n'
        'licence = "facts"\n'
        'made_by = "tools/write_materials.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'name = "material"\n'
        'density_g_per_cm3 = "g/cm3"\n'
        'excitation_eV = "mean excitation energy, eV; empty: by additivity"\n'
        + "".join(f'{element} = "mass fraction"\n' for element in TABLE.splitlines()[0].split(",")[3:-1])
        + 'reference = "report"\n'
    )


if __name__ == "__main__":
    main()
