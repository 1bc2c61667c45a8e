"""Nothing that says who a subject is gets into a study, and nobody but its owner can read it."""

from __future__ import annotations

import csv
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hevesy.conduct.backup import back_up
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import examine
from hevesy.study.identifiers import values_of, word_of_header
from tests.conftest import EXAMPLE, MAPPINGS, Folder, write_readout

DEMOGRAPHY = EXAMPLE / "sources" / "dm.csv"
PLANTED = {
    "Patient_Name": "Quilldrake, Ottoline {}",
    "Geburtsdatum": "1949-03-{:02d}",
    "MRN": "MRN-77310{}",
    "e-mail": "ottoline{}@quilldrake.example",
    "note": "lives above the bakery no. 55{}",
}
"""Identifiers by column; each subject has its own."""


def planted(subjects: int) -> list[str]:
    return [text.format(number) for text in PLANTED.values() for number in range(1, subjects + 1)]


def with_identifiers(source: Path, target: Path) -> Path:
    """The file with a column of each kind."""
    with source.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    subjects = {name: number for number, name in enumerate(sorted({row[0] for row in rows}), start=1)}
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header[:3], *PLANTED, *header[3:]])
        for row in rows:
            writer.writerow([*row[:3], *(text.format(subjects[row[0]]) for text in PLANTED.values()), *row[3:]])
    return target


def every_byte(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def found_in(folder: Path, texts: list[str]) -> list[tuple[str, str]]:
    return [(path.name, text) for path, content in every_byte(folder) for text in texts if text.encode() in content]


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, list[Path]]:
    """A study whose files carry thirty and more identifiers, its mapping dropping their columns."""
    mapping = tmp_path / "sources.toml"
    dropped = ", ".join(f'"{name}"' for name in PLANTED)
    mapping.write_text(f"drop = [{dropped}]\n" + (MAPPINGS / "clr131.toml").read_text())
    study, incoming = tmp_path / "study", tmp_path / "incoming"
    incoming.mkdir()
    init_study(study, EXAMPLE / "protocol.toml", mapping, "tester")
    return study, [
        with_identifiers(source, incoming / source.name) for source in sorted((EXAMPLE / "sources").glob("*.csv"))
    ]


def test_a_study_holds_none_of_thirty_planted_identifiers(hostile: tuple[Path, list[Path]], tmp_path: Path) -> None:
    study, files = hostile
    texts = planted(8)
    assert len(texts) >= 30
    assert found_in(files[0].parent, texts), "they are in what is delivered"
    report = import_files(study, files, who="tester")
    assert len(report.added) == 749
    lines = files[4].read_text().splitlines()
    files[4].write_text("\n".join([*lines[:5], lines[5].replace(",184,", ",190,"), *lines[6:]]) + "\n")
    import_files(study, [files[4]], who="tester", reason="typed wrongly")
    write_readout(study)
    back_up(study, tmp_path / "copy.tar")
    assert found_in(study, texts) == []
    with tarfile.open(tmp_path / "copy.tar") as archive:
        assert not [
            text
            for text in texts
            for member in archive
            for content in [archive.extractfile(member)]
            if content and text.encode() in content.read()
        ]
    assert examine(study).verification.faults == ()


def test_a_cut_copy_stands_for_its_file(hostile: tuple[Path, list[Path]]) -> None:
    """It has the lines of the original, its own hash, and the original's is noted; the same file again changes nothing, and heals it."""
    study, files = hostile
    import_files(study, files, who="tester")
    assert import_files(study, files, who="tester").unchanged == 749
    kept = next(study.glob("sources/*/ae.csv"))
    assert len(kept.read_text().splitlines()) == len((EXAMPLE / "sources" / "ae.csv").read_text().splitlines())
    kept.unlink()
    assert not examine(study).verification.intact
    import_files(study, files, who="tester")
    assert examine(study).verification.faults == ()


def test_a_dropped_cell_of_many_lines_moves_no_line(empty: Folder) -> None:
    mapping = empty.path / "incoming" / "sources.toml"
    mapping.parent.mkdir()
    mapping.write_text('drop = ["remark"]\n' + (MAPPINGS / "clr131.toml").read_text())
    header, *rows = DEMOGRAPHY.read_text().splitlines()
    told = [f'{row},"first\nsecond, of {number}\n\nlast"' for number, row in enumerate(rows)]
    file = empty.write("dm.csv", "\n".join([f"{header},remark", *told]) + "\n")
    report = import_files(empty.path, [file], who="tester", mapping=mapping, reason="a remark")
    assert len(report.added) == 8
    assert examine(empty.path).verification.faults == ()
    assert found_in(empty.path / "sources", ["second"]) == []


@pytest.mark.parametrize("column", list(PLANTED)[:4])
def test_a_column_that_may_say_who_somebody_is_asks_before_anything_is_kept(empty: Folder, column: str) -> None:
    header, *rows = DEMOGRAPHY.read_text().splitlines()
    values = [f'{row},"{PLANTED[column].format(number)}"' for number, row in enumerate(rows, start=1)]
    file = empty.write("dm.csv", "\n".join([f"{header},{column}", *values]) + "\n")
    report = empty.deliver(file)
    assert not report.written
    assert [(refusal.file, refusal.line, refusal.column) for refusal in report.refused] == [("dm.csv", 1, column)]
    assert "`drop` cuts it, `ignore` leaves it in the kept copy" in report.refused[0].rule
    assert list((empty.path / "sources").iterdir()) == []


@pytest.mark.parametrize(
    ("values", "like"),
    [("a{}@b.example", "e-mail addresses"), ("19{:02d}-02-03", "dates more than 10 years before consent")],
)
def test_values_alone_ask_too(empty: Folder, values: str, like: str) -> None:
    header, *rows = DEMOGRAPHY.read_text().splitlines()
    file = empty.write(
        "dm.csv", "\n".join([f"{header},x7", *(f"{row},{values.format(40 + n)}" for n, row in enumerate(rows))]) + "\n"
    )
    report = empty.deliver(file)
    assert [refusal.column for refusal in report.refused] == ["x7"]
    assert like in report.refused[0].rule


def test_an_ignored_column_stays_in_the_kept_copy_alone(empty: Folder) -> None:
    mapping = (
        (MAPPINGS / "clr131.toml")
        .read_text()
        .replace('file = "dm.csv"\n', 'file = "dm.csv"\nignore = ["Patient_Name"]\n', 1)
    )
    (empty.path / "sources.toml").write_text(mapping)
    header, *rows = DEMOGRAPHY.read_text().splitlines()
    file = empty.write("dm.csv", "\n".join([f"{header},Patient_Name", *(f"{row},Quilldrake" for row in rows)]) + "\n")
    report = empty.deliver(file, reason="a name")
    assert len(report.added) == 8
    assert "dm.csv: Patient_Name stays in the kept copy of the file (`drop` cuts it)" in report.notes
    (empty.path / "incoming" / "dm.csv").unlink()
    assert [name for name, _ in found_in(empty.path, ["Quilldrake"])] == ["dm.csv"]


@pytest.mark.parametrize(
    "header",
    ["NAME", "pt_initials", "DateOfBirth", "birthdate", "DOB", "patient-MRN", "SSN4", "Passport no", "insurance_id", "phone1", "E-Mail", "eMailAddress",
     "Street", "postcode", "ZIP", "Nachname", "Geb.-Datum", "Straße", "Versichertennummer", "PLZ", "Prénom", "date_de_naissance", "n° de téléphone",
     "Apellidos", "Fecha de nacimiento", "correo", "dirección", "Pt_Init", "SUBJINIT", "PTINITIAL", "BRTHDTC", "DOBDT", "PATDOB", "MRNO",
     "medical_record_number", "hospital_number", "social_security", "national_id", "tel", "LASTNM", "next_of_kin", "city", "GEBDT", "Geb-Dat",
     "Hausnummer", "Vorn", "PatNr", "KVNR", "date_naiss", "DDN", "ville", "fecha_nac", "NHC", "domicilio"],
)  # fmt: skip
def test_headers_that_may_say_who_somebody_is(header: str) -> None:
    assert word_of_header(header) is not None


@pytest.mark.parametrize(
    "header",
    [
        "USUBJID",
        "AETERM",
        "SITEID",
        "VISITNUM",
        "ward",
        "phenotype",
        "dose_initial",
        "cell_count",
        "nominal_day",
        "rule",
        "zipped",
    ],
)
def test_headers_that_do_not(header: str) -> None:
    assert word_of_header(header) is None


def test_numbers_and_days_of_the_study_say_nothing(empty: Folder) -> None:
    from datetime import date

    consent = date(2016, 1, 1)
    for values in (
        ["12", "1,950", "250"],
        ["2015-02-01", "2016-12-24"],
        ["", None],
        ["7.2", "8.1"],
        ["2009-01-01", "2008"],
    ):
        assert values_of(values).identifying(consent) is None


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_only_its_owner_can_read_a_study_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        study = tmp_path / "deep" / "study"
        init_study(study, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
        import_files(study, sorted((EXAMPLE / "sources").glob("*.csv")), who="tester")
        write_readout(study)
        back_up(study, tmp_path / "copy.tar.gz")
    finally:
        os.umask(before)
    modes = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    wrong = {
        name: oct(mode) for name, mode in modes.items() if mode != (0o700 if (tmp_path / name).is_dir() else 0o600)
    }
    assert wrong == {}
    assert {"deep", "deep/study/study.sqlite", "copy.tar.gz"} <= set(modes)


def test_a_folder_that_was_there_is_closed_too(tmp_path: Path) -> None:
    study = tmp_path / "study"
    study.mkdir(mode=0o755)
    init_study(study, EXAMPLE / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    assert study.stat().st_mode & 0o777 == 0o700


def test_what_killed_runs_left_is_gone_after_the_next(demo: Folder) -> None:
    left = [
        demo.path / ".partial-0123abcd.study.sqlite",
        demo.path / ".study.sqlite.4711",
        demo.path / ".study.sqlite.4711-wal",
        demo.path / ".partial-0123abcd.sources.toml",
        next(demo.path.glob("sources/*/ae.csv")).with_name(".partial-0123abcd.ae.csv"),
        demo.path / "sources" / "00aa00aa00aa00aa" / ".lb.csv.4711",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_text("1-01,Quilldrake")
    unfinished = demo.path / "readouts" / ".2016-12-01_582ea93d.4711"
    (unfinished / "tables").mkdir(parents=True)
    (unfinished / "tables" / "rows.csv").write_text("1-01,Quilldrake")
    assert examine(demo.path).verification.faults == (), "they are nobody's evidence"
    demo.deliver(EXAMPLE / "sources" / "dm.csv")
    assert found_in(demo.path, ["Quilldrake"]) == []
    assert list(demo.path.rglob(".*")) == []
    assert not (demo.path / "sources" / "00aa00aa00aa00aa").exists()


def test_texts_that_a_spreadsheet_takes_for_formulas_are_guarded(demo: Folder) -> None:
    header, first, *rest = (EXAMPLE / "sources" / "ae.csv").read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | {
        "preferred_term": "=HYPERLINK(A1)",
        "soc": "@SUM(1)",
    }
    demo.deliver(demo.write("ae.csv", "\n".join([header, ",".join(cells.values()), *rest]) + "\n"), reason="hostile")
    written = write_readout(demo.path)
    cells_of = [
        cell
        for path in written.glob("tables/*.csv")
        for row in csv.reader(path.read_text().splitlines())
        for cell in row
    ]
    begins = [cell for cell in cells_of if cell.startswith(("=", "+", "-", "@"))]
    assert [cell for cell in begins if not cell.lstrip("+-").removesuffix(" %").replace(".", "", 1).isdigit()] == []
    assert "'=HYPERLINK(A1)" in (written / "tables" / "rows_adverse-events.csv").read_text()
    assert "a text that a spreadsheet would take for a formula" in (written / "index.html").read_text()
