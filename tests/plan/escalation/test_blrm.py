"""Logistic regression with overdose control against quadrature on a fine grid made elsewhere, and against plain integration."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit

from hevesy.plan.escalation.blrm import BLRM, LogisticPrior, fit
from hevesy.plan.escalation.design import one_step, parse_history
from tests.conftest import reference

SEEN = {1.0: (3, 0), 2.5: (4, 0), 5.0: (5, 0), 10.0: (4, 0), 25.0: (2, 2)}


def test_posterior_means_are_those_of_the_quadrature_file() -> None:
    with reference("escalation/blrm_nbg2008_quadrature.csv").open() as file:
        rows = list(csv.DictReader(file))
    doses = [float(row["dose"]) for row in rows]
    found = fit(
        LogisticPrior(),
        doses,
        [SEEN.get(dose, (0, 0))[0] for dose in doses],
        [SEEN.get(dose, (0, 0))[1] for dose in doses],
    )
    assert found.mean == pytest.approx([float(row["mean"]) for row in rows], abs=1e-6)
    for row, intervals in zip(rows, found.intervals, strict=True):
        told = [float(row[key]) for key in ("p_under20", "p_20_35", "p_35_60", "p_over60")]
        assert intervals == pytest.approx(told, abs=1e-3), "the file's own accuracy of the interval probabilities"


def test_an_interval_is_cut_and_not_stepped() -> None:
    """Iterated adaptive integration, the inner one begun exactly where the DLT rate passes the limit."""
    prior, limit = LogisticPrior(), 0.35
    doses, n, dlt = (10.0, 25.0), (4, 2), (0, 2)
    slope = prior.correlation * prior.sd[0] / prior.sd[1]
    spread = prior.sd[0] * (1 - prior.correlation**2) ** 0.5

    def inner(log_beta: float, dose: float | None) -> float:
        centre, beta = prior.mean[0] + slope * (log_beta - prior.mean[1]), np.exp(log_beta)

        def density(log_alpha: float) -> float:
            value = np.exp(-(((log_alpha - centre) / spread) ** 2) / 2)
            for at, subjects, events in zip(doses, n, dlt, strict=True):
                p = expit(log_alpha + beta * np.log(at / prior.reference_dose))
                value *= p**events * (1 - p) ** (subjects - events)
            return float(value)

        low = centre - 9 * spread
        cut = (
            low if dose is None else max(low, np.log(limit / (1 - limit)) - beta * np.log(dose / prior.reference_dose))
        )
        return (
            float(quad(density, cut, centre + 9 * spread, epsabs=1e-13, epsrel=1e-9, limit=200)[0])
            if cut < centre + 9 * spread
            else 0.0
        )

    def outer(dose: float | None) -> float:
        return float(
            quad(
                lambda b: np.exp(-(((b - prior.mean[1]) / prior.sd[1]) ** 2) / 2) * inner(b, dose),
                prior.mean[1] - 6,
                prior.mean[1] + 6,
                epsabs=1e-10,
            )[0]
        )

    found = fit(prior, doses, n, dlt, limits=(limit,))
    for place, dose in enumerate(doses):
        assert found.intervals[place][1] == pytest.approx(outer(dose) / outer(None), abs=1e-6)


def test_the_interval_is_where_its_probability_says() -> None:
    found = fit(LogisticPrior(), (10.0, 25.0), (4, 2), (0, 2))
    for place in range(2):
        edges = fit(
            LogisticPrior(), (10.0, 25.0), (4, 2), (0, 2), limits=(found.lower[place], found.upper[place])
        ).intervals[place]
        assert edges == pytest.approx([0.025, 0.95, 0.025], abs=1e-9)


def test_overdose_control_and_increments() -> None:
    doses = (12.5, 18.75, 25.0, 31.25)
    prior = LogisticPrior(mean=(-0.85, 0.0), sd=(1.5, 0.7), correlation=0.0, reference_dose=25.0)
    design = BLRM(doses=doses, prior=prior, cohort_size=4, n_max=24)
    nothing = ((4, 0), (0, 0), (0, 0), (0, 0))
    assert one_step(design, nothing, 1).level == 2
    assert (
        one_step(BLRM(doses=doses, prior=prior, cohort_size=4, n_max=24, largest_increase=1.2), nothing, 1).level == 1
    )
    assert one_step(design, ((4, 4), (0, 0), (0, 0), (0, 0)), 1) == ("stop", None, 0, None)
    told = design.decide(parse_history("1NNNN 2NNTT"))
    assert told.action == "de-escalate"
    assert any("too risky" in sentence for sentence in told.because)
    assert any("reference dose 25" in sentence for sentence in told.because)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"doses": (2.0, 1.0)}, "increase"),
        ({"doses": (0.0, 1.0)}, "positive"),
        ({"target_interval": (0.35, 0.2)}, "target interval"),
        ({"overdose_bound": 0.0}, "bound"),
        ({"largest_increase": 1.0}, "factor above 1"),
    ],
)
def test_bad_choices_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        BLRM(**({"doses": (1.0, 2.0), "prior": LogisticPrior()} | change))  # type: ignore[arg-type]


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="level 2"):
        fit(LogisticPrior(), (1, 2), (3, 3), (0, 4))


@pytest.mark.parametrize(
    ("n", "dlt"), [((10, 15, 15), (0, 2, 5)), ((50, 60, 50), (2, 10, 20)), ((300, 300, 300), (10, 60, 130))]
)
def test_a_narrow_posterior_is_still_met_by_the_nodes(n: tuple[int, ...], dlt: tuple[int, ...]) -> None:
    """The same integral with six times as many points."""
    from hevesy.plan.escalation import blrm

    doses, prior = (10.0, 25.0, 50.0), LogisticPrior()
    found = fit(prior, doses, n, dlt)
    usual = blrm.resolution(sum(n))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blrm, "resolution", lambda subjects: blrm.Resolution(2 * usual.outer, 3 * usual.panels))
        fine = fit(prior, doses, n, dlt)
    assert found.mean == pytest.approx(fine.mean, abs=1e-6)
    assert np.array(found.intervals) == pytest.approx(np.array(fine.intervals), abs=1e-6)
    design = BLRM(doses=doses, prior=prior, n_max=sum(n))
    target, overdose = design.interval_probabilities(np.array([n]), np.array([dlt]))
    assert overdose[0] == pytest.approx([inside[2] + inside[3] for inside in fine.intervals], abs=1e-5)
    assert target[0] == pytest.approx([inside[1] for inside in fine.intervals], abs=1e-5)
