"""Commands made from the signatures of the questions: what is typed is read by the question, and its answer shown."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from hevesy.answers import progress
from hevesy.answers.answer import Answer
from hevesy.answers.question import Field, Question, commands, question
from hevesy.answers.spelled import option
from hevesy.errors import CannotAnswerError, QuestionError, in_words
from hevesy.render.faces import FACES
from hevesy.version import __version__

ABOUT = "The open workbench for teams that develop targeted radiopharmaceuticals: plan, find, treat, follow, read out."
HELP_OF_FACE = {
    "json": "Print one JSON document to standard output and nothing else there.",
    "csv": "Print comma-separated values.",
    "html": "Print an HTML table.",
    "png": "Print a picture (PNG), to be sent into a file.",
    "svg": "Print a picture (SVG).",
}


def word(name: str) -> str:
    """What the command line calls a field or a question.

    >>> word("as_of"), word("study init")
    ('--as-of', '`hevesy study init`')
    """
    return f"`hevesy {name}`" if " " in name else option(name)


def application(asked: str | None = None) -> typer.Typer:
    """The program: a command for every question, rooms as groups with the words of their own files as help.

    Where `asked` is the first word that was typed, only its room has its commands: reading a signature takes time.
    """
    app = typer.Typer(
        name="hevesy",
        help=ABOUT,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(help=ABOUT)(_program)
    groups: dict[str, typer.Typer] = {}
    for command in commands():
        room, _, name = command.rpartition(" ")
        if room and room not in groups:
            words = (inspect.getdoc(import_module(f"hevesy.answers.{room}")) or "").split()
            groups[room] = typer.Typer(help=" ".join(words), no_args_is_help=True, rich_markup_mode=None)
            app.add_typer(groups[room], name=room)
        if asked is None or room in ("", asked):
            (groups[room] if room else app).command(name)(_command(question(command)))
    app.command("serve")(_serve)
    return app


def _serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The study folder.")],
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port (default: a free one).")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Nothing is written from the console.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the address alone; open no browser.")] = False,
) -> None:
    """The study console in a browser, on this machine only: every question a form, every answer a panel."""
    import webbrowser

    try:
        from hevesy.console.serve import serve
    except ModuleNotFoundError as missing:
        needed = str(missing.name).partition(".")[0]
        raise CannotAnswerError(f"the console needs {needed}: pip install 'hevesy[console]'") from None
    serve(
        folder,
        port=port,
        read_only=read_only,
        tell=lambda address: print(address, flush=True),
        open_it=None if no_open else webbrowser.open,
    )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What comes before a command."""


def _command(asked: Question) -> Callable[..., None]:
    """A function whose signature is the question's, for typer to read."""
    typed = {field.name: field.kind.metavar for field in asked.fields if field.positional}

    def run(**given: object) -> None:
        faces = [name for name in ("json", *asked.faces) if given.pop(f"as_{name}")]
        if len(faces) > 1:
            raise typer.BadParameter(f"give one of {', '.join(f'--{name}' for name in ('json', *asked.faces))}")
        try:
            with progress.told_to(note):
                answer = asked.ask(**{name: value for name, value in given.items() if value not in (None, [])})
        except QuestionError as error:
            hint = ", ".join(typed.get(name) or word(name) for name in error.fields)
            raise typer.BadParameter(error.told(word), param_hint=hint or None) from None
        _show(answer, faces[0] if faces else None)

    parameters = [_parameter(field) for field in asked.fields]
    parameters += [_face(name) for name in (*asked.faces, "json")]
    run.__name__, run.__doc__ = asked.name, in_words(asked.help, word)
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    )
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _parameter(field: Field) -> inspect.Parameter:
    kind = field.kind
    typed: object = kind.typed
    if kind.many:
        typed = list[kind.typed]  # type: ignore[name-defined]
    default = inspect.Parameter.empty if field.required else field.default
    if default is not inspect.Parameter.empty and not isinstance(default, str | int | float | bool | Path):
        default = None
    if default is None:
        typed = typed | None  # type: ignore[operator]
    least, most, told = getattr(kind, "least", None), getattr(kind, "most", None), in_words(kind.help, word)
    if field.positional:
        told_as = typer.Argument(metavar=kind.metavar, help=told, min=least, max=most)
    else:
        told_as = typer.Option(word(field.name), metavar=kind.metavar, help=told, min=least, max=most)
    return inspect.Parameter(
        field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[typed, told_as]
    )


def _face(name: str) -> inspect.Parameter:
    told_as = typer.Option(option(name), help=HELP_OF_FACE[name])
    return inspect.Parameter(
        f"as_{name}", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, told_as]
    )


def _show(answer: Answer, face: str | None) -> None:
    """Write what the answer wants written, then print it: as data, as a table or picture, or in words."""
    written: list[str] = []
    if answer.folder is not None and answer.files:
        place = answer.write()
        written = [] if answer.whole else [f"written to {os.path.relpath(place / name)}" for name in answer.files]
    if face == "json":
        typer.echo(as_json(answer.document))
    elif face is not None:
        told = FACES[face](answer.blocks)
        typer.echo(told.rstrip("\n") if isinstance(told, str) else told, nl=isinstance(told, str))
    else:
        typer.echo("\n".join((answer.words, *written)))


def as_json(document: object) -> str:
    """A document as it is printed."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def note(words: str, done: int | None = None, of: int | None = None) -> None:
    """A line on progress, to standard error and only to a person."""
    if sys.stderr.isatty():
        typer.echo(words if done is None else f"{done:,} of {of:,} {words}", err=True)
