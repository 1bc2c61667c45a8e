"""Files into the record: all or nothing, the same twice is nothing, and every refusal names file, row and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import examine, read_record
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.safety import AdverseEvent
from tests.conftest import EXAMPLE, MAPPINGS, Folder, write_readout

SOURCES = EXAMPLE / "sources"


def text_of(name: str) -> str:
    return (SOURCES / name).read_text()


def test_the_same_files_twice_add_nothing(demo: Folder) -> None:
    before = examine(demo.path).verification
    report = demo.deliver(*sorted(SOURCES.glob("*.csv")))
    assert (len(report.added), len(report.changed), report.unchanged, report.written) == (0, 0, 749, False)
    assert examine(demo.path).verification.chain_head == before.chain_head


def test_order_of_rows_and_columns_and_line_ends_do_not_matter(demo: Folder) -> None:
    header, *rows = text_of("ex.csv").splitlines()
    order = list(reversed(range(len(header.split(",")))))

    def turned(line: str) -> str:
        cells = line.split(",")
        return ",".join(cells[place] for place in order)

    again = demo.write("ex.csv", "\r\n".join([turned(header), *(turned(row) for row in reversed(rows))]) + "\r\n")
    report = demo.deliver(again)
    assert (len(report.added), len(report.changed), report.unchanged) == (0, 0, 8)


def test_a_changed_value_is_shown_and_needs_a_reason(demo: Folder) -> None:
    head = read_record(demo.path).head
    file = demo.write("lb.csv", text_of("lb.csv").replace("1-01,1,8,2015-07-08,PLT,244", "1-01,1,8,2015-07-08,PLT,24"))
    report = demo.deliver(file)
    assert not report.written
    assert [str(change) for change in report.changed] == ["laboratory|1-01|2015-07-08|PLT: value '244' -> '24'"]
    assert report.changed[0].line == 3
    assert "needs ⟦reason⟧" in str(report.refused[0])
    assert read_record(demo.path).head == head
    report = demo.deliver(file, reason="transcription error at the site")
    assert report.written
    recorded = read_record(demo.path)
    assert [(change.key, change.reason) for change in recorded.changes] == [
        ("laboratory|1-01|2015-07-08|PLT", "transcription error at the site")
    ]
    values = [lab.value for lab in demo.study().subjects[0].of(Lab) if lab.test == "platelets"]
    assert values[:2] == [221.0, 24.0]


def test_a_dry_run_shows_everything_and_writes_nothing(demo: Folder) -> None:
    file = demo.write("lb.csv", text_of("lb.csv").replace("PLT,244", "PLT,24"))
    before = sorted(path.name for path in demo.path.rglob("*") if "incoming" not in str(path))
    report = demo.deliver(file, reason="r", dry_run=True)
    assert len(report.changed) == 1
    assert not report.written
    assert sorted(path.name for path in demo.path.rglob("*") if "incoming" not in str(path)) == before


def test_keys_absent_from_a_newer_full_delivery_are_listed_and_withdrawn_only_with_a_reason(demo: Folder) -> None:
    shorter = demo.write("ae.csv", "\n".join(text_of("ae.csv").splitlines()[:-1]) + "\n")
    report = demo.deliver(shorter)
    assert report.missing == ("adverse events|2-04|6",)
    assert report.withdrawn == ()
    assert read_record(demo.path).missing() == ("adverse events|2-04|6",)
    study = demo.study()
    assert len(study.subjects[-1].of(AdverseEvent)) == 6, "it still counts"
    assert any(finding.topic == "absent from newest full delivery" for finding in study.findings)
    refused = demo.deliver(shorter, withdraw=True)
    assert not refused.written
    assert "withdrawal needs ⟦reason⟧" in str(refused.refused[0])
    withdrawn = demo.deliver(shorter, withdraw=True, reason="entered for the wrong subject")
    assert withdrawn.withdrawn == ("adverse events|2-04|6",)
    assert len(demo.study().subjects[-1].of(AdverseEvent)) == 5
    assert read_record(demo.path).missing() == ()
    assert "was withdrawn; to count again it needs ⟦reason⟧" in str(demo.deliver(SOURCES / "ae.csv").refused[0])
    back = demo.deliver(SOURCES / "ae.csv", reason="it was the right subject after all")
    assert back.added == ("adverse events|2-04|6",)
    assert len(demo.study().subjects[-1].of(AdverseEvent)) == 6


def test_a_partial_delivery_misses_nothing(demo: Folder) -> None:
    sources = demo.path / "sources.toml"
    sources.write_text(
        sources.read_text().replace(
            'kind = "adverse_event"\ndelivery = "full"', 'kind = "adverse_event"\ndelivery = "partial"'
        )
    )
    assert demo.deliver(SOURCES / "dm.csv", reason="adverse events come as increments").written
    report = demo.deliver(demo.write("ae.csv", "\n".join(text_of("ae.csv").splitlines()[:5]) + "\n"))
    assert report.missing == ()


def test_a_changed_plan_needs_a_reason_and_the_readout_uses_the_recorded_one(demo: Folder) -> None:
    protocol = demo.path / "protocol.toml"
    protocol.write_text(protocol.read_text().replace("cohort_size = 4", "cohort_size = 5"))
    assert "cohorts of 4" in (write_readout(demo.path) / "index.html").read_text()
    report = demo.deliver(SOURCES / "dm.csv")
    assert "needs ⟦reason⟧" in str(report.refused[0])
    assert "protocol.toml" in str(report.refused[0])
    assert demo.deliver(SOURCES / "dm.csv", reason="amendment 2").written
    assert "cohorts of 5" in (write_readout(demo.path) / "index.html").read_text()


def test_unknown_columns_are_listed(demo: Folder) -> None:
    lines = text_of("ae.csv").splitlines()
    wider = "\n".join([lines[0] + ",verbatim", *(line + ",as told" for line in lines[1:])])
    report = demo.deliver(demo.write("ae.csv", wider + "\n"), reason="a new column")
    assert report.unknown_columns == {"ae.csv": ("verbatim",)}


def changed(name: str, before: str, after: str) -> tuple[str, bytes]:
    text = text_of(name)
    assert before in text
    return name, text.replace(before, after, 1).encode()


BAD_FILES: dict[str, tuple[tuple[str, bytes], list[str]]] = {
    "unknown subject": (changed("lb.csv", "1-01,1,8,", "9-99,1,8,"), ["lb.csv", "line 3", "subject", "unknown subject", "9-99"]),
    "infusion end before start": (
        changed("ex.csv", "2015-07-01T13:30", "2015-07-01T12:30"),
        ["ex.csv", "line 2", "infusion_end", "ends after its start"],
    ),
    "impossible date": (changed("lb.csv", "2015-07-08", "2015-02-30"), ["lb.csv", "line 3", "date", "2015-02-30"]),
    "no date at all": (changed("lb.csv", "2015-07-08", "8 July"), ["lb.csv", "line 3", "date", "8 July"]),
    "a date in the future": (changed("lb.csv", "2015-07-08", "2115-07-08"), ["lb.csv", "line 3", "2115-07-08", "after the day it was received"]),
    "negative activity": (changed("ex.csv", "21.87,", "-21.87,"), ["ex.csv", "line 2", "assay_mCi", "must not be negative", "-21.87"]),
    "unit missing": (changed("lb.csv", "PLT,244,10^9/L", "PLT,244,"), ["lb.csv", "line 3", "unit", "is missing"]),
    "unit unknown": (changed("lb.csv", "PLT,244,10^9/L", "PLT,244,per litre"), ["lb.csv", "line 3", "unit", "per litre", "10^9/L"]),
    "not a number": (changed("lb.csv", "PLT,244,", "PLT,24A,"), ["lb.csv", "line 3", "value", "24A"]),
    "duplicate key": (changed("lb.csv", "1-01,1,15,2015-07-15,PLT", "1-01,1,15,2015-07-08,PLT"), ["lb.csv", "line 4", "duplicate key", "line 3"]),
    "cohort without level": (changed("dm.csv", "1-01,1,12.5", "1-01,7,12.5"), ["dm.csv", "line 2", "cohort", "cohort without level", "7"]),
    "grade out of range": (changed("ae.csv", "4.03,2,36", "4.03,7,36"), ["ae.csv", "line 2", "max_grade", "0..5", "7"]),
    "resolved before onset": (changed("ae.csv", "2,36,36,113", "2,36,36,13"), ["ae.csv", "line 2", "resolved_day", "no sooner"]),
    "study day nought": (changed("ae.csv", "4.03,2,36", "4.03,2,0"), ["ae.csv", "line 2", "onset_day", "no study day 0"]),
    "empty file": (("lb.csv", b""), ["lb.csv", "empty"]),
    "nothing but a line end": (("lb.csv", b"\n"), ["lb.csv"]),
    "wrong encoding": (("lb.csv", text_of("lb.csv").replace("10^9/L", "10\u2079/L \u00b5", 1).encode("utf-16")), ["lb.csv", "utf-8", "line 1"]),
    "latin-1": (("ae.csv", text_of("ae.csv").replace("Headache", "\u00e4", 1).encode("latin-1")), ["ae.csv", "line 8", "0xe4", "encoding"]),
    "a row too short": (changed("dm.csv", "1-02,1,12.5,72,M,", "1-02,1,12.5,72,"), ["dm.csv", "line 3", "columns"]),
    "a column missing": (("lb.csv", text_of("lb.csv").replace("date", "datum", 1).encode()), ["lb.csv", "date", "column is missing"]),
    "two columns of one name": (("lb.csv", text_of("lb.csv").replace("unit", "value", 1).encode()), ["lb.csv", "line 1", "value"]),
    "an unknown name": (("labs.csv", text_of("lb.csv").encode()), ["labs.csv", "no source"]),
    "an unknown ending": (("lb.docx", b"x"), ["lb.docx"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_input_is_refused_by_name_and_nothing_is_imported(empty: Folder, case: str) -> None:
    (name, content), words = BAD_FILES[case]
    incoming = empty.path / "incoming"
    incoming.mkdir()
    (incoming / name).write_bytes(content)
    others = [SOURCES / other for other in ("dm.csv", "ex.csv", "ae.csv", "lb.csv") if other != name]
    before = examine(empty.path).verification
    report = empty.deliver(incoming / name, *others)
    assert not report.written
    told = "\n".join(map(str, report.refused))
    for word in words:
        assert word in told, told
    after = examine(empty.path).verification
    assert (after.entries, after.chain_head) == (before.entries, before.chain_head)
    assert not list((empty.path / "sources").iterdir())


def test_every_fault_is_reported_not_only_the_first(empty: Folder) -> None:
    text = (
        text_of("lb.csv")
        .replace("PLT,244,10^9/L", "PLT,-1,10^9/L", 1)
        .replace("2015-07-15,PLT", "2015-17-15,PLT", 1)
        .replace("1-04,1,8", "4-01,1,8", 1)
    )
    report = empty.deliver(SOURCES / "dm.csv", SOURCES / "ex.csv", empty.write("lb.csv", text))
    assert len({(refusal.file, refusal.line) for refusal in report.refused}) == 3


def test_an_event_before_consent_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    mapping = tmp_path / "sources.toml"
    mapping.write_text(
        (MAPPINGS / "clr131.toml").read_text().replace('arm = "cohort"\n', 'arm = "cohort"\nconsent = "consent"\n', 1)
    )
    init_study(folder, EXAMPLE / "protocol.toml", mapping, "tester")
    header, *rows = text_of("dm.csv").splitlines()
    with_consent = [f"{header},consent", *(f"{row},{'2015-07-20' if row.startswith('1-01') else ''}" for row in rows)]
    (tmp_path / "dm.csv").write_text("\n".join(with_consent) + "\n")
    report = import_files(folder, [tmp_path / "dm.csv", SOURCES / "lb.csv", SOURCES / "ex.csv"], who="tester")
    told = "\n".join(map(str, report.refused))
    assert "lb.csv, line 2, date: dated before the subject's consent (2015-07-20)" in told
    assert "ex.csv, line 2, infusion_start: dated before the subject's consent" in told
    assert not report.written


def test_a_line_of_200_MB_is_refused_without_being_read(empty: Folder) -> None:
    huge = empty.path / "lb.csv"
    with huge.open("wb") as file:
        file.write(b"subject,cohort,day,date,test,value,unit,ctcae4_grade,baseline_flag\n1-01,")
        for _ in range(200):
            file.write(b"9" * 1_000_000)
    report = empty.deliver(SOURCES / "dm.csv", huge)
    assert not report.written
    assert "lb.csv, line 2: longer than 1,000,000 bytes" in str(report.refused[0])


def test_two_enrolments_of_one_subject_are_refused(empty: Folder) -> None:
    header = "subject,cohort,dose_level_mCi_m2,reason,safety_days,counts_in\n"
    twice = empty.write("dm_not_evaluable.csv", header + "1-01,1,12.5,withdrew,22,safety\n")
    report = empty.deliver(SOURCES / "dm.csv", twice)
    assert "this subject is enrolled already" in str(report.refused[0])


def test_a_source_file_is_kept_as_delivered(demo: Folder) -> None:
    kept = {path.name: path for path in (demo.path / "sources").glob("*/*")}
    assert sorted(kept) == sorted(path.name for path in SOURCES.glob("*.csv"))
    assert all(kept[path.name].read_bytes() == path.read_bytes() for path in SOURCES.glob("*.csv"))


def test_known_at_shows_what_was_known_by_then(demo: Folder) -> None:
    recorded = read_record(demo.path)
    moment = recorded.deliveries[-1].recorded_at
    file = demo.write("lb.csv", text_of("lb.csv").replace("PLT,244", "PLT,24"))
    assert demo.deliver(file, reason="late correction").written
    assert read_record(demo.path, moment).head == recorded.head
    assert read_record(demo.path).head != recorded.head
    earlier, later = write_readout(demo.path, known_at=moment), write_readout(demo.path)
    assert earlier != later
    assert "late correction" not in (earlier / "index.html").read_text()
    assert "late correction" in (later / "index.html").read_text()
