"""Events over time at risk."""

from __future__ import annotations

from typing import Annotated

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Read, Real, Whole, numbers
from hevesy.answers.follow.times import Level
from hevesy.blocks.prose import said
from hevesy.errors import RuleError

COMMAND = "follow rate"
RATE = ("events", "at_risk", "rate", "lower", "upper")


def _group(text: str) -> tuple[int, float]:
    events, _, at_risk = text.partition("/")
    try:
        return int(events), float(at_risk)
    except ValueError:
        raise RuleError(f"{text!r} is not events/time, as in 4/20.5") from None


def event_rate(
    events: Annotated[int, Whole(metavar="EVENTS")],
    at_risk: Annotated[float, Real("At risk, as in patient-years.", "TIME")],
    *,
    against: Annotated[
        tuple[int, float] | None,
        Read("A second group, as in 4/20.5.", "EVENTS/TIME", reader=_group, of_value=numbers(int, float, least=0)),
    ] = None,
    level: Level = 0.95,
) -> Answer:
    """Events over time at risk: rate with exact limits, and its ratio to a second group's.

    Returns the rate per unit of the time at risk; the ratio is null where the second group had no event, its upper
    limit where there is none.
    Refused are a time at risk that is not positive, and a ratio without any event.
    Source: Garwood, Biometrika 1936;28:437; Przyborowski and Wilenski, Biometrika 1940;31:313.

    >>> import hevesy
    >>> print(hevesy.event_rate(3, 41.5, against="4/20.5"))
    3 over 41.5: 0.07229 (0.01491 to 0.2113)
    ratio 0.3705 (0.05427 to 2.19), exact p = 0.2294
    """
    from hevesy.stats.rates import rate, rate_ratio

    ours = rate(events, at_risk, level)
    document: dict[str, Json] = {**picked(ours, *RATE), "ratio": None}
    lines = [f"{events} over {at_risk:g}: {ours.rate:.4g} ({ours.lower:.4g} to {ours.upper:.4g})"]
    if against is not None:
        ratio = rate_ratio((events, at_risk), against, level)
        document["against"] = picked(rate(*against, level), *RATE)
        document["ratio"] = picked(ratio, "lower", "upper", "p_value", estimate="ratio")
        upper = "no upper limit" if ratio.upper is None else f"{ratio.upper:.4g}"
        estimate = "not defined: none in the second group" if ratio.ratio is None else f"{ratio.ratio:.4g}"
        lines.append(f"ratio {estimate} ({ratio.lower:.4g} to {upper}), exact p = {ratio.p_value:.4g}")
    return Answer(document=document, blocks=tuple(map(said, lines)))
