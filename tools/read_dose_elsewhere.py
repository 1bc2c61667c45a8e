"""Read our dose objects with another program, dicompyler-core, and keep what it makes of them.

Usage: python tools/read_dose_elsewhere.py write DIR      (here: the objects and a structure set)
       python tools/read_dose_elsewhere.py read DIR JSON  (where dicompyler-core and its pydicom below 3 are installed)

dicompyler-core does not import with pydicom 3, so that it can be no dependency of the tests: what it reads is kept in
tests/against/data/dicompyler/dose.json, with its versions, and the tests hold it against the doses that were meant and
against the objects that are written now.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def write(folder: Path) -> None:
    """The objects of every case, and one region drawn on planes."""
    sys.path.insert(0, str(ROOT))
    from tests.files.dose_cases import CASES, straight, structures

    from hevesy.files.dicom.dose import rt_dose

    folder.mkdir(parents=True, exist_ok=True)
    for name, (axes, signs) in CASES.items():
        (folder / f"{name}.dcm").write_bytes(rt_dose(straight(axes, signs), None, name))
    structures(folder / "structures.dcm")


def read(folder: Path, kept: Path) -> None:
    """Every object as dicompyler-core reads it, and its dose-volume histogram of the region."""
    import dicompylercore  # type: ignore[import-not-found, import-untyped, unused-ignore]
    import pydicom
    from dicompylercore import dicomparser, dvhcalc  # type: ignore[import-not-found, import-untyped, unused-ignore]

    objects: dict[str, Any] = {}
    files = sorted(path for path in folder.glob("*.dcm") if path.stem != "structures")
    for path in files:
        parser = dicomparser.DicomParser(str(path))
        told = parser.GetDoseData()
        planes = [float(told["position"][2]) + float(offset) for offset in parser.ds.GridFrameOffsetVector]
        scaling = float(told["dosegridscaling"])
        objects[path.stem] = {
            "x_mm": [float(one) for one in told["lut"][0]],
            "y_mm": [float(one) for one in told["lut"][1]],
            "z_mm": planes,
            "voxels": [
                [k, j, i, float(parser.GetDoseGrid(planes[k])[j, i]) * scaling]
                for k in range(len(planes))
                for j, i in ((k % told["rows"], 3 * k % told["columns"]), (3 * k % told["rows"], k % told["columns"]))
            ],
        }
    histogram = dvhcalc.get_dvh(str(folder / "structures.dcm"), str(files[0]), 1)
    dvh = {
        "volume_mL": float(histogram.volume),
        "mean_Gy": float(histogram.mean),
        "least_Gy": float(histogram.min),
        "largest_Gy": float(histogram.max),
        **{f"D{share}_Gy": float(getattr(histogram, f"D{share}").value) for share in (98, 95, 50, 2)},
        **{f"V{dose}Gy_mL": float(getattr(histogram, f"V{dose}Gy").value) for dose in (10, 20, 40)},
    }
    made_by = f"dicompyler-core {dicompylercore.__version__}, pydicom {pydicom.__version__}"
    kept.write_text(json.dumps({"made_by": made_by, "objects": objects, "dvh": dvh}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", folder]:
            write(Path(folder))
        case ["read", folder, kept]:
            read(Path(folder), Path(kept))
        case _:
            raise SystemExit(__doc__)
