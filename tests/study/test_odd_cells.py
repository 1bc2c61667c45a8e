"""Cells of any length or shape become a fault that names column, value and rule, and soon."""

from __future__ import annotations

import time

import pytest

from hevesy.files.sources import read_sources
from hevesy.study.delivered import Fault, fact_of
from tests.conftest import MAPPINGS

MAPPING = next(
    mapping for mapping in read_sources((MAPPINGS / "clr131.toml").read_text()) if mapping.kind == "laboratory"
)


def row(value: str) -> dict[str, str | None]:
    given: dict[str, str | None] = {}
    for name, column in MAPPING.columns.items():
        for delivered in column.columns:
            given[delivered] = {
                "subject": "1-01",
                "on": "2016-08-12",
                "test": "platelets",
                "value": value,
                "unit": "10^9/L",
            }.get(name)
    return given


@pytest.mark.parametrize(
    "value",
    [
        "1" * 131_000 + "x",
        "<" + "1" * 131_000 + "x",
        "1" * 131_000,
        "." * 131_000,
        "1e" + "9" * 131_000,
        "0e99999999999999999999",
        "1e-9999",
        "0e400000",
    ],
    ids=lambda value: value[:8],
)
def test_a_figure_of_any_length_is_a_fault_at_once(value: str) -> None:
    began = time.monotonic()
    found = fact_of(row(value), 1, MAPPING, None)
    assert time.monotonic() - began < 2
    assert isinstance(found, list)
    assert isinstance(found[0], Fault)
    assert found[0].column == MAPPING.columns["value"].name
    assert "number" in found[0].rule


@pytest.mark.parametrize("value", ["150", "0", "1.5e2", "<20", "150.", ".5"])
def test_a_figure_as_written_is_taken(value: str) -> None:
    assert not isinstance(fact_of(row(value), 1, MAPPING, None), list)
