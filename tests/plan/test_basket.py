"""Basket designs: what is decided and how often, against sums over every outcome where baskets do not borrow."""

from __future__ import annotations

import pytest
from scipy.stats import beta, binom

from hevesy.plan.basket import METHODS, BasketDesign, characteristics


def test_the_chance_of_going_on_is_that_of_every_outcome_added_up() -> None:
    design = BasketDesign(sizes=(20, 12), null=0.2, method="independent", go_above=0.9)
    found = characteristics(design, (0.4, 0.2), trials=20_000, seed=3)
    for size, rate, go, error in zip(design.sizes, (0.4, 0.2), found.go, found.standard_error, strict=True):
        goes = [y for y in range(size + 1) if beta.sf(0.2, 0.5 + y, 0.5 + size - y) > 0.9]
        assert abs(go - sum(binom.pmf(y, size, rate) for y in goes)) < 4 * error
    assert found.any_wrong == pytest.approx(found.go[1])


def test_borrowing_helps_where_all_respond_and_costs_where_one_does_not() -> None:
    mem, alone = (BasketDesign(sizes=(10, 10, 10, 10), null=0.2, method=method) for method in ("mem", "independent"))
    all_respond, one_does_not = (0.4,) * 4, (0.4, 0.4, 0.4, 0.2)
    chances = [characteristics(design, all_respond, trials=1500, seed=1).go[0] for design in (mem, alone)]
    assert chances[0] > chances[1] + 0.05
    wrong = [characteristics(design, one_does_not, trials=1500, seed=1).any_wrong for design in (mem, alone)]
    assert wrong[0] > wrong[1], "what borrowing costs"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_goes_on_with_a_basket_that_responds_and_not_with_none(method: str) -> None:
    design = BasketDesign(sizes=(20, 20), null=0.2, method=method)
    assert design.goes_on((14, 13)) == (True, True)
    assert design.goes_on((0, 1)) == (False, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"method": "bayes"}, "method"), ({"go_above": 1.0}, "threshold"), ({"sizes": (0,)}, "at least one")],
)
def test_bad_designs_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        BasketDesign(**({"sizes": (10,), "null": 0.2} | change))  # type: ignore[arg-type]
