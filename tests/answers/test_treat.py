"""The questions of `treat` asked from Python: what belongs together, and values in place of words."""

from __future__ import annotations

from typing import Any

import pytest

from hevesy.answers.door import ask
from hevesy.errors import QuestionError
from hevesy.render.text import as_text
from hevesy.study.dose import Dose, LinearQuadratic

KIDNEYS = LinearQuadratic(alpha_beta_Gy=2, repair_half_life_h=1, effective_half_life_h=3)
BED = Dose(amount=3.7, basis="BED", organ="kidneys", effect=KIDNEYS)


def test_a_level_is_the_same_in_words_and_as_a_value() -> None:
    given = {"nuclide": "Lu-177", "organ_dose": "1Gy/GBq"}
    words = ask("treat prescribe", level="3.7Gy", organ="kidneys", bed="2Gy,1h,3h", **given)
    assert words.document == ask("treat prescribe", level=BED, **given).document
    assert words.document == ask("treat prescribe", level=3.7, organ="kidneys", bed=KIDNEYS, **given).document


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"level": "2Gy"}, "organ", "names the organ that limits it"),
        ({"level": "0Gy", "organ": "liver"}, "level", "must be positive, got 0 Gy"),
        ({"level": "0mCi/m2"}, "level", "must be positive"),
        ({"level": "7.4GBq", "organ": "liver"}, "level", "belong to a level in Gy"),
        ({"level": BED, "bed": KIDNEYS}, "level", "belong to a level in Gy"),
        ({"level": "2Gy", "organ": "liver", "bed": "2Gy,1h"}, "bed", "the two half-lives are needed"),
        ({"level": "2Gy", "organ": "liver", "bed": "0Gy,1h,1h"}, "bed", "must be positive, got 0"),
        ({"level": "7.4GBq", "fractions": 4}, "interval", "exactly when there are several fractions"),
        ({"level": "7.4GBq", "calibrated": "8GBq@2026-01-05T08:00Z"}, "infusion", "the start of the infusion"),
        (
            {"level": "7.4GBq", "calibrated": "8GBq@2026-01-05T08:00", "infusion": "2026-01-05T09:00Z"},
            "calibrated",
            "has no time zone",
        ),
    ],
)
def test_a_prescription_is_refused_by_its_field(given: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(QuestionError, match=words) as refused:
        ask("treat prescribe", nuclide="I-131", **given)
    assert refused.value.fields == (field,)


@pytest.mark.parametrize(
    ("given", "fields", "words"),
    [
        ({}, ("mass", "semi_axes"), "give either masses"),
        ({"mass_g": [1.0], "semi_axes": "1cm,1cm,2cm"}, ("mass", "semi_axes"), "give either masses"),
        ({"semi_axes_cm": [1.0, 2.0]}, ("semi_axes",), "three semi-axes"),
        (
            {"mass": "1g", "nuclide": "Zr-89"},
            ("chain",),
            "the daughters of Zr-89 matter .*Y-89m 257 %.* stays, leaves or is",
        ),
        ({"mass": "1g", "nuclide": "Ac-225"}, ("chain",), "Po-213 141 %, At-217 121 %, Fr-221 109 %"),
        (
            {"mass": "1g", "nuclide": "Tb-149", "chain": "equilibrium"},
            ("chain",),
            "never comes to equilibrium with Eu-145",
        ),
    ],
)
def test_a_sphere_is_refused_by_its_field(given: dict[str, object], fields: tuple[str, ...], words: str) -> None:
    with pytest.raises(QuestionError, match=words) as refused:
        ask("treat sphere", **{"nuclide": "I-131"} | given)
    assert refused.value.fields == fields


def whole_cell(chain: str) -> float:
    factors: Any = ask("treat cell", nuclide="Ac-225", radius="5um", chain=chain).document["s_mGy_per_MBq_s"]
    return float(factors["cell"]["cell"])


def test_a_cell_does_not_answer_without_daughters_that_matter() -> None:
    with pytest.raises(QuestionError, match="the daughters of Ac-225 matter") as refused:
        ask("treat cell", nuclide="Ac-225", radius="5um")
    assert refused.value.fields == ("chain",)
    with pytest.raises(QuestionError, match="the daughters of Ra-223 matter"):
        ask("treat cell", nuclide="I-131", radius="5um", against="Ra-223")
    alone, whole = (whole_cell(chain) for chain in ("leaves", "stays"))
    assert 3 < whole / alone < 4.8  # four alphas for one; those of the daughters are faster and leave less in a cell


def test_the_page_of_a_nuclide_says_what_other_evaluations_have_and_why_one_was_taken() -> None:
    found: Any = ask("treat nuclide", "Th-227").document
    assert [(one["evaluation"], one["taken"]) for one in found["evaluations"]] == [
        ("JEFF-4.0", True),
        ("ENDF/B-VIII.1", False),
        ("JENDL-5", False),
    ]
    assert "ENDF/B-VIII.1 releases 101.4 % of Q" in found["evaluations"][0]["reason"]
    assert found["mean_energy_keV"]["photon"] == pytest.approx(found["evaluations"][0]["photon_keV"], rel=1e-5)
    assert set(found["spread"]) == {"electron", "photon", "alpha"}
    assert not found["warnings"]
    assert "JEFF-4.0 decay sublibrary" in found["half_life_source"]
    assert "JEFF-4.0 decay sublibrary" in found["source"]


def test_a_nuclide_whose_energy_does_not_add_up_says_so() -> None:
    found = ask("treat nuclide", "Cd-111m")
    document: Any = found.document
    (warning,) = document["warnings"]
    assert "98.34 %" in warning
    assert warning in as_text(found.blocks)


def test_what_is_computed_is_not_said_to_be_left_out() -> None:
    """Spheres and cells carry Auger electrons and X rays, which the file of radiations does not hold."""
    for command, of in (("treat sphere", {"mass": "1g"}), ("treat cell", {"radius": "5um"}), ("treat nuclide", {})):
        given = {"nuclide": "I-125"} if of else {"name": "I-125"}
        found: Any = ask(command, **given, **of).document
        told = " ".join(found["because"]) + str(found.get("source", ""))
        assert "left out" not in told
        assert (
            "taken from ENDF/B-VIII.1 decay sublibrary: gammas, conversion electrons, captures; computed: X rays"
            in told
        )
        assert "not for DNA work" in told


def test_the_page_of_a_nuclide_tells_its_daughters() -> None:
    """Zr-89 goes to Y-89m in 99.88 % (ENDF/B-VIII.1), whose 909 keV gamma carries 2.6 times Zr-89's own energy."""
    found: Any = ask("treat nuclide", name="Zr-89").document["daughters"]
    assert found[0]["nuclide"] == "Y-89m"
    assert found[0]["decays_if_the_chain_stays"] == pytest.approx(0.9988, abs=1e-4)
    assert found[0]["energy_over_own"] == pytest.approx(0.9988 * 909 / 352.7, rel=0.01)
    iodine: Any = ask("treat nuclide", name="I-131").document["daughters"]
    assert iodine[0]["decays_in_equilibrium"] is None
