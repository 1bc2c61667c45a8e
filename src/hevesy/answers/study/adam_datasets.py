"""The study as analysis datasets."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import Day, NewFolder, StudyFolder, Text
from hevesy.blocks.prose import said
from hevesy.errors import CannotAnswerError

COMMAND = "study adam"
WRITES = True
Format = Literal["json", "csv"]


def adam_datasets(
    folder: Annotated[Path, StudyFolder()],
    *,
    out: Annotated[Path, NewFolder("Where to put the datasets; must not be there yet.", "DIR")],
    as_of: Annotated[date | None, Day("Data cut (default: the last fact).")] = None,
    format: Annotated[Format, Text("json (Dataset-JSON 1.1) or csv.", choices=get_args(Format))] = "json",
) -> Answer:
    """The study as analysis datasets: ADSL, ADAE, ADLB, ADRS and ADTTE, every derived row with its reason.

    Returns the cut and the number of rows by dataset; `files` are the datasets, to be written to `out`.
    Refused are a folder that is there already, and a study without a dated fact.

    Example: hevesy.open("trial").adam_datasets(out="adam").write()
    """
    from datetime import UTC, datetime

    from hevesy.conduct.adam import datasets
    from hevesy.conduct.analysis import analyse
    from hevesy.conduct.recorded_study import read_record, study_of
    from hevesy.files.dataset_json import as_csv, write_dataset_json

    if out.exists():
        raise CannotAnswerError(f"{out} is there already; nothing was written")
    study = study_of(read_record(folder))
    cut = as_of or study.last_fact_on()
    if cut is None:
        raise CannotAnswerError("the study has no dated fact")
    text = write_dataset_json if format == "json" else as_csv
    made = datasets(analyse(study, cut), datetime.now(UTC))
    rows = {dataset.name: len(dataset.rows) for dataset in made}
    return Answer(
        document={"path": str(out), "cut": str(cut), "datasets": rows},
        blocks=(said(f"{out}: " + ", ".join(f"{name} {count} rows" for name, count in rows.items())),),
        files={f"{dataset.name.lower()}.{format}": text(dataset).encode() for dataset in made},
        folder=out,
        whole=True,
    )
