"""Organ doses by an S matrix: laws of the schema, masses, the remainder, and other programs' tables."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RuleError
from hevesy.files.icrp107 import read_icrp107
from hevesy.files.icrp133 import read_icrp133
from hevesy.files.s_value_tables import read_s_table
from hevesy.nuclides.library import emissions, nuclide
from hevesy.provenance import Source
from hevesy.radiation.s_values import SMatrix, s_matrix
from hevesy.study.case import STable
from hevesy.treat.dose_uncertainty import Inputs
from hevesy.treat.organ_dose import Gy_PER_MBq_h, OwnMass, SourceActivity, organ_doses, remainder
from tests.conftest import reference
from tests.tiers import cases

NAMES = ("a", "b", "c")
MASSES_g = (("a", 1500.0), ("b", 300.0), ("c", 60_000.0), ("body", 70_000.0))


def matrix(values: list[list[float]], **change: object) -> SMatrix:
    """A phantom of three regions and its body, whose S is that of its mass-weighted parts and of nothing else."""
    found = np.array(values)
    weights = np.array([mass for _, mass in MASSES_g[:3]] + [70_000 - 61_800])
    parts = np.hstack([found, np.full((3, 1), 1e-7)])
    plain = SMatrix(
        nuclide="I-131",
        phantom="of three regions",
        sources=(*NAMES, "body"),
        targets=NAMES,
        s_mGy_per_MBq_s=np.hstack([found, (parts @ weights / 70_000)[:, None]]),
        target_masses_g=MASSES_g[:3],
        source_masses_g=MASSES_g,
        masses="parenchyma",
        daughters="none matter",
        alpha_weight=1.0,
        because=(),
        source=Source(work="made up", locator="here"),
    )
    return replace(plain, **change) if change else plain  # type: ignore[arg-type]


PLAIN = [[2.4e-5, 1e-6, 2e-7], [1e-6, 9e-5, 3e-7], [2e-7, 3e-7, 6e-7]]


def source(name: str, tia_MBq_h: float) -> SourceActivity:
    return SourceActivity(name=name, source=name, target=name if name in NAMES else None, tia_MBq_h=tia_MBq_h)


def doses(of: SMatrix, sources: list[SourceActivity], **told: object) -> dict[str, float]:
    found, _ = organ_doses(of, sources, Inputs([]), **told)  # type: ignore[arg-type]
    return {one.name: one.dose_Gy for one in found}


@given(st.lists(st.floats(0, 1e5), min_size=3, max_size=3))
@settings(max_examples=cases(200))
def test_doses_are_the_matrix_times_decays(tia_MBq_h: list[float]) -> None:
    found = doses(matrix(PLAIN), [source(name, one) for name, one in zip(NAMES, tia_MBq_h, strict=True)])
    for row, name in enumerate(NAMES):
        joule_per_kg = sum(PLAIN[row][column] * 1e-3 * tia_MBq_h[column] * 3600 for column in range(3))
        assert found[name] == pytest.approx(joule_per_kg, rel=1e-12, abs=1e-30)


def test_a_body_filled_evenly_is_the_sum_of_its_regions_and_what_remains() -> None:
    """MIRD's formula of the remainder, by a law: the same decays, told at once and told apart."""
    whole = doses(matrix(PLAIN), [source("body", 700.0)])
    apart = [source("a", 15.0), source("b", 3.0), source("rest", 700.0 - 18.0)]
    parts = doses(matrix(PLAIN), apart, total_body="body")
    for name in NAMES:
        assert parts[name] == pytest.approx(whole[name], rel=1e-12)


def test_without_a_whole_body_what_remains_is_every_other_tissue_by_mass() -> None:
    masses = (("a", 1500.0), ("b", 300.0), ("c", 1000.0))
    rest, told = remainder(replace(matrix(PLAIN), source_masses_g=masses), ["a"], None)
    for row in range(3):
        assert rest[row] == pytest.approx((300 * PLAIN[row][1] + 1000 * PLAIN[row][2]) / 1300)
    assert "2 sources, 1300 g" in told


def test_a_whole_body_is_not_taken_for_a_tissue_beside_the_regions() -> None:
    """Nothing would be taken off it: OLINDA's liver 12 % too high, its kidneys 17 %."""
    with pytest.raises(RuleError, match=r"'c' weighs 60000 g and all other sources together 1800 g: is it the whole"):
        remainder(replace(matrix(PLAIN), source_masses_g=MASSES_g[:3]), ["a"], None)


@given(st.floats(0.3, 3.0), st.floats(0.0, 1.0))
@settings(max_examples=cases(200))
def test_own_masses_scale_self_dose_alone(ratio: float, share: float) -> None:
    table = matrix(PLAIN, self_electron_share=(("a", share),))
    sources = [source("a", 100.0), source("b", 50.0)]
    before = doses(table, sources)
    after = doses(table, sources, own={"a": OwnMass(mass_g=1500.0 * ratio, masses="parenchyma")})
    own, cross = 100 * 2.4e-5 * 3.6, 50 * 1e-6 * 3.6
    assert after["a"] == pytest.approx(own * (share / ratio + (1 - share) * ratio ** (-2 / 3)) + cross, rel=1e-12)
    assert {name: after[name] for name in "bc"} == {name: before[name] for name in "bc"}


def test_a_table_of_sums_says_what_was_scaled() -> None:
    sources, own = [source("a", 100.0)], {"a": OwnMass(mass_g=1200.0, masses="parenchyma")}
    _, because = organ_doses(matrix(PLAIN), sources, Inputs([]), own)
    assert any("the whole self dose went by 1/mass of a" in one for one in because)
    electron_keV = emissions("I-131").electron_keV
    found, because = organ_doses(matrix(PLAIN), sources, Inputs([]), own, electron_keV=electron_keV)
    electrons = electron_keV * 1.602176634e-13 * 1e6 / 1.5  # mGy per MBq s: J per decay, over 1.5 kg
    assert any(f"a {100 * electrons / 2.4e-5:.3g} %" in one for one in because)
    photons = 2.4e-5 - electrons
    by_hand = 100 * 3.6 * (electrons * 1500 / 1200 + photons * (1500 / 1200) ** (2 / 3))
    assert next(one.dose_Gy for one in found if one.name == "a") == pytest.approx(by_hand, rel=1e-12)


def test_an_own_mass_where_nothing_decays_changes_nothing_and_says_so() -> None:
    own = {"b": OwnMass(mass_g=200.0, masses="parenchyma")}
    found, because = organ_doses(matrix(PLAIN), [source("a", 100.0)], Inputs([]), own)
    assert {one.name: one.dose_Gy for one in found} == doses(matrix(PLAIN), [source("a", 100.0)])
    assert any("the own mass of b changes nothing" in one for one in because)


@pytest.mark.parametrize(
    ("sources", "told", "rule"),
    [
        (["rest"], {}, "the source that is the whole body must be named"),
        (["rest"], {"total_body": "bdy"}, "'bdy' is to be the whole body"),
        (["a", "rest"], {"total_body": "b"}, "the regions weigh 1500 g, the whole body 300 g: nothing remains"),
        (["d"], {}, "'d' is no source of the table; known are a, b, c, body"),
    ],
)
def test_a_remainder_that_is_none_is_refused(sources: list[str], told: dict[str, object], rule: str) -> None:
    alone = matrix(PLAIN) if "total_body" in told else replace(matrix(PLAIN), source_masses_g=())
    if rule.startswith("'d'"):
        alone = matrix(PLAIN)
    with pytest.raises(RuleError, match=rule):
        doses(alone, [source(one, 1.0) for one in sources], **told)


def test_masses_that_do_not_belong_to_the_table_are_refused() -> None:
    heavy = replace(matrix(PLAIN), source_masses_g=(("a", 9000.0), ("body", 70_000.0)))
    with pytest.raises(RuleError, match="the whole body gives a less than the regions in it do"):
        doses(heavy, [source("a", 1.0), source("rest", 1.0)], total_body="body")


OLINDA_MALE_g = (("Liver", 1800.0), ("Kidneys", 310.0), ("Spleen", 150.0), ("Thyroid", 20.0), ("Tot Body", 73_000.0))
"""ICRP Publication 89, adult male."""


def olinda(name: str) -> SMatrix:
    path = reference(f"svalues/olinda/ICRP89_DF_{name}-male.csv")
    return read_s_table(
        path.parent.joinpath,
        STable(
            layout="olinda",
            files=(path.name,),
            unit="mGy/(MBq s)",
            masses="parenchyma",
            alpha_weight=1.0,
            daughters="none matter",
            nuclide=name,
            mass_g=OLINDA_MALE_g,
            total_body="Tot Body",
        ),
    )


@pytest.mark.parametrize("name", ["I-131", "F-18", "Lu-177"])
def test_the_remainder_of_olinda_s_table_adds_up_to_its_body(name: str) -> None:
    """What is told apart and together gives every organ the same, but for regions that have none in the remainder."""
    of, regions = olinda(name), ("Liver", "Kidneys", "Spleen", "Thyroid")
    masses = dict(OLINDA_MALE_g)
    whole = doses(of, [source("Tot Body", 73.0)])
    rest_g = 73_000.0 - sum(masses[one] for one in regions)
    apart = [
        *(SourceActivity(name=one, source=one, target=one, tia_MBq_h=masses[one] / 1000) for one in regions),
        source("rest", rest_g / 1000),
    ]
    parts = doses(of, apart, total_body="Tot Body")
    for organ, dose_Gy in whole.items():
        assert parts[organ] == pytest.approx(dose_Gy, rel=1e-9)


def test_0_54_mSv_per_MBq_is_what_a_uniform_body_with_822_h_gives() -> None:
    """740 MBq of I-131 CLR1404 gave 400 mSv to marrow as a company told; 822 h is the half-life of carrier in plasma.

    It is a biological half-life: with I-131 it makes 156 h, and longer than physical decay nothing can be.
    """
    physical_h = nuclide("I-131").half_life_h
    effective_h = 822 * physical_h / (822 + physical_h)
    assert effective_h == pytest.approx(156, abs=0.1)
    assert physical_h < 822
    residence_h = effective_h / math.log(2)
    found = doses(olinda("I-131"), [source("Tot Body", residence_h)])
    per_MBq_mGy = {name: 1000 * dose_Gy for name, dose_Gy in found.items()}
    assert 0.56 <= per_MBq_mGy["Total Body"] <= 0.585
    assert per_MBq_mGy["Red Marrow"] < 400 / 740 < per_MBq_mGy["Total Body"]
    assert 0.95 < per_MBq_mGy["Total Body"] / (400 / 740) < 1.10


def test_tables_of_two_programs_and_icrp_s_own_files_give_one_dose() -> None:
    """MIRDcalc's table against S values made of ICRP 133 and 107 here: the same sources, every target of both."""
    names = {"Liver": "Liver", "Kidneys": "Kidneys", "Spleen": "Spleen", "Thyroid": "Thyroid", "Pancreas": "Pancreas"}
    paths = [reference(f"svalues/am_i131svalue_{carrier}.json") for carrier in ("beta", "gamma", "alpha")]
    icrp = reference("icrp/I-131.json").parent
    told = STable(
        layout="mirdcalc",
        files=tuple(path.name for path in paths),
        unit="mGy/(MBq s)",
        masses="with blood",
        alpha_weight=1.0,
        daughters="nuclide alone",
        nuclide="I-131",
    )
    mirdcalc = read_s_table(paths[0].parent.joinpath, told)
    own = s_matrix(read_icrp133(icrp, "AM"), read_icrp107(icrp, "I-131"))
    sources = [source_of(one, 100.0 * (place + 1)) for place, one in enumerate(names)]
    theirs, ours = doses(mirdcalc, sources), doses(own, sources)
    for name in names.values():
        assert ours[name] == pytest.approx(theirs[name], rel=0.006), "their beta table is read 0.41 % high"
    shares = dict(mirdcalc.self_electron_share), dict(own.self_electron_share)
    for name in names:
        assert shares[1][name] == pytest.approx(shares[0][name], abs=2e-3)


def source_of(name: str, tia_MBq_h: float) -> SourceActivity:
    return SourceActivity(name=name, source=name, target=name, tia_MBq_h=tia_MBq_h)


def test_the_share_of_electrons_worked_out_is_that_of_a_table_that_has_it() -> None:
    """OLINDA's sums, electrons by energy over mass; ICRP 133 scaled to the same masses tells them apart."""
    icrp = reference("icrp/I-131.json").parent
    made = s_matrix(read_icrp133(icrp, "AM"), read_icrp107(icrp, "I-131"), masses="parenchyma")
    for name in ("Liver", "Kidneys", "Spleen", "Thyroid"):
        _, because = organ_doses(
            olinda("I-131"),
            [source_of(name, 1.0)],
            Inputs([]),
            {name: OwnMass(mass_g=100.0, masses="parenchyma")},
            electron_keV=emissions("I-131").electron_keV,
        )
        share = next(float(one.rpartition(f"{name} ")[2].removesuffix(" %")) for one in because if "worked out" in one)
        ratio = dict(made.target_masses_g)[name] / dict(OLINDA_MALE_g)[name]
        electrons = dict(made.self_electron_share)[name]
        assert share / 100 == pytest.approx(electrons, abs=0.06), (name, ratio)
    assert Gy_PER_MBq_h == pytest.approx(3600 / 1000)


@given(st.floats(0, 1), st.floats(0, 1e5))
@settings(max_examples=cases(100))
def test_what_is_taken_off_a_source_gives_its_own_dose_alone(share: float, tia_MBq_h: float) -> None:
    body, part = source("body", tia_MBq_h), source("b", share * tia_MBq_h)
    apart = doses(matrix(PLAIN), [body.without(part), part])
    by_hand = doses(matrix(PLAIN), [source("body", tia_MBq_h - share * tia_MBq_h), part])
    assert apart == pytest.approx(by_hand, rel=1e-9, abs=1e-12)
    assert sum(one.tia_MBq_h for one in body.without(part).parts) == pytest.approx(
        body.without(part).tia_MBq_h, abs=1e-9
    )


def test_more_than_there_is_cannot_be_taken_off() -> None:
    with pytest.raises(RuleError, match="b: together 5 MBq h, and body, which they are in, holds 4"):
        source("body", 4.0).without(source("b", 5.0))
