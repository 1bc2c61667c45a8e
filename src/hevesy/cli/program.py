"""The program: commands gathered and run, refusals printed, exit codes."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import typer

from hevesy.errors import CannotAnswerError, HevesyError


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
    # A shell that asks for completions may be told of every room.
    first = (
        next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        if "_HEVESY_COMPLETE" not in os.environ
        else None
    )
    try:
        commands.application(first)(prog_name="hevesy")
    except CannotAnswerError as refusal:
        _refuse(refusal.told(commands.word), refusal.document_told(commands.word))
    except BrokenPipeError:
        # Who reads the answer has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as error:
        place = f"{os.fspath(error.filename)}: " if error.filename is not None else ""
        _refuse(f"{place}{error.strerror or error}", None)
    except HevesyError as error:
        _refuse(error.told(commands.word), None)


def _refuse(reason: str, document: dict[str, Any] | None) -> None:
    if "--json" in sys.argv:
        from hevesy.cli.commands import as_json

        typer.echo(as_json(document if document is not None else {"error": reason}))
    typer.echo(f"hevesy: {reason}", err=True)
    raise SystemExit(1)
