"""Write the door for Python as declarations (src/hevesy/__init__.pyi) and as a page (docs/reference/python.md).

Usage: python tools/write_python_reference.py
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from datetime import date, datetime
from pathlib import Path

from hevesy.answers import door
from hevesy.answers.asked import Quantity
from hevesy.answers.question import Field, Question, questions
from hevesy.errors import in_words

ROOT = Path(__file__).parent.parent
STUB = ROOT / "src" / "hevesy" / "__init__.pyi"
PAGE = ROOT / "docs" / "reference" / "python.md"

HEAD = '''"""The door for Python, written by tools/write_python_reference.py from the questions themselves."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from hevesy.answers.answer import Answer as Answer
from hevesy.conduct.dosed import Dosed
from hevesy.conduct.followed import Followed
from hevesy.conduct.imaged import Imaged
from hevesy.conduct.treated import Treated
from hevesy.files.tables import DeliveredTable
from hevesy.record import Recorded
from hevesy.study.subject import Study

__version__: str

class PolarsFrame(Protocol):
    def to_dicts(self) -> list[dict[str, object]]: ...

class PandasFrame(Protocol):
    @property
    def columns(self) -> object: ...
    def to_dict(self, orient: str) -> list[dict[str, object]]: ...

Table = str | Path | DeliveredTable | PolarsFrame | PandasFrame | Sequence[Mapping[str, object]]

def progress(listener: Callable[[str, int | None, int | None], None]) -> AbstractContextManager[None]: ...
def ask(command: str, /, *positional: object, **given: object) -> Answer: ...
def open(folder: Path | str) -> OpenStudy: ...
def create(folder: Path | str, **given: object) -> OpenStudy: ...
'''

STUDY = """
class OpenStudy:
    folder: Path
    def __init__(self, folder: Path) -> None: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def subjects(self) -> Study: ...
    @property
    def treated(self) -> Treated: ...
    @property
    def followed(self) -> Followed: ...
    @property
    def imaged(self) -> Imaged | None: ...
    def treated_at(self, cut: date | str | None = None) -> Treated: ...
    def followed_at(self, cut: date | str | None = None) -> Followed: ...
    def imaged_at(self, cut: date | str | None = None) -> Imaged | None: ...
    @property
    def dosed(self) -> Dosed | None: ...
    def dosed_at(self, cut: date | str | None = None) -> Dosed | None: ...
"""

INTRODUCTION = """# Python

Written by `tools/write_python_reference.py` from the questions themselves.

```python
import hevesy

study = hevesy.create("trial", protocol="protocol.toml", mapping="clr131", who="data manager")
study = hevesy.open("trial")                            # the same study on another day
study.take(["dm.csv", "ex.csv"], who="data manager")    # every question that a study is asked is a method of it
print(study.next_dose())                                # an answer prints itself
study.readout().write()                                 # and writes its files when told to; gives their folder
hevesy.ask("follow km", table="t.csv", time="d", event="e")    # any question by its command
with hevesy.progress(print):                            # what long work tells: words, done, of how much
    hevesy.operating_characteristics(design="boin", target=0.25, p=[0.1, 0.25, 0.4], trials=1000)
```

Every question is a function here, under its name (`readout`, which is the name of a package too, is asked of a study
or by `hevesy.ask("readout", folder)`). What is given may be words, as on the command line (`window="28d"`,
`as_of="2016-11-04"`, `at="180,365"`), or values (`window=28`, `date(2016, 11, 4)`, `[180, 365]`). A bare number is in
the unit that is named below; in words a unit is always written. A table is a file, a data frame of polars or pandas,
or a list of rows by column. `study.subjects` is what the record adds up to, `study.recorded` what it holds.

What a readout shows stands in typed results: `study.treated` (activities, schedules, one dose beside two),
`study.followed` (populations, adverse events, counts, late effects, toxicity, responses, times to events, quality)
and, of an imaging trial, `study.imaged` (truth, accuracy, readers, scans, activities and times), and where a plan has
`[dosimetry]`, `study.dosed` (curves, fits, doses, limits), at the last fact, or at a data cut by
`study.treated_at("2016-11-04")`, `study.followed_at(...)`, `study.imaged_at(...)` and `study.dosed_at(...)`. Their
parts are described in `hevesy/conduct/treated.py`, `followed.py`, `imaged.py` and `dosed.py`, and the files these name.

```python
for group, tally in hevesy.open("trial").followed.safety.tallies:
    print(group.name, tally.events, tally.worst_grade)
```

What comes back is an `Answer`:

- `document`: the answer as data, what `--json` prints; its keys stay. Lists and dictionaries, so that `json.dumps`
  takes it.
- `blocks`: sentences, tables and figures in their order; `print(answer)` writes them as text, a notebook shows them.
- `because`: the rules and choices that it rests on.
- `csv()`, `svg()`, `png()`, `html()`: its first table, its first figure, its first picture, all of it as a page.
- `files`: names and bytes of what it would write (a readout, weights, datasets); `write(folder)` writes them and
  gives the folder.
- `notes`: what is said beside it.

Refusals are in `hevesy.errors`, each with a whole sentence: `QuestionError` (a `RuleError`: the question is asked
wrongly; `fields` names the fields), `CannotAnswerError` (it cannot be answered from what there is, as where a column
is missing; `document` has what is known), `DeliveryError` (a file is not what it should be) and `RuleError` (a value
breaks a rule). All are `ValueError`s too.
"""


def stub() -> str:
    """The declarations."""
    at_the_door = [one for one in questions().values() if one.name in door.names()]
    lines = [HEAD]
    lines += [_declaration(one, one.fields, "") for one in at_the_door]
    lines.append(STUDY)
    lines += [_declaration(one, one.fields[1:], "    ", "self") for one in door.of_a_study().values()]
    return "".join(lines)


def _declaration(asked: Question, fields: tuple[Field, ...], margin: str, *first: str) -> str:
    told = [*first, *(_parameter(field) for field in fields if field.positional)]
    named = [
        _parameter(field) for field in sorted(fields, key=lambda field: not field.required) if not field.positional
    ]
    parts = [*told, *(["*", *named] if named else [])]
    inside = "".join(f"{margin}    {part},\n" for part in parts)
    return f"{margin}def {asked.name}(\n{inside}{margin}) -> Answer: ...\n"


def _parameter(field: Field) -> str:
    return f"{field.name}: {accepted(field)}{'' if field.required else ' = ...'}"


def accepted(field: Field) -> str:
    """What may be given for a field: words, or a value."""
    kind = field.kind
    parts = {bool: ["bool"], int: ["int"], float: ["float"], Path: ["str", "Path"], str: ["str"]}[kind.typed]
    own = _types(field.value)
    if isinstance(kind, Quantity):
        own = ["float" if one == "float" else one for one in own]
    if kind.many:
        own = [f"Sequence[{one}]" for one in parts]
    elif type(kind).__name__ in ("Text", "ColumnName"):
        own = []
    elif type(kind).__name__ == "StudyFolder":
        own = ["OpenStudy"]
    elif type(kind).__name__ == "TableFile":
        parts, own = ["Table"], []
    elif type(kind).__name__ == "Measured":
        own = ["tuple[float | str, datetime | str]"]
    nothing = [] if field.required else ["None"]
    return " | ".join(dict.fromkeys((*parts, *(one for one in own if one != "None"), *nothing)))


def _types(value: object) -> list[str]:
    """The types of a value, each as it is written."""
    if isinstance(value, types.UnionType) or typing.get_origin(value) is typing.Union:
        return [name for one in typing.get_args(value) for name in _types(one)]
    if value is type(None) or value is None:
        return ["None"]
    origin, inside = typing.get_origin(value), typing.get_args(value)
    if origin is typing.Literal:
        return ["str"]
    if origin is collections.abc.Sequence:
        return [f"Sequence[{' | '.join(_types(inside[0]))}]"]
    if origin is tuple:
        if inside[1:] == (Ellipsis,):
            return [f"Sequence[{' | '.join(_types(inside[0]))}]"]
        return [f"tuple[{', '.join(' | '.join(_types(one)) for one in inside)}]"]
    known: dict[type, str] = {one: one.__name__ for one in (str, int, float, bool, date, datetime, Path)}
    if isinstance(value, type):
        return [known.get(value, "DeliveredTable" if value.__name__ == "DeliveredTable" else "object")]
    return ["object"]


ROOMS = ("study", "plan", "treat", "follow", "check", "preclinical")


def page() -> str:
    """The page: what the door has, then every question by its room, then the fields that several questions share."""
    by_room: dict[str, list[Question]] = {}
    for asked in questions().values():
        by_room.setdefault(asked.function.__module__.split(".")[2], []).append(asked)
    rooms = sorted(by_room, key=lambda room: (ROOMS.index(room) if room in ROOMS else len(ROOMS), room))
    lines = [INTRODUCTION]
    for room in rooms:
        lines += [f"- {room}: " + ", ".join(f"[{one.name}](#{one.name})" for one in by_room[room])]
    for room in rooms:
        lines += ["", f"## {room.capitalize()}", ""]
        lines += [line for one in by_room[room] for line in _described(one)]
    for name, (asked, *_) in _shared().items():
        group = next(parameter for parameter, kind in asked.groups.items() if kind.__name__ == name)
        lines += [f"## {name}", "", f"Fields that are given by themselves, or whole as `{group}`.", ""]
        lines += [*_fields([field for field in asked.fields if field.group == group]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _shared() -> dict[str, list[Question]]:
    """Groups of fields that several questions ask, and which."""
    asking: dict[str, list[Question]] = {}
    for asked in questions().values():
        for kind in asked.groups.values():
            asking.setdefault(kind.__name__, []).append(asked)
    return {name: together for name, together in asking.items() if len(together) > 1}


def _described(asked: Question) -> list[str]:
    of_study = asked.name in door.of_a_study()
    at_door = asked.name in door.names()
    heads = ([f"hevesy.{asked.name}(...)"] if at_door else []) + ([f"study.{asked.name}(...)"] if of_study else [])
    lines = [f"### {asked.name}", "", f"`{'`, `'.join(heads)}`, `hevesy.ask({asked.command!r}, ...)`", ""]
    lines += [_told(asked.help), ""]
    elsewhere = {group for group, kind in asked.groups.items() if kind.__name__ in _shared()}
    lines += _fields([field for field in asked.fields if field.group not in elsewhere])
    lines += [
        f"\nand [the fields of {asked.groups[one].__name__}](#{asked.groups[one].__name__.lower()})"
        for one in asked.groups
        if one in elsewhere
    ]
    whole = [_held(asked, group) for group in asked.groups if group not in elsewhere]
    lines += ["", f"Given whole, too: {'; '.join(whole)}."] if whole else []
    return [*lines, "", *_rest(asked), ""]


def _held(asked: Question, group: str) -> str:
    """A group of fields that only this question asks, with its fields."""
    kind = asked.groups[group]
    held = ", ".join(f"`{field.name}`" for field in asked.fields if field.group == group)
    return f"{held} as `{group}` (`{kind.__module__}.{kind.__name__}`)"


def _fields(fields: list[Field]) -> list[str]:
    if not fields:
        return []
    lines = ["| field | takes | not given | |", "|---|---|---|---|"]
    return lines + [
        f"| `{field.name}` | {_taken(field)} | {_absent(field)} | {_cell(_told(field.kind.help))} |" for field in fields
    ]


def _taken(field: Field) -> str:
    unit = f" in {field.kind.unit}" if isinstance(field.kind, Quantity) else ""
    if not unit and field.parameter != field.name:
        unit = f" (as `{field.parameter}`)"
    return _cell(f"{accepted(field).removesuffix(' | None').replace(' | ', ', ')}{unit}")


def _absent(field: Field) -> str:
    if field.required:
        return "required"
    if field.default in (None, ()):
        return "nothing"
    return "no" if field.default is False else f"`{field.default}`" if field.default != "" else "an empty text"


def _told(text: str) -> str:
    return in_words(text, lambda name: f"`{name}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rest(asked: Question) -> list[str]:
    """What the docstring says beyond the help: what comes back, what is refused, the source, an example."""
    text = inspect.getdoc(asked.function) or ""
    beyond = text[len(asked.help) :].strip()
    prose, mark, example = beyond.partition(">>>")
    lines = [part for part in prose.strip().splitlines() if part]
    told: list[str] = []
    for line in lines:
        if line.startswith(("Returns ", "Refused ", "Source: ", "Example: ")) and told:
            told.append("")
        code = line.removeprefix("Example: ")
        told += [line] if code == line else ["```python", code, "```"]
    if mark:
        code = "\n".join(line.split("  # doctest:")[0] for line in (mark + example).splitlines())
        told += ["", "```python", code, "```"]
    return told


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
