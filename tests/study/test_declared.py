"""What a field of a chapter says of itself: key, unit, bounds, words; and where a broken rule stands in a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

import pytest

from hevesy.errors import FieldError
from hevesy.files.toml import Section
from hevesy.study.declared import Days, Dimension, Key, Name, OneOf, StudyDay, Within, declared, is_of, keep, key_of
from hevesy.study.protocol import TrialProtocol


def tastes() -> tuple[str, ...]:
    return ("sweet", "sour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sip:
    """A part of a chapter."""

    volume_cm: Annotated[float, Dimension("length")]
    taste: Annotated[str, OneOf(tastes)] = "sweet"

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meal:
    """A chapter with a field of each sort."""

    called: Annotated[str, Name(5)]
    guests: Annotated[int, Within(1, 4)]
    lasting_d: Annotated[int, Days(1)] = 1
    days: Annotated[tuple[int, ...], Key("on_days"), StudyDay()] = ()
    served: Literal["hot", "cold"] | None = None
    limits: tuple[float, float] = (0.0, 1.0)
    sips: Annotated[tuple[Sip, ...], Key("sip")] = ()
    first: Annotated[Sip | None, Key("")] = None
    on: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        keep(self)


USUAL = {"called": "lunch", "guests": 2}


def test_a_key_is_the_name_without_its_unit_or_what_the_field_says() -> None:
    assert {one.name: one.key for one in declared(Meal)} == {
        "called": "called", "guests": "guests", "lasting_d": "lasting", "days": "on_days", "served": "served",
        "limits": "limits", "sips": "sip", "first": "", "on": "on",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("arms[2].dose_level", "arm[2].dose_level"),
        ("dose_levels[1].regimen.interval_d", "dose_level[1].interval"),
        ("escalation.logistic.sd", "escalation.prior_sd"),
        ("escalation.strata[2].start_level", "escalation.strata[2].start_level"),
        ("escalation.skeleton[3]", "escalation.skeleton[3]"),
        ("thyroid_block.start_before_h", "treatment.thyroid_block.start_before"),
        ("indications.criteria.M.M", "indications.criteria.M.M"),
        ("ctcae_version", "study.ctcae_version"),
    ],
)
def test_a_place_in_the_plan_is_that_of_the_field_in_its_chapter(path: str, place: str) -> None:
    assert key_of(TrialProtocol, path) == place


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"called": "breakfast"}, "called: a name has 1 to 5 characters, got 9"),
        ({"called": 5}, "called must be a text, got 5"),
        ({"guests": 0}, "guests must be 1 or more, got 0"),
        ({"guests": 5}, "guests must be 4 or less, got 5"),
        ({"guests": True}, "guests must be a whole number, got True"),
        ({"guests": 2.0}, "guests must be a whole number, got 2.0"),
        ({"lasting_d": 0}, "lasting_d: at least 1 day, got 0"),
        ({"lasting_d": 3651}, "lasting_d: at most 3,650 days, got 3651"),
        ({"days": (1, 3651)}, "days lies in -3,650..3,650, got 3651"),
        ({"served": "raw"}, "served must be one of hot, cold, got 'raw'"),
        ({"on": (datetime(2016, 1, 1),)}, "on must be a date, got datetime.datetime(2016, 1, 1, 0, 0)"),
    ],
)
def test_a_value_that_breaks_the_rule_of_its_field_is_refused_by_name(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(FieldError) as refused:
        Meal(**{**USUAL, **change})  # type: ignore[arg-type]
    assert str(refused.value) == sentence
    assert refused.value.field in change


def test_a_chapter_is_read_by_its_fields_with_units_tables_and_a_chapter_in_its_own_table() -> None:
    text = (
        '[meal]\ncalled = "lunch"\nguests = 2\nlasting = "2 d"\non_days = [1, 3]\nlimits = [0, 2]\n'
        'volume = "2 mm"\non = [2016-01-01]\n[[meal.sip]]\nvolume = "1 cm"\ntaste = "sour"\n'
    )
    section = Section.parse(text, "meal.toml").section("meal")
    assert section is not None
    sip = Sip(volume_cm=1.0, taste="sour")
    assert section.read(Meal) == Meal(
        called="lunch", guests=2, lasting_d=2, days=(1, 3), limits=(0.0, 2.0), first=Sip(volume_cm=0.2), sips=(sip,),
        on=(date(2016, 1, 1),),
    )  # fmt: skip


def test_true_is_no_number_a_whole_number_is_one_and_a_time_is_no_date() -> None:
    assert is_of(1, float)
    assert not is_of(True, float)
    assert not is_of(True, int)
    assert is_of(True, bool)
    assert not is_of(datetime(2016, 1, 1), date)
