"""Biokinetic models in FlexID's layout: what is read, and that what is not understood is refused where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.arithmetic import calculated
from hevesy.files.icrp_models import read_biokinetic_model, read_tissue_weights
from tests.answers.asking import DATA
from tests.conftest import reference

MADE_UP = (DATA / "iodide.inp").read_text(encoding="utf-8")


def test_a_model_is_read_to_the_last_line() -> None:
    found = read_biokinetic_model(DATA / "iodide.inp")
    names = [str(one) for one in found.compartments]
    moves = {(names[one.start], names[one.end]): round(one.per_h * 24, 9) for one in found.transfers}
    assert found.nuclides == ("I-131", "Xe-131m")
    assert [(names[place], share) for place, share in found.intake] == [("I-131/Blood", 1.0)]
    assert moves[("I-131/Blood", "I-131/Liver")] == 2.0
    assert moves[("Xe-131m/from I-131/Liver", "Xe-131m/Blood")] == pytest.approx(0.693 * 72, rel=1e-9)
    born = {(names[start], names[end]) for start, end in found.births}
    assert ("I-131/Blood", "Xe-131m/Blood") in born
    assert ("I-131/Liver", "Xe-131m/from I-131/Liver") in born
    assert found.compartments[names.index("Xe-131m/from I-131/Rest")].region == "Other"
    assert [one.name for one in found.compartments if one.excreted] == ["Urine", "Exhaled"]


@pytest.mark.parametrize(("name", "compartments"), [("I-131_inj", 29 + 14 + 13), ("I-124_ing", 29)])
def test_icrps_iodide_has_its_compartments(name: str, compartments: int) -> None:
    found = read_biokinetic_model(reference(f"icrp/{name}.inp"))
    assert len(found.compartments) == compartments
    gut = {
        str(found.compartments[one.end]): one.per_h * 24
        for one in found.transfers
        if found.compartments[one.start].name == "SI-con"
    }
    # Absorption of 0.99 of what leaves the small intestine at 6 per day.
    assert gut[f"{found.nuclides[0]}/Blood1"] == pytest.approx(0.99 * 6 / 0.01, rel=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("[title]", "title", "line 1: a model begins with a section"),
        ("[intake]", "[nuclide]", "the section [nuclide] stands twice"),
        ("[intake]", "[outtake]", "[outtake] is no section of a model of I-131, Xe-131m"),
        ("I-131  Xe-131m", "I-131  Xe131m", "line 5: names of nuclides are written as I-131"),
        ("I-131  Xe-131m", "I-131  Xe-131m I-131", "a nuclide stands twice"),
        ("I-131  Xe-131m", "I-131", "is no section of a model of I-131"),
        ("$if parent", "$if child", "line 8: a parameter is written as"),
        ("$endif", "", "line 8: $if without $endif"),
        ("${I}/half = 0.5", "${Jo}/half = 0.5", "'Jo' is no element"),
        ("${I}/half = 0.5", "${I}/half = __import__('os')", "is no arithmetic"),
        ("$(half * 4)", "$(halve * 4)", "line 22: nothing is called halve here; known are half"),
        ("$(half * 4)", "half * 4", "line 22: nothing is called half here; known are no names"),
        ("$(half * 4)", "$(half * 4", "is no arithmetic"),
        ("$(half * 4)", "$(4 / (half - half))", "divides by 0"),
        ("$(half * 4)", "-4", "line 22: a rate is 0 or more, got -4 per day"),
        ("$(half * 4)", "40%", "line 22: a rate per day stands here, got '40%'"),
        ("$(half * 4)", "---", "line 22: a rate per day stands here"),
        ("Blood       100.0%", "Blood       90%", "shares of an intake are 0 or more and together 1, got 0.9"),
        ("Blood       100.0%", "Blood       1.0", "a share of the intake is written in %"),
        ("Blood       100.0%", "Bloud       100%", "there is no compartment I-131/Bloud"),
        ("acc   Liver     Liver", "mix   Liver     Liver", "line 17: a compartment is written as acc, exc or inp"),
        ("acc   Liver     Liver", "acc   Liver", "line 17: a compartment is written as"),
        ("acc   Liver     Liver", "acc   Blood     Liver", "line 17: the compartment Blood of I-131 stands twice"),
        ("Liver    Blood    0.5", "Blood    Liver    0.5", "line 25: the transfer from Blood to Liver stands twice"),
        ("Liver    Blood    0.5", "Liver    Liver    0.5", "a transfer goes to another compartment"),
        ("Liver    Blood    0.5", "Urine    Blood    0.5", "nothing comes back from what was excreted"),
        ("Liver    Blood    0.5", "Liver    blood    0.5", "there is no compartment I-131/blood; there is I-131/Blood"),
        ("Liver    Blood    0.5", "Liver    Xe-131m/Blood    0.5", "transfers of I-131 end in its own compartments"),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(old: str, new: str, rule: str, tmp_path: Path) -> None:
    assert old in MADE_UP
    (tmp_path / "model.inp").write_text(MADE_UP.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeliveryError) as error:
        read_biokinetic_model(tmp_path / "model.inp")
    assert rule in str(error.value)
    assert str(error.value).startswith("model.inp")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(place=st.integers(0, len(MADE_UP) - 1), put=st.text(max_size=5))
def test_a_mutated_model_is_read_or_refused_in_one_sentence(place: int, put: str, tmp_path: Path) -> None:
    (tmp_path / "model.inp").write_bytes((MADE_UP[:place] + put + MADE_UP[place + 1 :]).encode(errors="replace"))
    told = ""
    try:
        assert read_biokinetic_model(tmp_path / "model.inp").compartments
    except DeliveryError as error:
        told = str(error)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 - 2 - 3", -4.0),
        ("2 * (3 + 4) / 7", 2.0),
        ("-(2)", -2.0),
        ("0.693 / (20/60/24)", 0.693 * 72),
        ("1e-3", 0.001),
        ("a - -a", 3.0),
        (".5*a", 0.75),
    ],
)
def test_arithmetic_is_that_of_school(text: str, value: float) -> None:
    assert calculated(text, {"a": 1.5}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "1 +", "(1", "1)", "a b", "a(1)", "1 ** 2", "1; 2", "1/0", "1e400", "(" * 50, "9" * 500, "2 // 1", "a.b"],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(RuleError):
        calculated(text, {"a": 1.5})


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("T wT\n", "has no tissue weights"),
        ("T wT\nLiver 0.04 kg\n", "line 2"),
        ("T wT\nLiver 4\n", "line 2: a target and a weight of 0 to 1"),
        ("T wT\nLiver 0.1\nLiver 0.2\n", "line 3: the target Liver stands twice"),
    ],
)
def test_tissue_weights_are_names_and_numbers(text: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text(text)
    with pytest.raises(DeliveryError, match=rule):
        read_tissue_weights(tmp_path / "w.txt")
