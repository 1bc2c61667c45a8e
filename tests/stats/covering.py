"""How often the intervals of diagnostic accuracy hold the truth, at the sizes of small trials.

Shares and paired differences by adding up every outcome, the others by seeded draws: scores from two normal laws,
lesions of patients whose chance differs from patient to patient (beta law), two tests with a common leaning of the
patient and of the lesion (normal laws cut at a point). Patients have one to four lesions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri, stdtrit, xlogy

from hevesy.stats.clustered import clustered_pairs, clustered_share
from hevesy.stats.marginal import marginal_share
from hevesy.stats.paired import tango
from hevesy.stats.proportion import Interval, clopper_pearson, wilson
from hevesy.stats.roc import area, compare_areas

SIZES = (12, 25, 36)
WITH_IT = 0.72
"""Share of cases with tumour, as in the study of 36."""
Limits = tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How often an interval held the truth among those that were told, how often none was, and its mean length."""

    kind: str
    n: int
    setting: str
    method: str
    chosen: bool
    """Whether it is the interval that a question tells first."""
    covered: float
    untold: float
    length: float
    draws: int
    """0: every outcome was added up."""


def of_shares() -> Iterator[Coverage]:
    """Clopper and Pearson's and Wilson's, exactly."""
    for n in SIZES:
        for p in (0.5, 0.7, 0.9, 0.95):
            for method, chosen in ((clopper_pearson, True), (wilson, False)):
                every = [method(x, n) for x in range(n + 1)]
                k = np.arange(n + 1)
                chance = np.exp(
                    gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlogy(n - k, 1 - p)
                )
                yield _summed("share of patients", n, f"{p:.0%}", every, chance, p, chosen)


def of_pairs() -> Iterator[Coverage]:
    """Tango's, exactly; the chances that only one of two tests is right."""
    for n in SIZES:
        cells, every = _tango_of(n)
        b, c = cells.T
        for first, second in ((0.05, 0.05), (0.1, 0.3), (0.02, 0.15)):
            rest = 1 - first - second
            log = gammaln(n + 1) - gammaln(b + 1) - gammaln(c + 1) - gammaln(n - b - c + 1)
            chance = np.exp(log + xlogy(b, second) + xlogy(c, first) + xlogy(n - b - c, rest))
            setting = f"only first {first:.0%}, only second {second:.0%}"
            yield _summed("difference of two tests, patients", n, setting, every, chance, first - second, True)


@cache
def _tango_of(n: int) -> tuple[NDArray[np.int64], list[Interval]]:
    cells = np.array([(b, c) for b in range(n + 1) for c in range(n + 1 - b)])
    return cells, [tango(int(b), int(c), n) for b, c in cells]


def _summed(
    kind: str, n: int, setting: str, every: list[Interval], chance: NDArray[np.float64], truth: float, chosen: bool
) -> Coverage:
    holds = np.array([one.lower - 1e-12 <= truth <= one.upper + 1e-12 for one in every])
    length = np.array([one.upper - one.lower for one in every])
    return Coverage(
        kind=kind, n=n, setting=setting, method=every[0].method, chosen=chosen, covered=float(chance[holds].sum()),
        untold=0.0, length=float((chance * length).sum()), draws=0,
    )  # fmt: skip


def of_areas(draws: int, seed: int) -> Iterator[Coverage]:
    """Of patients."""
    for n in SIZES:
        with_it = round(WITH_IT * n)
        truth = np.repeat((1, 0), (with_it, n - with_it))
        for true in (0.7, 0.9, 0.95):
            random = np.random.default_rng([seed, 1, n, round(100 * true)])
            away = math.sqrt(2) * float(ndtri(true))

            def drawn(
                random: np.random.Generator = random, away: float = away, truth: NDArray[np.int64] = truth
            ) -> dict[str, Limits]:
                found = area(random.normal(size=len(truth)) + away * truth, truth)
                return {"Newcombe, score": _of(found.score), "DeLong": _of(found.delong), "on logits": _of(found.logit)}

            yield from _drawn("area under the curve, patients", n, f"{true:.2f}", drawn, draws, true, "Newcombe, score")


def of_clustered_areas(draws: int, seed: int) -> Iterator[Coverage]:
    """Of lesions; a patient's lesions lean together."""
    for n in SIZES:
        for true in (0.7, 0.9):
            random = np.random.default_rng([seed, 2, n, round(100 * true)])
            away = math.sqrt(2) * float(ndtri(true))

            def drawn(random: np.random.Generator = random, away: float = away, n: int = n) -> dict[str, Limits] | None:
                patients = np.repeat(np.arange(n), random.integers(1, 5, n))
                truth = (random.random(len(patients)) < WITH_IT).astype(int)
                if truth.all() or not truth.any():
                    return None
                leaning = random.normal(size=n)[patients] * math.sqrt(0.3)
                scores = leaning + random.normal(size=len(patients)) * math.sqrt(0.7) + away * truth
                found = area(scores, truth, patients.tolist())
                return {"Obuchowski, on logits": _of(found.score or found.logit), "Obuchowski": _of(found.delong)}

            yield from _drawn(
                "area under the curve, lesions", n, f"{true:.2f}", drawn, draws, true, "Obuchowski, on logits"
            )


def of_differences_of_areas(draws: int, seed: int) -> Iterator[Coverage]:
    """Of patients; two scores of one patient are correlated."""
    for n in SIZES:
        with_it = round(WITH_IT * n)
        truth = np.repeat((1, 0), (with_it, n - with_it))
        for first, second in ((0.9, 0.9), (0.9, 0.75)):
            random = np.random.default_rng([seed, 3, n, round(100 * second)])
            away = math.sqrt(2) * ndtri(np.array([first, second]))

            def drawn(
                random: np.random.Generator = random,
                away: NDArray[np.float64] = away,
                truth: NDArray[np.int64] = truth,
            ) -> dict[str, Limits]:
                common = random.normal(size=(len(truth), 1)) * math.sqrt(0.5)
                scores = common + random.normal(size=(len(truth), 2)) * math.sqrt(0.5) + truth[:, None] * away
                found = compare_areas(scores[:, 0], scores[:, 1], truth)
                return {"recovered from the limits of each": _of(found.recovered), "DeLong": _of(found.interval)}

            setting = f"{first:.2f} and {second:.2f}"
            yield from _drawn(
                "difference of areas, patients", n, setting, drawn, draws, first - second,
                "recovered from the limits of each",
            )  # fmt: skip


def of_clustered_shares(draws: int, seed: int) -> Iterator[Coverage]:
    """Of lesions; the chance of a patient's lesions has a correlation of 0.1 or 0.4."""
    for n in SIZES:
        for p in (0.7, 0.9, 0.95):
            for alike in (0.1, 0.4):
                random = np.random.default_rng([seed, 4, n, round(100 * p), round(10 * alike)])

                def drawn(
                    random: np.random.Generator = random, n: int = n, p: float = p, alike: float = alike
                ) -> dict[str, Limits]:
                    lesions = random.integers(1, 5, n)
                    rest = (1 - alike) / alike
                    found = random.binomial(lesions, random.beta(p * rest, (1 - p) * rest, n))
                    return _of_share(found, lesions)

                setting = f"{p:.0%}, correlation {alike:g}"
                yield from _drawn("share of lesions", n, setting, drawn, draws, p, "exact at the effective number")


def _of_share(found: NDArray[np.int64], lesions: NDArray[np.int64]) -> dict[str, Limits]:
    told = clustered_share(found.tolist(), lesions.tolist())
    assert told.standard_error is not None
    half = float(stdtrit(len(lesions) - 1, 0.975)) * told.standard_error
    answers = np.concatenate([np.arange(own) < x for x, own in zip(found, lesions, strict=True)])
    model = marginal_share(answers, np.repeat(np.arange(len(lesions)), lesions).tolist())
    logit: Limits = None if model.lower is None or model.upper is None else (model.lower, model.upper)
    return {
        "exact at the effective number": _of(told.exact),
        "Wilson at the effective number": _of(told.wilson),
        "GEE, on logits, t": logit,
        "Wald, t": (told.estimate - half, told.estimate + half),
    }


def of_clustered_pairs(draws: int, seed: int) -> Iterator[Coverage]:
    """Of lesions; two tests right with these chances, patients and lesions leaning both ways."""
    for n in SIZES:
        for first, second in ((0.9, 0.9), (0.9, 0.8), (0.7, 0.4)):
            for alike in (0.1, 0.4):
                random = np.random.default_rng([seed, 5, n, round(100 * first), round(100 * second), round(10 * alike)])
                cuts = ndtri(np.array([first, second]))

                def drawn(
                    random: np.random.Generator = random,
                    n: int = n,
                    cuts: NDArray[np.float64] = cuts,
                    alike: float = alike,
                ) -> dict[str, Limits]:
                    lesions = random.integers(1, 5, n)
                    patients = np.repeat(np.arange(n), lesions)
                    of_patient = random.normal(size=(n, 1)) + random.normal(size=(n, 2))
                    of_lesion = random.normal(size=(len(patients), 1)) + random.normal(size=(len(patients), 2))
                    leaning = of_patient[patients] * math.sqrt(alike / 2) + of_lesion * math.sqrt((1 - alike) / 2)
                    one, two = (leaning < cuts).T
                    c, b = (np.bincount(patients, own, minlength=n) for own in (one & ~two, two & ~one))
                    told = clustered_pairs(b.tolist(), c.tolist(), lesions.tolist())
                    plain = tango(int(b.sum()), int(c.sum()), len(patients))
                    return {
                        "Tango at the effective number": _of(told.interval),
                        "Wald, t": _of(told.wald),
                        "Tango, as if independent": _of(plain),
                    }

                setting = f"{first:.0%} and {second:.0%}, correlation {alike:g}"
                yield from _drawn(
                    "difference of two tests, lesions", n, setting, drawn, draws, first - second,
                    "Tango at the effective number",
                )  # fmt: skip


def _of(one: Interval | None) -> Limits:
    return None if one is None else (one.lower, one.upper)


def _drawn(
    kind: str,
    n: int,
    setting: str,
    draw: Callable[[], Mapping[str, Limits] | None],
    draws: int,
    truth: float,
    chosen: str,
) -> Iterable[Coverage]:
    told: dict[str, list[tuple[float, float]]] = {}
    made = 0
    while made < draws:
        found = draw()
        if found is None:  # drawn again: one kind of truth only
            continue
        made += 1
        for method, limits in found.items():
            told.setdefault(method, []).extend([limits] if limits is not None else [])
    for method, every in told.items():
        limits_of = np.array(every)
        holds = (limits_of[:, 0] <= truth) & (truth <= limits_of[:, 1])
        yield Coverage(
            kind=kind, n=n, setting=setting, method=method, chosen=method == chosen, covered=float(holds.mean()),
            untold=1 - len(every) / draws, length=float((limits_of[:, 1] - limits_of[:, 0]).mean()), draws=draws,
        )  # fmt: skip


def coverages(draws: int, seed: int = 124) -> list[Coverage]:
    """Every interval at every size."""
    drawn = (of_areas, of_clustered_areas, of_differences_of_areas, of_clustered_shares, of_clustered_pairs)
    return [*of_shares(), *of_pairs(), *(one for kind in drawn for one in kind(draws, seed))]
