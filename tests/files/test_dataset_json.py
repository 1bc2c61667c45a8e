"""Dataset-JSON 1.1: what is written is read again, and what is not of its type is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hevesy.errors import DeliveryError
from hevesy.files.dataset_json import Column, Dataset, as_csv, read_dataset_json, write_dataset_json
from hevesy.files.tables import read_table
from tests.conftest import reference

STRATEGY: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12),
    "integer": st.integers(-(10**12), 10**12),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "double": st.one_of(st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False)),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-1000, max_value=1000).map(str),
    "boolean": st.booleans(),
    "date": st.dates().map(str),
    "datetime": st.datetimes().map(lambda at: at.isoformat()),
}


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    kinds = draw(st.lists(st.sampled_from(sorted(STRATEGY)), min_size=1, max_size=5))
    columns = tuple(
        Column(item_oid=f"IT.{place}", name=f"V{place}", label=f"Variable {place}", data_type=kind)
        for place, kind in enumerate(kinds)
    )
    rows = draw(st.lists(st.tuples(*(st.one_of(st.none(), STRATEGY[kind]) for kind in kinds)), max_size=6))
    return Dataset(
        name="XX",
        label="Any",
        item_group_oid="IG.XX",
        columns=columns,
        rows=tuple(rows),
        created="2024-01-01T00:00:00",
        about={"originator": "å"},
    )


@given(datasets())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_written_is_read_again(tmp_path: Path, dataset: Dataset) -> None:
    path = tmp_path / "xx.json"
    path.write_text(write_dataset_json(dataset), encoding="utf-8")
    assert read_dataset_json(path) == dataset
    content = json.loads(path.read_text(encoding="utf-8"))
    lines = [
        json.dumps({key: value for key, value in content.items() if key != "rows"}),
        *(json.dumps(row) for row in content["rows"]),
    ]
    (tmp_path / "xx.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_dataset_json(tmp_path / "xx.ndjson") == dataset


def test_the_pilot_studys_subjects_go_through_json_and_back(tmp_path: Path) -> None:
    """ADSL of 306 subjects: from XPT to Dataset-JSON to the same delivered table."""
    table = read_table(reference("cdisc_pilot/adsl.xpt"))
    columns = tuple(
        Column(item_oid=f"IT.ADSL.{name}", name=name, label=name, data_type="string") for name in table.columns
    )
    rows = tuple(tuple(row.values[name] for name in table.columns) for row in table.rows)
    dataset = Dataset(
        name="ADSL",
        label="Subjects",
        item_group_oid="IG.ADSL",
        columns=columns,
        rows=rows,
        created="2024-01-01T00:00:00",
    )
    (tmp_path / "adsl.json").write_text(write_dataset_json(dataset), encoding="utf-8")
    (tmp_path / "adsl.csv").write_text(as_csv(dataset), encoding="utf-8", newline="")
    for name in ("adsl.json", "adsl.csv"):
        back = read_table(tmp_path / name)
        assert back.columns == table.columns
        assert [row.values for row in back.rows] == [row.values for row in table.rows]


def content(**changed: Any) -> str:
    given: dict[str, Any] = {
        "datasetJSONCreationDateTime": "2024-01-01T00:00:00",
        "datasetJSONVersion": "1.1.0",
        "itemGroupOID": "IG.DM",
        "records": 1,
        "name": "DM",
        "label": "Demographics",
        "columns": [{"itemOID": "IT.DM.AGE", "name": "AGE", "label": "Age", "dataType": "integer"}],
        "rows": [[44]],
    }
    return json.dumps({key: value for key, value in (given | changed).items() if value is not None})


AGE = {"itemOID": "IT.AGE", "name": "AGE", "label": "Age"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (content(datasetJSONVersion="1.0.0"), "not a Dataset-JSON file of version 1.1: datasetJSONVersion is '1.0.0'"),
        (content(records=2), "2 records are announced, 1 are there: it may be cut"),
        (content(rows=[["44"]]), "DM, row 1, AGE: '44' is not of type integer"),
        (content(rows=[[44.5]]), "44.5 is not of type integer"),
        (content(rows=[[True]]), "True is not of type integer"),
        (content(rows=[[44, 45]]), "DM, row 1: 2 values for 1 columns"),
        (content(label=None), "no label"),
        (content(columns=[{**AGE, "dataType": "number"}]), "DM, AGE: types are string, integer"),
        (
            content(columns=[{**AGE, "dataType": "string", "length": 2}], rows=[["abc"]]),
            "longer than the 2 characters of its column",
        ),
        (content(columns=[{**AGE, "dataType": "date"}], rows=[["1.2.2020"]]), "'1.2.2020' is not of type date"),
        (content(columns=[{"name": "AGE", "label": "Age", "dataType": "integer"}]), "column 1: no itemOID"),
        (content(columns=[{**AGE, "dataType": "integer", "colour": "red"}]), "unknown attribute colour"),
        (content().replace("44", "NaN"), "NaN is no JSON value"),
        (content()[:-5], "not readable as JSON"),
        ("[1]", "datasetJSONVersion is None"),
        (content(columns=[{**AGE, "dataType": "date"}], rows=[["2024-02-30"]]), "'2024-02-30' is not of type date"),
        (content(columns=[{**AGE, "dataType": "date"}], rows=[["2024-01-01\n"]]), "is not of type date"),
        (content(columns=[{**AGE, "dataType": "datetime"}], rows=[["2024-01-01T25:61"]]), "is not of type datetime"),
        (content(columns=[{**AGE, "dataType": "decimal"}], rows=[["1.5\n"]]), "is not of type decimal"),
        (content(columns="none"), "columns are a list"),
        (content(records=True), "records is a whole number, got True"),
        (content(name=5), "name is text, got 5"),
    ],
)
def test_what_is_none_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "dm.json"
    path.write_text(text)
    with pytest.raises(DeliveryError) as error:
        read_dataset_json(path)
    assert words in str(error.value)


def test_two_columns_of_one_name_are_refused() -> None:
    columns = tuple(Column(item_oid=str(place), name="A", label="A", data_type="string") for place in range(2))
    with pytest.raises(DeliveryError, match="two columns are called 'A'"):
        Dataset(name="X", label="X", item_group_oid="X", columns=columns, rows=(), created="2024-01-01T00:00:00")
