"""Write the small PET series (synthetic, I-124), their CT and their mask that the examples of questions use.

Usage: python tools/write_pet_example.py
"""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.files.pet_objects import Scan, nifti_mask, write_ct, write_scan  # noqa: E402

PLACE = ROOT / "tests" / "answers" / "data" / "pet"
TIMES_H = (6, 24, 48)


def main() -> None:
    """A folder for each time and one for the CT, and a mask of the lesion (1) and of what lies beside it (2)."""
    for elapsed_h in TIMES_H:
        folder = PLACE / f"{elapsed_h}h"
        shutil.rmtree(folder, ignore_errors=True)
        scanned = datetime(2025, 3, 3 + elapsed_h // 24, 9 + elapsed_h % 24, 30)
        write_scan(folder, Scan(scanned=scanned))
    shutil.rmtree(PLACE / "ct", ignore_errors=True)
    write_ct(PLACE / "ct")
    nifti_mask(PLACE / "regions.nii")


if __name__ == "__main__":
    main()
