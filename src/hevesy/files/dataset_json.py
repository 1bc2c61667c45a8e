"""CDISC Dataset-JSON 1.1, read and written without loss; every value is held against its column's type.

Source: CDISC, Dataset-JSON v1.1 (2024). Both forms: one JSON object, or NDJSON (the first line is the object without
its rows, each further line a row).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from hevesy.errors import DeliveryError, shown
from hevesy.files.limits import LONGEST_NUMBER, fault_of_columns, fault_of_text, too_many

Value = str | int | float | bool | None

REQUIRED = ("datasetJSONCreationDateTime", "itemGroupOID", "records", "name", "label", "columns")
TEXTS = (
    *("datasetJSONCreationDateTime", "itemGroupOID", "name", "label"),
    *("fileOID", "dbLastModifiedDateTime", "originator", "studyOID", "metaDataVersionOID", "metaDataRef"),
)
DATA_TYPES = ("string", "integer", "decimal", "float", "double", "boolean", "datetime", "date", "time", "URI")
_ISO = {
    kind: re.compile(pattern, re.ASCII)
    for kind, pattern in {
        "date": r"\d{4}(-\d{2}(-\d{2})?)?",
        "time": r"\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?",
        "datetime": r"\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?",
    }.items()
}
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,4})?", re.ASCII)
_COLUMN = {
    "itemOID": "item_oid",
    "name": "name",
    "label": "label",
    "dataType": "data_type",
    "targetDataType": "target_data_type",
    "length": "length",
    "displayFormat": "display_format",
    "keySequence": "key_sequence",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A variable: identifier, name, label, type, and what its receiver may need."""

    item_oid: str
    name: str
    label: str
    data_type: str
    target_data_type: str | None = None
    length: int | None = None
    display_format: str | None = None
    key_sequence: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset with its columns and rows, and every other attribute of the file as it stood (`about`)."""

    name: str
    label: str
    item_group_oid: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    created: str
    about: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse rows that do not fit their columns."""
        if fault := too_many(len(self.rows), len(self.columns)) or fault_of_columns(
            tuple(column.name for column in self.columns)
        ):
            raise DeliveryError(f"{self.name}: {fault}")
        for column in self.columns:
            if column.data_type not in DATA_TYPES:
                raise DeliveryError(
                    f"{self.name}, {column.name}: types are {', '.join(DATA_TYPES)}, got {shown(column.data_type)}"
                )
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.columns):
                raise DeliveryError(
                    f"{self.name}, row {number}: {len(row)} values for {len(self.columns)} columns", number
                )
            for column, value in zip(self.columns, row, strict=True):
                if (wrong := _wrong(value, column)) is not None:
                    raise DeliveryError(f"{self.name}, row {number}, {column.name}: {wrong}", number)


def _wrong(value: Value, column: Column) -> str | None:
    """What keeps a value from being of its column's type; None: nothing."""
    kind = column.data_type
    if value is None:
        return None
    if kind == "integer":
        good = isinstance(value, int) and not isinstance(value, bool)
    elif kind in ("float", "double"):
        good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    elif kind == "boolean":
        good = isinstance(value, bool)
    elif kind == "decimal":
        good = isinstance(value, str) and len(value) <= LONGEST_NUMBER and _DECIMAL.fullmatch(value) is not None
    elif isinstance(value, str):
        if fault := fault_of_text(value):
            return fault
        good = kind not in _ISO or not value or _is_iso(value, kind)
        if good and column.length is not None and kind == "string" and len(value) > column.length:
            return f"{shown(value)} is longer than the {column.length} characters of its column"
    else:
        good = False
    return None if good else f"{shown(value)} is not of type {kind}"


def _is_iso(value: str, kind: str) -> bool:
    """Whether a date, time or both, perhaps partial, is of the standard and of the calendar."""
    if len(value) > LONGEST_NUMBER or _ISO[kind].fullmatch(value) is None:
        return False
    on, _, at = value.partition("T") if kind != "time" else ("", "", value)
    try:
        if on:
            parts = [int(part) for part in on.split("-")]
            date(*[*parts, 1, 1][:3])
        clock = re.sub(r"(Z|[+-]\d{2}:\d{2})$", "", at)
        if clock:
            hour, minute, second = [*(int(float(part)) for part in clock.split(":")), 0, 0][:3]
            time(hour, minute, second)
    except ValueError:
        return False
    return True


def read_dataset_json(path: Path) -> Dataset:
    """Read a file ending in .json or .ndjson."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeliveryError(f"{path.name}: not UTF-8 text (byte {error.start})") from error
    rows: Any
    if path.suffix.lower() == ".ndjson":
        # not splitlines: a text may hold other separators of lines
        lines = [_loaded(line, path, number) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        content, rows = (lines[0] if lines else None), lines[1:]
        if not isinstance(content, dict):
            raise DeliveryError(f"{path.name}: the first line is not the object that describes the dataset")
    else:
        content = _loaded(text, path, None)
        rows = content.pop("rows", None) if isinstance(content, dict) else None
    version = content.get("datasetJSONVersion") if isinstance(content, dict) else None
    if (
        not isinstance(content, dict)
        or not isinstance(version, str)
        or re.fullmatch(r"1\.1(\.\d{1,3})?", version, re.ASCII) is None
    ):
        raise DeliveryError(
            f"{path.name}: not a Dataset-JSON file of version 1.1: datasetJSONVersion is {shown(version)}"
        )
    missing = [name for name in REQUIRED if name not in content]
    if missing or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise DeliveryError(f"{path.name}: {'no ' + missing[0] if missing else 'rows are not lists of values'}")
    _refuse_odd_attributes(content, path)
    if content["records"] != len(rows):
        raise DeliveryError(
            f"{path.name}: {content['records']} records are announced, {len(rows)} are there: it may be cut"
        )
    if fault := too_many(len(rows), len(content["columns"])):
        raise DeliveryError(f"{path.name}: {fault}")
    try:
        return Dataset(
            name=content["name"],
            label=content["label"],
            item_group_oid=content["itemGroupOID"],
            columns=tuple(_column(number, one) for number, one in enumerate(content["columns"], 1)),
            rows=tuple(tuple(row) for row in rows),
            created=content["datasetJSONCreationDateTime"],
            about={key: value for key, value in content.items() if key not in (*REQUIRED, "datasetJSONVersion")},
        )
    except DeliveryError as error:
        raise DeliveryError(f"{path.name}: {error}", error.line) from error


def _loaded(text: str, path: Path, line: int | None) -> Any:
    """A JSON value.

    What JSON allows and no dataset holds (keys that stand twice, numbers of any size, any nesting) is refused.
    """

    def at(rule: str, number: int | None = line) -> DeliveryError:
        return DeliveryError(
            f"{path.name}, line {number}: {rule}" if number is not None else f"{path.name}: {rule}", number
        )

    def number(read: Callable[[str], Any]) -> Callable[[str], Any]:
        def checked(written: str) -> Any:
            if len(written) > LONGEST_NUMBER:
                raise at(f"a number of {len(written):,} digits; at most {LONGEST_NUMBER} are read")
            value = read(written)
            if not math.isfinite(value):
                raise at(f"{written} is beyond every number")
            return value

        return checked

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            left = dict.fromkeys(found, 1)
            twice = next(key for key, _ in pairs if left.pop(key, None) is None)
            raise at(f"the key {shown(twice)} stands twice in one object")
        return found

    def constant(written: str) -> Any:
        raise at(f"{written} is no JSON value")

    try:
        return json.loads(
            text, parse_int=number(int), parse_float=number(float), parse_constant=constant, object_pairs_hook=once
        )
    except json.JSONDecodeError as error:
        raise at(f"not readable as JSON: {error.msg}", line or error.lineno) from error
    except RecursionError as error:
        raise at("nested deeper than any dataset is") from error


def _refuse_odd_attributes(content: dict[str, Any], path: Path) -> None:
    """Every attribute of the standard is of its type, and every text is one."""
    for name in TEXTS:
        if name in content and not isinstance(content[name], str):
            raise DeliveryError(f"{path.name}: {name} is text, got {shown(content[name])}")
    if type(content["records"]) is not int:
        raise DeliveryError(f"{path.name}: records is a whole number, got {shown(content['records'])}")
    if not isinstance(content["columns"], list):
        raise DeliveryError(f"{path.name}: columns are a list, got {shown(content['columns'])}")
    system = content.get("sourceSystem", {})
    if not isinstance(system, dict) or not all(isinstance(value, str) for value in system.values()):
        raise DeliveryError(f"{path.name}: sourceSystem is an object of name and version, got {shown(system)}")
    for name, value in content.items():
        for text in (name, value, *(value.values() if isinstance(value, dict) else ())):
            if isinstance(text, str) and (fault := fault_of_text(text)):
                raise DeliveryError(f"{path.name}, {name if text is not name else 'a key'}: {fault}")


def write_dataset_json(dataset: Dataset) -> str:
    """The text of a .json file: the same dataset, read again."""
    about = {
        "datasetJSONCreationDateTime": dataset.created,
        "datasetJSONVersion": "1.1.0",
        **dataset.about,
        "itemGroupOID": dataset.item_group_oid,
        "records": len(dataset.rows),
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_as_object(column) for column in dataset.columns],
    }
    head = json.dumps(about, ensure_ascii=False, indent=1, allow_nan=False)
    rows = ",\n".join("  " + json.dumps(list(row), ensure_ascii=False, allow_nan=False) for row in dataset.rows)
    return f'{head[:-2]},\n "rows": [\n{rows}\n ]\n}}\n'


def as_csv(dataset: Dataset) -> str:
    """A dataset as CSV: names in the first line, empty where there is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in dataset.columns])
    writer.writerows([["" if value is None else value for value in row] for row in dataset.rows])
    return text.getvalue()


def now_created(at: datetime) -> str:
    """A time as the standard writes it."""
    return at.isoformat(timespec="seconds")


def _as_object(column: Column) -> dict[str, Any]:
    return {name: value for name, own in _COLUMN.items() if (value := getattr(column, own)) is not None}


def _column(number: int, given: Any) -> Column:
    if not isinstance(given, dict):
        raise DeliveryError(f"column {number}: not an object")
    missing = [name for name in ("itemOID", "name", "label", "dataType") if not isinstance(given.get(name), str)]
    unknown = sorted(set(given) - set(_COLUMN))
    if missing or unknown:
        raise DeliveryError(
            f"column {number}: {'no ' + missing[0] if missing else 'unknown attribute ' + shown(unknown[0])[1:-1]}"
        )
    for name, value in given.items():
        if name in ("length", "keySequence") and (type(value) is not int or value < 1):
            raise DeliveryError(f"column {number}: {name} is a whole number of 1 or more, got {shown(value)}")
        if name == "targetDataType" and value not in ("integer", "decimal"):
            raise DeliveryError(f"column {number}: {name} is integer or decimal, got {shown(value)}")
        if name == "displayFormat" and not isinstance(value, str):
            raise DeliveryError(f"column {number}: {name} is text, got {shown(value)}")
        if isinstance(value, str) and (fault := fault_of_text(value)):
            raise DeliveryError(f"column {number}, {name}: {fault}")
    if fault := fault_of_columns((given["name"],)):
        raise DeliveryError(f"column {number}: {fault}")
    return Column(**{own: given[name] for name, own in _COLUMN.items() if name in given})
