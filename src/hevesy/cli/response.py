"""hevesy follow response: categories at visits and the best of them, from a table."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, is_number, read_columns
from hevesy.errors import CannotAnswerError

_CALLED = {
    "test": ("RSTESTCD",),
    "response": ("response", "RSSTRESC", "RSORRES"),
    "subject": ("subject", "USUBJID"),
    "visit": ("visit", "VISIT"),
    "number": ("visit_number", "VISITNUM"),
    "date": ("date", "RSDTC"),
    "evaluator": ("evaluator", "RSEVAL"),
    "assessor": ("assessor", "RSEVALID"),
    "method": ("method", "RSMETHOD"),
    "accepted": ("accepted", "RSACPTFL"),
    "status": ("status", "RSSTAT"),
    "imaging": ("progression_by_imaging", "PDIFL"),
    "died": ("died_of_progression", "DTHPDFL"),
    "new_therapy": ("new_therapy", "NACTDT"),
    "start": ("start", "RANDDT", "TRTSDT"),
}
OVERALL = "OVRLRESP"
"""Test code of SDTM RS whose rows are the response of a visit; others are of targets, non-targets and new lesions."""
RADIOTHERAPY = "radiotherapy_end"
"""Of glioma, in any row of a subject: what grows within twelve weeks of it, and not outside its field, is not told from
its effect."""
_BY_LESIONS = ("recist-1.1", "rano-2010", "rano-2.0", "lugano-2014")


def response(
    file: TableFile,
    criteria: Annotated[
        str, typer.Option("--criteria", help="imwg-2006, -2011, -2016; lugano-2014; iwwm; rano-2010, -2.0; recist-1.1.")
    ],
    as_json: JsonFlag = False,
) -> None:
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
    """
    from hevesy.follow.response.criteria import CRITERIA

    known = tuple(name for name in CRITERIA if name != "imwg")
    if criteria not in known:
        raise typer.BadParameter(f"{criteria!r} is none of {', '.join(known)}", param_hint="--criteria")
    table = read_columns(file, [])
    unused = _unused(table, criteria)
    answers = (
        _as_called(table, file, criteria)
        if any(column in table.columns for column in _CALLED["response"])
        else _from_findings(table, file, criteria)
    )
    show(
        {"subjects": answers, "criteria": criteria, "because": unused},
        as_json,
        lambda: "\n".join([*(line for answer in answers for line in _lines(answer)), *unused]),
    )


def _kinds(criteria: str) -> tuple[str, ...]:
    """Kinds of record that tell of a visit."""
    if criteria in _BY_LESIONS:
        return ("tumour_assessment", "lesion")
    return ("igm_assessment",) if criteria == "iwwm" else ("myeloma_assessment",)


def _unused(table: Any, criteria: str) -> list[str]:
    """Columns that nobody reads, with the name that may be meant."""
    from hevesy.cli.assessments import COLUMNS

    if any(column in table.columns for column in _CALLED["response"]):
        return []
    known = [name for kind in _kinds(criteria) for columns in COLUMNS[kind].values() for name, _ in columns]
    known += [RADIOTHERAPY] if criteria.startswith("rano") else []
    told = []
    for column in table.columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1, cutoff=0.6)
            told.append(f"not read: column {column!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return told


def _lines(answer: dict[str, Any]) -> list[str]:
    """The best response of a series and each of its visits."""
    visits = [
        f"  {visit.get('date') or visit.get('visit')}: {visit['response']}"
        + (f" ({visit['because']})" if visit.get("because") else "")
        for visit in answer["visits"]
    ]
    return [_line(answer), *visits]


def _line(answer: dict[str, Any]) -> str:
    own = [answer[key] for key in ("evaluator", "assessor", "method") if answer.get(key)]
    whose = f" ({', '.join(own)})" if own else ""
    return f"{answer['subject']}{whose}: {answer['best'] or 'no visit counts'} ({'; '.join(answer['because'])})"


def _from_findings(table: Any, file: Path, criteria: str) -> list[dict[str, Any]]:
    """From what was measured and found; the first visit is the baseline."""
    from hevesy.cli.assessments import columns_of, read_events
    from hevesy.follow.response import imwg
    from hevesy.follow.response.assessed import Radiotherapy, from_findings, from_igm
    from hevesy.follow.response.findings import visits_of
    from hevesy.follow.response.imwg_rules import rule_set

    kinds = _kinds(criteria)
    wanted = [name for kind in kinds for name in columns_of(kind)]
    for column in ("subject", "date"):
        if column not in table.columns:
            raise CannotAnswerError(f"{file.name} has no column {column!r}; it has {', '.join(table.columns)}")
    if not set(wanted) & set(table.columns):
        raise CannotAnswerError(
            f"{file.name} has no column of called responses ({', '.join(_CALLED['response'])}) and none of findings "
            f"({', '.join(wanted)})"
        )
    if not table.rows:
        raise CannotAnswerError(f"{file.name} has no rows")
    if criteria == "lugano-2014" and (sums := sorted({"sum_mm", "sum_cm", "sum_mm2", "sum_cm2"} & set(table.columns))):
        rule = "Lugano asks for each lesion (lesion, longest_mm, shortest_mm), sums do not say enough"
        raise CannotAnswerError(f"{file.name}, {sums[0]}: {rule}")
    answers = []
    if criteria not in _BY_LESIONS:
        for (subject, _), events in read_events(table.rows, file, kinds[0]).items():
            _one_a_day(events, file, subject)
            try:
                if criteria == "iwwm":
                    answers.append(_answer(from_igm(subject, events)))
                else:
                    answers.append(_answer(imwg.classify(subject, events[0], events[1:], rule_set(criteria))))
            except ValueError as error:
                raise CannotAnswerError(f"{file.name}: {subject}: {error}") from None
        return answers
    of_lesions = [row for row in table.rows if (row.values.get("lesion") or "").strip()]
    for row in of_lesions:
        for column in columns_of("tumour_assessment"):
            if (row.values.get(column) or "").strip():
                rule = "is told of a visit, in a row of its own without a lesion"
                raise CannotAnswerError(f"{file.name}, line {row.line}, {column}: {rule}, got {row.values[column]!r}")
    ended = _radiotherapy_ends(table, file) if criteria.startswith("rano") else {}
    measured = read_events(of_lesions, file, "lesion")
    found_at = read_events(
        [row for row in table.rows if not (row.values.get("lesion") or "").strip()], file, "tumour_assessment"
    )
    for subject, evaluator in dict.fromkeys((*measured, *found_at)):
        key = subject, evaluator
        _one_a_day(found_at.get(key, []), file, subject)
        try:
            visits = visits_of(measured.get(key, []), found_at.get(key, []))
            answers.append(
                _answer(from_findings(subject, criteria, visits, radiotherapy=Radiotherapy(ended.get(subject))))
                | {"evaluator": evaluator}
            )
        except ValueError as error:
            raise CannotAnswerError(f"{file.name}: {subject}: {error}") from None
    return answers


def _radiotherapy_ends(table: Any, file: Path) -> dict[str, Any]:
    """The last day of radiotherapy of each subject that has one told; two of one subject are refused."""
    from hevesy.study.dates import parse_when

    found: dict[str, Any] = {}
    for row in table.rows:
        text, subject = (row.values.get(RADIOTHERAPY) or "").strip(), (row.values.get("subject") or "").strip()
        if not text:
            continue
        try:
            on = parse_when(text)
        except ValueError as error:
            raise CannotAnswerError(f"{file.name}, line {row.line}, {RADIOTHERAPY}: {error}") from None
        if found.setdefault(subject, on) != on:
            raise CannotAnswerError(
                f"{file.name}, line {row.line}, {RADIOTHERAPY}: {subject} has another, {found[subject]}"
            )
    return found


def _one_a_day(events: Sequence[Any], file: Path, subject: str) -> None:
    for earlier, later in itertools.pairwise(events):
        if earlier.on == later.on:
            raise CannotAnswerError(f"{file.name}, line {later.row}: {subject} has two assessments on {later.on}")


def _answer(found: Any) -> dict[str, Any]:
    """A response as printed."""
    return {
        "subject": found.subject,
        "best": found.best,
        "best_unconfirmed": found.best_unconfirmed,
        "because": [found.because],
        "confirmation": found.criteria.confirmation,
        "followed": list(found.followed),
        "response_on": str(found.response_on) if found.response_on else None,
        "progression_on": str(found.progression_on) if found.progression_on else None,
        "unconfirmed_progression_on": str(found.unconfirmed_progression_on)
        if found.unconfirmed_progression_on
        else None,
        "visits": [
            {
                "date": str(visit.on),
                "response": visit.category,
                "change_percent": visit.change_percent,
                "because": visit.because,
            }
            for visit in sorted((*found.visits, *found.not_evaluable), key=lambda visit: visit.on)
        ],
    }


def _as_called(table: Any, file: Path, criteria: str) -> list[dict[str, Any]]:
    """From responses as called at visits: every row kept, best by who read it and how.

    Myeloma confirmed where the start is known.
    """
    from hevesy.follow.response.called import best_response, by_series, myeloma_outcome, says_something
    from hevesy.follow.response.criteria import CRITERIA
    from hevesy.study.dates import earliest, parse_when, whole

    names = {
        field: next((name for name in choices if name in table.columns), None) for field, choices in _CALLED.items()
    }
    for field in ("subject", "visit"):
        if names[field] is None:
            raise CannotAnswerError(f"{file.name} has no column for {field}: one of {', '.join(_CALLED[field])}")
    rules = CRITERIA[criteria]
    called, starts = [], {}
    notes: dict[str, list[str]] = {}
    rows = [row for row in table.rows if names["test"] is None or (row.values.get(names["test"]) or "") == OVERALL]
    if not rows:
        raise CannotAnswerError(f"{file.name}: no row is an overall response ({names['test']} {OVERALL})")
    for row in rows:
        given = {field: ((row.values.get(name) or "") if name else "") for field, name in names.items()}
        on: dict[str, Any] = {}
        for field in ("date", "start", "new_therapy"):
            try:
                on[field] = parse_when(given[field]) if given[field] else None
            except ValueError as error:
                raise CannotAnswerError(f"{file.name}, line {row.line}, {names[field]}: {error}") from None
        for field in ("start", "new_therapy"):
            if on[field] is not None and whole(on[field]) is None:
                raise CannotAnswerError(
                    f"{file.name}, line {row.line}, {names[field]}: the day is needed, got {given[field]!r}"
                )
        if not given["subject"].strip():
            raise CannotAnswerError(f"{file.name}, line {row.line}, {names['subject']}: a row without its subject")
        if not rules.knows(given["response"]):
            told = f"line {row.line}: {given['response']!r} is no response of {rules.name}: that visit is not evaluable"
            notes.setdefault(given["subject"], []).append(told)
        called.append(_called(row, given, on, known=rules.knows(given["response"])))
        if on["start"] is not None:
            starts[given["subject"]] = whole(on["start"])
    delivered = {(row.values.get(names["response"] or "") or "").strip() for row in rows}
    answered = {word for word in delivered if says_something(word)}
    if answered and not any(rules.knows(word) for word in answered):
        raise CannotAnswerError(
            f"{file.name}: no response in it is one of {rules.name}: {', '.join(sorted(answered)[:8])}"
        )
    answers = []
    try:
        for (subject, *_), own in by_series(called).items():
            start = starts.get(subject)
            if criteria.startswith("imwg"):
                dated = [earliest(one.on) for one in own if one.on is not None]
                outcome = myeloma_outcome(own, start or min(dated, default=date.min))
                best, because = outcome.best, [f"{one.visit.visit}: {one.because}" for one in outcome.visits]
                visits = [
                    _visit(one.visit, confirmed=one.response, because=one.because, counts=one.counts)
                    for one in outcome.visits
                ]
                unconfirmed = best_response(own, rules).best
            else:
                found = best_response(own, rules, confirmed_after_d=rules.confirmed_after_d)
                best, because, visits = found.best, [found.because], [_visit(one) for one in own]
                unconfirmed = best_response(own, rules).best
            first = own[0]
            answers.append(
                {
                    "subject": subject,
                    "evaluator": first.evaluator,
                    "assessor": first.assessor,
                    "method": first.method,
                    "best": best,
                    "best_unconfirmed": unconfirmed,
                    "confirmation": rules.confirmation,
                    "because": [*because, *notes.get(subject, [])],
                    "visits": visits,
                }
            )
    except ValueError as error:
        raise CannotAnswerError(f"{file.name}: {error}") from None
    return answers


def _called(row: Any, given: dict[str, str], on: dict[str, Any], known: bool) -> Any:
    from hevesy.follow.response.called import Called
    from hevesy.study.dates import whole

    return Called(
        subject=given["subject"],
        row=row.line,
        visit=given["visit"],
        visit_number=float(given["number"]) if is_number(given["number"]) else float(row.line),
        on=on["date"],
        response=given["response"] if known else "NE",
        evaluator=given["evaluator"],
        assessor=given["assessor"],
        method=given["method"],
        accepted={"Y": True, "N": False}.get(given["accepted"].upper()),
        status=given["status"],
        progression_by_imaging=given["imaging"].upper() == "Y",
        died_of_progression=given["died"].upper() == "Y",
        new_therapy_on=None if on["new_therapy"] is None else whole(on["new_therapy"]),
    )


def _visit(one: Any, **more: Any) -> dict[str, Any]:
    return {
        "visit": one.visit,
        "date": str(one.on) if one.on else None,
        "response": one.response,
        "accepted": one.accepted,
        **more,
    }
