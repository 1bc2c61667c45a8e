"""The record of a study: an append-only ledger in a hash chain, and the folder it lies in; what entries add up to.

Who reads or writes a study goes through `Record`. The names of its files and folders, its database and its SQL are
known in this room alone, which knows no plan, no mapping and no format of a delivery.
"""

from hevesy.record.door import PlanKind, Record, Written, plan_draft
from hevesy.record.examine import Examined, Witness, refuse_unless_intact
from hevesy.record.folder import folder_for, name_of_partial, refuse_another_study, write_folder
from hevesy.record.ledger import Draft, Entry, author_fault
from hevesy.record.readouts import MadeReadout
from hevesy.record.replay import (
    Begun,
    Change,
    Confirmation,
    Decided,
    DecisionTaken,
    Delivery,
    DesignSaid,
    KeptObject,
    PlanVersion,
    Recorded,
    RecordedRow,
    Replay,
    RowWriter,
    decision_draft,
)
from hevesy.record.verify import Fault, Verification, head_fault

__all__ = [
    "Begun",
    "Change",
    "Confirmation",
    "Decided",
    "DecisionTaken",
    "Delivery",
    "DesignSaid",
    "Draft",
    "Entry",
    "Examined",
    "Fault",
    "KeptObject",
    "MadeReadout",
    "PlanKind",
    "PlanVersion",
    "Record",
    "Recorded",
    "RecordedRow",
    "Replay",
    "RowWriter",
    "Verification",
    "Witness",
    "Written",
    "author_fault",
    "decision_draft",
    "folder_for",
    "head_fault",
    "name_of_partial",
    "plan_draft",
    "refuse_another_study",
    "refuse_unless_intact",
    "write_folder",
]
