"""What the myeloma criteria say: what is measurable, what each category needs of a protein, and what a rise is.

IMWG 2006, 2011, 2016.

Pinned readings stand in docs/decisions/0005.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from hevesy.errors import RuleError
from hevesy.study.facts.response import Assessment, Chain
from hevesy.study.protocol.criteria import CRITERIA, Criteria

Category = Literal["sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"]
ORDER: tuple[Category, ...] = ("SD", "MR", "PR", "VGPR", "CR", "sCR")
"""From worse to better; PD and NE stand apart."""

MEASURABLE_SERUM_M_G_PER_DL = 1.0
MEASURABLE_URINE_M_mg_PER_24h = 200.0
MEASURABLE_INVOLVED_FLC_MG_PER_L = 100.0
"""10 mg/dL; a published table prints 10 mg/L, a factor of ten off."""
NORMAL_FLC_RATIO = (0.26, 1.65)
"""Kappa over lambda; of involved over uninvolved where kappa is involved, or where it is not said which chain is."""
LITTLE_URINE_M_mg_PER_24h = 100.0
FEW_PLASMA_CELLS_percent = 5.0
HIGH_SERUM_M_g_PER_dL, RISE_FROM_HIGH_g_PER_dL = 5.0, 1.0
EXACT = 1e-9
"""Relative slack, so that 25 % written in decimals is 25 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """What differs between versions of the criteria."""

    criteria: Criteria
    minor_response: bool
    confirmed_reference: bool
    """Progression is counted from the lowest confirmed value; otherwise from the lowest value."""
    vgpr_by_light_chains: bool
    minor_plasmacytoma_fall: float
    """Share by which plasmacytomas must have shrunk for a minor response."""


RULE_SETS = {
    "imwg-2006": RuleSet(
        criteria=CRITERIA["imwg-2006"],
        minor_response=False,
        confirmed_reference=False,
        vgpr_by_light_chains=False,
        minor_plasmacytoma_fall=0.5,
    ),
    "imwg-2011": RuleSet(
        criteria=CRITERIA["imwg-2011"],
        minor_response=True,
        confirmed_reference=False,
        vgpr_by_light_chains=True,
        minor_plasmacytoma_fall=0.25,
    ),
    "imwg-2016": RuleSet(
        criteria=CRITERIA["imwg-2016"],
        minor_response=True,
        confirmed_reference=True,
        vgpr_by_light_chains=True,
        minor_plasmacytoma_fall=0.5,
    ),
}
IMWG_2016 = RULE_SETS["imwg-2016"]


def rule_set(version: str) -> RuleSet:
    """The rules of a version."""
    if version not in RULE_SETS:
        raise RuleError(f"myeloma criteria are {', '.join(RULE_SETS)}, got {version!r}")
    return RULE_SETS[version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A protein that can be followed: name, unit, and the absolute rise that progression needs."""

    name: str
    unit: str
    least_rise: float
    rise_must_exceed: bool
    of: Callable[[Assessment], float | None] = field(repr=False, compare=False)
    """The value at an assessment, or None when it was not measured."""


def _flc_difference(assessment: Assessment) -> float | None:
    involved, uninvolved = assessment.involved_flc_mg_per_L, assessment.uninvolved_flc_mg_per_L
    return None if involved is None or uninvolved is None else involved - uninvolved


SERUM_M_PROTEIN = Measure(
    name="serum M-protein",
    unit="g/dL",
    least_rise=0.5,
    rise_must_exceed=False,
    of=lambda item: item.serum_m_protein_g_per_dL,
)
URINE_M_PROTEIN = Measure(
    name="urine M-protein",
    unit="mg/24h",
    least_rise=200.0,
    rise_must_exceed=False,
    of=lambda item: item.urine_m_protein_mg_per_24h,
)
FLC_DIFFERENCE = Measure(
    name="difference of involved and uninvolved free light chains",
    unit="mg/L",
    least_rise=100.0,
    rise_must_exceed=True,
    of=_flc_difference,
)


def measures_at_baseline(baseline: Assessment) -> tuple[Measure, ...]:
    """What is measurable: serum M-protein of 1 g/dL, urine M-protein of 200 mg/24h, or both; else light chains.

    Light chains: the involved one 100 mg/L or more and the ratio abnormal.
    """
    serum, urine = baseline.serum_m_protein_g_per_dL, baseline.urine_m_protein_mg_per_24h
    found = []
    if serum is not None and serum >= MEASURABLE_SERUM_M_G_PER_DL * (1 - EXACT):
        found.append(SERUM_M_PROTEIN)
    if urine is not None and urine >= MEASURABLE_URINE_M_mg_PER_24h * (1 - EXACT):
        found.append(URINE_M_PROTEIN)
    if found:
        return tuple(found)
    involved, uninvolved = baseline.involved_flc_mg_per_L, baseline.uninvolved_flc_mg_per_L
    if involved is None or uninvolved is None or involved < MEASURABLE_INVOLVED_FLC_MG_PER_L * (1 - EXACT):
        return ()
    return (FLC_DIFFERENCE,) if involved > normal_ratio(baseline.involved_chain)[1] * uninvolved * (1 + EXACT) else ()


def normal_ratio(chain: Chain | None) -> tuple[float, float]:
    """Normal range of involved over uninvolved free light chains.

    That of kappa over lambda, turned round where lambda is involved.

    >>> [round(end, 3) for end in normal_ratio("lambda")]
    [0.606, 3.846]
    """
    low, high = NORMAL_FLC_RATIO
    return (1 / high, 1 / low) if chain == "lambda" else (low, high)


def turned_to_the_other_side(item: Assessment, chain: Chain | None) -> str | None:
    """A question where the uninvolved chain exceeds the involved one as only an involved one does.

    By 100 mg/L or more with a ratio that is abnormal the other way; None: no question. A small difference with a normal
    ratio is none.

    >>> turned = Assessment(subject="1", row=1, involved_flc_mg_per_L=15, uninvolved_flc_mg_per_L=900)
    >>> turned_to_the_other_side(turned, "kappa")
    'light chains 15 involved and 900 mg/L uninvolved: turned to the other side (a clonal switch, or swapped columns)'
    """
    involved, uninvolved = item.involved_flc_mg_per_L, item.uninvolved_flc_mg_per_L
    if involved is None or uninvolved is None or uninvolved - involved < FLC_DIFFERENCE.least_rise * (1 - EXACT):
        return None
    if involved >= normal_ratio(chain)[0] * uninvolved * (1 - EXACT):
        return None
    told = f"light chains {involved:g} involved and {uninvolved:g} mg/L uninvolved"
    return f"{told}: turned to the other side (a clonal switch, or swapped columns)"


def lowest_confirmed(values: Sequence[float]) -> float:
    """The lowest of the baseline (first) and of the larger of any two consecutive values.

    >>> lowest_confirmed([3.8, 3.59, 3.76, 3.94])
    3.76
    """
    return min([values[0], *(max(pair) for pair in itertools.pairwise(values))])


def rises(value: float, reference: float, measure: Measure) -> bool:
    """Whether a value is progression from a reference: 25 % and the absolute rise.

    From 5 g/dL in serum a rise of 1 g/dL suffices.
    """
    rise = value - reference
    slack = EXACT * max(abs(value), abs(reference))
    if (
        measure is SERUM_M_PROTEIN
        and reference >= HIGH_SERUM_M_g_PER_dL * (1 - EXACT)
        and rise >= RISE_FROM_HIGH_g_PER_dL - slack
    ):
        return True
    enough = rise > measure.least_rise + slack if measure.rise_must_exceed else rise >= measure.least_rise - slack
    return enough and rise >= 0.25 * reference - slack


def usable(value: float | None) -> float | None:
    """A finite value, or None."""
    return value if value is not None and math.isfinite(value) else None


def below(value: float, limit: float) -> bool:
    """Whether a value lies under a limit by more than rounding."""
    return value < limit * (1 - EXACT)


def ratio_of(item: Assessment) -> float | None:
    """Involved over uninvolved light chains; None: not measured."""
    involved, uninvolved = item.involved_flc_mg_per_L, item.uninvolved_flc_mg_per_L
    return None if involved is None or not uninvolved else involved / uninvolved
