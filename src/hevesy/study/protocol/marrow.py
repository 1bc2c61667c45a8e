"""How a plan takes the activity in blood for that in red marrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import Key, Name, Percent, keep
from hevesy.study.protocol.s_values import SOURCE_UP_TO

RatioIs = Literal["by haematocrit", "told"]
CurveModel = Literal["by AICc", "mono", "uptake-mono", "bi", "tri"]
LARGEST_RATIO = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarrowByBlood:
    """Red marrow by blood: its concentration over time, the ratio of marrow to blood, the subject's mass of marrow.

    By haematocrit the ratio is 0.19 / (1 - haematocrit), of what stays in plasma and extracellular fluid (Sgouros
    1993); the haematocrit is that of the subject's own samples. A ratio that is told has its source.
    """

    region: Annotated[str, Name()]
    """The region of the plan that is red marrow."""
    ratio_is: RatioIs
    ratio: float | None = None
    ratio_source: Annotated[str | None, Name(SOURCE_UP_TO)] = None
    ratio_uncertainty_percent: Annotated[float | None, Percent()] = None
    """Standard uncertainty (k = 1) of the ratio; None: not told, and it is in no interval."""
    model: Annotated[CurveModel | None, Key("model")] = None
    """Of the curve in blood, where it is another than that of the plan."""

    def __post_init__(self) -> None:
        keep(self)
        if (self.ratio is None) != (self.ratio_is == "by haematocrit"):
            told = "must be given" if self.ratio is None else "is not told beside the haematocrit"
            raise FieldError("ratio", f"{told}: the ratio of marrow to blood is by haematocrit, or told", self.ratio)
        if self.ratio is not None and not 0 < self.ratio <= LARGEST_RATIO:
            raise FieldError("ratio", f"of marrow to blood lies above 0 and up to 5, got {self.ratio:g}", self.ratio)
        if self.ratio is not None and self.ratio_source is None:
            raise FieldError("ratio_source", "must be given: a ratio that is told has a source")
        if self.ratio is None and self.ratio_source is not None:
            raise FieldError("ratio_source", "is of a ratio that is told", self.ratio_source)
