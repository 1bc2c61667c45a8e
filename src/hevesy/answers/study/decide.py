"""The dose decision that people took."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Day, Read, StudyFolder, Text, Who, Whole
from hevesy.answers.study.taken import Head, decided_document
from hevesy.blocks.prose import said
from hevesy.errors import RuleError

if TYPE_CHECKING:
    from hevesy.blocks.section import Block
    from hevesy.conduct.decisions import WrittenDecision

COMMAND = "study decide"
WRITES = True


def _level(text: str) -> int | Literal["stop"]:
    if text == "stop":
        return "stop"
    if not (text.isascii() and text.isdigit()):
        raise RuleError(f"{text!r} is neither a level as in 3 nor stop")
    return int(text)


def decide(
    folder: Annotated[Path, StudyFolder()],
    *,
    level: Annotated[
        int | Literal["stop"],
        Read("The level of the next subjects, or stop.", "N|stop", reader=_level, of_value=Whole(least=1).read),
    ],
    cohort: Annotated[int, Whole("The cohort that was decided on, from 1 in the order of treatment.", "K", least=1)],
    who: Annotated[str, Text("Who took the decision: a person or a committee, as the minutes have it.", "NAME")],
    on: Annotated[date, Day("The day it was taken.")],
    reason: Annotated[str | None, Text("Why, above all where the design says otherwise.")] = None,
    stratum: Annotated[str | None, Text("The stratum, where the protocol has strata.", "NAME")] = None,
    writer: Annotated[str, Who("Who writes it down (default: HEVESY_WHO or the account).")] = "",
    head: Head = None,
) -> Answer:
    """The dose decision that people took on a cohort: an entry of the record, beside what the design says.

    The design is asked on the facts up to that day; where it says otherwise the decision stands as it was taken, with a
    flag. So it does where it is dated before its own cohort was treated or after the next one was, and where a decision
    on the cohort was recorded before.

    Returns the entry, the head that the decision was made on, the head after it, what the design said and why, and
    the flags.
    Refused are a level, cohort or stratum that there is not, a day before anybody was enrolled or in the future, and a
    record that does not verify or that somebody has written to since the state ⟦head⟧.

    Example: hevesy.open("trial").decide(level=3, cohort=2, who="dose committee", on="2016-12-05")
    """
    from hevesy.conduct import decisions
    from hevesy.record import Decided

    decided = Decided(cohort=cohort, level=None if level == "stop" else level, by=who.strip(), on=on, stratum=stratum)
    why = (reason or "").strip() or None
    found = decisions.decide(folder, decided, who=writer, reason=why, now=datetime.now(UTC), head=head)
    return Answer(
        document={
            "entry": found.entry,
            "head": found.head,
            **decided_document(found.judged),
            "reason": why,
            "chain_head": found.chain_head,
        },
        blocks=tuple(_told(found)),
    )


def _told(found: WrittenDecision) -> Iterator[Block]:
    from hevesy.conduct.decisions import in_short

    decided, design, last = found.judged.decided, found.judged.design, found.last_fact_on
    whose = f" of stratum {decided.stratum}" if decided.stratum is not None else ""
    what = f"{decided.words} after cohort {decided.cohort}{whose}"
    yield said(f"recorded: {what}, by {decided.by} on {decided.on}", tone="answer")
    yield from (said(flag, tone="caution") for flag in found.judged.flags)
    if design is not None:
        seen = f"on the facts up to {decided.on} ({found.judged.history or 'nobody yet'})"
        yield said(f"the design says {seen}: {in_short(design)}")
    yield from (said(f"  {line}") for line in found.judged.because)
    if last is not None and decided.on > last:
        yield said(f"a readout shows it from a cut of {decided.on} on; the last fact is of {last}")
    yield said(f"entry {found.entry}, made on the head {found.head[:16]}; head {found.chain_head}")
