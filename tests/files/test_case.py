"""CASE.toml: what decides a dose is told there, or the case is refused by its place and nothing is done."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import hevesy
from hevesy.answers.answer import Answer
from hevesy.errors import HevesyError
from hevesy.files.case import read_case
from hevesy.nuclides.library import nuclide
from tests.tiers import cases

DATA = Path(__file__).parents[1] / "answers" / "data" / "case"

CASE = """subject = "1-01"
nuclide = "I-131"
imaged = "I-124"
administered = "7.4GBq"
imaged_administered = "185MBq"
method = "s-table"
purpose = "therapy"

[table]
layout = "olinda"
files = ["made-up.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-131"
total_body = "Tot Body"

[table.mass]
Liver = "1800g"
Spleen = "150g"
"Red Mar." = "1200g"
"Tot Body" = "73kg"

[calibration]
on = 2016-01-04
uncertainty = "3%"

[[region]]
name = "Liver"
at = ["4h", "24h", "48h", "96h"]
activity = ["31MBq", "24MBq", "17.5MBq", "9.3MBq"]
uncertainty = ["5%", "5%", "5%", "0.5MBq"]
decay_corrected = false
mass = "1650g"
mass_uncertainty = "4%"
masses = "parenchyma"

[[region]]
name = "Spleen"
tia = "5.2 GBq h"
tia_uncertainty = "6%"

[[limit]]
organ = "Liver"
dose = "30Gy"
source = "made up"

[marrow]
source = "Red Mar."
mass = "1100g"
masses = "parenchyma"
disease_in_marrow = false

[marrow.blood]
tia = "4 MBq h/mL"
haematocrit = 0.38
"""
SECOND = """
[[region]]
name = "Kidneys"
at = ["4h", "24h", "48h", "96h"]
activity = ["3MBq", "2MBq", "1.5MBq", "1MBq"]
uncertainty = ["5%", "5%", "5%", "5%"]
"""


def answered(folder: Path, text: str) -> Answer:
    (folder / "made-up.csv").write_text((DATA / "made-up.csv").read_text())
    (folder / "CASE.toml").write_text(text)
    return hevesy.organ_dose(case=folder / "CASE.toml")


def test_the_case_that_the_refusals_are_made_from_is_answered(tmp_path: Path) -> None:
    words = answered(tmp_path, CASE).words
    assert "Liver" in words
    assert "Spleen" in words


REFUSED = {
    "unit missing": ('unit = "mGy/(MBq s)"\n', "", "table.unit: the unit of the S values must be given"),
    "unit of a quantity missing": ('"5.2 GBq h"', '"5.2"', "region[2].tia: a unit of activity over time is missing"),
    "unit of another quantity": (
        '"5.2 GBq h"',
        '"5.2 GBq"',
        "region[2].tia: 'GBq' is not a unit of activity over time",
    ),
    "unit of an activity missing": ('"7.4GBq"', '"7400"', "administered: a unit of activity is missing"),
    "masses undeclared": ('masses = "parenchyma"\nalpha', "alpha", "table.masses: must be given, 'with blood'"),
    "alpha weight undeclared": ("alpha_weight = 1\n", "", "table.alpha_weight: must be given: 1 where the table holds"),
    "daughters undeclared": ('daughters = "none matter"\n', "", "table.daughters: must be given, one of 'none matter'"),
    "daughters another word": ('"none matter"', '"some"', "table.daughters: must be one of none matter, nuclide alone"),
    "table of another nuclide": ('nuclide = "I-131"\ntotal', 'nuclide = "Lu-177"\ntotal', "the table is of Lu-177"),
    "no table": ('method = "s-table"', 'method = "icrp133"', "icrp133: must be given: method icrp133 needs [icrp133]"),
    "limit without source": ('source = "made up"\n', "", "limit[1].source: must be given: a limit without its source"),
    "organ unknown": ('organ = "Liver"', 'organ = "Lever"', "limit: 'Lever' has no dose here; nearest are Liver"),
    "region unknown": ('name = "Spleen"', 'name = "Splen"', "'Splen' is no source of the table; nearest are Spleen"),
    "region twice": ('name = "Spleen"', 'name = "Liver"', "two regions are called 'Liver'"),
    "source twice": (
        'name = "Spleen"',
        'name = "x"\nsource = "Liver"',
        "the source 'Liver' of the table is told of twice",
    ),
    "times not increasing": (
        '["4h", "24h", "48h"',
        '["4h", "48h", "24h"',
        "region[1].at: times rise, got 24 h after 48 h",
    ),
    "times twice": ('["4h", "24h", "48h"', '["4h", "24h", "24h"', "region[1].at: times rise, got 24 h after 24 h"),
    "a time without a unit": ('["4h", "24h"', '["4", "24h"', "region[1].at: a unit of time is missing"),
    "a point short": ('"48h", "96h"]', '"48h"]', "region[1].at: 3 times, 4 activities and 4 uncertainties"),
    "an uncertainty of nothing": ('"0.5MBq"]', '"0MBq"]', "region[1].uncertainty: of a point lies above 0"),
    "an activity below nothing": ('"9.3MBq"]', '"-9.3MBq"]', "region[1].at: times and activities are 0 or more"),
    "decay not told": ("decay_corrected = false\n", "", "region[1].decay_corrected: must be given: false where"),
    "corrected, with what?": (
        "decay_corrected = false",
        "decay_corrected = true",
        "region[1].corrected_with: must be given",
    ),
    "corrected with another nuclide": (
        "decay_corrected = false",
        'decay_corrected = true\ncorrected_with = "I-131"',
        "region[1].corrected_with: activities were corrected with I-131, and I-124 was measured",
    ),
    "not corrected, with what?": (
        "decay_corrected = false",
        'decay_corrected = false\ncorrected_with = "I-124"',
        "region[1].corrected_with: is of activities that are decay-corrected",
    ),
    "mixed": (
        '\n[[region]]\nname = "Spleen"',
        SECOND + 'decay_corrected = true\ncorrected_with = "I-124"\n\n[[region]]\nname = "Spleen"',
        "CASE.toml: region[2] is decay-corrected and region[1] is not: tell all activities in one way",
    ),
    "what was given for imaging": (
        'imaged_administered = "185MBq"\n',
        "",
        "imaged_administered: must be given: points are of I-124",
    ),
    "points and their integral": (
        "decay_corrected = false",
        'decay_corrected = false\ntia = "3 GBq h"',
        "got tia and at",
    ),
    "neither": ('tia = "5.2 GBq h"\n', "", "region[2].tia: one of tia (as in '12 MBq h'), residence_time"),
    "masses of two kinds": (
        'masses = "parenchyma"\n\n[[region]]',
        'masses = "with blood"\n\n[[region]]',
        "the own mass of Liver is with blood and the table's masses are of parenchyma alone",
    ),
    "masses of an own mass undeclared": (
        '"4%"\nmasses = "parenchyma"',
        '"4%"',
        "region[1].masses: must be given beside a mass",
    ),
    "an own mass without the table's": (
        'Liver = "1800g"\n',
        "",
        "Liver has a mass of its own, and what it weighs in the table's phantom is not",
    ),
    "an own mass without a row": (
        'name = "Liver"',
        'name = "Tot Body"',
        "Tot Body has a mass of its own, and no target of the table is called so: name it by `target` of that region; "
        "nearest are Total Body",
    ),
    "a haematocrit in percent": (
        "haematocrit = 0.38",
        "haematocrit = 38",
        "marrow.blood.haematocrit: lies in 0.1..0.7",
    ),
    "no haematocrit": ("haematocrit = 0.38\n", "", "marrow.blood.haematocrit: is needed, or the ratio"),
    "disease undeclared": ("disease_in_marrow = false\n", "", "marrow.disease_in_marrow: must be given, true or false"),
    "a misspelt key": ("mass_uncertainty", "mass_uncertainity", "region[1].mass_uncertainity: this key is not known"),
    "no such nuclide": (
        'nuclide = "I-131"\nimaged',
        'nuclide = "I-113"\nimaged',
        "CASE.toml, nuclide: nuclide 'I-113' is not",
    ),
    "absurd": ('"7.4GBq"', '"-7.4GBq"', "administered: must be positive, got -7.4GBq"),
    "a day that is none": ("on = 2016-01-04", 'on = "January"', "calibration.on: must be a date"),
    "effective dose of a therapy": (
        "[[limit]]",
        '[effective_dose]\nsource = "made up"\nthyroid_blocked = true\n\n[effective_dose.weights]\nLiver = 1\n\n[[limit]]',
        "effective_dose: is for diagnostic activities alone (purpose is therapy)",
    ),
    "a file that is not there": ('"made-up.csv"', '"other.csv"', "other.csv: No such file or directory"),
    "an effect without source": (
        "[[limit]]",
        '[[effect]]\norgan = "Liver"\nalpha_beta = "3Gy"\nrepair_half_life = "1h"\n\n[[limit]]',
        "effect[1].source: must be given",
    ),
    "an effect without a curve": (
        "[[limit]]",
        '[[effect]]\norgan = "Spleen"\nalpha_beta = "3Gy"\nrepair_half_life = "1h"\nsource = "made up"\n\n[[limit]]',
        "effect: Spleen has no curve fitted: its half_life must be told",
    ),
    "one point": (
        '["4h", "24h", "48h", "96h"]\nactivity = ["31MBq", "24MBq", "17.5MBq", "9.3MBq"]\nuncertainty = ["5%", "5%", "5%", "0.5MBq"]',
        '["4h"]\nactivity = ["31MBq"]\nuncertainty = ["5%"]',
        "Liver: 1 point, and mono has 2 parameters: one point tells no half-life",
    ),
}


@pytest.mark.parametrize(("old", "new", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_case_that_leaves_or_mixes_what_decides_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in CASE
    with pytest.raises(HevesyError) as refused:
        answered(tmp_path, CASE.replace(old, new, 1))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CASE.toml", "made-up.csv"], "nothing was written"


def test_points_corrected_for_decay_are_those_that_were_there() -> None:
    half_life = nuclide("I-124").half_life_h
    plain = read_case(CASE).regions[0].activity.points
    assert plain is not None
    corrected = [one * 2 ** (time / half_life) for one, time in zip(plain.activity_MBq, plain.elapsed_h, strict=True)]
    text = CASE.replace(
        'activity = ["31MBq", "24MBq", "17.5MBq", "9.3MBq"]',
        "activity = " + str([f"{one!r}MBq" for one in corrected]),
    ).replace("decay_corrected = false", 'decay_corrected = true\ncorrected_with = "124I"')
    back = read_case(text).regions[0].activity.points
    assert back is not None
    assert back.activity_MBq == pytest.approx(plain.activity_MBq, rel=1e-12)
    assert back.standard_uncertainty_MBq[:3] == pytest.approx(plain.standard_uncertainty_MBq[:3], rel=1e-12)


def test_shares_and_activities_say_the_same() -> None:
    plain = read_case(CASE).regions[0].activity.points
    shares = CASE.replace(
        'activity = ["31MBq", "24MBq", "17.5MBq", "9.3MBq"]',
        "fraction = " + str([f"{100 * one / 185!r}%" for one in (31, 24, 17.5, 9.3)]),
    ).replace('"0.5MBq"]', '"5%"]')
    found = read_case(shares).regions[0].activity.points
    assert plain is not None
    assert found is not None
    assert found.activity_MBq == pytest.approx(plain.activity_MBq, rel=1e-12)


def test_a_residence_time_is_of_what_was_administered() -> None:
    text = CASE.replace('tia = "5.2 GBq h"', 'residence_time = "42min"')
    assert read_case(text).regions[1].activity.tia_MBq_h == pytest.approx(0.7 * 7400)


LINES = CASE.splitlines()
ODD = (
    "",
    "x",
    "[",
    "[[region]]",
    "= 3",
    'name = ""',
    "mass = 3",
    "at = 4",
    'at = ["h"]',
    "tia = true",
    "files = []",
    "on = 1",
)


@pytest.mark.parametrize("seed", range(cases(400)))
def test_an_odd_case_is_answered_or_refused_in_one_sentence(tmp_path: Path, seed: int) -> None:
    """Lines taken away, written twice, put elsewhere or made odd: nothing but a sentence comes of it."""
    chance = random.Random(seed)
    lines = list(LINES)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, chance.choice(LINES))
            case 2:
                lines[place] = chance.choice(ODD)
            case _:
                lines[place] = lines[place].replace('"', chance.choice(["", "'", '"9e', '"-']), 1)
    try:
        words = answered(tmp_path, "\n".join(lines)).words
    except HevesyError as refused:
        words = str(refused)
        assert "\n" not in words
    assert words
    assert "Traceback" not in words
    assert "nan" not in words.split()
