"""Times behind published curves."""

from __future__ import annotations

import numpy as np
import pytest

from hevesy.stats.digitised import reconstruct
from hevesy.stats.regression import cox
from hevesy.stats.survival import kaplan_meier, quantile, restricted_mean


@pytest.mark.parametrize("with_events", [True, False])
def test_times_behind_a_curve_give_its_numbers_back(with_events: bool) -> None:
    """200 subjects, every step of their curve read to three digits, numbers at risk every 6 months: median, mean and hazard ratio return."""
    rng = np.random.default_rng(8)
    groups = []
    for rate in (12.0, 18.0):
        event, lost = rng.exponential(rate, 200), rng.uniform(6, 40, 200)
        time, seen = np.minimum(event, lost), event <= lost
        curve = kaplan_meier(time, seen)
        steps = curve.n_event > 0
        risk_time = np.arange(0, time.max(), 6.0)
        at_risk = [int((time >= one).sum()) for one in risk_time]
        found = reconstruct(
            curve.time[steps],
            np.round(curve.survival[steps], 3),
            risk_time,
            at_risk,
            int(seen.sum()) if with_events else None,
        )
        assert len(found.time) == 200
        assert found.largest_difference < 0.02
        ours = kaplan_meier(found.time, found.observed)
        assert quantile(ours).estimate == pytest.approx(quantile(curve).estimate, rel=0.03)
        assert restricted_mean(ours, 24).estimate == pytest.approx(restricted_mean(curve, 24).estimate, rel=0.01)
        assert abs(int(found.observed.sum()) - int(seen.sum())) <= 6
        groups.append((time, seen, found))
    true = cox(
        np.concatenate([g[0] for g in groups]),
        np.concatenate([g[1] for g in groups]),
        np.repeat([0.0, 1.0], 200)[:, None],
        ["b"],
    )
    back = cox(
        np.concatenate([g[2].time for g in groups]),
        np.concatenate([g[2].observed for g in groups]),
        np.repeat([0.0, 1.0], 200)[:, None],
        ["b"],
    )
    assert back.coefficients[0].log_hazard_ratio == pytest.approx(true.coefficients[0].log_hazard_ratio, abs=0.04)


def test_an_interval_without_a_step_still_loses_whom_the_numbers_say() -> None:
    """No point between 5 and 15: 10 and then 20 are lost there, without an event."""
    found = reconstruct([0, 1, 2, 20, 21], [1, 0.9, 0.8, 0.7, 0.6], [0, 5, 10, 15], [100, 70, 60, 40])
    for at, printed in ((5.0, 70), (10.0, 60), (15.0, 40)):
        assert int((found.time >= at).sum()) == printed
    assert len(found.time) == 100


@pytest.mark.parametrize(
    ("survival", "at_risk", "words"),
    [([1.0, 0.8, 0.9], [10], "falls from 1 to 0, got 0.9 at 3"), ([1.0, 0.8, -0.1], [10], "got -0.1 at 3")],
)
def test_curves_that_rise_are_refused(survival: list[float], at_risk: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        reconstruct([1, 2, 3], survival, [0], at_risk)
    with pytest.raises(ValueError, match="do not rise"):
        reconstruct([1, 2, 3], [1.0, 0.5, 0.4], [0, 2], [5, 9])
