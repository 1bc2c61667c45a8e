"""The remainder of a patient's body and the bladder in a case: no decay is lost or counted twice, and what is uncertain."""

from __future__ import annotations

import json
import math
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import hevesy
from hevesy.conduct.organ_dose import PatientDoses, patient_doses
from hevesy.errors import HevesyError
from hevesy.files.case import Beside, read_case
from hevesy.nuclides.library import nuclide
from tests.conftest import reference
from tests.tiers import cases

I124_h, I131_h = nuclide("I-124").half_life_h, nuclide("I-131").half_life_h
SEEN, GIVEN = math.log(2) / I124_h, math.log(2) / I131_h
"""Rates of decay, per h."""
TIMES = (4.0, 24.0, 48.0, 96.0, 144.0, 168.0)
SHARES = {"Liver": (0.22, 0.006), "Kidneys": (0.05, 0.02)}
"""Of the administered, each with its biological rate."""
BODY = 0.01
"""The biological rate of the whole body, where it has one phase."""
TABLE = """,Liver,Kidneys,UB Cont,Tot Body
Liver,2.1e-05,6.5e-07,1e-07,7.5e-07
Kidneys,6.5e-07,1.2e-04,2e-07,8.4e-07
UB Wall,1e-07,2e-07,1.5e-04,8e-07
Total Body,4.5e-07,4.9e-07,5.2e-07,5.4e-07
"""
HEAD = """subject = "made-up"
nuclide = "I-131"
imaged = "I-124"
administered = "3.7GBq"
imaged_administered = "185MBq"
method = "s-table"

[table]
layout = "olinda"
files = ["t.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-131"
total_body = "Tot Body"
uncertainty = "5%"

[table.mass]
Liver = "1800g"
Kidneys = "300g"
"UB Cont" = "200g"
"Tot Body" = "73kg"

[calibration]
on = 2016-01-04
uncertainty = "3%"
"""
BLADDER = """
[bladder]
source = "UB Cont"
urinary_share = "75%"
urinary_share_uncertainty = "10%"
voided_every = "4h"
body = "whole body"
"""


def region(name: str, biological_per_h: float, share: float, uncertainty: str = "4%") -> str:
    points = [f"{share * 185 * math.exp(-(biological_per_h + SEEN) * t)!r}MBq" for t in TIMES]
    return (
        f'\n[[region]]\nname = "{name}"\nat = {[f"{t:g}h" for t in TIMES]}\nactivity = {points}\n'
        f"uncertainty = {[uncertainty] * len(TIMES)}\ndecay_corrected = false\n"
    ).replace("'", '"')


def remainder(excreted: Any, uncertainty: str | None = "5%") -> str:
    told = '\n[remainder]\ncorrected_with = "I-124"\n'
    for t in TIMES:
        told += f'[[remainder.excreted]]\nat = "{t:g}h"\nshare = "{100 * excreted(t)!r}%"\n'
        told += "" if uncertainty is None else f'uncertainty = "{uncertainty}"\n'
    return told


def alike(t: float) -> float:
    """What has left a body of one phase."""
    return 1 - math.exp(-BODY * t)


def apart(t: float) -> float:
    """What has left where the liver, the kidneys and all else (75 %) have their own rates."""
    return 1 - sum(a * math.exp(-b * t) for a, b in ((0.22, 0.006), (0.05, 0.02), (0.73, 0.012)))


REGIONS = "".join(region(name, rate, share) for name, (share, rate) in SHARES.items())
ALIKE = HEAD + region("Liver", BODY, 0.22) + region("Kidneys", BODY, 0.05)
APART = HEAD + REGIONS


def doses(folder: Path, text: str, table: str = TABLE) -> PatientDoses:
    (folder / "t.csv").write_text(table)
    return patient_doses(read_case(text), Beside(folder))


def tia(found: PatientDoses) -> dict[str, float]:
    return {one.name: one.tia_MBq_h for one in found.sources}


def test_the_remainder_is_what_the_regions_leave(tmp_path: Path) -> None:
    """Of exact points of one phase: its integral for I-131 in closed form, though I-124 was seen."""
    found = doses(tmp_path, APART + remainder(apart))
    assert tia(found)["rest"] == pytest.approx(3700 * 0.73 / (0.012 + GIVEN), rel=1e-7)
    assert tia(found)["Liver"] == pytest.approx(3700 * 0.22 / (0.006 + GIVEN), rel=1e-7)


@pytest.mark.parametrize("voided", ["4h", "90min", "never"])
def test_every_decay_is_somewhere_once(tmp_path: Path, voided: str) -> None:
    """Regions, rest, bladder and what decays outside are all decays of what was given (1e-9); outside in closed form."""
    found = doses(tmp_path, ALIKE + remainder(alike) + BLADDER.replace("4h", voided))
    left = 3700 * (1 / GIVEN - 1 / (BODY + GIVEN))
    outside = 0.25 * left if voided == "never" else left
    assert sum(tia(found).values()) + outside == pytest.approx(3700 / GIVEN, rel=1e-9)
    assert tia(found)["UB Cont"] > 0


@settings(max_examples=cases(12), deadline=None)
@given(
    body=st.floats(0.0005, 0.05),
    shares=st.tuples(st.floats(0.02, 0.45), st.floats(0.02, 0.45)),
    voided_h=st.floats(0.5, 24),
    urinary=st.floats(0.05, 1),
    fills=st.sampled_from(["whole body", "remainder"]),
)
def test_no_decay_is_lost_whatever_the_body(
    body: float, shares: tuple[float, float], voided_h: float, urinary: float, fills: str
) -> None:
    """Of any body of one phase: all decays are those inside and those outside (1e-9)."""
    case = HEAD + "".join(region(name, body, share) for name, share in zip(SHARES, shares, strict=True))
    case += remainder(lambda t: 1 - math.exp(-body * t))
    case += BLADDER.replace("4h", f"{voided_h!r}h").replace("75%", f"{100 * urinary!r}%").replace("whole body", fills)
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = doses(Path(folder), case)
        except HevesyError as refused:
            if "which they are in, holds" not in str(refused):
                raise
            reject()  # what is voided so late was told as gone before
    outside = 3700 * (1 / GIVEN - 1 / (body + GIVEN))
    assert sum(tia(found).values()) + outside == pytest.approx(3700 / GIVEN, rel=1e-9)


def filled(voided_h: float, urinary: float, step_h: float = 0.005, until_h: float = 2000.0) -> float:
    """The bladder followed step by step, as a program without formulas would: its integral (h) for a MBq given."""
    content, whole, body = 0.0, 0.0, 1.0
    keeps = math.exp(-GIVEN * step_h)
    for step in range(1, round(until_h / step_h) + 1):
        left = body * -math.expm1(-BODY * step_h)
        new = content * keeps + urinary * left * keeps**0.5
        whole += (content + new) / 2 * step_h
        content, body = new, body * math.exp(-(BODY + GIVEN) * step_h)
        if step % round(voided_h / step_h) == 0:
            content = 0.0
    return whole


def test_the_bladder_is_that_of_a_body_followed_step_by_step(tmp_path: Path) -> None:
    found = doses(tmp_path, ALIKE + remainder(alike) + BLADDER)
    assert tia(found)["UB Cont"] == pytest.approx(3700 * filled(4.0, 0.75), rel=1e-4)


def test_a_bladder_changes_no_dose_where_it_matters_not_where_decays_are(tmp_path: Path) -> None:
    """All columns alike: the energy of every decay goes everywhere alike, so that only the number of decays counts."""
    even = re.sub(r"^(\w[\w ]*),.*$", r"\1,5e-7,5e-7,5e-7,5e-7", TABLE, flags=re.MULTILINE)
    case = ALIKE + remainder(alike)
    for mass in ("1800g", "300g", "200g"):
        case = case.replace(f'"{mass}"', '"10g"')
    without, having = (doses(tmp_path, case + more, even) for more in ("", BLADDER))
    for one, other in zip(without.organs, having.organs, strict=True):
        assert other.dose_Gy == pytest.approx(one.dose_Gy, rel=1e-9)
    without, having = (doses(tmp_path, ALIKE + remainder(alike) + more) for more in ("", BLADDER))
    before, after = ({one.name: one.dose_Gy for one in found.organs}["UB Wall"] for found in (without, having))
    regions = 1e-7 * tia(having)["Liver"] + 2e-7 * tia(having)["Kidneys"]
    rest = (8e-7 * 73_000 - 1e-7 * 1800 - 2e-7 * 300 - 1.5e-4 * 200) / (73_000 - 2300)
    by_hand = 3.6 * (regions + 1.5e-4 * tia(having)["UB Cont"] + rest * tia(having)["rest"])
    assert after == pytest.approx(by_hand, rel=1e-9)
    assert after > 4 * before


def test_marrow_as_a_source_is_taken_off_the_remainder_it_lies_in(tmp_path: Path) -> None:
    table = TABLE.replace("UB Cont", "Red Mar.").replace("UB Wall", "Red Mar.").replace("1.5e-04", "2.5e-5")
    marrow = (
        '\n[marrow]\nsource = "Red Mar."\nmass = "1100g"\nmasses = "parenchyma"\ndisease_in_marrow = false\n'
        '[marrow.blood]\ntia = "2 MBq h/mL"\ntia_uncertainty = "5%"\nhaematocrit = 0.4\nratio_uncertainty = "9%"\n'
    )
    case = (APART + remainder(apart)).replace('"UB Cont" = "200g"', '"Red Mar." = "1200g"')
    without, having = (doses(tmp_path, case + more, table) for more in ("", marrow))
    assert having.marrow[0].activity.tia_MBq_h == pytest.approx(2 * 1100 * 0.19 / 0.6)
    assert tia(having)["rest"] == pytest.approx(tia(without)["rest"] - 2 * 1100 * 0.19 / 0.6, rel=1e-12)


def one_phase(shares: Any, errors: Any, start: tuple[float, float]) -> tuple[Any, Any]:
    """Least squares of one phase to many curves at once, by Gauss and Newton: shares at 0 and rates."""
    c, r = np.full((len(shares), 1), start[0]), np.full((len(shares), 1), start[1])
    t = np.array(TIMES)
    for _ in range(30):
        shape = np.exp(-r * t)
        left, by_c, by_r = (shares - c * shape) / errors, shape / errors, -c * t * shape / errors
        cc, rr, cr = (by_c**2).sum(1), (by_r**2).sum(1), (by_c * by_r).sum(1)
        lc, lr, whole = (left * by_c).sum(1), (left * by_r).sum(1), cc * rr - cr**2
        c, r = c + ((rr * lc - cr * lr) / whole)[:, None], r + ((cc * lr - cr * lc) / whole)[:, None]
    return c[:, 0], r[:, 0]


def test_the_error_is_that_of_all_points_drawn_and_all_curves_fitted_anew(tmp_path: Path) -> None:
    """4,000 whole cases written apart: noise of every region's points, of excretion and urine, one calibration for all.

    Of the body's dose, where errors of regions, rest and bladder cancel in part, and of the rest's own integral.
    """
    case = ALIKE + remainder(alike, "0.8%") + BLADDER
    found = doses(tmp_path, case)
    chance = np.random.default_rng(7)
    t, count = np.array(TIMES), 4_000
    decayed = np.exp(-SEEN * t)
    factor = 1 + 0.03 * chance.standard_normal((count, 1))
    liver, kidneys = (
        share * np.exp(-BODY * t) * decayed * (1 + 0.04 * chance.standard_normal((count, 6))) * factor
        for share in (0.22, 0.05)
    )
    gone = np.array([alike(one) for one in TIMES])
    body = (1 - gone * (1 + 0.008 * chance.standard_normal((count, 6)))) * decayed
    kept = (1 - gone) * decayed
    of_rest = np.hypot(0.04 * np.hypot(0.22, 0.05) * kept, 0.008 * gone * decayed)
    curves = {
        "Liver": one_phase(liver, kept, (0.22, BODY + SEEN)),
        "Kidneys": one_phase(kidneys, kept, (0.05, BODY + SEEN)),
        "rest": one_phase(body - liver - kidneys, of_rest, (0.73, BODY + SEEN)),
        "body": one_phase(body, kept, (1.0, BODY + SEEN)),
    }
    tias = {name: 3700 * c / (np.maximum(r - SEEN, 0) + GIVEN) for name, (c, r) in curves.items()}
    c, r = curves["body"]
    rates = r - SEEN + GIVEN
    times = np.arange(800)[:, None] * 4.0
    of_one = -np.expm1(-GIVEN * 4) / GIVEN + np.expm1(-rates * 4) / rates
    urine = 0.75 * (1 + 0.1 * chance.standard_normal(count))
    bladder = 3700 * urine * c * of_one * np.exp(-rates * times).sum(0)
    s = {"Liver": 4.5e-7, "Kidneys": 4.9e-7, "UB Cont": 5.2e-7}
    masses = {"Liver": 1800, "Kidneys": 300, "UB Cont": 200}
    s_rest = (5.4e-7 * 73_000 - sum(s[name] * masses[name] for name in s)) / (73_000 - 2300)
    dose = 3.6 * (
        s["Liver"] * tias["Liver"]
        + s["Kidneys"] * tias["Kidneys"]
        + s["UB Cont"] * bladder
        + s_rest * (tias["rest"] - bladder)
    )
    told = next(one for one in found.organs if one.name == "Total Body")
    known = dict(told.parts)
    assert told.dose_Gy == pytest.approx(float(np.median(dose)), rel=0.002)
    assert math.hypot(known["activity"], known["calibration"]) == pytest.approx(dose.std() / told.dose_Gy, rel=0.05)
    drawn = found.inputs.drawn()
    rest = next(one for one in found.sources if one.name == "rest").parts[0]
    of_draws = np.prod([drawn[name] ** power for name, power in rest.exponents], axis=0).std()
    assert of_draws == pytest.approx(tias["rest"].std() / tias["rest"].mean(), rel=0.05)
    power = dict(rest.exponents)["calibration"]
    together = np.corrcoef(tias["Liver"] / factor[:, 0], tias["rest"] / factor[:, 0] ** power)[0, 1]
    assert np.corrcoef(drawn["Liver: activity"], drawn["rest: activity"])[0, 1] == pytest.approx(together, abs=0.06)


def test_calibration_too_high_in_the_regions_is_too_low_in_the_rest(tmp_path: Path) -> None:
    """By the case itself with every region's activity 1 % up: the power of the calibration in the rest."""
    found = doses(tmp_path, APART + remainder(apart))
    rest = next(one for one in found.sources if one.name == "rest")
    more = APART.replace('"185MBq"', f'"{185 / 1.01!r}MBq"')
    moved = tia(doses(tmp_path, more + remainder(apart)))["rest"]
    assert dict(rest.exponents)["calibration"] == pytest.approx(100 * (moved / tia(found)["rest"] - 1), rel=0.02)
    assert dict(rest.exponents)["calibration"] < 0
    drawn = found.inputs.drawn()
    assert np.corrcoef(drawn["Liver: activity"], drawn["rest: activity"])[0, 1] < -0.1


def test_by_icrp_133_other_tissue_is_what_is_no_source(tmp_path: Path) -> None:
    """The bladder's wall by the phantom, against MIRDcalc's S of its content: what a bladder of so many decays adds."""
    folder = reference("icrp/I-131.json").parent
    head = HEAD[: HEAD.index("[table]")].replace('"s-table"', '"icrp133"')
    head += '[icrp133]\nfolder = "icrp"\nphantom = "AM"\nmasses = "with blood"\n'
    head += HEAD[HEAD.index("[calibration]") :]
    case = head + region("Liver", BODY, 0.22) + region("Kidneys", BODY, 0.05) + remainder(alike)
    plain = patient_doses(read_case(case), Beside(tmp_path, [folder]))
    found = patient_doses(read_case(case + BLADDER.replace("UB Cont", "UB-cont")), Beside(tmp_path, [folder]))
    held = tia(found)
    assert held["rest"] + held["UB-cont"] == pytest.approx(tia(plain)["rest"], rel=1e-12)
    before, after = ({one.name: one.dose_Gy for one in of.organs} for of in (plain, found))
    tables = [
        json.loads(reference(f"svalues/am_i131svalue_{one}.json").read_text()) for one in ("beta", "gamma", "alpha")
    ]
    s_wall = sum(float(one["Svalues"]["Urinary bladder content"]["Urinary bladder wall"]) for one in tables)
    elsewhere = before["UB-wall"] * (1 - held["UB-cont"] / sum(tia(plain).values()))
    assert after["UB-wall"] == pytest.approx(elsewhere + 3.6 * held["UB-cont"] * s_wall, rel=0.01)
    assert after["Brain"] < before["Brain"]


def test_without_excretion_it_is_an_upper_bound_and_said(tmp_path: Path) -> None:
    found = doses(tmp_path, APART + "\n[remainder]\n")
    assert any("upper bound" in one for one in found.because)
    assert "excretion" in found.untold
    limits = "".join(
        f'[[limit]]\norgan = "{organ}"\ndose = "{dose}Gy"\nsource = "made up"\n'
        for organ, dose in (("Total Body", 0.1), ("Total Body", 9), ("Kidneys", 0.1))
    )
    over, under, own = doses(tmp_path, APART + "\n[remainder]\n" + limits).limits
    assert (over.met, over.verdict) == ("part is an upper bound", "not told: the dose is an upper bound")
    assert under.met == "kept"
    assert own.met == "part is an upper bound", "9 % of it come from the rest"
    told = doses(tmp_path, APART + remainder(apart) + limits).limits
    assert [one.met for one in told] == ["exceeded", "kept", "exceeded"]
    assert tia(found)["rest"] > tia(doses(tmp_path, APART + remainder(apart)))["rest"]


def test_the_answer_tells_what_was_taken_off(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "CASE.toml").write_text(ALIKE + remainder(alike) + BLADDER)
    document: Any = hevesy.organ_dose(case=tmp_path / "CASE.toml").document
    told = {one["name"]: one for one in document["sources"]}
    assert [one["name"] for one in told["rest"]["less"]] == ["UB Cont"]
    assert told["rest"]["less"][0]["tia_MBq_h"] == told["UB Cont"]["tia_MBq_h"]
    assert {"remainder of the body", "whole body"} <= {one["region"] for one in document["fits"]}


REFUSED = {
    "a rest told too": (region("rest", 0.01, 0.5), "region 'rest' is the rest itself"),
    "the whole body as a region": (region("Tot Body", 0.01, 0.5), "region 'Tot Body' is the rest itself"),
    "an integral": ('\n[[region]]\nname = "UB Cont"\nresidence_time = "1h"\n', "UB Cont has none, only its integral"),
    "other times": (
        region("UB Cont", 0.01, 0.02).replace("24h", "30h"),
        "remainder: UB Cont was measured at other times than Liver",
    ),
    "more than was given": (
        region("UB Cont", 0.012, 0.9),
        "remainder: at 4 h regions hold",
    ),
    "two bladders": (
        region("x", 0.02, 0.01) + 'source = "UB Cont"\n' + BLADDER,
        "a region is the source 'UB Cont' too",
    ),
    "voiding not told": (BLADDER.replace('voided_every = "4h"\n', ""), "bladder.voided_every: this key must be given"),
    "voided at once": (BLADDER.replace('"4h"', '"0h"'), "bladder.voided_every: must be positive, got 0h"),
    "a body not told": (BLADDER.replace('body = "whole body"', ""), "bladder.body: must be given, one of whole body"),
    "more urine than leaves": (BLADDER.replace('"75%"', '"120%"'), "bladder.urinary_share: lies above 0 and up to 100"),
    "an unknown source": (BLADDER.replace("UB Cont", "Bladder"), "'Bladder' is no source of the table"),
}


@pytest.mark.parametrize(("more", "rule"), REFUSED.values(), ids=REFUSED.keys())
def test_a_remainder_or_a_bladder_that_is_none_is_refused(tmp_path: Path, more: str, rule: str) -> None:
    with pytest.raises(HevesyError, match=re.escape(rule)):
        doses(tmp_path, APART + more + remainder(apart))


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (
            remainder(apart).replace('at = "24h"', 'at = "30h"'),
            "excretion is told by 30 h, where no region was measured",
        ),
        (remainder(apart)[: remainder(apart).rindex("[[")], "what was excreted by 168 h is not told"),
        (remainder(lambda t: 0.5 - 0.001 * t), "remainder.excreted: what has left never falls"),
        (remainder(lambda t: 1.2), "remainder.excreted[1].share: of the administered lies in 0..100 %"),
        (remainder(apart).replace('at = "24h"', 'at = "2h"'), "remainder.excreted: times rise, got 2 h after 4 h"),
        (remainder(apart).replace('uncertainty = "5%"\n', "", 1), "remainder.excreted: each share has its uncertainty"),
        (remainder(apart).replace('"I-124"', '"I-131"'), "excreted was corrected with I-131, and I-124 was measured"),
        (
            remainder(apart).replace('corrected_with = "I-124"\n', ""),
            "remainder.corrected_with: must be given: what was",
        ),
        (remainder(apart).replace("excreted", "excretd"), "did you mean 'excreted'?"),
        ("\n[remainder]\n" + BLADDER, "with what was excreted must be given for it"),
        (BLADDER, "with what was excreted must be given for it"),
    ],
)
def test_excretion_that_is_none_is_refused(tmp_path: Path, told: str, rule: str) -> None:
    with pytest.raises(HevesyError, match=re.escape(rule)):
        doses(tmp_path, APART + told)


LINES = (APART + remainder(apart) + BLADDER).splitlines()
ODD = ("", "x", "[remainder]", "[[remainder.excreted]]", 'at = "h"', 'share = "-3%"', "voided_every = 4", 'body = ""')


@pytest.mark.parametrize("seed", range(cases(60)))
def test_an_odd_case_is_answered_or_refused_in_one_sentence(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    lines = list(LINES)
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, chance.choice(LINES))
            case 2:
                lines[place] = chance.choice(ODD)
            case _:
                lines[place] = lines[place].replace('"', chance.choice(["", "'", '"9e', '"-', '"0']), 1)
    try:
        found = doses(tmp_path, "\n".join(lines))
    except HevesyError as refused:
        words = str(refused)
        assert "\n" not in words
        return
    assert all(one.dose_Gy >= 0 for one in found.organs)
    assert sum(one.tia_MBq_h for one in found.sources) <= 1.1 * 3700 / GIVEN


def test_excretion_that_is_told_twice_of_one_scan_is_refused(tmp_path: Path) -> None:
    """The first of the two was taken, 5 % for 21 %, and the dose to the body rose by a twentieth in silence."""
    told = '[[remainder.excreted]]\nat = "24h"'
    twice = f'{told.replace("24h", "23.97h")}\nshare = "5%"\nuncertainty = "5%"\n{told}'
    with pytest.raises(
        HevesyError, match=r"by 23\.97 h and by 24 h are both of the scan at 24 h: it is told once a scan"
    ):
        doses(tmp_path, ALIKE + remainder(alike).replace(told, twice))
