"""Every number of MRMCaov's output and of the FROC figures (own data sets, `imaging/README` of the outside truth)."""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from hevesy.find.readers import Lesions, Mark, MarkedStudy, Rated, RatedStudy, marked_study, rated_study
from hevesy.stats.reader import ReaderAnalysis, obuchowski_rockette
from hevesy.stats.words import CaseCovariance, CaseMerit, MarkMerit
from tests.conftest import outside_truth, reference

DESIGNS, MRMC = outside_truth("imaging/own_designs.txt"), "imaging/own_mrmc.csv"
FIGURES = outside_truth("imaging/own_froc_golden.csv")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?")


class Printed(NamedTuple):
    """A number of the output: the call it is of, its table, row and column."""

    call: str
    table: str
    row: str
    column: str
    value: float


TABLES = {
    "Obuchowski-Rockette variance": "components",
    "ANOVA global test": "equality",
    "95% CIs and tests": "differences",
    "95% modality": "modalities",
}


def printed() -> list[Printed]:
    """Every number of the calls of MRMCaov: tables whose columns go on below one another, rows by the words before."""
    found: list[Printed] = []
    call = table = ""
    columns: list[str] = []
    for line in DESIGNS.read_text().splitlines() if DESIGNS.exists() else []:
        if line.startswith("####"):
            call, table = line.removeprefix("#### "), ""
            if call.startswith("lmer"):
                break
        elif begun := next((name for start, name in TABLES.items() if line.startswith(start)), None):
            table, columns = begun, []
        elif table and line.strip() and not line.startswith("specified"):
            words = line.split()
            if not (columns and NUMBER.fullmatch(words[-1].replace("NA", "0"))):
                columns = words
                continue
            numbers: list[str] = []
            while words and len(numbers) < len(columns) and NUMBER.fullmatch(words[-1].replace("NA", "0")):
                numbers.append(words.pop())
            row = re.sub(r"^1\b", "", " ".join(words)) if table != "equality" else ""
            for column, number in zip(reversed(columns), numbers, strict=False):
                if number != "NA":
                    found.append(Printed(call, table, row.strip(), column, float(number)))
    return found


EVERY = printed()


@cache
def study() -> RatedStudy:
    with reference(MRMC).open() as file:
        return rated_study(
            [
                Rated(
                    row["case"], row["reader"], row["modality"], row["truth"] == "1", float(row["rating"]), f"row {at}"
                )
                for at, row in enumerate(csv.DictReader(file), start=1)
            ]
        )


@cache
def analysis(call: str) -> ReaderAnalysis:
    merit: CaseMerit = "sensitivity" if "sens" in call else "specificity" if "spec" in call else "auc"
    way = re.search(r"cov= (\w+)", call)
    covariance: CaseCovariance = way[1].lower() if way else "jackknife"  # type: ignore[assignment]
    return obuchowski_rockette(study().figures(merit, covariance, None if merit == "auc" else 4))


NAMES = {
    "MS(T)": "ms_modality",
    "MS(T:R)": "ms_modality_reader",
    "MS(R)": "ms_reader",
    "F": "statistic",
    "t": "statistic",
    "StdErr": "standard_error",
    "CI.Lower": "lower",
    "CI.Upper": "upper",
    "p-value": "p_value",
}
"""What we call a column that MRMCaov calls otherwise."""


def ours(one: Printed) -> float:
    """Our number in the place of a printed one."""
    found, name = analysis(one.call), NAMES.get(one.column, one.column.lower())
    parts, equality = found.components, found.equality
    assert parts is not None
    assert equality is not None
    match one.table:
        case "components":
            value = float(getattr(parts, one.row.lower().replace("modality:", "modality_")))
            return value if one.column == "Estimate" else parts.correlation(value) or 0.0
        case "equality":
            return float(getattr(parts if name in ("cov2", "cov3") else equality, name))
        case "differences":
            assert one.row in ("MRI - PET", "")
            return float(getattr(found.differences[0], name))
    return float(getattr(next(each for each in found.modalities if each.modality == one.row), name))


def test_no_number_of_the_output_is_left_out() -> None:
    reference("imaging/own_designs.txt")
    calls = list(dict.fromkeys(one.call for one in EVERY))
    assert len(calls) == 5
    for call in calls:
        counts = [sum(one.call == call and one.table == table for one in EVERY) for table in TABLES.values()]
        assert counts == [9, 9, 7, 14], call


@pytest.mark.parametrize(
    "one", EVERY, ids=lambda one: f"{one.call[:8]} {one.call[-12:]} {one.table} {one.row} {one.column}"
)
def test_a_number_of_mrmcaov(one: Printed) -> None:
    assert ours(one) == pytest.approx(one.value, rel=1e-8)


def figure_rows() -> list[dict[str, str]]:
    if not FIGURES.exists():
        return []
    with FIGURES.open() as file:
        return list(csv.DictReader(file))


@cache
def marked() -> MarkedStudy:
    with reference("imaging/own_froc_cases.csv").open() as file:
        cases = [Lesions(row["case"], int(row["lesions"]), (), "") for row in csv.DictReader(file)]
    with reference("imaging/own_froc_marks.csv").open() as file:
        marks = [
            Mark(
                row["case"],
                row["reader"],
                row["modality"],
                int(row["lesion"]) if row["type"] == "LL" else None,
                float(row["rating"]),
                "",
            )
            for row in csv.DictReader(file)
        ]
    return marked_study(marks, cases)


@pytest.mark.parametrize("row", figure_rows(), ids=lambda row: " ".join(row.values()))
def test_a_figure_of_marks(row: dict[str, str]) -> None:
    merit: MarkMerit = row["fom"].lower()  # type: ignore[assignment]
    found = marked().figures(merit).estimates[int(row["modality"]) - 1, int(row["reader"]) - 1]
    assert found == pytest.approx(float(row["value"]), rel=1e-9)


def test_every_figure_of_marks_is_compared() -> None:
    reference("imaging/own_froc_golden.csv")
    assert len(figure_rows()) == 30
    assert np.isfinite(marked().figures("wafroc").covariance).all()
