"""The study beside published arms: like for like, and only where the arms are of its disease."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.check.published_arms import Comparison, Ours, compare, published_arms
from hevesy.conduct.analysis import Analysis
from hevesy.stats.proportion import Interval, clopper_pearson
from hevesy.study.protocol.criteria import MYELOMA

DISEASE = MYELOMA
"""The arms that ship are of relapsed or refractory myeloma."""
DEFINITIONS = {"ORR": "orr", "CBR": "cbr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Our rate by a definition, and each published arm beside it."""

    definition: str
    ours: Ours
    interval: Interval
    """Of our rate, exact, 95 % (Clopper-Pearson)."""
    not_judged: int
    """Treated subjects under myeloma criteria who could not be judged: in neither number of ours."""
    rows: tuple[int, ...]
    comparisons: tuple[Comparison, ...]

    @property
    def rate(self) -> float:
        """Our rate."""
        return self.ours.responders / self.ours.n


def beside_published(analysis: Analysis) -> tuple[Beside, ...]:
    """Response and clinical benefit of those with myeloma who could be judged, beside each published arm.

    Nothing where nobody could be.
    """
    asked = [
        item.response
        for item in analysis.treated
        if item.response is not None and item.response.criteria.disease == DISEASE
    ]
    judged = [response for response in asked if response.evaluable]
    if not judged:
        return ()
    rows = tuple(row for response in judged for row in response.rows)
    found = []
    for definition, key in DEFINITIONS.items():
        rates = [rate for response in judged for rate in response.criteria.rates if rate.key == key]
        if len(rates) < len(judged):
            continue  # criteria without this rate cannot say who responded by it
        responders = sum(
            response.criteria.counts(response.best, rate) for response, rate in zip(judged, rates, strict=True)
        )
        ours = Ours(name=analysis.study.protocol.study_id, responders=responders, n=len(judged), response=definition)
        comparisons = tuple(compare(ours, arm) for arm in published_arms())
        found.append(
            Beside(
                definition=definition,
                ours=ours,
                interval=clopper_pearson(ours.responders, ours.n),
                not_judged=len(asked) - len(judged),
                rows=rows,
                comparisons=comparisons,
            )
        )
    return tuple(found)
