"""Activity in red marrow, by blood and by images: two ways that are told side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hevesy.errors import RuleError

Way = Literal["blood", "images"]
EXTRACELLULAR = 0.19
"""Of red marrow, the share that is extracellular fluid (G. Sgouros, J. Nucl. Med. 34 (1993) 689)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowActivity:
    """Time-integrated activity in red marrow (MBq h), how it was found, and whether it is a lower bound."""

    way: Way
    tia_MBq_h: float
    lower_bound: bool
    because: tuple[str, ...]


def ratio_by_haematocrit(haematocrit: float) -> float:
    """Red-marrow-to-blood ratio of concentrations of what stays in plasma and extracellular fluid: 0.19 / (1 - Hct).

    Source: G. Sgouros, J. Nucl. Med. 34 (1993) 689; EANM guideline (C. Hindorf et al., Eur. J. Nucl. Med. Mol. Imaging
    37 (2010) 1238).

    >>> round(ratio_by_haematocrit(0.47), 3)
    0.358
    """
    if not 0 < haematocrit < 1:
        raise RuleError(f"a haematocrit lies between 0 and 1, got {haematocrit:g}")
    return EXTRACELLULAR / (1 - haematocrit)


def marrow_by_blood(
    blood_tia_MBq_h_per_mL: float,
    mass_g: float,
    *,
    haematocrit: float | None = None,
    ratio: float | None = None,
    disease_in_marrow: bool,
) -> MarrowActivity:
    """Blood's concentration over all time by the ratio and the marrow's mass.

    A mL of marrow is taken for a g, as the method does. Where the disease lies in the marrow it binds there what blood
    does not show: a lower bound.
    """
    if (haematocrit is None) == (ratio is None):
        raise RuleError("marrow by blood needs the haematocrit, or the ratio of marrow to blood: one of the two")
    told = (
        f"ratio of marrow to blood told, {ratio:g}"
        if haematocrit is None
        else f"ratio of marrow to blood {EXTRACELLULAR:g} / (1 - {haematocrit:g}) = "
        f"{ratio_by_haematocrit(haematocrit):.3g} "
        "(Sgouros 1993), for what stays outside cells"
    )
    factor = ratio if haematocrit is None else ratio_by_haematocrit(haematocrit)
    assert factor is not None
    because = [f"{told}; marrow of {mass_g:g} g, a g of it for a mL"]
    if disease_in_marrow:
        because.append("the disease lies in the marrow and takes up there what blood does not show: a lower bound")
    return MarrowActivity(
        way="blood",
        tia_MBq_h=blood_tia_MBq_h_per_mL * factor * mass_g,
        lower_bound=disease_in_marrow,
        because=tuple(because),
    )


def marrow_by_images(part: str, part_tia_MBq_h: float, share: float, share_source: str) -> MarrowActivity:
    """Activity of a part of the spine over the share of all red marrow that lies in it."""
    if not 0 < share <= 1:
        raise RuleError(f"a share of the marrow lies above 0 and up to 1, got {share:g}")
    return MarrowActivity(
        way="images",
        tia_MBq_h=part_tia_MBq_h / share,
        lower_bound=False,
        because=(
            f"{part} holds {100 * share:.3g} % of the red marrow ({share_source}), and all of its "
            "activity is taken for "
            "marrow's",
        ),
    )
