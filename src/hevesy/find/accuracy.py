"""A test against the truth: sensitivity and specificity, two tests compared, of patients or of lesions in patients.

A case counts once: with its truth on one side and each test's reading. What does not count is named with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.find.cases import Case, Counted, MixedRule, NotCounted, Reading, Side, by_subject, counted
from hevesy.stats.clustered import Alarms, ClusteredPairs, ClusteredShare, clustered_pairs, clustered_ratios
from hevesy.stats.clustered import clustered_share as share_of_clusters
from hevesy.stats.diagnostic import NO_TUMOUR, TUMOUR, Corrected, Counts, Measure, begg_greenes, measures
from hevesy.stats.marginal import MarginalPair, MarginalShare, marginal_pair, marginal_share
from hevesy.stats.paired import McNemar, mcnemar, tango
from hevesy.stats.proportion import Interval, clopper_pearson, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """X of n, with limits by the method named: exact, or for lesions in patients exact at their effective number.

    `exact` and `wilson` are of the same kind. What cannot be told is None, and `because` says why.
    """

    x: int
    n: int
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    method: str = ""
    exact: Interval | None = None
    wilson: Interval | None = None
    clustered: ClusteredShare | None = None
    marginal: MarginalShare | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentionToDiagnose:
    """Counts in which a reading that could not be made is wrong on either side: missed, or a false alarm."""

    counts: Counts
    sensitivity: Share
    specificity: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyOfTest:
    """One test against the truth; `not_readable` and `missing` are the names of cases outside the counts.

    `corrected`, where some that were read have no known truth: what is to be expected of all who were read (Begg and
    Greenes), if whether the truth was looked for hangs on nothing but the reading. None too where cases are clustered.
    """

    test: str
    counts: Counts
    sensitivity: Share
    specificity: Share
    ppv: Share
    npv: Share
    lr_positive: Measure
    lr_negative: Measure
    youden: Measure
    not_readable: tuple[str, ...]
    missing: tuple[str, ...]
    intention_to_diagnose: IntentionToDiagnose
    corrected: Corrected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedShares:
    """Two tests on the cases of one side that both could be read on; a difference is the first's less the second's.

    `p_value` is that of `test`: McNemar's exact one, or Obuchowski's where cases lie in patients.
    """

    n: int
    both: int
    only_first: int
    only_second: int
    neither: int
    difference: float | None = None
    lower: float | None = None
    upper: float | None = None
    method: str = ""
    p_value: float | None = None
    test: str = ""
    mcnemar: McNemar | None = None
    clustered: ClusteredPairs | None = None
    marginal: MarginalPair | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two tests compared, right among those with tumour and right among those without."""

    first: str
    second: str
    sensitivity: PairedShares
    specificity: PairedShares


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Tests against the truth over cases; `otherwise` are the tests with every mixed case on the other side.

    `by_subject`, where subjects have several cases, are the tests with one case of each: tumour or positive if any is.
    """

    cases: int
    subjects: int
    clustered: bool
    tests: tuple[AccuracyOfTest, ...]
    comparisons: tuple[Comparison, ...]
    not_counted: tuple[NotCounted, ...]
    mixed: tuple[str, ...]
    otherwise: tuple[AccuracyOfTest, ...]
    by_subject: tuple[AccuracyOfTest, ...]
    because: tuple[str, ...]


def accuracy(
    cases: Iterable[Case], tests: Sequence[str], *, mixed: MixedRule | None = None, level: float = 0.95
) -> Accuracy:
    """Each test against the truth, and every two of them compared.

    Where a subject has more than one case that counts, the subjects are the sample and limits and tests are made of
    clusters. Cases that are newly diagnosed count for sensitivity alone.

    >>> seen = [("A", "recurrence", "positive"), ("B", "recurrence", "negative"), ("C", "no tumour", "negative")]
    >>> cases = [Case(subject=who, truth=truth, readings={"pet": says}) for who, truth, says in seen]
    >>> accuracy(cases, ["pet"]).tests[0].counts
    Counts(tp=1, fn=1, fp=0, tn=1)

    Errors: no case, no test, a test named twice, a case that stands twice; a level outside 0..1.
    """
    every, rule = tuple(cases), mixed or MixedRule()
    _refuse(every, tests, level)
    found, not_counted = counted(every, rule)
    if not found:
        raise CannotAnswerError("no case counts: of none is the truth known")
    clustered = len({case.subject for case, _ in found}) < len(found)
    limits = Limits(clustered=clustered, level=level)
    single = Limits(clustered=False, level=level)
    of_mixed = tuple(case.name for case, _ in found if case.truth == "mixed")
    turned = counted(every, rule.other)[0] if of_mixed else ()
    return Accuracy(
        cases=len(found),
        subjects=len({case.subject for case, _ in found}),
        clustered=clustered,
        tests=tuple(_verified(_of_test(test, found, limits), every, limits) for test in tests),
        comparisons=tuple(_compared(first, second, found, limits) for first, second in combinations(tests, 2)),
        not_counted=not_counted,
        mixed=of_mixed,
        otherwise=tuple(_of_test(test, turned, limits) for test in tests) if of_mixed else (),
        by_subject=tuple(_of_test(test, by_subject(found, tests), single) for test in tests) if clustered else (),
        because=tuple(_because(found, limits, rule, of_mixed, several=len(tests) > 1)),
    )


def _refuse(cases: Sequence[Case], tests: Sequence[str], level: float) -> None:
    if not 0 < level < 1:
        raise RuleError(f"level must lie between 0 and 1, got {level}")
    if not tests:
        raise RuleError("a test is needed, got none")
    if twice := [test for test, times in Counter(tests).items() if times > 1]:
        raise RuleError(f"two tests of the same column are one test: {twice[0]!r} is named twice")
    if not cases:
        raise CannotAnswerError("there is no case")
    seen: dict[tuple[str, str], Case] = {}
    for case in cases:
        before = seen.setdefault((case.subject, case.lesion), case)
        if before is not case:
            places = f" ({before.place} and {case.place})" if case.place else ""
            raise CannotAnswerError(f"a case counts once, but {case.name} stands twice{places}")


def _because(
    cases: Sequence[Counted], limits: Limits, rule: MixedRule, of_mixed: Sequence[str], *, several: bool
) -> Iterable[str]:
    with_tumour = sum(side == "tumour" for _, side in cases)
    if limits.clustered:
        subjects = len({case.subject for case, _ in cases})
        tests = " and tests are made of clusters" if several else ""
        yield (
            f"{len(cases)} cases of {subjects} subjects: the subjects are the sample, limits are exact at the "
            f"effective number of cases{tests}"
        )
    else:
        tests = " and McNemar's exact test" if several else ""
        yield f"{len(cases)} cases, one of each subject: exact limits (Clopper and Pearson){tests}"
    share = f"{with_tumour} of {len(cases)} ({with_tumour / len(cases):.0%})"
    yield f"predictive values hold where so many have tumour as here, {share}"
    new = sum(case.presentation == "newly diagnosed" for case, _ in cases)
    if new:
        yield f"{new} newly diagnosed cases count for sensitivity; they say nothing on specificity"
        yield "predictive values count what is right of them and no false positive: PPV is too high, NPV too low"
    if of_mixed:
        yield f"{len(of_mixed)} mixed cases count {rule.told}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How limits are made: of cases in subjects or of subjects, and their level."""

    clustered: bool
    level: float


def share(units: Sequence[tuple[str, bool]], limits: Limits, why: str) -> Share:
    """The share of cases that have something, each with its subject; `why` is said where there is no case."""
    x, n = sum(has for _, has in units), len(units)
    if n == 0:
        return Share(x=0, n=0, because=f"cannot be told: {why}")
    if not limits.clustered:
        exact = clopper_pearson(x, n, limits.level)
        return Share(
            x=x,
            n=n,
            estimate=x / n,
            lower=exact.lower,
            upper=exact.upper,
            method=exact.method,
            exact=exact,
            wilson=wilson(x, n, limits.level),
        )
    having, of = Counter(subject for subject, has in units if has), Counter(subject for subject, _ in units)
    found = share_of_clusters([having[subject] for subject in of], list(of.values()), limits.level)
    return Share(
        x=x,
        n=n,
        estimate=x / n,
        lower=found.exact.lower if found.exact else None,
        upper=found.exact.upper if found.exact else None,
        method=found.exact.method if found.exact else "",
        exact=found.exact,
        wilson=found.wilson,
        clustered=found,
        marginal=marginal_share([has for _, has in units], [subject for subject, _ in units], level=limits.level),
        because=found.because,
    )


Read = Sequence[tuple[str, Side, Reading]]
"""Of each case its subject, its side and what a test says of it."""
_RIGHT: dict[Side, Reading] = {"tumour": "positive", "no tumour": "negative"}
_NOBODY: dict[Side, str] = {"tumour": TUMOUR, "no tumour": NO_TUMOUR}


def _of_test(test: str, cases: Sequence[Counted], limits: Limits) -> AccuracyOfTest:
    read = [(case.subject, side, case.readings[test]) for case, side in cases if test in case.readings]
    main = [one for one in read if one[2] != "not readable"]
    sensitivity, specificity = (_right(main, side, limits) for side in ("tumour", "no tumour"))
    counts = _counts(sensitivity, specificity)
    lr_positive, lr_negative, youden = _ratios(main, counts, limits)
    intended = [_right(read, side, limits) for side in ("tumour", "no tumour")]
    return AccuracyOfTest(
        test=test,
        counts=counts,
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=_predictive(main, "positive", "tumour", limits),
        npv=_predictive(main, "negative", "no tumour", limits),
        lr_positive=lr_positive,
        lr_negative=lr_negative,
        youden=youden,
        not_readable=tuple(case.name for case, _ in cases if case.readings.get(test) == "not readable"),
        missing=tuple(case.name for case, _ in cases if test not in case.readings),
        intention_to_diagnose=IntentionToDiagnose(
            counts=_counts(*intended), sensitivity=intended[0], specificity=intended[1]
        ),
    )


def _verified(told: AccuracyOfTest, cases: Sequence[Case], limits: Limits) -> AccuracyOfTest:
    """The test with what is expected of all who were read, where of some the truth is not known."""
    unknown = Counter(
        case.readings.get(told.test) for case in cases if case.truth is None and case.presentation != "newly diagnosed"
    )
    positive, negative = unknown["positive"], unknown["negative"]
    if limits.clustered or not positive + negative:
        return told
    return replace(told, corrected=begg_greenes(told.counts, positive, negative, limits.level))


def _right(read: Read, side: Side, limits: Limits) -> Share:
    """How many of a side the test is right about."""
    return share([(subject, says == _RIGHT[side]) for subject, own, says in read if own == side], limits, _NOBODY[side])


def _counts(sensitivity: Share, specificity: Share) -> Counts:
    return Counts(
        tp=sensitivity.x,
        fn=sensitivity.n - sensitivity.x,
        fp=specificity.n - specificity.x,
        tn=specificity.x,
    )


def _predictive(read: Read, answer: Reading, side: Side, limits: Limits) -> Share:
    """How many of those with an answer are on a side."""
    own = [(subject, truth == side) for subject, truth, says in read if says == answer]
    return share(own, limits, f"no reading is {answer}")


def _ratios(read: Read, counts: Counts, limits: Limits) -> tuple[Measure, Measure, Measure]:
    """Likelihood ratios of a positive and of a negative reading, and Youden's index."""
    if not limits.clustered:
        plain = measures(counts, limits.level, "exact")
        return plain.lr_positive, plain.lr_negative, plain.youden
    subjects = list(dict.fromkeys(subject for subject, _, _ in read))
    of = Counter((side, subject) for subject, side, _ in read)
    positive = Counter((side, subject) for subject, side, says in read if says == "positive")
    with_it, without = (
        Alarms(positive=[positive[side, one] for one in subjects], n=[of[side, one] for one in subjects])
        for side in ("tumour", "no tumour")
    )
    return clustered_ratios(with_it, without, limits.level)


def _compared(first: str, second: str, cases: Sequence[Counted], limits: Limits) -> Comparison:
    sensitivity, specificity = (
        _paired(first, second, [case for case, own in cases if own == side], side, limits)
        for side in ("tumour", "no tumour")
    )
    return Comparison(first=first, second=second, sensitivity=sensitivity, specificity=specificity)


def _paired(first: str, second: str, cases: Sequence[Case], side: Side, limits: Limits) -> PairedShares:
    """Two tests on the cases of one side that both could be read on."""
    told: list[tuple[str, bool, bool]] = []
    for case in cases:
        says = [case.readings.get(test, "not readable") for test in (first, second)]
        if "not readable" not in says:
            told.append((case.subject, says[0] == _RIGHT[side], says[1] == _RIGHT[side]))
    cells = Counter((one, two) for _, one, two in told)
    # of stats.paired a difference is the second's less the first's: there the second test stands first
    b, c, n = cells[False, True], cells[True, False], len(told)
    seen = PairedShares(n=n, both=cells[True, True], only_first=c, only_second=b, neither=cells[False, False])
    if not told:
        return replace(seen, because=f"cannot be told: {_NOBODY[side]} whom both tests could be read on")
    plain = mcnemar(b, c)
    if not limits.clustered:
        score = tango(b, c, n, limits.level)
        return replace(
            seen,
            difference=(c - b) / n,
            lower=score.lower,
            upper=score.upper,
            method=score.method,
            p_value=plain.exact_p,
            test="McNemar, exact",
            mcnemar=plain,
            because=plain.because,
        )
    found = _pairs_of_clusters(told, limits.level)
    return replace(
        seen,
        difference=found.difference,
        lower=found.interval.lower if found.interval else None,
        upper=found.interval.upper if found.interval else None,
        method=found.interval.method if found.interval else "",
        p_value=found.obuchowski.p_value,
        test="Obuchowski",
        mcnemar=plain,
        clustered=found,
        marginal=marginal_pair([one for _, one, _ in told], [two for _, _, two in told], [who for who, _, _ in told]),
        because=found.because,
    )


def _pairs_of_clusters(told: Sequence[tuple[str, bool, bool]], level: float) -> ClusteredPairs:
    subjects = list(dict.fromkeys(subject for subject, _, _ in told))
    by, of = Counter(told), Counter(subject for subject, _, _ in told)
    return clustered_pairs(
        [by[subject, False, True] for subject in subjects],
        [by[subject, True, False] for subject in subjects],
        [of[subject] for subject in subjects],
        level,
    )
