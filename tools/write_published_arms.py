"""Write src/hevesy/check/data/published_arms.csv and .toml: arms in relapsed or refractory myeloma as published.

Usage: python tools/write_published_arms.py

One row an arm, with the arm's own number of subjects and its rates by definition; empty: not printed or not seen. Only
figures that somebody saw in the source named (a table or an abstract) are here, and no company's own cohorts. Facts and
figures only.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

DATA = Path(__file__).parent.parent / "src" / "hevesy" / "check" / "data"
TABLE = """\
regimen,trial,n,median_prior_lines,ORR_pct,CBR_pct,median_PFS_mo,PFS_lower_mo,PFS_upper_mo,median_OS_mo,published,source,seen
daratumumab,GEN501 and SIRIUS pooled,148,5,31.1,,4.0,2.8,5.6,20.1,2016,Blood 2016;128:37,abstract
pomalidomide and low-dose dexamethasone,MM-002 (arm with dexamethasone),113,5,33,,4.2,,,16.5,2014,Blood 2014;123:1826,\
abstract
pomalidomide and low-dose dexamethasone,STRATUS,682,5,32.6,,4.6,,,11.9,2016,Blood 2016;128:497,abstract
carfilzomib,PX-171-003-A1,266,5,23.7,,,,,15.6,2012,Blood 2012;120:2817,abstract
panobinostat with bortezomib and dexamethasone,PANORAMA-2,55,4,34.5,52.7,5.4,,,,2013,Blood 2013;122:2331,abstract
idecabtagene vicleucel,KarMMa,128,6,73,,8.8,5.6,11.6,24.8,2021,table in Blood (ashpublications view-large 11527903),\
table
ciltacabtagene autoleucel,CARTITUDE-1,97,6,97.9,,,,,,2021,table in Blood (ashpublications view-large 11527903),table
teclistamab,MajesTEC-1,165,5,63.0,,11.3,8.8,17.1,,2022,table in a review (PMC10587778),table
"""


def main() -> None:
    """Write the table and its description."""
    content = TABLE.encode()
    (DATA / "published_arms.csv").write_bytes(content)
    (DATA / "published_arms.toml").write_text(
        'work = "Published arms in relapsed or refractory multiple myeloma"\n'
        'locator = "the source of each row"\n'
        'origin = "figures as printed in the abstracts and tables named; arms whose own n was not seen are left out"\n'
        'licence = "facts"\n'
        'made_by = "tools/write_published_arms.py"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n\n'
        "[columns]\n"
        'regimen = "treatment"\n'
        'trial = "name of the trial, with the arm where it has several"\n'
        'n = "subjects of the arm"\n'
        'median_prior_lines = "median lines of therapy before"\n'
        'ORR_pct = "partial response or better, %"\n'
        'CBR_pct = "minor response or better, %"\n'
        'median_PFS_mo = "median progression-free survival, months"\n'
        'PFS_lower_mo = "its lower 95 % limit"\n'
        'PFS_upper_mo = "its upper 95 % limit"\n'
        'median_OS_mo = "median overall survival, months"\n'
        'published = "year"\n'
        'source = "publication"\n'
        'seen = "where the figures were seen: table or abstract"\n'
    )


if __name__ == "__main__":
    main()
