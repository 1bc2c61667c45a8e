"""The ledger: append-only by the database itself, a chain that shows every edit, nothing acknowledged is ever lost."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.conduct.recorded_study import examine
from hevesy.errors import CannotAnswerError
from hevesy.record import statements
from hevesy.record.ledger import Draft, Ledger, chained_hash, open_record
from hevesy.record.verify import Chain, Verification, database_faults, verification
from tests.conftest import EXAMPLE, Folder, entries_of

COLUMNS = (
    "sequence",
    "recorded_at",
    "who",
    "action",
    "source_sha256",
    "line",
    "key",
    "content",
    "reason",
    "previous_hash",
    "hash",
)


def chain_of(path: Path, head: str | None = None) -> Verification:
    """What the chain and the rules of a database show by themselves, without what lies beside it."""
    connection = open_record(path)
    try:
        chain, found = Chain([head] if head else []), database_faults(connection)
        assert len(list(chain.through(connection.execute(statements.ALL)))) == chain.entries
    finally:
        connection.close()
    return verification(chain, [*found, *chain.found], head)


def database(folder: Folder) -> Path:
    return folder.path / "study.sqlite"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET who = 'somebody else' WHERE sequence = 3",
        "UPDATE OR REPLACE entry SET sequence = 2 WHERE sequence = 3",
        "DELETE FROM entry WHERE sequence = 3",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT 3, recorded_at, 'x', action, source_sha256, line, key, content, reason, previous_hash, hash FROM entry WHERE sequence = 3",
        "REPLACE INTO entry SELECT sequence, recorded_at, 'x', action, source_sha256, line, key, content, reason, previous_hash, hash FROM entry WHERE sequence = 760",
        "INSERT INTO entry SELECT 761, recorded_at, who, action, source_sha256, line, key, content, reason, previous_hash, hash FROM entry WHERE sequence = 760",
        "INSERT INTO entry SELECT 900, recorded_at, who, action, source_sha256, line, key, content, reason, hash, hash FROM entry WHERE sequence = 760",
    ],
)
def test_the_database_itself_refuses_to_change_an_entry(demo: Folder, statement: str) -> None:
    connection = sqlite3.connect(database(demo))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    assert chain_of(database(demo)).intact


def forging(connection: sqlite3.Connection) -> dict[str, str]:
    """Take the triggers away; gives them, for a forger who puts them back."""
    triggers = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    for name in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    return triggers


def edit(connection: sqlite3.Connection, dice: random.Random, rows: int) -> str:
    """One edit behind the program's back; gives what was done."""
    sequence = dice.randint(1, rows)
    kind = dice.choice(["column", "column", "column", "column", "delete", "swap", "insert"])
    if kind == "delete" and sequence < rows:
        connection.execute("DELETE FROM entry WHERE sequence = ?", (sequence,))
        return f"delete {sequence}"
    if kind == "swap" and sequence < rows:
        other = dice.randint(1, rows)
        if other == sequence:
            other = sequence % rows + 1
        connection.execute("UPDATE entry SET sequence = -1 WHERE sequence = ?", (sequence,))
        connection.execute("UPDATE entry SET sequence = ? WHERE sequence = ?", (sequence, other))
        connection.execute("UPDATE entry SET sequence = ? WHERE sequence = -1", (other,))
        return f"swap {sequence} {other}"
    if kind == "insert":
        row = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM entry WHERE sequence = ?", (sequence,)).fetchone()
        connection.execute(f"INSERT INTO entry VALUES ({', '.join('?' * 11)})", (rows + 1, *row[1:]))
        return f"insert after {rows}"
    column = dice.choice(COLUMNS)
    if column == "sequence":
        connection.execute("UPDATE entry SET sequence = ? WHERE sequence = ?", (rows + dice.randint(1, 50), sequence))
        return f"sequence of {sequence}"
    before = connection.execute(f"SELECT {column} FROM entry WHERE sequence = ?", (sequence,)).fetchone()[0]
    if column == "line":
        after: object = (before or 0) + dice.choice([-1, 1])
    elif before is None:
        after = dice.choice(["", "x"])
    else:
        place = dice.randrange(len(before) + 1)
        after = dice.choice(
            [
                before[:place] + "0" + before[place:],
                before[: max(place - 1, 0)],
                before + " ",
                None if column in ("source_sha256", "content", "reason") else "z",
            ]
        )
        if after == before:
            after = before + "1"
    connection.execute(f"UPDATE entry SET {column} = ? WHERE sequence = ?", (after, sequence))
    return f"{column} of {sequence}"


def test_a_thousand_edits_behind_the_programs_back_are_all_found(demo: Folder, tmp_path: Path) -> None:
    dice = random.Random(20161201)
    small = tmp_path / "small.sqlite"
    rows = [
        Draft(action="row", key=f"k|{n}", content=f'{{"n": "{n}"}}', source_sha256="ab" * 32, line=n) for n in range(60)
    ]
    Ledger.create(small, rows, "tester").close()
    assert chain_of(small).intact
    original, missed = small.read_bytes(), []
    for _ in range(1000):
        edited = tmp_path / "edited.sqlite"
        edited.write_bytes(original)
        connection = sqlite3.connect(edited)
        for trigger in ("entry_is_never_updated", "entry_is_never_deleted", "entry_continues_the_chain"):
            connection.execute(f"DROP TRIGGER {trigger}")
        done = edit(connection, dice, 60)
        connection.commit()
        connection.close()
        if chain_of(edited).intact:
            missed.append(done)
    assert missed == []


def test_rows_cut_off_at_the_end_show_with_the_head_of_a_readout(demo: Folder) -> None:
    head = chain_of(database(demo)).chain_head
    assert chain_of(database(demo), head=head).contains_head
    connection = sqlite3.connect(database(demo))
    triggers = forging(connection)
    connection.execute("DELETE FROM entry WHERE sequence > 700")
    connection.commit()
    found = chain_of(database(demo))
    assert (
        [sentence for sentence in found.faults if "is gone: its rules no longer hold" in sentence]
        == list(found.faults)
        != []
    )
    for sql in triggers.values():
        connection.execute(sql)
    connection.commit()
    connection.close()
    assert chain_of(database(demo)).intact
    found = chain_of(database(demo), head=head)
    assert not found.intact
    assert found.contains_head is False


def test_a_chain_recomputed_as_a_whole_shows_with_the_head_of_an_earlier_readout(demo: Folder) -> None:
    head = chain_of(database(demo)).chain_head
    connection = sqlite3.connect(database(demo))
    triggers = forging(connection)
    rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM entry ORDER BY sequence").fetchall()
    previous = ""
    for row in rows:
        sequence, recorded_at, who, action, source, line, key, content, reason, *_ = row
        if key.startswith("adverse events|2-04"):
            content = content.replace('"max_grade": "4"', '"max_grade": "1"')
        new = chained_hash(sequence, recorded_at, who, action, source, line, key, content, reason, previous)
        connection.execute(
            "UPDATE entry SET content = ?, previous_hash = ?, hash = ? WHERE sequence = ?",
            (content, previous, new, sequence),
        )
        previous = new
    for sql in triggers.values():
        connection.execute(sql)
    connection.commit()
    connection.close()
    assert chain_of(database(demo)).intact, "the forged chain is consistent in itself"
    assert not chain_of(database(demo), head=head).intact
    assert not chain_of(database(demo), head=head[:16]).intact


def test_an_altered_or_missing_source_file_is_found(demo: Folder) -> None:
    kept = next((demo.path / "sources").glob("*/ae.csv"))
    kept.write_text(kept.read_text().replace(",4,", ",1,", 1))
    assert any("ae.csv" in fault and "altered" in fault for fault in examine(demo.path).verification.faults)
    kept.unlink()
    assert any("missing" in fault for fault in examine(demo.path).verification.faults)


def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path) -> None:
    broken = tmp_path / "study.sqlite"
    broken.write_bytes(b"this is no database" * 200)
    assert not examine(broken.parent).verification.intact
    with pytest.raises(CannotAnswerError, match="not a study record"):
        Ledger(broken)
    with pytest.raises(CannotAnswerError, match="create one with study init"):
        Ledger(tmp_path / "none.sqlite")


IMPORTER = """
import sys
from pathlib import Path
from hevesy.conduct.delivery import import_files
folder, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
HEADER = "subject,cohort,day,date,test,value,unit,ctcae4_grade,baseline_flag"
for number in range(first, last):
    file = folder / "incoming" / "lb.csv"
    rows = [f"1-01,1,{200 + number},{2015}-12-{1 + number % 28:02d},X{number},{number},g/L,0,0"] + [
        f"1-01,1,1,2015-12-01,Y{number}-{extra},{extra},g/L,0,0" for extra in range(40)]
    file.write_text("\\n".join([HEADER, *rows]) + "\\n")
    report = import_files(folder, [file], who="importer")
    assert report.written, report.refused
    print(number, report.entries, report.chain_head, flush=True)
"""


def test_kill_9_at_random_moments_loses_no_acknowledged_entry(demo: Folder) -> None:
    """200 imports in processes that are killed at random moments: what was acknowledged stands, the chain is whole."""
    dice = random.Random(7)
    sources = demo.path / "sources.toml"
    sources.write_text(
        sources.read_text().replace(
            'file = "lb.csv"\nkind = "laboratory"\ndelivery = "full"',
            'file = "lb.csv"\nkind = "laboratory"\ndelivery = "partial"',
        )
    )
    demo.deliver(EXAMPLE / "sources" / "dm.csv", reason="laboratory files hold only what is new")
    demo.write("lb.csv", (EXAMPLE / "sources" / "lb.csv").read_text())
    done, kills, acknowledged = 0, 0, []
    while done < 200:
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORTER, str(demo.path), str(done), "200"], stdout=subprocess.PIPE, text=True
        )
        if kills < 25:
            time.sleep(dice.uniform(0.25, 0.8))
            process.send_signal(signal.SIGKILL)
            kills += 1
        printed = process.communicate()[0]
        for line in printed.splitlines():
            parts = line.split()
            if len(parts) == 3 and len(parts[2]) == 64:
                acknowledged.append((int(parts[0]), int(parts[1]), parts[2]))
        assert process.returncode in (0, -signal.SIGKILL)
        checked = examine(demo.path).verification
        assert checked.intact, checked.faults
        entries = entries_of(demo.path)
        hashes = {entry.sequence: entry.hash for entry in entries}
        for _, sequence, head in acknowledged:
            assert hashes[sequence] == head
        # An import stands whole or not at all: its one row X and its forty rows Y.
        tests = [entry.key.rsplit("|", 1)[-1] for entry in entries if entry.action == "row"]
        rows_of = Counter(test[1:].split("-")[0] for test in tests if test.startswith(("X", "Y")))
        assert set(rows_of.values()) <= {41}
        done = max((int(number) + 1 for number in rows_of), default=0)
    assert kills >= 10
    assert len({number for number, _, _ in acknowledged}) >= 150


def test_of_two_writers_the_second_is_told_and_writes_on_the_new_head(demo: Folder) -> None:
    with Ledger(database(demo)) as first, Ledger(database(demo)) as second:
        for number in range(5):
            before = first.head()[1]
            first.append([Draft(action="row", key=f"a|{number}", content="{}")], "writer", expected_head=before)
            with pytest.raises(CannotAnswerError, match="was changed by somebody else meanwhile; nothing was written"):
                second.append([Draft(action="row", key=f"b|{number}", content="{}")], "writer", expected_head=before)
            second.append(
                [Draft(action="row", key=f"b|{number}", content="{}")], "writer", expected_head=second.head()[1]
            )
    assert chain_of(database(demo)).intact
    assert chain_of(database(demo)).entries == 770


def test_what_fails_while_it_is_written_leaves_nothing(demo: Folder) -> None:
    def drafts() -> Iterator[Draft]:
        yield Draft(action="row", key="a|1", content="{}")
        raise RuntimeError("the power went")

    with Ledger(database(demo)) as ledger, pytest.raises(RuntimeError, match="the power went"):
        ledger.append(drafts(), "writer", expected_head=ledger.head()[1])
    assert chain_of(database(demo)).entries == 760


@pytest.mark.parametrize("who", ["", "  ", "a\x1b[31mb", "line\nline", "x" * 101, "nul\x00"])
def test_an_author_is_named_in_characters_that_can_be_printed(demo: Folder, who: str) -> None:
    with Ledger(database(demo)) as ledger, pytest.raises(CannotAnswerError, match="1 to 100 characters"):
        ledger.append([Draft(action="row", key="a|1", content="{}")], who, expected_head=ledger.head()[1])


def test_times_never_fall_and_a_clock_that_is_behind_is_told(demo: Folder) -> None:
    """A clock that once was wrong into the future must not lock the record, nor one that is behind date an entry back."""
    with Ledger(database(demo)) as ledger:
        last = ledger.last_time()
        told = ledger.clock_fault("2020-01-01T00:00:00.000000Z")
        assert told is not None
        assert "before the last entry of the record" in told
        assert ledger.clock_fault("2999-01-01T00:00:00.000000Z") is None
        draft = Draft(action="confirmation", key="a|1", content='{"row": 4, "value": "x"}', reason="r")
        ledger.append([draft], "writer", expected_head=ledger.head()[1], recorded_at="2020-01-01T00:00:00.000000Z")
        assert ledger.last_time() == last
    assert chain_of(database(demo)).entries == 761
    assert chain_of(database(demo)).faults == ()


@given(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1), st.text(), st.text(), st.text(), st.none() | st.text(), st.none() | st.integers(-(2**63), 2**63 - 1),
        st.text(), st.none() | st.text(), st.none() | st.text(), st.text(),
    )
)  # fmt: skip
def test_the_hash_is_that_of_the_fields_as_one_json_list(fields: tuple[Any, ...]) -> None:
    """The hash of every study written so far; the reference is the standard library's encoder."""
    wanted = hashlib.sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()
    assert chained_hash(*fields) == wanted
