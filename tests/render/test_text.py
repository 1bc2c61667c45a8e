"""The words of a terminal are those of the blocks."""

from __future__ import annotations

from hevesy.blocks.prose import said
from hevesy.blocks.section import Section
from hevesy.render.text import as_text
from tests.render.said import BLOCKS


def test_every_block_has_its_words_and_numbers_stand_under_each_other() -> None:
    assert as_text(BLOCKS).splitlines() == [
        "treated: 8",
        "first",
        "second",
        "",
        "Levels (treated, N = 8)",
        "             planned",
        "level  activity, MBq  subjects",
        "all                          8",
        "  1              462         4",
        "  =2          1,400*         4",
        "* as prescribed",
        "no dose was lowered",
        "",
        "More",
        "2-01: lowest 40",
        "",
        "end",
    ]


def test_sentences_alone_are_lines_and_nothing_is_nothing() -> None:
    assert as_text([said("one"), said("two")]) == "one\ntwo"
    assert as_text([]) == ""
    assert as_text([Section(id="empty", title="Empty", blocks=())]) == "Empty"
