"""A demonstration study from nothing to a readout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from hevesy.answers.answer import Answer
from hevesy.answers.asked import MappingFile, NewFolder, Text
from hevesy.answers.progress import tell
from hevesy.answers.study.readout import readout
from hevesy.blocks.prose import said

COMMAND = "demo"
WRITES = True
Example = Literal["clr131", "clover", "imaging124", "dosimetry131"]


def demonstration(
    folder: Annotated[Path, NewFolder("Where to put the study.", "[DIR]")] = Path("hevesy-demo"),
    *,
    study: Annotated[
        Example,
        Text(
            "clr131 (dose escalation), clover (phase 2, six indications), imaging124 (PET against MRI, phase 2) or "
            "dosimetry131 (I-124 before I-131, doses of organs and lesions).",
            choices=get_args(Example),
        ),
    ] = "clr131",
) -> Answer:
    """Write a demonstration study (synthetic) to DIR, import it, build its readout, print the page's path.

    Returns the paths of the study, which is written, and of its readout's page; `files` are the readout.
    Refused where DIR is a study whose record does not verify.

    Example: hevesy.demonstration("demo", study="clover").write()
    """
    from importlib import resources

    from hevesy.conduct.delivery import import_files, init_study
    from hevesy.record import Record

    example = Path(str(resources.files("hevesy"))) / "examples" / study
    if not Record(folder).exists:
        tell("creating the study ...")
        init_study(folder, example / "protocol.toml", MappingFile().read(study), "hevesy demo")
    tell("importing its files ...")
    import_files(folder, sorted((example / "sources").glob("*.csv")), who="hevesy demo")
    made = readout(folder)
    page = str(((made.folder or folder) / "index.html").resolve())
    return replace(made, document={"study": str(folder.resolve()), "readout": page}, blocks=(said(page),))
