"""The summary says nothing of its own: its numbers are those of the sections below, whatever was delivered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hevesy.blocks.section import Section, numbers_in
from hevesy.conduct.analysis import analyse
from hevesy.conduct.recorded_study import read_record
from hevesy.readout.build import build
from hevesy.study.subject import Study
from tests.conftest import Folder
from tests.readout.laid_out import summary_of
from tests.readout.small import words


def test_every_number_of_the_summary_stands_in_a_section_below(demo_with_not_evaluable: Folder) -> None:
    for cut in (date(2015, 7, 1), date(2016, 2, 1), date(2016, 11, 4), None):
        first, *others = build(read_record(demo_with_not_evaluable.path), cut).sections
        below = {number.id: number for number in numbers_in(others)}
        own = numbers_in((first,))
        assert first.id == "summary"
        assert [number.id for number in own if below.get(number.id) != number] == []


def of(study: Study) -> Section:
    return summary_of(analyse(study, date(2016, 12, 1)))


def test_what_was_not_delivered_or_asked_is_not_known_and_never_none(demo_study: Study) -> None:
    without = replace(demo_study, delivered_kinds=demo_study.delivered_kinds - {"adverse_event"})
    told = words(of(without))
    assert "adverse events not known, because none have been delivered" in told
    nothing = replace(demo_study.protocol, dlt=None, escalation=None, response=None)
    unasked = words(of(replace(demo_study, protocol=nothing)))
    for sentence in (
        "Do we escalate? Not asked: the protocol has no [escalation].",
        "dose-limiting toxicity not asked: the protocol has no [dlt]",
        "Response not known, because the protocol names no response criteria",
    ):
        assert sentence in unasked


@pytest.mark.parametrize(
    "question", ["Do we escalate?", "Who was treated?", "Is it safe?", "Does it work?", "Can we stand behind it?"]
)
def test_five_questions_are_answered_in_a_sentence_each(demo_study: Study, question: str) -> None:
    assert [line.startswith(question) for line in words(of(demo_study)).splitlines()].count(True) == 1
