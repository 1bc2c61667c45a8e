"""The question of a patient's organ doses: three ways behind one, and what is told beside a dose."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.answers.answer import Answer
from hevesy.errors import CannotAnswerError, DeliveryError
from hevesy.nuclides.library import nuclide
from tests.conftest import reference

DATA = Path(__file__).parent / "data" / "case"
WHOLE = (DATA / "CASE.toml").read_text()


def answered(folder: Path, text: str, beside: tuple[Path, ...] = (), **files: str) -> Answer:
    (folder / "made-up.csv").write_text((DATA / "made-up.csv").read_text())
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content)
    (folder / "CASE.toml").write_text(text)
    return hevesy.organ_dose(case=folder / "CASE.toml", beside=beside)


def document_of(answer: Answer) -> Any:
    """An answer's data, untyped."""
    return answer.document


def named(document: Any, kind: str, name: str, key: str = "name") -> Any:
    return next(one for one in document[kind] if one[key] == name)


def test_the_made_up_case_by_hand() -> None:
    """Every dose from the table's cells, the told activities and the masses, without the program's own functions."""
    document = document_of(hevesy.organ_dose(case=DATA / "CASE.toml"))
    tia = {one["name"]: one["tia_MBq_h"] for one in document["sources"]}
    assert tia["Kidneys"] == 5200
    assert tia["rest"] == pytest.approx(60 * 7400)
    marrow = 1100 / 0.123
    regions = {"Liver": 1800, "Kidneys": 300, "Red Mar.": 1200}
    rest_g = 73_000 - sum(regions.values())
    row = {"Liver": 2.0e-7, "Kidneys": 1.4e-6, "Red Mar.": 2.4e-7, "Tot Body": 8.1e-7}
    rest = (row["Tot Body"] * 73_000 - sum(row[name] * mass for name, mass in regions.items())) / rest_g
    by_hand = 3.6 * (
        tia["Liver"] * row["Liver"] + 5200 * row["Kidneys"] + marrow * row["Red Mar."] + tia["rest"] * rest
    )
    spleen = named(document, "organs", "Spleen")
    assert spleen["dose_Gy"] == pytest.approx(by_hand, rel=1e-12)
    assert spleen["dose_per_activity_Gy_per_GBq"] == pytest.approx(by_hand / 7.4)
    assert spleen["own_share"] is None
    assert named(document, "organs", "Liver")["own_share"] > 0.9


def test_the_label_is_exchanged_before_the_dose() -> None:
    """What decays in the liver is I-131, by the I-124 that was seen: its curve lies higher and longer."""
    document = document_of(hevesy.organ_dose(case=DATA / "CASE.toml"))
    fitted = named(document, "fits", "Liver", "region")
    half_life_124, half_life_131 = nuclide("I-124").half_life_h, nuclide("I-131").half_life_h
    share, times = (31 / 185, 24 / 185, 17.5 / 185, 9.3 / 185, 5 / 185), (4, 24, 48, 96, 144)
    label = [one * 2 ** (t / half_life_124 - t / half_life_131) for one, t in zip(share, times, strict=True)]
    trapezoid = sum((a + b) / 2 * (y - x) for a, b, x, y in zip(label, label[1:], times, times[1:], strict=False))
    assert fitted["tia_h"] > trapezoid + label[0] * 4
    slope = math.log(label[2] / label[4]) / 96
    assert fitted["tia_h"] == pytest.approx(trapezoid + label[0] * 4 + label[4] / slope, rel=0.03)
    assert named(document, "sources", "Liver")["tia_MBq_h"] == pytest.approx(7400 * fitted["tia_h"])


def test_marrow_is_told_both_ways_and_blood_as_a_lower_bound() -> None:
    blood, images = document_of(hevesy.organ_dose(case=DATA / "CASE.toml"))["marrow"]
    assert (blood["way"], blood["lower_bound"]) == ("blood", True)
    assert (images["way"], images["lower_bound"]) == ("images", False)
    assert blood["tia_MBq_h"] == pytest.approx(4 * 0.19 / 0.62 * 1100)
    assert images["tia_MBq_h"] == pytest.approx(1100 / 0.123)
    assert blood["dose_Gy"] < images["dose_Gy"]
    assert "a lower bound" in hevesy.organ_dose(case=DATA / "CASE.toml").words


def test_the_mass_of_marrow_falls_out_of_its_dose_by_blood(tmp_path: Path) -> None:
    """What is in it rises with its mass as what it is divided by does: own dose and its error are those of no mass."""
    alone = WHOLE.replace("[marrow.images]", "[unused]")
    alone = alone[: alone.index("[unused]")] + alone[alone.index("[[limit]]") :]
    alone = alone[: alone.index("[[limit]]")]
    light = document_of(answered(tmp_path, alone))["marrow"][0]
    heavy = document_of(answered(tmp_path, alone.replace('"1100g"', '"1500g"')))["marrow"][0]
    assert heavy["own_share"] * heavy["dose_Gy"] == pytest.approx(light["own_share"] * light["dose_Gy"], rel=1e-9)
    own = dict(light["uncertainty_parts"])
    certain = document_of(answered(tmp_path, alone.replace('mass_uncertainty = "10%"', "")))["marrow"][0]
    assert own["volume"] == pytest.approx(dict(certain["uncertainty_parts"])["volume"], rel=1e-6)


def test_a_source_without_an_uncertainty_leaves_the_doses_that_it_makes_without_one(tmp_path: Path) -> None:
    text = WHOLE.replace('tia = "5.2 GBq h"\ntia_uncertainty = "6%"', 'tia = "5.2 GBq h"')
    document = document_of(answered(tmp_path, text))
    kidneys = named(document, "organs", "Kidneys")
    assert kidneys["standard_error_Gy"] is None
    assert kidneys["dose_Gy"] > 0
    assert named(document, "organs", "Liver")["standard_error_Gy"] is not None, "kidneys bring it less than 1 %"
    assert "activity of Kidneys" in document["untold"]


def test_recovery_that_was_not_applied_is_applied_once(tmp_path: Path) -> None:
    before = named(document_of(answered(tmp_path, WHOLE)), "tumours", "lesion")
    after = named(
        document_of(answered(tmp_path, WHOLE.replace("applied = true", "applied = false"))), "tumours", "lesion"
    )
    recovery = 1 / (1 + (1.2 / 14) ** 0.9)
    assert before["recovery"] == after["recovery"] == pytest.approx(recovery)
    assert after["dose_Gy"] == pytest.approx(before["dose_Gy"] / recovery)


def test_a_tumour_is_the_sphere_of_its_mass(tmp_path: Path) -> None:
    lesion = named(document_of(answered(tmp_path, WHOLE)), "tumours", "lesion")
    (sphere,) = document_of(hevesy.sphere_dose_factor(nuclide="I-131", mass="14g"))["spheres"]
    assert lesion["dose_Gy"] == pytest.approx(2400 * 3.6 * sphere["s_mGy_per_MBq_s"])


def test_a_limit_is_laid_beside_its_organ_with_its_source(tmp_path: Path) -> None:
    (limit,) = document_of(answered(tmp_path, WHOLE))["limits"]
    kidneys = named(document_of(answered(tmp_path, WHOLE)), "organs", "Kidneys")
    assert limit["reached"] == pytest.approx(kidneys["dose_Gy"] / 23)
    assert limit["verdict"] == "below"
    near = WHOLE.replace('dose = "23Gy"', f'dose = "{1.1 * kidneys["dose_Gy"]:.6f}Gy"')
    assert "within the interval" in document_of(answered(tmp_path, near))["limits"][0]["verdict"]


def test_the_effect_of_an_organ_is_that_of_its_own_curve(tmp_path: Path) -> None:
    liver, lesion = document_of(answered(tmp_path, WHOLE))["effects"]
    fitted = named(document_of(answered(tmp_path, WHOLE)), "fits", "Liver", "region")
    assert fitted["model"] == "mono"
    dose = named(document_of(answered(tmp_path, WHOLE)), "organs", "Liver")["dose_Gy"]
    assert liver["bed_Gy"] == pytest.approx(dose * (1 + liver["lea_catcheside"] * dose / 2.5) + 10 * (1 + 2 / 2.5))
    assert lesion["lea_catcheside"] == pytest.approx(1.5 / (1.5 + 70), rel=1e-12)


def voxel_answer(**change: object) -> str:
    """As the first part answers, by its keys."""
    parts = {"statistics": 0.8, "model": 4.0, "nuclide": 0.3}
    return json.dumps(
        {
            "nuclide": "I-131",
            "method": "transport",
            "regions": [
                {"region": "liver", "mean_Gy": 2.0, "uncertainty_parts_percent": parts},
                {"region": "spleen", "mean_Gy": 3.0, "uncertainty_parts_percent": {**parts, "statistics": 2.0}},
            ],
            "warnings": [],
            **change,
        }
    )


TRANSPORT = """subject = "1-01"
nuclide = "I-131"
administered = "3.7GBq"
method = "transport"
voxel_dose = "dose.json"

[calibration]
on = 2016-01-04
uncertainty = "3%"

[[limit]]
organ = "spleen"
dose = "2Gy"
source = "made up"
"""


def test_transport_is_a_way_behind_the_same_question(tmp_path: Path) -> None:
    document = document_of(answered(tmp_path, TRANSPORT, dose=voxel_answer()))
    spleen = named(document, "organs", "spleen")
    assert document["method"] == "transport"
    assert spleen["dose_Gy"] == 3.0
    assert spleen["standard_error_Gy"] == pytest.approx(3.0 * math.hypot(0.02, 0.04, 0.003, 0.03))
    assert spleen["dose_per_activity_Gy_per_GBq"] == pytest.approx(3 / 3.7)
    assert document["limits"][0]["verdict"] == "above"


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (voxel_answer(nuclide="Lu-177"), "dose.json is of Lu-177, and doses are asked for of I-131"),
        ("{}", "dose.json is no answer of"),
        ("[", "dose.json is no answer of"),
    ],
)
def test_another_s_transport_is_refused(tmp_path: Path, content: str, rule: str) -> None:
    with pytest.raises(DeliveryError, match=rule):
        answered(tmp_path, TRANSPORT, dose=content)


def test_icrp_133_is_a_way_behind_the_same_question(tmp_path: Path) -> None:
    """Against MIRDcalc's table told as a table: the same sources and what remains not asked for."""
    folder = reference("icrp/I-131.json").parent
    tables = tuple(reference(f"svalues/am_i131svalue_{one}.json") for one in ("beta", "gamma", "alpha"))
    head = 'subject = "1-01"\nnuclide = "I-131"\nadministered = "100MBq"\n'
    regions = "".join(
        f'\n[[region]]\nname = "{name}"\nresidence_time = "{hours}h"\ntia_uncertainty = "5%"\n'
        for name, hours in (("Liver", 10), ("Spleen", 3))
    )
    icrp = 'method = "icrp133"\nchain = "leaves"\n[icrp133]\nfolder = "icrp"\nphantom = "AM"\n'
    icrp += 'masses = "with blood"\nicrp107 = "icrp"\n'
    table = 'method = "s-table"\n[table]\nlayout = "mirdcalc"\n'
    table += f"files = {[one.name for one in tables]}\n"
    table += 'unit = "mGy/(MBq s)"\nmasses = "with blood"\nalpha_weight = 1\ndaughters = "nuclide alone"\n'
    ours = document_of(answered(tmp_path, head + icrp + regions, (folder,)))
    theirs = document_of(answered(tmp_path, head + table + 'nuclide = "I-131"\n' + regions, tables))
    for name in ("Liver", "Spleen", "Kidneys", "Pancreas", "Thyroid"):
        one, other = named(ours, "organs", name), named(theirs, "organs", name)
        assert one["dose_Gy"] == pytest.approx(other["dose_Gy"], rel=0.006)
        assert one["own_share"] == (None if other["own_share"] is None else pytest.approx(other["own_share"], abs=1e-4))


DIAGNOSTIC = """subject = "1-01"
nuclide = "I-124"
administered = "7.5mCi"
method = "s-table"
purpose = "diagnostic"

[table]
layout = "olinda"
files = ["made-up.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-124"

[[region]]
name = "Liver"
residence_time = "2h"
tia_uncertainty = "5%"

[effective_dose]
source = "made up"
thyroid_blocked = true

[effective_dose.weights]
Liver = 0.3
Kidneys = 0.7
"""


def test_the_example_of_the_page_is_answered_and_a_male_has_no_ovaries(tmp_path: Path) -> None:
    folder = reference("icrp/I-131.json").parent
    page = Path(__file__).parents[2] / "docs" / "reference" / "case.md"
    text = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    told = document_of(answered(tmp_path, text, (folder,)))
    organs = [one["name"] for one in told["organs"]]
    assert {"Kidneys", "R-marrow", "Testes"} <= set(organs)
    assert not {"Ovaries", "Uterus"} & set(organs)
    assert [one["organ"] for one in told["effects"]] == ["Kidneys"]
    assert len(told["tumours"]) == len(told["marrow"]) == len(told["limits"]) == 1


def test_effective_dose_is_of_a_diagnostic_activity_alone(tmp_path: Path) -> None:
    document = document_of(answered(tmp_path, DIAGNOSTIC))
    doses = [named(document, "organs", name)["dose_Gy"] for name in ("Liver", "Kidneys")]
    assert document["effective_dose_mSv"] == pytest.approx(1000 * (0.3 * doses[0] + 0.7 * doses[1]))
    assert any("not of this patient; thyroid blocked" in str(one) for one in document["because"])


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"2h"', '"140h"', "Liver receives .* where tissues react"),
        ("Liver = 0.3", "Lever = 0.3", "effective_dose: 'Lever' has no dose here; nearest are Liver"),
    ],
)
def test_effective_dose_is_refused_where_it_says_nothing(tmp_path: Path, old: str, new: str, rule: str) -> None:
    with pytest.raises(CannotAnswerError, match=rule):
        answered(tmp_path, DIAGNOSTIC.replace(old, new))


def test_daughters_that_matter_are_not_told_away(tmp_path: Path) -> None:
    actinium = DIAGNOSTIC.replace("I-124", "Ac-225")
    actinium = actinium[: actinium.index("[effective_dose]")]
    with pytest.raises(CannotAnswerError, match=r"table\.daughters: the daughters of Ac-225 matter"):
        answered(tmp_path, actinium)
    alone = actinium.replace('"none matter"', '"nuclide alone"').replace("alpha_weight = 1", "alpha_weight = 5")
    told = document_of(answered(tmp_path, alone))["warnings"]
    assert any("leaves the daughters of Ac-225 out" in str(one) for one in told)
    assert any("alphas times 5: they are no absorbed doses" in str(one) for one in told)
    with pytest.raises(CannotAnswerError, match="alphas weigh 20 in it"):
        answered(tmp_path, alone + DIAGNOSTIC[DIAGNOSTIC.index("[effective_dose]") :])


def test_the_same_case_gives_the_same_draws(tmp_path: Path) -> None:
    assert document_of(answered(tmp_path, WHOLE)) == document_of(answered(tmp_path, WHOLE))


@pytest.mark.parametrize("name", ["/etc/passwd", "../made-up.csv", "x/../../made-up.csv"])
def test_a_case_names_no_file_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(DeliveryError, match="what a case names lies beside it"):
        answered(tmp_path, WHOLE.replace("made-up.csv", name))


def test_a_table_elsewhere_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.csv").write_text((DATA / "made-up.csv").read_text())
    text = WHOLE.replace("made-up.csv", "mine.csv")
    found = document_of(answered(tmp_path, text, (tmp_path / "elsewhere" / "mine.csv",)))
    assert found["organs"] == document_of(answered(tmp_path, WHOLE))["organs"]
