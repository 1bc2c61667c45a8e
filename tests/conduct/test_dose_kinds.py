"""A study dosed by absorbed dose to the marrow, by body mass or alike for everybody, from its files to its readout."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from hevesy.conduct.delivery import init_study
from hevesy.errors import DeliveryError
from hevesy.files.protocol import read_protocol
from hevesy.render.numbers import read_numbers
from tests.conftest import EXAMPLE, MAPPINGS, Folder, write_readout

PROTOCOL = (EXAMPLE / "protocol.toml").read_text()
ACTIVITIES = ('"12.5 mCi/m2"', '"18.75 mCi/m2"', '"25 mCi/m2"', '"31.25 mCi/m2"')


def dosed_by(key: str, *amounts: str, more: str = "") -> str:
    """The demonstration's protocol with other dose levels."""
    text = PROTOCOL
    for activity, amount in zip(ACTIVITIES, amounts, strict=True):
        text = text.replace(f"activity = {activity}", f'{key} = "{amount}"{more}')
    return text


def study_of_kind(tmp_path: Path, protocol: str) -> Folder:
    """The demonstration with that protocol, each subject's marrow dose per activity delivered with the demography."""
    plan, mapping = tmp_path / "protocol.toml", tmp_path / "mapping.toml"
    plan.write_text(protocol)
    told = (MAPPINGS / "clr131.toml").read_text()
    mapping.write_text(
        told.replace(
            'weight = { column = "weight_kg", unit = "kg" }',
            'weight = { column = "weight_kg", unit = "kg" }\norgan_dose = { column = "marrow", unit = "Gy/GBq" }',
            1,
        )
    )
    folder = Folder(tmp_path / "study")
    init_study(folder.path, plan, mapping, "tester")
    with (EXAMPLE / "sources" / "dm.csv").open(newline="") as file:
        rows = [*csv.reader(file)]
    rows = [[*rows[0], "marrow"], *([*row, f"{0.8 + 0.1 * place:.1f}"] for place, row in enumerate(rows[1:]))]
    sources = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "dm.csv"]
    dm = folder.write("dm.csv", "\n".join(",".join(row) for row in rows) + "\n")
    assert folder.deliver(dm, *sources).written
    return folder


def told(folder: Folder) -> dict[str, dict[str, object]]:
    return {
        item["id"]: item for item in read_numbers(json.loads((write_readout(folder.path) / "readout.json").read_text()))
    }


def test_levels_in_gray_to_the_marrow(tmp_path: Path) -> None:
    folder = study_of_kind(
        tmp_path, dosed_by("absorbed_dose", "0.7 Gy", "1.3 Gy", "2 Gy", "2.5 Gy", more='\norgan = "red marrow"')
    )
    numbers = told(folder)
    assert numbers["prescribed-1-01-1"]["value"] == pytest.approx(1000 * 0.7 / 0.8)
    assert numbers["prescribed-1-02-1"]["value"] == pytest.approx(1000 * 0.7 / 0.9)
    assert numbers["decision"]["text"] == "escalate to level 3 (2 Gy to the red marrow)"
    page = (next((folder.path / "readouts").iterdir()) / "index.html").read_text()
    assert "Level, Gy" in page
    assert re.search(r"absorbed dose to the red marrow\s*/ the subject", page)
    assert "12.5 mCi/m2" in page, "the level the file reports is of another kind, which is listed as a disagreement"


@pytest.mark.parametrize(
    ("amounts", "prescribed_MBq", "unit"),
    [
        (("5 MBq/kg", "10 MBq/kg", "15 MBq/kg", "20 MBq/kg"), 5 * 68, "MBq/kg"),
        (("0.9 GBq", "1.8 GBq", "2.7 GBq", "3.6 GBq"), 900, "GBq"),
    ],
)
def test_levels_per_body_mass_or_fixed(
    tmp_path: Path, amounts: tuple[str, ...], prescribed_MBq: float, unit: str
) -> None:
    folder = study_of_kind(tmp_path, dosed_by("activity", *amounts))
    assert told(folder)["prescribed-1-01-1"]["value"] == pytest.approx(prescribed_MBq)
    page = (next((folder.path / "readouts").iterdir()) / "index.html").read_text()
    assert f"Level, {unit}<" in page
    assert f"Prescribed, {unit.removesuffix('/kg')}<" in page, (
        "activities are shown in the unit of the protocol's levels"
    )


def test_a_study_planned_in_GBq_shows_no_mCi(tmp_path: Path) -> None:
    """Assays are delivered in mCi; the page shows every activity in the unit the protocol's levels are written in."""
    folder = study_of_kind(
        tmp_path, dosed_by("activity", "0.4625 GBq/m2", "0.69375 GBq/m2", "0.925 GBq/m2", "1.15625 GBq/m2")
    )
    numbers = told(folder)
    assert numbers["activity-mean-1"]["text"] == "0.889 GBq", "the mean of what the sender reports is 888.75 MBq"
    assert numbers["decision"]["text"] == "escalate to level 3 (0.925 GBq/m2)"
    page = (next((folder.path / "readouts").iterdir()) / "index.html").read_text()
    own = re.sub(
        r"<tr><th scope=\"row\">[^<]*</th><td>(prescribed|administered) activity, mCi</td>.*?</tr>",
        "",
        page,
        flags=re.DOTALL,
    )
    assert len(own) < len(page), "figures that the sender reports in mCi are listed in mCi where they differ"
    assert "Level, GBq/m2" in page
    assert "mCi" not in re.sub(r"(prescribed|administered) activity, mCi: reported", "", own)


@pytest.mark.parametrize(("assay", "listed"), [("21.9", False), ("21.90", True), ("2.19e1", False), ("2.190e1", True)])
def test_the_precision_of_a_reported_figure_comes_from_the_figures_delivered(
    tmp_path: Path, assay: str, listed: bool
) -> None:
    """An assay of 21.9 mCi may be 21.87, from which the sender worked out 21.49; one of 21.90 may not."""
    folder = study_of_kind(tmp_path, PROTOCOL)
    text = (EXAMPLE / "sources" / "ex.csv").read_text()
    file = folder.write("ex.csv", text.replace("21.87,2015-07-01T13:00", f"{assay},2015-07-01T13:00"))
    assert folder.deliver(file, reason="the assay as it was printed").written
    told(folder)
    page = (next((folder.path / "readouts").iterdir()) / "index.html").read_text()
    assert ('<tr><th scope="row">1-01</th><td>administered activity, mCi</td>' in page) == listed


def test_a_protocol_may_say_what_activities_are_shown_in(tmp_path: Path) -> None:
    folder = study_of_kind(tmp_path, PROTOCOL + '\n[display]\nactivity = "MBq"\n')
    assert re.fullmatch(r"\d{3,4} MBq", str(told(folder)["activity-mean-1"]["text"]))
    page = (next((folder.path / "readouts").iterdir()) / "index.html").read_text()
    assert "Prescribed, MBq<" in page
    with pytest.raises(DeliveryError, match=r"display.*must be one of Bq, .*got 'Curie'"):
        read_protocol(PROTOCOL + '\n[display]\nactivity = "Curie"\n')


def test_the_logistic_design_takes_doses_of_the_same_kind() -> None:
    design = '[escalation]\ndesign = "blrm"\ncohort_size = 4\nn_max = 24\nprior_mean = [-1, 0]\nprior_sd = [1, 1]\nreference_dose = "2 Gy"\n'
    text = dosed_by("absorbed_dose", "0.7 Gy", "1.3 Gy", "2 Gy", "2.5 Gy", more='\norgan = "red marrow"')
    text = re.sub(r"\[escalation\].*?(?=\n\[)", design, text, flags=re.DOTALL)
    plan = read_protocol(text)
    assert plan.escalation is not None
    assert plan.escalation.logistic is not None
    assert plan.escalation.logistic.reference_dose == 2
    with pytest.raises(DeliveryError, match="not a unit of dose"):
        read_protocol(text.replace('"2 Gy"\n', '"2 MBq/m2"\n'))


BED = '\norgan = "kidneys"\nalpha_beta = "2.5 Gy"\nrepair_half_life = "2.8 h"\neffective_half_life = "50 h"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            dosed_by("activity", "12.5 mCi/m2", "5 MBq/kg", "25 mCi/m2", "30 mCi/m2"),
            "levels must be doses of one kind; level 2",
        ),
        (dosed_by("absorbed_dose", "1 Gy", "2 Gy", "3 Gy", "4 Gy"), "organ"),
        (dosed_by("absorbed_dose", "1 Gy", "3 Gy", "2 Gy", "4 Gy", more='\norgan = "liver"'), "doses must increase"),
        (dosed_by("BED", "1 Gy", "2 Gy", "3 Gy", "4 Gy", more=BED.replace("2.5 Gy", "2.5")), "alpha_beta"),
        (dosed_by("activity", "1 Gy", "2 Gy", "3 Gy", "4 Gy"), "not a unit of activity"),
        (PROTOCOL.replace('activity = "12.5 mCi/m2"\n', ""), "one of activity, absorbed_dose and BED, got none"),
    ],
)
def test_levels_that_are_none_are_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(DeliveryError, match=words):
        read_protocol(text)


def test_levels_in_biologically_effective_dose() -> None:
    levels = read_protocol(dosed_by("BED", "10 Gy", "15 Gy", "20 Gy", "25 Gy", more=BED)).dose_levels
    assert str(levels[0].total) == "10 Gy BED to the kidneys"
    assert levels[0].dose.effect is not None
    assert levels[0].dose.effect.repair_half_life_h == 2.8
