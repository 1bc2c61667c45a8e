"""What lies beside a panel: a file for each table, and none that stands for two."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.answers.answer import Answer
from hevesy.blocks.table import table
from hevesy.console.panel import _beside
from hevesy.errors import RuleError


def test_two_tables_of_one_name_are_refused_and_no_link_leads_to_the_other(tmp_path: Path) -> None:
    first, second = (table("levels", "Levels", ("level",), [(level,)]) for level in ("1", "2"))
    with pytest.raises(RuleError, match="two tables of an answer are called 'levels'"):
        _beside(Answer(document={}, blocks=(first, second)), tmp_path)


def test_each_table_has_its_file(tmp_path: Path) -> None:
    blocks = tuple(table(name, name.capitalize(), ("level",), [(name,)]) for name in ("one", "two"))
    assert _beside(Answer(document={}, blocks=blocks), tmp_path) == (("one", "One"), ("two", "Two"))
    assert (tmp_path / "tables" / "two.csv").read_text() == "level\ntwo\n"
