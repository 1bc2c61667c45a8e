"""Dose factors of bodies filled evenly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Quantities, Real, Text
from hevesy.answers.treat.point_kernels import AskedChain, Icrp107, NuclideName, kernel_of
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError
from hevesy.radiation.words import Matter

if TYPE_CHECKING:
    from hevesy.radiation.point_kernel import PointKernel
    from hevesy.radiation.sphere_dose import SphereDose

COMMAND = "treat sphere"
FACES = ("csv",)
CARRIERS = ("beta_keV", "electron_keV", "photon_keV", "bremsstrahlung_keV", "alpha_keV")


def sphere_dose_factor(
    *,
    nuclide: NuclideName,
    mass_g: Annotated[Sequence[float], Quantities("As in 1g,10g; pg to kg.", dimension="tissue_mass", unit="g")] = (),
    semi_axes_cm: Annotated[
        Sequence[float], Quantities("Of an ellipsoid instead, as in 1cm,1cm,2cm.", dimension="length", unit="cm")
    ] = (),
    matter: Annotated[
        Matter, Text("Of the sphere and of what is around it: water, or (cortical) bone.", choices=get_args(Matter))
    ] = "water",
    density_g_per_cm3: Annotated[
        float | None, Real("g/cm3, of that matter (1 of water, 1.85 of bone).", name="density")
    ] = None,
    chain: AskedChain = None,
    icrp107: Icrp107 = None,
) -> Answer:
    """Dose factor of a sphere or ellipsoid filled evenly, in matter like water or in cortical bone.

    Returns for each body mass (g), radius (cm; of an ellipsoid that of the sphere of its volume), energy absorbed (keV
    per decay) by what carries it, S (mGy per MBq s) and its relative standard uncertainty, in whole and by where it
    comes from: statistics, transport, nuclide.
    Refused are bodies beyond 1 pg to 10 kg, densities unlike those of tissues, and a nuclide whose daughters matter
    without what becomes of them.
    Source: point kernels computed for Hevesy, integrated over the body; see the answer.

    >>> import hevesy
    >>> found = hevesy.sphere_dose_factor(nuclide="I-131", mass="1g").document["spheres"]
    >>> round(found[0]["s_mGy_per_MBq_s"], 4)
    0.0302
    """
    from hevesy.matter.material import material
    from hevesy.radiation.point_kernel import SUBSTANCE
    from hevesy.radiation.uncertainty import words_of_bodies, words_of_nuclide

    if bool(mass_g) == bool(semi_axes_cm):
        raise QuestionError("give either masses of spheres or the semi-axes of an ellipsoid", "mass", "semi_axes")
    if semi_axes_cm and len(semi_axes_cm) != 3:
        raise QuestionError("an ellipsoid has three semi-axes, as in 1cm,1cm,2cm", "semi_axes")
    kernel, told = kernel_of(nuclide, icrp107, chain, matter)
    substance = material(SUBSTANCE[matter])
    density = substance.density_g_per_cm3 if density_g_per_cm3 is None else density_g_per_cm3
    found = _bodies(kernel, mass_g, semi_axes_cm, density)
    about = f"matter of the body and around it: {substance.name} of {density:g} g/cm3"
    if matter != "water":
        about += _against_water(found, _bodies(kernel_of(nuclide, icrp107, chain)[0], mass_g, semi_axes_cm, density))
    told.append(about)
    terms = (words_of_bodies(), words_of_nuclide(kernel.spread))
    told.append(f"relative standard uncertainty: of the statistics of the kernels; {'; '.join(terms)}")
    parts = (*CARRIERS, "s_mGy_per_MBq_s", "relative_uncertainty")
    spheres: list[Json] = [
        {
            **picked(one, "mass_g", "radius_cm", *parts, absorbed_keV_per_decay="absorbed_keV"),
            "uncertainty": picked(one.uncertainty, "statistics", "transport", "nuclide"),
        }
        for one in found
    ]
    return Answer(
        document={"nuclide": kernel.nuclide, "lost_keV": kernel.lost_keV, "spheres": spheres, "because": told},
        blocks=(_factors(kernel.nuclide, found), *map(said, told)),
    )


def _bodies(
    kernel: PointKernel, mass_g: Sequence[float], semi_axes_cm: Sequence[float], density_g_per_cm3: float
) -> list[SphereDose]:
    from hevesy.radiation.sphere_dose import ellipsoid_dose, sphere_dose

    if not semi_axes_cm:
        return [sphere_dose(kernel, one, density_g_per_cm3) for one in mass_g]
    first, second, third = semi_axes_cm
    return [ellipsoid_dose(kernel, (first, second, third), density_g_per_cm3)]


def _against_water(found: Sequence[SphereDose], water: Sequence[SphereDose]) -> str:
    """What the matter does, beside its density."""
    differ = [one.s_mGy_per_MBq_s / other.s_mGy_per_MBq_s - 1 for one, other in zip(found, water, strict=True)]
    words = " to ".join(dict.fromkeys(f"{100 * one:+.2g}" for one in (min(differ), max(differ))))
    return f"; S is {words} % from that of water brought to this density"


def _factors(nuclide: str, found: Sequence[SphereDose]) -> Table:
    heads = [("mass", "g"), ("radius", "cm"), ("S", "mGy/(MBq s)"), ("uncertainty", "%")]
    carriers = ("all", "betas", "electrons", "photons", "bremsstrahlung", "alphas")
    rows = [
        [shown(value, ".4g") for value in (one.mass_g, one.radius_cm, one.s_mGy_per_MBq_s)]
        + [shown(100 * one.relative_uncertainty, ".2g")]
        + [shown(value, ".4g") for value in (one.absorbed_keV, *(getattr(one, carrier) for carrier in CARRIERS))]
        for one in found
    ]
    columns = [of_numbers(title, unit) for title, unit in heads]
    columns += [of_numbers(title, "keV") for title in carriers]
    return table("spheres", f"Dose factors of {nuclide}, energies absorbed per decay", columns, rows)
