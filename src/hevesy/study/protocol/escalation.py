"""How a dose is found: the design by name, what it needs, and the rules a plan of one must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from typing import Annotated

from hevesy.errors import FieldError, RuleError, shown
from hevesy.study.declared import Key, Name, OneOf, Within, keep
from hevesy.study.protocol.designs import DESIGNS as DESIGNS
from hevesy.study.protocol.designs import DesignWords as DesignWords
from hevesy.study.protocol.designs import in_protocols as in_protocols

VARIANTS = ("no-de-escalation", "de-escalation", "modified")
"""Of three-plus-three."""
MOST_IN_A_COHORT, MOST_SUBJECTS = 100, 1_000

_MISSING = {
    "n_max": "{} needs a full number of subjects",
    "a_plus_b": "{} needs its five numbers A,B,C,D,E",
    "logistic": "{} needs a prior and a reference dose; they are never assumed",
}


def unknown_design(name: str) -> str:
    """A sentence about a design that is not there, with the nearest names.

    >>> unknown_design("bion")
    "design 'bion' is not known; did you mean boin, boin12, titeboin?"
    """
    plain = name.casefold().replace("-", "").replace(" ", "")
    same = [one for one in DESIGNS if one.replace("-", "") == plain]
    near = (
        ["three-plus-three"]
        if plain in ("3+3", "33")
        else same or get_close_matches(name.casefold(), DESIGNS, n=3, cutoff=0.4)
    )
    return f"design {name!r} is not known; " + (
        f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(DESIGNS)}"
    )


def not_five(numbers: Sequence[object]) -> str | None:
    """Why numbers are not A, B, C, D, E of Lin and Shih, or None."""
    if len(numbers) == 5 and all(type(one) is int and 0 <= one <= MOST_IN_A_COHORT for one in numbers):
        return None
    return f"five whole numbers A, B, C, D, E of 0..{MOST_IN_A_COHORT} are needed, got {shown(list(numbers))}"


def not_apart(names: Sequence[str]) -> str | None:
    """Why strata of these names cannot be kept apart, or None."""
    names = [name.strip() for name in names]
    if len(set(names)) != len(names):
        return f"names are there and differ, got {names}"
    return None if len(names) > 1 else f"two strata or more are kept apart, got {names}"


def check_skeleton(rates: tuple[float, ...]) -> None:
    """Prior DLT rates increase between 0 and 1."""
    wrong = next((place for place, (a, b) in enumerate(pairwise((0.0, *rates, 1.0))) if not a < b), None)
    if wrong is not None:
        told = ", ".join(f"{rate:g}" for rate in rates)
        place = min(wrong, len(rates) - 1) + 1
        raise RuleError(
            f"a skeleton increases between 0 and 1, got {told}", field=f"skeleton[{place}]", value=rates[place - 1]
        )


def check_prior(sd: tuple[float, float], correlation: float, reference_dose: float) -> None:
    """Of the two parameters of a logistic regression."""
    if not all(0 < one < float("inf") for one in sd) or not -1 < correlation < 1:
        raise RuleError(
            f"standard deviations are positive and the correlation lies in -1..1, got {sd}, {correlation:g}",
            field="sd",
            value=sd,
        )
    if not 0 < reference_dose < float("inf"):
        raise RuleError(
            f"a reference dose is positive, got {reference_dose:g}", field="reference_dose", value=reference_dose
        )


def check_target_interval(interval: tuple[float, float], overdose_bound: float) -> None:
    """Of the DLT rate, and the probability of being above it that is tolerated."""
    low, high = interval
    if not 0 < low < high < 1:
        raise RuleError(
            f"the target interval lies between 0 and 1, got {low:g} to {high:g}",
            field="target_interval",
            value=interval,
        )
    if not 0 < overdose_bound <= 1:
        raise RuleError(
            f"the bound on the probability of overdose lies in 0..1, got {overdose_bound:g}",
            field="overdose_bound",
            value=overdose_bound,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticModel:
    """Of the Bayesian logistic regression.

    Prior, reference dose (in the unit of the doses), target interval, bound on overdose.
    """

    mean: Annotated[tuple[float, float], Key("prior_mean")]
    sd: Annotated[tuple[float, float], Key("prior_sd")]
    correlation: Annotated[float, Key("prior_correlation")] = 0.0
    reference_dose: float
    target_interval: tuple[float, float] = (0.2, 0.35)
    overdose_bound: float = 0.25

    def __post_init__(self) -> None:
        keep(self)
        if not all(map(isfinite, self.mean)):
            raise FieldError("mean", f"must be two finite numbers, got {self.mean}", self.mean)
        check_prior(self.sd, self.correlation, self.reference_dose)
        check_target_interval(self.target_interval, self.overdose_bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Arms that are escalated by themselves (with and without a companion drug), from a level of their own."""

    name: Annotated[str, Name()]
    start_level: int = 1

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The dose-finding design and its parameters, by the names of the command line.

    >>> Escalation(design="boin", cohort_size=3, n_max=30)
    Traceback (most recent call last):
    hevesy.errors.RuleError: boin needs a target DLT rate between 0 and 1, got None
    """

    design: str
    variant: Annotated[str | None, OneOf(VARIANTS)] = None
    cohort_size: Annotated[int, Within(1, MOST_IN_A_COHORT)]
    target: float | None = None
    n_max: Annotated[int | None, Within(1, MOST_SUBJECTS)] = None
    skeleton: tuple[float, ...] = ()
    logistic: Annotated[LogisticModel | None, Key("")] = None
    a_plus_b: tuple[int, int, int, int, int] | None = None
    """A, B, C, D, E of Lin and Shih: up below C of A, stop above D, else B more; up with at most E of all."""
    weights: str = "linear"
    """Of pending subjects: `linear`, `adaptive`, or the day of the nadir the DLTs gather around, as in `nadir:42`."""
    response_limit: float | None = None
    """The response rate that is hoped for at least."""
    table: tuple[Mapping[str, str], ...] | None = None
    """Rows with `n`, `dlts` and `decision` (E, S, D or X)."""
    strata: tuple[Stratum, ...] = ()
    """Each is decided by itself; empty: all arms of a level are decided together."""

    def __post_init__(self) -> None:
        if self.design not in DESIGNS:
            raise RuleError(unknown_design(self.design), field="design", value=self.design)
        keep(self)
        self._check_variant()
        self._check_what_is_needed()
        check_skeleton(self.skeleton)
        if re.fullmatch(r"linear|adaptive|nadir:\d{1,4}(\.\d{1,3})?", self.weights, re.ASCII) is None:
            told = f"are linear, adaptive, or nadir:DAY as in nadir:42, got {shown(self.weights)}"
            raise FieldError("weights", told, self.weights)
        if self.a_plus_b is not None and (rule := not_five(self.a_plus_b)):
            raise FieldError("a_plus_b", rule, self.a_plus_b)
        if self.strata and (apart := not_apart([stratum.name for stratum in self.strata])):
            raise FieldError("strata", apart, self.strata)

    @property
    def words(self) -> DesignWords:
        """The design in words."""
        return DESIGNS[self.design]

    def _check_variant(self) -> None:
        if "variant" not in self.words.needs and self.variant is not None:
            raise RuleError(f"{self.design} has no variants", field="variant", value=self.variant)
        if "variant" in self.words.needs and self.variant is None:
            raise FieldError("variant", f"must be given, one of {', '.join(VARIANTS)}", self.variant)

    def _check_what_is_needed(self) -> None:
        name, needs, target = self.design, self.words.needs, self.target
        if "target" in needs and (target is None or not 0 < target < 1):
            told = f"{name} needs a target DLT rate between 0 and 1, got {target}"
            raise RuleError(told, field="target", value=target)
        if ("skeleton" in needs) != bool(self.skeleton):
            told = "crm and titecrm need the prior DLT rates by level; other designs have none"
            raise RuleError(told, field="skeleton", value=self.skeleton)
        if "table" in needs and (self.table is None or target is None):
            told = "a table is given as a file, with the target DLT rate that chooses the MTD"
            raise RuleError(told, field="table", value=target)
        if "table" in needs and self.n_max is None:
            told = "a table says what happens at a level; say how many subjects the trial has in all"
            raise RuleError(told, field="n_max")
        for field, told in _MISSING.items():
            if field in needs and getattr(self, field) is None:
                raise RuleError(told.format(name), field=field)


def planned(
    design: str,
    *,
    variant: str | None = None,
    cohort_size: int | None = None,
    target: float | None = None,
    n_max: int | None = None,
    skeleton: tuple[float, ...] = (),
    logistic: LogisticModel | None = None,
    a_plus_b: tuple[int, int, int, int, int] | None = None,
    weights: str | None = None,
    response_limit: float | None = None,
    table: tuple[Mapping[str, str], ...] | None = None,
) -> Escalation:
    """A plan of a design with what is usual where nothing is said; what means nothing to the design is left out.

    Raises RuleError where it needs more, and for a variant or a skeleton that it has no use for.

    >>> planned("boin", target=0.25).n_max
    30
    """
    words = DESIGNS.get(design)
    if words is None:
        raise RuleError(unknown_design(design), field="design", value=design)
    variant = variant or (VARIANTS[0] if "variant" in words.needs else None)
    return Escalation(
        design=design,
        variant=variant,
        cohort_size=cohort_size or (4 if variant == "modified" else words.usual_cohort),
        target=target if words.takes("target") else None,
        n_max=(n_max if n_max is not None else words.usual_n) if words.takes("n_max") else None,
        skeleton=skeleton,
        logistic=logistic if words.takes("logistic") else None,
        a_plus_b=(a_plus_b or (3, 3, 1, 1, 1)) if words.takes("a_plus_b") else None,
        weights=(weights or "linear") if words.takes("weights") else "linear",
        response_limit=response_limit if words.takes("response_limit") else None,
        table=table if words.takes("table") else None,
    )


def window_of(design: str, window_d: float | None, *, calendar: bool = False) -> float | None:
    """The window in days, checked: it must be given where the design or the calendar uses one, and nowhere else."""
    counts_pending = design in DESIGNS and DESIGNS[design].counts_pending
    if window_d is None and (counts_pending or calendar):
        told = design if counts_pending else "the calendar"
        raise RuleError(
            f"{told} needs the window in which DLTs are counted, as in 85d; none is assumed", field="window_d"
        )
    if window_d is not None and not (counts_pending or calendar):
        told = f"{design} uses no window here: its subjects are settled"
        raise RuleError(told, field="window_d", value=window_d)
    if window_d is not None and window_d < 1:
        raise RuleError(f"a window has a day or more, got {24 * window_d:g}h", field="window_d", value=window_d)
    return window_d
