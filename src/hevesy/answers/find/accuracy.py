"""Sensitivity, specificity and comparison of tests against the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import ColumnName, Real, Several, TableFile, instance
from hevesy.answers.find.delivered_cases import (
    AskedMixed,
    CaseColumns,
    ClusterColumn,
    DeliveredCases,
    LesionColumn,
    PresentationColumn,
    TruthColumn,
    cases_in,
)
from hevesy.answers.find.told_accuracy import (
    MEASURES,
    areas_table,
    comparison_data,
    comparison_table,
    corrected_table,
    counts_table,
    percent,
    points,
    ratios_table,
    score_data,
    scores_compared_data,
    share_told,
    shares_table,
    test_data,
)
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.columns import require, rows_by
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from hevesy.blocks.figure import Figure
    from hevesy.find.accuracy import Accuracy, AccuracyOfTest, Comparison
    from hevesy.find.cases import Case, MixedRule
    from hevesy.find.scores import Scored, ScoredTest, ScoresCompared

COMMAND = "find accuracy"
FACES = ("csv",)


def accuracy(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    truth: TruthColumn,
    test: Annotated[
        Sequence[str],
        Several(
            "A test: 1 or 0, yes or no, positive or negative, not readable; or a number, higher for tumour.",
            "COL",
            of_value=instance(str),
        ),
    ],
    cluster: ClusterColumn = None,
    lesion: LesionColumn = None,
    by: Annotated[str | None, ColumnName("Also apart by this column, as the dose.", "COL")] = None,
    presentation: PresentationColumn = None,
    reference: Annotated[
        str | None, ColumnName("Truth by specimen or by follow-up, told apart (default: a column reference).", "COL")
    ] = None,
    specimens: AskedMixed,
    level: Annotated[float, Real("Of the intervals.")] = 0.95,
) -> Answer:
    """Sensitivity, specificity and predictive values of one or more tests against the truth, and two tests compared.

    Where a patient has several rows the patients are the sample (clusters); a case whose reading is not readable
    counts in the line of intention to diagnose as wrong; what is missing is named. Truth may be yes or no, or what
    pathology found: new tumour, recurrence, mixed, pseudoprogression, radiation necrosis, non-diagnostic (never
    counted). Newly diagnosed patients say nothing on specificity. A test that gives a number has its area under the
    curve and the threshold that does best.

    Returns of each test counts, sensitivity, specificity and predictive values with exact and Wilson limits,
    likelihood ratios, intention to diagnose; of two tests the discordant cases, the difference with Tango's limits,
    McNemar's exact and mid-p test, and of clusters Obuchowski's, Durkalski's and a marginal model's. What cannot be
    told is null with its reason.
    Refused are words that nobody knows, a patient's lesion that stands twice, a row without its patient, a test that is
    named twice or is the truth.
    Source: Clopper and Pearson 1934; Wilson 1927; Tango 1998; Obuchowski 1997, 1998; Durkalski 2003; DeLong 1988.

    Example: print(hevesy.accuracy("diagnosed.csv", truth="truth", test=["pet", "mri"]))
    """
    names = tuple(test)
    columns = CaseColumns(
        truth=truth,
        tests=names,
        cluster=cluster,
        lesion=lesion,
        viable=specimens.viable,
        presentation=presentation,
        reference=reference,
    )
    if len(set(names)) < len(names):
        raise CannotAnswerError("two tests of the same column are one test: name each once")
    require(table, (truth, *names, by))
    delivered = cases_in(table, columns)
    try:
        found = _found(delivered.cases, delivered, specimens.rule, level)
        groups = list(_groups(table, delivered, by, specimens.rule, level))
    except RuleError as error:
        if error.field is not None:
            raise
        raise CannotAnswerError(f"{table.name}: {error}") from None
    except CannotAnswerError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    because = [*delivered.told, *found.told.because, *found.said, *_of_threshold(found)]
    return Answer(
        document=_document(found, groups, [*because, *delivered.cautions]),
        blocks=tuple(_blocks(found, groups, delivered, because, level)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What was found of some cases: of readings and of scores, tests in the order asked."""

    tests: tuple[str, ...]
    told: Accuracy
    scored: Scored | None

    def of_readings(self, tests: Sequence[AccuracyOfTest]) -> list[AccuracyOfTest]:
        """Those of the tests that give a reading."""
        numbers = {one.test for one in self.scores}
        return [one for one in tests if one.test not in numbers]

    @property
    def readings(self) -> list[AccuracyOfTest]:
        """The tests that give a reading."""
        return self.of_readings(self.told.tests)

    @property
    def scores(self) -> tuple[ScoredTest, ...]:
        """The tests that give a number."""
        return self.scored.tests if self.scored else ()

    @property
    def compared(self) -> tuple[Comparison, ...]:
        """Two readings of the same cases."""
        own = {one.test for one in self.readings}
        return tuple(one for one in self.told.comparisons if {one.first, one.second} <= own)

    @property
    def scores_compared(self) -> tuple[ScoresCompared, ...]:
        """Two scores of the same cases."""
        return self.scored.comparisons if self.scored else ()

    @property
    def said(self) -> list[str]:
        """That a reading and a score are not compared."""
        mixed = bool(self.scores) and bool(self.readings)
        return ["a test that gives a reading and one that gives a number are not compared"] * mixed


def _found(cases: Sequence[Case], delivered: DeliveredCases, rule: MixedRule, level: float) -> _Found:
    from hevesy.find.accuracy import accuracy as against_truth
    from hevesy.find.scores import scored

    tests = delivered.columns.tests
    return _Found(
        tests=tests,
        told=against_truth(cases, tests, mixed=rule, level=level),
        scored=scored(cases, delivered.scores, mixed=rule, level=level) if delivered.scores else None,
    )


Group = tuple[str, str, "_Found | str"]
"""A column, one of its values, and what was found of the cases that have it, or why nothing can be told."""


def _groups(
    table: DeliveredTable, delivered: DeliveredCases, by: str | None, rule: MixedRule, level: float
) -> Iterator[Group]:
    """The cases apart by a column, by how they presented and by their reference, where there are several kinds."""
    of_line = {row.line: case for row, case in zip(delivered.rows, delivered.cases, strict=True)}
    own = (
        [(by, {value: [of_line[row.line] for row in rows] for value, rows in rows_by(table, by).items()})] if by else []
    )
    apart: list[tuple[str, dict[str, list[Case]]]] = list(own)
    for field in ("presentation", "reference"):
        column = getattr(delivered.columns, field)
        if column is not None and column != by:
            kinds: dict[str, list[Case]] = {}
            for case in delivered.cases:
                kinds.setdefault(getattr(case, field) or "not told", []).append(case)
            apart.append((column, kinds))
    for column, each in apart:
        for value, cases in each.items():
            try:
                yield column, value, _found(cases, delivered, rule, level)
            except CannotAnswerError as error:
                yield column, value, str(error)


def _of_threshold(found: _Found) -> list[str]:
    told = [one.test for one in found.scores if one.at_best is not None]
    return [
        f"the threshold of {', '.join(told)} was looked for in these same cases: in others it will do worse"
    ] * bool(told)


def _tests(found: _Found) -> list[dict[str, Json]]:
    told = {one.test: test_data(one) for one in found.readings} | {one.test: score_data(one) for one in found.scores}
    return [told[name] for name in found.tests]


def _comparisons(found: _Found) -> list[dict[str, Json]]:
    return [*map(comparison_data, found.compared), *map(scores_compared_data, found.scores_compared)]


def _document(found: _Found, groups: Sequence[Group], because: Sequence[str]) -> dict[str, Json]:
    told, comparisons = found.told, _comparisons(found)
    return {
        "tests": _tests(found),
        "comparison": comparisons[0] if comparisons else None,
        "comparisons": comparisons,
        **picked(told, "cases", "subjects", "clustered"),
        "not_counted": [picked(one, "case", "because") for one in told.not_counted],
        "mixed": {
            "cases": list(told.mixed),
            "otherwise": [test_data(one) for one in found.of_readings(told.otherwise)],
        },
        "per_patient": [test_data(one) for one in found.of_readings(told.by_subject)],
        "groups": [
            {"column": column, "value": value}
            | (
                {"tests": [], "comparison": None, "because": [inside]}
                if isinstance(inside, str)
                else {
                    "tests": _tests(inside),
                    "comparison": next(iter(_comparisons(inside)), None),
                    **picked(inside.told, "cases", "subjects", "clustered"),
                    "because": list(inside.told.because),
                }
            )
            for column, value, inside in groups
        ],
        "because": list(because),
    }


def _blocks(
    found: _Found, groups: Sequence[Group], delivered: DeliveredCases, because: Sequence[str], level: float
) -> Iterator[Block]:
    for one in found.readings:
        words = f"{one.test}: sensitivity {share_told(one.sensitivity)}, specificity {share_told(one.specificity)}"
        yield said(words, tone="answer")
    for scored in found.scores:
        yield said(_area_told(scored), tone="answer")
    yield from (said(_compared_told(one)) for one in found.compared)
    yield from (said(_scores_told(one)) for one in found.scores_compared)
    cautions = [*delivered.cautions, *_named(found)]
    yield from (said(line, tone="caution") for line in cautions)
    if found.readings:
        yield counts_table(found.readings)
        yield _shares("measures", "Sensitivity, specificity and predictive values", found.readings, level)
        yield ratios_table(found.readings, level)
    yield from _intended(found, level)
    if any(one.corrected for one in found.readings):
        yield corrected_table(found.readings, level)
    if found.compared:
        yield comparison_table(found.compared, level)
    if found.scores:
        yield areas_table(found.scores, level)
        yield from _curves(found.scores)
    yield from _apart(groups)
    if other := found.of_readings(found.told.otherwise):
        yield _shares("otherwise", "The same with mixed specimens on the other side", other, level)
    if own := found.of_readings(found.told.by_subject):
        yield _shares("per-patient", "By patient: tumour, or positive, if any of its cases is", own, level)
    yield listed(*because)


def _shares(id: str, caption: str, tests: Sequence[AccuracyOfTest], level: float) -> Table:
    named = [(one.test, words, getattr(one, key)) for one in tests for key, words in MEASURES]
    return shares_table(id, caption, named, level)


def _intended(found: _Found, level: float) -> Iterator[Table]:
    """The line of intention to diagnose, where some reading could not be made."""
    own = [one for one in found.readings if one.not_readable]
    if own:
        named = [
            (one.test, words, getattr(one.intention_to_diagnose, key)) for one in own for key, words in MEASURES[:2]
        ]
        yield shares_table("intention", "Intention to diagnose: not readable counts as wrong", named, level)


def _named(found: _Found) -> Iterator[str]:
    """What does not count, by name."""
    reasons: dict[str, list[str]] = {}
    for left in found.told.not_counted:
        reasons.setdefault(left.because, []).append(left.case)
    for why, cases in reasons.items():
        yield f"not counted, {why}: {_told(cases)}"
    for one in found.readings:
        if one.not_readable:
            yield f"{one.test} not readable, outside the counts: {_told(one.not_readable)}"
        if one.corrected:
            yield (
                f"{one.corrected.not_verified} cases with a reading of {one.test} have no truth: if they were left out "
                "by their reading, sensitivity and specificity mislead; corrected below"
            )
        if one.missing:
            yield f"{one.test} missing, counted nowhere: {_told(one.missing)}"
    for scored in found.scores:
        if scored.missing:
            yield f"{scored.test} missing or not readable, outside the curve: {_told(scored.missing)}"


def _told(cases: Sequence[str]) -> str:
    return "; ".join(shortened(cases, 12))


def _compared_told(one: Comparison) -> str:
    parts = []
    for measure, told in (("sensitivity", one.sensitivity), ("specificity", one.specificity)):
        if told.difference is None:
            parts.append(f"{measure} {told.because}")
            continue
        limits = f"; limits {100 * (told.lower or 0):+.1f} to {100 * (told.upper or 0):+.1f}" if told.method else ""
        p = "" if told.p_value is None else f"; p {told.p_value:.2g}, {told.test}"
        alone = f"right alone {told.only_first} times and {told.only_second} times"
        parts.append(f"{measure} {points(told.difference)} ({alone}{limits}{p})")
    return f"{one.first} less {one.second}: {', '.join(parts)}"


def _scores_told(one: ScoresCompared) -> str:
    told = one.compared
    if told is None or told.recovered is None:
        return f"{one.first} less {one.second}: {one.because}"
    limits = f"limits {told.recovered.lower:.3f} to {told.recovered.upper:.3f}"
    if told.p_value is None or told.interval is None:
        return f"{one.first} less {one.second}: area {told.difference:+.3f} ({limits}; no p: {told.because})"
    tested = f"p {told.p_value:.2g}, {told.interval.method}"
    return f"{one.first} less {one.second}: area {told.difference:+.3f} ({limits}; {tested})"


def _area_told(one: ScoredTest) -> str:
    if one.area is None or one.best is None:
        return f"{one.test}: {one.because}"
    limits = f" (limits {one.limits.lower:.3f} to {one.limits.upper:.3f})" if one.limits else f" ({one.because})"
    best = one.best
    told = (
        f"from {best.threshold:.4g} on sensitivity {percent(best.sensitivity)}, specificity {percent(best.specificity)}"
        if best.threshold is not None
        else best.because
    )
    return f"{one.test}: area under the curve {one.area.area:.3f}{limits}; {told}"


def _apart(groups: Sequence[Group]) -> Iterator[Table]:
    if not any(isinstance(inside, str) or inside.readings for _, _, inside in groups):
        return
    rows: list[list[Cell]] = []
    notes: list[str] = []
    for column, value, inside in groups:
        if isinstance(inside, str):
            notes.append(f"{column} {value}: {inside}.")
            continue
        for one in inside.readings:
            row: list[Cell] = [column, value, one.test]
            for told in (one.sensitivity, one.specificity):
                row += [shown(told.x), shown(told.n)]
                row += [
                    shown(None if part is None else 100 * part, ".1f", "-")
                    for part in (told.estimate, told.lower, told.upper)
                ]
            rows.append(row)
    columns = [
        of_numbers(title, unit, under=measure)
        for measure in ("sensitivity", "specificity")
        for title, unit in (("x", None), ("n", None), ("estimate", "%"), ("lower", "%"), ("upper", "%"))
    ]
    yield table_of("groups", "Cases apart", ("by", "group", "test", *columns), rows, *notes)


def _curves(scores: Sequence[ScoredTest]) -> Iterator[Figure]:
    from hevesy.blocks.sheet import Sheet

    own = [one for one in scores if one.curve is not None]
    if not own:
        return
    described = "; ".join(f"{one.test}: area {one.area.area:.3f}" for one in own if one.area)
    sheet = Sheet(460, 440, "roc", "ROC curves", described)
    sheet.area(60, 34, 420, 360, (0, 1), (0, 1))
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    sheet.axes(ticks, ticks, "1 - specificity", "sensitivity")
    sheet.line([(0, 0), (1, 1)], "faint", 1.0, 1)
    for number, one in enumerate(own):
        if one.curve is not None:
            across = (1 - one.curve.specificity).tolist()[::-1]
            sheet.course(one.test, number, list(zip(across, one.curve.sensitivity.tolist()[::-1], strict=True)))
    sheet.key([one.test for one in own], 60, 414)
    yield sheet.figure("Empirical ROC curves; the dashed line is chance")
