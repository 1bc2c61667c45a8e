"""The same instant is the same day however it is written: by the time zone of the site, in every dated field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.conduct.delivery import init_study
from hevesy.conduct.next_dose import next_dose
from hevesy.errors import DeliveryError
from hevesy.files.sources import read_sources
from hevesy.study.cut import as_of
from hevesy.study.dates import PartialDate, parse_when
from tests.conftest import EXAMPLE, MAPPINGS, Folder

CHICAGO = ZoneInfo("America/Chicago")


def at_chicago(text: str, date_format: str | None = None) -> object:
    return parse_when(text, date_format, lambda: CHICAGO)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.integers(-12, 14),
)
def test_an_instant_has_one_day_whatever_its_offset(instant: datetime, hours: int) -> None:
    from datetime import timedelta, timezone

    instant = instant.replace(microsecond=0)
    written = instant.astimezone(timezone(timedelta(hours=hours))).isoformat()
    assert at_chicago(written) == instant.astimezone(CHICAGO).date()
    assert at_chicago(instant.isoformat().replace("+00:00", "Z")) == instant.astimezone(CHICAGO).date()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-11-04T22:00", date(2016, 11, 4)),
        ("2016-11-05T03:00Z", date(2016, 11, 4)),
        ("2016-11-05T03:00:00.000+00:00", date(2016, 11, 4)),
        ("2016-11-05T04:59Z", date(2016, 11, 4)),
        ("2016-11-05T05:00Z", date(2016, 11, 5)),
        ("2016-11-05", date(2016, 11, 5)),
        ("2016-11", PartialDate(year=2016, month=11)),
    ],
)
def test_a_day_alone_stays_that_day_and_an_instant_is_the_sites(text: str, expected: object) -> None:
    assert at_chicago(text) == expected


def test_a_format_with_an_offset_is_an_instant_too() -> None:
    assert at_chicago("05/11/2016 03:00 +0000", "%d/%m/%Y %H:%M %z") == date(2016, 11, 4)


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("UN-06-2025", "%d-%m-%Y", PartialDate(year=2025, month=6)),
        ("UN-UN-2025", "%d-%m-%Y", PartialDate(year=2025)),
        ("UNK/JUN/2025", "%d/%b/%Y", PartialDate(year=2025, month=6)),
        ("unJUN2025", "%d%b%Y", PartialDate(year=2025, month=6)),
        ("XX.UNK.2025", "%d.%B.%Y", PartialDate(year=2025)),
        ("00-06-2025", "%d-%m-%Y", PartialDate(year=2025, month=6)),
        ("05-UN-2025", "%d-%m-%Y", PartialDate(year=2025)),
        ("05-06-2025", "%d-%m-%Y", date(2025, 6, 5)),
    ],
)
def test_partial_dates_in_the_mappings_own_format(text: str, date_format: str, expected: object) -> None:
    assert parse_when(text, date_format) == expected


@pytest.mark.parametrize("text", ["UN-13-2025", "UN-06-1825", "UNN-06-2025", "06-2025", "UN-06-25", "UN-UN-UN"])
def test_what_is_no_partial_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date as in %d-%m-%Y|a year lies"):
        parse_when(text, "%d-%m-%Y")


def delivered(tmp_path: Path, onset: str, zone: str = 'time_zone = "America/Chicago"', site: str = "") -> Folder:
    """The demonstration with one more event, its days written as times."""
    text = (MAPPINGS / "clr131.toml").read_text().replace('time_zone = "America/Chicago"', zone, 1)
    text = text.replace('onset = { column = "onset_day", study_day = true }', 'onset = "onset"')
    text = text.replace('worst = { column = "max_grade_day", study_day = true }', 'worst = "worst"')
    text = text.replace('resolved = { column = "resolved_day", study_day = true }', 'resolved = "worst"')
    mapping = tmp_path / "sources.toml"
    mapping.write_text(text)
    folder = Folder(tmp_path / "study")
    init_study(folder.path, EXAMPLE / "protocol.toml", mapping, "tester")
    header = "subject,cohort,ae_no,preferred_term,soc,ctcae_version,max_grade,onset,worst,serious,related,dlt"
    row = f"2-04,2,1,Nausea,Gastrointestinal disorders,4.03,3,{onset},{onset},0,related,"
    ae = folder.write("ae.csv", f"{header}{',SITEID' if site else ''}\n{row}{f',{site}' if site else ''}\n")
    others = [path for path in sorted((EXAMPLE / "sources").glob("*.csv")) if path.name != "ae.csv"]
    if site:
        others = [folder.write(path.name, with_site(path.read_text(), site)) for path in others]
    report = folder.deliver(ae, *others)
    assert report.written, report.refused[:3]
    return folder


def with_site(text: str, site: str) -> str:
    header, *rows = text.splitlines()
    return "\n".join([f"{header},SITEID", *(f"{row},{site}" for row in rows)]) + "\n"


@pytest.mark.parametrize("onset", ["2016-11-04T22:00", "2016-11-05T03:00Z", "2016-11-05T05:00+02:00", "2016-11-04"])
def test_an_event_on_the_last_evening_of_the_window_counts_however_it_is_written(tmp_path: Path, onset: str) -> None:
    cut = date(2016, 12, 1)
    found = next_dose(as_of(delivered(tmp_path, onset).study(), cut), cut)
    assert found.notation == "1NNNN 2NNNT85"


SITES = 'time_zone = { column = "SITEID", "01" = "America/Chicago", "02" = "Europe/Berlin" }'


@pytest.mark.parametrize(("site", "notation"), [("01", "1NNNN 2NNNT85"), ("02", "1NNNN 2NNNN")])
def test_the_zone_may_come_from_a_column_of_the_file(tmp_path: Path, site: str, notation: str) -> None:
    """03:00 UTC on day 86 is the evening of day 85 in Chicago, and the morning of day 86 in Berlin: told beside the no."""
    cut = date(2016, 12, 1)
    found = next_dose(as_of(delivered(tmp_path, "2016-11-05T03:00Z", SITES, site).study(), cut), cut)
    assert found.notation == notation
    assert any("2-04" in line and "Nausea" in line for line in found.because)


def test_a_site_without_a_zone_is_refused_and_a_file_without_sites_where_it_matters(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"site '03' has no time zone in sources\.toml; named are 01, 02"):
        delivered(tmp_path, "2016-11-04", SITES, "03")
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(AssertionError, match="the time zone depends on SITEID, which is empty or absent here"):
        delivered(other, "2016-11-05T03:00Z", SITES)


@pytest.mark.parametrize(
    ("zone", "rule"),
    [
        ('time_zone = { column = "SITEID" }', "name the zone of each site"),
        ('time_zone = { column = "SITEID", "01" = "Chicago" }', "is not a time zone"),
        ('time_zone = { "01" = "America/Chicago" }', "column"),
        ("time_zone = 5", "must be a text"),
    ],
)
def test_zones_that_cannot_be_are_refused(zone: str, rule: str) -> None:
    text = (MAPPINGS / "clr131.toml").read_text().replace('time_zone = "America/Chicago"', zone, 1)
    with pytest.raises(DeliveryError, match=rule):
        read_sources(text)
