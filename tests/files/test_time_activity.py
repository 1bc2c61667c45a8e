"""Curves as delivered: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.errors import HevesyError
from hevesy.files.tables import read_table
from hevesy.files.time_activity import DeliveredCurves, curves_in


def read(folder: Path, text: str, **more: object) -> DeliveredCurves:
    path = folder / "c.csv"
    path.write_text(text)
    return curves_in(read_table(path), "I-124", **more)  # type: ignore[arg-type]


def test_units_are_those_of_the_columns(tmp_path: Path) -> None:
    told = read(tmp_path, "elapsed_d,activity_percent,uncertainty\n1,12,0.5\n2,8,0.4\n")
    (one,) = told.curves
    assert one.elapsed_h == (24.0, 48.0)
    assert one.activity_fractions == pytest.approx((0.12, 0.08))
    assert one.standard_uncertainties == pytest.approx((0.005, 0.004))


def test_shares_corrected_for_decay_get_it_back(tmp_path: Path) -> None:
    text = "elapsed_h,activity_fraction,uncertainty\n0.0,0.2,0.01\n100.224,0.2,0.01\n"
    (one,) = read(tmp_path, text, corrected_to_h=0.0).curves
    assert one.activity_fractions == pytest.approx((0.2, 0.1))
    (later,) = read(tmp_path, text, corrected_to_h=100.224).curves
    assert later.activity_fractions == pytest.approx((0.4, 0.2))


def test_a_column_says_the_same(tmp_path: Path) -> None:
    text = "elapsed_h,activity_fraction,uncertainty,decay_corrected_to_h\n0,0.2,0.01,0\n100.224,0.2,0.01,0\n"
    assert read(tmp_path, text).curves[0].activity_fractions == pytest.approx((0.2, 0.1))


def test_regions_keep_their_order_and_may_be_mixed(tmp_path: Path) -> None:
    text = "region,elapsed_h,activity_fraction,uncertainty\nspleen,4,0.1,0.01\nliver,4,0.2,0.01\nspleen,24,0.05,0.01\n"
    assert [(one.region, one.elapsed_h) for one in read(tmp_path, text).curves] == [
        ("spleen", (4.0, 24.0)),
        ("liver", (4.0,)),
    ]


def test_without_uncertainties_shares_weigh_by_themselves(tmp_path: Path) -> None:
    told = read(tmp_path, "elapsed_h,activity_fraction\n4,0.2\n24,0.1\n")
    assert not told.uncertain
    assert told.curves[0].standard_uncertainties == (0.2, 0.1)


HEAD = "elapsed_h,activity_fraction,uncertainty\n"
REFUSED = {
    "some rows corrected, in own words": (
        "elapsed_h,activity_fraction,uncertainty,decay\n4,0.2,0.01,corrected\n24,0.18,0.01,as measured\n",
        "column 'decay' seems to say of which nuclide shares are, or how their decay was corrected",
    ),
    "a label in own words": ("Isotope,elapsed_h,activity_fraction\nI-131,4,0.2\n", "column 'Isotope' seems to say"),
    "corrected, yes or no": ("elapsed_h,activity_fraction,Decay Corrected\n4,0.2,yes\n", "'Decay Corrected' seems"),
    "a time without unit": ("elapsed,activity_fraction,uncertainty\n4,0.2,0.01\n", "'elapsed' has no unit"),
    "an activity without unit": ("elapsed_h,activity,uncertainty\n4,0.2,0.01\n", "'activity' has no unit"),
    "an error without unit": ("elapsed_h,activity_fraction,sd\n4,0.2,0.01\n", "'sd' has no unit"),
    "an error as Excel calls it": ("elapsed_h,activity_fraction,SD\n4,0.2,0.01\n", "'SD' has no unit"),
    "regions under another name": (
        "Organ,elapsed_h,activity_fraction,uncertainty\nliver,4,0.2,0.01\n",
        "'Organ' seems to name regions",
    ),
    "becquerels in the place of shares": (
        "elapsed_h,activity_kBq,uncertainty\n4,200,10\n",
        "'activity_kBq' is an activity, and shares of the administered are needed",
    ),
    "activity twice": ("elapsed_h,activity_fraction,activity_percent\n4,0.2,20\n", "an activity twice"),
    "no rows": (HEAD, "no rows"),
    "times that fall": (f"{HEAD}24,0.1,0.01\n4,0.2,0.01\n", "line 3, elapsed_h: 4 h follows 24 h"),
    "a time twice": (f"{HEAD}4,0.1,0.01\n4,0.2,0.01\n", "line 3, elapsed_h: 4 h stands twice"),
    "before the injection": (f"{HEAD}-4,0.1,0.01\n", "line 2, elapsed_h: -4 h lies before"),
    "below nothing": (f"{HEAD}4,-0.1,0.01\n", "line 2, activity_fraction: -0.1 of the administered is below 0"),
    "more than was given": (f"{HEAD}4,1.2,0.01\n", "1.2 is more than was given"),
    "percent": (f"{HEAD}4,12,0.01\n", "were percent meant"),
    "no uncertainty": (f"{HEAD}4,0.2,0\n", "a standard uncertainty lies above 0, got 0"),
    "an empty cell": (f"{HEAD}4,,0.01\n", "line 2, activity_fraction: the cell is empty"),
    "another nuclide": (
        "nuclide,elapsed_h,activity_fraction,uncertainty\nI-131,4,0.2,0.01\n",
        "line 2, nuclide: shares are of I-131, and I-124 was asked of",
    ),
    "corrected with another": (
        "elapsed_h,activity_fraction,uncertainty,decay_corrected_to_h,decay_corrected_with\n4,0.2,0.01,0,F-18\n",
        "decay was corrected with the half-life of F-18",
    ),
    "a nuclide in another case": (
        "Nuclide,elapsed_h,activity_fraction\nI-131,4,0.2\n",
        "column 'Nuclide' seems to say",
    ),
    "two names of one region": (
        "region,elapsed_h,activity_fraction,uncertainty\nLiver,4,0.2,0.01\nliver,24,0.18,0.01\n",
        "line 3, region: 'liver' and 'Liver' differ by case or blanks alone",
    ),
    "two cycles": (
        "Cycle,elapsed_h,activity_fraction,uncertainty\n1,4,0.2,0.01\n2,24,0.18,0.01\n",
        "Cycle: rows of 1 and of 2: curves are of one administration",
    ),
    "two patients, in two words": (
        "Patient ID,elapsed_h,activity_fraction,uncertainty\n1,4,0.2,0.01\n2,24,0.18,0.01\n",
        "Patient ID: rows of 1 and of 2: curves are of one subject",
    ),
    "a number of Python's": (f"{HEAD}0_4,0.2,0.01\n", "line 2, elapsed_h: '0_4' is not a number"),
    "partly corrected": (
        "elapsed_h,activity_fraction,uncertainty,decay_corrected_to_h\n4,0.2,0.01,0\n24,0.2,0.01,\n",
        "lines 2 and 3, decay_corrected_to_h: 0 and as measured",
    ),
    "a region without name": ("region,elapsed_h,activity_fraction\n,4,0.2\n", "a row without its region"),
    "nothing without its uncertainty": ("elapsed_h,activity_fraction\n4,0\n", "needs an uncertainty of its own"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(case: str, tmp_path: Path) -> None:
    text, words = REFUSED[case]
    with pytest.raises(HevesyError, match=words):
        read(tmp_path, text)


def test_what_the_file_says_and_what_is_told_agree(tmp_path: Path) -> None:
    text = "elapsed_h,activity_fraction,uncertainty,decay_corrected_to_h\n4,0.2,0.01,\n"
    with pytest.raises(HevesyError, match=r"says as measured .decay_corrected_to_h., and 0 h was told"):
        read(tmp_path, text, corrected_to_h=0.0)


def test_more_than_was_given_where_it_is_meant(tmp_path: Path) -> None:
    assert read(tmp_path, f"{HEAD}0.5,1.02,0.03\n", above_one=True).curves[0].activity_fractions == (1.02,)


def test_columns_that_play_no_part_are_told(tmp_path: Path) -> None:
    told = read(tmp_path, "elapsed_h,activity_fraction,uncertainty,comment\n4,0.2,0.01,late\n24,0.1,0.01,\n")
    assert "columns that play no part: comment" in told.because
