"""hevesy treat sphere, cell: dose factors of small and simple bodies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show

if TYPE_CHECKING:
    from hevesy.treat.point_kernel import PointKernel

Icrp107 = Annotated[
    Path | None,
    typer.Option("--icrp107", metavar="DIR", help="Emissions of ICRP 107 from your own files, or installed."),
]
Isotope = Annotated[str, typer.Option("--nuclide", help="As in I-131.")]
WITHOUT_DAUGHTERS = "per decay of the nuclide itself; its daughters are not in it"


def _kernel(name: str, icrp107: Path | None, with_daughters: bool = False) -> tuple[PointKernel, list[str]]:
    """The kernel of a nuclide and whose spectra it has."""
    from hevesy.files.icrp107 import read_icrp107
    from hevesy.nuclides.library import emissions, nuclide
    from hevesy.treat.point_kernel import point_kernel, point_kernel_with_daughters

    about = nuclide(name)
    if with_daughters and icrp107 is not None:
        raise typer.BadParameter(
            "daughters come from Hevesy's own data only; leave out --icrp107", param_hint="--with-daughters"
        )
    emitted = read_icrp107(icrp107, about.name) if icrp107 is not None else emissions(about.name)
    kernel = point_kernel_with_daughters(about.name) if with_daughters else point_kernel(emitted)
    told = [f"spectra: {'; '.join(map(str, emitted.sources))}", f"kernels: {kernel.source}"]
    if kernel.alpha_keV[-1] > 0:
        told.append(
            "alphas on straight tracks of their range in water (ICRU 49), recoiling nuclei where they start; "
            "absorbed dose, no weight"
        )
    if with_daughters:
        told.append("per decay of the parent, its daughters decaying at the same place")
    elif any(mode.daughter in _known() for mode in about.modes):
        told.append(WITHOUT_DAUGHTERS)
    return kernel, told


def _known() -> set[str]:
    from hevesy.nuclides.library import names

    return set(names())


def sphere(
    isotope: Isotope,
    mass: Annotated[str | None, typer.Option("--mass", help="As in 1g,10g; pg to kg.")] = None,
    semi_axes: Annotated[
        str | None, typer.Option("--semi-axes", help="Of an ellipsoid instead, as in 1cm,1cm,2cm.")
    ] = None,
    density: Annotated[float, typer.Option("--density", help="g/cm3, of the sphere and of what is around it.")] = 1.0,
    with_daughters: Annotated[bool, typer.Option("--with-daughters", help="They decay where the parent did.")] = False,
    icrp107: Icrp107 = None,
    as_json: JsonFlag = False,
) -> None:
    """Dose factor of a sphere or ellipsoid filled evenly, in matter like water."""
    from hevesy.treat.sphere_dose import ellipsoid_dose, sphere_dose

    if (mass is None) == (semi_axes is None):
        raise typer.BadParameter(
            "give either masses of spheres or the semi-axes of an ellipsoid", param_hint="--mass, --semi-axes"
        )
    kernel, told = _kernel(isotope, icrp107, with_daughters)
    if mass is not None:
        found = [
            sphere_dose(kernel, arguments.quantity(one, "tissue_mass", "--mass"), density) for one in mass.split(",")
        ]
    else:
        assert semi_axes is not None
        axes = [arguments.quantity(one, "length", "--semi-axes") for one in semi_axes.split(",")]
        if len(axes) != 3:
            raise typer.BadParameter("an ellipsoid has three semi-axes, as in 1cm,1cm,2cm", param_hint="--semi-axes")
        found = [ellipsoid_dose(kernel, (axes[0], axes[1], axes[2]), density)]
    document: dict[str, Any] = {
        "nuclide": kernel.nuclide,
        "spheres": [
            {
                "mass_g": one.mass_g,
                "radius_cm": one.radius_cm,
                "absorbed_keV_per_decay": one.absorbed_keV,
                "beta_keV": one.beta_keV,
                "electron_keV": one.electron_keV,
                "photon_keV": one.photon_keV,
                "alpha_keV": one.alpha_keV,
                "s_mGy_per_MBq_s": one.s_mGy_per_MBq_s,
                "relative_uncertainty": one.relative_uncertainty,
            }
            for one in found
        ],
        "because": [*told, "relative standard uncertainty: statistics of the kernels and 2 % for the transport"],
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            [
                f"{one.mass_g:.4g} g (radius {one.radius_cm:.4g} cm): {one.s_mGy_per_MBq_s:.4g} mGy/(MBq s) +- "
                f"{100 * one.relative_uncertainty:.2g} %; {one.absorbed_keV:.4g} keV per decay (betas "
                f"{one.beta_keV:.4g}, electrons {one.electron_keV:.4g}, photons {one.photon_keV:.4g}, "
                f"alphas {one.alpha_keV:.4g})"
                for one in found
            ]
            + document["because"]
        ),
    )


def cell(
    isotope: Isotope,
    radius: Annotated[str, typer.Option("--radius", help="Of the cell, as in 5um.")],
    nucleus: Annotated[str | None, typer.Option("--nucleus", help="Radius of the nucleus (0.8 of the cell's).")] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster-radius", help="Of a spheroid of such cells, as in 200um.")
    ] = None,
    pattern: Annotated[
        str, typer.Option("--pattern", help="Of activity in the spheroid: uniform, shell, 'necrotic core'.")
    ] = "uniform",
    labelled: Annotated[
        float, typer.Option("--labelled", help="Share of the spheroid's cells that carry activity.")
    ] = 1.0,
    source: Annotated[
        str, typer.Option("--source", help="In labelled cells: nucleus, cytoplasm, surface, cell.")
    ] = "surface",
    against: Annotated[
        str | None, typer.Option("--against", help="Another nuclide: where their doses cross over.")
    ] = None,
    icrp107: Icrp107 = None,
    as_json: JsonFlag = False,
) -> None:
    """Dose factors in a cell by source and target, in a spheroid with cross-fire, and against another nuclide."""
    import numpy as np

    from hevesy.nuclides.library import nuclide
    from hevesy.treat.cell_dose import (
        SOURCES,
        Cell,
        Spheroid,
        cell_s_mGy_per_MBq_s,
        cross_fire,
        crossover,
        profile_mGy_per_MBq_s,
    )

    if pattern not in ("uniform", "shell", "necrotic core"):
        raise typer.BadParameter(f"{pattern!r} is none of uniform, shell, necrotic core", param_hint="--pattern")
    if source not in SOURCES:
        raise typer.BadParameter(f"{source!r} is none of {', '.join(SOURCES)}", param_hint="--source")
    kernel, told = _kernel(isotope, icrp107)
    radius_cm = arguments.quantity(radius, "length", "--radius")
    nucleus_cm = arguments.quantity(nucleus, "length", "--nucleus") if nucleus else 0.8 * radius_cm
    one = Cell(radius_cm=radius_cm, nucleus_cm=nucleus_cm)
    factors = cell_s_mGy_per_MBq_s(kernel, one)
    document: dict[str, Any] = {
        "nuclide": kernel.nuclide,
        "s_mGy_per_MBq_s": factors,
        "spheroid": None,
        "crossover": None,
    }
    lines = [
        f"cell of {radius_cm * 1e4:g} um, nucleus of {nucleus_cm * 1e4:g} um; mGy per MBq s from (rows) to (columns)"
    ]
    lines.append(f"{'':>12}" + "".join(f"{target:>12}" for target in factors["cell"]))
    lines += [f"{name:>12}" + "".join(f"{value:12.4g}" for value in row.values()) for name, row in factors.items()]
    if cluster is not None:
        spread: Any = pattern
        carrier: Any = source
        body = Spheroid(
            radius_cm=arguments.quantity(cluster, "length", "--cluster-radius"), pattern=spread, labelled=labelled
        )
        fire = cross_fire(kernel, body, one, carrier)
        at = np.linspace(0, 1, 11) * body.radius_cm
        profile = profile_mGy_per_MBq_s(kernel, body, at)
        document["spheroid"] = {
            "radius_cm": body.radius_cm,
            "pattern": pattern,
            "labelled": labelled,
            "labelled_own_mGy_per_MBq_s": fire.labelled_own,
            "from_others_mGy_per_MBq_s": fire.from_others,
            "profile": [
                {"radius_cm": float(r), "mGy_per_MBq_s": float(dose)} for r, dose in zip(at, profile, strict=True)
            ],
        }
        lines.append(
            f"spheroid of {body.radius_cm * 1e4:g} um, {pattern}, {100 * labelled:g} % of cells labelled ({source}): "
            f"nuclei of labelled cells {fire.labelled:.4g} mGy per MBq s in all of it, "
            f"of others {fire.unlabelled:.4g} (cross-fire)"
        )
        lines += [f"  at {r * 1e4:8.4g} um from the centre {dose:.4g}" for r, dose in zip(at, profile, strict=True)]
    if against is not None:
        other, _ = _kernel(against, icrp107)
        times = nuclide(kernel.nuclide).half_life_h / nuclide(other.nuclide).half_life_h
        document["crossover"] = {}
        for basis, ratio in (("per_decay", 1.0), ("per_activity_that_stays", times)):
            found = crossover(kernel, other, ratio)
            document["crossover"][basis] = {
                "radius_cm": found.radius_cm,
                "standard_uncertainty_cm": found.standard_uncertainty_cm,
                "because": found.because,
            }
            where = (
                f"{found.radius_cm * 1e4:.3g} +- {(found.standard_uncertainty_cm or 0) * 1e4:.2g} um"
                if found.radius_cm
                else "nowhere"
            )
            lines.append(
                f"{kernel.nuclide} and {other.nuclide} cross over, {basis.replace('_', ' ')}: {where}; {found.because}"
            )
    document["because"] = [
        *told,
        "matter like water; electrons below 1 keV are left where they start; standard uncertainty of the transport 2 %",
    ]
    show(document, as_json, lambda: "\n".join([*lines, *document["because"]]))
