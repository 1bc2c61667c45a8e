"""S values and doses by a model, as asked: what is said of a choice, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.errors import HevesyError
from tests.answers.asking import DATA
from tests.conftest import reference
from tests.files.phantom_files import files, hash_of

FOLDER = DATA / "icrp133"
ACCEPT = [hash_of(text)[:12] for text in files().values()]
MODEL = {"saf_folder": FOLDER, "tissue_weights": DATA / "weights.txt", "accept_sha256": ACCEPT}


def answered(command: str, *positional: object, **given: object) -> Any:
    """The data of an answer."""
    return hevesy.ask(command, *positional, **given).document


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"compatibility": "mirdcalc"}, "MIRDcalc's reading is of ICRP 107: give icrp107"),
        ({"nuclide": "Ac-225"}, "the daughters of Ac-225 matter"),
        ({"alpha_weight": 0.0}, "a weight of alphas lies above 0, got 0"),
        ({"accept_sha256": []}, "is none of the files of ICRP Publication 133"),
        ({"accept_sha256": [*ACCEPT, "abc"]}, "of a SHA-256 12 to 64 hexadecimal digits are needed"),
        ({"phantom": "male"}, "AM"),
        ({"saf_folder": DATA / "pet"}, "no file is the table of photons"),
        ({"nuclide": "I-131 "}, "nearest are"),
        ({"masses": "lean"}, "parenchyma"),
    ],
)
def test_what_cannot_be_told_is_refused(given: dict[str, object], rule: str) -> None:
    asked = {"nuclide": "I-131", "phantom": "AM", "saf_folder": FOLDER, "accept_sha256": ACCEPT, **given}
    if asked["nuclide"] == "I-131 ":
        asked["nuclide"] = "J-131"
    with pytest.raises(HevesyError, match=rule.replace("(", r"\(")):
        hevesy.ask("treat s-values", **asked)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (
            "acc   Liver     Liver",
            "acc   Liver     Lever",
            "the model has activity in Lever, which is no source region",
        ),
        ("I-131", "I-129", "nuclide 'I-129' is not known"),
        ("$(half * 4)", "$(half * x)", "line 22: nothing is called x here"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(old: str, new: str, rule: str, tmp_path: Path) -> None:
    text = (DATA / "iodide.inp").read_text(encoding="utf-8")
    (tmp_path / "m.inp").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(HevesyError, match=rule):
        hevesy.ask("treat biokinetics", tmp_path / "m.inp", **MODEL)


def test_weights_that_do_not_add_up_and_blocks_without_uptake_are_refused(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("T wT\nLiver 0.5\nMuscle 0.4\n")
    with pytest.raises(HevesyError, match="tissue weights add up to 1"):
        hevesy.ask("treat biokinetics", DATA / "iodide.inp", **{**MODEL, "tissue_weights": tmp_path / "w.txt"})
    for blocked, rule in (
        ("Thyroid=0", "nothing comes into 'Thyroid'"),
        ("Liver", "as in Thyroid=0.02"),
        ("Liver=3", "a share of 0 to 1 is left, got 3"),
    ):
        with pytest.raises(HevesyError, match=rule):
            hevesy.ask("treat biokinetics", DATA / "iodide.inp", **MODEL, blocked=[blocked])


def test_a_file_that_was_accepted_is_told_in_every_answer() -> None:
    found = hevesy.ask("treat s-values", nuclide="Lu-177", phantom="AM", saf_folder=FOLDER, accept_sha256=ACCEPT)
    assert found.words.count("was accepted") == 5
    assert "rcp-am_photon_made-up.SAF is none of the files of 2016-08-12" in found.words


@pytest.mark.parametrize(("phantom", "route"), [("AM", "inj"), ("AF", "ing")])
def test_icrps_own_files_are_answered_as_the_contract_has_it(phantom: str, route: str) -> None:
    folder = reference("icrp")
    both = {"saf_folder": folder, "icrp107": folder}
    found = answered("treat s-values", nuclide="I-131", phantom=phantom, **both, compatibility="mirdcalc")
    told = json.loads(reference(f"svalues/{phantom.lower()}_i131svalue_gamma.json").read_text())["Svalues"]
    spleen, liver = found["targets"].index("Spleen"), found["sources"].index("Liver")
    photons = float(told["Liver"]["Spleen"])
    # Betas bring the spleen a ten-thousandth of what the liver's photons do.
    assert found["s_mGy_per_MBq_s"][spleen][liver] == pytest.approx(photons, rel=1e-3)
    assert "straight lines" in " ".join(found["because"])
    dose = answered(
        "treat biokinetics", folder / f"I-124_{route}.inp", **both, tissue_weights=folder / "wT.txt", activity="5mCi"
    )
    assert dose["effective_mSv"] == pytest.approx(185 * dose["effective_mSv_per_MBq"])
    shut = answered(
        "treat biokinetics",
        folder / f"I-124_{route}.inp",
        **both,
        tissue_weights=folder / "wT.txt",
        activity="7.5mCi",
        blocked=["Thyroid=0"],
    )
    assert shut["effective_mSv"] < 0.1 * dose["effective_mSv"]
    assert any("blocked: 0 % of the model's is left" in one for one in shut["because"])


def test_an_activity_that_is_no_diagnosis_is_said_and_a_block_told_twice_is_refused() -> None:
    model = DATA / "iodide.inp"
    little = answered("treat biokinetics", model, **MODEL, activity="1MBq")
    assert not any("tissues react" in one for one in little["warnings"])
    much = answered("treat biokinetics", model, **MODEL, activity="7.4GBq")
    assert any("of 7400 MBq, and from 500 mSv on tissues react" in one for one in much["warnings"])
    with pytest.raises(HevesyError, match="Liver is blocked twice"):
        answered("treat biokinetics", model, **MODEL, blocked=["Liver=0.1", "Liver=0.1"])
