"""Dose in voxels: the slab of bone and lung, voxel S values, and maps that cannot be."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.icrp107 import read_icrp107
from hevesy.kernels.convolve import convolve
from hevesy.kernels.transport import Rules
from hevesy.matter.material import material
from hevesy.nuclides.chain import emissions_with_chain
from hevesy.nuclides.emission import BetaSpectrum, Emission
from hevesy.nuclides.library import emissions
from hevesy.radiation.point_kernel import point_kernel
from hevesy.radiation.voxel_dose import LOCAL, VOXELS, Scene, components, transport_dose
from hevesy.radiation.voxel_kernel import preview_dose, voxel_kernel
from tests.conftest import reference


def slab() -> tuple[Scene, Any]:
    """40 x 40 x 15 cm: water 0 to 4, cortical bone to 6, lung to 11, water to 15; the source in the middle of the bone."""
    z = (np.arange(750) + 0.5) * 0.02
    matter = np.zeros((4, 4, 750), np.uint8)
    matter[:, :, (z > 4) & (z < 6)] = 1
    matter[:, :, (z > 6) & (z < 11)] = 2
    activity = np.zeros(matter.shape)
    activity[1:3, 1:3, (z > 4) & (z < 6)] = 1
    scene = Scene(
        size_cm=(10.0, 10.0, 0.02),
        materials=(material("water"), material("cortical bone (ICRP)"), material("lung")),
        material=matter,
        density_g_per_cm3=np.choose(matter, (1.0, 1.85, 0.26)),
        activity=activity,
    )
    return scene, z


def test_the_slab_of_bone_and_lung() -> None:
    """Regions within 2 % + 2 sigma of EGSnrc, 4 mm on each side of an interface within 5 % + 2 sigma; one seed, 400,000 histories."""
    with (reference("transport") / "slab_I-131_source_bone_4-6cm.csv").open() as file:
        rows = list(csv.DictReader(file))
    scene, z = slab()
    places = [(0, 4), (4, 6), (6, 11), (11, 15), (3.6, 4), (4, 4.4), (5.6, 6), (6, 6.4), (10.6, 11), (11, 11.4)]
    regions = tuple(np.broadcast_to((z > low) & (z < high), scene.material.shape) for low, high in places)
    rules = Rules(5.0, 10.0, 10.0, 10.0, 0.08, 0.2, False, True)
    found = transport_dose(
        scene,
        read_icrp107(reference("icrp"), "I-131"),
        rules=rules,
        regions=regions,
        batch=8000,
        wanted=0.002,
        most_batches=50,
        workers=2,
    )
    assert abs(found.imbalance) < 1e-6
    for place, (low, high) in enumerate(places):
        own = [row for row in rows if float(row["z0_cm"]) >= low - 1e-9 and float(row["z1_cm"]) <= high + 1e-9]
        expected = sum(float(row["total_keV_per_decay"]) for row in own)
        sigma = sum(float(row["total_unc_keV"]) ** 2 for row in own) ** 0.5
        energy, error = found.region_of_batches(place)
        part = 0.02 if place < 4 else 0.05
        assert abs(energy - expected) < part * expected + 2 * float(np.hypot(error, sigma)), (
            low,
            high,
            energy,
            expected,
        )


@pytest.mark.parametrize("size_mm", [3, 6])
def test_voxel_s_values_of_iodine_131(size_mm: int) -> None:
    """N. Lanconelli et al. (Phys. Med. Biol. 57 (2012) 517), soft tissue of 1.04 g/cm3: 3 % at the centre, 10 % at neighbours."""
    size = size_mm / 10
    kernel = voxel_kernel(point_kernel(read_icrp107(reference("icrp"), "I-131")), (size, size, size), 10 * size, 1.04)
    values = kernel.s_mGy_per_MBq_s()
    middle = np.array(values.shape) // 2
    published = (
        (reference("svalues") / "voxel" / f"131I{size_mm}mmsoft.txt").read_text(errors="replace").splitlines()[2:]
    )
    compared = 0
    for row in published:
        if not row.strip():
            continue
        i, j, k, s = row.split()[:4]
        found = values[middle[0] + int(i), middle[1] + int(j), middle[2] + int(k)]
        assert found == pytest.approx(float(s), rel=0.03 if i == j == k == "0" else 0.10), (i, j, k)
        compared += 1
    assert compared == 216


def test_a_kernel_of_flat_voxels_has_all_the_energy_and_its_symmetry() -> None:
    point = point_kernel(emissions("I-131"))
    kernel = voxel_kernel(point, (0.2, 0.3, 0.5), 2.0)
    whole = kernel.electron_keV + kernel.photon_keV
    assert kernel.electron_keV.sum() == pytest.approx(
        point.beta_keV[-1] + point.electron_keV[-1] + point.local_keV, rel=3e-3
    )
    assert whole.sum() + kernel.outside_keV == pytest.approx(point.within_keV[-1], rel=1e-9)
    assert whole == pytest.approx(whole[::-1, ::-1, ::-1], rel=1e-9)


def test_transport_and_kernels_agree_in_water() -> None:
    """A voxel of I-131 in water: energy in itself and in its neighbour, 1.5 % and 5 %."""
    shape = (15, 15, 15)
    activity = np.zeros(shape)
    activity[7, 7, 7] = 1
    water = material("water")
    scene = Scene(
        size_cm=(0.3,) * 3,
        materials=(water,),
        material=np.zeros(shape, np.uint8),
        density_g_per_cm3=np.ones(shape),
        activity=activity,
    )
    emitted = emissions("I-131")
    kernel = voxel_kernel(point_kernel(emitted), (0.3, 0.3, 0.3), 3.0)
    whole = kernel.electron_keV + kernel.photon_keV
    middle = np.array(whole.shape) // 2
    centre, beside = whole[tuple(middle)], whole[middle[0] + 1, middle[1], middle[2]]
    found = transport_dose(scene, emitted, rules=VOXELS, batch=3200, wanted=0.004, most_batches=50)
    assert found.energy_keV[7, 7, 7] == pytest.approx(centre, rel=0.015)
    assert found.energy_keV[[6, 8], 7, 7].mean() == pytest.approx(beside, rel=0.05)
    preview = preview_dose(scene, kernel)
    assert preview.dose_mGy_per_MBq_s[7, 7, 7] == pytest.approx(centre * 1.602176634e-4 / 0.027, rel=1e-5)
    assert not preview.doubtful.any()


def test_the_answer_does_not_depend_on_workers() -> None:
    shape = (6, 6, 6)
    matter = np.zeros(shape, np.uint8)
    matter[3:] = 1
    scene = Scene(
        size_cm=(0.4,) * 3,
        materials=(material("water"), material("cortical bone")),
        material=matter,
        density_g_per_cm3=np.where(matter, 1.92, 1.0),
        activity=np.ones(shape),
    )
    one, two, eight = (
        transport_dose(scene, emissions("I-124"), batch=40, wanted=1e-4, most_batches=54, workers=workers)
        for workers in (1, 2, 8)
    )
    assert (one.energy_keV == two.energy_keV).all()
    assert (one.energy_keV == eight.energy_keV).all()
    assert abs(one.imbalance) < 1e-6
    assert one.energy_keV.sum() + one.escaped_keV == pytest.approx(one.emitted_keV, rel=1e-6)


def test_local_electrons_keep_their_voxel_and_alphas_too() -> None:
    shape = (5, 5, 5)
    activity = np.zeros(shape)
    activity[2, 2, 2] = 1
    water = material("water")
    scene = Scene(
        size_cm=(0.1,) * 3,
        materials=(water,),
        material=np.zeros(shape, np.uint8),
        density_g_per_cm3=np.ones(shape),
        activity=activity,
    )
    found = transport_dose(scene, emissions("Y-90"), rules=LOCAL, batch=60, most_batches=50)
    assert found.energy_keV[2, 2, 2] == pytest.approx(933, rel=0.03)
    alpha = transport_dose(scene, emissions("Po-212"), rules=LOCAL, batch=2, most_batches=50)
    assert alpha.energy_keV[2, 2, 2] == pytest.approx(8954, rel=1e-3)
    assert "alphas and recoils left in the voxel" in alpha.because[-1]


def test_a_chain_is_transported_with_all_its_particles() -> None:
    """Ac-225 and daughters in equilibrium: alphas stay, betas of both daughters are one spectrum; all that is emitted is accounted for."""
    whole = emissions_with_chain("Ac-225", "equilibrium")
    sources = components(whole, VOXELS)
    assert sorted(name for name, _, _ in sources) == ["beta-", "electrons", "photons"]
    emitted_keV = whole.beta_keV + sum(line.energy_keV * line.yield_per_decay for line in whole.lines)
    shape = (5, 5, 5)
    activity = np.zeros(shape)
    activity[2, 2, 2] = 1
    found = transport_dose(
        scene(
            size_cm=(0.1,) * 3, material=np.zeros(shape, np.uint8), density_g_per_cm3=np.ones(shape), activity=activity
        ),
        whole,
        batch=400,
        most_batches=50,
        wanted=1e-3,
    )
    assert found.emitted_keV == pytest.approx(emitted_keV, rel=0.01)
    assert found.energy_keV.sum() + found.escaped_keV == pytest.approx(found.emitted_keV, rel=1e-6)
    assert found.energy_keV[2, 2, 2] > whole.alpha_keV > 20_000


def test_annihilation_photons_of_a_chain_are_not_counted_twice() -> None:
    """Zr-89's positrons end in their own two photons; where they do not, the lines stand for them."""
    whole = emissions_with_chain("Zr-89", "stays")
    lines = sum(line.yield_per_decay for line in whole.lines if line.kind == "annihilation")
    alone = {name: per_decay for name, _, per_decay in components(whole, VOXELS._replace(annihilates=False))}
    own = {name: per_decay for name, _, per_decay in components(whole, VOXELS)}
    assert alone["photons"] - own["photons"] == pytest.approx(lines, rel=1e-9)
    assert lines == pytest.approx(2 * own["beta+"], rel=1e-6)


def test_energies_beyond_the_tables_are_refused() -> None:
    line = Emission(kind="gamma", energy_keV=4400.0, yield_per_decay=0.1, yield_standard_uncertainty=None)
    fast = BetaSpectrum(sign=1, energy_keV=np.array([0.0, 4153.0]), per_keV=np.array([1.0, 0.0]) / 2000)
    own = replace(emissions("Ga-68"), nuclide="Ga-66")
    with pytest.raises(RuleError, match="Ga-66 emits photons of 4400 keV, their tables end at 4000 keV"):
        components(replace(own, lines=(line,)), VOXELS)
    with pytest.raises(RuleError, match="Ga-66 emits betas of 4153 keV, their tables end at 3500 keV"):
        components(replace(own, spectra=(fast,)), VOXELS)
    electron = replace(line, kind="conversion_electron", energy_keV=3600.0)
    with pytest.raises(RuleError, match="emits electrons of 3600 keV, their tables end at 3500 keV"):
        components(replace(own, lines=(electron,)), VOXELS)


def test_the_preview_marks_bone_and_lung() -> None:
    shape = (40, 8, 8)
    density = np.ones(shape)
    density[30:] = 0.26
    water = material("water")
    scene = Scene(
        size_cm=(0.3,) * 3,
        materials=(water,),
        material=np.zeros(shape, np.uint8),
        density_g_per_cm3=density,
        activity=np.ones(shape),
    )
    found = preview_dose(scene, voxel_kernel(point_kernel(emissions("I-131")), (0.3, 0.3, 0.3), 1.5))
    assert found.doubtful[29, 4, 4]
    assert not found.doubtful[20, 4, 4]
    assert "doubtful" in found.because[1]
    with pytest.raises(ValueError, match="the kernel is of voxels"):
        preview_dose(scene, voxel_kernel(point_kernel(emissions("I-131")), (0.4, 0.4, 0.4), 1.5))


def test_convolution_is_the_sum_it_stands_for() -> None:
    rng = np.random.default_rng(2)
    values, kernel = rng.random((9, 7, 5)), rng.random((5, 3, 3))
    direct = np.zeros_like(values)
    padded = np.pad(values, ((2, 2), (1, 1), (1, 1)))
    for i in range(5):
        for j in range(3):
            for k in range(3):
                direct += kernel[i, j, k] * padded[4 - i : 13 - i, 2 - j : 9 - j, 2 - k : 7 - k]
    assert convolve(values, kernel) == pytest.approx(direct, rel=1e-5)
    with pytest.raises(ValueError, match="odd edges"):
        convolve(values, rng.random((4, 3, 3)))


WATER, ONES = material("water"), np.ones((2, 2, 2))


def scene(**changed: Any) -> Scene:
    given: dict[str, Any] = {
        "size_cm": (0.1, 0.1, 0.1),
        "materials": (WATER,),
        "material": np.zeros((2, 2, 2), np.uint8),
        "density_g_per_cm3": ONES,
        "activity": ONES,
    }
    return Scene(**(given | changed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size_cm": (0.1, 0.0, 0.1)}, "three positive sizes"),
        ({"activity": np.full((2, 2, 2), np.nan)}, r"activity at voxel \(0, 0, 0\) is nan"),
        ({"activity": -ONES}, r"activity at voxel \(0, 0, 0\) is -1, it must be 0 or more"),
        ({"activity": 0 * ONES}, "no activity anywhere"),
        (
            {"density_g_per_cm3": 0 * ONES},
            r"density at voxel \(0, 0, 0\) is 0, it must be in 0\.001\.\.20 g/cm3",
        ),
        ({"density_g_per_cm3": 1040 * ONES}, r"density at voxel \(0, 0, 0\) is 1040, it must be in"),
        ({"density_g_per_cm3": np.inf * ONES}, r"density at voxel \(0, 0, 0\) is inf, it must be in"),
        ({"density_g_per_cm3": np.ones((2, 2, 3))}, r"shape \(2, 2, 3\), that of materials \(2, 2, 2\)"),
        ({"material": np.full((2, 2, 2), 3, np.uint8)}, r"voxel \(0, 0, 0\) has material 3, but 1 are given"),
        ({"material": np.zeros(8, np.uint8)}, "three dimensions"),
        ({"material": np.full((2, 2, 2), -1)}, "whole numbers from 0, got int64 down to -1"),
        ({"material": np.zeros((2, 2, 2))}, "whole numbers from 0, got float64"),
        ({"size_cm": (0.1, 0.1)}, "three positive sizes"),
    ],
)
def test_scenes_that_cannot_be_are_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(RuleError, match=words):
        scene(**changed)


def test_runs_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="50 batches or more"):
        transport_dose(scene(), emissions("I-131"), most_batches=3)
    with pytest.raises(ValueError, match="one worker or more, got 0"):
        transport_dose(scene(), emissions("I-131"), workers=0)
    wrong: tuple[Any, ...] = (np.ones((2, 2, 2)), np.ones((2, 2), bool), np.zeros((2, 2, 2), bool))
    for region in wrong:
        with pytest.raises(
            ValueError, match=r"region 0 must mark voxels of the scene \(bool, shape \(2, 2, 2\), not empty\)"
        ):
            transport_dose(scene(), emissions("I-131"), regions=(region,))
    for rules in (VOXELS._replace(hard_from=0.1), VOXELS._replace(photon_cut=float("nan"))):
        with pytest.raises(ValueError, match="are 1 keV or more"):
            transport_dose(scene(), emissions("I-131"), rules=rules)
    with pytest.raises(ValueError, match="loses at most half"):
        transport_dose(scene(), emissions("I-131"), rules=VOXELS._replace(loss=0.9))
    with pytest.raises(ValueError, match="like those of tissues"):
        voxel_kernel(point_kernel(emissions("I-131")), (1.0, 1.0, 1.0), 3.0, 1e-9)
    with pytest.raises(ValueError, match=r"takes a kernel in water of 1 g/cm3, this one is of 1\.04"):
        preview_dose(scene(), voxel_kernel(point_kernel(emissions("I-131")), (0.1, 0.1, 0.1), 0.3, 1.04))
    with pytest.raises(ValueError, match="three positive sizes"):
        voxel_kernel(point_kernel(emissions("I-131")), (0.0, 1.0, 1.0), 3.0)
    with pytest.raises(ValueError, match="reaches a voxel or further"):
        voxel_kernel(point_kernel(emissions("I-131")), (1.0, 1.0, 1.0), 0.5)


def test_a_gpu_that_is_not_there_is_said() -> None:
    from hevesy.kernels.transport_cuda import available

    if available():
        pytest.skip("there is a GPU; benchmarks/transport.py --gpu runs on it")
    with pytest.raises(CannotAnswerError, match="no CUDA GPU here"):
        transport_dose(scene(), emissions("I-131"), gpu=True)
