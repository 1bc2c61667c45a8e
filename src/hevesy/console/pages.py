"""Pages of the console, drawn from what the desk knows; style and scripts that they share."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from hevesy.answers.question import Question, commands, question
from hevesy.console.forms import address, label, word
from hevesy.console.screens import SCREENS
from hevesy.errors import in_words
from hevesy.render.svg import STYLE

STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.min.js": "text/javascript",
}
"""What pages load, and its kind."""
ON_IMAGES = {"image.js": "text/javascript", "niivue.js": "text/javascript"}
"""What a page loads beside it that has an image to look through."""
_OF_A_READOUT = (b"dialog", b".why", b".synthetic", b".facts", b"  .made-up")
"""How rules of the shared style begin that no page of the console needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """A question as it would be asked elsewhere."""

    named: str
    shell: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A question in a list of questions."""

    command: str
    at: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room of questions."""

    name: str
    title: str


class Pages:
    """The pages, from their templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("hevesy.console", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters["labelled"] = label
        self._environment.filters["ticked"] = ticked

    def drawn(self, name: str, **told: Any) -> str:
        """A page or a part of one, with what is told on it."""
        return self._environment.get_template(f"{name}.html.j2").render(screens=SCREENS, **told)


def ticked(sentence: str) -> Markup:
    """A sentence whose words between backticks are typed somewhere.

    >>> str(ticked("`drop` cuts a < b"))
    '<code>drop</code> cuts a &lt; b'
    """
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(sentence))))


def about(asked: Question) -> str:
    """What a question answers, in a form's words."""
    return in_words(asked.help, word)


def rooms() -> list[tuple[Room, list[Entry]]]:
    """Every question by its room."""
    found: dict[str, list[Entry]] = {}
    for command in commands():
        room = command.rpartition(" ")[0]
        told = about(question(command)).partition("\n")[0]
        found.setdefault(room, []).append(Entry(command=command, at=address(command), about=told))
    return [(_room(name), entries) for name, entries in sorted(found.items(), key=lambda one: one[0] == "")]


def _room(name: str) -> Room:
    if not name:
        return Room(name="others", title="Others")
    words = (inspect.getdoc(import_module(f"hevesy.answers.{name}")) or name).split("\n\n")[0]
    return Room(name=name, title=f"{name.capitalize()}: {' '.join(words.split()).rstrip('.')}")


@cache
def static(name: str) -> bytes:
    """A file that pages load, without what is for its readers alone.

    The style is that of a readout's page and what the console has beside it.
    """
    own = resources.files("hevesy.console").joinpath("static", name).read_bytes()
    if name in ("console.js", "image.js"):
        return re.sub(rb"(?m)^\s*(/\*.*\*/)?\s*", b"", own)
    if name != "console.css":
        return own
    shared = resources.files("hevesy.render").joinpath("template", "page.css").read_bytes().splitlines()
    rules = [*(line for line in shared if not line.startswith(_OF_A_READOUT)), STYLE.encode(), own]
    return re.sub(rb";?\s*(})\s*|\s*({)\s*|([;:,])\s+", rb"\1\2\3", b"\n".join(rules))
