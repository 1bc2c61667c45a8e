"""The point kernel of a nuclide that is asked for, and the fields that name it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.asked import OwnFolder, Text
from hevesy.errors import QuestionError, RuleError
from hevesy.nuclides.words import Chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from hevesy.nuclides.emission import Emissions
    from hevesy.radiation.point_kernel import PointKernel
    from hevesy.radiation.words import Matter

NuclideName = Annotated[str, Text("As in I-131.")]
Icrp107 = Annotated[Path | None, OwnFolder("Emissions of ICRP 107 from your own files, or installed.", "DIR")]
AskedChain = Annotated[
    Chain | None,
    Text(
        "Daughters: each decays where the parent did (stays), none does (leaves), or all are in equilibrium with it "
        "there; needed where they matter.",
        choices=get_args(Chain),
    ),
]


def emitted_by(name: str, icrp107: Path | None, chain: Chain | None) -> Emissions:
    """What a nuclide emits, with its daughters as asked."""
    from hevesy.nuclides.library import emissions

    of: Callable[[str], Emissions] = emissions
    if icrp107 is not None:
        from hevesy.files.icrp107 import read_icrp107

        of = partial(read_icrp107, icrp107)
    return with_chain(name, chain, of)


def with_chain(name: str, chain: Chain | None, of: Callable[[str], Emissions]) -> Emissions:
    """What a nuclide emits by `of`, with its daughters as asked: what is not said of them is a fault of the field."""
    from hevesy.nuclides.chain import emissions_with_chain
    from hevesy.nuclides.library import nuclide

    about = nuclide(name)
    try:
        return emissions_with_chain(about.name, chain, of)
    except RuleError as error:
        raise QuestionError(error.rule, "chain") from None


def kernel_of(
    name: str, icrp107: Path | None, chain: Chain | None = None, matter: Matter = "water"
) -> tuple[PointKernel, list[str]]:
    """The kernel of a nuclide and whose spectra it has."""
    from hevesy.radiation.point_kernel import point_kernel

    emitted = emitted_by(name, icrp107, chain)
    kernel = point_kernel(emitted, matter)
    told = [*emitted.warnings, *emitted.because, f"spectra: {'; '.join(map(str, emitted.sources))}"]
    told.append(f"kernels: {kernel.source}")
    if kernel.lost_keV > 0:
        told.append(
            f"betas and electrons hand {kernel.lost_keV:.3g} keV per decay to photons (bremsstrahlung, annihilation in "
            "flight), which are followed as if they started at the decay"
        )
    if kernel.alpha_keV[-1] > 0:
        told.append(
            "alphas on straight tracks of their range in water (ICRU 49"
            + ("" if matter == "water" else f"; in {matter} by Bethe's formula")
            + "), recoiling nuclei where they start; absorbed dose, no weight"
        )
    if icrp107 is not None and chain not in (None, "leaves"):
        told.append("branchings of the chain are Hevesy's own")
    return kernel, told
