"""What the label gives: the nuclide's emissions, and the dose that it makes in small bodies."""

from __future__ import annotations

from hevesy.blocks.number import Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.conduct.analysis import Analysis
from hevesy.nuclides.emission import Emissions
from hevesy.nuclides.library import chain, emissions, released_share
from hevesy.radiation.point_kernel import PointKernel, point_kernel
from hevesy.radiation.sphere_dose import sphere_dose
from hevesy.readout.sections.groups import number

MASSES_g = (1e-9, 1e-6, 1e-3, 1.0, 100.0)
NAMES = ("1 ng", "1 ug", "1 mg", "1 g", "100 g")


def label(analysis: Analysis) -> Section | None:
    """The therapeutic nuclide: energies per decay and dose factors of spheres."""
    about = analysis.nuclide
    if about is None:
        return None
    found = emissions(about.name)
    kernel = point_kernel(found)
    blocks: list[Block] = [
        said(*_energies(about.name, found)),
        table(
            "spheres",
            f"Dose in spheres filled evenly with {about.name}, per activity and time in them",
            (
                *map(of_numbers, ("Mass", "Radius", "Energy absorbed per decay")),
                of_numbers("Dose factor", "Gy/(GBq h)"),
            ),
            (_row(kernel, mass_g, name) for mass_g, name in zip(MASSES_g, NAMES, strict=True)),
            f"Matter like water. {kernel.source}. Without daughters. Standard uncertainty of the transport 2 %. "
            "No patient's dose.",
        ),
    ]
    return Section(id="label", title=f"What {about.name} gives", blocks=tuple(blocks))


def _energies(name: str, found: Emissions) -> tuple[Part, ...]:
    told = tuple(str(source) for source in found.sources)

    def shown(kind: str, value: float) -> Part:
        return number(
            f"label-{kind}",
            value,
            f"{value:.4g} keV",
            label=f"{name}: energy of {kind} per decay",
            definition=(
                f"mean energy that {kind} carry away from one decay, photons below 1 keV counted with the electrons"
            ),
            population=f"decays of {name}",
            because=(*told, *found.because),
        )

    parts: list[Part] = [
        "A decay gives ",
        shown("electrons", found.electron_keV),
        " in electrons and ",
        shown("photons", found.photon_keV),
    ]
    parts.append(" in photons")
    if found.alpha_keV:
        parts += [", and ", shown("alphas", found.alpha_keV), " in alphas and recoils"]
    share = number(
        "label-released",
        released_share(name),
        f"{100 * released_share(name):.2f} %",
        label=f"{name}: energy accounted for",
        definition="emissions and neutrinos over the energy that the decay sets free",
        population=f"decays of {name}",
        because=("conservation of energy",),
    )
    parts += ["; with the neutrinos this is ", share, " of the energy set free."]
    if len(chain(name)) > 1:
        parts.append(
            " Not in these numbers: its descendants that live less than a hundred years "
            f"({', '.join(chain(name)[1:])})."
        )
    return tuple(parts)


def _row(kernel: PointKernel, mass_g: float, name: str) -> tuple[Part, ...]:
    found = sphere_dose(kernel, mass_g)
    factor = 3600 * found.s_mGy_per_MBq_s
    return (
        name,
        f"{1e4 * found.radius_cm:.3g} um" if found.radius_cm < 0.1 else f"{10 * found.radius_cm:.3g} mm",
        f"{found.absorbed_keV:.4g} keV",
        number(
            f"label-sphere-{NAMES.index(name)}",
            factor,
            f"{factor:.4g}",
            label=f"Dose factor of {kernel.nuclide} in {name}",
            definition="mean absorbed dose of a sphere over the time-integrated activity in it",
            population=f"a sphere of {name} like water",
            because=(
                (
                    f"betas {found.beta_keV:.4g}, electrons {found.electron_keV:.4g}, photons {found.photon_keV:.4g} "
                    "keV per decay absorbed"
                ),
                f"relative standard uncertainty {100 * found.relative_uncertainty:.2g} %",
            ),
        ),
    )
