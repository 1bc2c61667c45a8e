"""A row, a column and a cell at their edges: which rows are taken, what is read, and what is refused in which words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hevesy.files import redcap
from hevesy.study.dates import PartialDate
from hevesy.study.delivered import Fault, fact_of
from hevesy.study.facts.enrolment import Enrolment
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.laboratory import test_named as named
from hevesy.study.facts.response import Assessment
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.facts.treatment import Administration, Exposure, ThyroidBlockCourse
from hevesy.study.mapping import Column, SiteZones, SourceMapping

CHICAGO = "America/Chicago"


def source(kind: str = "adverse_event", columns: dict[str, Column] | None = None, **more: Any) -> SourceMapping:
    given: dict[str, Any] = {"name": "s", "file": "f.csv", "full": True, "time_zone": CHICAGO, "key": ("id",)} | more
    return SourceMapping(kind=kind, columns={"subject": Column(column="id")} | (columns or {}), **given)


def boxes(name: str, codes: dict[str, str], **more: Any) -> Column:
    return Column(checkbox=name, codes=codes, boxes=redcap.boxes_of(name, codes), **more)


def read(kind: str, day_1: Any = None, **cells: Any) -> Any:
    """The event of a row whose columns are named like the fields; a pair gives a column of its own and its text."""
    row: dict[str, str | None] = {"id": "S"}
    columns = {}
    for name, told in cells.items():
        column, row[name] = told if isinstance(told, tuple) else (Column(column=name), told)
        columns[name] = column
    return fact_of(row, 7, source(kind, columns), day_1)


def faults(found: Any) -> list[tuple[str, str | None, str]]:
    assert isinstance(found, list), found
    assert all(isinstance(one, Fault) for one in found)
    return [(one.column, one.value, one.rule) for one in found]


# ------------------------------------------------------------------------------------------------ a column
@pytest.mark.parametrize(
    ("column", "name"),
    [(Column(column="a"), "a"), (Column(column="a", constant="b"), "a"), (Column(checkbox="c", codes={"1": "x"}), "c"), (Column(constant="d"), "(constant)")],
)  # fmt: skip
def test_the_name_of_a_column_for_messages(column: Column, name: str) -> None:
    assert column.name == name


@pytest.mark.parametrize(
    ("others", "text", "meaning"),
    [(None, "1", "one"), (None, "2", "2"), ("rest", "1", "one"), ("rest", "2", "rest"), ("", "2", "")],
)
def test_what_a_text_stands_for(others: str | None, text: str, meaning: str) -> None:
    assert Column(column="a", codes={"1": "one"}, others=others).meaning(text) == meaning


BOXES = boxes("rel", {"1": "drug", "2": "disease"}, others="neither")


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ("1", "0", "drug"),
        ("1.0", "1", "drug; disease"),
        (" Checked ", "UNCHECKED", "drug"),
        ("0.0", None, "neither"),
        ("", " ", "neither"),
    ],
)
def test_boxes_are_read_together(first: str | None, second: str | None, text: str) -> None:
    assert BOXES.text_of({"rel___1": first, "rel___2": second}) == text
    assert BOXES.columns == ("rel___1", "rel___2")
    assert boxes("rel", {"1": "drug"}).text_of({"rel___1": "0"}) is None
    assert Column(column="a", codes={"1": "drug"}).boxes == {}


def test_what_is_no_box_is_refused_by_its_column() -> None:
    row = {"id": "S", "term": "Cough", "rel___1": "2"}
    found = fact_of(row, 7, source(columns={"term": Column(column="term"), "related": BOXES}), None)
    assert faults(found) == [("rel", None, "rel___1 is a box: 1 or 0, Checked or Unchecked, got '2'")]


@pytest.mark.parametrize(
    ("column", "row", "text"),
    [
        (Column(column="a"), {"a": " x "}, "x"),
        (Column(column="a"), {"a": None}, None),
        (Column(column="a"), {}, None),
        (Column(constant=" c "), {"a": "x"}, "c"),
        (Column(column="a", censored_column="b"), {"a": "5", "b": "<20"}, "5"),
        (Column(column="a", censored_column="b"), {"a": None, "b": " <20 "}, "<20"),
        (Column(column="a", censored_column="b"), {"b": ">1e3"}, ">1e3"),
        (Column(column="a", censored_column="b"), {"a": " ", "b": "not done"}, ""),
        (Column(column="a", censored_column="b"), {"a": None, "b": None}, None),
        (Column(column="a"), {"a": None, "b": "<20"}, None),
    ],
)
def test_what_a_row_says(column: Column, row: dict[str, str | None], text: str | None) -> None:
    assert column.text_of(row) == text


# ------------------------------------------------------------------------------------------------ a source
def test_columns_that_are_known_and_columns_that_are_needed() -> None:
    columns = {
        "term": Column(column="t", codes={"1": "Cough"}),
        "grade": Column(column="g", optional=True),
        "related": boxes("r", {"1": "drug"}),
        "number": Column(constant="1"),
        "onset": Column(column="o", unit_column="u", censored_column="c"),
    }
    mapping = source(
        columns=columns, as_reported={"dlt": "d"}, baseline={"x": "b"}, ignored=("i",), only={"on": ("1",)}, excluded={"ex": ("1",)},
        time_zone=SiteZones(column="site", zones={"01": CHICAGO}),
    )  # fmt: skip
    assert mapping.known_columns() == {"id", "t", "g", "r___1", "o", "u", "c", "d", "b", "i", "on", "ex", "site"}
    assert mapping.needed_columns() == {"id", "t", "r___1", "o", "u", "c", "on", "ex"}
    assert (mapping.only_filled, mapping.lists_new_lesions) == (False, False)


@pytest.mark.parametrize(
    ("row", "taken"),
    [
        ({"a": "1", "b": "2", "x": "0"}, True),
        ({"a": "1", "b": "3"}, True),
        ({"a": "1", "b": None}, False),
        ({"a": "2", "b": "2"}, False),
        ({"a": "2", "b": "4"}, False),
        ({"b": "2"}, False),
        ({"a": "1", "b": "2", "x": "9"}, False),
        ({"a": "1", "b": "2", "y": ""}, False),
        ({"a": "1", "b": "2", "x": "9", "y": ""}, False),
    ],
)
def test_rows_that_are_taken(row: dict[str, str | None], taken: bool) -> None:
    """Both columns of `only` must fit, and none of `except`; an empty or absent cell is the empty text."""
    mapping = source(only={"a": ("1",), "b": ("2", "3")}, excluded={"x": ("9", "8"), "y": ("",)})
    assert mapping.takes({"y": "n"} | row) == taken
    assert source(only={"a": ("",)}).takes({"a": None})
    assert not source(excluded={"a": ("",)}).takes({"a": None})
    assert source().takes({"id": "S"}), "without an instrument every row says something"


REDCAP = source(
    "adverse_event",
    {
        "subject": Column(column="id"),
        "term": Column(column="term"),
        "ctcae_version": Column(constant="5.0"),
        "related": boxes("rel", {"1": "drug", "2": "disease"}),
    },
    key=("id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"),
    only_filled=True,
    missing=("-99",),
    only={"redcap_repeat_instrument": ("ae",)},
)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({}, False),
        ({"term": "Cough"}, True),
        ({"term": "-99"}, False),
        ({"term": " "}, False),
        ({"rel___1": "0", "rel___2": "0.0"}, False),
        ({"rel___1": "Unchecked", "rel___2": None}, False),
        ({"rel___1": "0", "rel___2": "1"}, True),
        ({"rel___1": "1", "rel___2": "0"}, True),
        ({"rel___1": "Checked", "rel___2": ""}, True),
        ({"other": "x"}, False),
    ],
)
def test_a_row_of_an_export_says_something_of_an_instrument(row: dict[str, str | None], says: bool) -> None:
    """Neither the key nor a constant nor a box that is not ticked does."""
    whole = {"id": "S", "redcap_repeat_instrument": "ae"} | row
    assert REDCAP.says_something(whole) == says
    assert REDCAP.takes(whole) == says


def test_what_of_an_export_is_recorded_of_a_source() -> None:
    """The key, what makes the event and what it is held against, and nothing that nobody mapped."""
    there = ("weight", "term", "rel___1", "redcap_repeat_instrument", "id", "name")
    assert REDCAP.recorded_columns(there) == ("id", "redcap_repeat_instrument", "term", "rel___1")


@pytest.mark.parametrize(
    ("only", "needed"),
    [
        ({"redcap_repeat_instrument": ("ae",)}, {"id", "redcap_repeat_instrument", "redcap_repeat_instance"}),
        ({"redcap_repeat_instrument": ("",)}, {"id"}),
        ({}, {"id"}),
        ({"redcap_repeat_instrument": ("",), "redcap_event_name": ("v1",)}, {"id", "redcap_event_name"}),
    ],
)
def test_columns_of_repeats_are_needed_where_something_repeats(
    only: dict[str, tuple[str, ...]], needed: set[str]
) -> None:
    assert set(REDCAP.key) - redcap.may_be_absent(only) == needed
    assert source(key=REDCAP.key).may_be_absent == source(key=REDCAP.key).may_be_empty == frozenset()


def test_a_key_is_told_apart_from_every_other() -> None:
    mapping = source(key=("a", "b"))
    keys = [
        mapping.key_of(row)
        for row in (
            {"a": " x ", "b": None},
            {"a": "x"},
            {"a": "x|", "b": ""},
            {"a": "x", "b": "|"},
            {"a": "x\\", "b": "|"},
        )
    ]
    assert keys == ["s|x|", "s|x|", "s|x\\||", "s|x|\\|", "s|x\\\\|\\|"]  # fmt: skip


SITES = SiteZones(column="site", zones={"01": CHICAGO, "02": "Europe/Berlin"})


def test_the_zone_of_a_row() -> None:
    assert source().zone_of({}) == CHICAGO
    mapping = source(time_zone=SITES)
    assert [mapping.zone_of({"site": site}) for site in ("01", " 02 ")] == [CHICAGO, "Europe/Berlin"]
    for row in ({}, {"site": None}, {"site": " "}):
        assert SITES.named(row) is None
        with pytest.raises(ValueError, match="the time zone depends on site, which is empty or absent here"):
            mapping.zone_of(row)
    with pytest.raises(ValueError, match="site '03' has no time zone"):
        mapping.zone_of({"site": "03"})


def test_a_site_that_is_not_listed_is_refused_even_where_no_time_is_read() -> None:
    mapping = source(time_zone=SITES, columns={"term": Column(column="t")})
    found = fact_of({"id": "S", "t": "Cough", "site": "03"}, 7, mapping, None)
    assert faults(found) == [("site", "03", "site '03' has no time zone in sources.toml; named are 01, 02")]
    assert isinstance(fact_of({"id": "S", "t": "Cough", "site": "02"}, 7, mapping, None), AdverseEvent)


# ------------------------------------------------------------------------------------------------ an event
def test_every_fault_of_a_row_is_told_and_a_field_that_need_not_be_there_may_be_empty() -> None:
    assert faults(read("adverse_event", term=None, grade="7")) == [
        ("term", None, "term must not be empty"),
        ("grade", "7", "a CTCAE grade lies in 0..5, got 7"),
    ]
    event = read("adverse_event", term="Cough", grade="", onset=None)
    assert (event.row, event.subject, event.grade, event.on) == (7, "S", None, None)


def test_codes_are_read_of_a_column_and_not_of_boxes() -> None:
    coded = Column(column="term", codes={"1": "Cough"}, others="something else")
    assert [read("adverse_event", term=(coded, text)).term for text in ("1", "2")] == ["Cough", "something else"]
    ticked = boxes("rel", {"drug": "1", "1": "drug"})
    row = {"id": "S", "term": "Cough", "rel___1": "1"}
    event = fact_of(row, 7, source(columns={"term": Column(column="term"), "related": ticked}), None)
    assert isinstance(event, AdverseEvent)
    assert event.related == "drug"


def test_words_that_stand_for_no_value_are_none() -> None:
    columns = {"term": Column(column="term"), "grade": Column(column="grade")}
    mapping = source(columns=columns, missing=("-99",), as_reported={"dlt": "d", "other": "e"})
    event = fact_of({"id": "S", "term": "Cough", "grade": "-99", "d": " -99 ", "e": " y "}, 7, mapping, None)
    assert isinstance(event, AdverseEvent)
    assert (event.grade, event.reported) == (None, (("other", "y"),))
    assert faults(fact_of({"id": "S", "term": "-99"}, 7, mapping, None)) == [("term", None, "term must not be empty")]


def test_a_baseline_is_of_an_enrolment_and_what_is_empty_is_not_in_it() -> None:
    mapping = source("enrolment", baseline={"lines": "l", "type": "t", "none": "n"})
    event = fact_of({"id": "S", "l": "3", "t": "", "n": None}, 7, mapping, None)
    assert isinstance(event, Enrolment)
    assert (event.baseline, event.reported) == ((("lines", "3"),), ())


def test_a_level_keeps_the_unit_it_was_written_in_and_an_activity_its_rounding() -> None:
    """12.5 mCi/m2 x 37; half of the last digit of 21.88 is 0.005 mCi, or 0.185 MBq; a residual of 1 is known to a half."""
    enrolment = read("enrolment", level=(Column(column="level", unit="mCi/m2"), "12.5"))
    assert (enrolment.level_MBq_per_m2, enrolment.level_written_in) == (pytest.approx(462.5), "mCi/m2")
    assert read("enrolment", height=(Column(column="height", unit="cm"), "180")).level_written_in is None
    infused = read(
        "administration",
        start="2016-01-04T12:00",
        assay=(Column(column="assay", unit="mCi"), "21.88"),
        assay_time="2016-01-04T11:00",
        residual=(Column(column="residual", unit="MBq"), "1"),
        residual_time="2016-01-04T13:00",
    )
    assert dict(infused.rounding_MBq) == {"assay_MBq": pytest.approx(0.185), "residual_MBq": 0.5}
    assert infused.assay_MBq == pytest.approx(809.56)
    assert (infused.start.hour, infused.hour_known) == (12, True)
    assert read("administration", start="2016-01-04T12:00").rounding_MBq == ()


def test_a_unit_may_stand_in_its_own_column() -> None:
    column = Column(column="height", unit_column="unit")
    mapping = source("enrolment", {"height": column})
    found = [fact_of({"id": "S", "height": "1.8", "unit": unit}, 7, mapping, None) for unit in ("m", "cm", None)]
    assert isinstance(found[0], Enrolment)
    assert found[0].height_cm == pytest.approx(180)
    assert isinstance(found[1], list), "1.8 cm is no height"
    assert "a unit of length is missing" in faults(found[2])[0][2]


@pytest.mark.parametrize(
    ("text", "name"), [("Hemoglobin", "haemoglobin"), ("PLATELETS", "platelets"), ("Albumin", "Albumin")]
)
def test_blood_tests_have_one_spelling(text: str, name: str) -> None:
    assert named(text) == name
    event = read("laboratory", test=text, value="5", unit="g/dL" if name == "haemoglobin" else "10^9/L")
    assert event.test == name
    assert read("adverse_event", term=text).term == text


@pytest.mark.parametrize(
    ("text", "side", "value"), [("<20", "<", 20), (">=1e3", ">", 1000), ("20", None, 20), ("-2", None, -2), ("0", None, 0), ("0.5", None, 0.5)]
)  # fmt: skip
def test_a_limit_is_a_side_and_a_value(text: str, side: str | None, value: float) -> None:
    event = read("laboratory", test="albumin", value=text, lower="-1")
    assert isinstance(event, Lab)
    assert (event.side, event.value, event.lower) == (side, value, -1)
    assert read("laboratory", test="albumin", unit=text).unit == text
    assert read("adverse_event", term="<20").term == "<20"


@pytest.mark.parametrize(
    ("kind", "field", "text", "rule"),
    [
        ("myeloma_assessment", "marrow_plasma_cells_percent", "-0.1", "marrow plasma cells percent must not be negative, got -0.1"),
        ("myeloma_assessment", "marrow_plasma_cells_percent", "many", "'many' is not a number"),
        ("myeloma_assessment", "marrow_plasma_cells_percent", "<5", "'<5' is not a number"),
        ("myeloma_assessment", "marrow_plasma_cells_percent", "1e999", "'1e999' is not a finite number"),
        ("myeloma_assessment", "serum_m_protein", "-1", "m protein must not be negative, got -1"),
        ("enrolment", "safety_days", "2.5", "'2.5' is not a whole number"),
        ("adverse_event", "grade", "-1", "a CTCAE grade lies in 0..5, got -1"),
        ("adverse_event", "grade", "6", "a CTCAE grade lies in 0..5, got 6"),
        ("adverse_event", "serious", "2", "a flag is one of 1, 0, Y, N, got '2'"),
        ("lesion", "role", "other", "role is one of target, non-target, new, got 'other'"),
        ("tumour_assessment", "non_target", "X", "non target is one of CR, NON-CR/NON-PD, PD, NE, got 'X'"),
        ("myeloma_assessment", "serum_immunofixation", "weak", "a finding is positive or negative, got 'weak'"),
        ("enrolment", "sex", "X", "sex is F, M or U, got 'X' (name other codes in sources.toml)"),
    ],
)  # fmt: skip
def test_what_a_field_does_not_take(kind: str, field: str, text: str, rule: str) -> None:
    needs = {"adverse_event": {"term": "Cough"}, "lesion": {"lesion": "T1"}}.get(kind, {})
    unit = Column(column=field, unit="g/dL")
    assert faults(read(kind, **needs, **{field: (unit, text)})) == [(field, text, rule)]


@pytest.mark.parametrize(
    ("kind", "field", "becomes", "text", "value"),
    [
        ("myeloma_assessment", "marrow_plasma_cells_percent", "marrow_plasma_cells_percent", "0", 0),
        ("myeloma_assessment", "marrow_plasma_cells_percent", "marrow_plasma_cells_percent", "0.5", 0.5),
        ("myeloma_assessment", "serum_m_protein", "serum_m_protein_g_per_dL", "25", 2.5),
        ("myeloma_assessment", "involved_chain", "involved_chain", "KAPPA", "kappa"),
        ("myeloma_assessment", "serum_immunofixation", "serum_immunofixation", "neg", "negative"),
        ("myeloma_assessment", "urine_immunofixation", "urine_immunofixation", "Positive", "positive"),
        ("myeloma_assessment", "new_lesion", "new_lesion", "n", False),
        ("myeloma_assessment", "new_lesion", "new_lesion", "TRUE", True),
        ("adverse_event", "grade", "grade", "0", 0),
        ("adverse_event", "grade", "grade", "5.0", 5),
        ("enrolment", "safety_days", "safety_days_reported", "-3", -3),
        ("enrolment", "sex", "sex", "f", "F"),
        ("enrolment", "sex", "sex", "unknown", None),
    ],
)
def test_what_a_field_takes(kind: str, field: str, becomes: str, text: str, value: object) -> None:
    needs = {"adverse_event": {"term": "Cough"}}.get(kind, {})
    event = read(kind, **needs, **{field: (Column(column=field, unit="g/L"), text)})
    assert getattr(event, becomes) == value
    assert type(getattr(event, becomes)) in (type(value), float)


# ------------------------------------------------------------------------------------------------ days and times
STUDY_DAY = Column(column="onset", study_day=True)


@pytest.mark.parametrize(
    ("day_1", "text", "on"),
    [
        (date(2016, 1, 4), "1", date(2016, 1, 4)),
        (date(2016, 1, 4), "-1", date(2016, 1, 3)),
        (date(2016, 1, 4), "85", date(2016, 3, 28)),
        (None, "1", None),
    ],
)
def test_a_study_day_is_dated_by_day_1(day_1: date | None, text: str, on: date | None) -> None:
    assert read("adverse_event", day_1, term="Cough", onset=(STUDY_DAY, text)).on == on
    assert read("adverse_event", day_1, term="Cough", onset="2016-02").on == PartialDate(year=2016, month=2)
    assert (
        "no study day 0" in faults(read("adverse_event", date(2016, 1, 4), term="Cough", onset=(STUDY_DAY, "0")))[0][2]
    )


def start(text: str, date_format: str | None = None, zone: str = CHICAGO) -> Any:
    column = Column(column="start", date_format=date_format)
    return fact_of({"id": "S", "start": text}, 7, source("administration", {"start": column}, time_zone=zone), None)


@pytest.mark.parametrize(
    ("text", "date_format", "zone", "utc", "hour_known"),
    [
        ("2016-01-04", None, CHICAGO, "2016-01-04T18:00", False),
        ("2016-01-04T13:00", None, CHICAGO, "2016-01-04T19:00", True),
        ("2016-07-04 13:00", None, CHICAGO, "2016-07-04T18:00", True),
        ("20160104T1300", None, CHICAGO, "2016-01-04T19:00", True),
        ("2016-01-04T13:00Z", None, CHICAGO, "2016-01-04T13:00", True),
        ("2016-01-04T13:00+02:00", None, "Europe/London", "2016-01-04T11:00", True),
        ("04.01.2016 13:00", "%d.%m.%Y %H:%M", CHICAGO, "2016-01-04T19:00", True),
        ("2016-01-04", "%Y-%m-%d", CHICAGO, "2016-01-04T06:00", True),
    ],
)
def test_the_instant_of_a_start(text: str, date_format: str | None, zone: str, utc: str, hour_known: bool) -> None:
    """Chicago is six hours behind in winter and five in summer; a day alone is its noon."""
    event = start(text, date_format, zone)
    assert isinstance(event, Administration)
    assert event.start == datetime.fromisoformat(utc + "+00:00")
    assert event.start.utcoffset() == event.start.astimezone(ZoneInfo(zone)).utcoffset()
    assert event.hour_known is hour_known


@pytest.mark.parametrize(
    ("text", "date_format", "rule"),
    [
        ("2016-03-13T02:30", None, "2016-03-13T02:30 does not exist in America/Chicago: the clocks were put forward; give the offset from UTC"),
        ("2016-11-06T01:30", None, "2016-11-06T01:30 happened twice in America/Chicago: the clocks were put back; give the offset from UTC"),
        ("20160104", None, "'20160104' has no hour; a time as in 2016-01-04T13:00 is needed"),
        ("4.1.2016 13:00", None, "'4.1.2016 13:00' is not a time as in 2016-08-12T13:00 ("),
        ("2016-01-04T13:00", "%d.%m.%Y %H:%M", "'2016-01-04T13:00' is not a time as in %d.%m.%Y %H:%M ("),
        ("1825-01-04T13:00", None, "'1825-01-04T13:00' is not a time as in 2016-08-12T13:00 (a year lies in 1900..2200, got 1825-01-04)"),
    ],
)  # fmt: skip
def test_what_is_no_start(text: str, date_format: str | None, rule: str) -> None:
    ((column, value, told),) = faults(start(text, date_format))
    assert (column, value) == ("start", text)
    assert told.startswith(rule.replace("2016-01-04T13:00 is needed", "2016-08-12T13:00 is needed"))


# ------------------------------------------------------------------------------------------------ several fields of one row
MBQ = {name: Column(column=name, unit="MBq") for name in ("administered", "assay", "residual")}
AT, DAY = "2016-01-04T12:00", "2016-01-04"
NO_HOUR = ("start", DAY, "an assay needs the hour of the infusion, or it cannot be decay-corrected")


def infusion(**cells: str) -> Any:
    told = {"start": AT} | cells
    return read("administration", **{name: (MBQ[name], text) if name in MBQ else text for name, text in told.items()})


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({}, []),
        ({"administered": "5"}, []),
        ({"start": DAY, "administered": "5"}, []),
        ({"start": DAY, "assay": "5", "assay_time": AT}, [NO_HOUR]),
        ({"start": DAY, "residual": "5", "residual_time": AT}, [NO_HOUR]),
        ({"end": AT}, []),
        ({"end": "2016-01-04T12:01"}, []),
        ({"end": "2016-01-04T11:59"}, [("end", "2016-01-04T11:59:00-06:00", "an infusion ends after its start (2016-01-04T12:00:00-06:00)")]),
        ({"start": DAY, "end": "2016-01-04T08:00"}, []),
        ({"start": DAY, "end": "2016-01-03T23:59"}, [("end", "2016-01-03T23:59:00-06:00", "an infusion ends no sooner than the day of its start (2016-01-04)")]),
        ({"assay": "5", "assay_time": AT}, []),
        ({"assay_time": AT, "residual_time": AT}, []),
        ({"assay": "5"}, [("assay_time", None, "an assay needs its time, or it cannot be decay-corrected")]),
        ({"assay": "5", "assay_time": AT, "residual": "1", "residual_time": AT}, []),
        ({"residual": "1", "residual_time": AT}, []),
        ({"residual": "1"}, [("residual_time", None, "a residual needs its time, or it cannot be decay-corrected")]),
        ({"assay": "5", "assay_time": AT, "residual": "0"}, [("residual_time", None, "a residual needs its time, or it cannot be decay-corrected")]),
    ],
)  # fmt: skip
def test_the_times_of_an_infusion(cells: dict[str, str], told: list[tuple[str, str | None, str]]) -> None:
    found = infusion(**cells)
    assert (faults(found) if told else []) == told
    assert isinstance(found, Administration) == (not told)


@pytest.mark.parametrize(
    ("first", "then", "ok"),
    [
        ("2016-01-04", "2016-01-04", True),
        ("2016-01-04", "2016-01-05", True),
        ("2016-01-04", "2016-01-03", False),
        ("2016-01-04", "2016-01", True),
        ("2016-01-04", "2015-12", False),
        ("2016-01", "2016-01-04", True),
        ("2016-01", "2015-12-31", False),
        ("2016-01", "2016-01-01", True),
        ("2016", "2016-01", True),
        (None, "2016-01-04", True),
        ("2016-01-04", None, True),
        (None, None, True),
    ],
)
def test_what_ends_does_not_end_before_it_can_have_begun(first: str | None, then: str | None, ok: bool) -> None:
    found = [
        (read("exposure", start=first, end=then), Exposure, "end", "an exposure ends no sooner than it starts"),
        (read("adverse_event", term="Cough", onset=first, resolved=then), AdverseEvent, "resolved", "an adverse event resolves no sooner than its onset"),
        (read("adverse_event", term="Cough", onset=first, worst=then), AdverseEvent, "worst", "an adverse event is worst no sooner than its onset"),
        (read("thyroid_block", start=first, stop=then), ThyroidBlockCourse, "stop", "a thyroid block stops no sooner than it starts"),
    ]  # fmt: skip
    for event, kind, column, rule in found:
        if ok:
            assert isinstance(event, kind)
        else:
            assert faults(event) == [(column, then, f"{rule} ({first})")]


def test_a_fault_is_told_by_the_name_of_the_column() -> None:
    mapping = source("enrolment", {"height": Column(column="HT", unit="cm"), "age": Column(column="AGE", unit="years")})
    assert faults(fact_of({"id": "S", "HT": "1.8", "AGE": "121"}, 7, mapping, None)) == [
        ("HT", "1.8 cm", "height must lie in 30..250 cm"),
        ("AGE", "121 years", "age must lie in 0..120 years"),
    ]


@pytest.mark.parametrize(
    ("test", "value", "unit", "told"),
    [
        ("platelets", "0", "10^9/L", None),
        ("platelets", "0.5", "10^9/L", None),
        ("platelets", "-0.5", "10^9/L", ("value", "-0.5", "platelets must not be negative")),
        ("platelets", None, None, None),
        ("platelets", "5", None, "a unit of cell count is missing"),
        ("haemoglobin", "5", "10^9/L", "is not a unit of haemoglobin"),
        ("albumin", "-5", None, None),
        ("albumin", None, None, None),
    ],
)
def test_a_blood_count_has_a_unit_and_is_not_negative(
    test: str, value: str | None, unit: str | None, told: Any
) -> None:
    found = read("laboratory", test=test, value=value, unit=unit)
    if told is None:
        assert isinstance(found, Lab)
    elif isinstance(told, tuple):
        assert faults(found) == [told]
    else:
        assert told in faults(found)[0][2]


@pytest.mark.parametrize(
    ("kind", "cells", "told"),
    [
        ("lesion", {"longest": "20", "shortest": "20"}, None),
        (
            "lesion",
            {"longest": "20", "shortest": "20.1"},
            ("shortest", "20.1 mm", "the shorter diameter is not above the longest (20 mm)"),
        ),
        ("lesion", {"longest": "20"}, None),
        ("lesion", {"shortest": "20"}, None),
        ("tumour_assessment", {"deauville": "0"}, ("deauville", "0", "a Deauville score is 1 to 5")),
        ("tumour_assessment", {"deauville": "1"}, None),
        ("tumour_assessment", {"deauville": "5"}, None),
        ("tumour_assessment", {"deauville": "6"}, ("deauville", "6", "a Deauville score is 1 to 5")),
        ("tumour_assessment", {}, None),
        ("contact", {"vital_status": "Alive"}, None),
        ("contact", {"vital_status": "DEAD"}, None),
        ("contact", {"vital_status": "lost"}, ("vital_status", "lost", "vital status is alive or dead")),
        ("contact", {}, None),
    ],
)
def test_sizes_scores_and_vital_status(kind: str, cells: dict[str, str], told: tuple[str, str, str] | None) -> None:
    needs: dict[str, Any] = {"lesion": "T1"} if kind == "lesion" else {}
    found = read(kind, **needs, **{name: (Column(column=name, unit="mm"), text) for name, text in cells.items()})
    assert (faults(found) == [told]) if told is not None else not isinstance(found, list)


def test_an_assessment_of_nothing_says_nothing() -> None:
    event = read("myeloma_assessment", on="2016-01-04")
    assert isinstance(event, Assessment)
    assert (event.new_lesion, event.serum_m_protein_g_per_dL, event.on) == (
        None,
        None,
        date(2016, 1, 3) + timedelta(days=1),
    )
