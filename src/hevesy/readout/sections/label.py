"""What the label gives: the nuclide's emissions, and the dose that it makes in small bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hevesy.blocks.number import Part
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.readout.sections.numbers import number

if TYPE_CHECKING:
    from hevesy.conduct.label import Label
    from hevesy.radiation.sphere_dose import SphereDose


def label(found: Label) -> Section:
    """The therapeutic nuclide: energies per decay and dose factors of spheres."""
    blocks: list[Block] = [
        *map(said, found.emissions.warnings),
        said(*_energies(found)),
        table(
            "spheres",
            f"Dose in spheres filled evenly with {found.nuclide}, per activity and time in them",
            (
                *map(of_numbers, ("Mass", "Radius", "Energy absorbed per decay")),
                of_numbers("Dose factor", "Gy/(GBq h)"),
            ),
            (_row(found.nuclide, name, dose, place) for place, (name, dose) in enumerate(found.spheres)),
            f"Matter like water. {found.kernel_source}. Without daughters. Relative standard uncertainty "
            f"{found.uncertainty_told}. No patient's dose.",
        ),
    ]
    return Section(id="label", title=f"What {found.nuclide} gives", blocks=tuple(blocks))


def _energies(found: Label) -> tuple[Part, ...]:
    name, emitted = found.nuclide, found.emissions
    told = tuple(str(source) for source in emitted.sources)

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
            because=(*told, *emitted.because),
        )

    parts: list[Part] = [
        "A decay gives ",
        shown("electrons", emitted.electron_keV),
        " in electrons and ",
        shown("photons", emitted.photon_keV),
    ]
    parts.append(" in photons")
    if emitted.alpha_keV:
        parts += [", and ", shown("alphas", emitted.alpha_keV), " in alphas and recoils"]
    share = number(
        "label-released",
        found.released_share,
        f"{100 * found.released_share:.2f} %",
        label=f"{name}: energy accounted for",
        definition="emissions and neutrinos over the energy that the decay sets free",
        population=f"decays of {name}",
        because=("conservation of energy",),
    )
    parts += ["; with the neutrinos this is ", share, " of the energy set free."]
    if found.descendants:
        parts.append(
            " Not in these numbers: its descendants that live less than a hundred years "
            f"({', '.join(found.descendants)})."
        )
    return tuple(parts)


def _row(nuclide: str, name: str, dose: SphereDose, place: int) -> tuple[Part, ...]:
    factor = 3600 * dose.s_mGy_per_MBq_s
    return (
        name,
        f"{1e4 * dose.radius_cm:.3g} um" if dose.radius_cm < 0.1 else f"{10 * dose.radius_cm:.3g} mm",
        f"{dose.absorbed_keV:.4g} keV",
        number(
            f"label-sphere-{place}",
            factor,
            f"{factor:.4g}",
            label=f"Dose factor of {nuclide} in {name}",
            definition="mean absorbed dose of a sphere over the time-integrated activity in it",
            population=f"a sphere of {name} like water",
            because=(
                (
                    f"betas {dose.beta_keV:.4g}, electrons {dose.electron_keV:.4g}, photons {dose.photon_keV:.4g}, "
                    f"bremsstrahlung {dose.bremsstrahlung_keV:.4g} keV per decay absorbed"
                ),
                f"relative standard uncertainty {100 * dose.relative_uncertainty:.2g} %",
            ),
        ),
    )
