"""Response of lymphoma by Lugano 2014 and of Waldenstrom's macroglobulinaemia by serum IgM (IWWM-6).

Of Lugano, PET and CT apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hevesy.errors import RuleError
from hevesy.follow.response.tumour import in_order
from hevesy.study.facts.response import Uptake

_EXACT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A measured lesion: longest diameter and the shorter one across it (mm); nodes and others are told apart."""

    name: str
    longest_mm: float
    shortest_mm: float
    nodal: bool = True

    def __post_init__(self) -> None:
        """Refuse diameters that cannot be."""
        if not 0 <= self.shortest_mm <= self.longest_mm < math.inf:
            raise RuleError(
                f"{self.name}: diameters are 0 mm or more, the longest first, got {self.longest_mm:g} and "
                f"{self.shortest_mm:g}"
            )

    @property
    def product_mm2(self) -> float:
        """Product of the two diameters."""
        return self.longest_mm * self.shortest_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class LymphomaVisit:
    """Findings at one visit; None: not assessed."""

    row: int
    on: date
    deauville: int | None = None
    uptake: Uptake | None = None
    """Of what still takes up, against baseline."""
    new_avid_lesion: bool | None = None
    nodes: tuple[Node, ...] | None = None
    new_lesion: bool | None = None
    others_gone: bool | None = None
    """Non-measured lesions absent, organs of normal size."""
    others_progressed: bool | None = None
    """Clear progression of non-measured lesions."""
    unmeasured: tuple[str, ...] = ()
    """Lesions that were there and lack a diameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LymphomaResponse:
    """Metabolic and anatomic response of a visit, each with its reason; None: not done."""

    on: date
    row: int
    metabolic: str | None
    metabolic_because: str
    anatomic: str | None
    anatomic_because: str
    change_percent: float | None = None
    """Of the sum of products from baseline; None: not every lesion measured."""


def lugano(visits: Sequence[LymphomaVisit]) -> tuple[LymphomaResponse, ...]:
    """Responses of each visit after the first, which is the baseline.

    Source: Cheson et al., J Clin Oncol 2014;32:3059, table 3.
    """
    if not visits:
        raise RuleError("there is no baseline visit")
    in_order(visits)
    for visit in visits:
        names = [node.name for node in visit.nodes or ()]
        if len(set(names)) != len(names):
            raise RuleError(f"two lesions have one name (row {visit.row})")
    sizes: dict[str, list[Node]] = {node.name: [node] for node in visits[0].nodes or ()}
    found = []
    for visit in visits[1:]:
        metabolic, why = _metabolic(visit)
        anatomic, told = _anatomic(visit, sizes, visits[0].unmeasured)
        for node in visit.nodes or ():
            if node.name not in visits[0].unmeasured:
                sizes.setdefault(node.name, []).append(node)
        found.append(
            LymphomaResponse(
                on=visit.on,
                row=visit.row,
                metabolic=metabolic,
                metabolic_because=why,
                anatomic=anatomic,
                anatomic_because=told,
                change_percent=_change_percent(visits[0], visit),
            )
        )
    return tuple(found)


def _change_percent(baseline: LymphomaVisit, visit: LymphomaVisit) -> float | None:
    """Of the sum of products over the lesions of the baseline; None where one was not measured."""
    now = {node.name: node.product_mm2 for node in visit.nodes or ()}
    start = sum(node.product_mm2 for node in baseline.nodes or ())
    if not start or any(node.name not in now for node in baseline.nodes or ()):
        return None
    return 100 * (sum(now[node.name] for node in baseline.nodes or ()) - start) / start


def _metabolic(visit: LymphomaVisit) -> tuple[str | None, str]:
    if visit.deauville is None:
        return ("PMD", "a new FDG-avid lesion") if visit.new_avid_lesion else (None, "no PET score")
    if not 1 <= visit.deauville <= 5:
        raise RuleError(f"a Deauville score is 1 to 5, got {visit.deauville} (row {visit.row})")
    score = f"Deauville {visit.deauville}"
    if visit.new_avid_lesion:
        return "PMD", f"{score}, a new FDG-avid lesion"
    if visit.new_avid_lesion is None:
        return "NE", f"{score}; whether there is a new FDG-avid lesion was not assessed"
    if visit.deauville <= 3:
        return "CMR", score
    by_uptake = {"less": "PMR", "same": "NMR", "more": "PMD", None: "NE"}
    words = (
        "not compared with baseline"
        if visit.uptake is None
        else f"{visit.uptake} than at baseline".replace("same than", "same as")
    )
    return by_uptake[visit.uptake], f"{score}, uptake {words}"


def _anatomic(
    visit: LymphomaVisit, sizes: dict[str, list[Node]], never_measured: Sequence[str] = ()
) -> tuple[str | None, str]:
    told = ["a new lesion"] if visit.new_lesion else []
    told += ["non-measured lesions progressed"] if visit.others_progressed else []
    if visit.nodes is None:
        return ("PAD", "; ".join(told)) if told else (None, "no CT measurements")
    now = {node.name: node for node in visit.nodes}
    for name, node in now.items():
        if name in sizes:
            told += _grown(node, sizes[name])
        elif name not in never_measured and (node.longest_mm > 15 or (not node.nodal and node.product_mm2 > 0)):
            told.append(f"{name}, {node.longest_mm:g} x {node.shortest_mm:g} mm, was not there before")
    if told:
        return "PAD", "; ".join(told)
    missing = [name for name in sizes if name not in now]
    if missing:
        return "NE", f"not measured: {', '.join(missing)}"
    if never_measured:
        return "NE", f"not measured at baseline: {', '.join(never_measured)}"
    if visit.new_lesion is None:
        return "NE", "whether there is a new lesion was not assessed"
    start, value = sum(own[0].product_mm2 for own in sizes.values()), sum(now[name].product_mm2 for name in sizes)
    if not start:
        return "NE", "no lesion measured at baseline"
    shown = f"sum of products {value:g} mm2, {(value - start) / start:+.0%} from baseline"
    normal = all(
        now[name].longest_mm <= 15 if own[0].nodal else now[name].product_mm2 == 0 for name, own in sizes.items()
    )
    if normal and visit.others_gone:
        return "CAR", f"{shown}; every node of 15 mm or less, nothing else left"
    if value <= 0.5 * start * (1 + _EXACT):
        return "PAR", shown
    return "SAD", shown


def _grown(node: Node, before: Sequence[Node]) -> list[str]:
    """Progression of one lesion.

    Above 15 mm, product up by half from the smallest, and a diameter up by 5 mm (10 mm above 20 mm).
    """
    least = min(before, key=lambda one: one.product_mm2)
    step = 5.0 if least.longest_mm <= 20 else 10.0
    wider = max(node.longest_mm - least.longest_mm, node.shortest_mm - least.shortest_mm)
    if node.longest_mm > 15 and node.product_mm2 >= 1.5 * least.product_mm2 * (1 - _EXACT) and wider >= step - _EXACT:
        return [
            f"{node.name} from {least.longest_mm:g} x {least.shortest_mm:g} to {node.longest_mm:g} x "
            f"{node.shortest_mm:g} mm"
        ]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class IgMVisit:
    """Serum IgM (g/dL) and what complete response needs; None: not looked for."""

    row: int
    on: date
    igm_g_per_dL: float | None = None
    immunofixation: Literal["positive", "negative"] | None = None
    igm_normal: bool | None = None
    marrow_normal: bool | None = None
    extramedullary_gone: bool | None = None
    clinical_progression: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IgMResponse:
    """Category of a visit, change of IgM from baseline in percent, and why."""

    on: date
    row: int
    response: str
    change_percent: float | None
    because: str


def iwwm(visits: Sequence[IgMVisit]) -> tuple[IgMResponse, ...]:
    """Response of each visit after the first.

    IgM against baseline, progression from its lowest value (25 % and 0.5 g/dL).

    Source: R. G. Owen et al., Br J Haematol 2013;160:171 (IWWM-6).
    """
    if not visits or not 0 < (visits[0].igm_g_per_dL or 0.0) < math.inf:
        raise RuleError("the first visit needs a serum IgM above 0: it is the baseline")
    in_order(visits)
    start = lowest = visits[0].igm_g_per_dL or 0.0
    found = []
    for visit in visits[1:]:
        value = visit.igm_g_per_dL
        if value is None:
            word, because = ("PD", "clinical progression") if visit.clinical_progression else ("NE", "IgM not measured")
            found.append(IgMResponse(on=visit.on, row=visit.row, response=word, change_percent=None, because=because))
            continue
        if not 0 <= value < float("inf"):
            raise RuleError(f"IgM is 0 g/dL or more, got {value} (row {visit.row})")
        fall, rise = (start - value) / start, value - lowest
        because = f"IgM {value:g} g/dL, {-fall:+.1%} from baseline {start:g}"
        if visit.clinical_progression or (rise >= 0.5 * (1 - _EXACT) and rise >= 0.25 * lowest * (1 - _EXACT)):
            word = "PD"
            because += (
                "; clinical progression"
                if visit.clinical_progression
                else f"; {rise:+.3g} g/dL from the lowest value {lowest:g}"
            )
        elif (
            visit.immunofixation == "negative"
            and visit.igm_normal
            and visit.marrow_normal
            and visit.extramedullary_gone
        ):
            word = "CR"
            because += "; immunofixation negative, IgM and marrow normal, no disease outside the marrow"
        else:
            word = next(
                (name for name, least in (("VGPR", 0.9), ("PR", 0.5), ("MR", 0.25)) if fall >= least - _EXACT), "SD"
            )
        lowest = min(lowest, value)
        found.append(
            IgMResponse(on=visit.on, row=visit.row, response=word, change_percent=-100 * fall, because=because)
        )
    return tuple(found)
