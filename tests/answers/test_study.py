"""A study asked from Python: what it writes, where its files go, and what it refuses by which field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import hevesy
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.render.numbers import read_numbers
from tests.answers.asking import DATA
from tests.conftest import EXAMPLE, MAPPINGS, Folder, Run, entries_of


def test_a_study_from_nothing_to_a_readout(tmp_path: Path) -> None:
    study = hevesy.create(tmp_path / "trial", protocol=EXAMPLE / "protocol.toml", mapping="clr131", who="data manager")
    took = study.take(sorted((EXAMPLE / "sources").glob("*.csv")), who="data manager")
    assert took.document["added"] == 749
    assert {entry.who for entry in entries_of(study.folder)} == {"data manager"}
    answer = study.readout(as_of="2016-11-04")
    assert not (study.folder / "readouts").exists(), "an answer is not written before it is told to"
    written = answer.write()
    assert answer.document["path"] == str(written / "index.html")
    said = json.loads((written / "readout.json").read_text())
    numbers = read_numbers(said)
    assert said.pop("schema") == 3
    for shared in ("meanings", "sentences", "rows", "columns"):
        del said[shared]
    said["numbers"] = numbers
    for number in numbers:
        number["rows"] = [row for first, last in number["row_ranges"] for row in range(first, last + 1)]
    assert {"path": str(written / "index.html"), **said} == answer.document
    assert str(study.verify(head=str(answer.document["ledger_head"]))).endswith(str(answer.document["ledger_head"]))


def test_a_readout_names_the_folder_it_is_then_written_to(demo: Folder) -> None:
    study = hevesy.open(demo.path)
    first = study.readout(as_of="2016-11-04", since="2016-06-01")
    other = study.readout(as_of="2016-11-04", since="2016-07-01")
    assert first.write() == first.folder
    assert first.write() == first.folder, "what lies there already is left as it is"
    with pytest.raises(CannotAnswerError, match="holds something else; nothing was written"):
        other.write()
    again = study.readout(as_of="2016-11-04", since="2016-07-01")
    assert again.document["path"] == f"{first.folder}_2/index.html"
    assert again.write() == Path(f"{first.folder}_2")
    assert study.readout(as_of="2016-11-04", since="2016-07-01").folder == again.folder
    assert set((demo.path / "readouts").iterdir()) == {first.folder, again.folder}


def test_what_needs_a_reason_says_so_in_the_words_of_each_door(demo: Folder, run: Run) -> None:
    with pytest.raises(CannotAnswerError) as refused:
        hevesy.open(demo.path).take([DATA / "lb.csv"])
    assert "a correction needs reason (got" in str(refused.value)
    (refusal,) = (refused.value.document or {})["refused"]
    assert refusal["rule"] == "differs from the recorded value; a correction needs reason"
    code, out, err = run("study", "import", demo.path, DATA / "lb.csv", "--json")
    (typed,) = json.loads(out)["refused"]
    assert code == 1
    assert typed["rule"] == "differs from the recorded value; a correction needs --reason"
    assert typed["message"] in err
    assert {**typed, "rule": "", "message": ""} == {**refusal, "rule": "", "message": ""}


def test_what_was_delivered_is_left_as_it_is_in_the_data_of_a_refusal() -> None:
    refused = CannotAnswerError(
        "no", {"refused": [{"rule": "needs ⟦reason⟧", "value": "⟦reason⟧", "key": ("⟦reason⟧",)}]}
    )
    assert refused.document == {"refused": [{"rule": "needs reason", "value": "⟦reason⟧", "key": ["⟦reason⟧"]}]}


@pytest.mark.parametrize(
    ("name", "given", "field"),
    [
        ("take", {"files": [DATA / "lb.csv"], "sha256": ["lb.csv=12"]}, "sha256"),
        ("take", {"files": [DATA / "lb.csv", DATA / "km.csv"], "sha256": "0" * 64}, "sha256"),
        ("verify", {"head": "12"}, "head"),
        ("confirm", {"row": 0, "reason": "seen"}, "row"),
        ("readout", {"format": "pdf"}, "format"),
        ("readout", {"known_at": "2016-11-04T12:00"}, "known_at"),
        ("adam_datasets", {"out": "adam", "format": "xpt"}, "format"),
    ],
)
def test_what_is_asked_wrongly_is_refused_by_its_field(
    demo: Folder, name: str, given: dict[str, object], field: str
) -> None:
    with pytest.raises(QuestionError) as refused:
        getattr(hevesy.open(demo.path), name)(**given)
    assert refused.value.fields == (field,)


def test_a_state_that_the_record_does_not_contain(demo: Folder) -> None:
    study = hevesy.open(demo.path)
    assert study.verify(head=study.recorded.head[:20]).document["contains_head"] is True
    with pytest.raises(CannotAnswerError, match="does not contain the state") as refused:
        study.verify(head="0" * 64)
    assert (refused.value.document or {})["contains_head"] is False


def test_datasets_are_written_whole_where_nothing_lies(demo: Folder, tmp_path: Path) -> None:
    study, out = hevesy.open(demo.path), tmp_path / "adam"
    answer = study.adam_datasets(out=out, format="csv")
    assert not out.exists()
    assert answer.write() == out
    assert sorted(path.name for path in out.iterdir()) == sorted(answer.files)
    with pytest.raises(CannotAnswerError, match="is there already; nothing was written"):
        study.adam_datasets(out=out, format="csv")


def test_the_demonstration_writes_its_study_and_hands_back_its_readout(tmp_path: Path) -> None:
    answer = hevesy.demonstration(tmp_path / "demo")
    assert hevesy.open(tmp_path / "demo").status().document["subjects"] == 8
    assert not Path(str(answer.document["readout"])).exists()
    assert (answer.write() / "index.html").resolve() == Path(str(answer.document["readout"]))


def test_what_an_import_leaves_off_is_counted(demo: Folder, tmp_path: Path) -> None:
    """A partial file: of the rows that are absent fifty are named, and how many more there are."""
    header, *rows = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "lb.csv").write_text("\n".join([header, *rows[:100]]) + "\n", encoding="utf-8")
    answer = hevesy.open(demo.path).take([tmp_path / "lb.csv"], who="data manager", dry_run=True)
    missing = len(rows) - 100
    assert str(answer).count("missing: ") == 50
    assert f"\nand {missing - 50} more\n" in str(answer)


def test_an_import_shows_what_differs_value_by_value(demo: Folder, tmp_path: Path) -> None:
    """Two values of one row and one of another: a line each with what is recorded and delivered, in which line."""
    text = (EXAMPLE / "sources" / "ae.csv").read_text(encoding="utf-8")
    assert "1-01,1,3,Insomnia,Psychiatric disorders,4.03,1,6,6,11,0,not related,0" in text
    text = text.replace("Insomnia,Psychiatric disorders,4.03,1,6,6,11", "Insomnia,Psychiatric disorders,4.03,2,6,6,")
    text = text.replace("4.03,2,36,36,113", "4.03,1,36,36,113", 1)
    (tmp_path / "ae.csv").write_text(text, encoding="utf-8")
    before = entries_of(demo.path)
    answer = hevesy.open(demo.path).take([tmp_path / "ae.csv"], who="data manager", dry_run=True)
    first, caution, differing, *_ = answer.blocks
    assert first == said("would add 0, change 2, leave unchanged 34", tone="answer")
    assert caution == said(
        "a value that differs from the recorded one is a correction: it needs a reason", tone="caution"
    )
    assert isinstance(differing, Table)
    assert [row.cells for row in differing.rows] == [
        ("adverse events, 1-01, 1", "max_grade", "2", "1", "ae.csv", "2"),
        ("adverse events, 1-01, 3", "max_grade", "1", "2", "ae.csv", "4"),
        ("adverse events, 1-01, 3", "resolved_day", "11", "(empty)", "ae.csv", "4"),
    ]
    assert entries_of(demo.path) == before, "a preview writes nothing"
    took = hevesy.open(demo.path).take([tmp_path / "ae.csv"], who="data manager", reason="graded again")
    assert took.blocks[0] == said("added 0, changed 2, unchanged 34", tone="answer")
    assert took.blocks[1] == differing


def test_an_import_tells_columns_and_rows_that_it_leaves(tmp_path: Path) -> None:
    """A column that is not mapped, one that the mapping drops, and of a file the rows of every test but one."""
    mapping = tmp_path / "sources.toml"
    text = (MAPPINGS / "clr131.toml").read_text(encoding="utf-8")
    mapping.write_text(
        'drop = ["initials"]\n' + text.replace('file = "lb.csv"\n', 'file = "lb.csv"\nonly = { test = ["PLT"] }\n')
    )
    header, *rows = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").splitlines()
    extended = [f"{header},analyser,initials", *(f"{row},7,AB" for row in rows)]
    (tmp_path / "lb.csv").write_text("\n".join(extended) + "\n", encoding="utf-8")
    study = hevesy.create(tmp_path / "trial", protocol=EXAMPLE / "protocol.toml", mapping=mapping, who="data manager")
    answer = study.take([EXAMPLE / "sources" / "dm.csv", tmp_path / "lb.csv"], who="data manager", dry_run=True)
    tables = {block.id: [row.cells for row in block.rows] for block in answer.blocks if isinstance(block, Table)}
    others = sum(",PLT," not in row for row in rows)
    assert tables == {
        "columns": [("lb.csv", "analyser")],
        "dropped": [("lb.csv", "initials")],
        "skipped": [("lb.csv -> laboratory", str(others))],
    }
    assert answer.document["unknown_columns"] == {"lb.csv": ["analyser"]}


def test_a_refused_import_keeps_file_line_column_and_rule_in_its_sentence(demo: Folder, tmp_path: Path) -> None:
    text = (EXAMPLE / "sources" / "lb.csv").read_text(encoding="utf-8").replace("PLT,244,", "PLT,-244,")
    (tmp_path / "lb.csv").write_text(text, encoding="utf-8")
    with pytest.raises(
        CannotAnswerError, match=r"nothing was imported:\n  lb\.csv, line 3, value: platelets must not be negative"
    ):
        hevesy.open(demo.path).take([tmp_path / "lb.csv"], who="data manager", reason="again")
