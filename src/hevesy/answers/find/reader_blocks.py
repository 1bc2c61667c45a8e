"""A study of readers told to a reader: the answer in words, tables, and the mean curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block
from hevesy.blocks.table import Column, Table, of_numbers
from hevesy.blocks.table import table as table_of

if TYPE_CHECKING:
    from hevesy.find.readers import PairAgreement, ReaderAgreement
    from hevesy.stats.merit import Curve, Figures
    from hevesy.stats.reader import ReaderAnalysis, VarianceShares

WORDS = {
    "auc": "AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "wafroc": "area under the wAFROC curve",
    "afroc": "area under the AFROC curve",
    "wafroc1": "area under the wAFROC1 curve",
    "afroc1": "area under the AFROC1 curve",
    "hrauc": "AUC of the highest rating",
}
SHARES = (
    "reader",
    "diseased",
    "healthy",
    "diseased_healthy",
    "reader_diseased",
    "reader_healthy",
    "reader_diseased_healthy",
)
COMPONENTS = {
    "reader": "reader",
    "modality_reader": "modality by reader",
    "error": "error",
    "cov1": "Cov1: one reader, two modalities",
    "cov2": "Cov2: two readers, one modality",
    "cov3": "Cov3: two readers, two modalities",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of the tables, before the modalities are compared."""

    figures: Figures
    curves: Sequence[Curve]
    axes: tuple[str, str]
    agreement: Sequence[ReaderAgreement]
    shares: Sequence[VarianceShares]
    because: Sequence[str]


def blocks_of(found: ReaderAnalysis, read: Read, merit: str, because: Sequence[str]) -> list[Block]:
    """The blocks of an answer: words, tables of modalities, readers, components and agreement, the curves, reasons."""
    word = WORDS[merit]
    blocks: list[Block] = [*(said(line, tone="answer") for line in _told(found, word))]
    if found.cannot_tell:
        blocks.append(said(_UNTOLD, tone="caution"))
    if found.components is None:
        blocks.append(said("With fixed cases nothing is said of other cases.", tone="caution"))
    blocks += [_modalities(found, word), *_differences(found, word), _readers_table(found, word)]
    if read.curves:
        blocks.append(_curves(found.figures.modalities, read, merit))
    blocks += [*_components(found), *_shares(read.shares), *_pairs(read.agreement, found.level)]
    blocks += _several(read.agreement, found.level)
    return [*blocks, listed(*because)]


_UNTOLD = (
    "What was compared does not vary between readers or cases so that an error could be made of it: its interval and p "
    "cannot be told, and that is no evidence of equality."
)


def _told(found: ReaderAnalysis, word: str) -> list[str]:
    """The answer in words."""
    each = ", ".join(f"{_called(one.modality)} {one.estimate:.3f}" for one in found.modalities)
    lines = [f"{word[0].upper()}{word[1:]}, mean of {len(found.figures.readers)} readers: {each}"]
    for one in found.differences[:1] if len(found.differences) == 1 else ():
        line = f"{_called(one.first)} less {_called(one.second)}: {one.estimate:+.3f}"
        if one.lower is not None and one.upper is not None and one.p_value is not None:
            line += f" ({found.level:.0%} interval {one.lower:+.3f} to {one.upper:+.3f}), p = {one.p_value:.3g}"
        lines.append(line)
    if len(found.differences) > 1 and found.equality and found.equality.p_value is not None:
        lines.append(f"Test of all modalities being equal: p = {found.equality.p_value:.3g}")
    return lines


def _called(modality: str) -> str:
    """A modality's name; a bare number says what it is of."""
    return f"modality {modality}" if modality.isdigit() else modality


def _limits(level: float) -> list[Column]:
    under = f"{level:.0%} limits"
    return [of_numbers("lower", under=under), of_numbers("upper", under=under)]


def _freedom(df: float | None, error: float | None) -> Cell:
    return shown(df, ".4g", "no limit" if error is not None else "cannot be told")


def _modalities(found: ReaderAnalysis, word: str) -> Table:
    columns = [of_numbers("mean"), of_numbers("standard error"), of_numbers("df"), *_limits(found.level)]
    columns += [of_numbers(one.title, under=f"{found.level:.0%}, logit") for one in _limits(found.level)]
    rows: list[tuple[Cell, ...]] = [
        (
            one.modality,
            shown(one.estimate, ".4f"),
            shown(one.standard_error, ".4f", "cannot be told"),
            _freedom(one.df, one.standard_error),
            *(
                shown(value, ".4f", "cannot be told")
                for value in (one.lower, one.upper, one.lower_logit, one.upper_logit)
            ),
        )
        for one in found.modalities
    ]
    notes = (
        "Each modality from its own readings alone.",
        "In simulated studies of AUC with 12 to 36 cases the plain limits of 95 % hold the truth in 85 to 93 %, those "
        "on the scale of the logit in 93 to 96 %.",
    )
    return table_of("modalities", f"Modalities: {word}, mean of the readers", ("modality", *columns), rows, *notes)


def _differences(found: ReaderAnalysis, word: str) -> list[Table]:
    if not found.differences:
        return []
    columns = [of_numbers("difference"), of_numbers("standard error"), of_numbers("df")]
    columns += [*_limits(found.level), of_numbers("p")]
    rows: list[tuple[Cell, ...]] = [
        (
            f"{one.first} - {one.second}",
            shown(one.estimate, "+.4f"),
            shown(one.standard_error, ".4f", "cannot be told"),
            _freedom(one.df, one.standard_error),
            *(shown(value, "+.4f", "cannot be told") for value in (one.lower, one.upper)),
            shown(one.p_value, ".3g", "cannot be told"),
        )
        for one in found.differences
    ]
    notes = ["No p is corrected for there being several."] if len(found.differences) > 1 else []
    if found.figures.diseased + found.figures.healthy < FEW_CASES:
        notes.append("In simulated studies of 12 cases 95 % limits of a difference hold the truth in 91 to 97 %.")
    return [table_of("differences", f"Differences in {word}", ("modalities", *columns), rows, *notes)]


def _readers_table(found: ReaderAnalysis, word: str) -> Table:
    figures = found.figures
    columns = [of_numbers(name, under="modality") for name in figures.modalities]
    rows: list[tuple[Cell, ...]] = [
        (name, *(shown(float(figures.estimates[at, place]), ".4f") for at in range(len(figures.modalities))))
        for place, name in enumerate(figures.readers)
    ]
    return table_of("readers", f"Readers: {word}", ("reader", *columns), rows)


def _components(found: ReaderAnalysis) -> list[Table]:
    parts = found.components
    if parts is None:
        return []
    rows: list[tuple[Cell, ...]] = []
    for name, words in COMPONENTS.items():
        value = getattr(parts, name)
        told = parts.correlation(value) if name.startswith("cov") else None
        rows.append((words, shown(value, ".4e", "not estimated"), shown(told, ".3f")))
    columns = (of_numbers("estimate"), of_numbers("correlation"))
    note = "Estimated without bounds: a component that is 0 may come out below it."
    return [table_of("components", "Variance components", ("component", *columns), rows, note)]


def _shares(shares: Sequence[VarianceShares]) -> list[Table]:
    if not shares:
        return []
    columns = [of_numbers(name.replace("_", " by ")) for name in SHARES]
    rows: list[tuple[Cell, ...]] = [
        (one.of, shown(one.standard_error, ".4f", "below 0"), *(shown(getattr(one, name), ".3e") for name in SHARES))
        for one in shares
    ]
    note = "Each component is of one reader, one diseased and one healthy case; unbiased, so it may be below 0."
    caption = "One-shot U-statistic: error of the mean AUC and its variance components"
    return [table_of("one-shot", caption, ("of", of_numbers("standard error"), *columns), rows, note)]


def _pairs(agreement: Sequence[ReaderAgreement], level: float) -> list[Table]:
    pairs = [(one.modality, pair) for one in agreement for pair in one.pairs]
    if not pairs:
        return []
    rows: list[tuple[Cell, ...]]
    if not agreement[0].weights:
        heads = [of_numbers("bias"), of_numbers("lower", under="limits"), of_numbers("upper", under="limits")]
        rows = [(modality, f"{pair.first}, {pair.second}", *_limits_of(pair)) for modality, pair in pairs]
        caption = "Agreement of each two readers: first less second, with 95 % limits of agreement"
        return [table_of("agreement", caption, ("modality", "readers", *heads), rows)]
    ordered = agreement[0].weights == "quadratic"
    how = "ratings weighted by squared distance" if ordered else "whether a case bears a mark"
    rows = [(modality, f"{pair.first}, {pair.second}", *_kappa_of(pair)) for modality, pair in pairs]
    heads = [of_numbers("kappa"), *_limits(level)]
    note = (
        "Limits of kappa are those of large samples: in simulated studies of 12 to 36 cases 95 % limits hold the truth "
        f"in {'85 to 91' if ordered else '89 to 94'} %."
    )
    return [
        table_of("agreement", f"Agreement of each two readers ({how})", ("modality", "readers", *heads), rows, note)
    ]


def _kappa_of(pair: PairAgreement) -> list[Cell]:
    found = pair.kappa
    if found is None:
        return [shown(None, absent=pair.because), shown(None), shown(None)]
    return [shown(value, ".3f") for value in (found.estimate, found.lower, found.upper)]


def _limits_of(pair: PairAgreement) -> list[Cell]:
    found = pair.limits
    if found is None:
        return [shown(None, absent=pair.because), shown(None), shown(None)]
    return [shown(value, ".4g") for value in (found.bias, found.lower, found.upper)]


FEW_CASES = 25
"""Below so many the limits of a difference may be too narrow (docs/validation/readers.md)."""
SHOWN_FORMS = ("(2,1)", "(3,1)", "(2,k)")
"""Forms of the intraclass correlation that are shown; the document has all."""


def _several(agreement: Sequence[ReaderAgreement], level: float) -> list[Table]:
    rows: list[tuple[Cell, ...]] = []
    for one in agreement:
        told = [(name, found.estimate, found.lower, found.upper) for name, found in one.several]
        forms = [form for form in one.intraclass if form.form in SHOWN_FORMS]
        told += [(f"ICC{form.form}", form.estimate, form.lower, form.upper) for form in forms]
        rows += [(one.modality, name, *(shown(value, ".3f") for value in values)) for name, *values in told]
    if not rows:
        return []
    note = "ICC(2,1): one reader drawn from many, bias counts; (3,1): these readers, bias does not; (2,k): their mean."
    notes = [note] if any(one.intraclass for one in agreement) else []
    heads = [of_numbers("estimate"), *_limits(level)]
    return [table_of("readers-together", "Agreement of all readers", ("modality", "coefficient", *heads), rows, *notes)]


def _curves(modalities: Sequence[str], read: Read, merit: str) -> Figure:
    from hevesy.blocks.sheet import Sheet

    rocs = not read.axes[1].startswith("share")
    title = "ROC curves" if rocs else f"{WORDS[merit].removeprefix('area under the ').removesuffix(' curve')} curves"
    ends = "; ".join(f"{name}: {float(one.mean()):.4f}" for name, one in zip(modalities, read.figures.estimates,
                                                                            strict=True))  # fmt: skip
    sheet = Sheet(480, 430, "curves", title, f"{title}; {WORDS[merit]}: {ends}")
    sheet.area(60, 30, 440, 340, (0, 1), (0, 1))
    ticks = [0, 0.25, 0.5, 0.75, 1]
    sheet.axes(ticks, ticks, *read.axes)
    if rocs:
        sheet.line([(0, 0), (1, 1)], "faint", dash=2)
    for number, (name, one) in enumerate(zip(modalities, read.curves, strict=True)):
        sheet.course(name, number, list(zip(one.noise.tolist(), one.signal.tolist(), strict=True)))
    sheet.key([_called(name) for name in modalities], 60, 400)
    return sheet.figure(f"{title}, mean of the readers at each place across")
