"""What the verbs hand to one another about a cohort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hevesy.errors import RuleError

DLTStatus = Literal["no DLT", "DLT", "pending", "undetermined", "not evaluable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectOutcome:
    """Whether a subject had a dose-limiting toxicity, with the reasons and the rows they rest on."""

    subject: str
    level: int
    status: DLTStatus
    because: tuple[str, ...]
    rows: tuple[int, ...]
    elapsed_d: int | None
    """Days of the window elapsed at the cut, the day of infusion counted as the first."""
    followed_d: int | None = None
    """Of a pending subject: days of the window up to the last one it was seen on."""
    dlt_after_d: int | None = None
    """Days of the window elapsed when the DLT had met its rule, where that day is known."""
    stratum: str | None = None
    arm: str | None = None
    noted: tuple[str, ...] = ()
    """What lies just outside the window and is not counted: a day's difference in a date would decide otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortOutcome:
    """Consecutive subjects at one level, counted by status; undetermined is never counted as no."""

    level: int
    evaluable: int
    with_dlt: int
    pending: int = 0
    undetermined: int = 0
    not_evaluable: int = 0
    pending_d: tuple[float, ...] = ()
    """Days of the window elapsed for each pending subject, where they are known."""
    dlt_after_d: tuple[float, ...] = ()
    """Days from the first activity to each DLT, where they are known."""
    responses_without_dlt: int = 0
    responses_with_dlt: int = 0
    """Responses among the evaluable, for designs that weigh toxicity against response; others do not look at them."""

    def __post_init__(self) -> None:
        if not 0 <= self.with_dlt <= self.evaluable:
            raise RuleError(
                f"with_dlt must lie in 0..{self.evaluable} (evaluable), got {self.with_dlt} (level {self.level})"
            )
        if (
            not 0 <= self.responses_with_dlt <= self.with_dlt
            or not 0 <= self.responses_without_dlt <= self.evaluable - self.with_dlt
        ):
            raise RuleError(
                f"responses with DLT lie in 0..{self.with_dlt} and those without in "
                f"0..{self.evaluable - self.with_dlt}, got {self.responses_with_dlt} and {self.responses_without_dlt} "
                f"(level {self.level})"
            )
        if self.level < 1:
            raise RuleError(f"a level is numbered from 1, got {self.level}")
        if min(self.pending, self.undetermined, self.not_evaluable) < 0:
            raise RuleError(f"counts of subjects are not negative, got {self}")
        if (
            len(self.pending_d) > self.pending
            or len(self.dlt_after_d) > self.with_dlt
            or min((*self.pending_d, *self.dlt_after_d), default=0) < 0
        ):
            raise RuleError(
                f"days are given for pending subjects and for those with a DLT, and are not negative, got {self}"
            )


def count(level: int, outcomes: list[SubjectOutcome]) -> CohortOutcome:
    """Count the subjects of one level by status."""
    by_status = {status: sum(outcome.status == status for outcome in outcomes) for status in DLTStatus.__args__}  # type: ignore[attr-defined]
    return CohortOutcome(
        level=level,
        evaluable=by_status["no DLT"] + by_status["DLT"],
        with_dlt=by_status["DLT"],
        pending=by_status["pending"],
        undetermined=by_status["undetermined"],
        not_evaluable=by_status["not evaluable"],
        # enrolled and not yet treated: no day of the window has elapsed
        pending_d=tuple(
            (outcome.elapsed_d or 0) if outcome.followed_d is None else outcome.followed_d
            for outcome in outcomes
            if outcome.status == "pending"
        ),
        dlt_after_d=tuple(
            outcome.dlt_after_d for outcome in outcomes if outcome.status == "DLT" and outcome.dlt_after_d is not None
        ),
    )
