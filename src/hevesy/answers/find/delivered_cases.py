"""Cases in the rows of a table: the words of truth and readings, whose rows they are, and the fields that name them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, TypeVar

from hevesy.answers.asked import ColumnName, Real, Text
from hevesy.blocks.prose import shortened
from hevesy.errors import CannotAnswerError, QuestionError, shown
from hevesy.files.columns import is_number, number_in, require
from hevesy.files.tables import DeliveredRow, DeliveredTable
from hevesy.names import sounding

if TYPE_CHECKING:
    from hevesy.find.cases import Case, MixedRule, Presentation, Reading, Reference, Truth

W = TypeVar("W")
TruthColumn = Annotated[
    str, ColumnName("1 or 0, yes or no, or what pathology says (recurrence, radiation necrosis, mixed ...).", "COL")
]
ClusterColumn = Annotated[
    str | None, ColumnName("The patient (default: a column patient or subject, if there is one).", "COL")
]
LesionColumn = Annotated[str | None, ColumnName("The lesion (default: a column lesion, if there is one).", "COL")]
PresentationColumn = Annotated[
    str | None, ColumnName("Newly diagnosed or suspected recurrence (default: a column presentation).", "COL")
]
SIDES = ("tumour", "no tumour")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMixed:
    """On which side a specimen counts that has both tumour and treatment effect."""

    mixed: Annotated[
        str, Text("Mixed specimens count as: tumour or no tumour; the other is shown beside it.", choices=SIDES)
    ] = "tumour"
    viable: Annotated[str | None, ColumnName("Share of viable tumour in a mixed specimen, 0 to 1.", "COL")] = None
    viable_from: Annotated[
        float | None, Real("Mixed specimens whose share is known count as tumour from this share on.")
    ] = None

    def __post_init__(self) -> None:
        if self.viable_from is not None and not 0 <= self.viable_from <= 1:
            raise QuestionError(f"a share lies in 0..1, got {self.viable_from:g}", "viable_from")
        if self.viable_from is not None and self.viable is None:
            raise QuestionError("name the column of the share with ⟦viable⟧", "viable_from")

    @property
    def rule(self) -> MixedRule:
        """The rule."""
        from hevesy.find.cases import MixedRule

        return MixedRule(side="tumour" if self.mixed == "tumour" else "no tumour", viable_from=self.viable_from)


MISSING = frozenset(("", "na", "n/a", ".", "missing", "not done", "unknown", "not known"))
"""Words of a cell that tells nothing, in any letter case."""
_YES = ("1", "1.0", "yes", "y", "true", "positive", "pos")
_NO = ("0", "0.0", "no", "n", "false", "negative", "neg")
_NOT_READABLE = (
    "not readable", "unreadable",  # those after these two are said to be taken so
    "indeterminate", "inconclusive", "equivocal", "not evaluable", "non-evaluable",
    "uninterpretable", "non-diagnostic", "nondiagnostic",
)  # fmt: skip
READINGS: Mapping[str, Reading] = {
    **dict.fromkeys(_YES, "positive"),
    **dict.fromkeys(_NO, "negative"),
    **dict.fromkeys(_NOT_READABLE, "not readable"),
}
TRUTHS: Mapping[str, Truth] = {
    **dict.fromkeys((*_YES, "tumour", "tumor", "viable tumour", "viable tumor", "malignant"), "tumour"),
    **dict.fromkeys((*_NO, "no tumour", "no tumor", "benign"), "no tumour"),
    **dict.fromkeys(
        ("new tumour", "new tumor", "newly diagnosed glioblastoma", "newly diagnosed glioma", "newly diagnosed tumour",
         "newly diagnosed tumor", "newly diagnosed"), "new tumour",
    ),
    **dict.fromkeys(
        ("recurrence", "true recurrence", "recurrent tumour", "recurrent tumor", "recurrent glioblastoma",
         "tumour recurrence", "tumor recurrence", "progression", "true progression", "tumour progression",
         "tumor progression"), "recurrence",
    ),
    "mixed": "mixed",
    **dict.fromkeys(("pseudoprogression", "pseudo-progression"), "pseudoprogression"),
    **dict.fromkeys(("radiation necrosis", "radionecrosis", "treatment effect"), "radiation necrosis"),
    **dict.fromkeys(("non-diagnostic", "nondiagnostic", "not diagnostic"), "non-diagnostic"),
}  # fmt: skip
PRESENTATIONS: Mapping[str, Presentation] = {
    **dict.fromkeys(("newly diagnosed", "new", "new diagnosis"), "newly diagnosed"),
    **dict.fromkeys(
        ("suspected recurrence", "recurrence", "recurrent", "suspected progression"), "suspected recurrence"
    ),
}
REFERENCES: Mapping[str, Reference] = {
    **dict.fromkeys(("specimen", "biopsy", "resection", "pathology", "histology", "surgery"), "specimen"),
    **dict.fromkeys(("follow-up", "follow up", "followup", "clinical follow-up", "imaging follow-up"), "follow-up"),
}
_PATIENTS = ("patient", "subject", "usubjid", "subjid", "patient_id", "subject_id", "patientid", "subjectid")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseColumns:
    """Which column says what of a case; None: none does."""

    truth: str
    tests: tuple[str, ...]
    cluster: str | None = None
    lesion: str | None = None
    viable: str | None = None
    presentation: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredCases:
    """The cases of a table's rows, in their order, with which tests give a number, and how the table was read."""

    cases: tuple[Case, ...]
    rows: tuple[DeliveredRow, ...]
    scores: tuple[str, ...]
    columns: CaseColumns
    told: tuple[str, ...]
    cautions: tuple[str, ...]


def cases_in(table: DeliveredTable, asked: CaseColumns) -> DeliveredCases:
    """The cases of a table; what cannot be read is refused with its line, column and value."""
    columns, told, cautions = _with_defaults(table, asked)
    named = (columns.truth, *columns.tests, columns.cluster, columns.lesion, columns.viable, columns.presentation)
    require(table, (*named, columns.reference))
    if columns.truth in columns.tests:
        raise CannotAnswerError(f"{table.name}: {columns.truth!r} is the truth and the test: that is one column")
    if not table.rows:
        raise CannotAnswerError(f"{table.name} has no rows")
    rows = tuple(table.rows)
    scores = tuple(test for test in columns.tests if _is_score(table, rows, test))
    cases = tuple(_case(table, row, columns, scores) for row in rows)
    if columns.cluster is not None:
        _refuse_two_spellings(table, rows, columns.cluster, ("",) * len(cases))
    if columns.lesion is not None:
        _refuse_two_spellings(table, rows, columns.lesion, [case.subject for case in cases])
    words = {_text(row, test) for row in rows for test in columns.tests} & set(_NOT_READABLE[2:])
    if words:
        cautions.append(f"taken as not readable: {', '.join(sorted(words))}")
    cautions += [line for test in scores for line in _codes(cases, test)]
    several = len({case.subject for case in cases}) < len(cases)
    if columns.cluster is None:
        cautions.append("no column names the patient: every row is taken as one of its own")
    elif several and columns.lesion is None:
        cautions.append(f"rows of one {columns.cluster} are taken as its lesions: no column names them")
        cautions += _alike(rows)
        cases = tuple(replace(case, lesion=f"of line {row.line}") for case, row in zip(cases, rows, strict=True))
    if several and asked.cluster is None:
        told.append(f"the column {columns.cluster} has several rows of one: they are analysed as clusters")
    return DeliveredCases(
        cases=cases, rows=rows, scores=scores, columns=columns, told=tuple(told), cautions=tuple(cautions)
    )


CODES = (-1.0, -9.0, -99.0, -999.0, -9999.0, 99.0, 999.0, 9999.0)
"""Numbers that say not done in many tables."""


def _codes(cases: Sequence[Case], test: str) -> Iterator[str]:
    """A caution of a number that may say not done: below nought alone, or ten times all others."""
    found = [(case.scores[test], case.place) for case in cases if test in case.scores]
    others = [value for value, _ in found if value not in CODES]
    if not others:
        return
    for code in CODES:
        places = [place for value, place in found if value == code]
        if places and (min(others) >= 0 > code or code > 10 * max(map(abs, others))):
            where = ", ".join(shortened(places, 5))
            yield f"{test}: {code:g} ({where}) may be a code for not done; it is taken as a number"


def _refuse_two_spellings(
    table: DeliveredTable, rows: Sequence[DeliveredRow], column: str, within: Sequence[str]
) -> None:
    """Refuse names of a column that differ in their spelling alone, `within` something each."""
    spelled: dict[tuple[str, str], tuple[str, int]] = {}
    for row, whole in zip(rows, within, strict=True):
        name = _label(table, row, column)
        known, line = spelled.setdefault((whole, sounding(name)), (name, row.line))
        if known != name:
            raise CannotAnswerError(
                f"{table.name}, lines {line} and {row.line}, {column}: {known!r} and {name!r} may be one in two "
                "spellings: write both alike, or apart"
            )


def _alike(rows: Sequence[DeliveredRow]) -> Sequence[str]:
    """A caution where rows are alike in every cell, which a copy would be too."""
    places: dict[tuple[str | None, ...], list[int]] = {}
    for row in rows:
        places.setdefault(tuple(row.values.values()), []).append(row.line)
    copies = [lines for lines in places.values() if len(lines) > 1]
    if not copies:
        return ()
    told = "; ".join(shortened((" and ".join(map(str, lines)) for lines in copies), 5))
    return (f"lines alike in every cell count each: {told}; a column that names the lesion would tell copies",)


def _with_defaults(table: DeliveredTable, asked: CaseColumns) -> tuple[CaseColumns, list[str], list[str]]:
    """The columns, with those that are there under their own names; what is said of these, and what is warned of."""
    taken = {asked.truth, *asked.tests}
    free = {name.strip().casefold(): name for name in table.columns if name not in taken}
    told: list[str] = []
    warned: list[str] = []

    def own(given: str | None, *names: str, words: Mapping[str, object] | None = None) -> str | None:
        if given is not None:
            return given
        found = next((free[name] for name in names if name in free), None)
        odd = _unknown(table, found, words) if found and words else None
        if odd is not None:
            warned.append(f"the column {found} is not read: {shown(odd)} is none of the words that are known for it")
            return None
        if found is not None:
            told.append(found)
        return found

    found = replace(
        asked,
        cluster=own(asked.cluster, *_PATIENTS),
        lesion=own(asked.lesion, "lesion"),
        presentation=own(asked.presentation, "presentation", words=PRESENTATIONS),
        reference=own(asked.reference, "reference", words=REFERENCES),
    )
    said = [f"columns read without being asked for: {', '.join(told)}"] * bool(told)
    return found, said, warned


def _unknown(table: DeliveredTable, column: str, words: Mapping[str, object]) -> str | None:
    """The first value of a column that is neither missing nor among the words."""
    texts = (row.values[column] for row in table.rows if _text(row, column) not in {*MISSING, *words})
    return next(texts, None)


def _is_score(table: DeliveredTable, rows: Sequence[DeliveredRow], test: str) -> bool:
    """Whether a test gives a number; two whole ones other than 0 and 1 are codes of which nobody said the meaning.

    So is one beside 0 and 1, as 9 for not done.
    """
    texts = {(row.values[test] or "").strip() for row in rows}
    values = {float(text) for text in texts if is_number(text)}
    if not values or values <= {0.0, 1.0}:
        return False
    if len(values) <= 2 and all(value.is_integer() for value in values):
        seen = " and ".join(f"{value:g}" for value in sorted(values))
        raise CannotAnswerError(
            f"{table.name}, {test}: {seen} are no readings (1 or 0, positive or negative), and too few for a score"
        )
    if len(values) == 3 and {0.0, 1.0} < values and (other := sum(values) - 1.0).is_integer():
        raise CannotAnswerError(
            f"{table.name}, {test}: {other:g} beside 1 and 0 is a code of which nobody said the meaning; write not "
            "readable or not done, and a score of three grades as 1, 2, 3"
        )
    return True


def _case(table: DeliveredTable, row: DeliveredRow, columns: CaseColumns, scores: Sequence[str]) -> Case:
    from hevesy.find.cases import Case

    readings: dict[str, Reading] = {}
    numbers: dict[str, float] = {}
    for test in columns.tests:
        if test in scores:
            text = _text(row, test)
            if text not in MISSING and text not in _NOT_READABLE:
                numbers[test] = number_in(table, row, test)
        elif (says := word_in(table, row, test, READINGS, "a reading")) is not None:
            readings[test] = says
    truth = word_in(table, row, columns.truth, TRUTHS, "a truth")
    return Case(
        subject=_label(table, row, columns.cluster) if columns.cluster else f"line {row.line}",
        lesion=_label(table, row, columns.lesion) if columns.lesion else "",
        truth=truth,
        readings=readings,
        scores=numbers,
        viable_share=_viable(table, row, columns.viable),
        presentation=_optional(table, row, columns.presentation, PRESENTATIONS, "a presentation"),
        reference=_optional(table, row, columns.reference, REFERENCES, "a reference"),
        place=f"line {row.line}",
    )


def _text(row: DeliveredRow, column: str) -> str:
    return " ".join((row.values[column] or "").casefold().replace("_", " ").split())


def word_in(table: DeliveredTable, row: DeliveredRow, column: str, words: Mapping[str, W], what: str) -> W | None:
    """The meaning of a word in a column of a row; None where it is missing, refused where nobody knows it."""
    text = _text(row, column)
    if text in MISSING:
        return None
    if text not in words:
        known = ", ".join(dict.fromkeys(map(str, words.values())))
        raise CannotAnswerError(
            f"{table.name}, line {row.line}, {column}: {shown(row.values[column])} is no word for {what} ({known})"
        )
    return words[text]


def _optional(
    table: DeliveredTable, row: DeliveredRow, column: str | None, words: Mapping[str, W], what: str
) -> W | None:
    return word_in(table, row, column, words, what) if column else None


def _label(table: DeliveredTable, row: DeliveredRow, column: str) -> str:
    text = (row.values[column] or "").strip()
    if not text:
        raise CannotAnswerError(f"{table.name}, line {row.line}, {column}: the cell is empty, a name is needed")
    return text


def _viable(table: DeliveredTable, row: DeliveredRow, column: str | None) -> float | None:
    if column is None or _text(row, column) in MISSING:
        return None
    found = number_in(table, row, column)
    if not 0 <= found <= 1:
        raise CannotAnswerError(
            f"{table.name}, line {row.line}, {column}: a share of viable tumour lies in 0..1 (20 % is 0.2), got "
            f"{found:g}"
        )
    return found
