"""Modalities compared by several readers of the same cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, cast, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Real, TableFile, Text
from hevesy.answers.find.reader_blocks import COMPONENTS, SHARES, WORDS, Read, blocks_of
from hevesy.answers.find.reader_tables import cases_in, marks_in, readings_in
from hevesy.errors import CannotAnswerError, QuestionError, RuleError
from hevesy.files.tables import DeliveredTable
from hevesy.stats.words import CaseCovariance, CaseMerit, MarkMerit

if TYPE_CHECKING:
    from hevesy.find.readers import ReaderAgreement
    from hevesy.stats.merit import Figures
    from hevesy.stats.reader import ReaderAnalysis

COMMAND = "find readers"
FACES = ("csv", "svg")
MERITS = (*get_args(CaseMerit), *get_args(MarkMerit))
ESTIMATED = ("estimate", "standard_error", "df", "lower", "upper")
AREAS = ("auc", *get_args(MarkMerit))


def readers(
    table: Annotated[DeliveredTable, TableFile("Readings, or with ⟦cases⟧ marks: .csv, .xpt or .parquet.")],
    *,
    cases: Annotated[
        DeliveredTable | None, TableFile("Of marks (FROC): case, diseased, lesions, and weights as in 0.7;0.3.")
    ] = None,
    covariance: Annotated[
        CaseCovariance, Text("jackknife, delong or unbiased.", choices=get_args(CaseCovariance))
    ] = "jackknife",
    merit: Annotated[
        str | None,
        Text(
            "auc, sensitivity, specificity; of marks wafroc, afroc, wafroc1, afroc1, hrauc (the first).", choices=MERITS
        ),
    ] = None,
    threshold: Annotated[float | None, Real("A rating so high or higher is positive.")] = None,
    fixed: Annotated[
        str | None, Text("readers or cases: the answer is for these alone.", choices=("readers", "cases"))
    ] = None,
    level: Annotated[float, Real()] = 0.95,
) -> Answer:
    """Modalities compared by several readers of the same cases (multi-reader multi-case), of ratings or marks.

    Ratings: case, reader, modality, truth (1 or 0, yes or no, positive or negative), rating (higher: disease). Marks
    (FROC): modality, reader, case, type (LL on a lesion, NL beside them), lesion (its number), rating; with ⟦cases⟧.

    Returns the figure of merit (AUC; of marks the area under the wAFROC curve) by modality and reader, the difference
    of modalities with interval and test (Obuchowski and Rockette, Hillis' degrees of freedom), variance components, the
    agreement of the readers; with ⟦covariance⟧ unbiased also the one-shot U-statistic. What cannot be told is null.
    Refused are a reading that is missing, twice there, or of another truth than its case has elsewhere; a name in two
    spellings; one reader, or fewer than two cases of a class; marks of cases or lesions that are not there.
    Source: Obuchowski and Rockette 1995; Hillis 2007, 2014; Gallas 2006 and 2009; Chakraborty 2017 (FROC).

    Example: print(hevesy.readers("readings.csv"))
    """
    merit = merit or ("auc" if cases is None else "wafroc")
    _refuse_mixed(cases, merit, covariance, threshold)
    try:
        if cases is None:
            read = _rated(table, cast(CaseMerit, merit), covariance, threshold, level)
        else:
            read = _marked(table, cases, cast(MarkMerit, merit), level)
        found = _analysed(read.figures, fixed, level)
    except RuleError as error:
        if isinstance(error, QuestionError):
            raise
        told = str(error)
        raise CannotAnswerError(told if told.startswith(_tables(table, cases)) else f"{table.name}: {told}") from None
    return _answer(found, read, merit)


def _tables(*tables: DeliveredTable | None) -> tuple[str, ...]:
    return tuple(f"{one.name}, line" for one in tables if one is not None)


def _refuse_mixed(cases: DeliveredTable | None, merit: str, covariance: str, threshold: float | None) -> None:
    """Refuse what does not go together."""
    if (merit in get_args(MarkMerit)) != (cases is not None):
        need = "is of marks: give ⟦cases⟧" if cases is None else "is of ratings: leave ⟦cases⟧ out"
        raise QuestionError(f"{merit} {need}", "merit", "cases")
    if cases is not None and covariance != "jackknife":
        raise QuestionError(f"marks have their covariance by the jackknife, got {covariance}", "covariance")
    if (threshold is not None) != (merit in ("sensitivity", "specificity")):
        need = "has no threshold" if threshold is not None else "needs ⟦threshold⟧: a rating so high is positive"
        raise QuestionError(f"{merit} {need}", "threshold")


def _rated(
    table: DeliveredTable, merit: CaseMerit, covariance: CaseCovariance, threshold: float | None, level: float
) -> Read:
    from hevesy.find.readers import agreement_of_ratings, rated_study
    from hevesy.stats.reader import u_statistic

    study = rated_study(readings_in(table))
    figures = study.figures(merit, covariance, threshold)
    one_shot = merit == "auc" and covariance == "unbiased" and len(study.readers) > 1
    how = {
        "jackknife": "by the jackknife over all cases",
        "delong": "by DeLong",
        "unbiased": "unbiased (moments of the U-statistic)",
        "covariance of shares": "that of shares of the same cases, alike by all three methods",
    }
    cut = "" if threshold is None else f"; a rating of {threshold:g} or more is positive"
    return Read(
        figures=figures,
        curves=study.curves(),
        axes=("1 - specificity", "sensitivity"),
        agreement=agreement_of_ratings(study, level),
        shares=u_statistic(study.ratings, study.diseased, modalities=study.modalities, readers=study.readers)
        if one_shot
        else (),
        because=(f"{WORDS[merit]}, empirical{cut}; covariance {how[figures.method]}",),
    )


def _marked(table: DeliveredTable, cases: DeliveredTable, merit: MarkMerit, level: float) -> Read:
    from hevesy.find.readers import agreement_of_marks, marked_study

    listed_cases = cases_in(cases)
    study = marked_study(marks_in(table, {one.case: one.number > 0 for one in listed_cases}), listed_cases)
    noise = "cases" if merit.endswith("1") else "healthy cases"
    across = f"share of {noise} with a mark beside lesions"
    upwards = "share of lesions, by weight" if merit.startswith("w") else "share of lesions"
    return Read(
        figures=study.figures(merit),
        curves=study.curves(merit),
        axes=("1 - specificity", "sensitivity") if merit == "hrauc" else (across, upwards),
        agreement=agreement_of_marks(study, level),
        shares=(),
        because=(
            f"{WORDS[merit]}, empirical; covariance by the jackknife over all cases",
            "a case without a mark was read and counts below every rating",
            *study.notes,
        ),
    )


def _analysed(figures: Figures, fixed: str | None, level: float) -> ReaderAnalysis:
    from hevesy.stats.reader import obuchowski_rockette

    return obuchowski_rockette(
        figures,
        readers="fixed" if fixed == "readers" else "random",
        cases="fixed" if fixed == "cases" else "random",
        level=level,
    )


def _because(found: ReaderAnalysis, read: Read) -> list[str]:
    figures = found.figures
    freedom = "normal law" if found.readers == "fixed" else "Hillis' degrees of freedom"
    speaks = {
        ("random", "random"): "for readers and cases of their kind",
        ("fixed", "random"): "for these readers and cases of their kind",
        ("random", "fixed"): "for readers of their kind and these cases",
    }[found.readers, found.cases]
    because = [
        f"Obuchowski and Rockette, {freedom}: {speaks}; {len(figures.readers)} readers, {figures.diseased} diseased "
        f"and {figures.healthy} healthy cases, each read by every reader in every modality",
        *read.because,
    ]
    if found.components and (found.components.cov2 or 0) < (found.components.cov3 or 0):
        because.append("Cov2 is below Cov3: their difference counts as 0 in the error")
    because += [
        f"{one.modality}: Cov2 is below 0 and counts as 0 in its error"
        for one in found.modalities
        if one.cov2 is not None and one.cov2 < 0
    ]
    because += [line for one in read.agreement for line in one.because]
    return because


def _answer(found: ReaderAnalysis, read: Read, merit: str) -> Answer:
    because = _because(found, read)
    estimates = {one.modality: one.estimate for one in found.modalities}
    apart = found.differences[0] if len(found.differences) == 1 else None
    document: dict[str, Json] = {
        "merit": merit,
        "auc": estimates if merit in AREAS else None,
        "estimates": estimates,
        "difference": apart.estimate if apart else None,
        "standard_error": found.differences[0].standard_error if found.differences else None,
        "lower": apart.lower if apart else None,
        "upper": apart.upper if apart else None,
        "df": found.equality.df2 if found.equality else None,
        "p_value": found.equality.p_value if found.equality else None,
        "modalities": [
            picked(one, "modality", *ESTIMATED, "lower_logit", "upper_logit", "ms_reader", "cov2")
            | {"readers": _of_readers(found, at)}
            for at, one in enumerate(found.modalities)
        ],
        "differences": [
            picked(one, "first", "second", *ESTIMATED, "p_value", t="statistic")
            for one in found.differences
        ],
        "equality": picked(
            found.equality, "ms_modality", "ms_modality_reader", "denominator", "df1", "df2", "p_value", f="statistic"
        )
        if found.equality
        else None,
        "components": _components_data(found),
        "u_statistic": [picked(one, *SHARES, "of", "variance", "standard_error") for one in read.shares] or None,
        "agreement": [_agreement_data(one) for one in read.agreement],
        "n": {**picked(found.figures, "diseased", "healthy"), "readers": len(found.figures.readers)},
        "covariance": None if found.cases == "fixed" else found.figures.method,
        **picked(found, "readers", "cases", "level"),
        "because": because,
    }  # fmt: skip
    return Answer(document=document, blocks=tuple(blocks_of(found, read, merit, because)))


def _components_data(found: ReaderAnalysis) -> Json:
    if found.components is None:
        return None
    covariances = {name: getattr(found.components, name) for name in ("cov1", "cov2", "cov3")}
    told = {name: found.components.correlation(value) for name, value in covariances.items()}
    return picked(found.components, *COMPONENTS) | {"correlations": told}


def _of_readers(found: ReaderAnalysis, at: int) -> list[Json]:
    """Each reader of a modality; the error is of the cases, so that fixed cases have none."""
    figures = found.figures
    told: list[Json] = []
    for place, name in enumerate(figures.readers):
        variance = float(figures.covariance[at, place, at, place])
        error = math.sqrt(variance) if variance > 0 and found.cases == "random" else None
        told.append({"reader": name, "estimate": float(figures.estimates[at, place]), "standard_error": error})
    return told


def _agreement_data(one: ReaderAgreement) -> Json:
    interval = ("estimate", "standard_error", "lower", "upper")
    pairs: list[Json] = []
    for pair in one.pairs:
        kappa = picked(pair.kappa, *interval) if pair.kappa else None
        limits = picked(pair.limits, "bias", "sd", "lower", "upper") if pair.limits else None
        pairs.append({**picked(pair, "first", "second"), "kappa": kappa, "limits": limits})
    return {
        "modality": one.modality,
        "kappa_weights": one.weights or None,
        "pairs": pairs,
        "several": {name: picked(found, *interval) for name, found in one.several},
        "intraclass": {form.form: picked(form, "estimate", "lower", "upper") for form in one.intraclass},
    }
