"""What a forger can do to a record who knows how it is made, and what finds it: the evidence in the folder, or a head kept elsewhere."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hevesy.conduct.delivery import import_files
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.errors import CannotAnswerError
from hevesy.record.folder import DATABASE
from hevesy.record.ledger import Entry, chained_hash
from hevesy.record.verify import Verification
from tests.conftest import EXAMPLE, Folder

Entries = list[Entry]


def rewrite(study: Path, change: Callable[[Entries], Entries]) -> None:
    """Change the entries of a record and make the chain anew, as somebody would who wants no trace: numbers, links, hashes and triggers."""
    connection = sqlite3.connect(study / DATABASE)
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    entries = change([Entry._make(row) for row in connection.execute("SELECT * FROM entry ORDER BY sequence")])
    connection.execute("DELETE FROM entry")
    previous = ""
    for number, entry in enumerate(entries, start=1):
        fields = (number, *entry[1:-2], previous)
        previous = chained_hash(*fields)
        connection.execute(f"INSERT INTO entry VALUES ({', '.join('?' * 11)})", (*fields, previous))
    for _, sql in triggers:
        connection.execute(sql)
    connection.commit()
    connection.close()


def of(entries: Entries, key: str) -> int:
    """The place of the entry whose key begins so."""
    return next(place for place, entry in enumerate(entries) if entry.key.startswith(key))


def with_content(entry: Entry, **values: Any) -> Entry:
    return entry._replace(content=json.dumps(json.loads(entry.content or "") | values, ensure_ascii=False))


def a_value(study: Path) -> None:
    def change(entries: Entries) -> Entries:
        place = next(
            n
            for n, entry in enumerate(entries)
            if entry.key.startswith("adverse events|2-04") and '"max_grade": "4"' in (entry.content or "")
        )
        return [*entries[:place], with_content(entries[place], max_grade="1"), *entries[place + 1 :]]

    rewrite(study, change)


def a_row_that_no_file_has(study: Path) -> None:
    def change(entries: Entries) -> Entries:
        place = of(entries, "laboratory|1-01")
        made_up = with_content(entries[place], test="XYZ")._replace(key="laboratory|1-01|2016-01-01|XYZ", line=100_000)
        told = of(entries, "delivery|laboratory")
        entries[told] = with_content(entries[told], added=json.loads(entries[told].content or "")["added"] + 1)
        last = max(n for n, entry in enumerate(entries) if entry.key.startswith("laboratory|"))
        return [*entries[: last + 1], made_up, *entries[last + 1 :]]

    rewrite(study, change)


def two_values_swapped(study: Path) -> None:
    def change(entries: Entries) -> Entries:
        one, two = of(entries, "laboratory|1-01"), of(entries, "laboratory|2-01")
        a, b = json.loads(entries[one].content or ""), json.loads(entries[two].content or "")
        entries[one] = with_content(entries[one], value=b["value"])
        entries[two] = with_content(entries[two], value=a["value"])
        return entries

    rewrite(study, change)


def two_entries_in_the_other_order(study: Path) -> None:
    def change(entries: Entries) -> Entries:
        place = of(entries, "laboratory|1-01")
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
        return entries

    rewrite(study, change)


def one_from_the_middle_dropped(study: Path) -> None:
    def change(entries: Entries) -> Entries:
        place, told = of(entries, "adverse events|2-04"), of(entries, "delivery|adverse events")
        entries[told] = with_content(entries[told], added=json.loads(entries[told].content or "")["added"] - 1)
        return [*entries[:place], *entries[place + 1 :]]

    rewrite(study, change)


def the_last_ones_dropped(study: Path) -> None:
    rewrite(study, lambda entries: entries[: max(n for n, entry in enumerate(entries) if entry.action == "delivery")])


def all_but_the_plan_dropped(study: Path) -> None:
    rewrite(study, lambda entries: entries[:3])


def the_rules_taken_away(study: Path) -> None:
    connection = sqlite3.connect(study / DATABASE)
    connection.execute("DROP TRIGGER entry_is_never_deleted")
    connection.commit()
    connection.close()


def times_turned_back(study: Path) -> None:
    rewrite(study, lambda entries: [*entries[:-1], entries[-1]._replace(recorded_at="2016-12-01T08:00:00.000000Z")])


def a_table_of_somebody_elses(study: Path) -> None:
    connection = sqlite3.connect(study / DATABASE)
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.commit()
    connection.close()


FORGERIES = (
    a_value,
    a_row_that_no_file_has,
    two_values_swapped,
    two_entries_in_the_other_order,
    one_from_the_middle_dropped,
    the_last_ones_dropped,
    all_but_the_plan_dropped,
    the_rules_taken_away,
    times_turned_back,
    a_table_of_somebody_elses,
)


@pytest.fixture
def bare(demo: Folder) -> Path:
    """The demonstration study without readouts, so that nothing printed helps."""
    shutil.rmtree(demo.path / "readouts", ignore_errors=True)
    assert examine(demo.path).verification.intact
    return demo.path


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forgery_is_found_by_what_lies_in_the_folder(bare: Path, forge: Callable[[Path], None]) -> None:
    forge(bare)
    assert not examine(bare).verification.intact
    with pytest.raises(CannotAnswerError, match="does not verify, so nothing is answered from it or written to it"):
        read_record(bare)
    with pytest.raises(CannotAnswerError, match="does not verify"):
        import_files(bare, [EXAMPLE / "sources" / "dm.csv"], who="somebody")


def kept_file_and_row_together(study: Path) -> None:
    """The value in the kept file too, under its new hash, with the entries that name it."""
    old = next(study.glob("sources/*/ae.csv"))
    text = old.read_text()
    line = next(line for line in text.splitlines() if line.startswith("2-04") and ",4," in line)
    content = text.replace(line, line.replace(",4,", ",1,", 1)).encode()
    before, digest = hashlib.sha256(old.read_bytes()).hexdigest(), hashlib.sha256(content).hexdigest()
    place = study / "sources" / digest[:16]
    place.mkdir()
    (place / "ae.csv").write_bytes(content)
    shutil.rmtree(old.parent)
    header = text.splitlines()[0].split(",")
    values = dict(zip(header, line.replace(",4,", ",1,", 1).split(","), strict=True))

    def change(entries: Entries) -> Entries:
        entries = [
            entry._replace(source_sha256=digest) if entry.source_sha256 == before else entry for entry in entries
        ]
        number = text.splitlines().index(line) + 1
        place = next(n for n, entry in enumerate(entries) if entry.source_sha256 == digest and entry.line == number)
        said = {name: values[name] or None for name in json.loads(entries[place].content or "")}
        entries[place] = with_content(entries[place], **said)
        return entries

    rewrite(study, change)


def test_with_its_head_kept_elsewhere_every_forgery_is_found(demo: Folder, tmp_path: Path) -> None:
    shutil.rmtree(demo.path / "readouts", ignore_errors=True)
    head = examine(demo.path).verification.chain_head
    for number, forge in enumerate((*FORGERIES, kept_file_and_row_together)):
        study = tmp_path / f"forged-{number}"
        shutil.copytree(demo.path, study)
        forge(study)
        found: Verification = examine(study, head=head).verification
        assert not found.intact, forge.__name__


def test_what_is_changed_together_with_its_evidence_shows_in_no_folder_without_a_readout(bare: Path) -> None:
    """The one that a folder alone cannot show; ADR 0002 says why. A readout made before does."""
    head = examine(bare).verification.chain_head
    kept_file_and_row_together(bare)
    assert examine(bare).verification.intact
    readout = bare / "readouts" / f"2016-12-01_{head[:8]}"
    readout.mkdir(parents=True)
    (readout / "readout.json").write_text(f'{{\n"study": "S",\n"ledger_head": "{head}"\n}}\n')
    found = examine(bare).verification
    assert [
        sentence
        for sentence in found.faults
        if "was made from the state" in sentence and "restore the record from a copy" in sentence
    ]


def test_a_kept_file_that_is_gone_or_altered_is_mended_by_its_delivery(bare: Path) -> None:
    kept = next(bare.glob("sources/*/ae.csv"))
    for spoil in (kept.unlink, lambda: kept.write_text("altered")):
        spoil()
        found = examine(bare).verification
        assert len(found.faults) == 1
        assert "import the delivered file again" in found.faults[0]
        with pytest.raises(CannotAnswerError, match="import the delivered file again"):
            import_files(bare, [EXAMPLE / "sources" / "dm.csv"], who="somebody")
        report = import_files(bare, [EXAMPLE / "sources" / "ae.csv"], who="somebody")
        assert report.notes[-1] == "ae.csv: the kept copy was put back"
        assert kept.read_bytes() == (EXAMPLE / "sources" / "ae.csv").read_bytes()
        assert examine(bare).verification.intact


def test_a_file_that_nobody_delivered_is_named_with_what_can_be_done(bare: Path) -> None:
    stray = bare / "sources" / "0123456789abcdef" / "notes.csv"
    stray.parent.mkdir()
    stray.write_text("a,b\n")
    (found,) = examine(bare).verification.faults
    assert "no entry names sources/0123456789abcdef/notes.csv" in found
    assert "take the file away" in found
    stray.unlink()
    assert examine(bare).verification.intact


def test_a_file_whose_name_begins_with_a_dot_locks_nothing(bare: Path, tmp_path: Path) -> None:
    """Delivered as .ae.csv it was kept, and then taken for one that was missing."""
    mapping = (bare / "sources.toml").read_text().replace('file = "ae.csv"', 'file = "*ae.csv"')
    (tmp_path / "sources.toml").write_text(mapping)
    hidden = tmp_path / ".ae.csv"
    header, first, *rest = (EXAMPLE / "sources" / "ae.csv").read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True)) | {"ae_no": "99"}
    hidden.write_text("\n".join([header, first, *rest, ",".join(cells.values())]) + "\n")
    report = import_files(bare, [hidden], who="somebody", mapping=tmp_path / "sources.toml", reason="another name")
    assert len(report.added) == 1
    assert [path.name for path in bare.glob("sources/*/.ae.csv")] == [".ae.csv"]
    assert examine(bare).verification.intact
