"""The readouts that were made of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import StudyFolder
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said
from hevesy.blocks.table import of_numbers, table

COMMAND = "study readouts"


def readouts(folder: Annotated[Path, StudyFolder()]) -> Answer:
    """The readouts that were made of a study: cut, state of the record, and whether the record changed since.

    Returns of each its name, cut, known_at, head and entries of the record it was made from, and `entries_since`
    (null where it does not say what it was made from).
    Refused is a record that does not verify.

    Example: print(hevesy.open("trial").readouts())
    """
    from hevesy.conduct.recorded_study import read_record
    from hevesy.record import Record

    recorded = read_record(folder)
    made = Record(folder).made_readouts()
    since = [None if one.entries is None else recorded.entries - one.entries for one in made]
    columns = ("Readout", "Cut", "Known at", "Head", of_numbers("Entries"), "Since then")
    rows = [
        (
            one.folder.name,
            one.cut,
            one.known_at or "the last entry",
            (one.head or "")[:16],
            shown(one.entries),
            _since(later),
        )
        for one, later in zip(made, since, strict=True)
    ]
    stale = sum(later != 0 for later in since)
    counted = "1 readout" if len(made) == 1 else f"{len(made)} readouts"
    words = f"{counted}; the record changed since {stale} of them" if made else "no readout was made yet"
    return Answer(
        document={
            "chain_head": recorded.head,
            "entries": recorded.entries,
            "readouts": [
                {
                    "name": one.folder.name,
                    "as_of": one.cut,
                    **picked(one, "known_at", ledger_head="head", ledger_entries="entries"),
                    "entries_since": later,
                }
                for one, later in zip(made, since, strict=True)
            ],
        },
        blocks=(
            said(words, tone="caution" if stale else "answer"),
            *([table("readouts", "Readouts that were made", columns, rows)] if made else []),
        ),
    )


def _since(entries: int | None) -> str:
    if entries is None:
        return "it does not say what it was made from"
    return "the record is as it was" if entries == 0 else f"the record changed since: {entries} entries"
