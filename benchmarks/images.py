"""Images: a PET series of 200 slices to SUV, five volumes with 20 regions to curves, and the memory of each.

Usage: python -m benchmarks.images

Seconds are of one process each; the ratio is to reading the same pixels with pydicom alone, in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import nibabel
import numpy as np
from tests.files.pet_objects import Scan, write_large

RUN = """
import json, resource, sys, time
begun = time.perf_counter()
{code}
status = open("/proc/self/status").read() if sys.platform == "linux" else ""
held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
print(json.dumps({{"s": time.perf_counter() - begun, "cpu_s": time.process_time(),
                  "MB": int(held[0]) / 1024 if held else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}}))
"""
NOTHING = "import hevesy.conduct.images, hevesy.find.uptake, pydicom, nibabel, scipy.ndimage"


def measured(code: str) -> dict[str, float]:
    """Wall and CPU seconds and the most memory of a process that runs some code."""
    ran = subprocess.run([sys.executable, "-c", RUN.format(code=code)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print each figure beside its bar."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        scan = Scan()
        write_large(place / "whole", scan, (200, 256, 256))
        points = []
        for number, hours in enumerate((2, 6, 24, 48, 96)):
            points.append(place / f"point{number}")
            write_large(points[-1], replace(scan, scanned=scan.injected + timedelta(hours=hours)), (200, 128, 128))
        write_regions(place / "regions.nii", (200, 128, 128), 20)
        base = measured(NOTHING)
        suv = measured(
            f"{NOTHING}\nfrom pathlib import Path\nhevesy.conduct.images.suv_image([Path({str(place / 'whole')!r})])"
        )
        peer = measured(
            "import pydicom, glob, numpy\nnumpy.stack([pydicom.dcmread(one).pixel_array * 1.0 "
            f"for one in sorted(glob.glob({str(place / 'whole' / '*')!r}))])"
        )
        named = [str(one) for one in points]
        curves = measured(
            f"{NOTHING}\nimport hevesy\nhevesy.curve({named!r}, regions={str(place / 'regions.nii')!r}, nuclide='I-124')"
        )
    whole_MB, series_MB = 200 * 256 * 256 * 4 / 2**20, 5 * 200 * 128 * 128 * 4 / 2**20
    print(f"200 slices of 256 x 256 to SUV: {suv['s']:.2f} s, {suv['cpu_s']:.2f} s of CPU (bar 2)")
    print(f"  {suv['cpu_s'] / peer['cpu_s']:.2f} of the CPU of pydicom alone reading the pixels of each file once")
    print(
        f"  memory {suv['MB'] - base['MB']:.0f} MB over nothing, {(suv['MB'] - base['MB']) / whole_MB:.2f} of the series"
    )
    print(
        f"5 points of 128 x 128 x 200, 20 regions, to curves: {curves['s']:.2f} s, {curves['cpu_s']:.2f} s of CPU (bar 10)"
    )
    print(
        f"  memory {curves['MB'] - base['MB']:.0f} MB over nothing, {(curves['MB'] - base['MB']) / series_MB:.2f} of the "
        "five (bar 3)"
    )


def write_regions(path: Path, shape: tuple[int, int, int], count: int) -> None:
    """So many balls on the grid of the scan."""
    rng = np.random.default_rng(1)
    labels = np.zeros(shape, dtype=np.uint8)
    places = np.moveaxis(np.indices(shape, dtype=np.float32), 0, -1)
    for number in range(1, count + 1):
        centre = rng.uniform(15, np.array(shape) - 15)
        labels[np.linalg.norm(places - centre, axis=-1) < rng.uniform(4, 12)] = number
    affine = np.array([[-4.0, 0, 0, 30], [0, -4, 0, 20], [0, 0, 4, 100], [0, 0, 0, 1]])
    nibabel.save(nibabel.Nifti1Image(labels.T, affine), path)  # type: ignore[no-untyped-call]  # nibabel has no types


if __name__ == "__main__":
    main()
