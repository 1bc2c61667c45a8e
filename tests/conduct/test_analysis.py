"""A study worked out at two cuts: taking over what has not changed gives what working it out again gives."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hevesy.conduct.analysis import analyse
from hevesy.study.cut import as_of
from hevesy.study.subject import Study


@pytest.mark.parametrize("days", [1, 27, 84, 200, 400])
def test_an_earlier_cut_is_the_same_whether_or_not_a_later_one_is_known(demo_study: Study, days: int) -> None:
    last = demo_study.last_fact_on()
    assert last is not None
    later = analyse(demo_study, last)
    cut = last - timedelta(days=days)
    assert analyse(demo_study, cut, later) == analyse(demo_study, cut)


def test_the_last_fact_is_looked_for_again_in_another_study(demo_study: Study) -> None:
    whole, earlier = demo_study.last_fact_on(), as_of(demo_study, date(2015, 12, 31)).last_fact_on()
    assert whole is not None
    assert earlier is not None
    assert earlier <= date(2015, 12, 31) < whole
