"""CTCAE grades of a table of laboratory values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import TableFile, Text
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.table import of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import RuleError
from hevesy.files.tables import DeliveredTable
from hevesy.study.protocol.toxicity import CtcaeVersion

if TYPE_CHECKING:
    from hevesy.files.laboratory import LaboratoryValue

COMMAND = "follow grade"
FACES = ("csv",)


def laboratory_grades(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    ctcae: Annotated[CtcaeVersion, Text("4.03, 5.0 or 6.0.", choices=get_args(CtcaeVersion))],
) -> Answer:
    """CTCAE grades of laboratory values, one answer per row in order; a value that cannot be graded says why.

    Columns: test or CTCAE term (test, TERM, PARAMCD; a blood count stands for its low side), value (AVAL), unit (UNIT,
    AVALU), limits of normal and baseline in the row's unit (lower_limit, ANRLO; upper_limit, ANRHI; baseline, BASE),
    BNRIND, PCHG. A blood count that nobody could believe is graded as it stands, and its answer says that it is
    questioned: in a study it would not be graded.

    Returns of each row the grade (null: it cannot be graded), why, and why it is questioned; and how many were not
    graded for which reason.
    Refused are tables without a column for the test or for the value.
    Source: CTCAE 4.03, 5.0 and 6.0 of the National Cancer Institute; the criteria ship with it.

    Example: print(hevesy.laboratory_grades("adlb.csv", ctcae="5.0"))
    """
    from hevesy.files.laboratory import laboratory_columns, laboratory_value

    columns = laboratory_columns(table)
    documents: list[dict[str, Json]] = []
    rows = []
    not_graded: Counter[str] = Counter()
    for row in table.rows:
        try:
            found = _graded(laboratory_value(row, columns), ctcae)
            documents.append(picked(found, "grade", "because", "questioned"))
        except RuleError as error:
            found = _Graded(None, str(error))
            documents.append(picked(found, "grade", "because"))
        if found.grade is None:
            not_graded[found.because] += 1
        test = row.values[columns["test"]] or ""
        rows.append((shown(row.line), test, shown(found.grade, absent="-"), found.because))
    heads = (of_numbers("line"), "test", of_numbers("grade"), "because")
    return Answer(
        document={"rows": documents, "not_graded": {"count": not_graded.total(), "because": dict(not_graded)}},
        blocks=(
            table_of("grades", f"Grades by CTCAE {ctcae}", heads, rows),
            *map(said, shortened(not_graded.most_common(), 8, lambda why: f"not graded: {why[1]} rows: {why[0]}")),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Graded:
    """The grade of a row, and why the value itself is questioned."""

    grade: int | None
    because: str
    questioned: str | None = None


def _graded(measured: LaboratoryValue, version: str) -> _Graded:
    from hevesy.files.laboratory import BLOOD_TEST_OF_CODE
    from hevesy.follow.ctcae import grade_laboratory, term_of_test, test_of_term
    from hevesy.follow.questioned import doubt_of

    written = measured.test
    test = BLOOD_TEST_OF_CODE.get(written.upper()) or test_of_term(written) or written.casefold()
    found = grade_laboratory(
        term_of_test(test, version) or written,
        measured.value,
        measured.unit,
        version,
        lower_limit=measured.lower_limit,
        upper_limit=measured.upper_limit,
        baseline=measured.baseline,
        baseline_flag=measured.baseline_flag,
        change_percent=measured.change_percent,
    )
    doubt = doubt_of(test, measured.value, measured.unit)
    because = found.because if doubt is None else f"{found.because}; the value itself is {doubt}"
    return _Graded(found.grade, because, doubt)
