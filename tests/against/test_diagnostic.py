"""Every row of the diagnostic-accuracy results of R's packages, each by what its words say: none is left out.

Values of R's stats, epiR, PropCIs, pROC, survey and geepack, and of published formulas written down in R
(imaging/diag_stats_golden.csv); the data behind them lie beside it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from functools import cache

import pytest

from hevesy.stats import proportion
from hevesy.stats.clustered import clustered_pairs, clustered_share
from hevesy.stats.diagnostic import Counts, begg_greenes, measures
from hevesy.stats.marginal import MarginalFit, marginal_logit
from hevesy.stats.paired import mcnemar, tango
from hevesy.stats.roc import area, best_threshold, compare_areas, partial_area
from tests.conftest import outside_truth, reference

Row = dict[str, str]
GOLDEN = outside_truth("imaging/diag_stats_golden.csv")


def rows_of(name: str) -> list[Row]:
    with reference(f"imaging/{name}").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def lesions(side: str) -> list[Row]:
    """Lesions with the condition (sens) or without it (spec)."""
    return [row for row in rows_of("clustered_lesions.csv") if row["truth"] == ("1" if side == "sens" else "0")]


def right(row: Row, test: str) -> int:
    return int(row[test] == row["truth"])


def whole(words: str, *names: str) -> list[int]:
    """The whole numbers said as in b=12 c=5."""
    found = dict(re.findall(r"(\w+)=(\d+)", words))
    return [int(found[name]) for name in names]


def of_proportion(words: str) -> float:
    count, method, limit = words.split()
    x, n = map(int, count.split("/"))
    interval = {"clopper-pearson": proportion.clopper_pearson, "wilson": proportion.wilson}[method](x, n)
    return float(getattr(interval, limit))


def of_epi_tests(words: str) -> float | None:
    count, measure, part = words.split()[1:]
    tp, fn, fp, tn = map(int, count.split("/"))
    names = {
        "se": "sensitivity", "sp": "specificity", "pv.pos": "ppv", "pv.neg": "npv", "lr.pos": "lr_positive",
        "lr.neg": "lr_negative", "youden": "youden", "diag.ac": "accuracy", "diag.or": "odds_ratio", "tp": "prevalence",
        "ap": "apparent_prevalence", "nndx": "number_needed",
    }  # fmt: skip
    found = getattr(measures(Counts(tp=tp, fn=fn, fp=fp, tn=tn)), names[measure])
    value: float | None = getattr(found, "estimate" if part == "est" else part)
    return value


def of_mcnemar(words: str) -> float | None:
    b, c = whole(words, "b", "c")
    found = mcnemar(b, c)
    what = words.split(" ", 2)[2]
    return {
        "p no cc": found.p_value,
        "p cc": found.corrected_p_value,
        "chisq no cc": found.chi_square,
        "chisq cc": found.corrected_chi_square,
        "p exact": found.exact_p,
        "p mid-p": found.mid_p,
    }[what]


def of_tango(words: str) -> float:
    found = tango(*whole(words, "b", "c", "n"))
    return found.lower if " lower " in words else found.upper


@cache
def asah(column: str) -> list[float]:
    return [float(row[column]) for row in rows_of("proc_asah.csv")]


@cache
def poor() -> list[bool]:
    return [row["outcome"] == "Poor" for row in rows_of("proc_asah.csv")]


def of_area(words: str) -> float | None:
    _, column, what = words.split()
    found = area(asah(column), poor())
    assert found.delong is not None
    return {"auc": found.area, "var": found.variance, "lower": found.delong.lower, "upper": found.delong.upper}[what]


def of_two_areas(words: str) -> float | None:
    _, first, _, second, what = words.split(maxsplit=4)
    found = compare_areas(asah(first), asah(second), poor())
    assert found.interval is not None
    return {
        "Z": found.z,
        "p": found.p_value,
        "cov": found.covariance,
        "diff lower": found.interval.lower,
        "diff upper": found.interval.upper,
    }[what]


def of_partial_area(words: str) -> float | None:
    _, column, kind, axis, places = words.split()
    high, low = sorted(map(float, places.split("-")), reverse=True)
    of = {"spec": "specificity", "sens": "sensitivity"}[axis]
    found = partial_area(asah(column), poor(), (low, high), of)  # type: ignore[arg-type]  # a word of two
    return found.corrected if "corrected" in kind else found.area


def of_youden(words: str) -> float | None:
    _, column, what = words.split()
    value: float | None = getattr(best_threshold(asah(column), poor()), what)
    return value


def of_cluster(words: str) -> float | None:
    test, side, what = words.split(maxsplit=2)
    having: dict[str, list[int]] = {}
    for row in lesions(side):
        having.setdefault(row["patient"], []).append(right(row, test))
    found = clustered_share([sum(each) for each in having.values()], [len(each) for each in having.values()])
    return {
        "estimate": found.estimate,
        "design effect": found.design_effect,
        "svymean SE": found.standard_error,
    }[what]


@cache
def fitted(test: str, side: str, exchangeable: bool) -> MarginalFit:
    answers = [right(row, test) for row in lesions(side)]
    patients = [row["patient"] for row in lesions(side)]
    return marginal_logit(answers, patients, working="exchangeable" if exchangeable else "independence")


def of_gee(words: str) -> float | None:
    test, side, what = words.split(maxsplit=2)
    fit = fitted(test, side, what.endswith("exch"))
    return {"logit": fit.estimates[0], "robust SE": fit.standard_errors[0], "alpha": fit.alpha}[
        what.removesuffix(" exch")
    ]


def of_paired_gee(words: str) -> float:
    """Both tests' answers of each lesion with the condition, one model."""
    own = lesions("sens")
    answers = [right(row, test) for test in ("pet", "mri") for row in own]
    design = [[1, int(test == "pet")] for test in ("pet", "mri") for _ in own]
    fit = marginal_logit(answers, [row["patient"] for row in own] * 2, design)
    return {"sens logOR pet-mri": fit.estimates, "robust SE": fit.standard_errors, "p": fit.p_values}[words][1]


def of_clustered_roc(words: str) -> float | None:
    own = rows_of("clustered_lesions.csv")
    pet, mri = ([float(row[f"score_{test}"]) for row in own] for test in ("pet", "mri"))
    found = compare_areas(pet, mri, [row["truth"] == "1" for row in own], [row["patient"] for row in own])
    return {
        "A1": found.first.area,
        "A2": found.second.area,
        "v1": found.first.variance,
        "v2": found.second.variance,
        "c12": found.covariance,
        "z": found.z,
        "p": found.p_value,
    }[words]


def of_begg_greenes(words: str) -> float | None:
    """Hepatic scintigraphy (Drum and Christacopoulos, J Nucl Med 1972;13:908): verified counts, then the others."""
    found = begg_greenes(Counts(tp=231, fn=27, fp=32, tn=54), 166, 140)
    side, what = words.split()[1:]
    measure = found.sensitivity if side == "sens" else found.specificity
    assert what == "corrected"
    return measure.estimate


KINDS: dict[str, tuple[Callable[[str], float | None], float]] = {
    "prop": (of_proportion, 1e-9),
    "epi.tests": (of_epi_tests, 1e-9),
    "mcnemar": (of_mcnemar, 1e-9),
    "tango": (of_tango, 1e-6),
    "delong": (of_area, 1e-9),
    "delong.paired": (of_two_areas, 1e-9),
    "pauc": (of_partial_area, 1e-9),
    "youden": (of_youden, 1e-9),
    "cluster": (of_cluster, 1e-9),
    "gee": (of_gee, 1e-5),
    "gee.paired": (of_paired_gee, 1e-5),
    "obuchowski1997": (of_clustered_roc, 1e-9),
    "begg-greenes": (of_begg_greenes, 1e-9),
}


def golden() -> Sequence[Row]:
    if not GOLDEN.exists():
        return ()
    with GOLDEN.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_results_are_there_and_of_every_kind() -> None:
    reference("imaging/diag_stats_golden.csv")
    assert {row["id"] for row in golden()} == set(KINDS)
    assert len(golden()) >= 75


@pytest.mark.parametrize("row", golden(), ids=lambda row: f"{row['id']} {row['quantity']}")
def test_a_result_is_that_of_the_package(row: Row) -> None:
    found, tolerance = KINDS[row["id"]]
    assert found(row["quantity"]) == pytest.approx(float(row["value"]), abs=tolerance)


def psychiatrists() -> tuple[list[int], list[int], list[int]]:
    own = rows_of("psychiatry_clustered.csv")
    b, c, n = ([int(row[name]) for row in own] for name in ("bh", "ch", "Nh"))
    return b, c, n


def test_psychiatrists_and_patients_are_those_of_the_papers() -> None:
    """29 psychiatrists with 135 patients (Donner and Petryshen 1989), McNemar without clusters 11.85; W of each as printed."""
    own = rows_of("psychiatry_clustered.csv")
    b, c, n = psychiatrists()
    assert (len(own), sum(n)) == (29, 135)
    assert mcnemar(sum(b), sum(c)).chi_square == pytest.approx(11.85, abs=0.005)
    for row, one, two, of in zip(own, b, c, n, strict=True):
        assert (one - two) / of == pytest.approx(float(row["Wh"]), abs=0.0051)


def test_durkalskis_test_is_the_squared_sum_of_w_over_its_squares() -> None:
    """Of the printed W, rounded to two digits, the statistic is known to a few hundredths."""
    own = rows_of("psychiatry_clustered.csv")
    printed = [float(row["Wh"]) for row in own]
    found = clustered_pairs(*psychiatrists())
    assert found.durkalski.chi_square == pytest.approx(sum(printed) ** 2 / sum(w * w for w in printed), abs=0.02)


def test_obuchowskis_and_durkalskis_tests_are_those_of_a_marginal_model() -> None:
    """Where all answers are alike under the hypothesis, the squared score of a linear marginal model over its empirical
    variance (statsmodels' clustered errors of a mean of differences, without its correction) is Yang's statistic for
    the units and Durkalski's for the clusters' means; Obuchowski's is the first times (clusters - 1) / clusters."""
    import numpy as np
    import statsmodels.api as sm

    b, c, n = psychiatrists()
    found = clustered_pairs(b, c, n)
    lean = [value for one, two, of in zip(b, c, n, strict=True)
            for value in [-1] * one + [1] * two + [0] * (of - one - two)]  # fmt: skip
    groups = np.repeat(np.arange(len(n)), n)

    def by_score(values: Sequence[float], clusters: Sequence[int]) -> float:
        """The score test of a mean of 0, from the residuals of a model that has none."""
        fit = sm.GEE(
            np.asarray(values, dtype=float), np.ones((len(values), 1)), groups=np.asarray(clusters),
            family=sm.families.Gaussian(),
        ).fit()  # fmt: skip
        sums = np.bincount(clusters, weights=values)
        wald = float(fit.params[0] ** 2 / fit.cov_params()[0, 0])
        # a Wald statistic x^2/s^2 about the estimate becomes that about 0 by adding the estimate's part to the variance
        part = float((np.bincount(clusters) ** 2).sum()) * float(np.mean(values)) ** 2
        cross = float((np.bincount(clusters) * sums).sum()) * float(np.mean(values))
        about = float(sums.sum() ** 2) / wald
        return float(sums.sum() ** 2) / (about - part + 2 * cross)

    yang = by_score(lean, groups.tolist())
    assert found.yang.chi_square == pytest.approx(yang, rel=1e-9)
    assert found.obuchowski.chi_square == pytest.approx(yang * 28 / 29, rel=1e-9)
    means = [(two - one) / of for one, two, of in zip(b, c, n, strict=True)]
    assert found.durkalski.chi_square == pytest.approx(by_score(means, list(range(len(means)))), rel=1e-9)
