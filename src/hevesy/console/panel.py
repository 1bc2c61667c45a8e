"""An answer as a panel: its blocks as HTML, and its document, tables, figures, voxels and files beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from hevesy.answers.question import question as question_of
from hevesy.console.exchange import Asked, Panel
from hevesy.console.forms import address, word
from hevesy.errors import CannotAnswerError, HevesyError, QuestionError, RuleError
from hevesy.record import Record

if TYPE_CHECKING:
    from hevesy.answers.answer import Answer
    from hevesy.answers.question import Question
    from hevesy.blocks.picture import Picture
    from hevesy.render.html import Links

DOCUMENT, TABLES, FIGURES, VOXELS = "document.json", "tables", "figures", "voxels"
"""What lies beside the folder of what an answer made."""
TRACE = "trace"
"""The question that opens a number."""


def panel_of(asked: Asked) -> Panel:
    """The answer to a question, or why there is none. What the question writes is written here."""
    question = question_of(asked.command)
    place = asked.folder.parent
    try:
        answer = question.ask(**asked.given)
        if answer.folder is not None and answer.files:
            answer.write()
    except QuestionError as refusal:
        return Panel(kind="wrong", sentence=refusal.told(word), fields=refusal.fields)
    except CannotAnswerError as refusal:
        _keep(place / DOCUMENT, refusal.document_told(word) or {"error": refusal.told(word)})
        return Panel(kind="cannot", sentence=refusal.told(word))
    except OSError as error:
        named = f"{Path(str(error.filename)).name}: " if error.filename is not None else ""
        return Panel(kind="cannot", sentence=f"{named}{error.strerror or type(error).__name__}")
    except HevesyError as refusal:
        return Panel(kind="cannot", sentence=refusal.told(word))
    return _shown(question, answer, asked, place)


def _shown(question: Question, answer: Answer, asked: Asked, place: Path) -> Panel:
    from hevesy.blocks.prose import said
    from hevesy.render.html import as_html

    document = answer.document
    _keep(place / DOCUMENT, document)
    tables = _beside(answer, place)
    blocks = (*answer.blocks, *(said(note) for note in answer.notes))
    head = document.get("chain_head", document.get("head"))
    return Panel(
        kind="answer",
        html=as_html(blocks, _links(asked, place.name)),
        made=tuple(sorted(path.name for path in asked.folder.iterdir())),
        opens=_opens(answer, asked),
        tables=tables,
        head=head if isinstance(head, str) else None,
    )


def _opens(answer: Answer, asked: Asked) -> str:
    """Where a readout is read that the answer put into the study."""
    study, made = asked.given.get("folder"), answer.folder
    if study is None or made is None or made.parent != Record(Path(str(study))).readouts:
        return ""
    return f"/readouts/{quote(made.name)}/index.html"


def _keep(file: Path, document: object) -> None:
    """The document as `--json` prints it."""
    file.write_text(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1), encoding="utf-8")


def _beside(answer: Answer, place: Path) -> tuple[tuple[str, str], ...]:
    """Write tables as CSV, figures as SVG, pictures as PNG with their voxels; gives the tables' ids and titles."""
    from hevesy.blocks.figure import Figure
    from hevesy.blocks.picture import Picture
    from hevesy.blocks.section import flat
    from hevesy.blocks.table import Table
    from hevesy.render.csv import as_csv
    from hevesy.render.png import as_png
    from hevesy.render.svg import as_svg

    tables: dict[str, str] = {}
    for block in flat(answer.blocks):
        match block:
            case Table(id=id, title=title):
                if id in tables:
                    raise RuleError(f"two tables of an answer are called {id!r}: one file would stand for both")
                tables[id] = title
                (place / TABLES).mkdir(exist_ok=True)
                (place / TABLES / f"{id}.csv").write_bytes(as_csv(block))
            case Figure(id=id):
                (place / FIGURES).mkdir(exist_ok=True)
                (place / FIGURES / f"{id}.svg").write_text(as_svg(block, "paper"), encoding="utf-8")
            case Picture(id=id):
                (place / FIGURES).mkdir(exist_ok=True)
                if (place / FIGURES / f"{id}.png").exists():
                    raise RuleError(f"two pictures of an answer are called {id!r}: one file would stand for both")
                (place / FIGURES / f"{id}.png").write_bytes(as_png(block))
                _keep_voxels(block, place / VOXELS)
    return tuple(tables.items())


def _keep_voxels(picture: Picture, place: Path) -> None:
    """What a picture was cut from, for the page to look through."""
    from hevesy.render.nifti import as_nifti, regions_as_nifti

    if picture.voxels is None:
        return
    place.mkdir(exist_ok=True)
    files = {f"{picture.id}.nii": as_nifti(picture.voxels)}
    if picture.voxels.regions is not None:
        files[f"{picture.id}-regions.nii"] = regions_as_nifti(picture.voxels)
    for name, pieces in files.items():
        with (place / name).open("xb") as file:
            file.writelines(pieces)


def _links(asked: Asked, name: str) -> Links:
    from hevesy.render.html import Links

    cut = {key: str(asked.given[key]) for key in ("as_of", "known_at", "since") if key in asked.given}
    more = f"&{urlencode(cut)}".replace("{", "%7B").replace("}", "%7D") if cut else ""
    own = quote(name)
    return Links(
        number=f"{address(TRACE)}?number={{}}{more}",
        table=f"/answers/{own}/{TABLES}/{{}}.csv",
        figure=f"/answers/{own}/{FIGURES}/{{}}.svg",
        kept=f"/answers/{own}/{FIGURES}/{{}}.png",
        picture=f"/answers/{own}/{FIGURES}/{{}}.png",
        voxels=f"/answers/{own}/{VOXELS}/{{}}.nii",
        regions=f"/answers/{own}/{VOXELS}/{{}}-regions.nii",
        within=asked.within,
        read_off=True,
    )
