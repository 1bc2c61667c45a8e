"""A questioned value that was right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import StudyFolder, Text, Whole
from hevesy.answers.study.taken import Head, Writer
from hevesy.blocks.prose import said

COMMAND = "study confirm"
WRITES = True


def confirm(
    folder: Annotated[Path, StudyFolder()],
    *,
    row: Annotated[int, Whole("Ledger row of the questioned value, as the readout names it.", least=1)],
    reason: Annotated[str, Text("Why the value is right.")],
    who: Writer = "",
    head: Head = None,
) -> Answer:
    """A questioned value was right: an entry says so, and the value counts again.

    Returns the row, what stands in it, the number of the entry and the head.
    Refused are a row that holds no questioned value, an empty reason, and a record that does not verify or that
    somebody has written to since the state ⟦head⟧.

    Example: hevesy.open("trial").confirm(row=762, reason="repeated by the laboratory")
    """
    from hevesy.conduct import confirmation

    found = confirmation.confirm(folder, row, who=who, reason=reason, head=head)
    line = f"row {found.row} confirmed: {found.value}; entry {found.entry}, head {found.chain_head[:16]}"
    return Answer(document=picked(found, "row", "value", "entry", "chain_head"), blocks=(said(line, tone="answer"),))
