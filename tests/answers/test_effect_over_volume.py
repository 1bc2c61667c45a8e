"""`treat effect` with histograms: BED over the volume by hand, what a limit leaves, and tables that are no histogram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hevesy import ask
from hevesy.errors import CannotAnswerError, QuestionError
from tests.answers.asking import DATA

OWN = [{"dose_Gy": 0, "volume_percent": 100}, {"dose_Gy": 10, "volume_percent": 100},
       {"dose_Gy": 30, "volume_percent": 0}]  # fmt: skip
BEAM = [{"dose_Gy": 0, "volume_percent": 100}, {"dose_Gy": 60, "volume_percent": 0}]
ASKED: dict[str, Any] = {"dose": "20Gy", "half_life": "48h", "alpha_beta": "3Gy", "repair": "2h"}
LIMIT = {"limit": "45Gy", "limit_as": "EQD2", "limit_source": "a protocol"}
PER_GY = 2 / 50 / 3
"""Of one exponential: repair over repair and effective half-life, over alpha over beta."""
PER_GY_OF_BEAM = 1 / 30 / 3
TO_EQD2 = 1 / (1 + 2 / 3)


def asked(**more: Any) -> Any:
    return ask("treat effect", **(ASKED | more)).document


def both(**more: Any) -> Any:
    return asked(histogram=OWN, external_histogram=BEAM, external_fractions=30, **more)


def test_the_mean_bed_is_that_of_the_mean_dose_and_its_spread_by_hand() -> None:
    """Doses even from 10 to 30 Gy and from 0 to 60 Gy: means 20 and 30 Gy, variances 20^2 / 12 and 60^2 / 12."""
    own = 20 + PER_GY * (20**2 + 20**2 / 12)
    beam = 30 + PER_GY_OF_BEAM * (30**2 + 60**2 / 12)
    found = both()
    assert found["over_volume"]["mean_bed_Gy"] == pytest.approx(own + beam, rel=1e-6)
    assert found["over_volume"]["mean_eqd2_Gy"] == pytest.approx((own + beam) * TO_EQD2, rel=1e-6)
    assert found["bed_Gy"] == pytest.approx(20 + PER_GY * 20**2 + 30 + PER_GY_OF_BEAM * 30**2, rel=1e-9)


def test_what_shares_receive_by_hand() -> None:
    """D50 hottest on hottest: 20 and 30 Gy at one place. The most: both upper halves of D25, 25 and 45 Gy."""

    def eqd2(own_Gy: float, beam_Gy: float) -> float:
        return (own_Gy * (1 + PER_GY * own_Gy) + beam_Gy * (1 + PER_GY_OF_BEAM * beam_Gy)) * TO_EQD2

    over = both()["over_volume"]
    assert over["d50_eqd2"]["hottest_on_hottest_Gy"] == pytest.approx(eqd2(20, 30), rel=1e-3)
    assert over["d95_eqd2"]["hottest_on_hottest_Gy"] == pytest.approx(eqd2(11, 3), rel=1e-3)
    assert over["d2_eqd2"]["hottest_on_hottest_Gy"] == pytest.approx(eqd2(29.6, 58.8), rel=1e-3)
    # Makarov by hand: of a + b = 50 % the least sum, each a tried by itself
    parts = [step / 2 for step in range(101)]
    most = min(eqd2(30 - a / 5, 60 - (50 - a) * 0.6) for a in parts)
    least = max(eqd2(30 - a / 5, 60 - (150 - a) * 0.6) for a in (50 + one for one in parts))
    assert over["d50_eqd2"]["upper_Gy"] == pytest.approx(most, rel=1e-3)
    assert over["d50_eqd2"]["lower_Gy"] == pytest.approx(least, rel=1e-3)
    assert over["d50_eqd2"]["upper_Gy"] > 1.05 * over["d50_eqd2"]["hottest_on_hottest_Gy"]
    for found in (over["d95_eqd2"], over["d50_eqd2"], over["d2_eqd2"]):
        for how in ("hottest_on_hottest_Gy", "hottest_on_coldest_Gy"):
            assert found["lower_Gy"] * (1 - 1e-9) <= found[how] <= found["upper_Gy"] * (1 + 1e-9)


def test_a_histogram_of_one_dose_says_what_the_organ_does() -> None:
    even = [{"dose_Gy": 20, "volume_percent": 100}, {"dose_Gy": 20.000001, "volume_percent": 0}]
    found = asked(histogram=even, **LIMIT)
    plain = asked(**LIMIT)
    assert found["over_volume"]["mean_bed_Gy"] == pytest.approx(plain["bed_Gy"], rel=1e-6)
    assert found["left"]["bed_Gy"] == pytest.approx(plain["left"]["bed_Gy"], rel=1e-6)
    assert found["left"]["fractions"] == plain["left"]["fractions"]


def test_what_is_left_under_a_limit_on_the_mean_and_on_d2_by_hand() -> None:
    limit = 45 / TO_EQD2
    mean = both()["over_volume"]["mean_bed_Gy"]
    on_mean = both(**LIMIT)
    assert on_mean["over_volume"]["limit_on"] == "mean"
    assert on_mean["met"] == ("exceeded" if mean > limit else "not told")
    assert on_mean["left"]["bed_Gy"] == pytest.approx(limit - mean, rel=1e-6)
    assert any("held against the mean" in one for one in on_mean["because"])
    own = 20 + PER_GY * (20**2 + 20**2 / 12)
    one_fraction = (mean - own) / 30
    fractions = int((limit - own) / one_fraction)
    assert on_mean["over_volume"]["beam_fractions"] == {"surely": fractions, "at_most": fractions}
    on_d2 = both(**LIMIT, limit_on="D2")
    upper = on_d2["over_volume"]["d2_eqd2"]["upper_Gy"]
    assert on_d2["left"]["eqd2_Gy"] == pytest.approx(45 - upper, rel=1e-6)
    assert on_d2["met"] == "exceeded"
    assert on_d2["left"]["bed_Gy"] <= on_d2["over_volume"]["left_at_most"]["bed_Gy"]
    assert "the limit on D2 is exceeded" in str(ask("treat effect", **(ASKED | LIMIT), histogram=OWN,
                                                    external_histogram=BEAM, external_fractions=30, limit_on="D2"))  # fmt: skip


def test_beams_without_a_histogram_count_everywhere() -> None:
    """20 Gy in 10: 20 (1 + 2/3) Gy of BED more, in the mean and in every share."""
    plain, more = both()["over_volume"], both(external=["20Gy/10"])["over_volume"]
    assert more["mean_bed_Gy"] - plain["mean_bed_Gy"] == pytest.approx(20 / TO_EQD2, rel=1e-9)
    for share in ("d95_eqd2", "d2_eqd2"):
        for how in ("hottest_on_coldest_Gy", "upper_Gy"):
            assert more[share][how] - plain[share][how] == pytest.approx(20, rel=1e-9)


def test_files_as_they_come(tmp_path: Path) -> None:
    """In cGy and cm3, with regions, fractions by a column, rows of the other source passed over."""
    (tmp_path / "plan.csv").write_text(
        "region,dose_cGy,volume_cm3,of,fractions\nliver,0,1,external beam,30\nliver,10,0,external beam,30\n"
        "parotids,0,80,external beam,30\nparotids,6000,0,external beam,30\nparotids,0,80,radionuclide,\n"
    )
    found = asked(histogram=OWN, external_histogram=tmp_path / "plan.csv", region="parotids")
    assert found["over_volume"]["mean_bed_Gy"] == pytest.approx(both()["over_volume"]["mean_bed_Gy"], rel=1e-9)
    assert found["over_volume"]["external_fractions"] == 30
    assert found["over_volume"]["external_volume_mL"] == 80


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("dose,volume_percent\n0,100\n", "needs a dose, unit included: one of dose_Gy, dose_cGy, dose_mGy; column 'dose'"),
        ("dose_Gy,volume\n0,100\n", "needs a volume, unit included"),
        ("dose_Gy,dose_cGy,volume_percent\n0,0,100\n", "has a dose twice"),
        ("dose_Gy,volume_percent\n", "has no rows"),
        ("dose_Gy,volume_percent\n0,100\n20,50\n10,40\n", "line 4, dose_Gy: doses of a curve rise"),
        ("dose_Gy,volume_percent\n0,100\n10,50\n10,40\n", "line 4, dose_Gy: a dose stands once"),
        ("dose_Gy,volume_percent\n0,100\n10,40\n20,50\n", "line 4, volume_percent: the share never rises"),
        ("dose_Gy,volume_percent\n0,1\n10,0.5\n20,0\n", "line 2, volume_percent: the share at the lowest dose is 100 %"),
        ("dose_Gy,volume_percent\n0,101\n10,50\n", "line 2, volume_percent: a share of the volume must lie in 0..100"),
        ("dose_Gy,volume_percent\n-1,100\n10,50\n", "line 2, dose_Gy: a dose must lie in 0..10000 Gy"),
        ("dose_Gy,volume_percent\n0,100\n,50\n", "line 3, dose_Gy: the cell is empty"),
        ("dose_Gy,volume_mL\n0,0\n10,0\n", "a region has a volume, got 0 mL"),
        ("dose_Gy,volume_percent,volume_mL\n0,100,50\n30,50,40\n", "line 3: 40 mL are not 50 % of the region's 50 mL"),
        ("dose_Gy,volume_percent,region_volume_mL\n0,100,50\n30,50,60\n", "a region has one volume, got 50 and 60 mL"),
        ("region,dose_Gy,volume_percent\na,0,100\na,40,0\nb,0,100\n", "has histograms of 2 regions (a, b): name one"),
        ("subject,dose_Gy,volume_percent\nA,0,100\nB,40,0\n", "rows of A and of B: a histogram is one curve"),
        ("of,dose_Gy,volume_percent\nexternal beam,0,100\n", "it has no row of a dose by radionuclide"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_histogram_is_refused_at_its_place(tmp_path: Path, rows: str, sentence: str) -> None:
    (tmp_path / "own.csv").write_text(rows)
    with pytest.raises(CannotAnswerError) as error:
        asked(histogram=tmp_path / "own.csv")
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"region": "liver"}, "region", "is of histograms, and none is given"),
        ({"limit_on": "D2"} | LIMIT, "limit_on", "is of histograms"),
        ({"histogram": OWN, "limit_on": "D2"}, "limit_on", "and there is none"),
        ({"histogram": OWN, "fraction": 0.0} | LIMIT, "fraction", "lies above 0"),
        ({"histogram": OWN, "external_fractions": 3}, "external_fractions", "is of an external histogram"),
        ({"histogram": OWN, "external_region": "x"}, "external_region", "is of an external histogram"),
        ({"external_histogram": BEAM}, "external_fractions", "must be given: in how many"),
        ({"histogram": OWN, "dose": "2Gy"}, "histogram", "the mean of the histogram is 20 Gy, and the parts give 2 Gy"),
        (
            {"histogram": [{"region_volume_mL": 20} | one for one in OWN], "external_fractions": 30,
             "external_histogram": [{"region_volume_mL": 40} | one for one in BEAM]},
            "external_histogram",
            "two histograms of one region have its volume, got 20 and 40 mL",
        ),
        (
            {"external_histogram": [{"fractions": "25"} | one for one in BEAM], "external_fractions": 30},
            "external_fractions",
            "is of 25 fractions by its column",
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_by_its_field(given: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(QuestionError) as error:
        asked(**given)
    assert error.value.fields[0] == field
    assert sentence in str(error.value)


@pytest.mark.parametrize("columns", [("subject", "subject"), ("patient", "patient"), ("Subject", "Patient ID")])
def test_two_subjects_are_not_added_up(columns: tuple[str, str]) -> None:
    with pytest.raises(CannotAnswerError, match="the histograms are of two subjects, A and B"):
        asked(
            histogram=[{columns[0]: "A"} | one for one in OWN],
            external_histogram=[{columns[1]: "B"} | one for one in BEAM],
            external_fractions=30,
        )


def test_an_unknown_region_has_its_nearest_names() -> None:
    with pytest.raises(CannotAnswerError, match="has no region 'parotid'; nearest are parotids"):
        asked(histogram=DATA / "dvh.csv", region="parotid")


def test_what_decides_is_said() -> None:
    said = " ".join(asked(histogram=OWN, dose="15Gy")["because"])
    assert "the mean of the histogram is 20 Gy and the parts give 15 Gy" in said
    said = " ".join(both(dose_error=10)["because"])
    assert "intervals are of BED and EQD2 by mean doses, not over the volume" in said
    assert "the volume is not told by both histograms" in said
    said = " ".join(asked(external_histogram=BEAM, external_fractions=30)["because"])
    assert "its 20 Gy are taken as even over the region" in said
    cut = [*BEAM[:1], {"dose_Gy": 40, "volume_percent": 33}]
    said = " ".join(asked(external_histogram=cut, external_fractions=30)["because"])
    assert "ends at 40 Gy with 33 % of the volume: nothing is taken to receive more" in said
