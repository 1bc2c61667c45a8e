"""Asking which dose and time separate best: what a reader is told, and what stands in the document."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import hevesy
from tests.answers.asking import DATA
from tests.conftest import Run

OWN = DATA / "dose_time.csv"


def asked(**given: object) -> Any:
    return json.loads(json.dumps(hevesy.ask("find time-points", OWN, **given).document))


def test_the_document_has_the_means_of_emmeans_and_names_what_is_missing() -> None:
    """Estimates, errors and limits as in the reference file own_designs.txt (emmeans 1.11)."""
    found = asked()
    first = found["cells"][0]
    assert (first["dose"], first["time"], first["scans"]) == (5, 6, 17)
    assert first["estimate"] == pytest.approx(1.3861145, abs=1e-7)
    assert [first["mean"], first["lower"], first["upper"]] == pytest.approx(
        [math.exp(one) for one in (1.3861145, 1.2468236, 1.5254055)], rel=1e-6
    )
    assert found["missing"] == [
        "subject 5, dose 5 at 6 h: no value (line 14)",
        "subject 5, dose 5 at 48 h: no value (line 16)",
    ]
    assert (found["measure"], found["scale"], found["subjects"], found["scans"]) == ("tbr", "ratio", 36, 106)
    assert sum(cell["p_best"] for cell in found["cells"]) == pytest.approx(1)
    assert found["choice"]["p_best"] == max(cell["p_best"] for cell in found["cells"])
    assert [one["name"] for one in found["effects"]] == ["time", "dose", "interaction"]


def test_a_reader_is_told_the_choice_what_is_missing_and_what_else_the_table_has(run: Run) -> None:
    code, told, _ = run("find", "time-points", OWN)
    assert code == 0
    assert told.startswith("tbr separates best with dose 5 at 48 h: geometric mean 9.32 (8.11 to 10.7), the highest")
    assert "No earlier time or smaller dose is within 10% of the best" in told
    assert "missing: subject 5, dose 5 at 6 h: no value (line 14); subject 5, dose 5 at 48 h" in told
    assert "other measures of the table, each asked for by itself: cnr" in told
    assert "dose has no unit" in told


def test_an_earlier_time_that_is_hardly_worse_is_told_with_what_it_saves() -> None:
    told = str(hevesy.time_points(OWN, measure="cnr", margin=0.15, sure=0.8))
    assert "cnr separates best with dose 7.5 at 24 h" in told
    assert "Which is best is not settled: the choice is it with a probability of 0.77 only" in told
    assert "24 h less of waiting" in str(hevesy.time_points(OWN, measure="tbr", margin=0.3, sure=0.7, wanted="highest"))


def test_a_score_is_told_by_differences() -> None:
    found = asked(measure="cnr", scale="score")
    assert found["cells"][0]["mean"] == found["cells"][0]["estimate"]
    one = found["to_the_choice"][0]
    assert one["value"] == one["estimate"] < 0


def test_a_measure_that_does_not_say_its_scale_is_asked_for_it(tmp_path: Path, run: Run) -> None:
    (tmp_path / "t.csv").write_text(OWN.read_text(encoding="utf-8").replace("cnr", "z"), encoding="utf-8")
    code, _, told = run("find", "time-points", tmp_path / "t.csv", "--measure", "z")
    assert code == 2
    assert "z does not say whether it is a ratio or a score: give --scale" in told


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "1,6,5,3.512,",
            "1,6,5,0,",
            "tbr: line 2: subject 1, dose 5 at 6 h: a ratio is above 0 on the logarithmic scale",
        ),
        ("1,24,5,", "1,6,5,", "line 3: subject 1, dose 5 at 6 h, stands twice, first in line 2"),
        ("1,24,5,", "1,24,7.5,", "line 3: subject 1 is at two doses, 5 and 7.5 (line 2)"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_line(
    old: str, new: str, sentence: str, tmp_path: Path, run: Run
) -> None:
    text = OWN.read_text(encoding="utf-8").replace(f"\n{old}", f"\n{new}", 1)
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    code, _, told = run("find", "time-points", tmp_path / "t.csv")
    assert code == 1
    assert sentence in told


def test_a_cell_without_values_stands_in_the_document_as_nothing(tmp_path: Path) -> None:
    lines = OWN.read_text(encoding="utf-8").splitlines()
    (tmp_path / "t.csv").write_text("\n".join(line for line in lines if ",48,7.5," not in line), encoding="utf-8")
    found = hevesy.time_points(tmp_path / "t.csv").document
    cells: Any = found["cells"]
    assert cells[-1] == {**dict.fromkeys(cells[0]), "dose": 7.5, "time": 48.0, "scans": 0}
    assert found["effects"] == []
