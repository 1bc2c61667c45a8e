"""Blocks as HTML: by themselves for anywhere, in a page with links to what numbers mean and to the files."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace

from hevesy.blocks.prose import said
from hevesy.blocks.section import Section
from hevesy.blocks.table import table
from hevesy.render.html import MOST_LOOKED_UP, MOST_ROWS, READOUT, as_html
from tests.render.said import BLOCKS, COURSE, LEVELS

MANY = [(str(n), "x") for n in range(MOST_ROWS + 1)]


def test_a_table_says_units_shared_titles_who_it_is_about_and_what_a_row_belongs_to() -> None:
    told = as_html([LEVELS])
    assert told.startswith("<table>\n<caption>Levels (treated, N = 8)</caption>")
    assert '<th scope="colgroup" colspan="1">planned</th>' in told
    assert '<th scope="col" class="number">activity, MBq</th>' in told
    assert '<tr class="total"><th scope="row">all</th>' in told
    assert '<tr><th scope="row" class="in-1">1</th><td class="number">462</td>' in told
    assert told.endswith('<p class="note">* as prescribed</p>\n<p class="note">no dose was lowered</p>')


def test_only_a_page_has_links() -> None:
    assert "href=" not in as_html(BLOCKS)
    assert re.findall(r'href="([^"]*)"', as_html(BLOCKS, READOUT)) == [
        "#why-treated", "tables/levels.csv", "#why-treated", "figures/course.svg",
    ]  # fmt: skip


def test_text_stays_text() -> None:
    told = as_html([said("<b>&", tone="caution"), Section(id="s", title="<i>", blocks=(), folded=True)])
    assert told == '<p class="caution">&lt;b&gt;&amp;</p>\n<details id="s"><summary>&lt;i&gt;</summary></details>'


def test_a_page_shows_the_beginning_of_a_long_table_and_says_so() -> None:
    read, looked_up = (table("t", "T", ("n", "x"), MANY, looked_up=found) for found in (False, True))
    for long, shown in ((read, MOST_ROWS), (looked_up, MOST_LOOKED_UP)):
        told = as_html([long], READOUT)
        assert told.count("<tr>") == 1 + shown
        assert f"{shown} of {len(MANY)} rows are shown; all are in tables/t.csv." in told
        assert as_html([long]).count("<tr>") == 1 + len(MANY)


def test_a_figure_carries_its_values_only_where_a_script_reads_them() -> None:
    assert "data-read" not in as_html([COURSE], READOUT)
    carried = re.search(r'data-read="([^"]*)"', as_html([COURSE], replace(READOUT, read_off=True)))
    assert carried is not None
    across, upwards, ((name, *points),) = json.loads(html.unescape(carried[1]))
    assert (across, upwards, name) == ("x", "y", "2-01")
    assert points == [[1, 90, 10, 20], [8, 40, 100, 50], [15, 60, 190, 90]]
