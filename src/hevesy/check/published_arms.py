"""Response of a cohort beside published arms: what can be computed, and what the comparison permits to say."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from scipy.special import betainc, betaln, gammaln

from hevesy.errors import RuleError
from hevesy.provenance import shipped_table
from hevesy.stats.granularity import grim
from hevesy.stats.proportion import Interval, clopper_pearson, exact_test, fisher_p

SMALL = 20
SEEN = ("table seen", "abstract seen", "seen", "seed", "table", "abstract", "digest")
"""Words of the table for figures that somebody has seen in their source; seed: in a company's own release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedArm:
    """An arm as published: figures as printed (empty: not given), where from, and how far they were verified."""

    regimen: str
    trial: str
    n: int | None
    prior_lines: str
    response_percent: str
    response: str
    median_pfs: str
    notes: str
    source: str
    verified: str
    benefit_percent: str = ""
    """Clinical benefit (minor response or better), where it is printed beside the response rate."""
    median_os: str = ""

    def percent_of(self, definition: str) -> str:
        """The rate of a definition as printed; empty: not printed. One definition never stands for another."""
        if definition.casefold() == self.response.casefold():
            return self.response_percent
        return self.benefit_percent if definition.casefold() == "cbr" else ""

    @property
    def of_two_arms(self) -> bool:
        """Whether the figures are of a trial's two arms, so that the n printed is the trial's."""
        return any(
            " vs " in f" {text} " for text in (self.response_percent, self.median_pfs, self.median_os, self.notes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Our cohort.

    Responders of a definition (as "ORR" or "CBR"), subjects, median prior lines (as printed), our time to progression.
    """

    name: str
    responders: int
    n: int
    response: str
    prior_lines: str = ""
    pfs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Ours beside one arm; None where it cannot be computed.

    `p_exact`: Fisher's test; `p_against_point`: exact test against their percentage; `p_higher`: posterior probability
    that ours is higher.
    """

    arm: PublishedArm
    responders: tuple[int, ...]
    """Counts of the arm that its percentage can stand for; empty: none, or the arm's own n is not known."""
    ours: Interval
    theirs: Interval | None
    p_exact: float | None
    p_against_point: float | None
    p_higher: float | None
    because: str
    caveats: tuple[str, ...]


def compare(ours: Ours, arm: PublishedArm) -> Comparison:
    """Put a cohort beside a published arm.

    Like for like only: where their rate of our definition is not printed there is no p and no probability. Both arms of
    a trial printed as "87.1 vs 66.7" have one n between them: then only the first percentage is used, as a point. Where
    a printed percentage fits several counts of the arm, the one with the largest p stands for it, and the least and
    largest p are said. The posterior has Jeffreys' prior on both sides.
    """
    interval = clopper_pearson(ours.responders, ours.n)
    printed, two_arms = _first_number(arm.percent_of(ours.response)), arm.of_two_arms
    counts: tuple[int, ...] = ()
    if printed is None and arm.response_percent:
        because = (
            f"their {ours.response} is not printed, theirs is {arm.response}: another definition gives no p and no "
            "probability"
        )
    elif printed is None:
        because = "no response rate printed"
    elif arm.n is None or two_arms:
        because = "the arm's own number of subjects is not printed: compared with the percentage as if it were certain"
    else:
        fitting = grim(printed, arm.n, percent=True, rounding="any")
        counts = fitting.totals
        because = fitting.because if counts else f"{fitting.because}: the percentage does not fit the n printed"
    theirs = exact = higher = None
    if counts and arm.n is not None:
        p_of = {
            count: fisher_p((ours.responders, count), (ours.n - ours.responders, arm.n - count)) for count in counts
        }
        count, exact = max(p_of.items(), key=lambda pair: pair[1])
        if len(counts) > 1:
            because += f"; by these p is {min(p_of.values()):.2g} to {exact:.2g}: the largest is given, of {count}"
        theirs = clopper_pearson(count, arm.n)
        higher = probability_higher((ours.responders, ours.n), (count, arm.n))
    point = (
        exact_test(ours.responders, ours.n, float(printed) / 100)
        if printed is not None and float(printed) <= 100
        else None
    )
    return Comparison(
        arm=arm,
        responders=counts,
        ours=interval,
        theirs=theirs,
        p_exact=exact,
        p_against_point=point,
        p_higher=higher,
        because=because,
        caveats=caveats(ours, arm),
    )


def caveats(ours: Ours, arm: PublishedArm) -> tuple[str, ...]:
    """What the comparison does not permit, each with its reason."""
    not_permitted = [
        "the arms were not randomised against each other and are not adjusted: a difference may be one of patients"
    ]
    if ours.n < SMALL:
        limits = clopper_pearson(ours.responders, ours.n)
        not_permitted.append(
            f"ours are {ours.n} subjects: rates from {limits.lower:.0%} to {limits.upper:.0%} are compatible with "
            f"{ours.responders}"
        )
    if arm.response and ours.response and not arm.percent_of(ours.response):
        not_permitted.append(f"ours is {ours.response}, theirs {arm.response}: other definitions")
    mine, other = _first_number(ours.prior_lines), _first_number(arm.prior_lines)
    if mine is None or other is None:
        not_permitted.append("prior lines of therapy are not given on both sides")
    elif mine != other:
        fewer = "fewer" if float(other) < float(mine) else "more"
        not_permitted.append(f"their patients had {fewer} prior lines ({arm.prior_lines} against {ours.prior_lines})")
    for what, texts in (
        ("prior lines", (ours.prior_lines, arm.prior_lines)),
        ("time to progression", (ours.pfs, arm.median_pfs)),
    ):
        means = ["mean" in text.casefold() for text in texts]
        if any(texts) and means[0] != means[1] and all(texts):
            not_permitted.append(f"{what}: a mean stands beside a median ({texts[0]} and {texts[1]})")
    if "ongoing" in ours.pfs.casefold():
        not_permitted.append("our time to progression has patients still on it: a lower bound")
    printed = arm.percent_of(ours.response)
    if arm.of_two_arms and printed:
        not_permitted.append(
            f"the published figure is of a trial's two arms ({printed}); the first is taken, "
            "and the n printed is the trial's"
        )
    if re.search(r"\d\s*-\s*\d", printed):
        not_permitted.append(f"the published figure is a range ({printed}); its first number is taken")
    if arm.verified not in SEEN:
        not_permitted.append(f"the published figure is not verified ({arm.verified or 'no word on it'})")
    return tuple(not_permitted)


def probability_higher(
    first: tuple[int, int], second: tuple[int, int], prior: tuple[float, float] = (0.5, 0.5)
) -> float:
    """Posterior probability that the first rate exceeds the second, each given as (events, subjects), beta priors.

    By quadrature of the first's distribution function under the second's density.
    """
    import numpy as np

    a, b = first[0] + prior[0], first[1] - first[0] + prior[1]
    c, d = second[0] + prior[0], second[1] - second[0] + prior[1]
    # p = sin^2(angle): the density has no poles there
    nodes, weights = _quadrature()
    angle = (nodes + 1) * math.pi / 4
    p = np.sin(angle) ** 2
    log = (2 * c - 1) * np.log(np.sin(angle)) + (2 * d - 1) * np.log(np.cos(angle)) - betaln(c, d)
    density = 2 * np.exp(log)
    return float(1 - (weights * math.pi / 4 * density * betainc(a, b, p)).sum())


@cache
def _quadrature() -> tuple[Any, Any]:
    """Nodes and weights of Gauss and Legendre, worked out once."""
    import numpy as np

    return np.polynomial.legendre.leggauss(400)


def smallest_convincing(n: int, rate: float, level: float = 0.05) -> int | None:
    """Fewest responders in n whose one-sided exact p against a rate is at most `level`; None: not even all of them.

    >>> smallest_convincing(4, 0.3)
    4
    """
    for responders in range(n + 1):
        if exact_test(responders, n, rate, "greater") <= level:
            return responders
    return None


def predictive(first: tuple[int, int], n: int, prior: tuple[float, float] = (0.5, 0.5)) -> tuple[float, ...]:
    """Probability of 0, 1, ..., n responders among the next n, after (events, subjects)."""
    a, b = first[0] + prior[0], first[1] - first[0] + prior[1]
    log = [
        gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
        for k in range(n + 1)
    ]
    return tuple(math.exp(one) for one in log)


def read_arms(rows: Sequence[dict[str, str]]) -> tuple[PublishedArm, ...]:
    """Published arms from rows with the columns of the shipped table."""
    arms = []
    for number, row in enumerate(rows, 2):
        text = (row.get("n") or "").strip()
        if text and not text.isdigit():
            raise RuleError(f"line {number}, n: a whole number is needed, got {text!r}")
        arms.append(
            PublishedArm(
                regimen=row.get("regimen") or "",
                trial=row.get("trial") or "",
                n=int(text) if text else None,
                prior_lines=row.get("median_prior_lines") or "",
                response_percent=row.get("ORR_pct") or "",
                response="ORR",
                median_pfs=row.get("median_PFS_mo") or "",
                notes=row.get("notes") or "",
                source=row.get("source") or "",
                verified=row.get("verified") or row.get("seen") or "",
                benefit_percent=row.get("CBR_pct") or _benefit_in(row.get("notes") or ""),
                median_os=row.get("median_OS_mo") or "",
            )
        )
    return tuple(arms)


def _benefit_in(notes: str) -> str:
    """A clinical benefit rate that stands in the notes only.

    >>> _benefit_in("bortezomib-refractory; CBR (>=MR) 52.7; G3/4 PLT 63.6%")
    '52.7'
    """
    match = re.search(r"(?:CBR(?:\s*\(>=\s*MR\))?|>=\s*MR)\s*(\d+(?:\.\d+)?)", notes)
    return match[1] if match else ""


def published_arms() -> tuple[PublishedArm, ...]:
    """The arms that ship: one row an arm with its own n, figures that were seen in their source."""
    rows, _ = shipped_table("check", "published_arms")
    return read_arms(rows)


def _first_number(text: str) -> str | None:
    match = re.search(r"\d+(?:\.\d+)?", text)
    return match[0] if match else None
