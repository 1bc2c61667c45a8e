"""Mixed models where the truth is known: by hand, by the analysis of variance, by statsmodels; and what is refused."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import stdtr

from hevesy.stats.mixed import MixedFit, random_start, unstructured
from hevesy.stats.studentized import tukey_p


def drawn(
    seed: int, subjects: int = 20, times: int = 3, between: float = 0.5, lost: float = 0.0
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64], list[int]]:
    """Subjects, a mean for each time, responses, and times; some of them lost."""
    stream = np.random.default_rng(seed)
    rows = [
        (f"s{subject}", time, time + start + stream.normal(0, 0.3))
        for subject in range(subjects)
        for start in [stream.normal(0, between)]
        for time in range(times)
        if stream.random() >= lost
    ]
    when = [time for _, time, _ in rows]
    return [name for name, _, _ in rows], np.eye(times)[when], np.array([y for _, _, y in rows]), when


def variances_by_anova(y: NDArray[np.float64]) -> tuple[float, float]:
    """Of subjects and of a scan, from a whole table (subjects, times)."""
    subjects, times = y.shape
    left = y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean()
    scan = float((left**2).sum()) / ((subjects - 1) * (times - 1))
    return (float(y.mean(axis=1).var(ddof=1)) * times - scan) / times, scan


def test_a_whole_table_gives_the_variances_of_its_analysis_of_variance() -> None:
    names, design, y, _ = drawn(3)
    fit = random_start(names, design, y)
    assert fit.components == pytest.approx(variances_by_anova(y.reshape(20, 3)), rel=1e-10)
    assert fit.coefficients == pytest.approx(y.reshape(20, 3).mean(axis=0), rel=1e-12)
    one = fit.contrast([1, -1, 0])
    assert one.df == pytest.approx(38)
    assert one.standard_error == pytest.approx(math.sqrt(2 * fit.components[1] / 20))
    assert fit.contrast([1, -1, 0], "kenward-roger").df == pytest.approx(38)


@pytest.mark.parametrize("seed", range(5))
def test_variances_of_missing_scans_are_those_of_statsmodels(seed: int) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    names, design, y, _ = drawn(seed, lost=0.25)
    fit = random_start(names, design, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = MixedLM(y, design, groups=names).fit(reml=True, method=["bfgs", "powell"], gtol=1e-10, xtol=1e-12)
    assert fit.components == pytest.approx((float(peer.cov_re[0, 0]), peer.scale), rel=1e-4)
    assert fit.coefficients == pytest.approx(peer.fe_params, rel=1e-6)
    assert fit.log_likelihood >= peer.llf - 1e-8
    assert fit.log_likelihood == pytest.approx(peer.llf, abs=1e-5)


def test_an_unstructured_covariance_of_a_whole_table_is_that_of_its_columns() -> None:
    names, design, y, when = drawn(7, subjects=15)
    fit = unstructured(names, when, design, y)
    found = np.cov(y.reshape(15, 3).T, ddof=1)
    assert fit.components == pytest.approx([found[i, j] for i in range(3) for j in range(i, 3)], rel=1e-7)


def test_two_occasions_compare_like_a_paired_t_test() -> None:
    """The difference of two columns has the error and the degrees of freedom of Student's paired test."""
    names, design, y, when = drawn(11, subjects=9, times=2)
    less = y.reshape(9, 2) @ [-1, 1]
    error = less.std(ddof=1) / 3
    for fit in (random_start(names, design, y), unstructured(names, when, design, y)):
        one = fit.contrast([-1, 1])
        assert (one.estimate, one.standard_error, one.df) == pytest.approx((less.mean(), error, 8.0), rel=1e-7)
        assert one.p_value == pytest.approx(2 * float(stdtr(8, -abs(less.mean() / error))), rel=1e-6)


def test_no_variance_of_subjects_is_least_squares() -> None:
    """Starts that spread less than scans do: the likelihood is highest at 0, and everything as of independent scans."""
    names, design, y, _ = drawn(1, between=0.0)
    y = y - np.repeat(y.reshape(20, 3).mean(axis=1), 3) * 0.9
    fit = random_start(names, design, y)
    assert fit.at_boundary
    assert fit.components[0] == 0.0
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    assert fit.components[1] == pytest.approx(float(left @ left) / 57)
    for df in ("satterthwaite", "residual"):
        assert fit.contrast([1, 0, 0], df).df == pytest.approx(57)


def test_one_scan_a_subject_leaves_one_variance() -> None:
    stream = np.random.default_rng(2)
    y = stream.normal(size=12)
    fit = random_start([f"s{n}" for n in range(12)], np.eye(3)[[n % 3 for n in range(12)]], y)
    within = sum(float(((y[n::3] - y[n::3].mean()) ** 2).sum()) for n in range(3)) / 9
    assert fit.components == pytest.approx((within,))
    assert fit.contrast([1, -1, 0], "kenward-roger").df == pytest.approx(9)


@settings(max_examples=15)
@given(st.floats(-6, 6), st.floats(-3, 3))
def test_units_and_zero_of_the_responses_change_nothing(exponent: float, shift: float) -> None:
    names, design, y, when = drawn(5, subjects=8, lost=0.2)
    scale = 10**exponent
    for fit, other in (
        (random_start(names, design, y), random_start(names, design, scale * (y + shift))),
        (unstructured(names, when, design, y), unstructured(names, when, design, scale * (y + shift))),
    ):
        one, same = fit.contrast([1, 0, -1], "kenward-roger"), other.contrast([1, 0, -1], "kenward-roger")
        assert (same.t, same.df, same.p_value) == pytest.approx((one.t, one.df, one.p_value), rel=1e-5)


def test_the_order_of_scans_changes_nothing() -> None:
    names, design, y, when = drawn(13, lost=0.3)
    order = np.random.default_rng(0).permutation(len(y))
    for fit, other in (
        (random_start(names, design, y), random_start([names[n] for n in order], design[order], y[order])),
        (
            unstructured(names, when, design, y),
            unstructured([names[n] for n in order], [when[n] for n in order], design[order], y[order]),
        ),
    ):
        assert other.components == pytest.approx(fit.components, rel=1e-7)
        assert other.adjusted == pytest.approx(fit.adjusted, rel=1e-6)


def test_a_test_of_one_row_is_the_square_of_its_t() -> None:
    fit: MixedFit = random_start(*drawn(17, lost=0.2)[:3])
    for df in ("satterthwaite", "kenward-roger", "residual"):
        one, test = fit.contrast([1, -1, 0], df), fit.tested([1, -1, 0], df)
        assert (test.f, test.denominator_df, test.p_value) == pytest.approx((one.t**2, one.df, one.p_value))


@pytest.mark.parametrize("subjects", [3, 4, 9])
def test_the_test_of_a_whole_table_is_that_of_its_analysis_of_variance(subjects: int) -> None:
    """F of times against what subjects and times leave, on 2 and 2 (n - 1) degrees of freedom."""
    names, design, y, _ = drawn(23, subjects=subjects)
    values = y.reshape(subjects, 3)
    left = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
    f = subjects * float(values.mean(axis=0).var(ddof=1)) / (float((left**2).sum()) / (2 * (subjects - 1)))
    fit = random_start(names, design, y)
    assert fit.components[0] > 0
    for df in ("satterthwaite", "kenward-roger"):
        test = fit.tested([[-1, 1, 0], [-1, 0, 1]], df)
        assert (test.f, test.denominator_df) == pytest.approx((f, 2 * (subjects - 1)), rel=1e-6)


def refused(what: str, **changed: Any) -> str:
    """The sentence that a model of small, whole scans is refused with once something is changed."""
    given: dict[str, Any] = {
        "subject": list("aabbcc"),
        "design": np.eye(2)[[0, 1] * 3],
        "response": [1, 2, 2, 4, 3, 3.5],
    }
    if what == "unstructured":
        given["occasion"] = [0, 1] * 3
    with pytest.raises(ValueError) as found:
        (random_start if what == "start" else unstructured)(**(given | changed))
    return str(found.value)


def test_what_makes_no_model_is_refused() -> None:
    assert "of one number, got 2, 6, 6" in refused("start", subject=["a", "b"])
    assert "finite number" in refused("start", response=[1, 2, math.nan, 4, 3, 3])
    assert "got 6 responses of 6 coefficients" in refused("start", design=np.eye(6))
    assert "determines its coefficients" in refused("start", design=np.eye(3)[[0, 1] * 3])
    assert "two subjects or more are needed, got 1" in refused("start", subject=["a"] * 6)
    assert "do not vary about their means" in refused("start", response=[1, 2] * 3)
    assert "do not vary about their means" in refused("unstructured", response=[1, 2] * 3)
    assert "scans of a subject do not differ beyond their means" in refused("start", response=[1, 2, 3, 4, 7, 8])
    assert "a has two responses on one occasion" in refused("unstructured", occasion=[0, 0, 0, 1, 0, 1])
    assert "numbered from 0" in refused("unstructured", occasion=[0, 1])
    alone = {"subject": list("abcdef")}
    assert "no subject has responses on occasions 1 and 2" in refused("unstructured", **alone)
    assert "too few subjects" in refused("unstructured", response=[1, 2, 3, 4, 7, 8])


def test_contrasts_and_tests_that_say_nothing_are_refused() -> None:
    fit = random_start(*drawn(1)[:3])
    with pytest.raises(ValueError, match="level must lie between 0 and 1, got 1"):
        fit.contrast([1, 0, 0], level=1)
    with pytest.raises(ValueError, match="a weight that is not 0"):
        fit.contrast([0, 0, 0])
    with pytest.raises(ValueError, match="something of its own"):
        fit.tested([[1, -1, 0], [-1, 1, 0]])


@pytest.mark.parametrize("df", [2, 3.7, 8, 66.8, 1e4])
@pytest.mark.parametrize("t", [0.0, 0.3, 2.1, 12.0])
def test_of_two_means_the_studentized_range_is_students_t(t: float, df: float) -> None:
    assert tukey_p(t, 2, df) == pytest.approx(2 * float(stdtr(df, -t)), rel=1e-8)


@pytest.mark.parametrize(("t", "means", "df"), [(0.96, 3, 65.6), (2.5, 6, 12.0), (3.4, 4, 5.5), (1.2, 10, 200.0)])
def test_the_studentized_range_is_that_of_scipy(t: float, means: int, df: float) -> None:
    from scipy.stats import studentized_range

    assert tukey_p(t, means, df) == pytest.approx(float(studentized_range.sf(t * math.sqrt(2), means, df)), rel=1e-8)


def test_a_range_of_one_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="two means or more, got 1"):
        tukey_p(1, 1, 10)
    with pytest.raises(ValueError, match="above 0 and t is finite"):
        tukey_p(math.nan, 3, 10)
