"""The study beside published arms: like for like, and only where the arms are of its disease."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.follow.benchmark import Comparison, Ours, compare, published_arms

FAMILY = "IMWG"
"""The arms that ship are of relapsed or refractory myeloma."""
DEFINITIONS = {"ORR": "orr", "CBR": "cbr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Our rate by a definition, and each published arm beside it."""

    definition: str
    ours: Ours
    rows: tuple[int, ...]
    comparisons: tuple[Comparison, ...]


def beside_published(analysis: Analysis) -> tuple[Beside, ...]:
    """Response and clinical benefit of those with myeloma who could be judged, beside each published arm; nothing where nobody could be."""
    judged = [item for item in analysis.treated if _myeloma(item)]
    if not judged:
        return ()
    found = []
    for definition, key in DEFINITIONS.items():
        responders = 0
        for item in judged:
            assert item.response is not None
            rate = next((one for one in item.response.criteria.rates if one.key == key), None)
            responders += rate is not None and item.response.criteria.counts(item.response.best, rate)
        ours = Ours(name=analysis.study.protocol.study_id, responders=responders, n=len(judged), response=definition)
        rows = tuple(row for item in judged for row in (item.response.rows if item.response is not None else ()))
        comparisons = tuple(compare(ours, arm) for arm in published_arms())
        found.append(Beside(definition=definition, ours=ours, rows=rows, comparisons=comparisons))
    return tuple(found)


def _myeloma(item: SubjectAnalysis) -> bool:
    return item.response is not None and item.response.evaluable and item.response.criteria.family == FAMILY
