"""Activity and cycles: orders that keep what is known, a fit that is the ordinary method where there is one order, and limits."""

from __future__ import annotations

import pytest

from hevesy.errors import RuleError
from hevesy.plan.escalation import crm
from hevesy.plan.escalation.calibrate import calibrate
from hevesy.plan.escalation.exact import operating_characteristics
from hevesy.plan.escalation.partial_order import PartialOrderCRM, orderings

PRIOR = (0.05, 0.1, 0.17, 0.25, 0.35, 0.45)
GRID = PartialOrderCRM(activity=(1.0, 2.0, 3.0), cycles=2, prior=PRIOR, target=0.25)


def test_orders_never_put_more_before_less() -> None:
    for order in orderings(3, 4):
        assert len(set(order)) == 12
        place = {cell: number for number, cell in enumerate(order)}
        for a, c in order:
            assert all(
                place[a, c] < place[other] for other in order if other != (a, c) and other[0] >= a and other[1] >= c
            )


def test_with_one_cycle_it_is_the_continual_reassessment_method() -> None:
    design = PartialOrderCRM(activity=(1, 2, 3, 4, 5, 6), cycles=1, prior=PRIOR, target=0.25)
    found = design.fit({(1, 1): (3, 0), (2, 1): (3, 0), (3, 1): (3, 1)})
    told = crm.fit("empiric", PRIOR, 0.25, [1] * 3 + [2] * 3 + [3] * 3, [0] * 8 + [1])
    assert [found.p_dlt[level, 1] for level in range(1, 7)] == pytest.approx(told.p_dlt, abs=1e-12)
    assert found.recommended == (told.recommended, 1)


def test_the_order_follows_the_data() -> None:
    """DLTs with more cycles, none with more activity: the order by cycles is likelier than that by activity."""
    found = GRID.fit({(3, 1): (9, 0), (1, 2): (9, 5)})
    assert found.order_probability[0] > found.order_probability[1]
    assert sum(found.order_probability) == pytest.approx(1)
    assert found.p_dlt[3, 1] < found.p_dlt[1, 2]


def test_one_step_up_in_one_direction_and_none_after_a_dlt() -> None:
    after = GRID.decide([((1, 1), 3, 0)])
    assert after.action == "escalate"
    assert after.level in (GRID.number((2, 1)), GRID.number((1, 2)))
    assert GRID.decide([((1, 1), 3, 1)]).action == "stay"
    assert GRID.decide([((1, 1), 30, 1)]).action == "stop"


def test_a_cumulative_limit_closes_cells() -> None:
    limited = PartialOrderCRM(activity=(1.0, 2.0, 3.0), cycles=2, prior=PRIOR, target=0.25, limit=4.0)
    assert limited.fit({(1, 1): (15, 0)}).recommended != (3, 2)
    assert GRID.fit({(1, 1): (15, 0)}).recommended == (3, 2)
    with pytest.raises(ValueError, match="limit"):
        PartialOrderCRM(activity=(5.0,), cycles=1, prior=(0.2,), target=0.25, limit=4.0)
    with pytest.raises(ValueError, match="3 x 2"):
        PartialOrderCRM(activity=(1.0, 2.0, 3.0), cycles=2, prior=PRIOR[:5], target=0.25)
    with pytest.raises(RuleError, match="grid"):
        GRID.fit({(4, 1): (3, 0)})


def test_calibration_finds_the_best_of_the_values_tried() -> None:
    scenarios, right = {"low": (0.25, 0.45, 0.6), "high": (0.05, 0.1, 0.25)}, {"low": 1, "high": 3}

    def make(half: float) -> crm.CRM:
        return crm.CRM(prior=crm.skeleton(half, 0.25, 2, 3), target=0.25, n_max=15)

    found = calibrate(make, (0.02, 0.05, 0.08, 0.12), scenarios, right, by_worst=True)
    for one in found:
        chances = [operating_characteristics(make(one.value), p).selected[right[name]] for name, p in scenarios.items()]
        assert one.worst == pytest.approx(min(chances))
        assert one.mean == pytest.approx(sum(chances) / 2)
    assert found[0].worst == max(one.worst for one in found)
    with pytest.raises(ValueError, match="right level"):
        calibrate(make, (0.05,), scenarios, {"low": 1})


def test_a_history_goes_one_step_at_a_time() -> None:
    assert GRID.decide([((1, 1), 3, 0), ((2, 1), 3, 0)]).level is not None
    for impossible in ([((3, 2), 3, 0)], [((1, 1), 3, 0), ((3, 2), 3, 0)], [((1, 1), 3, 1), ((2, 1), 3, 0)]):
        with pytest.raises(RuleError, match="step"):
            GRID.decide(impossible)
