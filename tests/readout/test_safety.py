"""Safety: counts, rates and bounds of small groups, worked out on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hevesy.conduct.narratives import Narrative
from hevesy.conduct.safety import Asked, RateKind, RateOfEvents, Safety, TermCount, WorstAfterCut
from hevesy.follow.adverse_events import by_term, of_interest, tally
from hevesy.readout.sections.safety import in_short, safety
from hevesy.stats.rates import Rate
from hevesy.study.protocol import EventOfInterest
from tests.readout.small import event, group, numbers, person, table, words

PEOPLE = (
    person(1, events=(event(1, 11, grade=3, serious=True), event(1, 12, "Nausea", 1))),
    person(2, events=(event(2, 21, grade=2), event(2, 22, "Nausea", None))),
    person(3),
    person(4, treated=False, events=(event(4, 41, grade=4),)),
)
ALL = group(*PEOPLE)
NOTHING = Safety(
    tallies=((ALL, tally(ALL.subjects)),),
    asked=(),
    terms=(),
    rates=(),
    relation_not_known=(),
    relation_rows=(),
    worst_after_cut=(),
    serious=(),
)


def test_events_of_the_treated_are_counted_and_the_untreated_are_no_denominator() -> None:
    found = numbers(safety(NOTHING, None, None, True))
    shown = {key.removesuffix("-all"): number.text for key, number in found.items()}
    assert shown == {
        "ae-n": "3",
        "ae-any": "2",
        "ae-events": "4",
        "ae-per-subject": "1.33",
        "ae-median-grade": "2",
        "ae-worst-grade": "3 (1 not graded)",
        "ae-serious": "1",
    }
    assert found["ae-events-all"].rows == (11, 12, 21, 22), "not row 41, of the subject who was not treated"
    assert found["ae-per-subject-all"].value == 4 / 3


def test_an_event_without_a_grade_is_said_and_no_grade_is_made_of_it() -> None:
    assert "1 of 4 adverse events have no CTCAE grade" in words(safety(NOTHING, None, None, True))


def test_what_is_not_known_of_seriousness_stands_beside_or_in_place_of_the_count() -> None:
    counted = NOTHING.tallies[0][1]
    some = replace(NOTHING, tallies=((ALL, replace(counted, serious_not_known=2)),))
    none = replace(NOTHING, tallies=((ALL, replace(counted, serious=0, serious_not_known=4)),))
    assert numbers(safety(some, None, None, True))["ae-serious-all"].text == "1 (2 not known)"
    assert numbers(safety(none, None, None, True))["ae-serious-all"].value is None


def test_the_sentence_of_the_summary_is_made_of_the_numbers_of_the_table() -> None:
    in_table = numbers(safety(NOTHING, None, None, True))
    told = [part for part in in_short(NOTHING) if not isinstance(part, str)]
    assert [one.id for one in told if one] == [
        "ae-events-all",
        "ae-serious-all",
        "ae-median-grade-all",
        "ae-worst-grade-all",
    ]
    assert all(in_table[one.id] == one for one in told if one)


def test_terms_stand_below_their_organ_class_at_the_worst_grade() -> None:
    (one, two) = ALL, group(PEOPLE[2], id="2", name="cohort 2")
    terms = tuple(
        TermCount(organ_class=row.organ_class, term=row.term, by_group=(row, None)) for row in by_term(ALL.subjects)
    )
    section = safety(
        replace(NOTHING, tallies=((one, tally(one.subjects)), (two, tally(two.subjects))), terms=terms),
        None,
        None,
        True,
    )
    assert table(section, "adverse-events-by-term") == [
        ["General disorders", "2 (67 %) grade 2: 1, grade 3: 1", "0"],
        ["Fatigue", "2 (67 %) grade 2: 1, grade 3: 1", "0"],
        ["Nausea", "2 (67 %) not graded: 1, grade 1: 1", "0"],
    ]


def rate(least: Rate | None, most: Rate | None, unknown: int, events: int) -> RateKind:
    one = RateOfEvents(
        group=ALL, at_risk=3, least=least, most=most, events=events, unknown=unknown, lacking="grade", rows=(11, 21)
    )
    return RateKind(key="grade3", title="Grade 3 or worse", first=True, by_group=(one,))


TEN = Rate(events=1, at_risk=0.1, rate=10.0, lower=0.253, upper=55.7, level=0.95)
TWENTY = replace(TEN, events=2, rate=20.0)


def test_a_rate_that_is_known_has_limits_and_one_that_is_not_lies_between_two() -> None:
    def shown(kind: RateKind) -> str:
        return table(safety(replace(NOTHING, rates=(kind,)), None, None, True), "adverse-event-rates")[0][2]

    assert shown(rate(TEN, TEN, 0, 4)) == "10.0 (0.253 to 55.7)"
    assert shown(rate(TEN, TWENTY, 1, 4)) == "at least 10.0, at most 20.0 (1 of 4 without a grade)"
    assert shown(rate(TEN, TWENTY, 4, 4)) == "not known: no event has a grade"
    assert shown(rate(None, None, 0, 4)) == "no time at risk"


def test_none_of_an_event_asked_about_tells_what_rate_it_is_compatible_with() -> None:
    """0 of 3: 1 - 0.05^(1/3) = 63.2 % one-sided, 1 - 0.025^(1/3) = 70.8 % two-sided."""
    asked = EventOfInterest(name="neuropathy", terms=("Neuropathy",), organ_classes=())
    one = Asked(event=asked, found=of_interest(ALL.subjects, asked), rows=(11, 12, 21, 22))
    found = safety(replace(NOTHING, asked=(one,)), None, None, True)
    assert numbers(found)["interest-neuropathy"].text == "0 of 3"
    assert numbers(found)["interest-neuropathy-upper"].text == "63.2 %"
    assert numbers(found)["interest-neuropathy-upper-two-sided"].text == "70.8 %"


def test_some_of_an_event_asked_about_have_their_exact_interval() -> None:
    """2 of 3: 9.4 % to 99.2 % (Clopper and Pearson)."""
    asked = EventOfInterest(name="fatigue", terms=("fatigue",), organ_classes=())
    one = Asked(event=asked, found=of_interest(ALL.subjects, asked), rows=(11, 21))
    assert "Fatigue: 2 of 3; 95 % interval 9.4 % to 99.2 % (Clopper-Pearson)." in words(
        safety(replace(NOTHING, asked=(one,)), None, None, True)
    )


def test_what_was_worst_after_the_cut_has_the_grade_of_the_counts_or_none() -> None:
    late = event(1, 11, "Platelet count decreased", None, on=date(2020, 1, 9))
    by_counts, unknown = WorstAfterCut(event=late, grade_by_counts=3), WorstAfterCut(event=late, grade_by_counts=None)
    told = words(safety(replace(NOTHING, worst_after_cut=(by_counts, unknown)), None, None, True))
    assert "S1: Platelet count decreased, began 2020-01-09: grade 3 by the counts up to the cut" in told
    assert "S1: Platelet count decreased, began 2020-01-09: grade at cut not known" in told


def test_relations_in_words_that_nobody_knows_are_counted_word_by_word() -> None:
    found = safety(
        replace(NOTHING, relation_not_known=(("perhaps", 2), ("who knows", 1)), relation_rows=(11, 12, 21)),
        None,
        None,
        True,
    )
    assert numbers(found)["ae-relation-not-known"].value == 3
    assert numbers(found)["ae-relation-not-known"].because == ("perhaps: 2", "who knows: 1")


def test_a_serious_event_is_told_from_the_record() -> None:
    one = Narrative(subject="S1", term="Fatigue", words="Subject S1 ...", rows=(1, 11))
    found = numbers(safety(replace(NOTHING, serious=(one,)), None, None, True))
    assert (found["serious-S1-1"].value, found["serious-S1-1"].rows) == ("Fatigue", (1, 11))


def test_what_was_not_delivered_is_said_and_nothing_is_counted() -> None:
    section = safety(None, None, None, False)
    assert numbers(section) == {}
    for sentence in (
        "No adverse events have been delivered",
        "No laboratory values have been delivered.",
        "Transfusions and growth factors: not recorded",
    ):
        assert sentence in words(section)
