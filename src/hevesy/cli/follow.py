"""hevesy follow: survival, proportions, laboratory grades and response, from tables."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hevesy.cli.app import JsonFlag, show
from hevesy.cli.rows import TableFile, is_number, read_columns
from hevesy.errors import CannotAnswerError

app = typer.Typer(
    help="Follow the patients: survival, proportions, grades, response.", no_args_is_help=True, rich_markup_mode=None
)


_ALIASES = {
    "test": ("test", "TERM", "PARAMCD", "LBTESTCD"),
    "value": ("value", "AVAL", "LBSTRESN"),
    "unit": ("unit", "UNIT", "AVALU", "LBSTRESU"),
    "lower limit": ("lower_limit", "ANRLO", "LBSTNRLO"),
    "upper limit": ("upper_limit", "ANRHI", "LBSTNRHI"),
    "baseline": ("baseline", "BASE"),
    "baseline against its limits": ("baseline_flag", "BNRIND"),
    "change in percent": ("change_percent", "PCHG"),
}
_NEEDED = ("test", "value")
_CODES = {
    "PLT": "platelets",
    "PLAT": "platelets",
    "ANC": "neutrophils",
    "NEUT": "neutrophils",
    "HGB": "haemoglobin",
    "ALC": "lymphocytes",
    "LYM": "lymphocytes",
    "LYMPH": "lymphocytes",
}


@app.command("grade")
def grade(
    file: TableFile,
    ctcae: Annotated[str, typer.Option("--ctcae", help="4.03, 5.0 or 6.0.")],
    as_json: JsonFlag = False,
) -> None:
    """CTCAE grades of laboratory values, one answer per row in order; a value that cannot be graded says why.

    Columns: test or CTCAE term (test, TERM, PARAMCD; a blood count stands for its low side), value (AVAL), unit (UNIT,
    AVALU), limits of normal and baseline in the row's unit (lower_limit, ANRLO; upper_limit, ANRHI; baseline, BASE),
    BNRIND, PCHG. A blood count that nobody could believe is graded as it stands, and its answer says that it is
    questioned: in a study it would not be graded.
    """
    from hevesy.follow.ctcae import VERSIONS, grade_laboratory, term_of_test, test_of_term
    from hevesy.follow.questioned import doubt_of

    if ctcae not in VERSIONS:
        raise typer.BadParameter(f"{ctcae!r} is none of {', '.join(VERSIONS)}", param_hint="--ctcae")
    table = read_columns(file, [])
    names = {}
    for field, choices in _ALIASES.items():
        names[field] = next((choice for choice in choices if choice in table.columns), None)
        if names[field] is None and field in _NEEDED:
            raise CannotAnswerError(f"{file.name} has no column for {field}: one of {', '.join(choices)}")
    rows: list[dict[str, Any]] = []
    for row in table.rows:
        given = {field: (row.values.get(name) or "") if name else "" for field, name in names.items()}
        written = given["test"]
        test = _CODES.get(written.upper()) or test_of_term(written) or written.casefold()
        try:
            measured = {
                field: float(given[field]) if given[field] else None
                for field in ("value", "lower limit", "upper limit", "baseline", "change in percent")
            }
        except ValueError:
            wrong = next(
                text for field, text in given.items() if text and field not in ("test", "unit") and not is_number(text)
            )
            rows.append({"grade": None, "because": f"{wrong!r} is not a number"})
            continue
        flag = given["baseline against its limits"].casefold()
        if flag not in ("", "low", "normal", "high"):
            rows.append({"grade": None, "because": f"a baseline is LOW, NORMAL or HIGH, got {flag!r}"})
            continue
        found = grade_laboratory(
            term_of_test(test, ctcae) or written,
            measured["value"],
            given["unit"] or None,
            ctcae,
            lower_limit=measured["lower limit"],
            upper_limit=measured["upper limit"],
            baseline=measured["baseline"],
            baseline_flag=flag or None,  # type: ignore[arg-type]
            change_percent=measured["change in percent"],
        )
        doubt = doubt_of(test, measured["value"], given["unit"] or None)
        because = found.because if doubt is None else f"{found.because}; the value itself is {doubt}"
        rows.append({"grade": found.grade, "because": because, "questioned": doubt})
    not_graded: dict[str, int] = {}
    for answer in rows:
        if answer["grade"] is None:
            not_graded[answer["because"]] = not_graded.get(answer["because"], 0) + 1
    document = {"rows": rows, "not_graded": {"count": sum(not_graded.values()), "because": not_graded}}
    show(
        document,
        as_json,
        lambda: "\n".join(
            f"{'-' if answer['grade'] is None else answer['grade']}\t{answer['because']}" for answer in rows
        ),
    )


@app.command("benchmark")
def benchmark(
    file: TableFile,
    responders: Annotated[int, typer.Option("--responders", help="Ours with a response.")],
    n: Annotated[int, typer.Option("--n", help="Our subjects.")],
    definition: Annotated[str, typer.Option("--response", help="What ours is: ORR, CBR.")] = "ORR",
    prior_lines: Annotated[str, typer.Option("--prior-lines", help="Ours, as printed: '5' or '4 (mean)'.")] = "",
    pfs: Annotated[str, typer.Option("--pfs", help="Ours, as printed: '88.5 d (mean)'.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """A cohort beside published arms: exact and Bayesian comparison with each, and what it does not permit to say.

    Columns of the table: regimen, trial, n, median_prior_lines, ORR_pct, median_PFS_mo, notes, source, verified;
    figures as printed.
    """
    from hevesy.follow.benchmark import Ours, compare, read_arms

    table = read_columns(file, ["regimen", "n", "ORR_pct", "source", "verified"])
    try:
        arms = read_arms([{name: text or "" for name, text in row.values.items()} for row in table.rows])
        ours = Ours(name="ours", responders=responders, n=n, response=definition, prior_lines=prior_lines, pfs=pfs)
        found = [compare(ours, arm) for arm in arms]
    except ValueError as error:
        raise CannotAnswerError(f"{file.name}: {error}") from None
    shared = [one for one in found[0].caveats if all(one in other.caveats for other in found)] if found else []
    document = {
        "arms": [
            {
                "regimen": one.arm.regimen,
                "trial": one.arm.trial,
                "n": one.arm.n,
                "prior_lines": one.arm.prior_lines or None,
                "response_percent": one.arm.response_percent or None,
                "benefit_percent": one.arm.benefit_percent or None,
                "responders": list(one.responders),
                "median_pfs": one.arm.median_pfs or None,
                "source": one.arm.source,
                "verified": one.arm.verified,
            }
            for one in found
        ],
        "comparison": [
            {
                "regimen": one.arm.regimen,
                "trial": one.arm.trial,
                "lower": None if one.theirs is None else one.theirs.lower,
                "upper": None if one.theirs is None else one.theirs.upper,
                "p_exact": one.p_exact,
                "p_against_point": one.p_against_point,
                "p_higher": one.p_higher,
                "because": one.because,
                "caveats": list(one.caveats),
            }
            for one in found
        ],
        "ours": {"responders": responders, "n": n, "lower": found[0].ours.lower, "upper": found[0].ours.upper}
        if found
        else None,
        "caveats": shared,
    }

    def words() -> str:
        lines = []
        for one in found:
            printed = one.arm.percent_of(definition)
            rate = f"{definition} {printed} % of {one.arm.n or '?'}" if printed else f"no {definition} printed"
            higher = (
                ""
                if one.p_higher is None
                else f"; ours higher with probability {one.p_higher:.2f}, exact p = {one.p_exact:.2g}"
            )
            lines.append(f"{one.arm.regimen} ({one.arm.trial}): {rate}{higher}")
            lines += [f"  {caveat}" for caveat in one.caveats if caveat not in shared]
        return "\n".join([*lines, "of all of them:", *(f"  {caveat}" for caveat in shared)])

    show(document, as_json, words)
