"""A cohort beside published arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import TableFile, Text, Whole
from hevesy.blocks.number import shown
from hevesy.blocks.prose import listed, said
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError, RuleError
from hevesy.files.tables import DeliveredTable

if TYPE_CHECKING:
    from hevesy.check.published_arms import Comparison

COMMAND = "follow benchmark"
FACES = ("csv",)


def compare_with_published(
    table: Annotated[DeliveredTable, TableFile()],
    *,
    responders: Annotated[int, Whole("Ours with a response.")],
    n: Annotated[int, Whole("Our subjects.")],
    response: Annotated[str, Text("What ours is: ORR, CBR.")] = "ORR",
    prior_lines: Annotated[str, Text("Ours, as printed: '5' or '4 (mean)'.")] = "",
    pfs: Annotated[str, Text("Ours, as printed: '88.5 d (mean)'.")] = "",
) -> Answer:
    """A cohort beside published arms: exact and Bayesian comparison with each, and what it does not permit to say.

    Columns of the table: regimen, trial, n, median_prior_lines, ORR_pct, median_PFS_mo, notes, source, verified;
    figures as printed.

    Returns of each arm its printed figures, the responders they can stand for with exact 95 % limits, Fisher's p, the
    exact p against its percentage, the posterior probability that ours is higher, and caveats; those of all arms apart.
    Refused are more responders than subjects and an n that is no whole number.
    Source: Fisher 1935; Clopper and Pearson 1934; counts behind a percentage as in Brown and Heathers 2017 (GRIM).

    Example: print(hevesy.compare_with_published("arms.csv", responders=1, n=4, response="CBR"))
    """
    from hevesy.check.published_arms import Ours, compare, read_arms
    from hevesy.files.columns import require

    require(table, ("regimen", "n", "ORR_pct", "source", "verified"))
    ours = Ours(name="ours", responders=responders, n=n, response=response, prior_lines=prior_lines, pfs=pfs)
    try:
        arms = read_arms([{name: text or "" for name, text in row.values.items()} for row in table.rows])
        found = [compare(ours, arm) for arm in arms]
    except RuleError as error:
        raise CannotAnswerError(f"{table.name}: {error}") from None
    shared = [one for one in found[0].caveats if all(one in other.caveats for other in found)] if found else []
    limits = picked(found[0].ours, "lower", "upper") if found else {}
    return Answer(
        document={
            "arms": [_arm(one) for one in found],
            "comparison": [_comparison(one) for one in found],
            "ours": {"responders": responders, "n": n, **limits} if found else None,
            "caveats": shared,
        },
        blocks=(_beside(found, response, shared), *((said("of all of them:"), listed(*shared)) if shared else ())),
    )


def _arm(one: Comparison) -> dict[str, Json]:
    printed = picked(one.arm, "prior_lines", "response_percent", "benefit_percent", "median_pfs")
    return {
        **picked(one.arm, "regimen", "trial", "n", "source", "verified"),
        **{name: text or None for name, text in printed.items()},
        "responders": list(one.responders),
    }


def _comparison(one: Comparison) -> dict[str, Json]:
    limits: dict[str, Json] = {"lower": None, "upper": None}
    return {
        **picked(one.arm, "regimen", "trial"),
        **(limits if one.theirs is None else picked(one.theirs, *limits)),
        **picked(one, "p_exact", "p_against_point", "p_higher", "because"),
        "caveats": list(one.caveats),
    }


def _beside(found: Sequence[Comparison], definition: str, shared: Sequence[str]) -> Table:
    heads = [of_numbers("n"), of_numbers(definition, "%")]
    heads += [of_numbers(title) for title in ("probability that ours is higher", "exact p")]
    rows = [
        (one.arm.regimen, one.arm.trial, shown(one.arm.n, absent="?"),
         shown(one.arm.percent_of(definition) or None, absent="not printed"), shown(one.p_higher, ".2f"),
         shown(one.p_exact, ".2g"), "; ".join(caveat for caveat in one.caveats if caveat not in shared))
        for one in found
    ]  # fmt: skip
    return table_of("arms", "Published arms", ("regimen", "trial", *heads, "what it does not permit to say"), rows)
