"""The commands gathered, and what they share: JSON on request, one sentence for what cannot be answered, exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

JsonFlag = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to standard output and nothing else there.")
]


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
