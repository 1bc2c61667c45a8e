"""Numbers as data: what they share is said once, and each is read again as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.blocks.number import Number
from hevesy.blocks.prose import said
from hevesy.blocks.section import Document, Section
from hevesy.render.numbers import in_full, meaning_of, read_numbers
from hevesy.render.package import package


def days_of(subject: str, rows: tuple[int, ...] = (7,), because: str = "last known alive 2020-01-01") -> Number:
    return Number(
        id=f"os-{subject}",
        value=84,
        text="84+",
        label=f"Overall survival of {subject}",
        definition="days from day 1",
        population=f"subject {subject}",
        because=(because,),
        rows=rows,
        of=subject,
    )


def written(*numbers: Number) -> dict[str, Any]:
    section = Section(id="all", title="All", blocks=(said(*numbers),))
    document = Document(id="a", name="R", title="S", facts=(), about=(("study", "S"),), sections=(section,))
    read: dict[str, Any] = json.loads(package(document)["readout.json"])
    return read


def test_one_meaning_one_sentence_and_one_set_of_rows_stand_once_for_many_numbers() -> None:
    told = written(*(days_of(f"S{number:03}") for number in range(50)))
    assert told["meanings"] == [
        {
            "id": "os-{}",
            "label": "Overall survival of {}",
            "definition": "days from day 1",
            "population": "subject {}",
        }
    ]
    assert (told["sentences"], told["rows"]) == (["last known alive 2020-01-01"], ["7"])
    assert told["numbers"][3] == [0, "S003", 84, "84+", [0], 0]


NAMES = st.text(alphabet="S01-{}os ", min_size=1, max_size=4)
NUMBERS = st.lists(
    st.builds(
        Number,
        id=NAMES,
        value=st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), NAMES
        ),
        text=NAMES,
        label=NAMES,
        definition=NAMES,
        population=NAMES,
        because=st.lists(NAMES, max_size=3).map(tuple),
        rows=st.sets(st.integers(1, 30), max_size=8).map(lambda rows: tuple(sorted(rows))),
        of=st.one_of(st.none(), NAMES),
    ),
    max_size=6,
    unique_by=lambda number: number.id,
)


@given(NUMBERS)
def test_every_number_is_read_as_it_was_whatever_its_words(numbers: list[Number]) -> None:
    """Also where a name stands inside other words, or words hold what stands for a name."""
    assert read_numbers(written(*numbers)) == [in_full(number) for number in numbers]


@pytest.mark.parametrize("name", ["{}", "a{}b"])
def test_a_name_that_could_not_be_put_back_is_left_where_it_stands(name: str) -> None:
    meaning, of = meaning_of(days_of(name))
    assert meaning[0].replace("{}", of or "{}") == f"os-{name}"
    assert read_numbers(written(days_of(name))) == [in_full(days_of(name))]


def test_what_an_earlier_version_wrote_is_read_too() -> None:
    assert read_numbers({"schema": 2, "numbers": [{"id": "a"}]}) == [{"id": "a"}]
