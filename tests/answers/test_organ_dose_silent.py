"""Cases that would give a wrong dose in silence: refused, or said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hevesy
from hevesy.conduct.organ_dose import patient_doses
from hevesy.errors import HevesyError
from hevesy.files.case import Beside, read_case

DATA = Path(__file__).parent / "data" / "case"
CASE = (DATA / "CASE.toml").read_text()
BY_IMAGES = CASE[CASE.index("[marrow.images]") : CASE.index("[[limit]]")]
OF_KIDNEYS = 'organ = "Kidneys"\ndose = "23Gy"'


def asked(folder: Path, *changes: tuple[str, str]) -> dict[str, Any]:
    text = CASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "CASE.toml").write_text(text)
    document = dict(hevesy.organ_dose(folder / "CASE.toml", beside=[DATA / "made-up.csv"]).document)
    json.dumps(document, allow_nan=False)
    return document


@pytest.mark.parametrize(
    "change",
    [
        ('tia = "5.2 GBq h"', 'tia = "5200 GBq h"'),
        ('residence_time = "60h"', 'residence_time = "60d"'),
        ('administered = "7.4GBq"\n', 'administered = "7.4MBq"\n'),
        ('"31MBq", "24MBq", "17.5MBq", "9.3MBq", "5MBq"', '"31GBq", "24GBq", "17.5GBq", "9.3GBq", "5GBq"'),
    ],
)
def test_more_decays_than_were_given_are_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    with pytest.raises(HevesyError, match="all decays of"):
        asked(tmp_path, change)


def test_a_little_more_is_said(tmp_path: Path) -> None:
    found = asked(tmp_path, ('residence_time = "60h"', 'residence_time = "272h"'))
    assert any("all decays of 7400 MBq are 2.056e+06 MBq h" in one for one in found["warnings"])


def test_blood_that_held_hardly_any_is_asked_for_its_unit(tmp_path: Path) -> None:
    assert not any("is its unit another" in one for one in asked(tmp_path)["warnings"])
    found = asked(tmp_path, ('tia = "4 MBq h/mL"', 'tia = "4 kBq h/mL"'))
    assert any("in 5 L 0.0027 h of the 7400 MBq given: hardly any" in one for one in found["warnings"])


@pytest.mark.parametrize("unit", ["Gy/(MBq s)", "Gy/(GBq h)", "mGy/(MBq h)", "rad/(uCi h)"])
def test_a_table_in_another_unit_breaks_the_conservation_of_energy(tmp_path: Path, unit: str) -> None:
    with pytest.raises(HevesyError, match=r"has 573 keV|keep little of the energy"):
        asked(tmp_path, ('unit = "mGy/(MBq s)"', f'unit = "{unit}"'))
    assert not any("energy" in one for one in asked(tmp_path)["warnings"])


def test_a_mass_in_another_unit_is_said(tmp_path: Path) -> None:
    found = asked(tmp_path, ('mass = "280g"', 'mass = "2.8kg"'))
    assert any("Kidneys weighs 2800 g here and 300 g in the table" in one for one in found["warnings"])


def test_marrow_by_blood_alone_in_marrow_disease_keeps_no_limit(tmp_path: Path) -> None:
    found = asked(tmp_path, (BY_IMAGES, ""), (OF_KIDNEYS, OF_KIDNEYS.replace("Kidneys", "Red Mar.")))
    (limit,) = found["limits"]
    assert limit["verdict"] == "not told: the dose is a lower bound"
    assert any("the dose is a lower bound" in one for one in found["warnings"])
    (limit,) = asked(tmp_path, (BY_IMAGES, ""), (OF_KIDNEYS, 'organ = "Red Mar."\ndose = "0.5Gy"'))["limits"]
    assert limit["verdict"].startswith("above")
    (limit,) = asked(
        tmp_path, (BY_IMAGES, ""), (OF_KIDNEYS, OF_KIDNEYS.replace("Kidneys", "Red Mar.")),
        ("disease_in_marrow = true", "disease_in_marrow = false"),
    )["limits"]  # fmt: skip
    assert limit["verdict"] == "below"


def test_a_half_life_of_the_effect_beyond_the_nuclide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HevesyError, match=re.escape("not above the nuclide's, 192.605 h, got 700 h")):
        asked(tmp_path, ('half_life = "70h"', 'half_life = "700h"'))


def test_it_is_said_of_which_label_the_activities_are(tmp_path: Path) -> None:
    told = " ".join(asked(tmp_path)["because"])
    assert "told are of I-131, for 7400 MBq; points are of I-124, after 185 MBq" in told


def test_warnings_of_fits_have_their_region(tmp_path: Path) -> None:
    found = asked(tmp_path, ('imaged_administered = "185MBq"', 'imaged_administered = "18.5MBq"'))
    assert any(one.startswith("Liver: the curve begins at") for one in found["warnings"])


def test_noise_of_two_fitted_regions_is_their_own() -> None:
    """Both near the bound of decay alone, so that their draws are of fits: independent points, independent integrals."""
    times, decay = (4, 24, 48, 96, 144), 100.224
    region = "\n".join(
        f'[[region]]\nname = "{name}"\nat = {[f"{one}h" for one in times]}\n'
        f"activity = {[f'{share * 2 ** (-one / decay):.4f}MBq' for one in times]}\n"
        f"uncertainty = {['5%'] * 5}\ndecay_corrected = false\n"
        for name, share in (("Liver", 35.0), ("Spleen", 12.0))
    ).replace("'", '"')
    made = patient_doses(read_case(CASE[: CASE.index("[[region]]")] + region), Beside(DATA))
    assert {one.by for one in made.fitted} == {"Monte Carlo"}
    drawn = made.inputs.drawn()
    correlation = np.corrcoef(drawn["Liver: activity"], drawn["Spleen: activity"])[0, 1]
    assert abs(correlation) < 0.1


def test_a_case_that_begins_with_a_byte_order_mark_is_the_same(tmp_path: Path) -> None:
    plain = asked(tmp_path)
    (tmp_path / "CASE.toml").write_text(CASE, encoding="utf-8-sig")
    marked = hevesy.organ_dose(tmp_path / "CASE.toml", beside=[DATA / "made-up.csv"]).document
    assert marked["organs"] == plain["organs"]


THE_REST = '[[region]]\nname = "rest"\nresidence_time = "60h"\ntia_uncertainty = "8%"\n'


def test_doses_without_a_rest_of_the_body_are_lower_bounds(tmp_path: Path) -> None:
    """The dose of an organ that is no source was a tenth of what it is with the rest, and its limit was kept."""
    of_body = (OF_KIDNEYS, 'organ = "Total Body"\ndose = "23Gy"')
    whole, less = asked(tmp_path, of_body), asked(tmp_path, of_body, (THE_REST, ""))
    assert whole["limits"][0]["met"] == "kept"
    assert less["limits"][0]["met"] == "part is missing"
    assert less["limits"][0]["dose_Gy"] < whole["limits"][0]["dose_Gy"]
    assert any(one.startswith("no rest of the body is told") for one in less["warnings"])
    assert not any(one.startswith("no rest of the body is told") for one in whole["warnings"])


def test_a_region_that_is_the_whole_body_tells_the_rest(tmp_path: Path) -> None:
    body = THE_REST.replace('name = "rest"', 'name = "Tot Body"')
    assert asked(tmp_path, (THE_REST, body))["limits"][0]["met"] == "kept"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (('name = "lesion"', 'name = "Kidneys"'), "two regions are called 'Kidneys'"),
        (('name = "lesion"', 'name = "Spleen"'), "'Spleen' has a dose as an organ too"),
        (('Spleen = "150g"', 'Splen = "150g"'), "table.mass: 'Splen' is neither a source nor a target of the table"),
    ],
)
def test_names_that_are_of_two_or_of_none_are_refused(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    with pytest.raises(HevesyError, match=re.escape(sentence)):
        asked(tmp_path, change)


def test_a_tumour_is_not_called_as_the_remainder_of_the_body(tmp_path: Path) -> None:
    with pytest.raises(HevesyError, match="a tumour is called 'rest', which is the remainder of the body"):
        asked(tmp_path, (THE_REST, ""), ('name = "lesion"', 'name = "rest"'))


def test_an_effect_takes_no_curve_of_a_region_that_is_another_organ(tmp_path: Path) -> None:
    """A region that is called Spleen and is the liver of the table: the spleen has no curve."""
    effect = '\n[[effect]]\norgan = "Spleen"\nalpha_beta = "2.5Gy"\nrepair_half_life = "2.8h"\nsource = "made up"\n'
    with pytest.raises(HevesyError, match="effect: Spleen has no curve fitted: its half_life must be told"):
        asked(
            tmp_path,
            ('name = "Liver"', 'name = "Spleen"\nsource = "Liver"\ntarget = "Liver"'),
            ("\n[[limit]]", effect + "\n[[limit]]"),
        )
