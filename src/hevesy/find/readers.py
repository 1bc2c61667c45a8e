"""A study of readers: who rated or marked what, in the order that its statistics need, or refused by its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RuleError
from hevesy.names import sounding
from hevesy.stats.agreement import (
    Agreement,
    Intraclass,
    Limits,
    cohen_kappa,
    fleiss_kappa,
    gwet_coefficient,
    intraclass,
    krippendorff_alpha,
    limits_of_agreement,
)
from hevesy.stats.froc import curve_of_marks, figures_of_marks
from hevesy.stats.merit import Curve, Figures, curve, figures_of_ratings, mean_curve
from hevesy.stats.words import CaseCovariance, CaseMerit, MarkMerit

Floats = NDArray[np.float64]
MOST_CATEGORIES = 10
"""Different ratings up to which they are categories; more are a measurement."""
MOST_NAMED = 5
"""Missing readings that are named one by one."""
_TRUTH = {True: "diseased", False: "healthy"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


class Rated(NamedTuple):
    """A reading: a case rated by a reader in a modality, the truth beside it, and where that is written."""

    case: str
    reader: str
    modality: str
    diseased: bool
    rating: float
    place: str


class Mark(NamedTuple):
    """A mark of a reader in a modality, on a lesion of a case (by its number, from 1) or beside them (None)."""

    case: str
    reader: str
    modality: str
    lesion: int | None
    rating: float
    place: str


class Lesions(NamedTuple):
    """A case with its number of lesions, 0 for a healthy one, and their weights (none: all alike)."""

    case: str
    number: int
    weights: tuple[float, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatedStudy:
    """Every case rated by every reader in every modality: `ratings` (t, r, n), `diseased` (n)."""

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    diseased: NDArray[np.bool_]
    ratings: Floats

    def figures(self, merit: CaseMerit, covariance: CaseCovariance, threshold: float | None = None) -> Figures:
        """A figure of merit of each modality and reader, with its covariance."""
        return figures_of_ratings(
            self.ratings,
            self.diseased,
            modalities=self.modalities,
            readers=self.readers,
            merit=merit,
            threshold=threshold,
            covariance=covariance,
        )

    def curves(self) -> tuple[Curve, ...]:
        """The ROC curve of each modality, the mean of its readers'; none where all cases are of one class."""
        if self.diseased.all() or not self.diseased.any():
            return ()
        return tuple(
            mean_curve([curve(one[~self.diseased], one[self.diseased]) for one in of_readers])
            for of_readers in self.ratings
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkedStudy:
    """Every reader's marks of the cases in every modality; without a mark a rating is -inf.

    `noise` (t, r, n): the highest rating beside the lesions; `lesions` (t, r, L), `case_of_lesion` and `weights` (L).
    `notes` say how marks were read.
    """

    modalities: tuple[str, ...]
    readers: tuple[str, ...]
    cases: tuple[str, ...]
    noise: Floats
    lesions: Floats
    case_of_lesion: NDArray[np.int64]
    weights: Floats
    notes: tuple[str, ...] = field(default=())

    def figures(self, merit: MarkMerit) -> Figures:
        """A figure of merit of each modality and reader, with its covariance by the jackknife."""
        return figures_of_marks(
            self.noise,
            self.lesions,
            self.case_of_lesion,
            self.weights,
            modalities=self.modalities,
            readers=self.readers,
            merit=merit,
        )

    def curves(self, merit: MarkMerit) -> tuple[Curve, ...]:
        """The curve of each modality under which the figure is the area, the mean of its readers'."""
        return tuple(
            mean_curve(
                [
                    curve_of_marks(noise, lesions, self.case_of_lesion, self.weights, merit)
                    for noise, lesions in zip(self.noise[at], self.lesions[at], strict=True)
                ]
            )
            for at in range(len(self.modalities))
        )

    @property
    def marked(self) -> NDArray[np.bool_]:
        """Whether a reader marked anything in a case, (t, r, n)."""
        found = np.isfinite(self.noise)
        for place, case in enumerate(self.case_of_lesion):
            found[:, :, case] |= np.isfinite(self.lesions[:, :, place])
        return found


def rated_study(readings: Sequence[Rated]) -> RatedStudy:
    """A factorial study from its readings.

    Refused are no readings, one name in two spellings, a case rated twice by a reader in a modality or not at all, and
    one whose truth differs between its rows.

    >>> rows = [Rated("1", "A", "PET", True, 3.0, "row 1"), Rated("2", "A", "PET", False, 1.0, "row 2")]
    >>> rated_study(rows).ratings.shape
    (1, 1, 2)
    """
    if not readings:
        raise RuleError("there are no readings")
    modalities = _names("modality", (one.modality for one in readings))
    readers = _names("reader", (one.reader for one in readings))
    cases = _names("case", (one.case for one in readings))
    truth: dict[str, Rated] = {}
    found: dict[tuple[str, str, str], Rated] = {}
    for one in readings:
        known = truth.setdefault(one.case, one)
        if known.diseased != one.diseased:
            raise RuleError(
                f"{one.place}: case {one.case} is {_TRUTH[one.diseased]} here and {_TRUTH[known.diseased]} in "
                f"{known.place}"
            )
        twice = found.setdefault((one.modality, one.reader, one.case), one)
        if twice is not one:
            raise RuleError(
                f"{one.place}: reader {one.reader} rates case {one.case} in {one.modality} a second time; the first is "
                f"in {twice.place}"
            )
    _refuse_missing(modalities, readers, cases, found)
    ratings = [found[key].rating for key in product(modalities, readers, cases)]
    return RatedStudy(
        modalities=modalities,
        readers=readers,
        cases=cases,
        diseased=np.array([truth[case].diseased for case in cases]),
        ratings=np.array(ratings).reshape(len(modalities), len(readers), len(cases)),
    )


def _refuse_missing(
    modalities: Sequence[str], readers: Sequence[str], cases: Sequence[str], found: dict[tuple[str, str, str], Rated]
) -> None:
    missing = [key for key in product(modalities, readers, cases) if key not in found]
    if not missing:
        return
    if len(missing) <= MOST_NAMED:
        named = [f"case {case} by reader {reader} in {modality}" for modality, reader, case in missing]
    else:
        absent = Counter(key[:2] for key in missing)
        named = [
            f"{count} of {len(cases)} cases by reader {reader} in {modality}"
            for (modality, reader), count in absent.items()
        ]
    more = f" and more by {len(named) - MOST_NAMED} others" if len(named) > MOST_NAMED else ""
    raise RuleError(
        f"every reader rates every case in every modality, but {len(missing)} of "
        f"{len(modalities) * len(readers) * len(cases)} readings are missing: {', '.join(named[:MOST_NAMED])}{more}"
    )


def _names(kind: str, names: Iterable[str]) -> tuple[str, ...]:
    """Each name once: numbers by size, words by the alphabet, cases as they come; two spellings of one are refused."""
    found = list(dict.fromkeys(names))
    spelled: dict[str, str] = {}
    for name in found:
        known = spelled.setdefault(sounding(name), name)
        if known != name:
            raise RuleError(f"{known!r} and {name!r} may be one {kind} in two spellings: write both alike, or apart")
    if kind == "case":
        return tuple(found)
    return tuple(sorted(found, key=float) if all(map(_NUMBER.fullmatch, found)) else sorted(found))


def marked_study(marks: Sequence[Mark], cases: Sequence[Lesions]) -> MarkedStudy:
    """A factorial study from its cases and the marks that readers made; a case without a mark was read, and bore none.

    Of several marks of a reader beside the lesions of a case, and of several on one lesion, the highest rating counts.

    Refused are no marks, a case that is not among the cases or stands there twice, a lesion that the case has not, one
    name in two spellings, and a reader without any mark in a modality: whether the cases were read then cannot be told.
    """
    if not marks:
        raise RuleError("there are no marks")
    modalities = _names("modality", (one.modality for one in marks))
    readers = _names("reader", (one.reader for one in marks))
    _names("case", (*(one.case for one in cases), *(one.case for one in marks)))
    at_case, first = _places(cases)
    case_of, weights = _lesions(cases)
    noise = np.full((len(modalities), len(readers), len(cases)), -np.inf)
    lesions = np.full((len(modalities), len(readers), len(case_of)), -np.inf)
    twice: list[str] = []
    for one in marks:
        if one.case not in at_case:
            raise RuleError(f"{one.place}: case {one.case} is not among the {len(cases)} cases")
        case = at_case[one.case]
        cell = modalities.index(one.modality), readers.index(one.reader)
        if one.lesion is None:
            noise[(*cell, case)] = max(noise[(*cell, case)], one.rating)
            continue
        if not 1 <= one.lesion <= cases[case].number:
            has = (
                f"has {cases[case].number} lesions, got lesion {one.lesion}" if cases[case].number else "has no lesion"
            )
            raise RuleError(f"{one.place}: case {one.case} {has}")
        lesion = (*cell, first[case] + one.lesion - 1)
        if np.isfinite(lesions[lesion]):
            twice.append(one.place)
        lesions[lesion] = max(lesions[lesion], one.rating)
    _refuse_without_marks(noise, lesions, modalities, readers)
    return MarkedStudy(
        modalities=modalities,
        readers=readers,
        cases=tuple(at_case),
        noise=noise,
        lesions=lesions,
        case_of_lesion=case_of,
        weights=weights,
        notes=_notes(cases, twice, int(np.isfinite(noise).sum())),
    )


def _places(cases: Sequence[Lesions]) -> tuple[dict[str, int], list[int]]:
    """The place of each case, and of the first of its lesions."""
    at: dict[str, int] = {}
    first, so_far = [], 0
    for number, one in enumerate(cases):
        if at.setdefault(one.case, number) != number:
            raise RuleError(
                f"{one.place}: case {one.case} stands there twice; the first is {cases[at[one.case]].place}"
            )
        first.append(so_far)
        so_far += one.number
    return at, first


def _lesions(cases: Sequence[Lesions]) -> tuple[NDArray[np.int64], Floats]:
    """The case of each lesion, and its weight."""
    weights: list[float] = []
    for one in cases:
        if one.weights and len(one.weights) != one.number:
            raise RuleError(f"{one.place}: case {one.case} has {one.number} lesions and {len(one.weights)} weights")
        if one.weights and abs(sum(one.weights) - 1) > 1e-6:
            raise RuleError(f"{one.place}: the weights of a case's lesions add up to 1, got {sum(one.weights):g}")
        weights += one.weights or [1 / max(one.number, 1)] * one.number
    counts = [one.number for one in cases]
    return np.repeat(np.arange(len(cases), dtype=np.int64), counts), np.array(weights)


def _refuse_without_marks(noise: Floats, lesions: Floats, modalities: Sequence[str], readers: Sequence[str]) -> None:
    some = np.isfinite(noise).any(axis=2) | np.isfinite(lesions).any(axis=2)
    for modality, reader in zip(*np.nonzero(~some), strict=True):
        raise RuleError(
            f"reader {readers[reader]} has no mark in {modalities[modality]}: whether the cases were read cannot be "
            "told"
        )


def _notes(cases: Sequence[Lesions], twice: Sequence[str], counted: int) -> tuple[str, ...]:
    unlike = any(one.weights for one in cases)
    notes = [
        "lesions have the weights that the cases give" if unlike else "the lesions of a case have equal weights",
        f"of several marks of a reader beside the lesions of a case the highest rating counts ({counted} count)",
    ]
    if twice:
        named = ", ".join(twice[:MOST_NAMED]) + (f" and {len(twice) - MOST_NAMED} more" * (len(twice) > MOST_NAMED))
        notes.append(f"one lesion marked again by the same reader: the highest rating counts ({named})")
    return tuple(notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Two readers of a modality: kappa of categories, or the limits of agreement of a measurement; or why not."""

    first: str
    second: str
    kappa: Agreement | None
    limits: Limits | None
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderAgreement:
    """How far the readers of a modality agree: each two, all of them by name of the coefficient, and intraclass."""

    modality: str
    weights: str
    pairs: tuple[PairAgreement, ...]
    several: tuple[tuple[str, Agreement], ...]
    intraclass: tuple[Intraclass, ...]
    because: tuple[str, ...]


def agreement_of_ratings(study: RatedStudy, level: float = 0.95) -> tuple[ReaderAgreement, ...]:
    """Agreement of the readers of each modality.

    Up to ten different ratings are ordered categories (kappa by squared distance); more are a measurement (limits of
    agreement).
    """
    categories = len(np.unique(study.ratings)) <= MOST_CATEGORIES
    return tuple(
        _agreement(modality, study.readers, ratings.T, "quadratic" if categories else "", level, correlated=True)
        for modality, ratings in zip(study.modalities, study.ratings, strict=True)
    )


def agreement_of_marks(study: MarkedStudy, level: float = 0.95) -> tuple[ReaderAgreement, ...]:
    """Agreement of the readers of each modality on whether a case bears a mark at all."""
    return tuple(
        _agreement(modality, study.readers, marked.T.astype(np.float64), "unweighted", level, correlated=False)
        for modality, marked in zip(study.modalities, study.marked, strict=True)
    )


def _agreement(
    modality: str, readers: Sequence[str], ratings: Floats, weights: str, level: float, correlated: bool
) -> ReaderAgreement:
    because: list[str] = []
    several: list[tuple[str, Agreement]] = []
    forms: tuple[Intraclass, ...] = ()
    apart, ordered = (", categories without order", ", in order") if weights == "quadratic" else ("", "")
    pairs = tuple(
        _pair(readers[one], readers[two], ratings[:, one], ratings[:, two], weights, level)
        for one, two in combinations(range(len(readers)), 2)
    )
    if len(readers) > 1:
        try:
            if weights:
                several = [
                    (f"Fleiss' kappa{apart}", fleiss_kappa(ratings, level=level)),
                    (f"Gwet's AC1{apart}", gwet_coefficient(ratings, level=level)),
                    (f"Krippendorff's alpha{ordered}", krippendorff_alpha(ratings, "ordinal", level)),
                ]
            if correlated:
                forms = intraclass(ratings, level)
        except RuleError as error:
            because.append(f"{modality}: {error.rule}")
    return ReaderAgreement(
        modality=modality,
        weights=weights,
        pairs=pairs,
        several=tuple(several),
        intraclass=forms,
        because=tuple(because),
    )


def _pair(first: str, second: str, one: Floats, two: Floats, weights: str, level: float) -> PairAgreement:
    kappa, limits, because = None, None, ""
    try:
        if weights:
            kappa = cohen_kappa(one, two, "quadratic" if weights == "quadratic" else "unweighted", level)
        else:
            limits = limits_of_agreement(one, two, level)
    except RuleError as error:
        because = str(error.rule)
    return PairAgreement(first=first, second=second, kappa=kappa, limits=limits, because=because)
