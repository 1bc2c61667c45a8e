"""hevesy plan two-stage, basket, imaging: the designs of later phases and of imaging trials."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, show


def two_stage(
    p0: Annotated[float, typer.Option("--p0", help="Response rate that is not interesting.")],
    p1: Annotated[float, typer.Option("--p1", help="Response rate that is.")],
    alpha: Annotated[float, typer.Option("--alpha", help="Type I error.")],
    beta: Annotated[float, typer.Option("--beta", help="Type II error.")],
    n_max: Annotated[int, typer.Option("--n-max", help="Largest size searched.")] = 120,
    as_json: JsonFlag = False,
) -> None:
    """Simon's optimal and minimax two-stage designs, and a Bayesian one that stops by predictive probability."""
    from hevesy.plan.two_stage import predictive, simon

    found = simon(p0, p1, alpha, beta, n_max)
    document: dict[str, Any] = {
        name: {
            "r1": one.r1,
            "n1": one.n1,
            "r": one.r,
            "n": one.n,
            "expected_n": one.expected_n,
            "pet": one.pet,
            "alpha": one.alpha,
            "power": one.power,
        }
        for name, one in (("optimal", found.optimal), ("minimax", found.minimax))
    }
    bayes = predictive(p0, p1, found.minimax.n1, found.minimax.n, alpha)
    document["bayesian"] = {
        "r1": bayes.r1,
        "n1": bayes.n1,
        "r": bayes.r,
        "n": bayes.n,
        "expected_n": bayes.expected_n,
        "pet": bayes.pet,
        "alpha": bayes.alpha,
        "power": bayes.power,
        "because": bayes.because
        + (
            ""
            if bayes.power >= 1 - beta
            else f"; its power of {bayes.power:.4f} is below the {1 - beta:g} asked for (sizes of minimax)"
        ),
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            f"{name}: stop after {one['n1']} with at most {one['r1']} responses; not of interest after {one['n']} "
            f"with at most {one['r']}; under p0 = {p0:g} expected {one['expected_n']:.2f}, "
            f"early stop {one['pet']:.3f}, error {one['alpha']:.4f}; under p1 = {p1:g} power {one['power']:.4f}"
            + (f"\n  {one['because']}" if "because" in one else "")
            for name, one in document.items()
        ),
    )


def basket(
    responses: Annotated[str, typer.Option("--responses", help="By basket, as in 6,3.")],
    sizes: Annotated[str, typer.Option("--sizes", help="By basket, as in 20,18.")],
    null: Annotated[float, typer.Option("--p0", help="Response rate that is not interesting.")] = 0.2,
    method: Annotated[str, typer.Option("--method", help="independent, pooled, bhm, exnex, mem.")] = "mem",
    exchangeable: Annotated[
        float, typer.Option("--exchangeable", help="Prior probability of exchangeability, of mem and exnex.")
    ] = 0.5,
    as_json: JsonFlag = False,
) -> None:
    """Several indications together: the probability that each responds more than a null rate."""
    from hevesy.plan.basket import METHODS, judged, prior_of

    if method not in METHODS:
        raise typer.BadParameter(f"{method!r} is none of {', '.join(METHODS)}", param_hint="--method")
    if not 0 < null < 1:
        raise typer.BadParameter(f"a response rate lies between 0 and 1, got {null:g}", param_hint="--p0")
    counts, treated = arguments.whole_numbers(responses, "--responses"), arguments.whole_numbers(sizes, "--sizes")
    found = judged(method, tuple(counts), tuple(treated), null, exchangeable)
    document = {
        "post_prob": list(found.post_prob),
        "mean": list(found.mean),
        "lower": list(found.lower),
        "upper": list(found.upper),
        "pairwise_exchangeability": [list(row) for row in found.pairwise_exchangeability]
        if found.pairwise_exchangeability
        else None,
        "because": [
            f"{method}: P(response rate > {null:g}) by basket, posterior mean and 95 % interval",
            prior_of(method, null, exchangeable),
        ],
    }
    show(
        document,
        as_json,
        lambda: "\n".join(
            [
                *(
                    f"basket {place}: {y} of {n}, P(rate > {null:g}) = {prob:.4f}, mean {mean:.3f} ({low:.3f} to "
                    f"{high:.3f})"
                    for place, (y, n, prob, mean, low, high) in enumerate(
                        zip(counts, treated, found.post_prob, found.mean, found.lower, found.upper, strict=True),
                        start=1,
                    )
                ),
                *document["because"],  # type: ignore[misc]
            ]
        ),
    )


def imaging(
    activities: Annotated[
        str | None, typer.Option("--activities", help="Of a grid: activity by group, as in 55MBq,110MBq.")
    ] = None,
    times: Annotated[
        str | None, typer.Option("--times", help="Of a grid: time of each scan after injection, as in 24h,48h,120h.")
    ] = None,
    subjects: Annotated[
        int | None, typer.Option("--subjects", min=1, help="Of a grid: subjects for each activity.")
    ] = None,
    sensitivity: Annotated[
        float | None, typer.Option("--sensitivity", help="Expected; with specificity, prevalence, half width.")
    ] = None,
    specificity: Annotated[float | None, typer.Option("--specificity", help="Expected.")] = None,
    prevalence: Annotated[float | None, typer.Option("--prevalence", help="Share of subjects with disease.")] = None,
    half_width: Annotated[
        float, typer.Option("--half-width", help="Wanted of both exact intervals, on average.")
    ] = 0.1,
    level: Annotated[float, typer.Option("--level", help="Of the intervals.")] = 0.95,
    only_first: Annotated[
        float | None, typer.Option("--only-first", help="Paired: share of diseased found by the first test only.")
    ] = None,
    only_second: Annotated[
        float | None, typer.Option("--only-second", help="Paired: share found by the second test only.")
    ] = None,
    alpha: Annotated[float, typer.Option("--alpha", help="Paired: two-sided type I error.")] = 0.05,
    power: Annotated[float, typer.Option("--power", help="Paired: wanted power.")] = 0.8,
    as_json: JsonFlag = False,
) -> None:
    """An imaging trial: its grid of activities and times, its size for precise accuracy or a paired comparison."""
    from hevesy.plan.imaging import ImagingGrid, for_paired_comparison, for_precision

    document: dict[str, Any] = {"grid": None, "precision": None, "paired": None}
    lines: list[str] = []
    grid_options, accuracy, pair = (
        (activities, times, subjects),
        (sensitivity, specificity, prevalence),
        (only_first, only_second),
    )
    for asked, names in (
        (grid_options, "--activities, --times, --subjects"),
        (accuracy, "--sensitivity, --specificity, --prevalence"),
        (pair, "--only-first, --only-second"),
    ):
        if any(one is not None for one in asked) and any(one is None for one in asked):
            raise typer.BadParameter("these belong together: give all or none", param_hint=names)
    if activities is not None and times is not None and subjects is not None:
        grid = ImagingGrid(
            activities_MBq=tuple(arguments.quantity(one, "activity", "--activities") for one in activities.split(",")),
            times_h=tuple(arguments.quantity(one, "time", "--times") for one in times.split(",")),
            subjects_per_activity=subjects,
        )
        cells = [
            {"activity_MBq": activity, "elapsed_h": time, "subjects": subjects}
            for activity in grid.activities_MBq
            for time in grid.times_h
        ]
        document["grid"] = {"subjects": grid.subjects, "scans": grid.scans, "cells": cells}
        lines.append(
            f"grid of {len(grid.activities_MBq)} activities x {len(grid.times_h)} times: {grid.subjects} subjects, "
            f"{grid.scans} scans"
        )
    if sensitivity is not None and specificity is not None and prevalence is not None:
        wide = for_precision(sensitivity, specificity, half_width, prevalence, level)
        document["precision"] = {
            "diseased": wide.diseased,
            "healthy": wide.healthy,
            "subjects": wide.subjects,
            "because": wide.because,
        }
        lines.append(
            f"precision: {wide.subjects} subjects ({wide.diseased} with and {wide.healthy} without disease at least)"
        )
        lines.append(f"  {wide.because}")
    if only_first is not None and only_second is not None:
        paired = for_paired_comparison(only_first, only_second, alpha, power)
        document["paired"] = {"n": paired.n, "power": paired.power, "because": paired.because}
        lines.append(f"paired comparison: {paired.n} subjects with disease, power {paired.power:.4f}")
        lines.append(f"  {paired.because}")
    if not lines:
        raise typer.BadParameter(
            "ask for a grid, a precision or a paired comparison", param_hint="--activities, --sensitivity, --only-first"
        )
    show(document, as_json, lambda: "\n".join(lines))
