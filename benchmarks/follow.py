"""Survival, bootstrap and safety tables: seconds, with lifelines beside where it is installed.

Run: python -m benchmarks.follow

Each figure is the best of three in one process after a first call that compiles. The bar of proportional hazards is the time of R's
survival::cox.zph (R 4.2.2, survival 3.5.3, one thread) of the same rows on the same machine; otherwise R was not at hand: its results are
in the tests, not its times.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from hevesy.follow.ctcae import grade_laboratory
from hevesy.follow.incidence import AtRisk, Occurrence, first_events, incidence_table, shift_table
from hevesy.stats.regression import concordance, cox, proportional_hazards
from hevesy.stats.survival import bootstrap_quantile, kaplan_meier, log_rank, quantile

REFERENCE = Path(os.environ.get("HEVESY_REFERENCE", Path(__file__).parent.parent.parent / "shared" / "reference"))


def best(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the fastest of some calls, after one that does not count."""
    work()
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def safety() -> None:
    """Every table of the pilot study: events by class and term, all and related, first events of each term, laboratory shifts."""
    adsl = (
        pl.read_csv(REFERENCE / "cdisc_pilot" / "adsl.csv", infer_schema_length=0)
        .filter(pl.col("SAFFL") == "Y")
        .to_dicts()
    )
    at_risk = [AtRisk(subject=row["USUBJID"], group=row["TRT01A"], days=float(row["TRTDURD"] or 1)) for row in adsl]
    events = []
    for row in pl.read_parquet(REFERENCE / "cdisc_pilot" / "adae.parquet").filter(pl.col("TRTEMFL") == "Y").to_dicts():
        day = (
            None
            if row["ASTDT"] is None
            else (date.fromisoformat(row["ASTDT"]) - date.fromisoformat(row["TRTSDT"])).days + 1
        )
        related = row["AEREL"] in ("POSSIBLE", "PROBABLE")
        events.append(
            Occurrence(
                subject=row["USUBJID"], organ_class=row["AESOC"], term=row["AEDECOD"], onset_day=day, related=related
            )
        )
    incidence_table(events, at_risk)
    incidence_table(events, at_risk, related_only=True)
    for term in sorted({event.term for event in events}):
        first_events(events, at_risk, term)
    worst: dict[tuple[str, str], list[int | None]] = {}
    for row in (
        pl.read_parquet(REFERENCE / "safety" / "lab_grades_v456.parquet").filter(pl.col("version") == "v5").to_dicts()
    ):
        graded = {"HGB": "Anemia", "PLAT": "Platelet count decreased", "WBC": "White blood cell decreased"}.get(
            row["PARAMCD"]
        )
        if graded is not None:
            found = grade_laboratory(graded, row["AVAL"], row["UNIT"], "5.0", lower_limit=row["ANRLO"]).grade
            worst.setdefault((row["USUBJID"], graded), [None, None])[0 if row["ABLFL"] == "Y" else 1] = found
    shift_table([(pair[0], pair[1]) for pair in worst.values()])


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(1)
    time_, censored = rng.exponential(1, 1_000_000), rng.exponential(2, 1_000_000)
    t, seen = np.minimum(time_, censored), time_ <= censored
    x = rng.normal(size=(100_000, 10))
    survived = rng.exponential(np.exp(-x @ np.linspace(-0.3, 0.3, 10)))
    ct, ce = np.minimum(survived, censored[:100_000]), survived <= censored[:100_000]
    small = np.ceil(rng.exponential(300, 120)), rng.random(120) < 0.7
    names = [f"x{place}" for place in range(10)]
    fit = cox(ct, ce, x, names)
    ours = {
        "Kaplan-Meier with median, 10^6 subjects": (lambda: quantile(kaplan_meier(t, seen)), 0.3),
        "log-rank, 2 x 5 10^5 subjects": (
            lambda: log_rank([(t[:500_000], seen[:500_000]), (t[500_000:], seen[500_000:])]),
            None,
        ),
        "Cox, 10^5 subjects x 10 covariates": (lambda: cox(ct, ce, x, names), 1.0),
        "concordance of it": (lambda: concordance(fit), None),
        "proportional hazards of it": (lambda: proportional_hazards(fit), 0.15),
        "10^5 bootstrap medians of 120": (lambda: bootstrap_quantile(*small, replicates=100_000), 0.2),
        "safety tables of the pilot study": (safety, 3.0),
    }
    theirs: dict[str, float] = {}
    try:
        lifelines: Any = import_module("lifelines")
        frame = import_module("pandas").DataFrame(np.column_stack([x, ct, ce]), columns=[*names, "time", "event"])
        theirs["Kaplan-Meier with median, 10^6 subjects"] = best(
            lambda: lifelines.KaplanMeierFitter().fit(t, seen).median_survival_time_, 1
        )
        theirs["Cox, 10^5 subjects x 10 covariates"] = best(
            lambda: lifelines.CoxPHFitter().fit(frame, "time", "event"), 1
        )
    except ImportError:
        print("lifelines is not installed")
    print(f"{'seconds':44}{'Hevesy':>10}{'bar':>8}{'lifelines':>12}{'ratio':>8}")
    for name, (work, bar) in ours.items():
        found = best(work)
        told = f"{name:44}{found:10.3f}{'' if bar is None else f'{bar:g}':>8}"
        print(told + (f"{theirs[name]:12.2f}{theirs[name] / found:8.0f}" if name in theirs else ""))


if __name__ == "__main__":
    main()
