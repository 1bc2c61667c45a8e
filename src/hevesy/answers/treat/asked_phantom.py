"""The S matrix that is asked for: a phantom's absorbed fractions and what a nuclide emits, from the user's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.asked import Places, Several, Text
from hevesy.answers.treat.point_kernels import with_chain
from hevesy.errors import QuestionError
from hevesy.nuclides.words import Chain
from hevesy.radiation.words import Compatibility, Daughters, Masses, Phantom

if TYPE_CHECKING:
    from hevesy.nuclides.emission import Emissions
    from hevesy.radiation.absorbed_fractions import SpecificAbsorbedFractions
    from hevesy.radiation.s_values import SMatrix

AskedPhantom = Annotated[Phantom, Text("Adult reference phantom: AM (male) or AF (female).", choices=get_args(Phantom))]
SafFolder = Annotated[
    Sequence[Path],
    Places(
        "Absorbed fractions of ICRP 133: the folder of your own files, or each of them (rcp-*.SAF, sregions_*.NDX, "
        "torgans_*.NDX).",
        "DIR",
    ),
]
AcceptSha256 = Annotated[
    Sequence[str],
    Several(
        "SHA-256 (12 or more digits) of a file of that folder that is to be read though it is not a known one.", "HASH"
    ),
]
AskedMasses = Annotated[
    Masses, Text("Of organs: with their blood, as the phantom has them, or parenchyma alone.", choices=get_args(Masses))
]
AskedCompatibility = Annotated[
    Compatibility | None,
    Text("As MIRDcalc reads the table of betas of ICRP 107: by straight lines.", choices=get_args(Compatibility)),
]


def absorbed_in(folder: Sequence[Path], phantom: Phantom, accept_sha256: Sequence[str]) -> SpecificAbsorbedFractions:
    """A phantom's absorbed fractions from the user's folder."""
    from hevesy.files.icrp133 import read_icrp133

    for one in accept_sha256:
        if not 12 <= len(one.strip()) <= 64 or set(one.strip().lower()) - set("0123456789abcdef"):
            raise QuestionError(
                f"of a SHA-256 12 to 64 hexadecimal digits are needed, from its first, got {one!r}", "accept_sha256"
            )
    return read_icrp133(folder, phantom, accept_sha256)


def emitted_in_phantom(
    name: str, icrp107: Path | None, chain: Chain | None = None, compatibility: Compatibility | None = None
) -> Emissions:
    """What a nuclide emits, by Hevesy's evaluated data or the user's ICRP 107; a daughter not there by Hevesy's."""
    from hevesy.files.icrp107 import has_icrp107, read_icrp107
    from hevesy.nuclides.library import emissions, nuclide

    if icrp107 is None:
        if compatibility is not None:
            raise QuestionError("MIRDcalc's reading is of ICRP 107: give ⟦icrp107⟧", "compatibility", "icrp107")
        return with_chain(name, chain, emissions)
    about, folder = nuclide(name).name, icrp107

    def of(one: str) -> Emissions:
        if one == about or has_icrp107(folder, one):
            return read_icrp107(folder, one, "straight lines" if compatibility else "monotone cubic")
        found = emissions(one)
        return replace(found, because=(f"{one} is not in the folder of ICRP 107: Hevesy's own data", *found.because))

    found = with_chain(name, chain, of)
    told = ("branchings of the chain are Hevesy's own",) if chain not in (None, "leaves") else ()
    return replace(found, because=(*found.because, *told))


def s_matrix_asked(
    absorbed: SpecificAbsorbedFractions,
    emitted: Emissions,
    chain: Chain | None,
    masses: Masses,
    alpha_weight: float,
) -> SMatrix:
    """The S matrix, with what is said of daughters, masses and alphas."""
    from hevesy.radiation.s_values import s_matrix

    daughters: Daughters = (
        "none matter" if chain is None else "nuclide alone" if chain == "leaves" else "with daughters"
    )
    return s_matrix(absorbed, emitted, daughters=daughters, alpha_weight=alpha_weight, masses=masses)
