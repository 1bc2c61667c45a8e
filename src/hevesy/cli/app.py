"""The commands gathered, and what they share: JSON on request, one sentence for what cannot be answered, exit codes."""

from __future__ import annotations

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
        from hevesy.version import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def hevesy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The open workbench for teams that develop targeted radiopharmaceuticals: plan, find, treat, follow, read out."""


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
