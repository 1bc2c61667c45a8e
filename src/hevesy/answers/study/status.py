"""What is in a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from hevesy.answers.answer import Answer, picked
from hevesy.answers.asked import StudyFolder
from hevesy.answers.study.taken import recorded_decision
from hevesy.blocks.number import shown
from hevesy.blocks.prose import said, shortened
from hevesy.blocks.table import Table, of_numbers
from hevesy.blocks.table import table as table_of
from hevesy.errors import CannotAnswerError

COMMAND = "study status"


def status(folder: Annotated[Path, StudyFolder()]) -> Answer:
    """What is in a study: subjects, rows by source, deliveries, what is missing or was withdrawn, dose decisions taken.

    Returns counts of subjects, rows and findings; deliveries, changes, missing and withdrawn rows; the decisions that
    people took; the head.
    Refused where the record does not verify.

    Example: print(hevesy.open("trial").status())
    """
    from hevesy.conduct.decisions import decisions_taken
    from hevesy.conduct.recorded_study import examine, study_of
    from hevesy.readout.sections.decision import taken_by_people
    from hevesy.record import Record

    examined = examine(folder)
    checked, recorded = examined.verification, examined.recorded
    if not checked.intact:
        raise CannotAnswerError(
            "the record does not verify: " + "; ".join(shortened(checked.faults)),
            picked(checked, "entries", "chain_head", "intact", "faults"),
        )
    study = study_of(recorded) if recorded.sources_text is not None else None
    subjects, last = (len(study.subjects), study.last_fact_on()) if study else (0, None)
    rows = Counter(row.source for row in recorded.rows.values())
    findings = Counter(finding.topic for finding in study.findings) if study else Counter[str]()
    decisions = decisions_taken(recorded, study) if study else ()
    missing, plans = recorded.missing(), Record(folder).plans_on_disk(recorded)
    at = f"{recorded.entries} entries, head {recorded.head[:16]}"
    return Answer(
        document={
            **picked(recorded, "entries", chain_head="head"),
            **picked(checked, "intact", "faults"),
            "subjects": subjects,
            "last_fact_on": str(last) if last else None,
            "rows": rows,
            "deliveries": [
                picked(one, "file", "source", "sha256", "recorded_at", "who") for one in recorded.deliveries
            ],
            "added": len(recorded.rows),
            "changed": [picked(change, "key", "action", "reason") for change in recorded.changes],
            "unchanged": 0,
            "missing": missing,
            "withdrawn": sorted(recorded.withdrawn),
            "refused": [],
            "findings": findings,
            "decisions": [recorded_decision(one) for one in decisions],
            "plan_on_disk": plans,
        },
        blocks=(
            said(f"{subjects} subjects, last fact {last or 'none'}; {at}", tone="answer"),
            *(taken_by_people(study, decisions) if study and decisions else ()),
            *_counted("rows", "Rows by source", "Source", dict(sorted(rows.items()))),
            *_counted("findings", "Findings", "Finding", findings),
            *map(said, shortened(missing, told=lambda key: f"missing from a newer full delivery: {key}")),
            *map(said, plans),
            said("the record is intact"),
        ),
    )


def _counted(id: str, caption: str, what: str, counts: Mapping[str, int]) -> list[Table]:
    """A table of counts by name, where there are some."""
    count = of_numbers("Number")
    return [table_of(id, caption, (what, count), [(name, shown(n)) for name, n in counts.items()])] if counts else []
