"""A question with what was given to it, spelled for a shell and for Python."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from hevesy.answers.question import Field, Question

Words = str | bool | Sequence[str]
"""What a field was given in words: a text, yes or no, or several texts."""


def option(name: str) -> str:
    """A field as a shell writes it.

    A word that Python keeps for itself ends with a stroke there.

    >>> option("as_of"), option("for_")
    ('--as-of', '--for')
    """
    return f"--{name.rstrip('_').replace('_', '-')}"


def command_line(question: Question, given: Mapping[str, Words]) -> str:
    """The line for a shell.

    >>> from hevesy.answers.question import question
    >>> command_line(question("follow proportion"), {"x": "0", "n": "25", "level": "0.9"})
    'hevesy follow proportion 0 25 --level 0.9'
    """
    fields = [field for field in question.fields if field.name in given]
    places = [part for field in fields if field.positional for part in _texts(given[field.name])]
    named = [part for field in fields if not field.positional for part in _named(field, given[field.name])]
    # What begins with a dash is no option where it stands behind two of them.
    behind = ["--", *places] if any(place.startswith("-") for place in places) else []
    parts = ("hevesy", *question.command.split(), *([] if behind else places), *named, *behind)
    return " ".join(shlex.quote(part) for part in parts)


def _named(field: Field, given: Words) -> list[str]:
    if isinstance(given, bool):
        return [option(field.name)] * given
    return [part for text in _texts(given) for part in (option(field.name), text)]


def _texts(given: Words) -> list[str]:
    return [given] if isinstance(given, str) else [str(one) for one in given] if not isinstance(given, bool) else []


def python_call(question: Question, given: Mapping[str, Words]) -> str:
    """The call in Python, which takes the same words.

    >>> from hevesy.answers.question import question
    >>> python_call(question("follow proportion"), {"x": "0", "n": "25", "level": "0.9"})
    "hevesy.ask('follow proportion', x=0, n=25, level=0.9)"
    """
    fields = [field for field in question.fields if field.name in given]
    told = (f"{field.name}={_literal(field, given[field.name])}" for field in fields)
    return f"hevesy.ask({', '.join((repr(question.command), *told))})"


_NUMBER = {int: re.compile(r"-?(0|[1-9][0-9]{0,15})"), float: re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?")}
"""How a number is written that Python would read as the same."""


def _literal(field: Field, given: Words) -> str:
    """Words as Python writes them; a number without quotes where it is one."""
    if isinstance(given, Path):
        return repr(str(given))
    plain = _NUMBER.get(field.kind.typed)
    if isinstance(given, str) and plain is not None and plain.fullmatch(given):
        return given
    return repr(list(given)) if not isinstance(given, str | bool) else repr(given)
