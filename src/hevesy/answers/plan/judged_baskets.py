"""Several indications in one trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Real, Text, WholeNumbers
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import of_numbers, table
from hevesy.errors import QuestionError
from hevesy.stats.words import Borrowing

COMMAND = "plan basket"
FACES = ("csv",)


def judged_baskets(
    *,
    responses: Annotated[Sequence[int], WholeNumbers("By basket, as in 6,3.")],
    sizes: Annotated[Sequence[int], WholeNumbers("By basket, as in 20,18.")],
    p0: Annotated[float, Real("Response rate that is not interesting.")] = 0.2,
    method: Annotated[Borrowing, Text("independent, pooled, bhm, exnex, mem.", choices=get_args(Borrowing))] = "mem",
    exchangeable: Annotated[float, Real("Prior probability of exchangeability, of mem and exnex.")] = 0.5,
) -> Answer:
    """Several indications together: the probability that each responds more than a null rate.

    Returns by basket the posterior probability, mean and 95 % limits; of mem how probably two baskets are alike.
    Refused are counts above their sizes, another number of sizes than of responses, rates outside 0 to 1.
    Source: Berry et al., Clin Trials 2013;10:720 (bhm); Neuenschwander et al., Pharm Stat 2016;15:123 (exnex); Kane et
    al., Contemp Clin Trials 2020;90 (mem).

    >>> import hevesy
    >>> found = hevesy.judged_baskets(responses=[6, 3], sizes=[20, 18], method="independent")
    >>> [round(one, 4) for one in found.document["post_prob"]]
    [0.8668, 0.3833]
    """
    from hevesy.plan.basket import judged, prior_of

    if not 0 < p0 < 1:
        raise QuestionError(f"a response rate lies between 0 and 1, got {p0:g}", "p0")
    found = judged(method, tuple(responses), tuple(sizes), p0, exchangeable)
    because = [
        f"{method}: P(response rate > {p0:g}) by basket, posterior mean and 95 % interval",
        prior_of(method, p0, exchangeable),
    ]
    columns = [of_numbers(title) for title in ("basket", "responses", "subjects")]
    columns += [of_numbers(title) for title in (f"P(rate > {p0:g})", "mean")]
    columns += [of_numbers(title, under="95% limits") for title in ("lower", "upper")]
    by_basket = zip(responses, sizes, found.post_prob, found.mean, found.lower, found.upper, strict=True)
    rows = [
        [shown(place), shown(y), shown(n), shown(prob, ".4f"), *(shown(value, ".3f") for value in rest)]
        for place, (y, n, prob, *rest) in enumerate(by_basket, start=1)
    ]
    pairs = found.pairwise_exchangeability
    return Answer(
        document={
            "post_prob": list(found.post_prob),
            "mean": list(found.mean),
            "lower": list(found.lower),
            "upper": list(found.upper),
            "pairwise_exchangeability": [list(row) for row in pairs] if pairs else None,
            "because": because,
        },
        blocks=(table("baskets", "Response by basket", columns, rows), *map(said, because)),
    )
