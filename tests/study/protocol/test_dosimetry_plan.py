"""The chapter [dosimetry]: what a plan must declare, and what it is refused without."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from hevesy.errors import DeliveryError, FieldError, RuleError
from hevesy.files.protocol import read_protocol
from hevesy.study.limits import Limit
from hevesy.study.protocol import DosimetryPlan, DosimetryRegion
from tests.conftest import ROOT

SHIPPED = Path(str(resources.files("hevesy"))) / "examples" / "dosimetry131" / "protocol.toml"
PLAN = """
[study]
id = "D"
title = "Doses"
nuclide = "131I"
[[dose_level]]
number = 1
activity = "20 mCi"
[dosimetry]
measured = "I124"
disease_in_marrow = true
[[dosimetry.time_point]]
planned = "4 h"
tolerance = "1 h"
[[dosimetry.time_point]]
planned = "1 d"
tolerance = "3 h"
[[dosimetry.region]]
name = "kidneys"
alpha_beta = "2.6 Gy"
repair_half_life = "2.8 h"
effect_source = "MIRD 20"
[[dosimetry.region]]
name = "lesion 1"
is = "lesion"
[[dosimetry.limit]]
region = "kidneys"
of = "BED"
limit = "40 Gy"
source = "Barone 2005"
[dosimetry.s_values]
table = "OLINDA 2.2, adult male"
masses = "parenchyma"
daughters = "none matter"
alpha_weight = 1.0
[[dosimetry.published]]
region = "kidneys"
dose = "0.54 mGy/MBq"
source = "someone"
stands_on = "a uniform body"
"""
WAYS = (
    PLAN.replace('source = "Barone 2005"', 'source = "Barone 2005"\n[[dosimetry.region]]\nname = "red marrow"', 1)
    + """
[dosimetry.marrow]
region = "red marrow"
ratio_is = "told"
ratio = 0.9
ratio_source = "someone"
ratio_uncertainty_percent = 15
model = "bi"
"""
)
WAYS = WAYS.replace(
    "alpha_weight = 1.0\n",
    """alpha_weight = 1.0
nuclide = "131I"
uncertainty_percent = 8
[[dosimetry.s_values.pair]]
target = "kidneys"
source = "kidneys"
s = "0.36 Gy/(GBq h)"
electron_share = 0.9
[[dosimetry.s_values.pair]]
target = "red marrow"
source = "kidneys"
s = "3.7e-4 Gy/(MBq h)"
[[dosimetry.s_values.mass]]
region = "kidneys"
mass = "0.31 kg"
""",
    1,
)


def test_a_chapter_is_read_with_the_librarys_names_and_internal_units() -> None:
    plan = read_protocol(PLAN).dosimetry
    assert plan is not None
    assert plan.measured == "I-124"
    assert [one.planned_h for one in plan.time_points] == [4.0, 24.0]
    assert plan.region("kidneys").repair_half_life_h == 2.8
    assert plan.limits[0].amount_Gy == 40.0
    assert plan.published[0].dose_Gy_per_GBq == 0.54
    assert plan.model == "by AICc"


def test_pairs_are_read_in_whatever_unit_they_stand_and_marrow_by_its_ratio() -> None:
    plan = read_protocol(WAYS).dosimetry
    assert plan is not None
    assert plan.s_values is not None
    assert plan.marrow is not None
    own, other = plan.s_values.pairs
    assert own.s_mGy_per_MBq_per_s == pytest.approx(1e-4, rel=1e-12)
    assert other.s_mGy_per_MBq_per_s == pytest.approx(3.7e-4 * 1e3 / 3600, rel=1e-12)
    assert plan.s_values.table_masses[0].mass_g == 310
    assert plan.s_values.nuclide == "I-131"
    assert plan.marrow.ratio == 0.9


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('source = "kidneys"\ns = "3.7', 'source = "kidney"\ns = "3.7', ".s_values.pair[2].source: 'kidney' is no region of the plan (name, or phantom); nearest are kidneys"),
        ('target = "red marrow"', 'target = "spleen"', ".s_values.pair[2].target: 'spleen' is no region of the plan"),
        ('target = "red marrow"\nsource = "kidneys"', 'target = "kidneys"\nsource = "kidneys"', ".s_values.pair: a pair stands once, 'kidneys from kidneys' stands 2 times"),
        ('source = "kidneys"\ns = "3.7', 'source = "lesion 1"\ns = "3.7', ".s_values.pair[2].source: 'lesion 1' is no region"),
        ('s = "0.36 Gy/(GBq h)"', 's = "0.36"', ".s_values.pair[1].s: a unit of s value is missing"),
        ('s = "0.36 Gy/(GBq h)"', 's = "0.36 Gy/GBq"', ".s_values.pair[1].s: 'Gy/GBq' is not a unit of s value"),
        ('s = "0.36 Gy/(GBq h)"', 's = "0.36 Gy/(Bq s)"', ".s_values.pair[1].s: lies below 1000 mGy/(MBq s)"),
        ('s = "0.36 Gy/(GBq h)"', 's = "0 Gy/(GBq h)"', ".s_values.pair[1].s: must be positive"),
        ("electron_share = 0.9", "electron_share = 90", ".s_values.pair[1].electron_share: lies in 0..1, got 90"),
        ('nuclide = "131I"\nuncertainty', "uncertainty", ".s_values.nuclide: must be given: whose decays the pairs count"),
        ('nuclide = "131I"\nuncertainty', 'nuclide = "I-124"\nuncertainty', ".s_values.nuclide: must be the label that treats, I-131: S values are of its decays, got those of I-124"),
        ('region = "kidneys"\nmass', 'region = "kidny"\nmass', ".s_values.mass[1].region: 'kidny' is no target or source of a pair; nearest are kidneys"),
        ('mass = "0.31 kg"', 'mass = "0.31"', ".s_values.mass[1].mass: a unit of tissue mass is missing"),
        ('mass = "0.31 kg"', 'mass = "310 kg"', ".s_values.mass[1].mass: lies below"),
        ("uncertainty_percent = 8", 'uncertainty_percent = 8\ntotal_body = "Tot Body"', ".s_values.total_body: 'Tot Body' is no source of a pair"),
        ("uncertainty_percent = 8", 'uncertainty_percent = 8\ntotal_body = "kidneys"', ".s_values.total_body: 'kidneys' is a region of the plan, and no organ"),
        ('ratio = 0.9\n', "", ".marrow.ratio: must be given: the ratio of marrow to blood is by haematocrit, or told"),
        ("ratio = 0.9", "ratio = 90.0", ".marrow.ratio: of marrow to blood lies above 0 and up to 5, got 90"),
        ('ratio_source = "someone"\n', "", ".marrow.ratio_source: must be given: a ratio that is told has a source"),
        ('ratio_is = "told"', 'ratio_is = "by haematocrit"', ".marrow.ratio: is not told beside the haematocrit"),
        ('[dosimetry.marrow]\nregion = "red marrow"', '[dosimetry.marrow]\nregion = "marrow"', ".marrow.region: 'marrow' is no region of the plan; nearest are red marrow"),
        ('[dosimetry.marrow]\nregion = "red marrow"', '[dosimetry.marrow]\nregion = "lesion 1"', ".marrow.region: is an organ, and lesion 1 is none"),
        ('name = "red marrow"', 'name = "red marrow"\nphantom = "kidneys"', ".region: a name in the table of S values stands once, 'kidneys' stands 2 times"),
        ('name = "red marrow"', 'name = "red marrow"\nremainder_by = "what regions leave"', ".region[3].remainder_by: is of the remainder of the body, and red marrow is none"),
    ],
)  # fmt: skip
def test_ways_to_a_dose_that_do_not_fit_are_refused_by_their_place(old: str, new: str, sentence: str) -> None:
    assert old in WAYS
    with pytest.raises(DeliveryError) as error:
        read_protocol(WAYS.replace(old, new, 1))
    assert str(error.value).startswith("protocol.toml, dosimetry" + sentence)


def test_what_is_of_pairs_stands_with_pairs() -> None:
    for more in ('nuclide = "I-131"', "uncertainty_percent = 8", 'total_body = "body"'):
        with pytest.raises(DeliveryError, match="is of pairs, and there are none"):
            read_protocol(PLAN.replace("alpha_weight = 1.0\n", f"alpha_weight = 1.0\n{more}\n"))


def test_the_plan_of_the_page_is_read() -> None:
    page = (ROOT / "docs" / "how-to" / "organ-dose.md").read_text()
    _, lines = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    head = PLAN.partition("[dosimetry]")[0]
    plan = read_protocol(head + lines).dosimetry
    assert plan is not None
    assert plan.s_values is not None
    assert plan.region("rest of the body").remainder_by == "what regions leave"
    assert len(plan.s_values.pairs) == 2


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('source = "Barone 2005"\n', "", ".limit[1].source: this key must be given"),
        ('limit = "40 Gy"', 'limit = "40"', ".limit[1].limit: a unit of dose is missing"),
        ('limit = "40 Gy"', "limit = 40", ".limit[1].limit: must be a text, a number with its unit of dose, got 40"),
        ('region = "kidneys"\nof', 'region = "kidney"\nof', ".limit[1].region: 'kidney' is no region of the plan; nearest are kid"),
        ('of = "BED"', 'of = "dose"', ".limit[1].of: must be one of absorbed dose, BED, EQD2, got 'dose'"),
        ('alpha_beta = "2.6 Gy"\nrepair_half_life = "2.8 h"\n', "", ".limit[1].of: is no absorbed dose: kidneys needs alpha_beta"),
        ('repair_half_life = "2.8 h"\n', "", ".region[1].repair_half_life: must be given: kidneys has a BED by alpha/beta and"),
        ('effect_source = "MIRD 20"\n', "", ".region[1].effect_source: must be given: where alpha/beta and repair of kidneys"),
        ('measured = "I124"', 'measured = "J-124"', ".measured: nuclide 'J-124' is not known"),
        ('measured = "I124"\n', "", ".measured: this key must be given"),
        ("disease_in_marrow = true\n", "", ".disease_in_marrow: this key must be given"),
        ('masses = "parenchyma"\n', "", ".s_values.masses: must be given: whether masses of organs hold their blood"),
        ('daughters = "none matter"\n', "", ".s_values.daughters: must be given: whether daughters are in them"),
        ("alpha_weight = 1.0\n", "", ".s_values.alpha_weight: must be given: what alphas are weighted by"),
        ("alpha_weight = 1.0", "alpha_weight = 0.0", ".s_values.alpha_weight: lies above 0 and at most at 20, got 0"),
        ('name = "lesion 1"', 'name = "kidneys"', ".region: a region stands once, 'kidneys' stands 2 times"),
        ('is = "lesion"', 'is = "lesion"\nphantom = "Liver"', ".region[2].phantom: is of an organ; a lesion is a sphere"),
        ('planned = "1 d"', 'planned = "2 h"', ".time_point[2].planned: must be later than the one before (4 h)"),
        ('dose = "0.54 mGy/MBq"', 'dose = "0.54 mSv/MBq"', ".published[1].dose: 'mSv/MBq' is not a unit"),
        ('is = "lesion"', 'iz = "lesion"', ".region[2].iz: this key is not known; did you mean 'is'?"),
    ],
)  # fmt: skip
def test_a_plan_that_lacks_or_breaks_something_is_refused_by_its_place(old: str, new: str, sentence: str) -> None:
    assert old in PLAN
    with pytest.raises(DeliveryError) as error:
        read_protocol(PLAN.replace(old, new, 1))
    assert str(error.value).startswith("protocol.toml, dosimetry" + sentence)


def test_a_study_without_a_nuclide_has_no_dose_to_work_out() -> None:
    with pytest.raises(DeliveryError, match=r"study.nuclide: must be given: \[dosimetry\] works out the dose"):
        read_protocol(PLAN.replace('nuclide = "131I"\n', ""))


def test_a_chapter_built_in_python_meets_the_same_rules() -> None:
    organ = DosimetryRegion(name="liver")
    with pytest.raises(FieldError, match="'livr' is no region of the plan; nearest are liver"):
        DosimetryPlan(
            measured="I-124", disease_in_marrow=False, regions=(organ,),
            limits=(Limit(region="livr", amount_Gy=30.0, source="Emami 1991"),),
        )  # fmt: skip
    with pytest.raises(RuleError, match="a limit has its source: who says that 30 Gy absorbed dose is one"):
        Limit(region="liver", amount_Gy=30.0, source=" ")
    with pytest.raises(FieldError, match="regions: at least one"):
        DosimetryPlan(measured="I-124", disease_in_marrow=False, regions=())
    with pytest.raises(RuleError, match="a limit lies above 0 Gy, got 0 Gy"):
        replace(Limit(region="liver", amount_Gy=30.0, source="Emami 1991"), amount_Gy=0.0)


def test_the_shipped_plan_says_what_the_published_dose_to_the_marrow_stands_on() -> None:
    plan = read_protocol(SHIPPED.read_text()).dosimetry
    assert plan is not None
    (published,) = plan.published
    assert published.dose_Gy_per_GBq == 0.54
    assert "740 MBq give 400 mSv" in published.source
    for words in ("uniform body", "822 h", "0.56 to 0.58 mGy/MBq", "carrier's mass in plasma", "53 %"):
        assert words in published.stands_on
