"""Does it find the tumour: each modality against the truth, one against the other, and in groups of patients."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Number, Part
from hevesy.blocks.prose import listed, said, shortened
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.names import slug
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.imaged import Imaged, InGroup
    from hevesy.find.accuracy import AccuracyOfTest, Comparison, PairedShares, Share
    from hevesy.find.patient import JoinedCase
    from hevesy.stats.diagnostic import Measure

CELLS = (
    ("tp", "true positive", "cases with tumour that it calls positive"),
    ("fn", "false negative", "cases with tumour that it calls negative"),
    ("fp", "false positive", "cases without tumour that it calls positive"),
    ("tn", "true negative", "cases without tumour that it calls negative"),
)
SIDES = {"sensitivity": ("tp", "fn"), "specificity": ("tn", "fp"), "ppv": ("tp", "fp"), "npv": ("tn", "fn")}
MEANS = {
    "sensitivity": "cases with tumour that it calls positive, of those with tumour that it could be read on",
    "specificity": (
        "cases without tumour that it calls negative, of those without that it could be read on; newly diagnosed "
        "patients say nothing on it"
    ),
    "ppv": "cases with tumour, of those that it calls positive",
    "npv": "cases without tumour, of those that it calls negative",
}
NOBODY = "cannot be told"


def accuracy(found: Imaged) -> Section:
    """Tables of two by two, shares with exact and Wilson limits, groups, and the modalities compared."""
    overall = found.overall
    blocks: list[Block] = []
    if overall.found is None:
        blocks.append(said("Of no case is the truth known yet: nothing can be said of accuracy.", tone="caution"))
    else:
        blocks += [
            said(*in_short(found), tone="answer"),
            said(*_side_of_specificity(found)),
            *_of_no_presentation(found),
            *_without_scan(found),
            _two_by_two(found),
            _shares(found),
            _ratios(found),
        ]
        blocks += [_compared(found, one) for one in overall.found.comparisons]
        blocks.append(_groups(found))
        blocks.append(listed(*overall.found.because))
    blocks += _not_counted(found)
    return Section(id="accuracy", title="Accuracy", blocks=tuple(blocks))


def told(found: Imaged, test: str) -> str:
    """A modality as a reader is told of it: with the time that the primary analysis reads."""
    hours = found.plan.primary_h
    return f"{test} at {hours:g} h" if test == found.plan.modality and hours is not None else test


def in_short(found: Imaged) -> list[Part]:
    """Sensitivity and specificity of each modality, and what tells them apart."""
    overall = found.overall
    if overall.found is None:
        return ["not known, because of no case the truth is known."]
    parts: list[Part] = []
    for test in overall.found.tests:
        shares = [shared(found, overall, test, name) for name in ("sensitivity", "specificity")]
        parts += [
            f"{'; ' if parts else ''}{told(found, test.test)}: sensitivity ",
            shares[0],
            ", specificity ",
            shares[1],
        ]
    for one in overall.found.comparisons:
        for name, pair in (("sensitivity", one.sensitivity), ("specificity", one.specificity)):
            if pair.n:
                parts += [f"; difference in {name}, p ", _p(found, one, name, pair)]
    return [*parts, "."]


def _side_of_specificity(found: Imaged) -> list[Part]:
    """Who says something on specificity, and on which side mixed specimens count."""
    assert found.overall.found is not None
    without = {one.case.name for cell in ("fp", "tn") for one in found.overall.cells[found.plan.modality][cell].cases}
    new = [one for one in found.overall.cases if one.case.presentation == "newly diagnosed"]
    parts: list[Part] = []
    if new:
        parts.append(
            f"The {len(new)} cases that are {found.plan.newly_diagnosed} say nothing on specificity: it is of the "
            f"{len(without)} without tumour among those with {found.plan.suspected_recurrence}. "
        )
    mixed = found.overall.found.mixed
    if mixed:
        parts.append(f"{len(mixed)} mixed cases count {found.mixed.told}; the other side stands below.")
    else:
        parts.append("No case is mixed.")
    return parts


def _of_no_presentation(found: Imaged) -> list[Block]:
    """Patients of whom nobody knows whether they say something on specificity."""
    if not found.of_no_presentation:
        return []
    words = f"'{found.plan.newly_diagnosed}' nor '{found.plan.suspected_recurrence}'"
    told_each = shortened(found.of_no_presentation, told=lambda one: f"{one.id}: {one.presentation_told or 'not told'}")
    text = f"The {found.plan.presentation} of these is neither {words}; without tumour they count for specificity:"
    return [said(text, tone="caution"), listed(*told_each)]


def _without_scan(found: Imaged) -> list[Block]:
    """Who is counted although the record holds no scan that could have been read."""
    lost = found.counted_without_scan
    if not lost:
        return []
    at = f" at {found.plan.primary_h:g} h" if found.plan.primary_h is not None else ""
    text = f"These are read and counted without an injection or a {found.plan.modality} scan{at} on record:"
    return [said(text, tone="caution"), listed(*shortened(lost, told=lambda one: f"{one[0]}: {one[1]}"))]


def _id(group: InGroup, name: str, test: str) -> str:
    return f"{name}-{slug(test)}-{group.key}"


def cell(found: Imaged, group: InGroup, test: str, place: int) -> Number:
    """How many cases of a group lie in one cell of a modality's table of two by two."""
    key, title, meaning = CELLS[place]
    counted = group.cells[test][key]
    return number(
        _id(group, key, test),
        counted.n,
        label=f"{title.capitalize()}, {told(found, test)}, {group.name}",
        definition=meaning,
        population=_of_whom(group),
        because=shortened(counted.cases, told=lambda one: f"{one.case.name}: {one.because[0]}") or ("nobody",),
        rows=counted.rows,
    )


def _of_whom(group: InGroup) -> str:
    n = group.found.cases if group.found is not None else 0
    return f"cases whose truth is known, {group.name} (n={n})"


def _two_by_two(found: Imaged) -> Table:
    rows: list[tuple[Part, ...]] = []
    overall = found.overall
    assert overall.found is not None
    for test in overall.found.tests:
        name, own = told(found, test.test), [cell(found, overall, test.test, place) for place in range(4)]
        rows += [(name, "positive", own[0], own[2]), (name, "negative", own[1], own[3])]
        for answer, cases in (("not readable", test.not_readable), ("no reading that counts", test.missing)):
            if cases:
                rows.append((name, answer, *_aside(found, overall, test.test, answer, cases)))
    return table(
        "two-by-two",
        "Each modality against the truth",
        ("Modality", "Says", *map(of_numbers, ("Tumour", "No tumour"))),
        rows,
    )


def _aside(found: Imaged, group: InGroup, test: str, answer: str, names: Sequence[str]) -> tuple[Number, Number]:
    """Cases on either side that stand outside the counts, by name."""
    sides = [found.side(one) for one in group.cases if one.case.name in names]
    cases = [one for one in group.cases if one.case.name in names]

    def of(side: str) -> Number:
        own = [one for one, where in zip(cases, sides, strict=True) if where == side]
        return number(
            _id(group, f"{slug(answer)}-{slug(side)}", test),
            len(own),
            label=f"{answer.capitalize()}, {side}, {told(found, test)}, {group.name}",
            definition=f"cases with {side} of which {told(found, test)} has {answer}; in none of its four cells",
            population=_of_whom(group),
            because=_each(own),
            rows=(row for one in own for row in one.rows_of(test)),
        )

    return of("tumour"), of("no tumour")


def _each(cases: Sequence[JoinedCase]) -> tuple[str, ...]:
    return shortened(cases, told=lambda one: f"{one.case.name}: {'; '.join(one.because)}") or ("nobody",)


def shared(found: Imaged, group: InGroup, test: AccuracyOfTest, name: str, turned: str = "") -> Part:
    """A share of a modality in a group with its exact limits; what cannot be told is said so."""
    own: Share = getattr(test, name)
    cells = [group.cells[test.test][key] for key in SIDES[name]]
    return _share(
        _id(group, name, test.test) + turned,
        own,
        label=f"{_title(name)}, {told(found, test.test)}, {group.name}",
        definition=MEANS[name],
        population=_of_whom(group),
        cases=[one for each in cells for one in each.cases],
        rows=[row for each in cells for row in each.rows],
    )


def _title(name: str) -> str:
    return {"ppv": "Positive predictive value", "npv": "Negative predictive value"}.get(name, name.capitalize())


def _share(
    id: str,
    share: Share,
    *,
    label: str,
    definition: str,
    population: str,
    cases: Sequence[JoinedCase],
    rows: Iterable[int],
) -> Part:
    if share.estimate is None:
        return NOBODY
    limits = (
        f" ({percent(share.lower)} to {percent(share.upper)})"
        if share.lower is not None and share.upper is not None
        else ""
    )
    method = f"; 95 % limits by {share.method}" if share.method else ""
    because = shortened(cases, told=lambda one: f"{one.case.name}: {one.because[0]}")
    return number(
        id,
        share.estimate,
        f"{share.x}/{share.n} = {percent(share.estimate)}{limits}",
        label=label,
        definition=definition + method,
        population=population,
        because=(*because, share.because) if share.because else because,
        rows=rows,
    )


def _wilson(found: Imaged, group: InGroup, test: AccuracyOfTest, name: str) -> Part:
    """The same share with Wilson's limits."""
    own: Share = getattr(test, name)
    if own.wilson is None or own.estimate is None:
        return NOBODY
    cells = [group.cells[test.test][key] for key in SIDES[name]]
    return number(
        _id(group, f"{name}-wilson", test.test),
        own.estimate,
        f"{percent(own.wilson.lower)} to {percent(own.wilson.upper)}",
        label=f"{_title(name)}, {told(found, test.test)}, {group.name}, Wilson's limits",
        definition=f"{MEANS[name]}; 95 % limits by {own.wilson.method}",
        population=_of_whom(group),
        because=(f"{own.x} of {own.n}",),
        rows=(row for each in cells for row in each.rows),
    )


def _shares(found: Imaged) -> Table:
    """Shares of all cases; with unreadable ones counted as wrong; with mixed ones on the other side."""
    overall = found.overall
    rows: list[tuple[Part, ...]] = []
    assert overall.found is not None
    for test in overall.found.tests:
        exact = [shared(found, overall, test, name) for name in SIDES]
        score = [_wilson(found, overall, test, name) for name in ("sensitivity", "specificity")]
        rows.append((told(found, test.test), exact[0], score[0], exact[1], score[1], exact[2], exact[3]))
    for test in overall.found.tests:
        rows.append((f"{told(found, test.test)}, intention to diagnose", *_intended(found, overall, test)))
    for test in overall.found.otherwise:
        own = [_turned(found, overall, test, name) for name in ("sensitivity", "specificity")]
        rows.append((f"{told(found, test.test)}, mixed on the other side", own[0], "", own[1], "", "", ""))
    return table(
        "accuracy",
        "Accuracy with exact (Clopper-Pearson) and Wilson 95 % limits"
        if not overall.found.clustered
        else "Accuracy of lesions, with 95 % limits at the effective number of lesions",
        (
            "Modality",
            "Sensitivity, exact",
            "Sensitivity, Wilson",
            "Specificity, exact",
            "Specificity, Wilson",
            "Positive predictive value",
            "Negative predictive value",
        ),
        rows,
        "Intention to diagnose: a reading that could not be made counts as wrong on either side. Predictive values "
        "hold where as many have tumour as here.",
        population=_of_whom(overall),
    )


def _intended(found: Imaged, group: InGroup, test: AccuracyOfTest) -> tuple[Part, ...]:
    itd, parts = test.intention_to_diagnose, []
    for name, share in (("sensitivity", itd.sensitivity), ("specificity", itd.specificity)):
        side = "tumour" if name == "sensitivity" else "no tumour"
        cases = [one for one in group.cases if found.side(one) == side and test.test in one.case.readings]
        parts.append(
            _share(
                _id(group, f"{name}-intended", test.test),
                share,
                label=f"{_title(name)}, {told(found, test.test)}, {group.name}, intention to diagnose",
                definition=f"{MEANS[name].split(',')[0]}, of all with {side} that were read; not readable is wrong",
                population=_of_whom(group),
                cases=cases,
                rows=[row for one in cases for row in one.rows_of(test.test)],
            )
        )
    return parts[0], "", parts[1], "", "", ""


def _turned(found: Imaged, group: InGroup, test: AccuracyOfTest, name: str) -> Part:
    """A share with every mixed case on the other side."""
    own: Share = getattr(test, name)
    side = "tumour" if name == "sensitivity" else "no tumour"
    cases = [
        one
        for one in group.cases
        if found.side(one, turned=True) == side and one.case.readings.get(test.test) in ("positive", "negative")
    ]
    return _share(
        _id(group, f"{name}-turned", test.test),
        own,
        label=f"{_title(name)}, {told(found, test.test)}, {group.name}, mixed on the other side",
        definition=f"{MEANS[name]}; mixed cases count {found.mixed.other.told}",
        population=_of_whom(group),
        cases=cases,
        rows=[row for one in cases for row in one.rows_of(test.test)],
    )


OF_RATIOS = (
    "Limits of a likelihood ratio are those of its logarithm; of Youden's index the sums of those of its two shares, "
    "wider than they need be."
)


def _ratios(found: Imaged) -> Table:
    overall = found.overall
    assert overall.found is not None
    names = (
        ("lr_positive", "Likelihood ratio of a positive reading"),
        ("lr_negative", "Likelihood ratio of a negative reading"),
        ("youden", "Youden's index"),
    )
    rows = (
        (told(found, test.test), *(_measure(found, overall, test, name, title) for name, title in names))
        for test in overall.found.tests
    )
    clustered = any(test.sensitivity.clustered for test in overall.found.tests)
    return table(
        "likelihood-ratios",
        "Likelihood ratios and Youden's index, 95 % limits",
        ("Modality", *(title for _, title in names)),
        rows,
        *(() if clustered else (OF_RATIOS,)),
    )


def _measure(found: Imaged, group: InGroup, test: AccuracyOfTest, name: str, title: str) -> Part:
    own: Measure = getattr(test, name)
    if own.estimate is None:
        return f"{NOBODY}: {own.because}" if own.because else NOBODY
    limits = (
        f" ({three_figures(own.lower)} to {three_figures(own.upper)})"
        if own.lower is not None and own.upper is not None
        else ""
    )
    counts = test.counts
    return number(
        _id(group, slug(name), test.test),
        own.estimate,
        f"{three_figures(own.estimate)}{limits}",
        label=f"{title}, {told(found, test.test)}, {group.name}",
        definition={
            "lr_positive": "sensitivity / (1 - specificity)",
            "lr_negative": "(1 - sensitivity) / specificity",
            "youden": "sensitivity + specificity - 1",
        }[name],
        population=_of_whom(group),
        because=(f"{counts.tp} true and {counts.fp} false positive, {counts.tn} true and {counts.fn} false negative",),
        rows=(row for each in group.cells[test.test].values() for row in each.rows),
    )


def _compared(found: Imaged, one: Comparison) -> Table:
    """Two modalities on the same cases."""
    rows = []
    for name, pair in (("sensitivity", one.sensitivity), ("specificity", one.specificity)):
        rows.append((name.capitalize(), *_pairs(found, one, name, pair), *_difference(found, one, name, pair)))
    first, second = told(found, one.first), told(found, one.second)
    return table(
        "compared",
        f"{first} against {second} in the same cases",
        (
            "",
            *map(of_numbers, ("Cases", "Both right", f"{one.first} alone", f"{one.second} alone", "Neither")),
            f"Difference, {one.first} less {one.second}",
            *map(of_numbers, ("p, exact", "p, mid-p")),
        ),
        rows,
        "McNemar's test of the discordant cases, two-sided: exact, and by mid-p; limits of the difference by Tango's "
        "score."
        if not (one.sensitivity.clustered or one.specificity.clustered)
        else "Cases lie in subjects: p by Obuchowski's test, limits of clusters.",
    )


def _pairs(found: Imaged, one: Comparison, name: str, pair: PairedShares) -> tuple[Part, ...]:
    """How many cases both could be read on, and on how many each was right."""
    counts = (
        ("cases", pair.n, "cases of that side that both could be read on"),
        ("both", pair.both, "both right"),
        ("first", pair.only_first, f"{one.first} right and {one.second} wrong"),
        ("second", pair.only_second, f"{one.second} right and {one.first} wrong"),
        ("neither", pair.neither, "both wrong"),
    )
    return tuple(_paired(found, one, f"{name}-{key}", pair, n, str(n), meaning) for key, n, meaning in counts)


def _difference(found: Imaged, one: Comparison, name: str, pair: PairedShares) -> tuple[Part, ...]:
    if pair.difference is None:
        return pair.because or NOBODY, "", ""
    limits = (
        f" ({_points(pair.lower)} to {_points(pair.upper)})"
        if pair.lower is not None and pair.upper is not None
        else ""
    )
    difference = _paired(
        found, one, f"{name}-difference", pair, pair.difference, f"{_points(pair.difference)}{limits}",
        f"share right by {one.first} less that by {one.second}; 95 % limits: {pair.method}",
    )  # fmt: skip
    mid: Part = ""
    if pair.mcnemar is not None and pair.clustered is None:
        mid = _paired(
            found, one, f"{name}-mid-p", pair, pair.mcnemar.mid_p, _three(pair.mcnemar.mid_p),
            "McNemar's test by mid-p, two-sided",
        )  # fmt: skip
    return difference, _p(found, one, name, pair), mid


def _points(share: float) -> str:
    """A difference of shares in percentage points."""
    return f"{100 * share:+.1f} points"


def _three(p: float) -> str:
    """A p value of three significant figures: those of few discordant cases are exact ones, as 0.125."""
    return "<0.001" if p < 0.001 else f"{p:#.3g}"


def _p(found: Imaged, one: Comparison, name: str, pair: PairedShares) -> Part:
    if pair.p_value is None:
        return NOBODY
    return _paired(found, one, f"{name}-p", pair, pair.p_value, _three(pair.p_value), f"{pair.test}, two-sided")


def _paired(
    found: Imaged, one: Comparison, key: str, pair: PairedShares, value: float, text: str, definition: str
) -> Number:
    """A number of two modalities on the cases that both could be read on."""
    name, _, what = key.partition("-")
    side = "tumour" if name == "sensitivity" else "no tumour"
    cases = [
        case
        for case in found.overall.cases
        if found.side(case) == side
        and all(case.case.readings.get(test) in ("positive", "negative") for test in (one.first, one.second))
    ]
    told_each = [case for case in cases if case.case.readings[one.first] != case.case.readings[one.second]]
    says = shortened(
        told_each,
        told=lambda case: (
            f"{case.case.name}: {one.first} {case.case.readings[one.first]}, "
            f"{one.second} {case.case.readings[one.second]}"
        ),
    )
    return number(
        f"compared-{key}-{slug(one.first)}-{slug(one.second)}",
        value,
        text,
        label=f"{name.capitalize()}, {told(found, one.first)} against {told(found, one.second)}: {what}",
        definition=definition,
        population=f"cases with {side} that both could be read on (n={pair.n})",
        because=(f"{pair.only_first} right by {one.first} alone, {pair.only_second} by {one.second} alone", *says),
        rows=(row for case in cases for test in (one.first, one.second) for row in case.rows_of(test)),
    )


def groups_of(found: Imaged) -> list[InGroup]:
    """The groups of patients that are shown apart."""
    more = [found.within_interval] if found.within_interval is not None else []
    patients = [found.per_patient] if found.by_lesion else []
    return [*found.by_presentation, *found.by_dose, *found.by_reference, *more, *patients]


def _groups(found: Imaged) -> Table:
    rows: list[tuple[Part, ...]] = []
    for group in groups_of(found):
        for test in found.tests:
            rows.append(_of_group(found, group, test))
    return table(
        "accuracy-by-group",
        "Accuracy by presentation and activity",
        ("Group", "Modality", *map(of_numbers, ("TP", "FN", "FP", "TN")), "Sensitivity (95 %)", "Specificity (95 %)"),
        rows,
        "Exact limits. Groups are described, not tested against one another.",
    )


def _of_group(found: Imaged, group: InGroup, test: str) -> tuple[Part, ...]:
    own = next((one for one in group.found.tests if one.test == test), None) if group.found is not None else None
    counts = [cell(found, group, test, place) for place in range(4)]
    shares = [shared(found, group, own, name) if own else NOBODY for name in ("sensitivity", "specificity")]
    return (group.name, told(found, test), *counts, *shares)


def _not_counted(found: Imaged) -> list[Block]:
    """Cases that count nowhere, by name: their truth is not known, or they say nothing on specificity."""
    overall = found.overall
    left = (
        [(one.case, one.because) for one in overall.found.not_counted]
        if overall.found is not None
        else [(one.case.name, "the truth is not known") for one in overall.cases]
    )
    if not left:
        return [said("Every case counts.")]
    because = {one.case.name: one.because[0] for one in overall.cases}
    rows = {one.case.name: one.rows_of() for one in overall.cases}
    count = number(
        "not-counted",
        len(left),
        label="Cases that count nowhere",
        definition=(
            "cases whose truth is not known or whose specimen was non-diagnostic, and those newly diagnosed without "
            "tumour"
        ),
        population=f"all cases (n={len(overall.cases)})",
        because=shortened(left, told=lambda one: f"{one[0]}: {one[1]}; {because.get(one[0], '')}"),
        rows=(row for name, _ in left for row in rows.get(name, ())),
    )
    return [
        said("Cases that count nowhere: ", count, ".", tone="caution"),
        listed(*shortened(left, told=lambda one: f"{one[0]}: {one[1]}; {because.get(one[0], '')}")),
    ]
