"""A copy of a study in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import NewFile, StudyFolder
from hevesy.blocks.prose import said

COMMAND = "study backup"
WRITES = True


def back_up(
    folder: Annotated[Path, StudyFolder()],
    file: Annotated[Path, NewFile("The archive to write: .tar or .tar.gz; must not be there yet.", "FILE")],
) -> Answer:
    """A copy of the study in one file: record, plan and kept deliveries; tar -xf FILE restores it.

    Returns the file, and the entries and head of the record in it. The file is written here and is none of the
    answer's `files`: it may fill gigabytes, and nobody may write to the record before it is whole.
    Refused are a file that is there, one that lies in the study, and a record that does not verify.

    Example: hevesy.open("trial").back_up("trial.tar.gz")
    """
    from hevesy.conduct import backup

    made = backup.back_up(folder, file)
    return Answer(
        document={"file": str(made.file), **picked(made, "entries", head="chain_head")},
        blocks=(said(f"{made.file}: {made.entries} entries, head {made.chain_head}"),),
    )
