"""The same order, the same reader, the same confirmation, whoever asks: responses as called at the command line and in a study."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.conduct.analysis import analyse
from hevesy.conduct.delivery import init_study
from hevesy.follow.response.called import best_response, by_series
from hevesy.follow.response.readers import of_reader, reader_of
from hevesy.follow.response.reported import reported_response
from hevesy.render.numbers import read_numbers
from hevesy.study.called import Called
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import ReportedResponse
from hevesy.study.facts.treatment import Administration
from hevesy.study.protocol.criteria import CRITERIA
from hevesy.study.subject import Study, Subject
from tests.conduct.test_cdisc_pilot import PROTOCOL
from tests.conftest import MAPPINGS, Folder, Run, reference

START = date(2020, 1, 1)
RECIST = CRITERIA["recist-1.1"]


def on(day: int) -> date:
    return START + timedelta(days=day)


def called(*visits: tuple[int, str]) -> list[Called]:
    return [
        Called(subject="S", row=number, visit=f"day {day}", visit_number=99 - number, on=on(day), response=word)
        for number, (day, word) in enumerate(visits, 1)
    ]


@pytest.mark.parametrize(
    ("words", "best", "any_later"),
    [
        ("PR SD SD PR", "SD", "PR"),
        ("PR PR", "PR", "PR"),
        ("PR NE PR", "PR", "PR"),
        ("PR NE NE PR", "SD", "PR"),
        ("PR CR", "PR", "PR"),
        ("CR PR PR", "PR", "PR"),
        ("CR SD CR", "SD", "CR"),
        ("CR CR", "CR", "CR"),
        ("PR PD PR", "SD", "SD"),
        ("SD PR NE PR", "PR", "PR"),
    ],
)
def test_between_a_response_and_its_confirmation_lie_only_responses_as_good_and_one_silent_visit(
    words: str, best: str, any_later: str
) -> None:
    own = called(*((42 * place, word) for place, word in enumerate(words.split(), 1)))
    assert best_response(own, RECIST, confirmed_after_d=28).best == best
    assert best_response(own, RECIST, confirmed_after_d=28, confirming="any-later").best == any_later


def test_a_confirmation_lies_28_days_later_or_more() -> None:
    assert best_response(called((42, "PR"), (69, "PR")), RECIST, confirmed_after_d=28).best == "SD"
    assert best_response(called((42, "PR"), (70, "PR")), RECIST, confirmed_after_d=28).best == "PR"


@given(st.permutations([(42, "SD"), (84, "PD"), (126, "PR"), (168, "PR")]))
def test_responses_are_in_order_of_day_whatever_the_order_of_rows_and_visits(visits: list[tuple[int, str]]) -> None:
    """A response after progression does not count, however its visit is numbered."""
    ((_, own),) = by_series(called(*visits)).items()
    assert [one.response for one in own] == ["SD", "PD", "PR", "PR"]
    assert best_response(own, RECIST).best == "SD"


def test_a_response_without_its_day_among_dated_ones_is_refused_and_a_silent_one_is_not() -> None:
    own = called((42, "PR"), (84, "SD"))
    with pytest.raises(ValueError, match="has no day, others have"):
        by_series([own[0], replace(own[1], on=None)])
    by_series([own[0], replace(own[1], on=None, response="NE")])
    last = by_series([replace(own[0], response="NE", on=None), own[1]])
    assert [one.response for one in next(iter(last.values()))] == ["SD", "NE"], (
        "a silent one without its day comes last"
    )
    numbered = [replace(one, on=None, visit_number=number) for number, one in zip((2, 1), own, strict=True)]
    assert [one.response for one in next(iter(by_series(numbered).values()))] == ["SD", "PR"], (
        "no day at all: by the visit's number"
    )


@pytest.mark.parametrize("apart", [True, False])
def test_two_answers_of_one_reader_at_one_visit_are_refused(apart: bool) -> None:
    own = called((42, "PR"), (42, "SD"))
    second = replace(own[1], visit=own[0].visit, on=on(45) if apart else own[0].on)
    with pytest.raises(ValueError, match="two responses of one reader"):
        by_series([own[0], second])
    assert len(next(iter(by_series([own[0], replace(second, response="NE")]).values()))) == 2, (
        "a visit without an answer is no second one"
    )
    assert by_series([own[0], replace(second, on=on(200))]), "one name of a visit four weeks later is another visit"


def event(row: int, day: int, word: str, **more: object) -> ReportedResponse:
    return ReportedResponse(subject="S", row=row, on=on(day), response=word, **more)  # type: ignore[arg-type]


def who(demo_study: Study, *events: ReportedResponse) -> Subject:
    subject = demo_study.subjects[0]
    given = [
        replace(one, start=one.start.replace(year=2020, month=1, day=1), end=None) for one in subject.of(Administration)
    ]
    return replace(subject, events=(*given, *events))


def test_a_reader_is_an_evaluator_with_an_identifier_and_the_accepted_one_counts(demo_study: Study) -> None:
    first = [event(n, day, "PR", evaluator="IRC", reader="R1", accepted=True) for n, day in enumerate((42, 84), 1)]
    second = [event(n, day, "PD", evaluator="IRC", reader="R2") for n, day in enumerate((42, 84), 11)]
    assert {reader_of(one) for one in (*first, *second)} == {"IRC, R1", "IRC, R2"}
    for order in permutations((*first, *second)):
        assert of_reader(order, "IRC") == tuple(one for one in order if one in first)
    subject = who(demo_study, *first, *second)
    assert reported_response(subject, "recist-1.1", "IRC").best == "PR"
    assert reported_response(subject, "recist-1.1", "IRC, R2").best == "PD"
    unmarked = who(demo_study, *(replace(one, accepted=None) for one in first), *second)
    found = reported_response(unmarked, "recist-1.1", "IRC")
    assert found.best == "NE"
    assert "assessed by IRC, R1, IRC, R2" in found.because
    both = who(demo_study, *first, *(replace(one, accepted=True) for one in second))
    assert "2 are marked as accepted" in reported_response(both, "recist-1.1", "IRC").because


def test_a_method_divides_only_where_one_reader_gives_two_answers(demo_study: Study) -> None:
    pet = [
        event(n, day, word, method="PET-CT", visit=f"C{n}")
        for n, (day, word) in enumerate(((42, "CMR"), (84, "CMR")), 1)
    ]
    ct = [
        event(n, day, word, method="CT", visit=f"C{n - 10}")
        for n, (day, word) in enumerate(((44, "PAR"), (86, "SAD")), 11)
    ]
    both = who(demo_study, *pet, *ct)
    assert "answers by CT and by PET-CT at one visit" in reported_response(both, "lugano-2014").because
    assert reported_response(both, "lugano-2014", None, "PET-CT").best == "CMR"
    assert reported_response(both, "lugano-2014", None, "CT").best == "PAR"
    in_turn = who(demo_study, pet[0], replace(ct[1], visit="C2"))
    assert reported_response(in_turn, "lugano-2014").best == "CMR", "one answer a visit: the method does not matter"


def test_a_word_nobody_knows_leaves_its_visit_without_an_answer(demo_study: Study) -> None:
    subject = who(demo_study, event(1, 42, "PR"), event(2, 84, "CHECK"), event(3, 126, "PR"), event(4, 168, ""))
    found = reported_response(subject, "recist-1.1")
    assert found.best == "PR"
    assert [visit.on for visit in found.not_evaluable] == [on(84), on(168)]


def test_what_was_called_before_treatment_or_by_other_criteria_is_no_response(demo_study: Study) -> None:
    before = event(1, -5, "SD")
    other = event(2, 42, "sCR", criteria="IMWG")
    found = reported_response(who(demo_study, before, other, event(3, 42, "PD", criteria="RECIST 1.1")), "recist-1.1")
    assert (found.best, found.progression_on) == ("PD", on(42))


def test_no_response_is_counted_after_progression(demo_study: Study) -> None:
    found = reported_response(
        who(demo_study, event(1, 42, "PD"), event(2, 84, "CR"), event(3, 126, "CR")), "recist-1.1"
    )
    assert (found.best, found.response_on, found.progression_on) == ("PD", None, on(42))


PILOT = (
    PROTOCOL.replace("title =", 'ctcae_version = "5.0"\ntitle =')
    + '[response]\ncriteria = "recist-1.1"\nevaluator = "INDEPENDENT ASSESSOR"\n'
)


def sdtm(tmp_path: Path, *names: str) -> list[Path]:
    """Files of the SDTM reference, unpacked."""
    import tarfile

    with tarfile.open(reference("sdtm/pharmaversesdtm_xpt.tar.xz")) as archive:
        for name in names:
            archive.extract(f"{name}.xpt", tmp_path, filter="data")
    return [tmp_path / f"{name}.xpt" for name in names]


@pytest.fixture
def pilot(tmp_path: Path) -> Folder:
    (tmp_path / "protocol.toml").write_text(PILOT)
    init_study(tmp_path / "pilot", tmp_path / "protocol.toml", MAPPINGS / "sdtm.toml", "tester")
    return Folder(tmp_path / "pilot")


def test_confirmed_responses_of_the_accepted_reader_are_those_of_admiralonco(pilot: Folder, tmp_path: Path) -> None:
    """11, 6 and 9 confirmed responders of RADIOLOGIST 1 (admiralonco's defaults); the three CHECK rows are told, not refused."""
    report = pilot.deliver(*sdtm(tmp_path, "dm", "ex", "rs_onco"))
    assert report.written
    assert sum("'CHECK' is no response" in note and "01-711-1143" in note for note in report.notes) == 3
    study = pilot.study()
    assert sum(finding.topic == "response not understood" for finding in study.findings) == 3
    found = analyse(study, date(2015, 3, 5))
    responders = {
        arm.code: sum(
            item.response is not None and item.response.responded for item in found.of_arm(arm) if item.subject.treated
        )
        for arm in study.protocol.arms
    }
    assert responders == {"Pbo": 11, "Xan_Lo": 6, "Xan_Hi": 9}
    observed = [
        item.times.progression_free.observed for item in found.treated if item.times.progression_free is not None
    ]
    assert sum(observed) > 150, "progression as called is progression"


def test_the_command_line_reads_a_normal_rs_file(run: Run, tmp_path: Path) -> None:
    (path,) = sdtm(tmp_path, "rs_onco_imwg")
    assert len(json.loads(run("follow", "response", path, "--criteria", "imwg-2016", "--json")[1])["subjects"]) > 10
    table = tmp_path / "rs.csv"
    table.write_text(
        "USUBJID,VISIT,VISITNUM,RSTESTCD,RSSTRESC,RSSTAT,RSDTC\n"
        "S1,W12,4,OVRLRESP,PR,,2020-06-01\nS1,W4,9,OVRLRESP,PD,,2020-04-01\nS1,W4,9,TRGRESP,PR,,2020-04-01\n"
        "S2,W6,1,OVRLRESP,PR,,2020-02-01\nS2,W12,2,OVRLRESP,,NOT DONE,2020-03-01\nS2,W18,3,OVRLRESP,CHECK,,2020-04-01\n"
    )
    code, out, _ = run("follow", "response", table, "--criteria", "recist-1.1", "--json")
    assert code == 0
    subjects = {one["subject"]: one for one in json.loads(out)["subjects"]}
    assert subjects["S1"]["best"] == "PD"
    assert [visit["response"] for visit in subjects["S1"]["visits"]] == ["PD", "PR"]
    assert (subjects["S2"]["best"], subjects["S2"]["best_unconfirmed"]) == ("SD", "PR")
    assert any("'CHECK' is no response of RECIST 1.1" in line for line in subjects["S2"]["because"])


def test_every_file_of_the_reference_imports_and_gives_a_whole_page(pilot: Folder, tmp_path: Path) -> None:
    """DM, VS, EX, AE, LB, TU, TR, RS and DS are taken, CM, MH, EG and SUPPAE named; no value of 59,580 laboratory rows is questioned."""
    from tests.conftest import write_readout

    names = (
        "dm",
        "vs",
        "ex",
        "ae",
        "lb",
        "tu_onco",
        "tr_onco",
        "rs_onco",
        "rs_onco_imwg",
        "rs_onco_lymphoma",
        "ds",
        "cm",
        "mh",
        "eg",
        "suppae",
    )
    report = pilot.deliver(*sdtm(tmp_path, *names))
    assert report.written, report.refused[:3]
    assert {note.split(":")[0] for note in report.notes if "not read and not kept" in note} == {
        "cm.xpt",
        "mh.xpt",
        "eg.xpt",
        "suppae.xpt",
    }
    study = pilot.study()
    assert sum(len(subject.of(Lab)) for subject in study.subjects) == 59_580
    assert sum(lab.side is not None for subject in study.subjects for lab in subject.of(Lab)) == 6, (
        "values below a limit are values"
    )
    written = write_readout(pilot.path)
    numbers = {one["id"]: one for one in read_numbers(json.loads((written / "readout.json").read_text()))}
    assert numbers["questioned"]["value"] == 0
    assert numbers["n-treated-all"]["value"] == 254
    assert numbers["orr-evaluable-all"]["value"] > 0


@pytest.mark.parametrize(
    ("ended", "outside", "day", "best"),
    [
        (None, None, 60, "NE"),
        (None, None, 85, "PD"),
        (None, True, 60, "PD"),
        (-40, None, 44, "NE"),
        (-40, None, 45, "PD"),
        (-40, False, 44, "NE"),
        (-40, True, 30, "PD"),
    ],
)
def test_growth_within_twelve_weeks_of_radiotherapy_is_undetermined(
    demo_study: Study, ended: int | None, outside: bool | None, day: int, best: str
) -> None:
    from hevesy.follow.response.assessed import response_of
    from hevesy.study.facts.response import Lesion, TumourAssessment

    subject = who(demo_study)
    found = [
        event
        for row, (when, size) in enumerate(((0, 20.0), (day, 40.0)))
        for event in (
            Lesion(subject="S", row=10 + row, on=on(when), lesion="T1", longest_mm=size, shortest_mm=size),
            TumourAssessment(
                subject="S",
                row=20 + row,
                on=on(when),
                new_lesion=False,
                clinical="stable",
                steroids="stable",
                outside_field=outside if when else None,
            ),
        )
    ]
    enrolment = replace(subject.enrolment, radiotherapy_end=None if ended is None else on(ended))
    answer = response_of(replace(subject, enrolment=enrolment, events=(*subject.events, *found)), "rano-2.0")
    assert answer.best == best
    assert ("within twelve weeks of radiotherapy" in answer.because) == (best == "NE")


@pytest.mark.parametrize(
    ("ended", "outside", "day", "best"), [("", "", 60, "NE"), ("", "", 85, "PD"), ("", "Y", 60, "PD"), ("2019-11-22", "", 44, "NE"),
     ("2019-11-22", "", 45, "PD"), ("2019-11-22", "N", 44, "NE"), ("2019-11-22", "Y", 30, "PD")]
)  # fmt: skip
def test_growth_after_radiotherapy_is_judged_at_the_command_line_as_in_a_study(
    tmp_path: Path, run: Run, ended: str, outside: str, day: int, best: str
) -> None:
    """Radiotherapy that ended on 2019-11-22, forty days before the baseline, or on a day that nobody tells."""
    table = tmp_path / "glioma.csv"
    head = "subject,date,sum_mm2,new_lesion,clinical,steroids,radiotherapy_end,outside_field"
    rows = (f"S,{START},400,,,,{ended},", f"S,{on(day)},900,N,stable,stable,,{outside}")
    table.write_text("\n".join((head, *rows)) + "\n")
    code, out, _ = run("follow", "response", table, "--criteria", "rano-2.0", "--json")
    (answer,) = json.loads(out)["subjects"]
    assert (code, answer["best"]) == (0, best)
    assert ("within twelve weeks of radiotherapy" in answer["visits"][-1]["because"]) == (best == "NE")
    table.write_text(
        "\n".join(
            (
                head,
                rows[0].replace(ended or "400,,,,", ended or "400,,,,2019-11-22"),
                f"S,{on(day)},900,N,,,2019-12-01,",
            )
        )
    )
    assert (
        "radiotherapy_end: S has another, 2019-11-22" in run("follow", "response", table, "--criteria", "rano-2.0")[2]
    )


def test_other_treatment_known_to_the_month_began_on_its_first_day(demo_study: Study) -> None:
    """A response in a month in which other treatment may have begun already is none to this one."""
    from hevesy.study.dates import PartialDate
    from hevesy.study.facts.treatment import SubsequentTherapy

    month = PartialDate(year=2020, month=2)
    other = SubsequentTherapy(subject="S", row=90, on=month, treatment="another drug")
    subject = who(demo_study, event(1, 42, "PR"), event(2, 84, "PR"))
    assert reported_response(subject, "recist-1.1").best == "PR"
    with_it = replace(subject, events=(*subject.events, other))
    found = reported_response(with_it, "recist-1.1")
    assert (found.best, found.other_therapy_on) == ("NE", date(2020, 2, 1))
    assert (
        reported_response(with_it, "imwg-2016").best in ("NE", None)
        or reported_response(with_it, "imwg-2016").response_on is None
    )


def test_without_a_day_of_treatment_every_dated_call_counts(demo_study: Study) -> None:
    subject = who(demo_study, event(1, 42, "PR"), event(2, 84, "PR"))
    nobody = replace(subject, events=subject.of(ReportedResponse))
    assert nobody.day_1 is None
    assert reported_response(nobody, "recist-1.1").best == "PR"
    assert reported_response(nobody, "imwg-2016").best == "PR"
