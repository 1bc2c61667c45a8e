"""The dose-finding designs a plan may name: each in words, what it needs, and the rules a plan of one must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from hevesy.errors import RuleError

VARIANTS = ("no-de-escalation", "de-escalation", "modified")
"""Of three-plus-three."""


@dataclass(frozen=True, slots=True)
class DesignWords:
    """A design in words: its name, what it is, its source, the fields of an `Escalation` it needs or may have."""

    name: str
    says: str
    source: str
    needs: tuple[str, ...] = ()
    """A protocol says each."""
    may_have: tuple[str, ...] = ()
    """Beside `cohort_size`."""
    usual_cohort: int = 3
    usual_n: int | None = 30
    """Subjects in all, of a design that ends by number, where a command is told no other."""
    counts_pending: bool = False
    """Subjects still within the window count: it needs the window, and may be held back."""
    in_protocols: bool = True
    """Whether a protocol.toml may name it."""

    def takes(self, field: str) -> bool:
        """Whether the field means something to the design."""
        return field in self.needs or field in self.may_have


_BY_NUMBER = ("target", "n_max")
# fmt: off
_WORDS = (
    DesignWords("three-plus-three", "three subjects, then three more if needed, by counted rules",
                "Storer, Biometrics 1989;45:925", ("variant",)),
    DesignWords("a-plus-b", "A subjects, then B more if needed, by counted rules",
                "Lin and Shih, Biostatistics 2001;2:203", ("a_plus_b",)),
    DesignWords("rolling-six", "up to six subjects at a level without waiting for each three",
                "Skolnik et al., J Clin Oncol 2008;26:190"),
    DesignWords("i3+3", "the observed rate against an interval, and what it would be with one DLT less",
                "Liu, Wang and Ji, J Biopharm Stat 2020;30:294", _BY_NUMBER),
    DesignWords("boin", "Bayesian optimal interval: up and down at two limits of the observed rate",
                "Liu and Yuan, J R Stat Soc C 2015;64:507", _BY_NUMBER),
    DesignWords("keyboard", "the strongest of equally wide keys of the DLT rate decides",
                "Yan, Mandrekar and Yuan, Clin Cancer Res 2017;23:3994", _BY_NUMBER),
    DesignWords("mtpi", "modified toxicity probability interval: the highest unit probability mass decides",
                "Ji et al., Clin Trials 2010;7:653", _BY_NUMBER),
    DesignWords("mtpi2", "mTPI with keys as wide as the target interval",
                "Guo et al., Contemp Clin Trials 2017;58:23", _BY_NUMBER),
    DesignWords("crm", "continual reassessment: one parameter, the level whose rate is nearest the target",
                "O'Quigley, Pepe and Fisher, Biometrics 1990;46:33", (*_BY_NUMBER, "skeleton")),
    DesignWords("blrm", "Bayesian logistic regression of the DLT rate on dose, with overdose control",
                "Neuenschwander, Branson and Gsponer, Stat Med 2008;27:2420", ("n_max", "logistic")),
    DesignWords("titecrm", "continual reassessment while subjects are pending, who count by a weight",
                "Cheung and Chappell, Biometrics 2000;56:1177", (*_BY_NUMBER, "skeleton"), ("weights",),
                usual_cohort=1, counts_pending=True),
    DesignWords("titeboin", "BOIN while subjects are pending, who count by the share of the window",
                "Yuan et al., Clin Cancer Res 2018;24:4921", _BY_NUMBER, counts_pending=True),
    DesignWords("boin12", "toxicity weighed against response: the dose that offers most",
                "Lin et al., JCO Precis Oncol 2020;4:1393", ("n_max",), ("target", "response_limit"),
                usual_n=36, in_protocols=False),
    DesignWords("table", "a decision table brought along", "who brings it along",
                ("table", "n_max"), ("target",), usual_n=None, in_protocols=False),
)
# fmt: on
DESIGNS = {words.name: words for words in _WORDS}
"""Every design, by the name of the command line and of protocol.toml."""
IN_PROTOCOLS = tuple(name for name, words in DESIGNS.items() if words.in_protocols)

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
    if min(sd) <= 0 or not -1 < correlation < 1:
        raise RuleError(
            f"standard deviations are positive and the correlation lies in -1..1, got {sd}, {correlation:g}",
            field="sd",
            value=sd,
        )
    if reference_dose <= 0:
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

    mean: tuple[float, float]
    sd: tuple[float, float]
    correlation: float
    reference_dose: float
    target_interval: tuple[float, float] = (0.2, 0.35)
    overdose_bound: float = 0.25

    def __post_init__(self) -> None:
        check_prior(self.sd, self.correlation, self.reference_dose)
        check_target_interval(self.target_interval, self.overdose_bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Arms that are escalated by themselves (with and without a companion drug), from a level of their own."""

    name: str
    start_level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The dose-finding design and its parameters, by the names of the command line.

    >>> Escalation(design="boin", cohort_size=3, n_max=30)
    Traceback (most recent call last):
    hevesy.errors.RuleError: boin needs a target DLT rate between 0 and 1, got None
    """

    design: str
    variant: str | None = None
    cohort_size: int
    target: float | None = None
    n_max: int | None = None
    skeleton: tuple[float, ...] = ()
    logistic: LogisticModel | None = None
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
        self._check_variant()
        self._check_what_is_needed()
        check_skeleton(self.skeleton)
        if re.fullmatch(r"linear|adaptive|nadir:(\d+\.?\d*|\.\d+)", self.weights, re.ASCII) is None:
            raise RuleError(
                f"weights are linear, adaptive, or nadir:DAY as in nadir:42, got {self.weights!r}",
                field="weights",
                value=self.weights,
            )

    @property
    def words(self) -> DesignWords:
        """The design in words."""
        return DESIGNS[self.design]

    def _check_variant(self) -> None:
        if "variant" not in self.words.needs and self.variant is not None:
            raise RuleError(f"{self.design} has no variants", field="variant", value=self.variant)
        if "variant" in self.words.needs and self.variant not in VARIANTS:
            raise RuleError(f"{self.variant!r} is none of {', '.join(VARIANTS)}", field="variant", value=self.variant)

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
