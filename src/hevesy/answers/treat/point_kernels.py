"""The point kernel of a nuclide that is asked for, and the fields that name it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.asked import OwnFolder, Text

if TYPE_CHECKING:
    from hevesy.radiation.point_kernel import PointKernel

NuclideName = Annotated[str, Text("As in I-131.")]
Icrp107 = Annotated[Path | None, OwnFolder("Emissions of ICRP 107 from your own files, or installed.", "DIR")]


def kernel_of(name: str, icrp107: Path | None, with_daughters: bool = False) -> tuple[PointKernel, list[str]]:
    """The kernel of a nuclide and whose spectra it has."""
    from hevesy.nuclides.library import emissions, names, nuclide
    from hevesy.radiation.point_kernel import point_kernel, point_kernel_with_daughters

    about = nuclide(name)
    if icrp107 is not None:
        from hevesy.files.icrp107 import read_icrp107

        emitted = read_icrp107(icrp107, about.name)
    else:
        emitted = emissions(about.name)
    kernel = point_kernel_with_daughters(about.name) if with_daughters else point_kernel(emitted)
    told = [f"spectra: {'; '.join(map(str, emitted.sources))}", f"kernels: {kernel.source}"]
    if kernel.alpha_keV[-1] > 0:
        told.append(
            "alphas on straight tracks of their range in water (ICRU 49), recoiling nuclei where they start; "
            "absorbed dose, no weight"
        )
    if with_daughters:
        told.append("per decay of the parent, its daughters decaying at the same place")
    elif not {mode.daughter for mode in about.modes}.isdisjoint(names()):
        told.append("per decay of the nuclide itself; its daughters are not in it")
    return kernel, told
