"""Accuracy as data and as blocks: shares with their limits, tests, comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hevesy.answers.answer import Json, picked
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.table import Column, Table, of_numbers
from hevesy.blocks.table import table as table_of

if TYPE_CHECKING:
    from hevesy.find.accuracy import AccuracyOfTest, Comparison, PairedShares, Share
    from hevesy.find.scores import ScoredTest, ScoresCompared
    from hevesy.stats.clustered import ClusterTest
    from hevesy.stats.proportion import Interval

MEASURES = (("sensitivity", "sensitivity"), ("specificity", "specificity"), ("ppv", "PPV"), ("npv", "NPV"))
LIMITED = ("estimate", "lower", "upper", "because")


def percent(value: float | None) -> str:
    """A share in percent.

    >>> percent(0.25), percent(None)
    ('25.0 %', 'cannot be told')
    """
    return "cannot be told" if value is None else f"{100 * value:.1f} %"


def points(value: float | None) -> str:
    """A difference of shares in percentage points.

    >>> points(-0.031)
    '-3.1 points'
    """
    return "cannot be told" if value is None else f"{100 * value:+.1f} points"


def share_told(one: Share) -> str:
    """A share as a sentence says it: percent, counts, limits."""
    if one.estimate is None:
        return one.because
    told = f"{percent(one.estimate)} ({one.x} of {one.n}"
    if one.lower is None or one.upper is None:
        return f"{told}; limits cannot be told: {one.because})"
    return f"{told}; limits {100 * one.lower:.1f} to {100 * one.upper:.1f})"


def _limits(one: Interval | None) -> Json:
    return None if one is None else picked(one, "lower", "upper", "method")


def share_data(one: Share) -> dict[str, Json]:
    """A share as data."""
    found = picked(one, "x", "n", "estimate", "lower", "upper", "method", "because")
    found |= {"exact": _limits(one.exact), "wilson": _limits(one.wilson)}
    if one.clustered is not None:
        found["clustered"] = picked(one.clustered, "clusters", "standard_error", "design_effect", "effective_n")
    if one.marginal is not None:
        found["gee"] = picked(
            one.marginal, "estimate", "lower", "upper", "logit", "standard_error", "alpha", "working", "because"
        )
    return found


def test_data(one: AccuracyOfTest) -> dict[str, Json]:
    """A test as data."""
    intended = one.intention_to_diagnose
    return {
        "test": one.test,
        "kind": "reading",
        "counts": picked(one.counts, "tp", "fn", "fp", "tn"),
        **{key: share_data(getattr(one, key)) for key, _ in MEASURES},
        **{key: picked(getattr(one, key), *LIMITED) for key in ("lr_positive", "lr_negative", "youden")},
        "not_readable": list(one.not_readable),
        "missing": list(one.missing),
        "intention_to_diagnose": {
            "counts": picked(intended.counts, "tp", "fn", "fp", "tn"),
            "sensitivity": share_data(intended.sensitivity),
            "specificity": share_data(intended.specificity),
        },
        "corrected": None
        if one.corrected is None
        else {
            **picked(one.corrected, "verified", "not_verified"),
            **{key: picked(getattr(one.corrected, key), *LIMITED) for key in ("sensitivity", "specificity")},
        },
    }


def score_data(one: ScoredTest) -> dict[str, Json]:
    """A score as data; shares are those at the best threshold."""
    at_best = one.at_best
    found: dict[str, Json] = {
        "test": one.test,
        "kind": "score",
        **picked(one, "n", "because"),
        "missing": list(one.missing),
        "auc": None,
        "threshold": None,
        **{key: None if at_best is None else share_data(getattr(at_best, key)) for key, _ in MEASURES},
        "counts": None if at_best is None else picked(at_best.counts, "tp", "fn", "fp", "tn"),
    }
    if one.area is not None and one.best is not None:
        found["auc"] = {
            **picked(one.area, "variance", "with_it", "without", "clusters", estimate="area"),
            **(picked(one.limits, "lower", "upper", "method") if one.limits else {"lower": None, "upper": None}),
            **{key: _limits(getattr(one.area, key)) for key in ("delong", "logit", "score")},
        }
        found["threshold"] = picked(one.best, "threshold", "youden", "because") | {"others": list(one.best.others)}
    return found


def comparison_data(one: Comparison) -> dict[str, Json]:
    """Two tests compared, as data; differences are the first's less the second's."""
    return {
        "first": one.first,
        "second": one.second,
        "kind": "reading",
        "sensitivity": _pair_data(one.sensitivity),
        "specificity": _pair_data(one.specificity),
    }


def _pair_data(one: PairedShares) -> dict[str, Json]:
    found = picked(
        one, "n", "both", "only_first", "only_second", "neither", "difference", "lower", "upper", "method", "p_value",
        "test", "because",
    )  # fmt: skip
    if one.mcnemar is not None:
        found["mcnemar"] = picked(
            one.mcnemar, "exact_p", "mid_p", "chi_square", "p_value", "corrected_chi_square", "corrected_p_value"
        )
    if one.clustered is not None:
        told = one.clustered
        found["clustered"] = {
            **picked(told, "clusters", "standard_error", "design_effect", "effective_n"),
            "wald": _limits(told.wald),
            **{key: _test_data(getattr(told, key)) for key in ("obuchowski", "durkalski", "yang")},
        }
    if one.marginal is not None:
        found["gee"] = picked(one.marginal, "log_odds_ratio", "standard_error", "p_value", "because")
    return found


def _test_data(one: ClusterTest) -> Json:
    return picked(one, "chi_square", "p_value")


def scores_compared_data(one: ScoresCompared) -> dict[str, Json]:
    """Two scores compared, as data."""
    told = one.compared
    limits = told.recovered if told else None
    return {
        **picked(one, "first", "second", "n", "because"),
        "kind": "score",
        "difference": told.difference if told else None,
        "lower": limits.lower if limits else None,
        "upper": limits.upper if limits else None,
        "method": limits.method if limits else None,
        "delong": _limits(told.interval) if told else None,
        "z": told.z if told else None,
        "p_value": told.p_value if told else None,
        "covariance": told.covariance if told else None,
    }


def counts_table(tests: Sequence[AccuracyOfTest]) -> Table:
    """True and false answers of each test."""
    heads = [of_numbers(words) for words in ("TP", "FN", "FP", "TN", "not readable", "missing")]
    rows: list[list[Cell]] = [
        [
            one.test,
            *(shown(getattr(one.counts, key)) for key in ("tp", "fn", "fp", "tn")),
            shown(len(one.not_readable)),
            shown(len(one.missing)),
        ]
        for one in tests
    ]
    note = "TP: positive with tumour, FN: negative with tumour, FP: positive without, TN: negative without."
    return table_of("counts", "Readings against the truth", ("test", *heads), rows, note)


def _limit_columns(level: float, *methods: str) -> list[Column]:
    return [
        of_numbers(title, "%", under=f"{method}, {level:.0%}") for method in methods for title in ("lower", "upper")
    ]


def _hundred(value: float | None) -> Cell:
    return shown(None if value is None else 100 * value, ".1f", "-")


def shares_table(id: str, caption: str, named: Iterable[tuple[str, str, Share]], level: float) -> Table:
    """Shares with exact and Wilson's limits; lesions in patients with the design effect."""
    every = list(named)
    clustered = any(one.clustered is not None for _, _, one in every)
    columns = [of_numbers("x"), of_numbers("n"), of_numbers("estimate", "%")]
    columns += _limit_columns(level, "exact", "Wilson")
    columns += [of_numbers("design effect")] if clustered else []
    rows: list[list[Cell]] = []
    for test, measure, one in every:
        row: list[Cell] = [test, measure, shown(one.x), shown(one.n), _hundred(one.estimate)]
        for limits in (one.exact, one.wilson):
            row += [_hundred(limits.lower if limits else None), _hundred(limits.upper if limits else None)]
        if clustered:
            row.append(shown(one.clustered.design_effect if one.clustered else None, ".2f", "-"))
        rows.append(row)
    reasons = dict.fromkeys(f"{measure} of {test}: {one.because}." for test, measure, one in every if one.because)
    return table_of(id, caption, ("test", "measure", *columns), rows, *reasons)


OF_RATIOS = (
    "Limits of a likelihood ratio are those of its logarithm (Simel); of Youden's index the sums of the limits of its "
    "two shares, wider than they need be."
)
"""How limits of likelihood ratios and of Youden's index come about."""
APART = "The test and the limits are two methods: at the border one may exclude what the other does not."


def ratios_table(tests: Sequence[AccuracyOfTest], level: float) -> Table:
    """Likelihood ratios and Youden's index."""
    limits = f"{level:.0%} limits"
    columns = [of_numbers("estimate"), of_numbers("lower", under=limits), of_numbers("upper", under=limits)]
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for one in tests:
        for words, key in (
            ("likelihood ratio of a positive", "lr_positive"),
            ("likelihood ratio of a negative", "lr_negative"),
            ("Youden's index", "youden"),
        ):
            told = getattr(one, key)
            rows.append([one.test, words, *(shown(getattr(told, part), ".3g", "-") for part in LIMITED[:3])])
            if told.because:
                notes.append(f"{words} of {one.test}: {told.because}.")
    of_cases = () if any(one.sensitivity.clustered for one in tests) else (OF_RATIOS,)
    return table_of("ratios", "Likelihood ratios", ("test", "measure", *columns), rows, *notes, *of_cases)


def corrected_table(tests: Sequence[AccuracyOfTest], level: float) -> Table:
    """What is expected of all who were read, where of some the truth is not known."""
    limits = f"{level:.0%} limits"
    columns = [of_numbers("truth known"), of_numbers("not known"), of_numbers("estimate", "%")]
    columns += [of_numbers(title, "%", under=limits) for title in ("lower", "upper")]
    rows: list[list[Cell]] = []
    notes = ["It holds if whether the truth was looked for hangs on this reading alone (Begg and Greenes)."]
    for one in tests:
        if one.corrected is None:
            continue
        for measure in ("sensitivity", "specificity"):
            told = getattr(one.corrected, measure)
            row: list[Cell] = [one.test, measure, shown(one.corrected.verified), shown(one.corrected.not_verified)]
            rows.append([*row, *(_hundred(getattr(told, part)) for part in LIMITED[:3])])
            if told.because:
                notes.append(f"{measure} of {one.test}: {told.because}.")
    caption = "Corrected for those whose truth is not known"
    return table_of("corrected", caption, ("test", "measure", *columns), rows, *notes)


def comparison_table(comparisons: Sequence[Comparison], level: float) -> Table:
    """Two tests on the same cases: discordant ones, difference, tests."""
    clustered = any(one.sensitivity.clustered or one.specificity.clustered for one in comparisons)
    limits = f"{level:.0%} limits"
    columns = [of_numbers("n"), of_numbers("first only"), of_numbers("second only"), of_numbers("difference", "points")]
    columns += [of_numbers(title, "points", under=limits) for title in ("lower", "upper")]
    columns += [of_numbers(title, under="p") for title in ("McNemar, exact", "mid-p")]
    if clustered:
        columns += [of_numbers(title, under="p") for title in ("Obuchowski", "Durkalski", "GEE")]
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for one in comparisons:
        for measure in ("sensitivity", "specificity"):
            told: PairedShares = getattr(one, measure)
            row: list[Cell] = [one.first, one.second, measure]
            row += [shown(told.n), shown(told.only_first), shown(told.only_second)]
            row += [_hundred(told.difference), _hundred(told.lower), _hundred(told.upper)]
            row += [shown(getattr(told.mcnemar, key, None), ".3g", "-") for key in ("exact_p", "mid_p")]
            if clustered:
                row += [
                    shown(getattr(getattr(told.clustered, key, None), "p_value", None), ".3g", "-")
                    for key in ("obuchowski", "durkalski")
                ]
                row.append(shown(getattr(told.marginal, "p_value", None), ".3g", "-"))
            rows.append(row)
            if told.because:
                notes.append(f"{measure} of {one.first} against {one.second}: {told.because}.")
    notes += ["McNemar's tests take the cases as independent, which lesions of one patient are not."] * clustered
    caption = "Two tests on the same cases, first less second"
    return table_of("comparison", caption, ("first", "second", "measure", *columns), rows, *notes, APART)


def areas_table(tests: Sequence[ScoredTest], level: float) -> Table:
    """Areas under the curve and the best threshold."""
    limits = f"{level:.0%} limits"
    columns = [of_numbers("with tumour"), of_numbers("without"), of_numbers("area")]
    columns += [of_numbers(title, under=limits) for title in ("lower", "upper")]
    columns += [of_numbers(title, under=f"DeLong, {level:.0%}") for title in ("lower", "upper")]
    columns += [of_numbers("threshold"), of_numbers("sensitivity", "%"), of_numbers("specificity", "%")]
    rows: list[list[Cell]] = []
    for one in tests:
        row: list[Cell] = [one.test]
        row += [shown(getattr(one.area, key, None), "g", "-") for key in ("with_it", "without")]
        row.append(shown(getattr(one.area, "area", None), ".4f", "-"))
        row += [shown(getattr(one.limits, key, None), ".4f", "-") for key in ("lower", "upper")]
        plain = one.area.delong if one.area else None
        row += [shown(getattr(plain, key, None), ".4f", "-") for key in ("lower", "upper")]
        row.append(shown(getattr(one.best, "threshold", None), ".4g", "-"))
        row += [_hundred(getattr(one.best, key, None)) for key in ("sensitivity", "specificity")]
        rows.append(row)
    notes = [f"{one.test}: {one.because}." for one in tests if one.because]
    methods: dict[str, list[str]] = {}
    for one in tests:
        if one.limits:
            methods.setdefault(one.limits.method, []).append(one.test)
    notes += [f"Limits by {method}: {', '.join(names)}." for method, names in methods.items()]
    return table_of("areas", "Areas under the curve", ("test", *columns), rows, *notes)
