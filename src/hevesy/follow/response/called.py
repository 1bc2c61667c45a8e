"""Responses as called at visits by investigators or reviewers.

Kept as called, confirmed by rule, best response by assessor.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hevesy.errors import RuleError
from hevesy.study.called import Called
from hevesy.study.dates import When, earliest, latest
from hevesy.study.protocol import Confirming
from hevesy.study.protocol.criteria import CRITERIA, SILENT, Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class BestResponse:
    """The best response of one series: as written at its first visit, and how many visits said something."""

    subject: str
    evaluator: str
    assessor: str
    method: str
    best: str
    on: When | None
    because: str
    evaluable: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A visit with what is confirmed by it."""

    visit: Called
    response: str
    because: str
    counts: bool
    """Up to the first confirmed progression, and not after new therapy began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MyelomaOutcome:
    """Best confirmed response and when each kind of response was first shown; None: not shown.

    `best` None: no visit counts.
    """

    subject: str
    visits: tuple[Confirmed, ...]
    best: str | None
    best_on: When | None
    response_on: When | None
    vgpr_on: When | None
    complete_on: When | None
    benefit_on: When | None
    progression_on: When | None


MOST_SILENT = 1


APART_D = 28
"""Days from which two answers under one name of a visit are two visits."""


def same_visit(first: str, first_on: When | None, second: str, second_on: When | None) -> bool:
    """Whether two answers are of one visit.

    Of one day, or under one name and not known to lie four weeks or more apart.

    >>> same_visit("UNSCHEDULED", date(2013, 6, 22), "UNSCHEDULED", date(2013, 9, 22))
    False
    >>> same_visit("W6", None, "W6", date(2013, 9, 22))
    True
    """
    if isinstance(first_on, date) and isinstance(second_on, date):
        return first_on == second_on or (bool(first) and first == second and abs((second_on - first_on).days) < APART_D)
    return bool(first) and first == second


def says_something(word: str) -> bool:
    """Whether a delivered word is an answer, known or not; NE, NOT DONE and nothing are none."""
    return bool(word.strip()) and word.strip().upper() not in SILENT


def by_series(called: Sequence[Called]) -> dict[tuple[str, str, str, str], tuple[Called, ...]]:
    """Responses of each subject by who read and how, in order of day: investigator and central review side by side.

    Two answers of one reader at one visit or on one day are refused.
    """
    by_reader: dict[tuple[str, str, str, str], list[Called]] = {}
    for one in called:
        by_reader.setdefault((one.subject, *one.series), []).append(one)
    ordered = {}
    for key, own in by_reader.items():
        for earlier, later in itertools.combinations([one for one in own if says_something(one.response)], 2):
            if same_visit(earlier.visit, earlier.on, later.visit, later.on):
                where = later.visit if earlier.visit == later.visit else later.on
                raise RuleError(
                    f"{later.subject} has two responses of one reader at {where} (rows {earlier.row} and {later.row})"
                )
        ordered[key] = in_order_of_day(own)
    return ordered


def in_order_of_day(own: Sequence[Called]) -> tuple[Called, ...]:
    """Responses of one reading in order of day, of a month that of its first.

    Where no day is known at all, in order of visit.

    A response without its day among others that have one cannot be placed and is refused; a visit that says nothing
    comes last.
    """
    undated = [one for one in own if one.on is None]
    if len(undated) == len(own):
        return tuple(sorted(own, key=lambda one: (one.visit_number, one.row)))
    for one in undated:
        if says_something(one.response):
            raise RuleError(
                f"{one.subject}: {one.response} at {one.visit} has no day, others have: it cannot be placed (row "
                f"{one.row})"
            )
    return tuple(
        sorted(
            own, key=lambda one: (one.on is None, one.on is not None and earliest(one.on), one.visit_number, one.row)
        )
    )


def best_response(
    own: Sequence[Called],
    criteria: Criteria,
    *,
    confirmed_after_d: int | None = None,
    stable_from: date | None = None,
    stable_after_d: int = 0,
    confirming: Confirming = "as-good",
) -> BestResponse:
    """The best response of one series up to its first progression.

    With `confirmed_after_d` a response counts if a later one, so many days after it or more, is as good (RECIST 1.1: 28
    days, in trials without control), and nothing worse nor more than one visit without an answer lies between
    (`confirming`); with `stable_from` stable disease counts from so many days after that day.
    """
    said: list[tuple[int | None, Called]] = []
    for one in own:
        place = criteria.standing(one.response)
        said.append((place, one))
        if place == len(criteria.best_first) - 1:
            break
    first = own[0]
    best: tuple[int, Called] | None = None
    notes: list[tuple[int, str]] = []
    for number, (place, one) in enumerate(said):
        if place is None:
            continue
        standing = place
        if confirmed_after_d is not None:
            standing = _confirmed(place, one, said[number + 1 :], criteria.stable, confirmed_after_d, confirming)
        if standing == criteria.stable and stable_from is not None and not _since(one, stable_from, stable_after_d):
            since = stable_from + timedelta(days=stable_after_d)
            notes.append((standing, f"{one.response} at {one.visit} is earlier than {since}, from when it counts"))
            continue
        if standing != place:
            notes.append((place, f"{one.response} at {one.visit} not confirmed {confirmed_after_d} days later or more"))
        if best is None or standing < best[0]:
            best = (standing, one)
    evaluable = [(place, one) for place, one in said if place is not None]
    if best is None:
        because = "; ".join(why for _, why in notes) or "no visit with an evaluable response"
        return _best(first, "NE", None, because, len(evaluable), tuple(one.row for one in own))
    standing, one = best
    word = one.response if criteria.standing(one.response) == standing else criteria.best_first[standing][0]
    until = ", up to progression" if evaluable[-1][0] == len(criteria.best_first) - 1 else ""
    better = [why for place, why in notes if place < standing]
    because = "; ".join([f"{one.response} at {one.visit}{until}", *better])
    return _best(one, word, one.on, because, len(evaluable), tuple(other.row for _, other in evaluable))


def _confirmed(
    place: int, one: Called, later: Sequence[tuple[int | None, Called]], stable: int, days: int, confirming: Confirming
) -> int:
    """The best standing that later visits bear out for a response.

    Stable disease where none does, and what needs none as it is.
    """
    for wanted in range(place, stable):
        silent = 0
        for standing, other in later:
            if standing is None:
                silent += 1
            elif standing <= wanted and _apart(one, other, days):
                return wanted
            elif standing > wanted and confirming == "as-good":
                break
            if silent > MOST_SILENT and confirming == "as-good":
                break
    return max(place, stable)


def _best(one: Called, best: str, on: When | None, because: str, evaluable: int, rows: tuple[int, ...]) -> BestResponse:
    return BestResponse(
        subject=one.subject,
        evaluator=one.evaluator,
        assessor=one.assessor,
        method=one.method,
        best=best,
        on=on,
        because=because,
        evaluable=evaluable,
        rows=rows,
    )


def _apart(first: Called, second: Called, days: int) -> bool:
    """Whether two visits surely lie so many days apart."""
    return first.on is not None and second.on is not None and (earliest(second.on) - latest(first.on)).days >= days


def _since(one: Called, start: date, days: int) -> bool:
    return one.on is not None and (earliest(one.on) - start).days >= days


def myeloma_outcome(own: Sequence[Called], started_on: date | None = None, benefit_after_d: int = 42) -> MyelomaOutcome:
    """Confirm myeloma responses called at visits, and what follows from them.

    A response is as good as the worse of it and of the next evaluable one; without a next one it is stable disease;
    what was once confirmed stays. Progression is confirmed by the next evaluable visit, by imaging or by death from it,
    otherwise not evaluable. Benefit: a response of PR or better, or MR or SD from so many days after the start; where
    that is not known, a response only.

    Source: rules as in admiralonco 1.x (IMWG), after Kumar et al., Lancet Oncol 2016;17:e328.
    """
    criteria = CRITERIA["imwg"]
    confirmed = _each_confirmed(own, criteria)
    counted = [one for one in confirmed if one.counts]
    names = [group[0] for group in criteria.best_first]

    def first(*responses: str) -> When | None:
        return next((one.visit.on for one in counted if one.response in responses), None)

    def benefits(one: Confirmed) -> bool:
        if one.response in names[: criteria.responses]:
            return True
        known = started_on is not None and _since(one.visit, started_on, benefit_after_d)
        return known and one.response in ("MR", "SD")

    best = min((one.response for one in counted), key=(*names, "NE").index, default=None)
    return MyelomaOutcome(
        subject=own[0].subject,
        visits=tuple(confirmed),
        best=best,
        best_on=first(best) if best else None,
        response_on=first(*names[:PARTIAL]),
        vgpr_on=first(*names[:VERY_GOOD]),
        complete_on=first(*names[:COMPLETE]),
        benefit_on=next((one.visit.on for one in counted if benefits(one)), None),
        progression_on=first("PD"),
    )


COMPLETE, VERY_GOOD, PARTIAL = 2, 3, 4
"""How many of the responses of IMWG, best first, are complete, very good partial or better, and partial or better."""


def _each_confirmed(own: Sequence[Called], criteria: Criteria) -> list[Confirmed]:
    """What is confirmed by each visit: progression by itself, a response by the best that was so far."""
    progression = len(criteria.best_first) - 1
    places = [criteria.standing(one.response) for one in own]
    confirmed: list[Confirmed] = []
    carried: int | None = None
    ended = False
    for number, (one, place) in enumerate(zip(own, places, strict=True)):
        if place == progression:
            before = next((other for other in reversed(places[:number]) if other is not None), None)
            after = next((other for other in places[number + 1 :] if other is not None), None)
            response, because = _progression(one, before == progression, after == progression)
        else:
            # a response is borne out only by a visit that counts
            later = [other for other in own[number + 1 :] if not _after_new_therapy(other)]
            carried = _carried(carried, place, [criteria.standing(other.response) for other in later], progression - 1)
            response = "NE" if carried is None else criteria.best_first[carried][0]
            because = _told(one, place, response, later, criteria)
        counts = not ended and not _after_new_therapy(one)
        confirmed.append(Confirmed(visit=one, response=response, because=because, counts=counts))
        ended = ended or response == "PD"
    return confirmed


def _progression(one: Called, before: bool, after: bool) -> tuple[str, str]:
    """Progression confirmed by imaging, by death from it, or by the evaluable visit after or before it."""
    signs = (
        (one.progression_by_imaging, "imaging"),
        (one.died_of_progression, "death from it"),
        (after, "the next visit"),
        (before, "the visit before"),
    )
    how = next((words for holds, words in signs if holds), None)
    return ("NE", "progression not confirmed") if how is None else ("PD", f"progression confirmed by {how}")


def _carried(carried: int | None, place: int | None, later: Sequence[int | None], stable: int) -> int | None:
    """The best standing confirmed so far, a visit of this place and those after it counted; None: nothing yet."""
    if place is None:
        return carried
    after = next((other for other in later if other is not None), None)
    level = stable if after is None else min(max(place, after), stable)
    return level if carried is None else min(carried, level)


def _after_new_therapy(one: Called) -> bool:
    """Whether new therapy began, or in a month or year may have begun, before a visit."""
    return one.new_therapy_on is not None and one.on is not None and latest(one.on) > one.new_therapy_on


def _told(one: Called, place: int | None, response: str, later: Sequence[Called], criteria: Criteria) -> str:
    if place is None:
        return f"not evaluable; {response} was confirmed before" if response != "NE" else "not evaluable"
    as_called = criteria.best_first[place][0] == response
    nxt = next((other for other in later if criteria.standing(other.response) is not None), None)
    if nxt is None:
        return f"{one.response}, with no later evaluable visit" + ("" if as_called else f"; {response} stands")
    return f"{one.response}, then {nxt.response} at {nxt.visit}" + ("" if as_called else f"; {response} is confirmed")
