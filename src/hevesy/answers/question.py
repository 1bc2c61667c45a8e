"""A question: its command, its fields, how what is given is read, and where all questions are found.

A question is a file in a room of `hevesy.answers`: a function of the file's name, the line `COMMAND = "follow km"`
and, where its answers have a table or a figure that is worth printing by itself, `FACES = ("csv", "svg")`. What writes
into a study or makes a folder or a copy says `WRITES = True`; a field `dry_run` then shows what it would do.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.util import find_spec
from types import ModuleType
from typing import Annotated, get_args, get_origin, get_type_hints

import hevesy.answers
from hevesy.answers.answer import Answer
from hevesy.answers.asked import Asked
from hevesy.errors import QuestionError, RuleError

_COMMAND = re.compile(r'^COMMAND = "(.+)"$', flags=re.MULTILINE)
_REST = ("Returns ", "Refused ", "Source: ", "Example: ", ">>>")
"""How the parts of a docstring begin that are not for the help of a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that is asked: its name, the parameter it becomes, its kind, and what its value is.

    `value` is the value's type, `default` what it is when nothing is given; `group` names the parameter that holds it,
    where several fields make one value.
    """

    name: str
    parameter: str
    kind: Asked
    value: object
    default: object
    required: bool
    positional: bool
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question by its command, with the function that answers it."""

    command: str
    function: Callable[..., Answer]
    fields: tuple[Field, ...]
    groups: Mapping[str, type]
    faces: tuple[str, ...]
    writes: bool

    @property
    def name(self) -> str:
        """Its name in Python."""
        return self.function.__name__

    @property
    def help(self) -> str:
        """What it answers, for a reader who may ask it."""
        lines = (inspect.getdoc(self.function) or "").splitlines()
        ends = [place for place, line in enumerate(lines) if line.startswith(_REST)]
        return "\n".join(lines[: ends[0] if ends else None]).strip()

    def ask(self, *positional: object, **given: object) -> Answer:
        """The answer to what is given, in words or as values; by field, or by parameter."""
        values = self.read(*positional, **given)
        try:
            return self.function(**values)
        except QuestionError:
            raise
        except RuleError as error:
            if error.field in {field.name for field in self.fields}:
                raise QuestionError(str(error.args[0]), error.field) from error
            raise

    def read(self, *positional: object, **given: object) -> dict[str, object]:
        """What is given, as the function's arguments."""
        given = self._by_name(positional, given)
        values: dict[str, object] = {}
        grouped: dict[str, dict[str, object]] = {group: {} for group in self.groups if group not in given}
        for field in self.fields:
            if field.group is not None and field.group in given:
                if field.name in given:
                    raise QuestionError(f"⟦{field.name}⟧ is given beside {field.group}, which holds it", field.name)
                continue
            value = _read(field, given.get(field.name))
            (values if field.group is None else grouped[field.group])[field.parameter] = value
        for group, kind in self.groups.items():
            values[group] = _whole(kind, self._of_group(given[group], group) if group in given else grouped[group])
        return values

    def _of_group(self, given: object, group: str) -> dict[str, object]:
        """The fields of a group that is given whole, read as they are by themselves."""
        kind = self.groups[group]
        if not isinstance(given, kind):
            raise QuestionError(f"{group} is {kind.__name__}, got a {type(given).__name__}", group)
        own = [field for field in self.fields if field.group == group]
        each = {field.parameter: getattr(given, field.parameter) for field in own}
        return {
            field.parameter: field.default
            if each[field.parameter] == field.default
            else _read(field, each[field.parameter])
            for field in own
        }

    def _by_name(self, positional: tuple[object, ...], given: dict[str, object]) -> dict[str, object]:
        """What is given by the names of fields; what is no field, or is given twice, is refused."""
        places = [field.name for field in self.fields if field.positional]
        if len(positional) > len(places):
            raise QuestionError(
                f"{self.name} takes {len(places)} by their place ({', '.join(places) or 'none'}), the others by name; "
                f"got {len(positional)}"
            )
        found = dict(zip(places, positional, strict=False))
        names = {field.parameter: field.name for field in self.fields} | {
            field.name: field.name for field in self.fields
        }
        for word, value in given.items():
            name = names.get(word) or (word if word in self.groups else None)
            if name is None:
                raise QuestionError(
                    f"{self.name} does not ask {word!r}; it asks {', '.join(sorted(set(names.values())))}"
                )
            if name in found:
                raise QuestionError(f"⟦{name}⟧ is given twice", name)
            found[name] = value
        return found


def _read(field: Field, given: object) -> object:
    if given is None and not field.kind.reads_nothing:
        if field.required:
            raise QuestionError(f"⟦{field.name}⟧ is needed", field.name)
        return field.default
    try:
        value = field.kind.read(given)
    except QuestionError:
        raise
    except RuleError as error:
        raise QuestionError(str(error.args[0]), field.name) from error
    if field.required and isinstance(value, tuple) and not value:
        raise QuestionError(f"⟦{field.name}⟧ is needed", field.name)
    return value


def _whole(kind: type, values: dict[str, object]) -> object:
    """Fields made one value; a rule they break together is told by its field."""
    try:
        return kind(**values)
    except QuestionError:
        raise
    except RuleError as error:
        raise QuestionError(str(error.args[0]), *([error.field] if error.field else [])) from error


@cache
def commands() -> Mapping[str, str]:
    """The file of every question by its command, in order of rooms and names; two of one command or name are refused.

    Read from the line that says the command, so that a question is imported when it is asked.
    """
    found: dict[str, str] = {}
    for room in pkgutil.iter_modules(hevesy.answers.__path__, "hevesy.answers."):
        inside = pkgutil.iter_modules(import_module(room.name).__path__, f"{room.name}.") if room.ispkg else [room]
        for file in inside:
            command = _COMMAND.search(_source(file.name))
            if command is not None and found.setdefault(command[1], file.name) != file.name:
                raise RuleError(f"two questions have the command {command[1]!r}: {found[command[1]]} and {file.name}")
    names = [name.rpartition(".")[2] for name in found.values()]
    for name in names:
        if names.count(name) > 1:
            raise RuleError(f"two questions have the name {name!r}")
    return found


def _source(module: str) -> str:
    spec = find_spec(module)
    loader = spec.loader if spec is not None else None
    return (loader.get_source(module) or "") if isinstance(loader, InspectLoader) else ""


def question(command: str) -> Question:
    """A question by its command or by its name in Python."""
    known = commands() if isinstance(command, str) else {}
    module = known.get(command) or next((one for one in known.values() if one.endswith(f".{command}")), None)
    if module is None:
        raise QuestionError(f"there is no question {command!r}; there are {', '.join(known)}")
    return _question(import_module(module))


def questions() -> Mapping[str, Question]:
    """Every question by its command."""
    return {command: question(command) for command in commands()}


@cache
def _question(module: ModuleType) -> Question:
    """The question of a file."""
    function: Callable[..., Answer] = getattr(module, module.__name__.rpartition(".")[2])
    hints = get_type_hints(function, include_extras=True)
    found: list[Field] = []
    groups: dict[str, type] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        if get_origin(hint) is Annotated:
            positional = parameter.kind is not parameter.KEYWORD_ONLY
            found.append(_field(name, hint, parameter.default, parameter.empty, positional))
        elif is_dataclass(hint) and isinstance(hint, type):
            groups[name] = hint
            own = get_type_hints(hint, include_extras=True)
            found += [_field(one.name, own[one.name], one.default, MISSING, False, name) for one in fields(hint)]
    return Question(
        command=module.COMMAND,
        function=function,
        fields=tuple(found),
        groups=groups,
        faces=tuple(getattr(module, "FACES", ())),
        writes=bool(getattr(module, "WRITES", False)),
    )


def _field(
    parameter: str, hint: object, default: object, nothing: object, positional: bool, group: str | None = None
) -> Field:
    kind = next(one for one in get_args(hint)[1:] if isinstance(one, Asked))
    required = default is nothing
    return Field(
        name=kind.field(parameter),
        parameter=parameter,
        kind=kind,
        value=get_args(hint)[0],
        default=None if required else default,
        required=required,
        positional=positional,
        group=group,
    )
