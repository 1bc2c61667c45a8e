"""What a question gives back: data, blocks to be read, files to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hevesy.blocks.section import Block
from hevesy.errors import CannotAnswerError

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""What a JSON document holds."""


class _Told:
    """A document, or what makes it when somebody looks: lists and dictionaries of its own, none of them shared."""

    def __get__(self, answer: Answer | None, owner: type[Answer]) -> dict[str, Json]:
        if answer is None:
            raise AttributeError("an answer has its document, its class has none")
        kept = answer.__dict__
        if callable(kept["document"]):
            kept["document"] = kept["document"]()
        document: dict[str, Json] = kept["document"]
        return document

    def __set__(self, answer: Answer, document: Mapping[str, Json] | Callable[[], dict[str, Json]]) -> None:
        answer.__dict__["document"] = document if callable(document) else _plain(document)


def _plain(value: Json) -> Json:
    """What a JSON document would give back."""
    if isinstance(value, Mapping):
        return {name: _plain(inside) for name, inside in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inside) for inside in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer: `document` is the same for every face, `blocks` say it to a reader.

    `files` are names and bytes that nobody has written yet; `folder` is where they belong unless another is named, and
    with it `files` are one readout that is there whole or not at all (`whole`) or single files beside others.
    `notes` are what is said beside the answer.
    """

    document: _Told = _Told()
    blocks: tuple[Block, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    folder: Path | None = None
    whole: bool = False
    notes: tuple[str, ...] = ()

    @property
    def because(self) -> tuple[str, ...]:
        """Which rules and choices the answer rests on."""
        told = self.document.get("because")
        return tuple(str(line) for line in told) if isinstance(told, Sequence) and not isinstance(told, str) else ()

    def __post_init__(self) -> None:
        """The folder stays where it is, whatever folder a program goes to."""
        if self.folder is not None:
            object.__setattr__(self, "folder", self.folder.absolute())

    @property
    def words(self) -> str:
        """The words of a terminal."""
        from hevesy.render.text import as_text

        return "\n".join((as_text(self.blocks), *self.notes))

    def __str__(self) -> str:
        """Its words; and that nothing was written, where there is something to write."""
        return self.words + (f"\n{len(self.files)} files, to be written by write()" if self.files else "")

    def csv(self) -> str:
        """Its first table as comma-separated values; refused where it has none."""
        from hevesy.render.faces import csv

        return csv(self.blocks)

    def svg(self) -> str:
        """Its first figure (SVG) with its colours written out; refused where it has none."""
        from hevesy.render.faces import svg

        return svg(self.blocks)

    def png(self) -> bytes:
        """Its first picture (PNG); refused where it has none."""
        from hevesy.render.faces import png

        return png(self.blocks)

    def html(self) -> str:
        """All of it as one HTML page."""
        from hevesy.render.html import alone

        return alone(self.blocks)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from hevesy.render.html import as_html
        from hevesy.render.svg import STYLE

        return f"<style>{STYLE}</style>\n{as_html(self.blocks)}"

    def write(self, folder: Path | str | None = None) -> Path:
        """Write the files and give the folder they are in.

        Refused where there are none, where none knows where to, and a readout's place in another study.
        """
        place = Path(folder).absolute() if folder is not None else self.folder
        if not self.files:
            raise CannotAnswerError(
                "this answer has no files; its table, figure, picture and page are csv(), svg(), png() and html()"
            )
        if place is None:
            raise CannotAnswerError("name the folder to write to")
        try:
            return self._written(place)
        except OSError as error:
            raise CannotAnswerError(f"{error.filename or place}: {error.strerror or error}") from error

    def _written(self, place: Path) -> Path:
        from hevesy.record import refuse_another_study, write_folder

        if self.whole:
            refuse_another_study(place, self.folder)
            return write_folder(place, self.files)
        for name, content in self.files.items():
            partial = place / f".{name}.partial"
            partial.write_bytes(content)
            partial.replace(place / name)
        return place


def picked(thing: object, *names: str, **renamed: str) -> dict[str, Json]:
    """Attributes of a thing as data, under their own names or under others (`coef="log_hazard_ratio"`).

    >>> picked(3 + 4j, "imag", x="real")
    {'imag': 4.0, 'x': 3.0}
    """
    both = {name: name for name in names} | renamed
    return {name: getattr(thing, own) for name, own in both.items()}
