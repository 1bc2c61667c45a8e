"""Several administrations of a case, the error of their effect, limits of it, and tissue weights in a file."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hevesy
from hevesy.conduct.organ_dose import PatientDoses, patient_doses
from hevesy.errors import HevesyError
from hevesy.files.case import Beside, read_case
from hevesy.nuclides.library import nuclide
from hevesy.study.limits import Limit, met
from tests.answers.test_organ_dose import DIAGNOSTIC, TRANSPORT, WHOLE, answered, document_of, named, voxel_answer

TWICE = WHOLE.replace('administered = "7.4GBq"', 'administered = "3.7GBq"\nadministrations = 2\ninterval = "14d"', 1)
EACH = WHOLE.replace('administered = "7.4GBq"\n', "", 1).replace(
    "[table]\n",
    '[[administration]]\nactivity = "5GBq"\nat = "0h"\n[[administration]]\nactivity = "2.4GBq"\nat = "10d"\n\n[table]\n',
    1,
)
OF_ALL = ('method = "s-table"', 'method = "s-table"\nintegrals_of = "all administrations"')
OF_FIRST = ('method = "s-table"', 'method = "s-table"\nintegrals_of = "first administration"')


def test_doses_of_several_are_sums(tmp_path: Path) -> None:
    """Integrals of all that was given, curves by what was given for them: the doses are those of one of 7.4 GBq."""
    once = document_of(answered(tmp_path, WHOLE))
    for several in (TWICE, EACH):
        found = document_of(answered(tmp_path, several.replace(*OF_ALL, 1)))
        assert [one["activity_MBq"] for one in found["administrations"]] in ([3700, 3700], [5000, 2400])
        assert found["administered_MBq"] == 7400
        for one in once["organs"]:
            assert named(found, "organs", one["name"])["dose_Gy"] == pytest.approx(one["dose_Gy"], rel=1e-12)
        assert found["limits"][0]["reached"] == pytest.approx(once["limits"][0]["reached"], rel=1e-12)
        assert any("the same after each" in one for one in found["because"])


def test_an_integral_of_the_first_is_not_taken_for_all(tmp_path: Path) -> None:
    first = document_of(answered(tmp_path, EACH.replace(*OF_FIRST, 1)))
    every = document_of(answered(tmp_path, EACH.replace(*OF_ALL, 1)))
    for kind, name in (("sources", "Kidneys"), ("tumours", "lesion")):
        ratio = named(first, kind, name)["tia_MBq_h"] / named(every, kind, name)["tia_MBq_h"]
        assert ratio == pytest.approx(7.4 / 5)
    for one, other in zip(first["marrow"], every["marrow"], strict=True):
        assert one["tia_MBq_h"] / other["tia_MBq_h"] == pytest.approx(7.4 / 5)
    for name in ("Liver", "rest"):
        same = [named(one, "sources", name)["tia_MBq_h"] for one in (first, every)]
        assert same[0] == pytest.approx(same[1]), "by the administered: points, and hours of residence"
    with pytest.raises(HevesyError, match="integrals_of: must be given, 'first administration'"):
        answered(tmp_path, EACH)


def test_a_dose_by_transport_of_the_first_is_raised_to_all(tmp_path: Path) -> None:
    twice = TRANSPORT.replace('"3.7GBq"', '"3.7GBq"\nadministrations = 3\ninterval = "8d"')
    with pytest.raises(HevesyError, match="integrals_of: must be given"):
        answered(tmp_path, twice, dose=voxel_answer())
    found = document_of(
        answered(
            tmp_path, twice.replace("method", 'integrals_of = "first administration"\nmethod', 1), dose=voxel_answer()
        )
    )
    assert named(found, "organs", "spleen")["dose_Gy"] == pytest.approx(9.0)


def integrated_bed_Gy(
    doses_Gy: list[float], at_h: list[float], shares: Any, rates_per_h: Any, repair_h: float
) -> float:
    """BED part over alpha over beta by its definition: the dose rate in steps, its damage repaired step by step."""
    step, until = 0.05, at_h[-1] + 900
    times = np.arange(0, until, step)
    rate = sum(
        dose
        * sum(
            s * r * np.exp(-r * np.maximum(times + step / 2 - at, 0)) for s, r in zip(shares, rates_per_h, strict=True)
        )
        * (times >= at)
        for dose, at in zip(doses_Gy, at_h, strict=True)
    )
    kept, unrepaired, whole = math.exp(-math.log(2) / repair_h * step), 0.0, 0.0
    for one in np.asarray(rate) * step:
        whole += 2 * one * unrepaired * kept**0.5 + one * one
        unrepaired = unrepaired * kept + one
    return whole


@pytest.mark.parametrize("days", [1, 10])
def test_the_effect_of_several_is_that_of_their_intervals(tmp_path: Path, days: int) -> None:
    """Two of unlike activity against the integral itself, step by step (2e-3)."""
    text = EACH.replace(*OF_ALL, 1).replace('"10d"', f'"{days}d"')
    found = document_of(answered(tmp_path, text))
    liver = next(one for one in found["effects"] if one["organ"] == "Liver")
    fitted = named(found, "fits", "Liver", "region")
    assert fitted["model"] == "mono"
    case = read_case(text)
    points = case.regions[0].activity.points
    assert points is not None
    slope = np.polyfit(points.elapsed_h, np.log(points.activity_MBq), 1)[0]
    rate = -slope - math.log(2) / nuclide("I-124").half_life_h + math.log(2) / nuclide("I-131").half_life_h
    dose = liver["dose_Gy"]
    quadratic = integrated_bed_Gy([dose * 5 / 7.4, dose * 2.4 / 7.4], [0, 24.0 * days], [1.0], [rate], 2.0)
    assert liver["course_bed_Gy"] == pytest.approx(dose + quadratic / 2.5, rel=2e-3)


ONE_POINTED = """subject = "made-up"
nuclide = "I-131"
administered = "30GBq"
method = "s-table"

[table]
layout = "olinda"
files = ["t.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-131"

[calibration]
on = 2016-01-04
uncertainty = "1%"

[[region]]
name = "Kidneys"
at = ["4h", "24h", "48h", "96h"]
activity = ["1500MBq", "1050MBq", "690MBq", "300MBq"]
uncertainty = ["4%", "4%", "4%", "20%"]
decay_corrected = false
model = "mono"

[[effect]]
organ = "Kidneys"
alpha_beta = "2.5Gy"
repair_half_life = "2.8h"
source = "made up"
"""


def of_kidneys(folder: Path, text: str) -> PatientDoses:
    (folder / "t.csv").write_text(",Kidneys,Tot Body\nKidneys,2.5e-04,1.1e-06\n")
    return patient_doses(read_case(text), Beside(folder))


def test_the_error_of_an_effect_is_that_of_dose_and_curve_drawn_together(tmp_path: Path) -> None:
    """Written apart: points drawn, a line through their logarithms, dose and Lea-Catcheside of each, 40,000 times.

    Longer is more dose and less of it at once: drawn apart the error would be another (it is shown by how much).
    """
    (found,) = of_kidneys(tmp_path, ONE_POINTED).effects
    chance = np.random.default_rng(3)
    t, y = np.array([4.0, 24.0, 48.0, 96.0]), np.array([1500.0, 1050.0, 690.0, 300.0])
    errors = np.array([0.04, 0.04, 0.04, 0.2]) * y

    def one_phase(curves: Any) -> tuple[Any, Any]:
        """Least squares weighted by the uncertainties, by Gauss and Newton."""
        line = np.polyfit(t, np.log(y), 1)
        c, r = np.full((len(curves), 1), math.exp(line[1])), np.full((len(curves), 1), -line[0])
        for _ in range(30):
            shape = np.exp(-r * t)
            left, by_c, by_r = (curves - c * shape) / errors, shape / errors, -c * t * shape / errors
            cc, rr, cr = (by_c**2).sum(1), (by_r**2).sum(1), (by_c * by_r).sum(1)
            lc, lr, whole = (left * by_c).sum(1), (left * by_r).sum(1), cc * rr - cr**2
            c, r = c + ((rr * lc - cr * lr) / whole)[:, None], r + ((cc * lr - cr * lc) / whole)[:, None]
        return c[:, 0], np.maximum(r[:, 0], math.log(2) / nuclide("I-131").half_life_h)

    start, rate = one_phase(y[None])
    c, r = one_phase(start[:, None] * np.exp(-rate[:, None] * t) + errors * chance.standard_normal((40_000, 4)))
    spread = math.sqrt(math.log1p(0.01**2))
    factor = np.exp(spread * chance.standard_normal(len(c)) - spread**2 / 2)
    mu = math.log(2) / 2.8

    def bed(dose: Any, rates: Any) -> Any:
        return dose * (1 + rates / (rates + mu) * dose / 2.5)

    dose = c / r * 2.5e-4 * 3.6 * factor
    assert found.dose_Gy == pytest.approx(float((start / rate)[0]) * 2.5e-4 * 3.6, rel=1e-6)
    together = bed(dose, r)
    assert found.standard_error_Gy is not None
    assert found.standard_error_Gy == pytest.approx(together.std(), rel=0.05)
    low, high = np.quantile(together, (0.025, 0.975))
    assert found.bed_interval_Gy is not None
    assert found.bed_interval_Gy[0] == pytest.approx(low, rel=0.02)
    assert found.bed_interval_Gy[1] == pytest.approx(high, rel=0.02)
    assert found.eqd2_standard_error_Gy == pytest.approx(found.standard_error_Gy / 1.8, rel=1e-12)
    of_dose_alone = bed(dose, rate).std()
    assert abs(found.standard_error_Gy / of_dose_alone - 1) > 0.05, "the curve's own error would be seen to be missing"


def test_the_error_of_a_half_life_that_is_told_is_in_the_effect(tmp_path: Path) -> None:
    """By propagation on paper: relative errors of BED by dose and by half-life, apart from each other."""
    text = ONE_POINTED[: ONE_POINTED.index("[[region]]")] + (
        '[[region]]\nname = "Kidneys"\nresidence_time = "2h"\ntia_uncertainty = "6%"\n\n'
        + ONE_POINTED[ONE_POINTED.index("[[effect]]") :]
        + 'half_life = "40h"\nhalf_life_uncertainty = "10%"\n'
    )
    (found,) = of_kidneys(tmp_path, text).effects
    dose, g = found.dose_Gy, 2.8 / 42.8
    by_dose = math.hypot(0.01, 0.06) * dose * (1 + 2 * g * dose / 2.5)
    by_half_life = 0.1 * 40 * 2.8 / 42.8**2 * dose**2 / 2.5
    spread = of_kidneys(tmp_path, text).organs[0]
    assert spread.known is not None
    nuclide_part = dict(spread.parts).get("nuclide", 0.0)
    by_dose = math.hypot(by_dose, nuclide_part * dose * (1 + 2 * g * dose / 2.5))
    assert found.standard_error_Gy == pytest.approx(math.hypot(by_dose, by_half_life), rel=0.03)
    (certain,) = of_kidneys(tmp_path, text.replace('half_life_uncertainty = "10%"\n', "")).effects
    assert certain.standard_error_Gy == pytest.approx(by_dose, rel=0.03)
    assert any("its half-life counts as known" in one for one in certain.because)


NO_REST = """
[table.mass]
Kidneys = "300g"
"Tot Body" = "73kg"

[[region]]
name = "rest"
residence_time = "0h"
tia_uncertainty = "1%"
"""


@pytest.mark.parametrize(("amount", "verdict"), [("500Gy", "kept"), ("5Gy", "exceeded")])
def test_a_limit_of_the_effect_has_a_verdict(tmp_path: Path, amount: str, verdict: str) -> None:
    with_rest = ONE_POINTED.replace('nuclide = "I-131"\n\n', 'nuclide = "I-131"\ntotal_body = "Tot Body"\n\n')
    with_rest = with_rest.replace("\n[[effect]]", NO_REST + "\n[[effect]]")
    limited = with_rest + f'[effect.limit]\namount = "{amount}"\nof = "EQD2"\nsource = "made up"\n'
    (found,) = of_kidneys(tmp_path, limited).effects
    assert found.met == verdict
    near = limited.replace(f'amount = "{amount}"', f'amount = "{found.eqd2_Gy:.6f}Gy"')
    assert of_kidneys(tmp_path, near).effects[0].met == "not told"
    alone = ONE_POINTED + limited[limited.index("[effect.limit]") :]
    assert of_kidneys(tmp_path, alone).effects[0].met == ("part is missing" if verdict == "kept" else verdict)


def test_a_limit_under_a_lower_bound_is_never_kept(tmp_path: Path) -> None:
    by_images = WHOLE[WHOLE.index("[marrow.images]") : WHOLE.index("[[limit]]")]
    effect = '\n[[effect]]\norgan = "Red Mar."\nalpha_beta = "10Gy"\nrepair_half_life = "1h"\nsource = "made up"\n'
    effect += 'half_life = "60h"\n[effect.limit]\namount = "900Gy"\nof = "BED"\nsource = "made up"\n'
    found = document_of(answered(tmp_path, WHOLE.replace(by_images, "") + effect))
    assert next(one for one in found["effects"] if one["organ"] == "Red Mar.")["met"] == "part is missing"


@given(
    limit=st.floats(0.1, 100),
    value=st.floats(0.01, 200),
    below=st.floats(0, 1),
    above=st.floats(1, 3),
    bounds=st.fixed_dictionaries({"missing": st.booleans(), "above": st.booleans()}),
)
def test_one_rule_of_limits(limit: float, value: float, below: float, above: float, bounds: dict[str, bool]) -> None:
    """Kept only where all of it is there and below, exceeded only where none of it may be too much; more is no better."""
    interval = (below * value, above * value)
    found = met(limit, value, interval, **bounds)
    assert (found == "exceeded") == (interval[0] > limit and not bounds["above"])
    assert (found == "kept") == (interval[1] <= limit and not bounds["missing"])
    assert met(limit, value, None, **bounds) in ("exceeded", "part is an upper bound", "not told")
    order = ["kept", "part is missing", "not told", "part is an upper bound", "exceeded"]
    more = met(limit, 2 * value, (2 * interval[0], 2 * interval[1]), **bounds)
    assert order.index(more) >= order.index(found)


def test_a_limit_of_absorbed_dose_has_no_bed() -> None:
    with pytest.raises(HevesyError, match="has no BED"):
        Limit(region="cord", of="absorbed dose", amount_Gy=50.0, source="as planned").bed_Gy(2.0)


WEIGHTS = "target,weight\nLiver,0.3\nKidneys,0.7\n"
TYPED = "[effective_dose.weights]\nLiver = 0.3\nKidneys = 0.7\n"
IN_A_FILE = DIAGNOSTIC.replace(TYPED, "").replace(
    "thyroid_blocked = true", 'thyroid_blocked = true\nweights_file = "w.csv"'
)


def weighed(folder: Path, weights: str, text: str = IN_A_FILE) -> Any:
    (folder / "w.csv").write_text(weights)
    return document_of(answered(folder, text))


def test_weights_in_a_file_are_those_typed(tmp_path: Path) -> None:
    assert TYPED in DIAGNOSTIC
    found, typed = weighed(tmp_path, WEIGHTS), document_of(answered(tmp_path, DIAGNOSTIC))
    assert found["effective_dose_mSv"] == typed["effective_dose_mSv"]
    assert any("weights of w.csv" in one for one in found["because"])


@pytest.mark.parametrize(
    ("weights", "rule"),
    [
        (WEIGHTS.replace("Liver", "Lever"), "'Lever' has no dose here; nearest are Liver"),
        (
            WEIGHTS.replace("0.7", "0.8"),
            "w.csv: weights of all tissues together are 1, got 1.1: were those of both sexes",
        ),
        (WEIGHTS.replace("0.7", "-0.7"), "w.csv, line 3: a weight is a number of 0 or more, got '-0.7'"),
        (WEIGHTS.replace("0.7", "nan"), "w.csv, line 3: a weight is a number of 0 or more"),
        (WEIGHTS.replace("0.7", "70%"), "w.csv, line 3: a weight is a number of 0 or more"),
        (WEIGHTS + "Liver,0\n", "w.csv, line 4: 'Liver' stands twice"),
        (WEIGHTS.replace("target", "organ"), "w.csv: the first line is target,weight"),
        ("target,weight\n", "w.csv: weights are needed"),
        ("", "w.csv: the first line is target,weight, got nothing"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path: Path, weights: str, rule: str) -> None:
    with pytest.raises(HevesyError, match=re.escape(rule)):
        weighed(tmp_path, weights)


def test_weights_stand_in_one_place(tmp_path: Path) -> None:
    with pytest.raises(HevesyError, match="or weights_file: one of the two"):
        weighed(tmp_path, WEIGHTS, IN_A_FILE + TYPED)
    with pytest.raises(HevesyError, match="or weights_file: one of the two"):
        weighed(tmp_path, WEIGHTS, IN_A_FILE.replace('weights_file = "w.csv"', ""))


REFUSED = {
    "both": (TWICE + '\n[[administration]]\nactivity = "1GBq"\nat = "0h"\n', "one of the two, got administered and"),
    "neither": (WHOLE.replace('administered = "7.4GBq"\n', "", 1), "one of the two, got neither"),
    "no interval": (TWICE.replace('interval = "14d"\n', ""), "interval: must be given exactly where there are several"),
    "an interval of one": (TWICE.replace("administrations = 2", ""), "interval: must be given exactly where"),
    "none at all": (
        TWICE.replace("administrations = 2", "administrations = 0"),
        "administrations: lie in 1..100, got 0",
    ),
    "later first": (EACH.replace('"0h"', '"11d"'), "begin at 0 h and their times rise, got 264, 240 h"),
    "twice at once": (EACH.replace('"10d"', '"0h"'), "begin at 0 h and their times rise, got 0, 0 h"),
    "no unit": (EACH.replace('"10d"', '"10"'), "administration[2].at: a unit of time is missing"),
    "the first not at 0": (EACH.replace('"0h"', '"1h"'), "begin at 0 h"),
    "one alone, later": (
        WHOLE.replace('administered = "7.4GBq"\n', "", 1) + '\n[[administration]]\nactivity = "7.4GBq"\nat = "14d"\n',
        "administration: begin at 0 h, got one at 336 h",
    ),
    "of one": (WHOLE.replace(*OF_ALL), "integrals_of: is of several administrations; there is one"),
    "an interval beside each": (
        EACH.replace("subject", 'interval = "3d"\nsubject', 1),
        "interval: is of an administered",
    ),
}


@pytest.mark.parametrize(("text", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_administrations_that_are_none_are_refused(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(HevesyError, match=re.escape(rule)):
        answered(tmp_path, text if "integrals_of" in text else text.replace(*OF_ALL, 1))


def test_points_beyond_the_second_administration_are_not_those_of_the_first(tmp_path: Path) -> None:
    """Of the label that treats: fractions are of the first, and a point after the second is of both."""
    text = ONE_POINTED.replace('administered = "30GBq"', 'administered = "15GBq"\nadministrations = 2\ninterval = "4d"')
    once, twice = of_kidneys(tmp_path, ONE_POINTED), of_kidneys(tmp_path, text)
    assert twice.organs[0].dose_Gy == pytest.approx(2 * once.organs[0].dose_Gy, rel=1e-9), "what 15 GBq showed, twice"
    with pytest.raises(HevesyError, match="points reach beyond the second administration \\(72 h\\)"):
        of_kidneys(tmp_path, text.replace('"4d"', '"3d"'))


def test_the_table_of_effects_says_whether_the_limit_is_kept(tmp_path: Path) -> None:
    words = hevesy.organ_dose(case=_case(tmp_path)).words
    assert "the limit is" in words


def _case(folder: Path) -> Path:
    answered(folder, WHOLE)
    return folder / "CASE.toml"
