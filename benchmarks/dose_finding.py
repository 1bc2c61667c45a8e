"""How fast designs are worked out exactly and simulated, beside the figures of the peers.

Usage: python -m benchmarks.dose_finding [--workers | --first]

Trials per second are the best of five runs on one core after warm-up, scenario A (0.05, 0.10, 0.17, 0.25, 0.38, 0.52), target
0.25, 30 subjects, cohorts of 3 (TITE-CRM: one by one, window 85 days, 2 arrivals per window). A walk needs the graph of
the design's states, whose making is timed by itself, cold. The peers' figures were measured elsewhere (R 4.2.2), so the
ratios say an order of magnitude. With --workers: ten million trials on one worker, two, and a Dask cluster of two, and
whether the digests of the results are one. With --first, instead: the CPU time of a first `plan oc` of each kind of trial, whose loop
is compiled, and of a second.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from hevesy.plan.escalation import blrm, crm
from hevesy.plan.escalation.catalogue import design_named
from hevesy.plan.escalation.design import CountDesign, DescribedDesign
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.graph import state_graph
from hevesy.plan.escalation.interval import answer_table
from hevesy.plan.escalation.interval_rules import BOIN
from hevesy.plan.escalation.rolling_six import RollingSix
from hevesy.plan.escalation.scenario import Accrual, Scenario
from hevesy.plan.escalation.simulate import simulate
from hevesy.plan.escalation.three_plus_three import three_plus_three
from hevesy.plan.escalation.tite import TITEBOIN, TITECRM
from hevesy.stats.borrowing import exchangeability
from hevesy.study.protocol import Escalation
from hevesy.workers import Dask, Processes, Serial, Workers

A = (0.05, 0.10, 0.17, 0.25, 0.38, 0.52)
SKELETON = (0.06, 0.11, 0.17, 0.25, 0.34, 0.43)
NBG_DOSES = (1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250)
NBG = blrm.BLRM(doses=tuple(map(float, NBG_DOSES)), prior=blrm.LogisticPrior())
BOIN25 = design_named(Escalation(design="boin", cohort_size=3, target=0.25, n_max=30), 6).complete()
THREE = three_plus_three("no-de-escalation", 6)
CRM25 = crm.CRM(prior=SKELETON, target=0.25)


def seconds(work: Callable[[], object], runs: int = 5, before: Callable[[], object] = lambda: None) -> float:
    """Least wall time of several runs."""
    best = float("inf")
    for _ in range(runs):
        before()
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


def forget() -> None:
    """Empty every cache a design leaves behind."""
    for cached in (state_graph, answer_table, blrm._grid, blrm._all_above, crm.nodes_of, crm.log_rates):
        cached.cache_clear()


def trials() -> None:
    """Trials per second."""
    accrual = Accrual(window_d=85, per_d=2 / 85)
    blrm_p = tuple(min(0.9, 0.01 + 0.03 * place) for place in range(15))
    table: list[tuple[str, DescribedDesign, tuple[float, ...], Accrual | None, int, float, str]] = [
        ("3+3", THREE, A, None, 1_000_000, 1_000_000, ""),
        ("BOIN", BOIN25, A, None, 1_000_000, 500_000, "R BOIN 1,300; simFastBOIN 38,000"),
        ("CRM", CRM25, A, None, 1_000_000, 50_000, "dfcrm 125"),
        ("BLRM", NBG, blrm_p, None, 1_000_000, 10_000, "crmPack 0.7"),
        ("TITE-CRM", TITECRM(prior=SKELETON, target=0.25, window_d=85), A, accrual, 50_000, 23_000, "dfcrm 46"),
        (
            "TITE-BOIN",
            TITEBOIN(rule=BOIN(target=0.25), levels=6, window_d=85),
            A,
            accrual,
            200_000,
            200_000,
            "TITEgBOIN 450",
        ),
        ("BOIN on the calendar", BOIN25, A, accrual, 200_000, 0, ""),
        ("rolling six", RollingSix(levels=6), A, accrual, 100_000, 0, ""),
    ]
    print(f"{'trials per second':24}{'Hevesy':>12}{'bar':>12}  peers")
    for name, design, p, course, count, bar, peers in table:
        scenario = Scenario(name="A", p=p)
        simulate(design, scenario, 100, 1, course)
        rate = count / seconds(lambda d=design, s=scenario, n=count, c=course: simulate(d, s, n, 1, c))  # type: ignore[misc]
        print(f"{name:24}{rate:12,.0f}{bar:12,.0f}  {peers}")


def exact() -> None:
    """Seconds for exact operating characteristics, cold (everything forgotten before) and with the graph known."""
    blrm_p = tuple(min(0.9, 0.01 + 0.03 * place) for place in range(15))
    table: list[tuple[str, CountDesign, tuple[float, ...], float]] = [
        ("exact 3+3", THREE, A, 0.005),
        ("exact BOIN", BOIN25, A, 0.2),
        ("exact CRM", CRM25, A, 1.0),
        ("exact BLRM, 15 doses", NBG, blrm_p, 5.0),
    ]
    print(f"\n{'seconds':24}{'cold':>12}{'warm':>12}{'bar':>12}")
    for name, design, p, bar in table:
        cold = seconds(lambda d=design, q=p: operating_characteristics(d, q), 3, forget)  # type: ignore[misc]
        warm = seconds(lambda d=design, q=p: operating_characteristics(d, q))  # type: ignore[misc]
        print(f"{name:24}{cold:12.4f}{warm:12.4f}{bar:12.3f}")
    mem = seconds(lambda: exchangeability((8, 0, 1, 1, 3, 5), (19, 10, 26, 8, 14, 20), 0.25))
    print(f"{'MEM, 6 baskets':24}{mem:12.4f}{mem:12.4f}{0.5:12.3f}  basket 175 s")


def digests(count: int = 10_000_000) -> None:
    """Ten million trials on one worker, on two processes and on a Dask cluster of two."""
    from distributed import LocalCluster

    scenario = Scenario(name="A", p=A)

    def told(name: str, workers: Workers) -> None:
        begun = time.perf_counter()
        found = simulate(BOIN25, scenario, count, 2026, workers=workers, block=100_000)
        print(f"{name:24}{time.perf_counter() - begun:12.1f} s  {found.sha256}")

    print(f"\n{count:,} trials of BOIN")
    told("one worker", Serial())
    told("two processes", Processes(2))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        told("Dask, two workers", Dask(cluster.scheduler_address))


def first_use() -> None:
    """Seconds of CPU (user and system) of a whole command with an empty cache of compiled loops, and with what that left there."""
    rates = ",".join(map(str, A))
    kinds = {
        "3+3": ("--design", "three-plus-three"),
        "3+3 on the calendar": ("--design", "three-plus-three", "--window", "85d", "--arrivals", "2/85d"),
        "rolling six": ("--design", "rolling-six", "--window", "85d"),
        "TITE-CRM": (
            "--design",
            "titecrm",
            "--window",
            "85d",
            "--target",
            "0.25",
            "--skeleton",
            ",".join(map(str, SKELETON)),
        ),
        "TITE-BOIN": ("--design", "titeboin", "--window", "85d", "--target", "0.25"),
    }

    def cpu(options: tuple[str, ...], cache: str) -> float:
        command = [sys.executable, "-m", "hevesy", "plan", "oc", *options, "--p", rates, "--trials", "10"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, env=os.environ | {"NUMBA_CACHE_DIR": cache}, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    print(f"{'seconds of CPU':24}{'first':>12}{'bar':>12}{'second':>12}")
    for name, options in kinds.items():
        with tempfile.TemporaryDirectory() as cache:
            print(f"{name:24}{cpu(options, cache):12.2f}{12:12}{cpu(options, cache):12.2f}")


if __name__ == "__main__":
    if "--first" in sys.argv:
        first_use()
    else:
        trials()
        exact()
        if "--workers" in sys.argv:
            digests()
