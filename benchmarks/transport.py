"""Physics: histories a second, the quick dose of a large map, a patient to a wanted uncertainty.

Run: python -m benchmarks.transport [--patient [alone]] [--gpu]

One core unless said; histories a second are of CPU time, as the machine may be shared. The peers' figures are from
other machines: ARCHER-NM (a GPU code) 5.6e7 decays a second. "--patient alone" runs the patient alone.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from hevesy.kernels.random import stream
from hevesy.kernels.transport import ELECTRON, PHOTON, Emitted, Grid, Rules, histories
from hevesy.matter.material import material
from hevesy.matter.transport_tables import tables
from hevesy.nuclides.library import emissions
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.voxel_dose import VOXELS, Scene, components, transport_dose
from hevesy.radiation.voxel_kernel import preview_dose, voxel_kernel

LOCAL = Rules(10.0, 10.0, 20.0, 20.0, 0.2, 0.3, True, True)


def rate(emitted: Emitted, rules: Rules, size_cm: float, count: int, edge: int = 128, voxels: int = 1) -> float:
    """Histories per second of CPU time from the middle of a cube of water, given once or by each of its voxels."""
    grid = Grid(
        np.full(3, edge, np.int64),
        np.full(3, size_cm),
        np.full(3, 1 / size_cm),
        np.zeros(voxels, np.uint8),
        np.ones(voxels, np.float32),
        0,
        1.0,
        1.0,
    )
    matter = tables([material("water")], [1.0], rules)
    middle = np.array([((edge // 2 * edge) + edge // 2) * edge + edge // 2], np.int64)
    source = emitted._replace(voxel=middle, voxel_cumulative=np.ones(1))
    tally = np.zeros((1, edge**3 + 2), np.int64)
    histories(matter, grid, source, rules, np.uint64(1), stream("transport"), 0, 100, tally)
    best = np.inf
    for _ in range(5):
        begin = time.process_time()
        histories(matter, grid, source, rules, np.uint64(1), stream("transport"), 0, count, tally)
        best = min(best, time.process_time() - begin)
    return count / best


def line_of_iodine() -> Emitted:
    """The photon of 364 keV of I-131."""
    return Emitted(PHOTON, np.array([364.489]), np.ones(1), False, np.zeros(0, np.int64), np.zeros(0))


def speeds() -> None:
    """Photons and betas."""
    photon = line_of_iodine()
    print(f"{'histories per second and core':48}{'Hevesy':>12}{'bar':>12}")
    for size in (0.1, 0.2, 0.4):
        for voxels, words in ((1, "water"), (128**3, "map")):
            found = rate(photon, LOCAL, size, 400_000, voxels=voxels)
            print(f"{f'photons of 364 keV, 128^3 of {10 * size:g} mm, {words}':48}{found:12,.0f}{1_000_000:12,}")
    beta = next(source for _, source, _ in components(emissions("I-131"), VOXELS) if source.kind == ELECTRON)
    print(f"{'betas of I-131, voxels of 2 mm':48}{rate(beta, VOXELS, 0.2, 100_000):12,.0f}{100_000:12,}")


def body(shape: tuple[int, int, int], size_cm: float) -> Scene:
    """An ellipse of soft tissue with lungs, spine, liver and two kidneys that carry I-131."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, edge) for edge in shape), indexing="ij", sparse=True)
    matter = np.full(shape, 3, np.uint8)
    density = np.full(shape, 0.0012)
    activity = np.zeros(shape)

    def fill(inside: np.ndarray, kind: int, rho: float, uptake: float) -> None:
        matter[inside], density[inside], activity[inside] = kind, rho, uptake

    fill((x / 0.95) ** 2 + (y / 0.7) ** 2 + 0 * z < 1, 0, 1.04, 1.0)
    for side in (-0.45, 0.45):
        fill(((x - side) / 0.3) ** 2 + (y / 0.5) ** 2 + ((z - 0.5) / 0.35) ** 2 < 1, 1, 0.26, 1.0)
        fill(((x - side) / 0.12) ** 2 + ((y + 0.3) / 0.15) ** 2 + ((z + 0.3) / 0.12) ** 2 < 1, 0, 1.05, 30.0)
    fill(((x + 0.35) / 0.4) ** 2 + (y / 0.45) ** 2 + ((z + 0.02) / 0.2) ** 2 < 1, 0, 1.06, 12.0)
    fill((x / 0.1) ** 2 + ((y + 0.5) / 0.13) ** 2 + 0 * z < 1, 2, 1.6, 3.0)
    names = ("soft tissue", "lung", "cortical bone", "air")
    return Scene(
        size_cm=(size_cm,) * 3,
        materials=tuple(material(name) for name in names),
        material=matter,
        density_g_per_cm3=density,
        activity=activity,
    )


def preview() -> None:
    """A map of 256^3 by convolution."""
    scene = body((256, 256, 256), 0.2)
    emitted = point_kernel(emissions("I-131"))
    begin = time.perf_counter()
    kernel = voxel_kernel(emitted, scene.size_cm, 4.0)
    made = time.perf_counter() - begin
    begin = time.perf_counter()
    preview_dose(scene, kernel, workers=2)
    print(
        f"{'preview of 256^3, two cores, seconds':48}{time.perf_counter() - begin:12.1f}{10:12}   (kernel {made:.1f} s)"
    )


def patient() -> None:
    """A synthetic patient of 128 x 128 x 200 voxels of 4 mm, every organ to 1 %."""
    scene = body((128, 128, 200), 0.4)
    organs = (*(scene.activity == uptake for uptake in (30.0, 12.0, 3.0)), scene.material == 1, scene.activity > 0)
    begin, cpu = time.perf_counter(), time.process_time()
    found = transport_dose(scene, emissions("I-131"), regions=organs, wanted=0.01, workers=2)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
    said = f"{cpu:.1f} s of CPU; {found.because[0]}"
    print(f"{'patient of 128x128x200 to 1 % per organ, seconds':48}{seconds:12.1f}{300:12}   ({said})")


def gpu() -> None:
    """Decays of I-131 a second on a GPU, with the relative standard error of the organs after them."""
    scene = body((128, 128, 200), 0.4)
    organs = tuple(scene.activity == uptake for uptake in (30.0, 12.0, 3.0))
    transport_dose(scene, emissions("I-131"), batch=20_000, most_batches=50, wanted=0.5, gpu=True)
    begin = time.perf_counter()
    found = transport_dose(
        scene, emissions("I-131"), regions=organs, batch=1_000_000, most_batches=50, wanted=0.5, gpu=True
    )
    seconds = time.perf_counter() - begin
    errors = [
        100 * error / energy for energy, error in (found.region_of_batches(place) for place in range(len(organs)))
    ]
    rate = float(found.batch_histories.sum()) / seconds
    print(f"{'decays of I-131 a second on a GPU':48}{rate:12,.0f}{56_000_000:12,}   (organs to {max(errors):.2g} %)")


if __name__ == "__main__":
    if sys.argv[1:] != ["--patient", "alone"]:
        speeds()
        preview()
    if "--patient" in sys.argv:
        patient()
    if "--gpu" in sys.argv:
        gpu()
