"""How response is derived and judged: criteria, whose reading counts, censoring, several indications together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.stats.words import Borrowing as Borrowing
from hevesy.study.declared import LONGEST_D, Dimension, Key, OneOf, Within, keep
from hevesy.study.protocol.criteria import called_by, found_by

Censoring = Literal["as-seen", "fda"]
"""By which rule times to progression are censored."""
Confirming = Literal["as-good", "any-later"]
"""What may lie between a response and the one that bears it out: only responses as good and at most one visit that says
nothing (as admiralonco has it by default), or anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePlan:
    """How response is derived, and by which rule times to progression are censored."""

    criteria: Annotated[str | None, OneOf(found_by)] = None
    """By name; None: those of the indications."""
    evaluator: str | None = None
    """Whose measurements count; None: there is one reader."""
    censoring: Censoring = "as-seen"
    assessed_every_d: Annotated[int | None, Within(1, LONGEST_D)] = None
    tolerance_d: Annotated[int, Within(0, LONGEST_D)] = 0
    stable_after_d: Annotated[int, Within(0, LONGEST_D)] = 0
    """Stable disease counts from so many days after the first infusion; 0: from the first assessment."""
    assessment_method: str | None = None
    """Of responses as called: by which method, where one reader gives two answers at a visit (PET-CT, CT)."""
    confirming: Confirming = "as-good"
    """What may lie between a response and the one that bears it out, where the criteria ask for one."""

    def __post_init__(self) -> None:
        keep(self)
        if self.censoring == "fda" and self.assessed_every_d is None:
            raise FieldError("assessed_every_d", "must be given: the rule of the FDA counts missed assessments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Indications:
    """How several indications are judged: whose reading, by which criteria each, against which rate, borrowing how."""

    evaluator: str
    criteria: tuple[tuple[str, str], ...]
    """Of each arm, by its code: criteria by name, or imwg without a year where responses are only called."""
    null_rate: Annotated[float, Key("null_rate_percent")] = 0.2
    method: Borrowing = "independent"
    total_activity_threshold_MBq: Annotated[float | None, Dimension("activity")] = None
    assessment_method: str | None = None
    """Of responses as called: by which method, where one reader gives two answers at a visit."""

    def __post_init__(self) -> None:
        keep(self)
        for code, name in self.criteria:
            if rule := OneOf(called_by).broken(name):
                raise FieldError(f"criteria.{code}", rule, name)
        if not 0 < self.null_rate < 1:
            raise FieldError("null_rate", f"lies between 0 and 100 %, got {100 * self.null_rate:g} %", self.null_rate)
