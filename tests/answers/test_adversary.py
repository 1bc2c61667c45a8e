"""What an adversary found at the doors: values that went unread, places that moved, marks that were delivered."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path

import pytest

import hevesy
from hevesy.answers.plan.asked_design import AskedDesign
from hevesy.conduct.recorded_study import examine
from hevesy.errors import CannotAnswerError, HevesyError, QuestionError
from tests.answers.asking import DATA
from tests.conftest import Folder, Run

BOIN = {"design": "boin", "target": 0.25, "levels": 3}
KM = {"table": str(DATA / "km.csv"), "time": "t", "event": "e"}
GIVEN = {"nuclide": "I-131", "height": "173cm", "weight": "79kg"}


@pytest.mark.parametrize(
    ("command", "given", "field"),
    [
        ("follow rate", {"events": 3, "at_risk": 41.5, "against": (True, 20.5)}, "against"),
        ("follow rate", {"events": 3, "at_risk": 41.5, "against": (3.5, 20.5)}, "against"),
        ("follow rate", {"events": 3, "at_risk": 41.5, "against": 4}, "against"),
        ("follow rate", {"events": 3, "at_risk": math.inf}, "at_risk"),
        ("follow proportion", {"x": math.inf, "n": 8}, "x"),
        ("follow proportion", {"x": 10**400, "n": 10.5}, "n"),
        ("follow km", {**KM, "at": b"\x01\x02"}, "at"),
        ("follow km", {**KM, "level": 10**400}, "level"),
        ("follow incidence", {"table": str(DATA / "causes.csv"), "time": "t", "cause": "cause", "at": []}, "at"),
        ("follow cox", {**KM, "covariates": iter(["arm"])}, "covariates"),
        ("follow match", {"table": str(DATA / "ours.csv"), "target": [("age", 46, "x")]}, "target"),
        (
            "follow match",
            {"table": str(DATA / "ours.csv"), "target": ["age=46"], "event": "e", "published": (3.5, 10)},
            "published",
        ),
        ("follow reconstruct", {"table": str(DATA / "curve.csv"), "at_risk": [(0, 40.5), (4, 25)]}, "at_risk"),
        ("follow consistent", {"figure": "4.75", "n": 4, "within": (1.5, 5)}, "within"),
        ("treat prescribe", {**GIVEN, "level": True, "organ": "kidney", "organ_dose": "0.9Gy/GBq"}, "level"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "bed": (2.5, 2.8, 64)}, "bed"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "calibrated": 25}, "calibrated"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "calibrated": (350, datetime(9999, 1, 1))}, "calibrated"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "tolerance": math.nan}, "tolerance"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "volume_mL": -5}, "volume_mL"),
        ("treat prescribe", {**GIVEN, "level": "5MBq/kg", "fractions": 2, "interval": "7.5d"}, "interval"),
        ("plan next", {"history": "1NNN", **BOIN, "levels": b"ab"}, "levels"),
        ("plan next", {"history": "1NNN", **BOIN, "levels": "²"}, "levels"),
        ("plan next", {"history": "1NNN", **BOIN, "follow_up": (2.5, 42)}, "follow_up"),
        ("plan next", {"history": "1NNN", **BOIN, "follow_up": (2, math.nan)}, "follow_up"),
        ("plan next", {"history": "1NNN", **BOIN, "follow_up": "-2/42d"}, "follow_up"),
        ("plan next", {"history": "1NNN", **BOIN, "as_of": "2016-11-04"}, "as_of"),
        ("plan next", {"history": "1NNN", "by": "boin"}, "by"),
        ("plan next", {"history": "1NNN", "by": AskedDesign(titration="no", design="boin")}, "titration"),  # type: ignore[arg-type]
        ("plan next", {"history": "1NNN", "by": AskedDesign(cohort_size=0, design="boin")}, "cohort_size"),
        (
            "plan oc",
            {"p": [0.1, 0.3], **BOIN, "levels": 2, "trials": 5, "arrivals": math.inf, "window": 28},
            "arrivals",
        ),
        ("plan oc", {"p": [0.1, 0.3], **BOIN, "levels": 2, "trials": 5, "arrivals": True, "window": 28}, "arrivals"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_is_read_like_words_or_refused_by_its_field(command: str, given: dict[str, object], field: str) -> None:
    with pytest.raises(QuestionError) as refused:
        hevesy.ask(command, **given)
    assert field in refused.value.fields


@pytest.mark.parametrize("mark", ["«as_of»", "«oui»"])
def test_what_is_delivered_between_guillemets_stays_so(mark: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"t,e\n{mark},1\n", encoding="utf-8")
    code, _, told = run("follow", "km", tmp_path / "t.csv", "--time", "t", "--event", "e")
    assert (code, told) == (1, f"hevesy: t.csv, line 2, t: '{mark}' is not a number\n")


def test_an_open_study_stays_where_it_was_opened(
    demo: Folder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(demo.path.parent)
    study = hevesy.open(demo.path.name)
    answer = study.readout(as_of="2016-11-04")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert study.status().document["subjects"] == 8
    assert answer.write().parent == demo.path / "readouts"


def test_a_readout_is_not_written_into_another_study(demo: Folder, tmp_path: Path) -> None:
    other = hevesy.create(tmp_path / "other", protocol=demo.path / "protocol.toml", mapping="clr131", who="a test")
    answer = hevesy.open(demo.path).readout(as_of="2016-11-04")
    for place in (other.folder / "readouts" / "x", other.folder / "readouts" / "deep" / "x"):
        with pytest.raises(CannotAnswerError, match="lies in another study"):
            answer.write(place)
    with pytest.raises(CannotAnswerError, match="lies in another study"):
        hevesy.open(demo.path).readout(as_of="2016-11-04", out=other.folder / "readouts" / "sub")
    assert examine(other.folder).verification.intact
    assert answer.write(tmp_path / "mine").is_dir()


def test_an_answer_says_that_its_files_are_not_written_yet(tmp_path: Path) -> None:
    answer = hevesy.reconstructed_times(DATA / "curve.csv", at_risk="0:40,4:25", out=tmp_path / "n.csv")
    assert str(answer).endswith("1 files, to be written by write()")
    assert not (tmp_path / "n.csv").exists()
    assert answer.write() == tmp_path
    assert (tmp_path / "n.csv").read_text().startswith("time,event\n")
    assert [path.name for path in tmp_path.iterdir()] == ["n.csv"]
    with pytest.raises(CannotAnswerError, match="No such file or directory"):
        answer.write(tmp_path / "nowhere")
    with pytest.raises(QuestionError, match="the name of a file is needed"):
        hevesy.reconstructed_times(DATA / "curve.csv", at_risk="0:40,4:25", out=".")


@pytest.mark.parametrize("field", [("--interval", "0.2,0.35"), ("--ewoc", "0.25")])
def test_a_field_of_a_design_is_not_ignored_because_it_says_what_is_usual(
    field: tuple[str, str], demo: Folder, run: Run
) -> None:
    code, _, told = run("plan", "next", demo.path, *field)
    assert code == 2
    assert "the study's own design is used; to try another, give --design" in told


def test_files_that_are_no_text_are_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "latin.txt").write_bytes("1NNN é".encode("latin-1"))
    crm = ("--design", "crm", "--target", "0.25", "--skeleton", "0.1,0.2")
    assert "is not a text in UTF-8" in run("plan", "fit", *crm, "--history", tmp_path / "latin.txt")[2]
    table = ("--design", "table", "--table", tmp_path / "latin.txt", "--target", "0.25", "--n", "12")
    assert "is not a text in UTF-8" in run("plan", "table", *table)[2]


def test_nothing_taken_is_not_an_import(demo: Folder) -> None:
    with pytest.raises(QuestionError, match="files is needed"):
        hevesy.open(demo.path).take([])


def test_what_steers_a_terminal_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('t,e,arm\n1,1,"a\x1b[31m"\n2,0,"a\x1b[31m"\n', encoding="utf-8")
    try:
        told = str(hevesy.kaplan_meier(tmp_path / "t.csv", time="t", event="e", by="arm"))
    except HevesyError as refusal:
        told = str(refusal)
    assert "\x1b" not in told
