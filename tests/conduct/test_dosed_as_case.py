"""The same figures by `treat organ-dose` and by the plan of a study: one dose, whichever way it is asked for."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.study.facts.dosimetry import RegionMass
from hevesy.study.protocol import DosimetryRegion, SValuesDeclared
from hevesy.study.protocol.s_values import SPair, TableMass
from tests.answers.asking import DATA
from tests.conduct.test_dosed import PLAN, Facts, TIA_h, dose, subject

MASSES_g = {"Liver": 1800.0, "Kidneys": 300.0, "Spleen": 150.0, "Tot Body": 73_000.0}
OWN_g = {"Liver": 1650.0, "Kidneys": 280.0}
CASE = f"""
subject = "made-up-01"
nuclide = "I-131"
administered = "740MBq"
method = "s-table"
[table]
layout = "olinda"
files = ["made-up.csv"]
unit = "mGy/(MBq s)"
masses = "parenchyma"
alpha_weight = 1
daughters = "none matter"
nuclide = "I-131"
total_body = "Tot Body"
[table.mass]
{chr(10).join(f'"{name}" = "{mass}g"' for name, mass in MASSES_g.items())}
"""


def case(folder: Path) -> dict[str, float]:
    """Doses (Gy) of organs by the case."""
    told = CASE
    for name in ("Liver", "Kidneys", "Spleen", "rest"):
        told += f'[[region]]\nname = "{name}"\nresidence_time = "{TIA_h!r} h"\n'
        told += f'mass = "{OWN_g[name]}g"\nmasses = "parenchyma"\n' if name in OWN_g else ""
    (folder / "made-up.csv").write_bytes((DATA / "case" / "made-up.csv").read_bytes())
    (folder / "CASE.toml").write_text(told)
    document: Any = hevesy.organ_dose(case=folder / "CASE.toml").document
    return {one["name"]: one["dose_Gy"] for one in document["organs"]}


def test_an_organs_dose_is_that_of_its_case(tmp_path: Path) -> None:
    """Four regions that hold the same, two of them weighed, the remainder of the table's whole body."""
    head, *rows = csv.reader((DATA / "case" / "made-up.csv").read_text().splitlines())
    organs = ("Liver", "Kidneys", "Spleen")
    pairs = tuple(
        SPair(target=row[0], source=source, s_mGy_per_MBq_per_s=float(value))
        for row in rows
        for source, value in zip(head[1:], row[1:], strict=True)
        if row[0] in organs and source in (*organs, "Tot Body")
    )
    table = SValuesDeclared(
        table="made up", masses="parenchyma", daughters="none matter", alpha_weight=1.0, nuclide="I-131",
        total_body="Tot Body", pairs=pairs,
        table_masses=tuple(TableMass(region=name, mass_g=mass) for name, mass in MASSES_g.items()),
    )  # fmt: skip
    regions = (
        *(DosimetryRegion(name=name.casefold(), phantom=name) for name in organs),
        DosimetryRegion(name="rest", kind="remainder"),
    )
    facts = Facts().injected().treated()
    for one in regions:
        facts.curve(one.name)
    for name, mass_g in OWN_g.items():
        facts.add(RegionMass, region=name.casefold(), mass_g=mass_g, holds="parenchyma")
    expected = case(tmp_path)
    for each in subject(facts, replace(PLAN, regions=regions, s_values=table)).regions[:3]:
        assert dose(each.foreseen).dose_Gy == pytest.approx(expected[each.region.as_source], rel=1e-6)
