"""Responses as called: admiralonco's myeloma results for 12 subjects, and the Lugano and RECIST examples kept whole."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from hevesy.follow.response.called import best_response, by_series, myeloma_outcome
from hevesy.study.called import Called
from hevesy.study.dates import parse_when
from hevesy.study.protocol.criteria import CRITERIA
from tests.conftest import reference


def rows(name: str) -> list[dict[str, str]]:
    with reference(f"response/{name}").open() as file:
        return list(csv.DictReader(file))


def called(name: str) -> list[Called]:
    return [
        Called(
            subject=row["USUBJID"],
            row=number,
            visit=row["VISIT"],
            visit_number=float(row["VISITNUM"]),
            on=parse_when(row["RSDTC"]) if row["RSDTC"] else None,
            response=row["RSSTRESC"],
            evaluator=row["RSEVAL"],
            assessor=row.get("RSEVALID", ""),
            method=row.get("RSMETHOD", ""),
            accepted={"Y": True}.get(row.get("RSACPTFL", "")),
            status=row.get("RSSTAT", ""),
            progression_by_imaging=row.get("PDIFL") == "Y",
            died_of_progression=row.get("DTHPDFL") == "Y",
            new_therapy_on=date.fromisoformat(row["NACTDT"]) if row.get("NACTDT") else None,
        )
        for number, row in enumerate(rows(name), 2)
    ]


def test_myeloma_visits_and_outcomes_are_those_of_admiralonco() -> None:
    """12 subjects: 35 visits, best response, and response, VGPR, CR, benefit and progression with their dates."""
    golden: dict[str, list[dict[str, str]]] = {}
    for row in rows("imwg_adrs_golden.csv"):
        golden.setdefault(row["USUBJID"], []).append(row)
    own = by_series(called("imwg_rs_with_supp.csv"))
    visits = 0
    for subject, expected in golden.items():
        (series,) = [value for key, value in own.items() if key[0] == subject]
        found = myeloma_outcome(series, date.fromisoformat(expected[0]["RANDDT"]))
        confirmed = [row for row in expected if row["PARAMCD"] == "COVR"]
        assert [(str(one.visit.on), one.response) for one in found.visits] == [
            (row["ADT"], row["AVALC"]) for row in confirmed
        ]
        visits += len(confirmed)
        said = {row["PARAMCD"]: (row["AVALC"], row["ADT"]) for row in expected}
        assert (found.best or "MISSING", str(found.best_on or "")) == said["CBOR"]
        for code, on in (
            ("RSP", found.response_on),
            ("VGPRRSP", found.vgpr_on),
            ("CRRSP", found.complete_on),
            ("CB", found.benefit_on),
            ("PD", found.progression_on),
        ):
            assert ("Y" if on else "N", str(on or "")) == said[code], (subject, code)
    assert (len(golden), visits) == (12, 35)


@pytest.mark.parametrize(
    ("name", "criteria", "count", "series"),
    [("sdtm_rs_onco_lymphoma.csv", "lugano-2014", 68, 28), ("sdtm_rs_onco_recist.csv", "recist-1.1", 66, 24)],
)
def test_lymphoma_and_solid_tumour_examples_lose_nothing(name: str, criteria: str, count: int, series: int) -> None:
    """Every row is in one series, as written; every word is known; investigator and readers, PET and CT stand side by side."""
    everything = called(name)
    found = by_series(everything)
    assert sorted(one.row for own in found.values() for one in own) == list(range(2, count + 2))
    assert Counter(one.response for own in found.values() for one in own) == Counter(
        row["RSORRES"] for row in rows(name)
    )
    assert len(found) <= series
    for own in found.values():
        best = best_response(own, CRITERIA[criteria])
        before = [one for one in own if CRITERIA[criteria].standing(one.response) is not None]
        assert best.best == "NE" if not before else best.best in {one.response for one in before}


def test_the_best_response_of_two_readers_may_differ() -> None:
    """Subject 01-701-1028 of the solid-tumour example: progression at week 6 for one reader and the investigator, not for the other."""
    found = {
        key[1:3]: best_response(own, CRITERIA["recist-1.1"])
        for key, own in by_series(called("sdtm_rs_onco_recist.csv")).items()
        if key[0] == "01-701-1028"
    }
    assert found["INVESTIGATOR", ""].best == "SD"
    assert found["INVESTIGATOR", ""].evaluable == 2
    assert found["INDEPENDENT ASSESSOR", "RADIOLOGIST 1"].evaluable == 2


def visit(number: int, response: str, day: int) -> Called:
    return Called(
        subject="S",
        row=number,
        visit=f"V{number}",
        visit_number=number,
        on=date(2020, 1, 1) + timedelta(days=day),
        response=response,
    )


@pytest.mark.parametrize(
    ("responses", "best"),
    [
        (("PR", "PR"), "PR"), (("PR", "SD"), "SD"), (("CR", "PR"), "PR"), (("CR", "CR"), "CR"), (("SD", "PR", "PD"), "SD"), (("PD", "CR"), "PD"),
        (("NE", "PR", "NE", "PR"), "PR"), (("NE",), "NE"),
    ],
)  # fmt: skip
def test_confirmed_best_responses_of_recist(responses: tuple[str, ...], best: str) -> None:
    """RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009;45:228), table 3, visits six weeks apart, confirmation after four."""
    own = [visit(number, response, 42 * number) for number, response in enumerate(responses, 1)]
    assert best_response(own, CRITERIA["recist-1.1"], confirmed_after_d=28).best == best


@pytest.mark.parametrize("criteria", ["rano-2.0", "iwwm"])
def test_an_unconfirmed_partial_response_is_stable_disease_not_a_minor_response(criteria: str) -> None:
    own = [visit(1, "PR", 42), visit(2, "SD", 84)]
    assert best_response(own, CRITERIA[criteria], confirmed_after_d=28).best == "SD"
    early = best_response([visit(1, "SD", 20)], CRITERIA[criteria], stable_from=date(2020, 1, 1), stable_after_d=42)
    assert early.best == "NE"


def test_a_visit_after_new_therapy_confirms_no_response() -> None:
    own = [replace(visit(number, "PR", 30 * number), new_therapy_on=date(2020, 2, 10)) for number in (1, 2)]
    assert myeloma_outcome(own, date(2020, 1, 1)).best == "SD"


def test_stable_disease_needs_its_time() -> None:
    own = [visit(1, "SD", 20)]
    found = best_response(own, CRITERIA["recist-1.1"], stable_from=date(2020, 1, 1), stable_after_d=42)
    assert (found.best, found.because) == ("NE", "SD at V1 is earlier than 2020-02-12, from when it counts")


def test_words_that_are_none_and_readers_who_call_twice_are_refused() -> None:
    with pytest.raises(ValueError, match=r"'GOOD' is not a response of RECIST 1\.1; known are CR, PR"):
        best_response([visit(1, "GOOD", 1)], CRITERIA["recist-1.1"])
    with pytest.raises(ValueError, match="two responses of one reader at V1"):
        by_series([visit(1, "SD", 1), visit(1, "PD", 1)])
