"""hevesy readout: the study at a data cut, as a page, data, tables and figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli import arguments
from hevesy.cli.app import JsonFlag, note, show
from hevesy.errors import CannotAnswerError


def write_readout(
    folder: Path,
    as_of: date | None = None,
    known_at: str | None = None,
    since: date | None = None,
    out: Path | None = None,
) -> Path:
    """Build and write a readout; gives its folder. Refused where the record does not verify."""
    from hevesy.conduct.recorded_study import read_record
    from hevesy.readout.build import build
    from hevesy.record.folder import DATABASE, READOUTS, write_folder
    from hevesy.render.package import package

    recorded = read_record(folder, known_at)
    if not recorded.entries:
        raise CannotAnswerError(f"nothing was known at {known_at}: the first entry was written later")
    made = build(recorded, as_of, known_at, since)
    place = out or folder / READOUTS
    if (place.resolve().parent / DATABASE).is_file() and place.resolve().parent != folder.resolve():
        raise CannotAnswerError(f"{place} lies in another study, which would no longer verify with this readout in it")
    return write_folder(place / made.id, package(made))


def readout(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The study folder.")],
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Data cut: later facts are hidden (default: the last fact)."),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option("--known-at", metavar="TIME", help="Only what was recorded by then, with its time zone."),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Earlier cut to compare with.")] = None,
    format: Annotated[str, typer.Option("--format", help="html (pdf, docx and rtf are not made yet).")] = "html",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Where to put the readout (default: DIR/readouts).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """The study's readout at a data cut: a page, readout.json, tables and figures."""
    if format != "html":
        raise typer.BadParameter(f"only html is made yet, got {format!r}", param_hint="--format")
    arguments.study_folder(folder)
    cut, earlier = arguments.day(as_of, "--as-of"), arguments.day(since, "--since")
    known = arguments.ledger_time(known_at, "--known-at")
    note("building the readout ...")
    written = write_readout(folder, cut, known, earlier, out)
    if as_json:
        import json

        document = json.loads((written / "readout.json").read_text(encoding="utf-8"))
        del document["schema"]  # of the file: here every row is listed besides
        for number in document["numbers"]:
            number["rows"] = [row for first, last in number["row_ranges"] for row in range(first, last + 1)]
        show({"path": str(written / "index.html"), **document}, True, str)
        return
    typer.echo(str(written / "index.html"))
