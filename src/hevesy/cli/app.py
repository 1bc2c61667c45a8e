"""The commands gathered, and what they share: JSON on request, one sentence for what cannot be answered, exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to standard output and nothing else there.")
]

app = typer.Typer(
    name="hevesy",
    help=(
        "The open workbench for teams that develop targeted radiopharmaceuticals: plan, find, treat, follow, read out."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from hevesy import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def hevesy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The open workbench for teams that develop targeted radiopharmaceuticals: plan, find, treat, follow, read out."""


class CannotAnswer(Exception):  # noqa: N818  it is an answer, not an error of the program
    """The question cannot be answered from this input; the message is the reason, `document` what --json prints."""

    def __init__(self, reason: str, document: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.document = document


def show(document: dict[str, Any], as_json: bool, words: Callable[[], str]) -> None:
    """Print the document as JSON, or its words."""
    if as_json:
        import json

        typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1))
    else:
        typer.echo(words())


def note(text: str) -> None:
    """A line on progress, to standard error and only to a person."""
    if sys.stderr.isatty():
        typer.echo(text, err=True)


def main() -> None:
    """Run the command line.

    Exit 0: done; 1: the question cannot be answered (the reason is printed); 2: wrong usage.
    """
    # Its matrices have a few rows: a thread of the linear algebra for every core cost each command 0.3 s of CPU to
    # start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from hevesy.cli import commands

    # What a command reads it keeps to its end; looking for cycles among it at every 700th new object took a tenth of a
    # readout.
    gc.set_threshold(5_000_000, 50, 100)
    commands.register()
    try:
        app(prog_name="hevesy")
    except CannotAnswer as refusal:
        _refuse(str(refusal), refusal.document)
    except BrokenPipeError:
        # Who reads the answer has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        place = f"{os.fspath(error.filename)}: " if error.filename is not None else ""
        _refuse(f"{place}{error.strerror or error}", None)
    except (ValueError, RuntimeError) as error:
        # Every rule of Hevesy raises a ValueError or RuntimeError of its own with a whole sentence; anything else is a
        # defect and keeps its traceback.
        if not type(error).__module__.startswith("hevesy") and not _ours(error):
            raise
        _refuse(str(error), None)


def _ours(error: BaseException) -> bool:
    """Whether a plain ValueError was raised by Hevesy's own code rather than by a library under it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("hevesy")


def _refuse(reason: str, document: dict[str, Any] | None) -> None:
    if "--json" in sys.argv:
        import json

        typer.echo(
            json.dumps(
                document if document is not None else {"error": reason}, ensure_ascii=False, allow_nan=False, indent=1
            )
        )
    typer.echo(f"hevesy: {reason}", err=True)
    raise SystemExit(1)
