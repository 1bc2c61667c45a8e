"""Read decay sections (MF 8, MT 457) of ENDF-6 files: ENDF-6 Formats Manual (BNL-203218-2018), section 8.4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SPECTRA = {
    0: "gamma",
    1: "beta-",
    2: "ec/beta+",
    4: "alpha",
    5: "neutron",
    6: "fission",
    7: "proton",
    8: "electron",
    9: "x",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One discrete radiation: energies in eV; intensity per decay; `extra` holds what its kind has besides."""

    energy_eV: float
    energy_u_eV: float
    mode: float
    type: float
    intensity: float
    intensity_u: float
    extra: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A mode of decay: RTYP as the manual codes it, the daughter's isomeric state, Q in eV, branching."""

    rtyp: float
    isomer: int
    q_eV: float
    branching: float
    branching_u: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A decay section: what it says of one nuclide.

    Mean energies are (value, uncertainty) in eV of light, photons, heavy.
    """

    z: int
    a: int
    isomer: int
    stable: bool
    half_life_s: float
    half_life_u_s: float
    means_eV: tuple[float, ...]
    modes: tuple[Mode, ...]
    lines: dict[str, tuple[Line, ...]]
    mean_beta_eV: float


def number(field: str) -> float:
    """Read ' 6.933773+5' as 693377.3: ENDF leaves out the letter of the exponent."""
    text = field.strip()
    if not text:
        return 0.0
    sign = max(text.rfind("+"), text.rfind("-"))
    return float(text if sign <= 0 or text[sign - 1] in "eE" else f"{text[:sign]}e{text[sign:]}")


class _Records:
    def __init__(self, rows: list[str]) -> None:
        self.rows, self.place = rows, 0

    def fields(self) -> list[str]:
        row = self.rows[self.place]
        self.place += 1
        return [row[at : at + 11] for at in range(0, 66, 11)]

    def head(self) -> tuple[float, float, int, int, int, int]:
        c1, c2, l1, l2, n1, n2 = self.fields()
        return (number(c1), number(c2), int(l1), int(l2), int(n1), int(n2))

    def numbers(self, count: int) -> list[float]:
        found: list[float] = []
        while len(found) < count:
            found += [number(field) for field in self.fields()]
        return found[:count]


def _scale(intensities: list[float], stated: float, branching: float) -> float:
    """The factor of beta branches: the stated one, or 1 where the branches add up to the branching without it.

    JENDL-5 shares a branching between branches and spectrum where it gives both, though the branches are whole.
    """
    whole = sum(intensities)
    return 1.0 if abs(whole - branching) < abs(whole * stated - branching) else stated


def read_section(rows: list[str]) -> Section:
    """What the rows of one section say."""
    records = _Records(rows)
    za, _, _, isomer, stable, spectra = records.head()
    half_life, half_life_u, _, _, count, _ = records.head()
    means = tuple(records.numbers(count)[:6])
    _, _, _, _, count, _ = records.head()
    values = records.numbers(count)
    modes = tuple(
        Mode(
            rtyp=values[at],
            isomer=int(values[at + 1]),
            q_eV=values[at + 2],
            branching=values[at + 4],
            branching_u=values[at + 5],
        )
        for at in range(0, len(values) - 5, 6)
        if values[at] > 0
    )
    lines: dict[str, tuple[Line, ...]] = {}
    mean_beta = 0.0
    for _ in range(spectra if stable == 0 else 0):
        _, styp, continuous, _, count, discrete = records.head()
        scale, _, mean, *_ = records.numbers(count)
        kind = SPECTRA[int(styp)]
        if kind in ("beta-", "ec/beta+"):
            mean_beta += mean
        read = []
        for _ in range(discrete if continuous != 1 else 0):
            energy, energy_u, _, _, count, _ = records.head()
            read.append((energy, energy_u, *records.numbers(count)))
        if kind == "beta-":
            scale = _scale([one[4] for one in read], scale, sum(mode.branching for mode in modes if mode.rtyp == 1.0))
        found = [
            Line(
                energy_eV=energy,
                energy_u_eV=energy_u,
                mode=mode,
                type=type_,
                intensity=intensity * scale,
                intensity_u=intensity_u * scale,
                # of captures: positrons, in the unit of the intensities
                extra=tuple(value * scale for value in extra) if kind == "ec/beta+" else tuple(extra),
            )
            for energy, energy_u, mode, type_, intensity, intensity_u, *extra in read
        ]
        if continuous != 0:
            _, _, _, covariances, ranges, points = records.head()
            records.numbers(2 * ranges)
            records.numbers(2 * points)
            if covariances:
                _, _, _, _, count, _ = records.head()
                records.numbers(count)
        lines[kind] = (*lines.get(kind, ()), *found)
    return Section(
        z=int(za) // 1000,
        a=int(za) % 1000,
        isomer=isomer,
        stable=stable == 1,
        half_life_s=half_life,
        half_life_u_s=half_life_u,
        means_eV=means,
        modes=modes,
        lines=lines,
        mean_beta_eV=mean_beta,
    )


def sections_of(rows: Iterable[str]) -> dict[tuple[int, int, int], tuple[Section, list[str]]]:
    """Every decay section of an archive by (Z, A, isomer), with its rows."""
    by_material: dict[str, list[str]] = {}
    for row in rows:
        if row[70:75] == " 8457":
            by_material.setdefault(row[66:70], []).append(row.rstrip("\n"))
    found = {}
    for lines in by_material.values():
        section = read_section(lines)
        found[section.z, section.a, section.isomer] = (section, lines)
    return found
