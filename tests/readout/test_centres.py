"""The section of the centres, laid out from a small result whose numbers are known."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from hevesy.blocks.number import Number, plain
from hevesy.blocks.prose import Listing, Paragraph
from hevesy.blocks.section import Section, numbers_in
from hevesy.blocks.table import Table
from hevesy.conduct.centres import Centre, CentreEvents, Centres, Departure, HowMany, Kept, Lack
from hevesy.conduct.centres_compared import Compared, Comparison, Side
from hevesy.conduct.groups import Group, OfOne, share_of
from hevesy.conduct.recorded_study import read_record
from hevesy.follow.adverse_events import zero_events
from hevesy.readout.build import build
from hevesy.readout.sections.centres import centres
from hevesy.stats.rates import rate
from hevesy.study.dates import PartialDate
from tests.conftest import Folder

FOUR = Group(id="site-07", name="07")
NOBODY = Group(id="site-08", name="08")
UNTOLD = Group(id="no-site", name="Site not told")
OVER_TIME = "adverse events over time at risk"


def how_many(*answers: bool | None) -> HowMany:
    ones = [
        (answer, OfOne(subject=f"S{place}", holds=bool(answer), told="told", rows=(place,)))
        for place, answer in enumerate(answers, 1)
    ]
    known = tuple(one for answer, one in ones if answer is not None)
    return HowMany(
        known=known,
        not_known=tuple(one for answer, one in ones if answer is None),
        share=share_of(known) if len(known) == len(ones) else None,
    )


def events(any_event: HowMany, severe: HowMany, counted: int, months: float) -> CentreEvents:
    n = any_event.of
    return CentreEvents(
        any=any_event,
        severe=severe,
        per_month=rate(counted, months) if months else None,
        without_time=0,
        most_of_one=counted,
        zero=zero_events(n) if n and not counted else None,
        rows=(91, 92) if counted else (),
    )


def centre(group: Group, told: CentreEvents | None, kept: Kept | None = None, lacks: tuple[Lack, ...] = ()) -> Centre:
    return Centre(
        group=group,
        told=group is not UNTOLD,
        enrolled=(),
        first=PartialDate(year=2020, month=3),
        last=None,
        undated=2,
        lacks=lacks,
        kept=kept,
        events=told,
    )


def small(compared: Compared | None = None) -> Centres:
    late = Departure(subject="S1", kind="thyroid block other than planned", told="none on the day", rows=(5,))
    gap = Lack(subject="S2", kind="undated", told="Nausea: no onset date", rows=(92,))
    return Centres(
        centres=(
            centre(
                FOUR,
                events(how_many(True, True, False, False), how_many(True, None, False, False), 6, 12.0),
                Kept(departed=how_many(True, False, False, False), departures=(late,)),
                (gap, gap),
            ),
            centre(
                NOBODY,
                events(how_many(False, False), how_many(False, False), 0, 8.0),
                Kept(departed=how_many(False, None), departures=()),
            ),
            centre(UNTOLD, events(how_many(), how_many(), 0, 0.0), Kept(departed=how_many(), departures=())),
        ),
        kinds_lacking=("undated",),
        kinds_departed=("thyroid block other than planned",),
        alike=(("07", "7"),),
        compared=compared,
    )


def compared(p: float, adjusted: float) -> Compared:
    one = Comparison(
        measure=OVER_TIME,
        test="exact rank sums",
        group=NOBODY,
        here=Side(0, 0, 8.0),
        elsewhere=Side(6, 6, 12.0),
        above=False,
        p_value=p,
        adjusted=adjusted,
        watched=(4.0, 3.0),
    )
    return Compared(comparisons=(one,), treated=6, least=2, too_few=(FOUR,))


def tables(section: Section) -> dict[str, list[list[str]]]:
    return {
        block.id: [[plain(cell) for cell in row.cells] for row in block.rows]
        for block in section.blocks
        if isinstance(block, Table)
    }


def sentences(section: Section) -> str:
    told: list[str] = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            told.append("".join(map(plain, block.parts)))
        elif isinstance(block, Listing):
            told += ["".join(map(plain, item)) for item in block.items]
    return "\n".join(told)


def known(section: Section) -> dict[str, Number]:
    return {one.id: one for one in numbers_in(section.blocks)}


def firsts(rows: Iterable[list[str]]) -> list[str]:
    return [row[0] for row in rows]


def test_every_table_has_every_centre_in_the_order_it_came_in() -> None:
    told = tables(centres(small(compared(0.001, 0.03))))
    every = {id: firsts(rows) for id, rows in told.items() if id != "centres-compared"}
    assert list(every) == ["centres", "centres-lacking", "centres-departures", "centres-events"]
    assert all(names == ["07", "08", "Site not told"] for names in every.values())


def test_shares_and_rates_carry_their_exact_limits_and_what_is_unknown_two_numbers() -> None:
    rows = tables(centres(small()))["centres-events"]
    assert rows[0] == [
        "07",
        "2/4 = 50.0 % (6.8 % to 93.2 %)",
        "at least 1, at most 2 of 4",
        "6 over 12.0: 0.500 (0.183 to 1.09)",
        "6",
    ]
    assert rows[1][3] == "0 over 8.0: 0 (0 to 0.461)"  # 3.6889 / 8
    assert rows[2][1:] == ["nobody treated", "nobody treated", "no time at risk", "0"]


def test_no_event_says_what_may_yet_be_true() -> None:
    assert (
        "08: no adverse event in 2 treated; a true rate up to 77.6 % (one-sided 95 %) or 84.2 % (two-sided 95 %)"
        in sentences(centres(small()))
    )  # 1 - 0.05^(1/2), 1 - 0.025^(1/2)


def test_a_departure_and_a_gap_have_their_rows_and_reasons() -> None:
    found = known(centres(small()))
    assert found["site-07-departed-thyroid-block-other-than-planned"].because == ("S1: none on the day",)
    assert found["site-07-departed-thyroid-block-other-than-planned"].rows == (5,)
    gap = found["site-07-lacks-undated"]
    assert (gap.value, gap.text, gap.rows) == (2, "2 in 1 of 0", (92,))
    assert found["site-08-lacks-undated"].because == ("none",)
    assert found["site-08-departed"].text == "at least 0, at most 1 of 2"


@pytest.mark.parametrize(("adjusted", "differing"), [(0.03, 1), (0.05, 1), (0.0501, 0)])
def test_a_difference_is_told_only_where_p_after_holm_says_so(adjusted: float, differing: int) -> None:
    section = centres(small(compared(0.001, adjusted)))
    assert known(section)["centres-differing"].value == differing
    told = "08, adverse events over time at risk: 0 in 8.0 subject-months against 6 in 12.0 subject-months elsewhere, fewer than there"
    assert (told in sentences(section)) == bool(differing)
    (row,) = tables(section)["centres-compared"]
    assert row[4:6] == ["4.0, 3.0", "exact rank sums"]


def test_kinds_of_other_scripts_are_numbers_of_their_own() -> None:
    kinds = ("泼尼松 other than planned", "地塞米松 other than planned")
    late = Departure(subject="S1", kind=kinds[1], told="none on the day", rows=(5,))
    kept = Kept(departed=how_many(True), departures=(late,))
    one = centre(FOUR, None, kept)
    found = Centres(centres=(one,), kinds_lacking=(), kinds_departed=kinds, alike=(), compared=None)
    values = [one.value for id, one in known(centres(found)).items() if id.startswith("site-07-departed-")]
    assert values == [0, 1]


def test_what_cannot_be_said_is_said() -> None:
    told = sentences(centres(small(compared(0.5, 1.0))))
    assert "Nothing can be said of 07: below 2 treated at a centre" in told
    assert "Each centre held against all the others by exact two-sided tests, 1 comparison: 0 differ at 5 %" in told
    nothing = sentences(centres(small(Compared(comparisons=(), treated=6, least=None, too_few=(FOUR, NOBODY)))))
    assert "Nothing can be said of any centre against the others: with 6 treated at 07, 08" in nothing
    alike = sentences(centres(small(Compared(comparisons=(), treated=6, least=None, too_few=()))))
    assert "No measure tells any two subjects apart" in alike
    assert "Nothing can be said" not in alike
    assert "Fewer than two centres have treated anybody" in sentences(centres(small()))


def test_names_that_read_the_same_are_asked_about() -> None:
    assert "07 and 7 read the same and are written in 2 ways" in sentences(centres(small()))


def test_no_centre_is_coloured_and_only_the_names_are_a_caution() -> None:
    section = centres(small(compared(0.001, 0.03)))
    tones = {
        block.tone
        for block in section.blocks
        if isinstance(block, Paragraph) and "read the same" not in plain(block.parts[0])
    }
    assert tones == {"plain"}


def test_a_study_without_sites_has_no_such_section(demo: Folder) -> None:
    assert "centres" not in [section.id for section in build(read_record(demo.path)).sections]
