"""Every result of R 4.5.0, survival 3.8-3: curves, landmarks, restricted means, log-rank, Cox, exact tests (calls stand in the file)."""

from __future__ import annotations

import csv
import json
import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.stats import proportion, rates, regression, survival
from tests.conftest import outside_truth, reference

GOLDEN = outside_truth("survival/golden_survival.json")
CASES: list[dict[str, Any]] = json.loads(GOLDEN.read_text())["results"] if GOLDEN.exists() else []

DATASETS = {"lung1": "lung", "vet": "veteran", "ov": "ovarian", "am": "aml", "co": "colon_death", "gb": "gbsg", "mm": "myeloma",
            "n4": "n4_all_events", "n4c": "n4_one_censored", "n4z": "n4_no_events", "n4h": "n8_ties", "heart": "heart",
            "bladder2": "bladder2"}  # fmt: skip
REFERENCE_LEVELS = {"celltype": "squamous", "rx": "Obs"}

SURV = re.compile(
    r"Surv\((?:(?P<entry>entry|start),)?(?P<time>\w+),(?P<event>[\w-]+)\)~(?P<terms>.+?), (?:data=)?(?P<data>\w+)[,)]"
)
Group = dict[str, NDArray[np.float64]]


def rows_of(call: str) -> tuple[list[dict[str, str]], re.Match[str]]:
    match = SURV.search(call)
    assert match is not None, call
    with reference(f"survival/datasets/{DATASETS[match['data']]}.csv").open() as file:
        return list(csv.DictReader(file)), match


def numbers(rows: list[dict[str, str]], column: str) -> NDArray[np.float64]:
    if column.startswith("1-"):
        return 1 - numbers(rows, column[2:])
    return np.array([float(row[column]) if row[column] not in ("", "NA") else np.nan for row in rows])


def groups_of(call: str) -> tuple[dict[str, list[dict[str, str]]], re.Match[str], str | None]:
    """Rows by group; terms are 1, a factor, or a factor and strata(another). Rows without a value are left out, as R does."""
    rows, match = rows_of(call)
    by, _, strata = match["terms"].partition("+strata(")
    strata = strata.rstrip(")")
    rows = [
        row for row in rows if all(row[column] not in ("", "NA") for column in (by, strata) if column not in ("1", ""))
    ]
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault("all" if by == "1" else f"{by}={row[by]}", []).append(row)
    return found, match, strata or None


def curves_of(call: str) -> dict[str, survival.SurvivalCurve]:
    groups, match, _ = groups_of(call)
    kind = re.search(r'"(log-log|log|plain|logit|arcsin)"', call)
    assert kind is not None
    level = 0.90 if "conf.int=0.90" in call else 0.95
    found = {}
    for name, rows in groups.items():
        entry = numbers(rows, match["entry"]) if match["entry"] else None
        found[name] = survival.kaplan_meier(
            numbers(rows, match["time"]),
            numbers(rows, match["event"]),
            level,
            entry=entry,
            interval=kind[1],  # type: ignore[arg-type]
        )
    return found


def close(ours: float | None, theirs: float | None, tolerance: float) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return bool(np.isfinite(ours)) and ours == pytest.approx(theirs, rel=tolerance, abs=tolerance)


def quantiles(case: dict[str, Any]) -> None:
    for name, curve in curves_of(case["call"]).items():
        for p in (25, 50, 75):
            found = survival.quantile(curve, p / 100)
            for part, ours in (("quantile", found.estimate), ("lower", found.lower), ("upper", found.upper)):
                theirs = case["value"][part] if name == "all" else case["value"][part][name]
                assert ours == theirs[str(p)], (name, p, part)


def landmarks(case: dict[str, Any]) -> None:
    curves = curves_of(case["call"])
    for row in case["value"]:
        found = survival.survival_at(curves[row["strata"]], row["time"])
        assert found.n_risk == row["n.risk"]
        for ours, part in (
            (found.survival, "surv"),
            (found.standard_error, "se"),
            (found.lower, "lower"),
            (found.upper, "upper"),
        ):
            assert close(ours, row.get(part), 1e-10), (found, row)


def restricted_means(case: dict[str, Any]) -> None:
    tau, curves = float(case["call"].rsplit(", ", 1)[1].rstrip(")")), curves_of(case["call"])
    for row in case["value"] if isinstance(case["value"], list) else [{**case["value"], "strata": "all"}]:
        found = survival.restricted_mean(curves[row["strata"]], tau)
        assert found.estimate == pytest.approx(row["rmean"], rel=1e-10)
        assert found.standard_error == pytest.approx(row["se(rmean)"], rel=1e-10)


def log_ranks(case: dict[str, Any]) -> None:
    groups, match, strata = groups_of(case["call"])
    names = sorted(groups)
    found = survival.log_rank(
        [(numbers(groups[name], match["time"]), numbers(groups[name], match["event"])) for name in names],
        rho=1.0 if "rho=1" in case["call"] else 0.0,
        strata=[numbers(groups[name], strata) for name in names] if strata else None,
    )
    value = case["value"]
    assert found.chi_square == pytest.approx(value["chisq"], rel=1e-9)
    assert found.p_value == pytest.approx(value["p"], rel=1e-9)
    for ours, theirs in ((found.expected, value["exp"]), (found.observed, value["obs"]), (found.n, value["n"])):
        assert sorted(ours) == pytest.approx(sorted(theirs), rel=1e-9)


def columns_of(rows: list[dict[str, str]], term: str) -> dict[str, NDArray[np.float64]]:
    """A term as R codes it: numbers, levels against the first, products."""
    if term.startswith("factor("):
        name = term[7:-1]
        levels = sorted({row[name] for row in rows}, key=float)
        return {term + level: np.array([float(row[name] == level) for row in rows]) for level in levels[1:]}
    if term == "transplant":
        return {"transplant1": numbers(rows, term)}
    values = {row[term] for row in rows}
    if term in REFERENCE_LEVELS and REFERENCE_LEVELS[term] in values:
        own = list(
            dict.fromkeys(
                ("squamous", "smallcell", "adeno", "large") if term == "celltype" else ("Obs", "Lev", "Lev+5FU")
            )
        )
        return {term + level: np.array([float(row[term] == level) for row in rows]) for level in own[1:]}
    return {term: numbers(rows, term)}


def cox_fits(case: dict[str, Any]) -> None:
    rows, match = rows_of(case["call"])
    terms = (
        match["terms"]
        .replace("(age+surgery)*transplant", "age+surgery+transplant+age:transplant+surgery:transplant")
        .split("+")
    )
    strata = next((term[7:-1] for term in terms if term.startswith("strata(")), None)
    plain = [term for term in terms if not term.startswith("strata(")]
    needed = [term.removeprefix("factor(").rstrip(")") for term in plain if ":" not in term]
    rows = [row for row in rows if all(row[column] not in ("", "NA") for column in needed)]
    covariates: dict[str, NDArray[np.float64]] = {}
    for term in plain:
        parts = [columns_of(rows, part) for part in term.split(":")]
        covariates |= (
            parts[0] if len(parts) == 1 else {term: next(iter(parts[0].values())) * next(iter(parts[1].values()))}
        )
    ties = re.search(r'ties="(\w+)"', case["call"])
    fit = regression.cox(
        numbers(rows, match["time"]),
        numbers(rows, match["event"]),
        np.column_stack(list(covariates.values())),
        list(covariates),
        entry=numbers(rows, match["entry"]) if match["entry"] else None,
        strata=numbers(rows, strata) if strata else None,
        cluster=numbers(rows, "id") if "cluster=id" in case["call"] else None,
        ties=ties[1] if ties else "efron",  # type: ignore[arg-type]
    )
    value = case["value"]
    assert (fit.n, fit.events) == (value["n"], value["nevent"])
    for ours, theirs, limits in zip(fit.coefficients, value["coef"], value["ci"], strict=True):
        assert ours.log_hazard_ratio == pytest.approx(theirs["coef"], rel=1e-8)
        assert ours.standard_error == pytest.approx(theirs["se(coef)"], rel=1e-8)
        assert ours.p_value == pytest.approx(theirs["Pr(>|z|)"], rel=1e-8)
        assert (ours.lower, ours.upper) == pytest.approx((limits["lower .95"], limits["upper .95"]), rel=1e-8)
        if "robust se" in theirs:
            assert ours.robust_standard_error == pytest.approx(theirs["robust se"], rel=1e-8)
    assert (fit.null_log_likelihood, fit.log_likelihood) == pytest.approx(tuple(value["loglik"]), rel=1e-10)
    for found, part in ((fit.likelihood_ratio, "logtest"), (fit.score, "sctest")):
        assert found.chi_square == pytest.approx(value[part]["test"], rel=1e-8)
        assert found.p_value == pytest.approx(value[part]["pvalue"], rel=1e-7)
    # R rounds the statistic of Wald's test to two decimals, not its p
    assert fit.wald.chi_square == pytest.approx(value["waldtest"]["test"], abs=0.0051)
    assert fit.wald.p_value == pytest.approx(value["waldtest"]["pvalue"], rel=1e-7)
    ours_c = regression.concordance(fit)
    assert (ours_c.estimate, ours_c.standard_error) == pytest.approx(
        (value["concordance"]["C"], value["concordance"]["se(C)"]), rel=1e-8
    )


def exact_tests(case: dict[str, Any]) -> None:
    value = case["value"]
    match case["id"]:
        case "binom_vs_hist":
            assert proportion.exact_test(4, 5, 0.3, "greater") == pytest.approx(value, rel=1e-10)
        case "mcnemar_exact":
            assert proportion.exact_test(2, 11) == pytest.approx(value, rel=1e-10)
        case "fisher_2x2":
            found = proportion.fisher((3, 1), (1, 3))
            assert found.p_value == pytest.approx(value["p"], rel=1e-10)
            # R searches with a tolerance of 1.2e-4, of 1/upper too; the root itself is that of a polynomial (hypergeometric weights)
            root = max(np.roots([1, 0, -36, -32, -3]).real)
            assert found.odds_ratio == pytest.approx(root, rel=1e-10)
            assert root == pytest.approx(value["or"], rel=1e-5)
            assert found.upper is not None
            assert [found.lower, 1 / found.upper] == pytest.approx([value["ci"][0], 1 / value["ci"][1]], abs=1.2e-4)
        case "poisson_compare":
            ratio = rates.rate_ratio((19, 1.1), (17, 1.3))
            assert [ratio.ratio, ratio.lower, ratio.upper, ratio.p_value] == pytest.approx(
                [value["rr"], *value["ci"], value["p"]], rel=1e-9
            )
        case name:
            assert name.startswith("poisson_")
            one = rates.rate(int(name.split("_")[1]), 1.2)
            assert [one.rate, one.lower, one.upper] == pytest.approx([value["rate"], *value["ci"]], rel=1e-10)


def compared(case: dict[str, Any]) -> Any:
    for start, how in (
        ("q(", quantiles),
        ("lm_(", landmarks),
        ("rm_(", restricted_means),
        ("lr(", log_ranks),
        ("cx(", cox_fits),
        ("binom.test", exact_tests),
        ("{f<-fisher", exact_tests),
        ("{p<-poisson", exact_tests),
    ):
        if case["call"].startswith(start):
            return how
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_r_result_is_reproduced(case: dict[str, Any]) -> None:
    compared(case)(case)


def test_all_ninety_results_are_compared() -> None:
    reference("survival/golden_survival.json")
    assert len(CASES) == 90
    assert all(compared(case) for case in CASES)


def test_exact_proportions_agree_with_r() -> None:
    with reference("survival/golden_proportions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 56
    for row in rows:
        x, n = int(row["x"]), int(row["n"])
        for method, columns, level in (
            (proportion.clopper_pearson, ("cp_lo", "cp_hi"), 0.95),
            (proportion.clopper_pearson, ("cp90_lo", "cp90_hi"), 0.90),
            (proportion.mid_p, ("midp_lo", "midp_hi"), 0.95),
            (proportion.wilson, ("wilson_lo", "wilson_hi"), 0.95),
        ):
            ours = method(x, n, level)
            assert ours.lower == pytest.approx(float(row[columns[0]]), abs=1e-10), (x, n, method)
            assert ours.upper == pytest.approx(float(row[columns[1]]), abs=1e-10), (x, n, method)
        assert proportion.one_sided_upper(x, n) == pytest.approx(float(row["upper95_onesided"]), abs=1e-10)
