"""Response at visits and the best of them, from a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import TableFile, Text
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import Table
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.tables import DeliveredTable
from hevesy.study.protocol.criteria import found_by

if TYPE_CHECKING:
    from hevesy.follow.response.outcome import Response
    from hevesy.follow.response.series import Series
    from hevesy.study.protocol.criteria import Criteria

COMMAND = "follow response"
FACES = ("csv",)


def best_response(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    criteria: Annotated[str, Text(f"{', '.join(found_by())}.", choices=found_by())],
) -> Answer:
    """Response per visit and best response: from findings, or from responses as called at visits (SDTM RS).

    Responses as called: USUBJID, VISIT, RSSTRESC (or subject, visit, response), RSDTC, RSEVAL, RSEVALID, RSMETHOD,
    PDIFL, DTHPDFL, NACTDT, RANDDT. From findings: subject, date, and the columns of the criteria. RECIST: sum_mm; RANO:
    sum_mm2; these and Lugano: non_target, new_lesion (Y, N), targets_gone, steroids, clinical, flair (better, stable,
    worse), off_steroids, deauville, uptake (less, same, more), new_avid_lesion, others_gone, outside_field, evaluator;
    and rows of lesions: lesion, role (target, non-target, new), longest_mm, shortest_mm, nodal. RANO: radiotherapy_end;
    progression within twelve weeks of it, or of the first visit where it is not given, is undetermined unless
    outside_field says it lies there.
    IWWM: IgM_g_dL (or _g_L), immunofixation, igm_normal, marrow_normal, extramedullary_gone, clinical_progression.
    Myeloma: serum_M_g_dL (or _g_L), urine_M_mg_24h (or _g_24h), iFLC_mg_L and uFLC_mg_L (or _mg_dL), involved_chain
    (kappa, lambda), serum_IFE and urine_IFE (positive, negative), marrow_percent, marrow_clonal, plasmacytoma_cm2 (or
    _mm2), new_lesion. A subject's first visit is the baseline.

    Returns of each subject and reader the best response, confirmed where the criteria ask for it and not, with the
    reason; the category of each visit; from findings also the change from baseline in percent, the first response and
    progression by day.
    Refused are a row without its subject or day, two assessments of one reader on a day, and words of other criteria.
    Source: Durie 2006, Rajkumar 2011, Kumar 2016 (IMWG); Owen 2013 (IWWM); Cheson 2014 (Lugano); Eisenhauer 2009
    (RECIST 1.1); Wen 2010, 2023 (RANO): the tables are named in study/protocol/criteria/shipped.py.

    Example: print(hevesy.best_response("rs.csv", criteria="recist-1.1"))
    """
    from hevesy.files.called import tells_responses
    from hevesy.study.protocol.criteria import criteria_named

    rules = criteria_named(criteria)
    try:
        found, unread = _as_called(table, rules) if tells_responses(table) else _from_findings(table, criteria)
    except RuleError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    return Answer(
        document={"subjects": [one.document for one in found], "criteria": criteria, "because": unread},
        blocks=(_best(found, rules), _visits(found), *map(said, unread)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """A subject by one reader: the best response, and of each visit its day or name, response and reason."""

    subject: str
    reader: str
    best: str | None
    because: Sequence[str]
    visits: Sequence[tuple[str, str, str]]
    document: dict[str, Json]


def _best(found: Sequence[_Course], rules: Criteria) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (one.subject, one.reader, shown(one.best, absent="no visit counts"), "; ".join(one.because)) for one in found
    ]
    return table_of("best", f"Best response by {rules.name}", ("subject", "reader", "best", "because"), rows)


def _visits(found: Sequence[_Course]) -> Table:
    rows = [(one.subject, one.reader, *visit) for one in found for visit in one.visits]
    return table_of("visits", "Response at visits", ("subject", "reader", "visit", "response", "because"), rows)


def _as_called(table: DeliveredTable, rules: Criteria) -> tuple[list[_Course], list[str]]:
    from hevesy.files.called import called_in
    from hevesy.follow.response.series import best_of_each

    return [_of_series(one, rules) for one in best_of_each(called_in(table), rules)], []


def _of_series(one: Series, rules: Criteria) -> _Course:
    first = one.visits[0]
    visits: list[dict[str, Json]] = [
        picked(visit, "visit", "response", "accepted") | {"date": _told(visit.on)} for visit in one.visits
    ]
    for visit, confirmed in zip(visits, one.confirmed, strict=False):
        visit |= picked(confirmed, "because", "counts", confirmed="response")
    reasons = [confirmed.because for confirmed in one.confirmed] or [""] * len(one.visits)
    return _Course(
        subject=first.subject,
        reader=", ".join(filter(None, first.series)),
        best=one.best,
        because=one.because,
        visits=[
            (_told(visit.on) or visit.visit, visit.response, because)
            for visit, because in zip(one.visits, reasons, strict=True)
        ],
        document={
            **picked(first, "subject", "evaluator", "assessor", "method"),
            **picked(one, "best", "best_unconfirmed"),
            "confirmation": rules.confirmation,
            "because": list(one.because),
            "visits": visits,
        },
    )


def _from_findings(table: DeliveredTable, criteria: str) -> tuple[list[_Course], list[str]]:
    """By subject and reader, and which columns nobody reads."""
    from hevesy.files.assessments import RADIOTHERAPY, assessments_in, radiotherapy_ends, unread
    from hevesy.follow.response.judged import judged_by, response_to

    kinds, glioma = judged_by(criteria), criteria.startswith("rano")
    sums = sorted({"sum_mm", "sum_cm", "sum_mm2", "sum_cm2"} & set(table.columns))
    if criteria == "lugano-2014" and sums:
        rule = "Lugano asks for each lesion (lesion, longest_mm, shortest_mm), sums do not say enough"
        raise CannotAnswerError(f"{table.name}, {sums[0]}: {rule}")
    assessed = assessments_in(table, kinds)
    ended = radiotherapy_ends(table) if glioma else {}
    found = []
    for (subject, reader), events in assessed.items():
        try:
            response = response_to(subject, criteria, events, ended.get(subject))
        except RuleError as error:
            raise RuleError(f"{subject}: {error}") from None
        found.append(_of_response(response, reader if len(kinds) > 1 else None))
    return found, unread(table, kinds, *([RADIOTHERAPY] if glioma else []))


def _of_response(found: Response, reader: str | None) -> _Course:
    """`reader` None: the criteria know no readers."""
    visits = sorted((*found.visits, *found.not_evaluable), key=lambda visit: visit.on)
    days = ("response_on", "progression_on", "unconfirmed_progression_on")
    return _Course(
        subject=found.subject,
        reader=reader or "",
        best=found.best,
        because=(found.because,),
        visits=[(str(visit.on), visit.category, visit.because) for visit in visits],
        document={
            **picked(found, "subject", "best", "best_unconfirmed"),
            **{name: _told(getattr(found, name)) for name in days},
            "because": [found.because],
            "confirmation": found.criteria.confirmation,
            "followed": list(found.followed),
            "visits": [
                picked(visit, "change_percent", "because", response="category") | {"date": str(visit.on)}
                for visit in visits
            ],
            **({} if reader is None else {"evaluator": reader}),
        },
    )


def _told(on: object) -> str | None:
    return str(on) if on else None
