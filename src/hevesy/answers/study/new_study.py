"""A study folder, from a plan and a mapping of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer
from hevesy.answers.asked import NewFolder, PlanFile
from hevesy.answers.study.taken import Mapping, Writer, document
from hevesy.blocks.prose import said
from hevesy.errors import CannotAnswerError

COMMAND = "study init"
WRITES = True


def new_study(
    folder: Annotated[Path, NewFolder("The study folder.", "DIR")],
    *,
    protocol: Annotated[Path | None, PlanFile("The plan (default: DIR/protocol.toml).", "FILE")] = None,
    mapping: Mapping = None,
    who: Writer = "",
) -> Answer:
    """Create a study folder from a protocol.toml and, if given, a mapping of its files.

    Returns the entries the record begins with, and its head.
    Refused are a folder that is a study already, one that holds another plan, and a plan or mapping with a fault.

    Example: hevesy.new_study("trial", protocol="protocol.toml", mapping="clr131")
    """
    from hevesy.conduct.delivery import init_study
    from hevesy.record import Record

    record = Record(folder)
    plan = protocol or record.protocol_file
    if not plan.is_file():
        raise CannotAnswerError(f"{plan} does not exist: a study begins with its protocol.toml")
    own = record.sources_file
    report = init_study(folder, plan, mapping or (own if own.is_file() else None), who)
    created = said(f"{folder}: created, {report.entries} entries, head {report.chain_head[:16]}")
    return Answer(document=document(report), blocks=(created,))
