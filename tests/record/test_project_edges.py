"""What the record adds up to, entry by entry: what counts, what is missing, in which order, and what is found wanting."""

from __future__ import annotations

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from hevesy.conduct.projection import facts_of, project
from hevesy.files.protocol import read_protocol
from hevesy.record import RecordedRow
from hevesy.record.ledger import Entry
from hevesy.study.dates import PartialDate
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure
from hevesy.study.mapping import Column, SourceMapping
from hevesy.study.subject import ABSENT, Study
from tests.conftest import EXAMPLE, played

PROTOCOL = read_protocol((EXAMPLE / "protocol.toml").read_text())


def at(number: int) -> str:
    return f"2026-01-01T00:00:{number:02d}.000000Z"


def entry(
    number: int,
    action: str,
    key: str,
    content: object = None,
    *,
    text: str | None = None,
    sha: str | None = None,
    reason: str | None = None,
) -> Entry:
    written = json.dumps(content) if content is not None else text
    return Entry(
        sequence=number, recorded_at=at(number), who="W", action=action, source_sha256=sha, line=7, key=key, content=written,
        reason=reason, previous_hash="", hash=f"hash {number}",
    )  # fmt: skip


def delivery(
    number: int, source: str, *, full: bool = True, missing: tuple[str, ...] = (), sha: str | None = "s"
) -> Entry:
    told = {
        "source": source,
        "file": "f.csv",
        "full": full,
        "added": 1,
        "changed": 2,
        "missing": missing,
        "unknown_columns": ["x"],
        "skipped": 3,
    }
    return entry(number, "delivery", source, told, sha=sha, reason="because")  # fmt: skip


def test_nothing_recorded_is_nothing() -> None:
    found = played([])
    assert (found.head, found.entries, dict(found.rows), found.plans) == ("", 0, {}, ())
    assert (found.protocol_text, found.protocol_sha256, found.protocol_sequence) == (None, None, None)
    assert (found.sources_text, found.sources_sha256, found.sources_sequence) == (None, None, None)


def test_the_last_plan_holds_and_every_version_is_kept() -> None:
    found = played(
        [
            entry(1, "begin", "study"),
            entry(2, "protocol", "protocol.toml", text="old", sha="a"),
            entry(3, "sources", "sources.toml", text="columns", sha="b"),
            entry(4, "protocol", "protocol.toml", text="new", sha="c", reason="amended"),
        ]
    )
    assert (found.head, found.entries) == ("hash 4", 4)
    assert (found.protocol_text, found.protocol_sha256, found.protocol_sequence) == ("new", "c", 4)
    assert (found.sources_text, found.sources_sha256, found.sources_sequence) == ("columns", "b", 3)
    assert [(one.sequence, one.recorded_at, one.name, one.sha256, one.reason) for one in found.plans] == [
        (2, at(2), "protocol.toml", "a", None),
        (3, at(3), "sources.toml", "b", None),
        (4, at(4), "protocol.toml", "c", "amended"),
    ]


def test_what_was_recorded_at_a_time_was_known_at_it() -> None:
    entries = [entry(n, "row", f"s|{n}", {"x": str(n)}) for n in (1, 2, 3)]
    assert [sorted(played(entries, when).rows) for when in (at(0), at(1), at(2), at(9), None)] == [
        [],
        ["s|1"],
        ["s|1", "s|2"],
        ["s|1", "s|2", "s|3"],
        ["s|1", "s|2", "s|3"],
    ]


def test_rows_corrections_and_withdrawals() -> None:
    found = played(
        [
            entry(1, "row", "s|a|b", {"x": "1"}),
            entry(2, "row", "s|c", {"x": "2"}),
            entry(3, "correction", "s|a|b", {"x": "3"}, reason="typed again"),
            entry(4, "withdrawal", "s|c", reason="not ours"),
            entry(5, "correction", "s|d", {"x": "4"}),
            entry(6, "withdrawal", "s|e"),
            entry(7, "withdrawal", "s|d"),
            entry(8, "row", "s|d", {"x": "5"}),
        ]
    )
    assert {key: (row.sequence, row.source, row.line, dict(row.values)) for key, row in found.rows.items()} == {
        "s|a|b": (3, "s", 7, {"x": "3"}),
        "s|d": (8, "s", 7, {"x": "5"}),
    }
    assert found.withdrawn == {"s|c", "s|e"}
    assert [(one.sequence, one.action, one.key, one.before, one.after, one.reason) for one in found.changes] == [
        (3, "correction", "s|a|b", {"x": "1"}, {"x": "3"}, "typed again"),
        (4, "withdrawal", "s|c", {"x": "2"}, None, "not ours"),
        (5, "correction", "s|d", None, {"x": "4"}, None),
        (6, "withdrawal", "s|e", None, None, None),
        (7, "withdrawal", "s|d", {"x": "4"}, None, None),
    ]


def test_deliveries_and_confirmations_are_told_as_they_were_written() -> None:
    found = played(
        [
            delivery(1, "s", missing=("s|a",), sha="abc"),
            entry(2, "confirmation", "s|b", {"row": 9, "value": "5 kg"}, reason="seen"),
        ]
    )
    (one,) = found.deliveries
    assert (one.sequence, one.source, one.file, one.sha256, one.full, one.added, one.changed) == (
        1,
        "s",
        "f.csv",
        "abc",
        True,
        1,
        2,
    )
    assert (one.missing, one.unknown_columns, one.skipped, one.reason) == (("s|a",), ("x",), 3, "because")
    (said,) = found.confirmations
    assert (said.sequence, said.key, said.row, said.value, said.reason) == (2, "s|b", 9, "5 kg", "seen")


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ([], ("s|a",)),
        ([entry(5, "correction", "s|a", {"x": "2"})], ()),
        ([entry(5, "withdrawal", "s|a")], ()),
        ([delivery(5, "s")], ()),
        ([delivery(5, "s", full=False)], ("s|a",)),
        ([delivery(5, "other")], ("s|a",)),
        ([delivery(5, "s", missing=("s|b",))], ("s|b",)),
    ],
    ids=[
        "missing",
        "delivered-again",
        "withdrawn",
        "in-the-next",
        "the-next-is-partial",
        "another-source",
        "another-row",
    ],
)
def test_a_row_is_missing_until_it_is_delivered_again_or_withdrawn(more: list[Entry], missing: tuple[str, ...]) -> None:
    rows = [entry(1, "row", "s|a", {"x": "1"}), entry(2, "row", "s|b", {"x": "1"})]
    found = played([*rows, delivery(4, "s", missing=("s|a",)), *more])
    assert found.missing() == missing


# ------------------------------------------------------------------------------------------------ the study
def source(name: str, kind: str, lists_new_lesions: bool = False, **fields: Column) -> SourceMapping:
    columns = {"subject": Column(column="id"), **fields}
    return SourceMapping(
        name=name, file="f", kind=kind, full=True, time_zone="America/Chicago", key=("id",), columns=columns, lists_new_lesions=lists_new_lesions
    )  # fmt: skip


CODED = Column(column="id", codes={"1": "S"})
DAY = Column(column="day", study_day=True)
SOURCES = (
    source("labs", "laboratory", on=DAY, test=Column(column="test")),
    source("coded", "laboratory", subject=CODED, on=DAY, test=Column(column="test")),
    source("people", "enrolment", consent=Column(column="consent")),
    source("infusions", "administration", start=Column(column="start")),
    source(
        "drugs", "exposure", start=Column(column="start"), end=Column(column="end"), treatment=Column(column="drug")
    ),
    source("events", "adverse_event", onset=Column(column="onset"), term=Column(column="term")),
    source("target", "lesion", lesion=Column(column="lesion")),
    source("new", "lesion", lists_new_lesions=True, lesion=Column(column="lesion")),
)


def rows_of(*told: tuple[str, dict[str, str | None]]) -> list[Entry]:
    return [entry(n, "row", f"{name}|{n}", values) for n, (name, values) in enumerate(told, start=1)]


def studied(*told: tuple[str, dict[str, str | None]], more: tuple[Entry, ...] = ()) -> Study:
    return project(played([*rows_of(*told), *more]), PROTOCOL, SOURCES)


@pytest.mark.parametrize("first", ["infusions", "drugs"])
def test_study_days_are_counted_from_the_first_treatment_wherever_its_row_stands(first: str) -> None:
    found = studied(
        ("labs", {"id": "S", "day": "8", "test": "albumin"}),
        ("coded", {"id": "1", "day": "-1", "test": "albumin"}),
        ("labs", {"id": "T", "day": "8", "test": "albumin"}),
        ("people", {"id": "S"}),
        ("people", {"id": "T"}),
        (first, {"id": "S", "start": "2016-01-04"}),
    )
    by_name = {subject.id: [lab.on for lab in subject.of(Lab)] for subject in found.subjects}
    assert by_name == {"S": [date(2016, 1, 3), date(2016, 1, 11)], "T": [None]}


def test_a_row_of_no_source_or_with_faults_has_no_meaning_and_is_told() -> None:
    found = studied(
        ("people", {"id": "S", "consent": "2016-01-01"}), ("nowhere", {"id": "S"}), ("labs", {"id": None, "test": None})
    )
    assert [(one.topic, one.subject, one.message, one.rows) for one in found.findings] == [
        ("row without meaning", None, "nowhere|2: sources.toml has no source 'nowhere'", (2,)),
        ("row without meaning", None, "labs|3: subject must not be empty", (3,)),
        ("row without meaning", None, "labs|3: test must not be empty", (3,)),
    ]
    rows = [RecordedRow(sequence=2, key="nowhere|2", line=None, content="{}")]
    assert [one.row.key for one in facts_of(rows, SOURCES)[1]] == ["nowhere|2"]


def test_the_first_enrolment_of_a_subject_stands_and_records_without_one_are_told() -> None:
    found = studied(
        ("people", {"id": "S", "consent": "2016-01-01"}),
        ("people", {"id": "S", "consent": "2016-02-01"}),
        ("labs", {"id": "T", "test": "albumin"}),
        ("labs", {"id": "T", "test": "albumin"}),
    )
    assert [(subject.id, subject.enrolment.consent) for subject in found.subjects] == [("S", date(2016, 1, 1))]
    assert [(one.topic, one.subject, one.rows) for one in found.findings] == [("subject not enrolled", "T", (3, 4))]


def test_events_stand_by_date_partial_ones_before_their_days_and_undated_last() -> None:
    onsets = [None, "2016-02-02", "2016-02-01", "2016-02", "2016", "2015-12-31", "2016-02-01", "2016-01-31", None]
    found = studied(
        ("people", {"id": "S"}), *(("events", {"id": "S", "onset": onset, "term": "Cough"}) for onset in onsets)
    )
    assert [(str(event.on), event.row) for event in found.subjects[0].events] == [
        ("2015-12-31", 7), ("2016", 6), ("2016-01-31", 9), ("2016-02", 5), ("2016-02-01", 4), ("2016-02-01", 8), ("2016-02-02", 3),
        ("None", 2), ("None", 10),
    ]  # fmt: skip


def test_what_is_wanting_is_told_once_and_what_is_not_is_not() -> None:
    """Of S everything is there; of T nothing but an enrolment; of U a day 1 is not known."""
    whole: dict[str, str | None] = {"id": "S", "consent": "2016-01-01"}
    found = studied(
        ("people", whole),
        ("people", {"id": "T"}),
        ("people", {"id": "U", "consent": "2016-01-01"}),
        ("infusions", {"id": "S", "start": "2016-01-04"}),
        ("drugs", {"id": "S", "start": "2016-01-04", "end": "2016-01-05", "drug": "D"}),
        ("events", {"id": "S", "onset": "2016-01-05", "term": "Cough"}),
        ("labs", {"id": "S", "day": "1", "test": "albumin"}),
        ("events", {"id": "T", "term": "Rash"}),
        ("events", {"id": "T", "onset": "2016-01", "term": "Pain"}),
        ("labs", {"id": "T", "test": "albumin"}),
        ("drugs", {"id": "U", "start": "2016-01", "drug": "D"}),
    )
    assert [(one.topic, one.subject, one.message, one.rows) for one in found.findings] == [
        ("consent date absent", "T", "no consent date was delivered", (2,)),
        ("partial onset date", "T", "Pain: onset known only as 2016-01", (9,)),
        ("undated", "T", "Rash: no onset date", (8,)),
        ("undated", "T", "Lab without a date", (10,)),
        ("day 1 not known", "U", "treated, but the first day of treatment is not known to the day", (3,)),
        ("end of exposure missing", "U", "D from 2016-01: no last day was delivered", (11,)),
        ("partial date", "U", "Exposure known only as 2016-01", (11,)),
    ]


def test_a_row_absent_from_the_newest_delivery_still_counts_and_is_told() -> None:
    people: dict[str, str | None] = {"id": "S", "consent": "2016-01-01"}
    found = studied(("people", people), more=(delivery(2, "people", missing=("people|1",)),))
    assert [subject.id for subject in found.subjects] == ["S"]
    message = "people|1 is not in the newest full delivery of its source and not withdrawn; it still counts"
    assert [(one.topic, one.message, one.rows) for one in found.findings] == [(ABSENT, message, (1,))]


@pytest.mark.parametrize(
    ("delivered", "kinds", "listed"),
    [
        ((), set(), False),
        (("labs",), {"laboratory"}, False),
        (("labs", "target"), {"laboratory", "lesion"}, False),
        (("target", "new"), {"lesion"}, True),
        (("people", "new"), {"enrolment", "lesion"}, True),
    ],
)
def test_what_has_been_delivered_at_all(delivered: tuple[str, ...], kinds: set[str], listed: bool) -> None:
    found = studied(more=tuple(delivery(n, name) for n, name in enumerate(delivered, start=1)))
    assert (found.delivered_kinds, found.new_lesions_listed) == (frozenset(kinds), listed)


def test_a_confirmation_belongs_to_the_subject_of_its_row() -> None:
    told = (("people", {"id": "S"}), ("people", {"id": "T"}), ("labs", {"id": "S", "test": "albumin"}))
    said = (
        entry(4, "confirmation", "labs|3", {"row": 3, "value": "v"}, reason="seen"),
        entry(5, "confirmation", "people|2", {"row": 2, "value": "w"}),
    )
    found = studied(*told, more=said)  # type: ignore[arg-type]
    assert {subject.id: subject.confirmed for subject in found.subjects} == {"S": {3}, "T": {2}}
    assert [(one.row, one.value, one.who, one.reason) for one in found.confirmations] == [
        (3, "v", "W", "seen"),
        (2, "w", "W", ""),
    ]
    assert [subject.confirmed for subject in studied(*told).subjects] == [frozenset(), frozenset()]  # type: ignore[arg-type]
    kinds = [type(event) for subject in found.subjects for event in (subject.enrolment, *subject.events)]
    assert kinds == [Enrolment, Lab, Enrolment]


def test_an_infusion_of_a_day_is_in_order_by_that_day() -> None:
    found = studied(
        ("people", {"id": "S"}),
        ("events", {"id": "S", "onset": "2016-01-05", "term": "Cough"}),
        ("infusions", {"id": "S", "start": "2016-01-04T23:30"}),
        ("drugs", {"id": "S", "start": "2016-01-04", "drug": "D"}),
    )
    (subject,) = found.subjects
    assert [event.row for event in subject.events] == [3, 4, 2]
    assert subject.of(Administration)[0].start == datetime(2016, 1, 4, 23, 30, tzinfo=ZoneInfo("America/Chicago"))
    assert isinstance(subject.events[1], Exposure)
    assert isinstance(subject.events[2], AdverseEvent)
    assert not isinstance(subject.events[2].on, PartialDate)
