"""hevesy demo: the demonstration study from nothing to a readout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hevesy.cli.app import JsonFlag, note, show

STUDIES = ("clr131", "clover")


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to put the study.")] = Path("hevesy-demo"),
    study: Annotated[
        str, typer.Option("--study", help="clr131 (dose escalation) or clover (phase 2, six indications).")
    ] = "clr131",
    as_json: JsonFlag = False,
) -> None:
    """Write a demonstration study (synthetic) to DIR, import it, build its readout, print the page's path."""
    from importlib import resources

    from hevesy.cli.readout import write_readout
    from hevesy.conduct.delivery import import_files, init_study
    from hevesy.record.folder import DATABASE

    if study not in STUDIES:
        raise typer.BadParameter(f"{study!r} is none of {', '.join(STUDIES)}", param_hint="--study")
    with (
        resources.as_file(resources.files("hevesy") / "examples" / study) as example,
        resources.as_file(resources.files("hevesy.files.mappings") / f"{study}.toml") as mapping,
    ):
        if not (folder / DATABASE).exists():
            note("creating the study ...")
            init_study(folder, example / "protocol.toml", mapping, "hevesy demo")
        note("importing its files ...")
        import_files(folder, sorted((example / "sources").glob("*.csv")), who="hevesy demo")
    note("building the readout ...")
    written = write_readout(folder)
    document = {"study": str(folder.resolve()), "readout": str((written / "index.html").resolve())}
    show(document, as_json, lambda: document["readout"])
