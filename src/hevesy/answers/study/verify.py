"""Whether a study's record is what was written down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import StudyFolder, Text
from hevesy.blocks.prose import said, shortened
from hevesy.errors import CannotAnswerError, QuestionError

COMMAND = "study verify"


def verify(
    folder: Annotated[Path, StudyFolder()],
    *,
    head: Annotated[str | None, Text("Does the record still contain this state (of a readout)?", "HASH")] = None,
) -> Answer:
    """Recompute the hash chain, hold it against kept files and readouts; with ⟦head⟧, whether it contains a state.

    Returns the number of entries, the head, and whether the state asked for is contained.
    Refused is a record that is not intact, with what is wrong; the document of the refusal has every fault.

    Example: hevesy.open("trial").verify()
    """
    from hevesy.conduct.recorded_study import examine
    from hevesy.record import head_fault

    if head is not None and (wrong := head_fault(head)) is not None:
        raise QuestionError(wrong, "head")
    checked = examine(folder, head=head, hash_objects=True).verification
    document = picked(checked, "entries", "chain_head", "intact", "contains_head", "faults")
    if not checked.intact:
        raise CannotAnswerError("the record does not verify: " + "; ".join(shortened(checked.faults)), document)
    contained = f"; it contains the state {head}" if head else ""
    line = f"intact: {checked.entries} entries, head {checked.chain_head}{contained}"
    return Answer(document=document, blocks=(said(line, tone="answer"),))
