"""Columns of a delivered table by the names they may have, and what is read from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.assessments import assessments_in, unread
from hevesy.files.called import called_in, tells_responses
from hevesy.files.laboratory import laboratory_columns, laboratory_value
from hevesy.files.tables import DeliveredTable, read_table
from hevesy.study.facts.response import IgMAssessment, Lesion, TumourAssessment


def table(folder: Path, text: str) -> DeliveredTable:
    (folder / "table.csv").write_text(text)
    return read_table(folder / "table.csv")


def test_a_wrong_number_is_named_itself_and_not_the_flag_before_it(tmp_path: Path) -> None:
    found = table(tmp_path, "PARAMCD,AVAL,BNRIND,PCHG\nPLT,30,LOW,much\nPLT,30,LOW,5\n")
    columns = laboratory_columns(found)
    with pytest.raises(RuleError, match="'much' is not a number"):
        laboratory_value(found.rows[0], columns)
    read = laboratory_value(found.rows[1], columns)
    assert (read.test, read.value, read.baseline_flag, read.change_percent) == ("PLT", 30, "low", 5)


def test_of_sdtm_rs_only_overall_responses_are_read(tmp_path: Path) -> None:
    head = "USUBJID,VISIT,RSTESTCD,RSSTRESC,RSDTC"
    found = table(tmp_path, f"{head}\nA,W6,TRGRESP,CR,2020-02\nA,W6,OVRLRESP,PR,2020-02\n")
    assert tells_responses(found)
    assert [(one.row, one.response, str(one.on)) for one in called_in(found)] == [(3, "PR", "2020-02")]


def test_a_table_of_responses_without_rows_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotAnswerError, match=r"^table\.csv has no rows$"):
        called_in(table(tmp_path, "subject,visit,response\n"))


def test_lesions_and_the_rest_of_a_visit_are_one_readers_assessments(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        "subject,date,evaluator,new_lesion,lesion,longest_mm\n"
        "A,2020-03-01,one,N,,\nA,2020-01-01,one,,T1,40\nA,2020-01-01,two,,T1,41\n",
    )
    read = assessments_in(found, (TumourAssessment, Lesion))
    assert {key: [type(one) for one in events] for key, events in read.items()} == {
        ("A", "one"): [Lesion, TumourAssessment],
        ("A", "two"): [Lesion],
    }


def test_a_column_that_nobody_reads_is_told_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    found = table(tmp_path, "subject,date,IgM_gL,note\nA,2020-01-01,4,x\n")
    assert unread(found, (IgMAssessment,), "nota") == [
        "not read: column 'IgM_gL'; did you mean 'IgM_g_L'?",
        "not read: column 'note'; did you mean 'nota'?",
    ]
