"""What a region may receive, and whether it keeps to it: one limit and one rule, whoever doses and in whatever way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import RuleError
from hevesy.study.declared import Dimension, Key, Name, keep

LimitOf = Literal["absorbed dose", "BED", "EQD2"]
Met = Literal["kept", "exceeded", "not told", "part is missing", "part is an upper bound"]
"""Of a limit: the whole 95 % interval lies below it, or above it, or it lies within the interval.

Below one a dose of which a part is missing keeps nothing; above one a dose of which a part is an upper bound exceeds
nothing."""
Interval = tuple[float, float]
USUAL_FRACTION_GY = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a region may receive in all, as absorbed dose, BED or EQD2, and who says so."""

    region: Annotated[str, Name()]
    of: LimitOf = "absorbed dose"
    amount_Gy: Annotated[float, Dimension("dose"), Key("limit")]
    source: Annotated[str, Name(300)]

    def __post_init__(self) -> None:
        if not 0 < self.amount_Gy < math.inf:
            raise RuleError(
                f"a limit lies above 0 Gy, got {self.amount_Gy:g} Gy", field="amount_Gy", value=self.amount_Gy
            )
        if not self.source.strip():
            raise RuleError(f"a limit has its source: who says that {self.amount_Gy:g} Gy {self.of} is one?")
        keep(self)

    def bed_Gy(self, alpha_beta_Gy: float) -> float:
        """The limit as BED. Refused: one of absorbed dose, which has none without its dose rate.

        >>> Limit(region="cord", of="EQD2", amount_Gy=50.0, source="as planned").bed_Gy(2.0)
        100.0
        """
        if self.of == "absorbed dose":
            raise RuleError(f"the limit of {self.region} is one of absorbed dose and has no BED", field="of")
        return self.amount_Gy * (1 + USUAL_FRACTION_GY / alpha_beta_Gy if self.of == "EQD2" else 1)


def met(
    limit_Gy: float, value_Gy: float, interval_Gy: Interval | None, *, missing: bool = False, above: bool = False
) -> Met:
    """Whether a value keeps to its limit: in the whole interval, or it is not told; without one nothing is kept.

    `missing`: a part is not in it (a lower bound). `above`: a part is an upper bound.

    >>> met(23.0, 12.0, (10.0, 14.0)), met(23.0, 22.0, (18.0, 26.0)), met(23.0, 12.0, (10.0, 14.0), missing=True)
    ('kept', 'not told', 'part is missing')
    """
    lies_above = value_Gy > limit_Gy if interval_Gy is None else interval_Gy[0] > limit_Gy
    if lies_above:
        return "part is an upper bound" if above else "exceeded"
    if interval_Gy is None or interval_Gy[1] > limit_Gy:
        return "not told"
    return "part is missing" if missing else "kept"
