"""hevesy follow: survival, proportions, laboratory grades and response, from tables."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Any

import typer

from hevesy.cli import arguments
from hevesy.cli.app import CannotAnswer, JsonFlag, show

app = typer.Typer(help="Follow the patients: survival, proportions, grades, response.", no_args_is_help=True, rich_markup_mode=None)

TableFile = Annotated[Path, typer.Argument(metavar="FILE", help="A table: .csv, .xpt or .parquet.")]


def _number(row: Any, column: str, file: Path) -> float:
    text = row.values.get(column)
    try:
        return float(text or "")
    except ValueError:
        raise CannotAnswer(f"{file.name}, line {row.line}, {column}: {text!r} is not a number") from None


def _read(file: Path, columns: list[str]) -> Any:
    from hevesy.files.tables import read_table

    table = read_table(file)
    for column in columns:
        if column not in table.columns:
            raise CannotAnswer(f"{file.name} has no column {column!r}; it has {', '.join(table.columns)}")
    return table


@app.command("km")
def km(
    file: TableFile,
    time: Annotated[str, typer.Option("--time", metavar="COL")],
    event: Annotated[str, typer.Option("--event", metavar="COL", help="1: event, 0: censored.")],
    by: Annotated[str | None, typer.Option("--by", metavar="COL")] = None,
    ci: Annotated[str, typer.Option("--ci", help="log-log (others follow).")] = "log-log",
    level: Annotated[float, typer.Option("--level")] = 0.95,
    at: Annotated[str | None, typer.Option("--at", metavar="TIMES", help="Survival at these times, as in 180,365.")] = None,
    rmst: Annotated[float | None, typer.Option("--rmst", metavar="TAU", help="Restricted mean to this time.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Survival curves and numbers by Kaplan-Meier, with R's conventions; times in the unit of the table."""
    from hevesy.stats import survival

    if ci != "log-log":
        raise typer.BadParameter(f"only log-log is made yet, got {ci!r}", param_hint="--ci")
    table = _read(file, [column for column in (time, event, by) if column is not None])
    groups: dict[str, tuple[list[float], list[float]]] = {}
    for row in table.rows:
        times, events = groups.setdefault((row.values[by] or "") if by else "all", ([], []))
        length, seen = _number(row, time, file), _number(row, event, file)
        if length < 0:
            raise CannotAnswer(f"{file.name}, line {row.line}, {time}: a time must not be negative, got {length:g}")
        if seen not in (0, 1):
            raise CannotAnswer(f"{file.name}, line {row.line}, {event}: an event is 0 or 1, got {seen:g}")
        times.append(length)
        events.append(seen)
    if not groups:
        raise CannotAnswer(f"{file.name} has no rows")
    wanted = arguments.numbers(at, "--at") if at else []
    answers = [_group(name, *groups[name], level, wanted, rmst) for name in sorted(groups)]
    tested = (
        survival.log_rank([groups[name] for name in sorted(groups)])
        if len(groups) > 1 and any(sum(events) for _, events in groups.values())
        else None
    )
    document = {
        "groups": answers,
        "logrank": None
        if tested is None
        else {
            "chisq": tested.chi_square,
            "df": tested.degrees_of_freedom,
            "p_value": tested.p_value,
            "observed": list(tested.observed),
            "expected": list(tested.expected),
        },
        "because": ["Kaplan-Meier, log-log interval, median by R's midpoint rule; null is not reached or not defined"],
    }

    def words() -> str:
        lines = [
            f"{answer['group']}: n {answer['n']}, events {answer['events']}, "
            f"median {_told(answer['median'])} ({_told(answer['lower'])} to {_told(answer['upper'])})"
            for answer in answers
        ]
        for answer in answers:
            lines += [
                f"{answer['group']} at {here['time']:g}: {here['survival']:.4f} ({_told(here['lower'])} to {_told(here['upper'])}), "
                f"{here['n_risk']} at risk"
                for here in answer["at"]
            ]
            if answer["rmst"] is not None:
                mean = answer["rmst"]
                error = f"standard error {mean['standard_error']:.4f}"
                lines.append(f"{answer['group']}: restricted mean to {mean['tau']:g}: {mean['estimate']:.4f} ({error})")
        if tested is not None:
            lines.append(f"log-rank: chi-square {tested.chi_square:.4g} on {tested.degrees_of_freedom} df, p = {tested.p_value:.4g}")
        return "\n".join(lines)

    show(document, as_json, words)


def _told(value: float | None) -> str:
    return "not reached" if value is None else f"{value:g}"


def _group(name: str, times: list[float], events: list[float], level: float, at: list[float], rmst: float | None) -> dict[str, Any]:
    from hevesy.stats import survival

    curve = survival.kaplan_meier(times, events, level)
    median, reverse = survival.quantile(curve), survival.follow_up(times, events, level)
    answer: dict[str, Any] = {
        "group": name,
        "n": curve.n,
        "events": curve.events,
        "median": median.estimate,
        "lower": median.lower,
        "upper": median.upper,
        "quantiles": [
            {"p": found.p, "estimate": found.estimate, "lower": found.lower, "upper": found.upper}
            for found in (survival.quantile(curve, p) for p in (0.25, 0.5, 0.75))
        ],
        "follow_up": {"median": reverse.estimate, "lower": reverse.lower, "upper": reverse.upper},
        "at": [],
        "rmst": None,
    }
    for time in at:
        here = survival.survival_at(curve, time)
        answer["at"].append(
            {
                "time": time,
                "n_risk": here.n_risk,
                "survival": here.survival,
                "standard_error": here.standard_error,
                "lower": here.lower,
                "upper": here.upper,
            }
        )
    if rmst is not None:
        mean = survival.restricted_mean(curve, rmst)
        answer["rmst"] = {
            "tau": rmst,
            "estimate": mean.estimate,
            "standard_error": mean.standard_error,
            "beyond_follow_up": mean.beyond_follow_up,
        }
    return answer


@app.command("proportion")
def proportion_(
    x: Annotated[int, typer.Argument(metavar="X")],
    n: Annotated[int, typer.Argument(metavar="N")],
    level: Annotated[float, typer.Option("--level")] = 0.95,
    as_json: JsonFlag = False,
) -> None:
    """X in N: exact, mid-p and Wilson intervals, and the one-sided bound."""
    from hevesy.stats import proportion

    exact, mid, score = (method(x, n, level) for method in (proportion.clopper_pearson, proportion.mid_p, proportion.wilson))
    upper = proportion.one_sided_upper(x, n, level)
    document = {
        "estimate": x / n,
        "clopper_pearson": {"lower": exact.lower, "upper": exact.upper},
        "mid_p": {"lower": mid.lower, "upper": mid.upper},
        "wilson": {"lower": score.lower, "upper": score.upper},
        "one_sided_upper": upper,
        "level": level,
    }
    show(
        document,
        as_json,
        lambda: (
            f"{x}/{n} = {x / n:.1%}; exact {exact.lower:.1%} to {exact.upper:.1%}; mid-p {mid.lower:.1%} to {mid.upper:.1%}; "
            f"Wilson {score.lower:.1%} to {score.upper:.1%}; one-sided upper {upper:.1%}"
        ),
    )


_ALIASES = {
    "test": ("test", "TERM", "PARAMCD", "LBTESTCD"),
    "value": ("value", "AVAL", "LBSTRESN"),
    "unit": ("unit", "UNIT", "AVALU", "LBSTRESU"),
    "lower limit": ("lower_limit", "ANRLO", "LBSTNRLO"),
}
_CODES = {
    "PLT": "platelets",
    "PLAT": "platelets",
    "ANC": "neutrophils",
    "NEUT": "neutrophils",
    "HGB": "haemoglobin",
    "ALC": "lymphocytes",
    "LYM": "lymphocytes",
}


@app.command("grade")
def grade(
    file: TableFile,
    ctcae: Annotated[str, typer.Option("--ctcae", help="4.03 or 5.0.")],
    as_json: JsonFlag = False,
) -> None:
    """CTCAE grades of blood counts, one answer per row in order; a value that cannot be graded says why.

    Columns: test (or TERM, PARAMCD), value (AVAL), unit (UNIT, AVALU), and the lower limit of normal in the row's unit
    (lower_limit, ANRLO).
    """
    from hevesy.follow.ctcae import VERSIONS, grade_lab, test_of_term
    from hevesy.study.protocol import BLOOD_TEST_DIMENSION
    from hevesy.units import UnitError, factor_of

    if ctcae not in VERSIONS:
        raise typer.BadParameter(f"{ctcae!r} is none of {', '.join(VERSIONS)}", param_hint="--ctcae")
    table = _read(file, [])
    names = {}
    for field, choices in _ALIASES.items():
        names[field] = next((choice for choice in choices if choice in table.columns), None)
        if names[field] is None and field != "lower limit":
            raise CannotAnswer(f"{file.name} has no column for {field}: one of {', '.join(choices)}")
    rows: list[dict[str, Any]] = []
    for row in table.rows:
        written = row.values.get(names["test"] or "") or ""
        test = _CODES.get(written.upper()) or test_of_term(written) or written.casefold()
        unit = row.values.get(names["unit"] or "")
        delivered = row.values.get(names["value"] or "")
        try:
            value = float(delivered) if delivered else None
        except ValueError:
            rows.append({"grade": None, "because": f"{delivered!r} is not a number"})
            continue
        limit = row.values.get(names["lower limit"]) if names["lower limit"] else None
        try:
            lower = float(limit) * factor_of(unit, BLOOD_TEST_DIMENSION[test]) if limit and test in BLOOD_TEST_DIMENSION else None
        except (ValueError, UnitError):
            lower = None
        found = grade_lab(test, value, unit, ctcae, lower)
        rows.append({"grade": found.grade, "because": found.because})
    not_graded: dict[str, int] = {}
    for answer in rows:
        if answer["grade"] is None:
            not_graded[answer["because"]] = not_graded.get(answer["because"], 0) + 1
    document = {"rows": rows, "not_graded": {"count": sum(not_graded.values()), "because": not_graded}}
    show(
        document,
        as_json,
        lambda: "\n".join(f"{'-' if answer['grade'] is None else answer['grade']}\t{answer['because']}" for answer in rows),
    )


@app.command("response")
def response(
    file: TableFile,
    criteria: Annotated[str, typer.Option("--criteria", help="imwg-2016.")],
    as_json: JsonFlag = False,
) -> None:
    """Response per visit and best confirmed response, from serum proteins.

    Columns: subject, date, serum_M_g_dL, iFLC_mg_L, uFLC_mg_L. The first row of a subject is the baseline.
    """
    from hevesy.follow.response import imwg
    from hevesy.study.dates import parse_when, whole
    from hevesy.study.events import Assessment

    if criteria != "imwg-2016":
        raise typer.BadParameter(f"only imwg-2016 is made yet, got {criteria!r}", param_hint="--criteria")
    table = _read(file, ["subject", "date", "serum_M_g_dL"])
    by_subject: dict[str, list[Assessment]] = {}
    for row in table.rows:
        try:
            on = whole(parse_when(row.values["date"] or ""))
        except ValueError as error:
            raise CannotAnswer(f"{file.name}, line {row.line}, date: {error}") from None
        if on is None:
            raise CannotAnswer(f"{file.name}, line {row.line}, date: a visit needs its day, got {row.values['date']!r}")

        def measured(column: str, row: Any = row) -> float | None:
            return _number(row, column, file) if row.values.get(column) else None

        subject = row.values["subject"] or ""
        by_subject.setdefault(subject, []).append(
            Assessment(
                subject=subject,
                row=row.line,
                on=on,
                serum_m_protein_g_per_dL=measured("serum_M_g_dL"),
                involved_flc_mg_per_L=measured("iFLC_mg_L"),
                uninvolved_flc_mg_per_L=measured("uFLC_mg_L"),
            )
        )
    answers: list[dict[str, Any]] = []
    for subject, visits in by_subject.items():
        visits.sort(key=lambda visit: str(visit.on))
        for earlier, later in itertools.pairwise(visits):
            if earlier.on == later.on:
                raise CannotAnswer(f"{file.name}, line {later.row}: {subject} has two assessments on {later.on}")
        measure = imwg.measure_at_baseline(visits[0])
        if measure is None:
            answers.append(
                {
                    "subject": subject,
                    "best": "NE",
                    "because": ["disease not measurable in serum at baseline"],
                    "visits": [],
                    "progression_on": None,
                }
            )
            continue
        found = imwg.classify(subject, visits[0], visits[1:], measure)
        answers.append(
            {
                "subject": subject,
                "best": found.best,
                "because": [found.because],
                "progression_on": str(found.progression_on) if found.progression_on else None,
                "unconfirmed_progression_on": str(found.unconfirmed_progression_on) if found.unconfirmed_progression_on else None,
                "visits": [
                    {"date": str(visit.on), "response": visit.category, "change_percent": visit.change_percent, "because": visit.because}
                    for visit in found.visits
                ],
            }
        )
    show(
        {"subjects": answers},
        as_json,
        lambda: "\n".join(f"{answer['subject']}: {answer['best']} ({'; '.join(answer['because'])})" for answer in answers),
    )
