"""One point, earlier patients' half-lives, what regions leave, a bladder that is voided."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hevesy.errors import RuleError
from hevesy.study.time_activity import TimeActivityCurve
from hevesy.treat.bladder import bladder_tia_h
from hevesy.treat.half_life_prior import learnt, with_prior
from hevesy.treat.kinetics import ExponentialSum
from hevesy.treat.remainder import remainder, whole_body
from hevesy.treat.single_time_point import hanscheid, to_truth
from tests.tiers import cases

LU177_h, I124_h, I131_h = 159.528, 100.224, 192.60480555555557


def curve(
    times: tuple[float, ...], shares: tuple[float, ...], error: float, region: str = "kidneys"
) -> TimeActivityCurve:
    return TimeActivityCurve(
        region=region,
        nuclide="Lu-177",
        elapsed_h=times,
        activity_fractions=shares,
        standard_uncertainties=tuple(error * one for one in shares),
    )


class TestHanscheid:
    @given(half_life=st.floats(10.0, 150.0), time=st.floats(10.0, 300.0))
    def test_is_2u_to_the_power_of_minus_u_of_the_truth(self, half_life: float, time: float) -> None:
        if not time / 2.5 < half_life < time / 0.75:
            return
        found = hanscheid(2.0 ** (-time / half_life), 0.01, time, LU177_h)
        u = time / half_life
        truth = half_life / math.log(2)
        assert found.tia_h / truth == pytest.approx(2 * u * 2**-u, rel=1e-10)
        assert to_truth(u) == pytest.approx(2 * u * 2**-u, rel=1e-10)
        assert found.tia_lower_h < truth < found.tia_upper_h

    def test_errs_by_less_than_the_published_12_percent_in_its_window(self) -> None:
        """Between 0.75 and 2.5 half-lives (H. Hänscheid et al., J. Nucl. Med. 59 (2018) 75: within some 10 %)."""
        ratios = [to_truth(u) for u in np.linspace(0.75, 2.5, 200)]
        assert (min(ratios), max(ratios)) == pytest.approx((2.5 * 2 * 2**-2.5, 2 / math.e / math.log(2)), rel=1e-4)

    @pytest.mark.parametrize(
        ("share", "error", "time", "words"),
        [(0.0, 0.1, 96, "above 0"), (0.1, 0.0, 96, "above 0"), (0.1, 0.01, 500, "too late"), (0.1, 0.01, 0, "above 0")],
    )
    def test_is_refused(self, share: float, error: float, time: float, words: str) -> None:
        with pytest.raises(RuleError, match=words):
            hanscheid(share, error, time, LU177_h)


class TestEarlierHalfLives:
    def test_one_point_leaves_the_half_life_what_it_was(self) -> None:
        prior = learnt([40.0, 50.0, 62.5, 55.0, 45.0], LU177_h)
        found = with_prior(curve((72.0,), (0.05,), 0.05), prior)
        assert found.half_life_h == pytest.approx(prior.median_h, rel=0.01)

    def test_many_sharp_points_leave_what_they_say(self) -> None:
        prior = learnt([40.0, 50.0, 62.5, 55.0, 45.0], LU177_h)
        times = (4.0, 24.0, 48.0, 96.0, 144.0)
        found = with_prior(curve(times, tuple(0.1 * 2 ** (-t / 80) for t in times), 0.002), prior)
        assert found.half_life_h == pytest.approx(80, rel=0.02)
        assert found.tia_h == pytest.approx(0.1 * 80 / math.log(2), rel=0.01)

    @pytest.mark.parametrize("points", [1, 2])
    def test_the_next_patients_integral_lies_in_its_limits(self, points: int) -> None:
        """Patients and the 12 before them from one log-normal distribution about 50 h, spread 20 %; 95 % of 1,000."""
        chance, draws, inside = np.random.default_rng(points), cases(1000), 0
        times = np.array((24.0, 96.0)[-points:])
        for _ in range(draws):
            halves = np.minimum(50 * np.exp(0.2 * chance.standard_normal(13)), LU177_h)
            exact = 0.1 * 2 ** (-times / halves[-1])
            measured = exact * (1 + 0.05 * chance.standard_normal(points))
            found = with_prior(
                curve(tuple(times.tolist()), tuple(measured.tolist()), 0.05), learnt(halves[:-1].tolist(), LU177_h)
            )
            inside += found.tia_lower_h <= 0.1 * halves[-1] / math.log(2) <= found.tia_upper_h
        assert inside / draws >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / draws)
        assert inside / draws <= 0.99 or draws < 100

    def test_another_label_has_the_same_biology(self) -> None:
        prior = learnt([59.94, 60.0, 60.06], I124_h)
        found = with_prior(curve((48.0,), (0.1,), 0.01), prior, I131_h)
        biological = 1 / 60 - 1 / I124_h
        label_h = 1 / (biological + 1 / I131_h)
        assert found.tia_h == pytest.approx(0.1 * 2 ** (48 / 60) * label_h / math.log(2), rel=1e-3)
        assert found.label_half_life_h == pytest.approx(label_h, rel=1e-3)

    @pytest.mark.parametrize(
        ("halves", "words"),
        [
            ([50.0, 60.0], "3 patients"),
            ([50.0, 60.0, 170.0], "another label"),
            ([0.0] * 3, "above 0"),
            ([60.0] * 3, "all 60 h"),
        ],
    )
    def test_is_refused(self, halves: list[float], words: str) -> None:
        with pytest.raises(RuleError, match=words):
            learnt(halves, LU177_h)


class TestRemainder:
    TIMES = (24.0, 96.0)

    def test_all_that_was_given_is_somewhere(self) -> None:
        liver, spleen = curve(self.TIMES, (0.2, 0.1), 0.05, "liver"), curve(self.TIMES, (0.05, 0.02), 0.05, "spleen")
        found, because = remainder([liver, spleen], LU177_h, {24.0: 0.3, 96.0: 0.4})
        for place, time in enumerate(self.TIMES):
            left = 2 ** (-time / LU177_h)
            gone = (0.3, 0.4)[place] * left
            held = liver.activity_fractions[place] + spleen.activity_fractions[place]
            assert found.activity_fractions[place] + held + gone == pytest.approx(left, rel=1e-12)
        assert any("less excreted" in line for line in because)

    def test_errors_of_what_was_excreted_are_those_of_the_remainder_too(self) -> None:
        liver, gone = curve(self.TIMES, (0.2, 0.1), 0.05, "liver"), {24.0: 0.3, 96.0: 0.4}
        found, _ = remainder([liver], LU177_h, gone, {24.0: 0.03, 96.0: 0.01})
        for place, error in enumerate((0.03, 0.01)):
            decayed = error * 2 ** (-self.TIMES[place] / LU177_h)
            expected = math.hypot(decayed, liver.standard_uncertainties[place])
            assert found.standard_uncertainties[place] == pytest.approx(expected, rel=1e-12)
        body = whole_body(self.TIMES, LU177_h, gone)
        left = [a + b for a, b in zip(found.activity_fractions, liver.activity_fractions, strict=True)]
        assert body == pytest.approx(left, rel=1e-12)

    def test_nothing_excreted_is_said(self) -> None:
        _, because = remainder([curve(self.TIMES, (0.2, 0.1), 0.05)], LU177_h)
        assert any("upper bound" in line for line in because)

    def test_a_little_below_nothing_is_nothing_and_said(self) -> None:
        left = 2 ** (-24 / LU177_h)
        found, because = remainder([curve((24.0, 96.0), (1.05 * left, 0.1), 0.05)], LU177_h)
        assert found.activity_fractions[0] == 0
        assert any("taken as 0" in line for line in because)

    @pytest.mark.parametrize(
        ("curves", "excreted", "words"),
        [
            ([curve((24.0,), (1.2,), 0.02)], None, "more than the 0.901 left"),
            ([curve((24.0,), (0.2,), 0.05), curve((24.0,), (0.2,), 0.05)], None, "stands twice"),
            ([curve((24.0,), (0.2,), 0.05), curve((25.0,), (0.2,), 0.05, "liver")], None, "at other times"),
            ([curve((24.0, 96.0), (0.2, 0.1), 0.05)], {24.0: 0.3}, "excreted by 96 h is not told"),
            ([curve((24.0, 96.0), (0.2, 0.1), 0.05)], {24.0: 0.3, 96.0: 0.2}, "never falls"),
            ([], None, "there is none"),
        ],
    )
    def test_is_refused(self, curves: list[TimeActivityCurve], excreted: dict[float, float] | None, words: str) -> None:
        with pytest.raises(RuleError, match=words):
            remainder(curves, LU177_h, excreted)


class TestBladder:
    BODY = ExponentialSum(
        coefficients=(0.7, 0.3),
        biological_per_h=(math.log(2) / 3, math.log(2) / 70),
        physical_per_h=math.log(2) / LU177_h,
    )

    @pytest.mark.parametrize("voided_h", [1.5, 4.0, 12.0])
    def test_is_what_filling_and_voiding_give_step_by_step(self, voided_h: float) -> None:
        """Between voids the content is the inflow since, each part decayed: by quadrature, void after void."""
        decay = self.BODY.physical_per_h

        def inflow(at: float) -> float:
            rates = zip(self.BODY.coefficients, self.BODY.biological_per_h, strict=True)
            return sum(0.6 * a * b * math.exp(-(b + decay) * at) for a, b in rates)

        whole = 0.0
        for number in range(int(1200 / voided_h)):
            begin, end = number * voided_h, (number + 1) * voided_h
            # an inflow at a time stays until the next void: it gives so many decays there
            whole += quad(lambda at, end=end: inflow(at) * -math.expm1(-decay * (end - at)) / decay, begin, end)[0]
        assert bladder_tia_h(self.BODY, 0.6, voided_h) == pytest.approx(whole, rel=1e-4)

    def test_never_voided_it_holds_all_that_left_until_it_decayed(self) -> None:
        decay = self.BODY.physical_per_h
        left = sum(a * b / (b + decay) for a, b in zip(self.BODY.coefficients, self.BODY.biological_per_h, strict=True))
        assert bladder_tia_h(self.BODY, 1.0, math.inf) == pytest.approx(left / decay, rel=1e-10)

    @pytest.mark.parametrize(("share", "every", "words"), [(1.1, 4, "0..1"), (0.5, 0, "after some time")])
    def test_is_refused(self, share: float, every: float, words: str) -> None:
        with pytest.raises(RuleError, match=words):
            bladder_tia_h(self.BODY, share, every)

    def test_a_body_that_takes_up_is_refused(self) -> None:
        body = ExponentialSum(coefficients=(1.0, -1.0), biological_per_h=(0.01, 1.0), physical_per_h=0.004)
        with pytest.raises(RuleError, match="takes up"):
            bladder_tia_h(body, 0.5, 4)
