"""The dose decision that people took: an entry with the head it was made on, beside what the design says, with flags."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import hevesy
from hevesy.answers.answer import Answer
from hevesy.blocks.section import Section
from hevesy.conduct.decisions import agrees, decide, decisions_taken
from hevesy.conduct.delivery import import_files, init_study
from hevesy.conduct.recorded_study import examine, read_record, study_of
from hevesy.errors import CannotAnswerError, QuestionError
from hevesy.plan.escalation.design import Action, Decision
from hevesy.readout.build import build
from hevesy.record import Decided, Draft, Record, Recorded
from hevesy.render.text import as_text
from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate
from hevesy.study.facts.treatment import Administration, Exposure
from tests.conduct.test_strata import protocol_text
from tests.conftest import EXAMPLE, MAPPINGS, Folder, entries_of, played
from tests.record.test_earlier_study import EARLIER, Written, unpacked

FIRST_OF_COHORT_2 = date(2016, 5, 26)
NOW = datetime(2016, 12, 10, tzinfo=UTC)


def taken(demo: Folder, **given: object) -> dict[str, Any]:
    """A decision written down, level 3 after cohort 2 on 2016-12-01 unless something else is given; its document."""
    return answered(demo, **given).document


def answered(demo: Folder, **given: object) -> Answer:
    usual = {"level": 3, "cohort": 2, "on": "2016-12-01", "who": "dose committee", "writer": "data manager"}
    return hevesy.ask("study decide", demo.path, **usual | given)


def test_a_decision_is_an_entry_with_the_head_it_was_made_on(demo: Folder) -> None:
    before = read_record(demo.path).head
    answer = taken(demo, reason="no DLT at level 2", head=before[:8])
    last = entries_of(demo.path)[-1]
    assert (last.action, last.who, last.reason) == ("decision", "data manager", "no DLT at level 2")
    assert last.previous_hash == before == answer["head"]
    assert (answer["entry"], answer["chain_head"]) == (last.sequence, last.hash)
    assert (answer["design_action"], answer["design_level"]) == ("escalate", 3)
    assert answer["flags"] == []
    recorded = read_record(demo.path)
    (entry,) = recorded.decisions
    assert entry.decided == Decided(cohort=2, level=3, by="dose committee", on=date(2016, 12, 1))
    assert examine(demo.path, head=last.hash, hash_objects=True).verification.intact


def test_the_writer_is_who_the_account_says_and_who_decided_is_named(
    demo: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEVESY_WHO", "study nurse")
    taken(demo, writer=None)
    (entry,) = read_record(demo.path).decisions
    assert (entry.who, entry.decided.by) == ("study nurse", "dose committee")
    with pytest.raises(QuestionError, match="who is needed") as refused:
        taken(demo, who=None)
    assert refused.value.fields == ("who",)


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"level": 5}, "level", "the levels 1 to 4, got 5"),
        ({"level": 0}, "level", "at least 1, got 0"),
        ({"level": "up"}, "level", "neither a level as in 3 nor stop"),
        ({"cohort": 3}, "cohort", r"there is no cohort 3; there are 1 \(level 1\), 2 \(level 2\)"),
        ({"cohort": 0}, "cohort", "at least 1, got 0"),
        ({"who": "  "}, "who", "1 to 100 characters"),
        ({"who": "a\nb"}, "who", "that can be printed"),
        ({"on": "2999-01-01"}, "on", "got 2999-01-01"),
        ({"on": "1016-12-01"}, "on", "a day from 1900"),
        ({"on": "2015-06-30"}, "on", "nobody had been enrolled yet, the first was on 2015-07-01"),
        ({"on": "in May"}, "on", "is not a date"),
        ({"stratum": "alone"}, "stratum", "the protocol has no strata"),
        ({"head": "1234567"}, "head", "at least the first 8 characters"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field_and_nothing_is_written(
    demo: Folder, given: dict[str, object], field: str, words: str
) -> None:
    before = len(entries_of(demo.path))
    with pytest.raises(QuestionError, match=words) as refused:
        taken(demo, **given)
    assert refused.value.fields[0] == field
    assert len(entries_of(demo.path)) == before


def test_a_day_is_in_the_future_when_it_has_begun_nowhere(demo: Folder) -> None:
    """At 11:00 in London it is the next day in Kiritimati, 14 hours ahead."""
    decided = Decided(cohort=2, level=3, by="dose committee", on=date(2016, 12, 11))
    with pytest.raises(ValueError, match="got 2016-12-11"):
        decide(demo.path, decided, who="x", reason=None, now=datetime(2016, 12, 10, 9, 59, tzinfo=UTC))
    noon = decide(demo.path, decided, who="x", reason=None, now=datetime(2016, 12, 10, 10, 0, tzinfo=UTC))
    assert noon.last_fact_on == date(2016, 12, 1)


def test_a_record_that_does_not_verify_takes_no_decision(demo: Folder) -> None:
    kept = next(path for path in (demo.path / "sources").rglob("ae.csv"))
    kept.write_text(kept.read_text().replace("Anaemia", "Anemia"))
    with pytest.raises(CannotAnswerError, match="does not verify"):
        taken(demo)


def test_a_study_without_an_escalation_has_no_dose_to_decide(tmp_path: Path) -> None:
    clover = EXAMPLE.parent / "clover"
    folder = tmp_path / "study"
    init_study(folder, clover / "protocol.toml", MAPPINGS / "clover.toml", "tester")
    import_files(folder, sorted((clover / "sources").glob("*.csv")), who="tester")
    with pytest.raises(CannotAnswerError, match="there is no dose to decide"):
        taken(Folder(folder))


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ({"cohort": 1, "level": 2, "on": "2016-05-25"}, []),
        ({"cohort": 1, "level": 2, "on": str(FIRST_OF_COHORT_2)}, []),
        (
            {"cohort": 1, "level": 2, "on": "2016-05-27"},
            ["dated 2016-05-27, after the first infusion of the next cohort, 2 (2016-05-26)"],
        ),
        (
            {"cohort": 2, "level": 3, "on": "2016-05-25"},
            [
                "dated 2016-05-25, before the first infusion of cohort 2 (2016-05-26)",
                "differs from the design, which said on the facts up to 2016-05-25 (1NNNN): escalate, level 2",
            ],
        ),
        (
            {"cohort": 2, "level": 3, "on": "2016-07-01"},
            [
                "dated 2016-07-01, before 2-03, 2-04 of cohort 2 had been treated",
                "differs from the design, which said on the facts up to 2016-07-01 (1NNNN 2P37P5): wait, level 2",
            ],
        ),
        ({"cohort": 2, "level": 2, "on": "2016-07-01"}, []),
        (
            {"cohort": 2, "level": "stop", "on": "2016-12-01"},
            ["differs from the design, which said on the facts up to 2016-12-01 (1NNNN 2NNNN): escalate, level 3"],
        ),
    ],
    ids=["in-time", "on-the-day", "late", "early", "half-way", "half-way-stay", "differs"],
)
def test_what_a_reader_must_know_is_flagged(demo: Folder, given: dict[str, object], flags: list[str]) -> None:
    answer = answered(demo, **given)
    assert answer.document["flags"] == flags
    assert [as_text([block]) for block in answer.blocks[1 : 1 + len(flags)]] == flags


def test_a_level_while_the_window_of_its_cohort_runs_differs_from_a_design_that_waits(demo: Folder) -> None:
    """On 2016-09-01 the window of 2-04, of 85 days from 2016-08-12, is open."""
    document = taken(demo, on="2016-09-01")
    assert (document["design_action"], document["design_level"]) == ("wait", 2)
    (flag,) = document["flags"]
    assert flag.startswith("differs from the design, which said on the facts up to 2016-09-01 (1NNNN 2")


@pytest.mark.parametrize(
    ("level", "action", "at", "places", "same"),
    [
        (3, "escalate", 3, 4, True),
        (2, "escalate", 3, 4, False),
        (2, "wait", 2, 1, True),
        (2, "wait", 2, 0, False),
        (None, "stop", None, 0, True),
        (1, "stop", None, 0, False),
        (None, "stay", 2, 3, False),
    ],
)
def test_people_and_design_agree_on_a_level_with_a_place_for_the_next_subject(
    level: int | None, action: Action, at: int | None, places: int, same: bool
) -> None:
    decided = Decided(cohort=1, level=level, by="committee", on=date(2016, 1, 1))
    said = Decision(action=action, level=at, open_places=places, mtd=None, because=())
    assert agrees(decided, said) is same


def test_two_decisions_on_a_cohort_both_stay_and_the_later_counts(demo: Folder) -> None:
    first = taken(demo)
    second = taken(demo, level="stop", on="2016-11-30", who="sponsor", writer="secretary")
    assert (
        f"a decision on cohort 2 was recorded before: level 3 by dose committee on 2016-12-01 (entry "
        f"{first['entry']}, data manager); both stay, this one counts" in second["flags"]
    )
    told: Any = hevesy.open(demo.path).status().document["decisions"]
    assert [one["decision"] for one in told] == ["level 3", "stop"]
    assert told[0]["flags"] == [
        f"a later decision on cohort 2 counts: stop by sponsor on 2016-11-30 (entry {second['entry']}, secretary)"
    ]


def test_what_the_design_said_then_and_says_by_now_are_told_apart(demo: Folder) -> None:
    """A grade 4 event of 2-04 on study day 10 is corrected into the record after the decision."""
    taken(demo)
    text = (EXAMPLE / "sources" / "ae.csv").read_text()
    header = text.splitlines()[0].split(",")
    new = dict.fromkeys(header, "") | {
        "subject": "2-04", "cohort": "2", "ae_no": "90", "preferred_term": "Nausea", "ctcae_version": "4.03",
        "soc": "Gastrointestinal disorders", "max_grade": "3", "onset_day": "10", "max_grade_day": "10",
        "resolved_day": "20", "serious": "0", "related": "related", "dlt": "1",
    }  # fmt: skip
    file = demo.write("ae.csv", text.rstrip("\n") + "\n" + ",".join(new[name] for name in header) + "\n")
    assert demo.deliver(file).written
    (judged,) = decisions_taken(read_record(demo.path), demo.study())
    assert judged.flags == (
        "differs from the design, which said on the facts up to 2016-12-01 (1NNNN 2NNNT10): stay, level 2",
        "when it was written down the design said escalate, level 3; by the present record it says stay, level 2 on the "
        "facts up to 2016-12-01",
    )


def laid_out(recorded: Recorded, cut: date, known_at: str | None = None) -> list[str]:
    """The section on the dose decision, as words."""
    (section,) = [one for one in build(recorded, cut, known_at).sections if one.id == "decision"]
    assert isinstance(section, Section)
    return [line for block in section.blocks for line in as_text([block]).splitlines()]


def test_a_readout_shows_decisions_beside_the_designs_with_their_flags(demo: Folder) -> None:
    before = laid_out(read_record(demo.path), date(2016, 12, 5))
    assert not any("people took" in line for line in before)
    taken(demo, level=2, on="2016-12-05", reason="one more cohort there")
    told = laid_out(read_record(demo.path), date(2016, 12, 5))
    assert told[: len(before)] == before
    new = "\n".join(told[len(before) :])
    for word in (
        "dose committee",
        "level 2 (18.75 mCi/m2)",
        "escalate to level 3 (25 mCi/m2)",
        "one more cohort there",
    ):
        assert word in new
    assert "ledger row 761: differs from the design, which said on the facts up to 2016-12-05" in new


def test_a_decision_after_the_cut_is_hidden_and_so_is_one_that_was_written_down_later(demo: Folder) -> None:
    known = entries_of(demo.path)
    before = laid_out(played(known), date(2016, 12, 4))
    taken(demo, on="2016-12-05")
    recorded = read_record(demo.path)
    assert laid_out(recorded, date(2016, 12, 4)) == before
    assert laid_out(recorded, date(2016, 12, 5)) != before
    assert read_record(demo.path, known[-1].recorded_at).decisions == ()
    assert decisions_taken(recorded, as_of(study_of(recorded), date(2016, 12, 4))) == ()


def in_strata(folder: Path) -> Folder:
    """The demonstration in arms with and without a companion drug, 1-03 and 1-04 without it."""
    plan = folder / "plan.toml"
    plan.write_text(protocol_text())
    study = Folder(folder / "study")
    init_study(study.path, plan, MAPPINGS / "clr131.toml", "tester")
    rows = (EXAMPLE / "sources" / "dm.csv").read_text().splitlines()
    alone = [row.replace(",1,", ",1N,", 1) if row.startswith(("1-03", "1-04")) else row for row in rows]
    others = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "dm.csv"]
    assert study.deliver(study.write("dm.csv", "\n".join(alone) + "\n"), *others).written
    return study


def test_a_stratum_is_decided_by_itself(tmp_path: Path) -> None:
    study = in_strata(tmp_path)
    with pytest.raises(QuestionError, match="none is named; there are with dexamethasone, alone") as refused:
        taken(study)
    assert refused.value.fields == ("stratum",)
    with pytest.raises(QuestionError, match="none is called 'other'"):
        taken(study, stratum="other")
    with pytest.raises(QuestionError, match=r"there is no cohort 2; there are 1 \(level 1\)"):
        taken(study, stratum="alone")
    answer = taken(study, cohort=1, level=1, stratum="alone")
    other = taken(study, cohort=1, level=2, stratum="with dexamethasone", on="2016-05-25")
    assert (answer["design_action"], answer["design_level"]) == ("stay", 1)
    assert (answer["flags"], answer["stratum"]) == ([], "alone")
    assert not any("recorded before" in flag for flag in other["flags"])
    told = laid_out(read_record(study.path), date(2016, 12, 1))
    assert any(line.startswith("alone") and "dose committee" in line for line in told)


def test_the_cohorts_that_can_be_decided_on_are_those_of_the_dose_meetings_table(tmp_path: Path) -> None:
    study = in_strata(tmp_path)
    told: Any = hevesy.open(study.path).cohorts().document["cohorts"]
    numbered = [(one["stratum"], one["cohort"]) for one in told]
    assert numbered == [("with dexamethasone", 1), ("with dexamethasone", 2), ("alone", 1)]
    for stratum, cohort in numbered:
        taken(study, stratum=stratum, cohort=cohort, level=1)
    kept = [(one.decided.stratum, one.decided.cohort) for one in read_record(study.path).decisions]
    assert kept == numbered


def test_a_decision_stays_when_the_plan_no_longer_has_what_it_names(tmp_path: Path) -> None:
    study = in_strata(tmp_path)
    taken(study, cohort=1, level=4, stratum="alone")
    recorded, now = read_record(study.path), study.study()
    protocol = now.protocol
    assert protocol.escalation is not None
    fewer = replace(
        protocol, escalation=replace(protocol.escalation, strata=()), dose_levels=protocol.dose_levels[:3], arms=()
    )
    (judged,) = decisions_taken(recorded, replace(now, protocol=fewer))
    assert judged.flags[:2] == ("the protocol has no stratum 'alone' by now", "the protocol has no level 4 by now")
    none = replace(protocol, escalation=None)
    (judged,) = decisions_taken(recorded, replace(now, protocol=none))
    assert (judged.design, judged.decided.level) == (None, 4)


@pytest.mark.parametrize(
    ("who", "cohort", "level", "flag"),
    [
        (
            "2-",
            1,
            2,
            "the first day of treatment of 2-01, 2-02, 2-03, 2-04 of the next cohort, 2, is not known: whether "
            "the decision came before it cannot be told",
        ),
        ("2-03", 2, 3, "the first day of treatment of 2-03 is not known"),
    ],
)
def test_a_first_day_that_is_not_known_leaves_open_what_came_first(
    demo: Folder, who: str, cohort: int, level: int, flag: str
) -> None:
    taken(demo, cohort=cohort, level=level, on="2016-12-01" if cohort == 2 else "2016-05-25")
    recorded, study = read_record(demo.path), demo.study()
    shown = []
    for subject in study.subjects:
        if subject.id.startswith(who):
            month = PartialDate(year=2016, month=5)
            kept = tuple(event for event in subject.events if not isinstance(event, Administration))
            exposure = Exposure(subject=subject.id, row=90_000, on=month)
            subject = replace(subject, events=(exposure, *kept))
        shown.append(subject)
    (judged,) = decisions_taken(recorded, replace(study, subjects=tuple(shown)))
    assert flag in judged.flags


def test_a_cohort_that_is_enrolled_and_not_treated_is_said_to_be(empty: Folder) -> None:
    assert empty.deliver(EXAMPLE / "sources" / "dm.csv").written
    assert taken(empty, cohort=1, level=1)["flags"][0] == "nobody of cohort 1 has been treated"


@EARLIER
def test_a_study_of_an_earlier_version_takes_decisions(written: Written, tmp_path: Path) -> None:
    study = Folder(unpacked(written, tmp_path) / "study")
    assert read_record(study.path).decisions == ()
    taken(study)
    found = examine(study.path, head=written.head).verification
    assert (found.faults, found.contains_head, found.entries) == ((), True, written.entries + 1)


ENTRY = '{"cohort": 1, "level": 2, "by": "x", "on": "2016-06-01", "stratum": null, "design": null}'
SAID = '{"action": "stay", "level": 1, "mtd": null, "history": "1N"}'


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"cohort": 1}',
        ENTRY.replace("2016-06-01", "June"),
        ENTRY.replace("1,", '"1",'),
        ENTRY.replace("1,", "0,"),
        ENTRY.replace("1,", "null,"),
        ENTRY.replace('level": 2', 'level": "2"'),
        ENTRY.replace('"x"', "null"),
        ENTRY.replace('stratum": null', 'stratum": 3'),
        ENTRY.replace('design": null', f'design": {SAID}').replace('"stay"', "7"),
        ENTRY.replace('design": null', f'design": {SAID}').replace('mtd": null', 'mtd": "1"'),
        ENTRY.replace('stratum": null', 'more": 1'),
    ],
)
def test_a_decision_that_cannot_be_understood_is_a_fault_of_the_record(demo: Folder, content: str) -> None:
    recorded = read_record(demo.path)
    Record(demo.path).append([Draft(action="decision", key="decision|1", content=content)], "x", after=recorded.head)
    (fault,) = examine(demo.path).verification.faults
    assert fault.startswith(f"entry {recorded.entries + 1} (decision|1) cannot be understood")


def test_a_study_without_decisions_opens_as_before_and_says_none(demo: Folder, tmp_path: Path) -> None:
    shutil.copytree(demo.path, tmp_path / "copy")
    answer = hevesy.open(tmp_path / "copy").status()
    assert answer.document["decisions"] == []
    assert "people took" not in str(answer)
