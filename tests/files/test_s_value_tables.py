"""S tables that a user has: read as they stand, in the unit told, and refused where they do not say what they mean."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from hevesy.errors import DeliveryError, RuleError
from hevesy.files.s_value_tables import read_s_table
from hevesy.study.case import STable
from tests.conftest import reference

PLAIN = STable(
    layout="olinda",
    files=("table.csv",),
    unit="mGy/(MBq s)",
    masses="parenchyma",
    alpha_weight=1.0,
    daughters="none matter",
    nuclide="I-131",
)


@pytest.mark.parametrize("sex", ["male", "female"])
@pytest.mark.parametrize("nuclide", ["I-131", "F-18", "Lu-177"])
def test_a_table_of_olinda_is_read_cell_by_cell(nuclide: str, sex: str) -> None:
    path = reference(f"svalues/olinda/ICRP89_DF_{nuclide}-{sex}.csv")
    matrix = read_s_table(path.parent.joinpath, replace(PLAIN, files=(path.name,), nuclide=nuclide))
    (_, *sources), *lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    compared = 0
    for target, *values in lines:
        for source, value in zip(sources, values, strict=True):
            assert matrix.of(target.strip(), source.strip()) == float(value)
            compared += 1
    assert compared == matrix.s_mGy_per_MBq_s.size > 600
    assert matrix.self_electron_share == ()
    assert matrix.masses == "parenchyma"


@pytest.mark.parametrize("nuclide", ["I-131", "F-18", "Lu-177"])
def test_a_table_of_olinda_with_rows_and_columns_exchanged_is_refused(tmp_path: Path, nuclide: str) -> None:
    path = reference(f"svalues/olinda/ICRP89_DF_{nuclide}-male.csv")
    lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    turned = "\n".join(",".join(column) for column in zip(*lines, strict=True))
    with pytest.raises(DeliveryError, match="'GB Cont' is a target there, and contents receive no dose"):
        read_s_table(table(tmp_path, turned).joinpath, PLAIN)


@pytest.mark.parametrize("sex", ["am", "af"])
def test_the_files_of_mirdcalc_are_added_and_tell_electrons_from_photons(sex: str) -> None:
    paths = [reference(f"svalues/{sex}_i131svalue_{carrier}.json") for carrier in ("beta", "gamma", "alpha")]
    told = replace(
        PLAIN, layout="mirdcalc", files=tuple(path.name for path in paths), masses="with blood", alpha_weight=20.0
    )
    matrix = read_s_table(paths[0].parent.joinpath, told)
    beta, gamma, alpha = (json.loads(path.read_text())["Svalues"] for path in paths)
    for source in ("Liver", "Kidneys", "Thyroid"):
        for target in ("Liver", "Spleen", "Bone marrow - red (active)"):
            parts = [float(one[source][target]) for one in (beta, gamma, alpha)]
            assert parts[2] == 0
            assert matrix.of(target, source) == pytest.approx(sum(parts), rel=1e-15)
    liver = [float(one["Liver"]["Liver"]) for one in (beta, gamma)]
    assert dict(matrix.self_electron_share)["Liver"] == pytest.approx(liver[0] / sum(liver))
    assert matrix.phantom.startswith("ICRP Adult")
    assert "nan" not in matrix.sources
    assert matrix.alpha_weight == 1.0, "alphas stand apart: their weight is taken off"


def table(folder: Path, text: str) -> Path:
    (folder / "table.csv").write_text(text)
    return folder


TEXT = ",Liver,Tot Body\nLiver,3.6e-3,7.2e-5\nTotal Body,1.8e-5,1.8e-5\n"


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("mGy/(MBq s)", 1.0),
        ("mSv/(MBq s)", 1.0),
        ("mGy/(MBq h)", 1 / 3600),
        ("Gy/(GBq h)", 1 / 3600),
        ("Gy/(Bq s)", 1e9),
    ],
)
def test_values_are_taken_to_one_unit(tmp_path: Path, unit: str, factor: float) -> None:
    matrix = read_s_table(table(tmp_path, TEXT).joinpath, replace(PLAIN, unit=unit))
    assert matrix.of("Liver", "Liver") == pytest.approx(3.6e-3 * factor)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (",Liver\nLiver,2_1e-6\n", "table.csv, line 2, Liver: '2_1e-6' is no S value"),
        (",Liver,liver\nLiver,1e-5,2e-5\n", "table.csv: two sources are called 'Liver' and 'liver'"),
        (
            ",Liver\nTotal Body,1e-5\nTotal  body,2e-5\n",
            "table.csv: two targets are called 'Total Body' and 'Total  body'",
        ),
        (",Liver\nLiver,-1e-5\n", "table.csv: Liver from Liver is -1e-05; an S value is 0 or more"),
        (",Liver\nLiver,much\n", "table.csv, line 2, Liver: 'much' is no S value"),
        (",Liver\nLiver,nan\n", "table.csv, line 2, Liver: 'nan' is no S value"),
        (",Liver,Spleen\nLiver,1e-5\n", "table.csv, line 2: 2 cells, and the first line has 3"),
        (",Liver,Liver \nLiver,1e-5,1e-5\n", "table.csv: two sources are called 'Liver'"),
        (",Liver\nLiver,1e-5\nLiver ,1e-5\n", "table.csv: two targets are called 'Liver'"),
        *(
            (
                f",Liver,Stomach Wall\nLiver,1e-5,1e-6\n{contents},1e-6,1e-5\n",
                f"table.csv: '{contents}' is a target there, and contents receive no dose: are targets and sources "
                "exchanged?",
            )
            for contents in ("StomCont", "LLI Cont", "HeartCon", "Stomach content", "UB contents", "St-cont")
        ),
        ("", "table.csv: an S table in OLINDA's layout has a line of sources and a line a target"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_place(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        read_s_table(table(tmp_path, text).joinpath, PLAIN)
    assert str(refused.value) == rule


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"unit": "mGy"}, "table.unit: 'mGy' is not a unit of s value; known are mGy/(MBq s), "),
        ({"unit": " "}, "table.unit: a unit of s value is missing; give one of mGy/(MBq s), "),
        ({"files": ("other.csv",)}, "other.csv: No such file or directory"),
    ],
)
def test_a_table_told_wrongly_is_refused(tmp_path: Path, change: dict[str, object], rule: str) -> None:
    with pytest.raises(DeliveryError) as refused:
        read_s_table(table(tmp_path, TEXT).joinpath, replace(PLAIN, **change))  # type: ignore[arg-type]
    assert str(refused.value).startswith(rule)


@pytest.mark.parametrize("weight", [0.0, -1.0, 21.0])
def test_a_weight_of_alphas_is_a_weight(weight: float) -> None:
    with pytest.raises(RuleError, match="alpha_weight lies above 0 and up to 20"):
        replace(PLAIN, alpha_weight=weight)


def json_table(folder: Path, **change: object) -> Path:
    content = {
        "Isotope": "I-131",
        "Phantom": "a",
        "Radiation": "Beta",
        "Unit": "mGy/(MBq s)",
        "Svalues": {"Liver": {"Liver": "1e-5", "Spleen": "2e-7"}},
        **change,
    }
    (folder / "table.csv").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"Isotope": "Lu-177"}, "table.csv is of Lu-177, and the table was told to be of I-131"),
        ({"Unit": "mGy/(MBq h)"}, "table.csv says its unit is mGy/(MBq h), and mGy/(MBq s) was told"),
        ({"Svalues": {"Liver": {"Liver": None}}}, "table.csv, Liver from Liver: None is no S value"),
        ({"Svalues": 3}, "table.csv does not hold S values in MIRDcalc's layout: "),
        ({"Isotope": "Xx-1"}, "nuclide 'Xx-1' is not known"),
    ],
)
def test_a_table_in_mirdcalc_s_layout_must_be_what_was_told(
    tmp_path: Path, change: dict[str, object], rule: str
) -> None:
    told = replace(PLAIN, layout="mirdcalc")
    with pytest.raises((DeliveryError, RuleError)) as refused:
        read_s_table(json_table(tmp_path, **change).joinpath, told)
    assert str(refused.value).startswith(rule)


def test_one_kind_of_radiation_in_two_files_is_refused(tmp_path: Path) -> None:
    json_table(tmp_path)
    (tmp_path / "again.json").write_text((tmp_path / "table.csv").read_text())
    with pytest.raises(DeliveryError, match=r"again\.json: beta is in two of the files"):
        read_s_table(tmp_path.joinpath, replace(PLAIN, layout="mirdcalc", files=("table.csv", "again.json")))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, "table.csv: of beta, and I-131 gives off gamma too: the files of every kind of radiation are one table"),
        ({"Radiation": "Gamma", "Phantom": "b"}, "table.csv is of a and again.json of b"),
        ({"Radiation": "Total"}, "again.json: 'total' is none of alpha, beta, gamma, kinds that a table is divided by"),
        (
            {"Radiation": "Gamma", "Svalues": {"Liver": {"Liver": "1e-5"}}},
            "table.csv and again.json: 'Spleen' is in one of the two alone",
        ),
    ],
)
def test_files_that_are_not_one_table_are_refused(tmp_path: Path, change: dict[str, object], rule: str) -> None:
    """What one file lacks was 0, what two tell was added, and the first one's phantom stood for all."""
    files = ["table.csv"]
    if change:
        json_table(tmp_path, **change).joinpath("table.csv").rename(tmp_path / "again.json")
        files += ["again.json"]
    json_table(tmp_path)
    with pytest.raises(DeliveryError) as refused:
        read_s_table(tmp_path.joinpath, replace(PLAIN, layout="mirdcalc", files=tuple(files)))
    assert str(refused.value).startswith(rule)


def test_a_source_that_stands_twice_in_a_file_of_mirdcalc_is_refused(tmp_path: Path) -> None:
    text = json_table(tmp_path, Radiation="All").joinpath("table.csv").read_text()
    (tmp_path / "table.csv").write_text(text.replace('"Svalues": {', '"Svalues": {"Liver": {"Liver": "9e-5"}, '))
    with pytest.raises(DeliveryError, match=r"table\.csv: 'Liver' stands twice in one place"):
        read_s_table(tmp_path.joinpath, replace(PLAIN, layout="mirdcalc"))
