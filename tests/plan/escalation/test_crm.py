"""The continual reassessment method against dfcrm and exact enumeration."""

from __future__ import annotations

import csv
from itertools import groupby

import pytest

from hevesy.plan.escalation import crm
from hevesy.plan.escalation.exact import operating_characteristics
from tests.conftest import reference
from tests.plan.escalation.test_three_plus_three import SCENARIOS


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split()]


def rows_of(name: str) -> list[dict[str, str]]:
    with reference(f"escalation/{name}").open() as file:
        return list(csv.DictReader(file))


def test_fits_are_those_of_dfcrm() -> None:
    compared = 0
    for row in rows_of("dfcrm_crm_fits.csv"):
        if row["method"] != "bayes":
            continue
        levels, tox = [int(level) for level in row["level"].split()], [int(dlt) for dlt in row["tox"].split()]
        model: crm.Model = "empiric" if row["model"] == "empiric" else "logistic"
        found = crm.fit(
            model, numbers(row["skeleton"]), float(row["target"]), levels, tox, variance=float(row["scale2"])
        )
        assert found.beta == pytest.approx(float(row["beta"]), abs=1e-6)
        assert found.variance == pytest.approx(float(row["post_var"]), abs=1e-6)
        assert found.recommended == int(row["mtd"])
        compared += 1
    assert compared == 185


def test_time_to_event_fits_are_those_of_dfcrm_for_the_weights_given() -> None:
    for row in rows_of("dfcrm_titecrm_fits.csv"):
        levels, tox = [int(level) for level in row["level"].split()], [int(dlt) for dlt in row["tox"].split()]
        found = crm.fit("empiric", numbers(row["skeleton"]), float(row["target"]), levels, tox, numbers(row["weights"]))
        assert found.beta == pytest.approx(float(row["beta"]), abs=1e-6), row["case"]
        assert found.recommended == int(row["mtd"])


def test_skeletons_are_those_of_dfcrm() -> None:
    for row in rows_of("dfcrm_getprior.csv"):
        for model in ("empiric", "logistic"):
            kind: crm.Model = "empiric" if model == "empiric" else "logistic"
            ours = crm.skeleton(float(row["halfwidth"]), float(row["target"]), int(row["nu"]), int(row["nlevel"]), kind)
            assert ours == pytest.approx(numbers(row[f"skeleton_{model}"]), abs=1e-7)


def test_exact_operating_characteristics() -> None:
    keys = ("scenario", "target", "skeleton", "ncohort", "cohortsize")
    for (scenario, target, prior, cohorts, size), group in groupby(
        rows_of("exact_crm_oc.csv"), key=lambda row: tuple(row[key] for key in keys)
    ):
        design = crm.CRM(
            prior=tuple(numbers(prior)), target=float(target), cohort_size=int(size), n_max=int(cohorts) * int(size)
        )
        found = operating_characteristics(design, SCENARIOS[scenario])
        for row in group:
            level = int(row["dose"])
            assert found.selected[level] == pytest.approx(float(row["prob_select"]), abs=1e-6)
            assert found.mean_n[level - 1] == pytest.approx(float(row["mean_n"]), abs=1e-6)
            assert found.mean_dlt[level - 1] == pytest.approx(float(row["mean_dlt"]), abs=1e-6)


def test_the_integral_is_settled_to_1e_9() -> None:
    """The mean by adaptive quadrature over the whole line."""
    import numpy as np
    from scipy.integrate import quad

    skeleton, levels, tox = (0.05, 0.12, 0.25, 0.4, 0.55), [1, 1, 1, 2, 2, 2, 3, 3, 3], [0, 0, 0, 0, 0, 1, 0, 1, 1]

    def posterior(beta: float) -> float:
        p = crm.rates("empiric", skeleton, beta)
        likelihood = np.prod(
            [p[level - 1] if dlt else 1 - p[level - 1] for level, dlt in zip(levels, tox, strict=True)]
        )
        return float(likelihood * np.exp(-(beta**2) / (2 * crm.PRIOR_VARIANCE)))

    total = quad(posterior, -12, 12, points=[0], epsabs=1e-14, epsrel=1e-13, limit=500)[0]
    mean = (
        quad(lambda beta: beta * posterior(beta), -12, 12, points=[0], epsabs=1e-14, epsrel=1e-13, limit=500)[0] / total
    )
    assert crm.fit("empiric", skeleton, 0.25, levels, tox).beta == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("empiric", (0.2, 0.1), 0.25, [1], [0]), "a skeleton increases"),
        (("empiric", (0.1, 0.2), 1.25, [1], [0]), "target"),
        (("empiric", (0.1, 0.2), 0.25, [3], [0]), "subject 1: a level lies in 1..2"),
        (("empiric", (0.1, 0.2), 0.25, [1], [0, 1]), "one length"),
    ],
)
def test_bad_input_is_refused(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        crm.fit(*arguments)  # type: ignore[arg-type]


def test_a_likelihood_too_small_for_floating_point_is_still_fitted() -> None:
    found = crm.fit("empiric", (0.05, 0.12, 0.25, 0.4, 0.55), 0.25, [3] * 2000, [1] * 500 + [0] * 1500)
    assert found.recommended == 3
    assert found.p_dlt[2] == pytest.approx(0.25, abs=0.001)
