"""Deliveries that come again, otherwise or broken: what an adversary found after the record was thought to be trusted."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import polars
import pytest

from hevesy.conduct.backup import back_up
from hevesy.conduct.delivery import ImportReport, import_files, init_study
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.errors import CannotAnswerError, DeliveryError
from tests.conftest import Folder, write_readout

PLAN = '[study]\nid = "S"\ntitle = "S"\nctcae_version = "5.0"\n[[arm]]\ncode = "A"\nname = "A"\n'
PEOPLE = """[[source]]
name = "DM"
file = "dm*"
kind = "enrolment"
delivery = "full"
key = ["id"]
{dm}
[source.fields]
subject = "id"
arm = "arm"
consent = "consent"
"""
EVENTS = """[[source]]
name = "AE"
file = "ae*"
kind = "adverse_event"
delivery = "full"
key = ["id", "no"]
{ae}
[source.fields]
subject = "id"
term = "term"
grade = "grade"
onset = "onset"
{fields}
"""


class Study:
    """A small study, its mapping and its deliveries."""

    def __init__(self, folder: Path, **parts: str) -> None:
        self.folder, self.path = folder, folder / "study"
        (folder / "protocol.toml").write_text(PLAN)
        init_study(self.path, folder / "protocol.toml", self.mapping(**parts), "tester")

    def mapping(self, dm: str = "", ae: str = "", fields: str = "", top: str = "") -> Path:
        file = self.folder / "mapping.toml"
        file.write_text(f'time_zone = "UTC"\n{top}\n' + PEOPLE.format(dm=dm) + EVENTS.format(ae=ae, fields=fields))
        return file

    def file(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    def take(self, *files: Path, reason: str | None = None, mapping: Path | None = None) -> ImportReport:
        report = import_files(self.path, files, who="tester", reason=reason, mapping=mapping)
        assert report.refused == (), [str(one) for one in report.refused]
        assert examine(self.path).verification.faults == ()
        return report

    def values(self, key: str) -> dict[str, str | None]:
        return read_record(self.path).rows[key].values


DM = "id,arm,consent\n1,A,2020-01-01\n2,A,2020-01-02\n"
AE = "id,no,term,grade,onset,serious\n1,1,Cough,2,2020-02-01,1\n2,1,Fatigue,5,2020-02-01,1\n"


def test_the_last_file_is_read_again_when_the_mapping_has_changed(tmp_path: Path) -> None:
    study = Study(tmp_path, ae='only = { grade = ["2"] }')
    dm, ae = study.file("dm.csv", DM), study.file("ae.csv", AE)
    assert len(study.take(dm, ae).added) == 3
    study.take(dm, mapping=study.mapping(ae='only = { grade = ["2", "5"] }'), reason="grade 5 too")
    assert study.take(ae).added == ("AE|2|1",)


def test_an_optional_column_that_a_file_lacks_takes_nothing_away(tmp_path: Path) -> None:
    study = Study(tmp_path, fields='serious = { column = "serious", optional = true }')
    study.take(study.file("dm.csv", DM), study.file("ae.csv", AE))
    without = "\n".join(line.rpartition(",")[0] for line in AE.splitlines()).replace("Cough,2", "Cough,3") + "\n"
    report = study.take(study.file("ae.csv", without), reason="graded anew")
    assert [dict(change.values) for change in report.changed] == [{"grade": ("2", "3")}]
    assert study.values("AE|1|1") == {
        "id": "1",
        "no": "1",
        "term": "Cough",
        "grade": "3",
        "onset": "2020-02-01",
        "serious": "1",
    }


def test_every_file_of_a_name_is_held_against_its_hash(tmp_path: Path) -> None:
    study = Study(tmp_path)
    first, second = study.file("x/dm.csv", "id,arm,consent\n9,A,2020-01-01\n"), study.file("dm.csv", DM)
    said = hashlib.sha256(second.read_bytes()).hexdigest()
    report = import_files(study.path, [first, second], who="tester", sha256={"dm.csv": said})
    assert ["it is not the file that was sent" in refusal.rule for refusal in report.refused] == [True]


def test_one_of_two_files_again_lacks_the_rows_of_the_other(tmp_path: Path) -> None:
    study = Study(tmp_path)
    one, two = (
        study.file("dm1.csv", "id,arm,consent\n1,A,2020-01-01\n"),
        study.file("dm2.csv", "id,arm,consent\n2,A,2020-01-02\n"),
    )
    study.take(one, two)
    assert study.take(two).missing == ("DM|1",)


def test_a_corrected_encoding_reads_the_same_bytes_anew(tmp_path: Path) -> None:
    study = Study(tmp_path, ae='encoding = "latin-1"')
    ae = study.file("ae.csv", AE.replace("Cough", "Übelkeit"))
    study.take(study.file("dm.csv", DM), ae)
    report = study.take(ae, mapping=study.mapping(), reason="the encoding")
    assert [dict(change.values) for change in report.changed] == [
        {"term": ("Ãœbelkeit".replace("œ", "\x9c"), "Übelkeit")}
    ]


DEATHS = '[[source]]\nname = "DT"\nfile = "dm*"\nkind = "death"\ndelivery = "full"\nkey = ["id"]\n{more}\n[source.fields]\nsubject = "id"\non = "died"\n'


@pytest.mark.parametrize(
    ("dm", "more", "rule"),
    [
        ('encoding = "latin-1"', "", "read it in different encodings (latin-1, utf-8)"),
        ('drop = ["dead"]', 'only = { dead = ["Y"] }', "is dropped by one source and used by 'DT'"),
        ('drop = ["dead"]', 'except = { dead = ["N"] }', "is dropped by one source and used by 'DT'"),
        ('drop = ["Dead"]', "", "`drop` has 'Dead': write it there as it stands here"),
    ],
)
def test_sources_of_one_file_agree_or_are_told(tmp_path: Path, dm: str, more: str, rule: str) -> None:
    study = Study(tmp_path)
    mapping = study.mapping(dm=dm)
    mapping.write_text(mapping.read_text() + DEATHS.format(more=more))
    dm_csv = study.file("dm.csv", "id,arm,consent,dead,died\n1,A,2020-01-01,Y,2020-03-01\n")
    report = import_files(study.path, [dm_csv], who="tester", mapping=mapping, reason="deaths")
    assert [refusal.rule for refusal in report.refused if rule in refusal.rule], [str(one) for one in report.refused]
    assert examine(study.path).verification.faults == ()


HOSTILE = ["a\rb", "two\nlines", 'q"uote', "comma,", " blanks ", "{x", "s|t", "é" * 300, "\u2028"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_cut_copy_reads_as_its_file_whatever_its_cells(tmp_path: Path, ending: str, text: str) -> None:
    study = Study(tmp_path, ae='drop = ["who", "note"]')
    columns = ["who", "id", "no", "term", "grade", "onset", "note"]
    rows = [
        ["Quilldrake", "1", "1", f"Cough{text}x", "2", "2020-02-01", f"n{text}"],
        ["Quilldrake", "2", "1", "Fatigue", "1", "2020-02-01", text],
    ]
    file = tmp_path / f"ae.{ending}"
    if ending == "csv":
        quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [columns, *rows]]
        file.write_bytes(("\r\n".join(quoted) + "\r\n").encode())
    else:
        polars.DataFrame({name: [row[place] for row in rows] for place, name in enumerate(columns)}).write_parquet(file)
    assert len(study.take(study.file("dm.csv", DM), file).added) == 4
    kept = next(study.path.glob("sources/*/ae.*"))
    assert b"Quilldrake" not in kept.read_bytes()
    kept.unlink()
    import_files(study.path, [file], who="tester")
    assert examine(study.path).verification.faults == ()


def test_a_cut_copy_is_not_misread_in_another_encoding(tmp_path: Path) -> None:
    study = Study(tmp_path, ae='encoding = "latin-1"\ndrop = ["serious"]')
    study.take(study.file("dm.csv", DM), study.file("ae.csv", AE.replace("Cough", "Mü"), "latin-1"))
    (tmp_path / "again").mkdir()
    again = Study(tmp_path / "again", ae='encoding = "latin-1"\ndrop = ["serious"]')
    report = import_files(again.path, [next(study.path.glob("sources/*/ae.csv"))], who="tester")
    assert [refusal.column for refusal in report.refused] == ["id"], "a byte order mark is no part of a name in latin-1"


@pytest.mark.parametrize("spoil", ["empty", "unreadable", "renamed beside it"])
def test_a_kept_copy_that_is_no_table_any_more_is_put_back(tmp_path: Path, spoil: str) -> None:
    study = Study(tmp_path)
    ae = study.file("ae.csv", AE)
    study.take(study.file("dm.csv", DM), ae)
    kept = next(study.path.glob("sources/*/ae.csv"))
    match spoil:
        case "empty":
            kept.write_bytes(b"")
        case "unreadable":
            kept.write_text(AE.replace(",", ";"))
        case _:
            kept.unlink()
    assert len(examine(study.path).verification.faults) == 1
    assert study.take(ae).notes[-1] == "ae.csv: the kept copy was put back"


def test_a_superseded_delivery_is_put_back_and_takes_nothing_back(tmp_path: Path) -> None:
    study = Study(tmp_path)
    first, second = study.file("old/ae.csv", AE), study.file("ae.csv", AE.replace("Cough,2", "Cough,3"))
    study.take(study.file("dm.csv", DM), first)
    study.take(second, reason="graded anew")
    next(path for path in study.path.glob("sources/*/ae.csv") if path.read_bytes() == first.read_bytes()).unlink()
    report = study.take(first)
    assert (report.written, report.changed, report.notes[-1]) == (False, (), "ae.csv: the kept copy was put back")
    assert study.values("AE|1|1")["grade"] == "3"


def test_what_offices_and_people_put_beside_a_kept_copy(tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.take(study.file("dm.csv", DM))
    place = next(study.path.glob("sources/*/dm.csv"))
    place.with_name(".~lock.dm.csv#").write_text("x")
    assert examine(study.path).verification.faults == ()
    place.with_name("dm_copy.csv").write_text("x")
    (found,) = examine(study.path).verification.faults
    assert "dm_copy.csv" in found
    assert "take the file away" in found
    with pytest.raises(CannotAnswerError, match="take the file away"):
        import_files(study.path, [study.file("dm.csv", DM)], who="tester")


def test_archives_and_readouts_stay_out_of_studies_they_are_not_of(tmp_path: Path, demo: Folder) -> None:
    (tmp_path / "own").mkdir()
    study = Study(tmp_path / "own")
    study.take(study.file("dm.csv", DM))
    with pytest.raises(DeliveryError, match="lies in the study itself"):
        back_up(study.path, study.path / "sources" / "b.tar.gz")
    with pytest.raises(Exception, match="lies in another study"):
        write_readout(demo.path, out=study.path / "readouts")
    back_up(study.path, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as archive:
        modes = {member.name: (member.isdir(), oct(member.mode)) for member in archive}
    assert modes["study"] == modes["study/sources"] == (True, "0o700")
    assert {mode for folder, mode in modes.values() if not folder} == {"0o600"}


def test_columns_of_redcap_are_known_by_name_and_value(tmp_path: Path) -> None:
    study = Study(tmp_path)
    mapping = study.mapping()
    redcap = '\nrecord = "id"\n[source.redcap]\n'
    mapping.write_text(
        mapping.read_text()
        .replace('key = ["id", "no"]\n', "")
        .replace('[source.fields]\nsubject = "id"\nterm', f'{redcap}[source.fields]\nsubject = "id"\nterm')
    )
    header = "id,redcap_event_name,redcap_survey_identifier,contact_name_complete,ae_complete,term,grade,onset\n"
    row = "1,visit,a@b.example,Quilldrake,2,Cough,2,2020-02-01\n"
    report = import_files(
        study.path,
        [study.file("dm.csv", DM), study.file("ae.csv", header + row)],
        who="tester",
        mapping=mapping,
        reason="redcap",
    )
    assert [refusal.column for refusal in report.refused] == ["redcap_survey_identifier", "contact_name_complete"]


def test_a_delivery_called_like_an_open_file_locks_nothing(tmp_path: Path) -> None:
    study = Study(tmp_path)
    mapping = study.mapping()
    mapping.write_text(mapping.read_text().replace('file = "ae*"', 'file = "*ae*"'))
    assert (
        len(study.take(study.file("dm.csv", DM), study.file("~$ae.csv", AE), mapping=mapping, reason="a name").added)
        == 4
    )


def test_a_damaged_record_keeps_the_copy_whose_name_is_still_to_come(tmp_path: Path) -> None:
    """Between entries and name a run was killed; then the database was damaged. The copy may be the only one there is."""
    study = Study(tmp_path)
    dm = study.file("dm.csv", DM)
    study.take(dm)
    kept = next(study.path.glob("sources/*/dm.csv"))
    waiting = kept.rename(kept.with_name(".partial-0123abcd.dm.csv"))
    (study.path / "study.sqlite").write_bytes(b"no database")
    with pytest.raises(CannotAnswerError, match="cannot be read"):
        import_files(study.path, [dm], who="tester")
    assert waiting.read_bytes() == dm.read_bytes()


def test_a_backup_leaves_nothing_beside_it_and_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    study = Study(tmp_path)
    study.take(study.file("dm.csv", DM))
    place = tmp_path / "copies"
    place.mkdir()
    (place / ".partial-0123abcd.b.tar").write_text("half a study")
    back_up(study.path, place / "b.tar")
    assert [path.name for path in place.iterdir()] == ["b.tar"]
