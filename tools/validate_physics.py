"""Write docs/validation/physics.md and its figures.

Nuclides, matter, transport and dose factors against outside results.

Usage: python tools/validate_physics.py      (`make validation`; a few minutes)

The outside results are read from the folder that HEVESY_REFERENCE names (by default ../shared/reference); without it
nothing is written.
"""

from __future__ import annotations

import csv
import math
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hevesy.blocks.sheet import Sheet, nice_ticks
from hevesy.files.icrp107 import read_icrp107
from hevesy.kernels.random import stream
from hevesy.kernels.transport import ESCAPED, EXTRA, Grid, Rules, TICKS_PER_keV, histories
from hevesy.matter.electron import collision_stopping, csda_range_g_per_cm2
from hevesy.matter.material import material
from hevesy.matter.photon import coefficients
from hevesy.matter.transport_tables import tables
from hevesy.nuclides.chain import emissions_with_chain
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import emissions, names, nuclide, released_share
from hevesy.radiation.cell_dose import crossover, surface_dose_mGy_per_MBq_s
from hevesy.radiation.concentric import ball_absorbed_keV
from hevesy.radiation.point_kernel import point_kernel, share_within
from hevesy.radiation.sphere_dose import sphere_dose
from hevesy.radiation.voxel_dose import Scene, components, transport_dose
from hevesy.radiation.voxel_kernel import voxel_kernel
from hevesy.radiation.words import Matter
from hevesy.render.svg import as_svg

ROOT = Path(__file__).parent.parent
REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", ROOT.parent / "shared" / "reference"))
PAGE = ROOT / "docs" / "validation" / "physics.md"
FIGURES = ROOT / "docs" / "validation" / "physics"


@dataclass
class Row:
    """One comparison.

    What, ours, theirs, the bar as a relative difference (None: listed, not judged), two sigma in the same unit.
    """

    what: str
    ours: float
    theirs: float
    bar: float | None
    two_sigma: float = 0.0

    @property
    def met(self) -> str:
        """In words."""
        if self.bar is None:
            return "listed"
        return "yes" if abs(self.ours - self.theirs) <= self.bar * abs(self.theirs) + self.two_sigma else "**no**"


@dataclass
class Part:
    """A table with its figure."""

    name: str
    title: str
    words: str
    unit: str
    quoted: bool = True
    """Whether the outside numbers may be printed; if not, the ratio is."""
    rows: list[Row] = field(default_factory=list)

    def markdown(self) -> list[str]:
        """Heading, words, figure, table."""
        told = [
            f"## {self.title}",
            "",
            self.words,
            "",
            f"![{self.title}: ours over theirs](physics/{self.name}.svg)",
            "",
        ]
        told += [f"| what | Hevesy, {self.unit} | outside | ratio | bar | met |", "|---|---|---|---|---|---|"]
        for row in self.rows:
            bar = (
                "" if row.bar is None else f"{100 * row.bar:g} %" + (f" + {row.two_sigma:.3g}" if row.two_sigma else "")
            )
            theirs = f"{row.theirs:.5g}" if self.quoted else "not printed"
            told.append(f"| {row.what} | {row.ours:.5g} | {theirs} | {row.ours / row.theirs:.4f} | {bar} | {row.met} |")
        return [*told, ""]

    def figure(self) -> str:
        """Ratios as dots, the bars as bands."""
        height = 80 + 18 * len(self.rows)
        ratios = [row.ours / row.theirs for row in self.rows]
        judged = [row.bar or 0.0 for row in self.rows]
        most = max([0.01, *(abs(ratio - 1) for ratio in ratios if abs(ratio - 1) < 0.2), *judged]) * 1.15
        sheet = Sheet(
            760, height, self.name, f"{self.title}: ours over theirs", f"Ratios of {len(self.rows)} comparisons."
        )
        sheet.area(300, 20, 740, height - 50, (1 - most, 1 + most), (len(self.rows), 0))
        for place, row in enumerate(self.rows):
            if row.bar is not None:
                wide = row.bar + row.two_sigma / abs(row.theirs)
                sheet.box(1 - min(wide, most), place + 0.1, 1 + min(wide, most), place + 0.9, "grade-1")
        sheet.axes(nice_ticks(1 - most, 1 + most, 6), [], "ratio", "", grid=False)
        sheet.rule(sheet.x(1), 20, sheet.x(1), height - 50, "grid")
        for place, (row, ratio) in enumerate(zip(self.rows, ratios, strict=True)):
            sheet.text(292, sheet.y(place + 0.5) + 4, row.what, "end")
            sheet.mark(min(max(ratio, 1 - most), 1 + most), place + 0.5, "dot", "series-0", f"{row.what}: {ratio:.4f}")
        return as_svg(sheet.figure(""), "paper")


def reference_rows(*parts: str) -> list[dict[str, str]]:
    """Rows of a reference table."""
    with REFERENCE.joinpath(*parts).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def energies() -> Part:
    """Energies per decay against ICRP 107."""
    part = Part(
        "energies",
        "Energies per decay",
        (
            "ENDF/B-VIII.1 (of these none is taken from elsewhere) with computed betas and atoms, against ICRP 107; "
            "photons below 1 keV counted with the electrons on both sides. Lu-177: the newer evaluation has 5 % less "
            "in gammas, so that more betas go to the ground state, and a Q of 500.6 keV (others 497 to 498): "
            "its electrons are 0.6 % above ICRP 107."
        ),
        "keV",
    )
    bars = {"I-131": 0.005, "F-18": 0.005, "Lu-177": 0.005, "I-124": 0.01, "Y-90": 0.01, "I-125": 0.015}
    for name, bar in bars.items():
        ours, theirs = emissions(name), read_icrp107(REFERENCE / "icrp", name)
        part.rows.append(Row(f"{name} electrons", ours.electron_keV, theirs.electron_keV, bar))
        if theirs.photon_keV > 1:
            part.rows.append(
                Row(f"{name} photons", ours.photon_keV, theirs.photon_keV, None if name == "Lu-177" else bar)
            )
        if name == "I-125":
            part.rows.append(Row("I-125 in all, against 61.8 keV", ours.energy_keV, 61.8, 0.005))
    for name in ("I-131", "I-124", "I-125", "Lu-177"):
        ours, theirs = emissions(name), read_icrp107(REFERENCE / "icrp", name)
        part.rows.append(Row(f"{name} below 1 keV", ours.below_1_keV, theirs.below_1_keV, None))
    return part


def by_icrp107() -> Part:
    """Energies per decay of all nuclides of half an hour and more, as far as files of ICRP 107 are there."""
    part = Part(
        "by-icrp107",
        "What a decay gives, against ICRP 107",
        (
            "Every nuclide of the library that lives more than half an hour and has a file of ICRP Publication 107 (in "
            "HEVESY_ICRP107, or one of eight in the reference folder). Evaluations differ: none is judged. Zr-89 has "
            "Y-89m in it there. `hevesy treat nuclide` shows what ENDF/B-VIII.1, JEFF-4.0 and JENDL-5 give."
        ),
        "keV",
        quoted=False,
    )
    folder = Path(os.environ.get("HEVESY_ICRP107", REFERENCE / "icrp"))
    for name in names():
        if nuclide(name).half_life_h <= 0.5 or not (folder / f"{name}.json").is_file():
            continue
        ours, theirs = emissions(name), read_icrp107(folder, name)
        for kind in ("electron", "photon", "alpha"):
            own, other = float(getattr(ours, f"{kind}_keV")), float(getattr(theirs, f"{kind}_keV"))
            if other > 0.01 * theirs.energy_keV or (kind == "electron" and other > 1):
                part.rows.append(Row(f"{name} {kind}s", own, other, None))
    return part


def conservation() -> Part:
    """Share of Q accounted for."""
    part = Part(
        "conservation",
        "Energy set free",
        (
            "Emissions and neutrinos over Q: what the evaluation has and what the computed parts add; outside 0.99 to "
            "1.01 every answer says so (Cd-111m). "
            "Not a comparison with another program."
        ),
        "share of Q",
    )
    part.rows += [Row(name, released_share(name), 1.0, None) for name in names() if nuclide(name).half_life_h > 0.5]
    return part


def matter() -> Part:
    """Photon coefficients and stopping powers."""
    part = Part(
        "matter",
        "Photons and electrons in water",
        "NISTIR 5632 (photons, cm2/g) and NISTIR 4999 (ESTAR: collision stopping power in MeV cm2/g, range in g/cm2).",
        "unit of the table",
    )
    water = material("water")
    for energy, value in ((10.0, 5.329), (100.0, 0.1707), (1000.0, 0.07072), (2000.0, 0.04942), (3000.0, 0.03969)):
        part.rows.append(
            Row(f"attenuation at {energy:g} keV", float(coefficients(water, np.array([energy])).total[0]), value, 0.01)
        )
    absorbed = float(coefficients(water, np.array([364.5])).energy_absorption[0])
    part.rows.append(Row("energy absorption at 364.5 keV", absorbed, 0.03257, 0.005))
    for energy, value in ((10.0, 22.56), (100.0, 4.115), (200.0, 2.793), (500.0, 2.034)):
        part.rows.append(
            Row(
                f"stopping power at {energy:g} keV",
                float(collision_stopping(water, np.array([energy]))[0]),
                value,
                0.005,
            )
        )
    for energy, value in ((100.0, 0.01431), (1000.0, 0.4367)):
        part.rows.append(Row(f"range at {energy:g} keV", csda_range_g_per_cm2(water, energy), value, 0.005))
    return part


def spheres() -> list[Part]:
    """Spheres with the reference's spectra and with ours."""
    parts = []
    for own in (False, True):
        part = Part(
            f"spheres-{'endf' if own else 'icrp107'}",
            f"Spheres in water, spectra of {'ENDF/B-VIII.1' if own else 'ICRP 107'}",
            "EGSnrc (spin effects off), spectra of ICRP 107. Energy in the sphere per decay. "
            "Comparisons with ENDF/B-VIII.1 carry the difference of the spectra."
            if own
            else "EGSnrc (spin effects off), the same spectra. Energy in the sphere per decay.",
            "keV",
        )
        for row in reference_rows("transport", "spheres_water_EGSnrc.csv"):
            name, mass_g = row["nuclide"], float(row["mass_g"])
            kernel = point_kernel(emissions(name) if own else read_icrp107(REFERENCE / "icrp", name))
            bar = 0.02 if mass_g >= 0.01 and name != "I-125" else 0.03
            value = sphere_dose(kernel, mass_g).absorbed_keV
            part.rows.append(Row(f"{name}, {mass_g:g} g", value, float(row["total_keV_per_decay"]), bar))
        parts.append(part)
    return parts


def kernels() -> Part:
    """Radii of the I-131 kernel and the absorbed fraction of its main line."""
    part = Part(
        "kernels",
        "Radial kernel of I-131 and its main line",
        (
            "Radii that hold a share of the energy of betas: EGSnrc without spin effects, "
            "which are expected to make them 3 % longer. The absorbed fraction of 364.489 keV in 100 g: "
            "EGSnrc 0.0707, an independent code 0.0714."
        ),
        "mm, share",
    )
    kernel = point_kernel(read_icrp107(REFERENCE / "icrp", "I-131"))
    for share, radius in ((0.5, 0.293), (0.9, 0.839), (0.95, 1.020), (0.99, 1.360)):
        at = 10 * float(np.interp(share * kernel.beta_keV[-1], kernel.beta_keV, kernel.radius_cm))
        part.rows.append(Row(f"radius of {100 * share:g} %", at, radius, 0.05))
    radii = np.geomspace(1e-6, 1e3, 577)
    fraction = ball_absorbed_keV(radii, share_within("photon", 364.489, radii)[0], (75 / math.pi) ** (1 / 3))
    part.rows.append(Row("absorbed fraction, 100 g", fraction, 0.0710, 0.01))
    return part


def within_keV(
    emitted: Emissions, spin: bool, radii_cm: np.ndarray, matter_name: str = "water"
) -> tuple[np.ndarray, np.ndarray]:
    """Energy of betas and of all within radii of a point source in endless matter, keV per decay.

    By transport of its whole spectra.
    """
    rules = Rules(1.0, 2.0, 5.0, 5.0, 0.05, 0.2, False, False)
    density = material(matter_name).density_g_per_cm3
    matter = tables([material(matter_name)], [density], rules, spin=spin)
    per = (len(radii_cm) - 1) / math.log(radii_cm[-1] / radii_cm[0])
    one, count = np.ones(3), len(radii_cm)
    everywhere = np.full(1, density, np.float32)
    grid = Grid(np.ones(3, np.int64), one, one, np.zeros(1, np.uint8), everywhere, count, float(radii_cm[0]), per)
    found = np.zeros((2, count))
    for number, (name, source, per_decay) in enumerate(components(emitted, rules)):
        tally = np.zeros((2, count + EXTRA), np.int64)
        histories(matter, grid, source, rules, np.uint64(131), stream("transport", number), 0, 200_000, tally)
        energy = np.cumsum(tally.sum(0)[:ESCAPED]) / TICKS_PER_keV / 200_000 * per_decay
        found += np.array([energy if name.startswith("beta") else 0 * energy, energy])
    return found[0], found[1]


def without_spin() -> Part:
    """What the reference left out."""
    part = Part(
        "spin",
        "The reference's own physics: no spin effects",
        (
            "EGSnrc ran with spin effects off. Here Hevesy's transport runs with Mott's correction and without, from "
            "whole spectra of ICRP 107 (electrons to 2 keV): the difference is what the correction makes. Not judged."
        ),
        "keV, mm",
    )
    rows = reference_rows("transport", "spheres_water_EGSnrc.csv")
    radii = np.geomspace(1e-5, 30.0, 650)
    for spin in (True, False):
        words = "with" if spin else "without"
        for name, masses in (("I-131", ("0.001", "0.01")), ("I-124", ("0.01", "0.1", "1"))):
            emitted = read_icrp107(REFERENCE / "icrp", name)
            betas, whole = within_keV(emitted, spin, radii)
            for mass in masses:
                own = next(row for row in rows if row["nuclide"] == name and row["mass_g"] == mass)
                value = ball_absorbed_keV(radii, whole, (3 * float(mass) / (4 * math.pi)) ** (1 / 3))
                part.rows.append(Row(f"{name}, {mass} g, {words}", value, float(own["total_keV_per_decay"]), None))
            if name == "I-131":
                for share, radius in ((0.5, 0.293), (0.95, 1.020)):
                    at = 10 * float(np.interp(share * betas[-1], betas, radii))
                    part.rows.append(Row(f"I-131, radius of {100 * share:g} %, {words}", at, radius, None))
    return part


BONE = "cortical bone (ICRP)"


def bone() -> Part:
    """Spheres in bone: kernels of bone, and kernels of water moved to its density, against transport in bone."""
    density = material(BONE).density_g_per_cm3
    part = Part(
        "bone",
        "Spheres in cortical bone",
        (
            f"Left: kernels of bone (as `treat sphere --matter bone`), and those of water with radii over {density:g}. "
            "Outside: Hevesy's own transport in endless cortical bone, from whole spectra, not another program's; its "
            "bone is held against EGSnrc in the slab below. Water moved to the density takes its stopping power and "
            "scattering, and photons of 30 keV are absorbed five times as much in bone. A published table of spheres "
            "of pure bone is said to differ by +0.7 to -2.2 % from kernels moved; it was not at hand."
        ),
        "keV",
    )
    radii = np.geomspace(1e-5, 60.0, 700)
    for name in ("I-131", "Lu-177", "Y-90"):
        kernels: dict[str, tuple[Matter, float | None]] = {"bone": ("bone", 0.02), "water, moved": ("water", None)}
        _, whole = within_keV(emissions(name), True, radii, BONE)
        for mass_g in (0.01, 0.1, 1.0, 10.0, 100.0):
            radius = (3 * mass_g / (4 * math.pi * density)) ** (1 / 3)
            theirs = ball_absorbed_keV(radii, whole, radius)
            for words, (matter_, bar) in kernels.items():
                ours = sphere_dose(point_kernel(emissions(name), matter_), mass_g, density).absorbed_keV
                part.rows.append(Row(f"{name}, {mass_g:g} g, {words}", ours, theirs, bar))
    return part


def slab() -> Part:
    """The slab of bone and lung."""
    part = Part(
        "slab",
        "I-131 in bone between water and lung",
        "EGSnrc with the same spectra, 40 x 40 x 15 cm; the bar has 2 sigma of both added. 400,000 histories.",
        "keV per decay",
    )
    z = (np.arange(750) + 0.5) * 0.02
    kind = np.zeros((4, 4, 750), np.uint8)
    kind[:, :, (z > 4) & (z < 6)], kind[:, :, (z > 6) & (z < 11)] = 1, 2
    activity = np.zeros(kind.shape)
    activity[1:3, 1:3, (z > 4) & (z < 6)] = 1
    scene = Scene(
        size_cm=(10.0, 10.0, 0.02),
        materials=(material("water"), material("cortical bone (ICRP)"), material("lung")),
        material=kind,
        density_g_per_cm3=np.choose(kind, (1.0, 1.85, 0.26)),
        activity=activity,
    )
    places = {
        "water 0-4 cm": (0, 4), "bone 4-6": (4, 6), "lung 6-11": (6, 11), "water 11-15": (11, 15),
        "water 3.6-4": (3.6, 4),
        "bone 4-4.4": (4, 4.4), "bone 5.6-6": (5.6, 6), "lung 6-6.4": (6, 6.4), "lung 10.6-11": (10.6, 11),
        "water 11-11.4": (11, 11.4),
    }  # fmt: skip
    regions = tuple(np.broadcast_to((z > low) & (z < high), kind.shape) for low, high in places.values())
    rules = Rules(5.0, 10.0, 10.0, 10.0, 0.08, 0.2, False, True)
    emitted = read_icrp107(REFERENCE / "icrp", "I-131")
    found = transport_dose(
        scene, emitted, rules=rules, regions=regions, batch=8000, wanted=0.002, most_batches=50, workers=2
    )
    rows = reference_rows("transport", "slab_I-131_source_bone_4-6cm.csv")
    for place, (name, (low, high)) in enumerate(places.items()):
        own = [row for row in rows if float(row["z0_cm"]) >= low - 1e-9 and float(row["z1_cm"]) <= high + 1e-9]
        theirs = sum(float(row["total_keV_per_decay"]) for row in own)
        sigma = sum(float(row["total_unc_keV"]) ** 2 for row in own) ** 0.5
        energy, error = found.region_of_batches(place)
        part.rows.append(Row(name, energy, theirs, 0.02 if place < 4 else 0.05, 2 * math.hypot(error, sigma)))
    return part


def voxels() -> Part:
    """Voxel S values."""
    part = Part(
        "voxels",
        "Voxel S values of I-131",
        (
            "N. Lanconelli et al. (2012), soft tissue of 1.04 g/cm3; spectra of ICRP 107. Centre 3 %, "
            "neighbours 10 %; the tests compare 216 voxels each, here those on the diagonals and axes."
        ),
        "mGy/(MBq s)",
    )
    emitted = point_kernel(read_icrp107(REFERENCE / "icrp", "I-131"))
    for size_mm in (3, 6):
        size = size_mm / 10
        kernel = voxel_kernel(emitted, (size, size, size), 10 * size, 1.04)
        values = kernel.s_mGy_per_MBq_s()
        middle = np.array(values.shape) // 2
        lines = (
            (REFERENCE / "svalues" / "voxel" / f"131I{size_mm}mmsoft.txt").read_text(errors="replace").splitlines()[2:]
        )
        published = {tuple(map(int, line.split()[:3])): float(line.split()[3]) for line in lines if line.strip()}
        for at in ((0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1), (0, 0, 2), (2, 2, 2), (0, 0, 5), (5, 5, 5)):
            ours = float(values[middle[0] + at[0], middle[1] + at[1], middle[2] + at[2]])
            part.rows.append(Row(f"{size_mm} mm, {at}", ours, published[at], 0.03 if at == (0, 0, 0) else 0.10))
    return part


def olinda() -> Part:
    """Spheres of 310 g."""
    part = Part(
        "olinda",
        "Spheres of 310 g",
        "OLINDA 2.2's table, beta and gamma emitters, our own spectra; Zr-89 with Y-89m, as OLINDA has it. Pb-203 is "
        "listed: with the spectra of ICRP 107 the same sphere has 0.168, so that the choice of evaluation is not why.",
        "mGy/(MBq h)",
        quoted=False,
    )
    for row in reference_rows("svalues", "olinda", "spheres-310g-tumorDoses.csv"):
        name, value = row["radioisotope"], float(list(row.values())[-1])
        if name not in names() or emissions(name).of("alpha"):
            continue
        kernel = point_kernel(emissions_with_chain(name, "stays")) if name == "Zr-89" else point_kernel(emissions(name))
        ours = 3600 * sphere_dose(kernel, 310.0).s_mGy_per_MBq_s
        part.rows.append(Row(name, ours, value, {"I-124": 0.05, "Pb-203": None}.get(name, 0.02)))
    return part


def iodine() -> list[str]:
    """I-125 against I-131."""
    first, second = point_kernel(emissions("I-125")), point_kernel(emissions("I-131"))
    told = [
        "## I-125 against I-131 in small balls",
        "",
        "| ball | per decay | on its surface | per activity that stays |",
        "|---|---|---|---|",
    ]
    times = nuclide("I-125").half_life_h / nuclide("I-131").half_life_h
    for name, mass_g in (("1 ng", 1e-9), ("1 ug", 1e-6), ("1 mg", 1e-3)):
        doses = [sphere_dose(one, mass_g) for one in (first, second)]
        ratio = doses[0].s_mGy_per_MBq_s / doses[1].s_mGy_per_MBq_s
        surface = [surface_dose_mGy_per_MBq_s(one, doses[0].radius_cm) for one in (first, second)]
        told.append(
            f"| {name}, radius {1e4 * doses[0].radius_cm:.3g} um | {ratio:.3f} | {surface[0] / surface[1]:.3f} | "
            f"{ratio * times:.2f} |"
        )
    told += [
        "",
        (
            "Dose of I-125 over that of I-131, mean of the ball; relative standard uncertainty of a dose 2 %, "
            "of the ratio 2.8 %."
        ),
        "",
    ]
    for words, ratio in (("per decay", 1.0), ("per administered activity that stays until it has decayed", times)):
        found = crossover(first, second, ratio)
        radius, u = 1e4 * (found.radius_cm or math.nan), 1e4 * (found.standard_uncertainty_cm or math.nan)
        told.append(f"- They cross over at a radius of {radius:.4g} +- {u:.2g} um, {words}; {found.because}.")
    return [*told, ""]


def main() -> None:
    """Write the page and its figures."""
    if not REFERENCE.is_dir():
        sys.exit(f"outside results are not there: {REFERENCE} (set HEVESY_REFERENCE)")
    FIGURES.mkdir(exist_ok=True)
    parts = [
        energies(),
        by_icrp107(),
        matter(),
        *spheres(),
        kernels(),
        without_spin(),
        bone(),
        slab(),
        voxels(),
        olinda(),
        conservation(),
    ]
    judged = [row for part in parts for row in part.rows if row.bar is not None]
    missed = [row for row in judged if row.met != "yes"]
    told = [
        "# Physics",
        "",
        "Written by `make validation` (tools/validate_physics.py). Every comparison says whose spectra it used. "
        f"{len(judged)} comparisons are judged, {len(judged) - len(missed)} meet their bar; not met: "
        + ("; ".join(f"{row.what} ({100 * (row.ours / row.theirs - 1):+.2f} %)" for row in missed) or "none")
        + ".",
        "",
        (
            "What positrons still have when they annihilate in flight (0.3 % of I-124's energy) goes with the "
            "photons that charged particles produce, in kernels and in transport."
        ),
        "",
    ]
    for part in parts:
        (FIGURES / f"{part.name}.svg").write_text(part.figure())
        told += part.markdown()
    PAGE.write_text("\n".join([*told, *iodine()]).rstrip() + "\n")
    print(PAGE, f"{len(judged) - len(missed)} of {len(judged)} bars met", [row.what for row in missed])


if __name__ == "__main__":
    main()
