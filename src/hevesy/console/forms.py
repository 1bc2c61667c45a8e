"""A question as a form: a control for each of its fields, and what a browser sends as what the question is given."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from hevesy.answers.asked import (
    Asked,
    Day,
    File,
    Flag,
    ImageFile,
    ImagePlaces,
    Machine,
    MappingFile,
    NewFile,
    NewFolder,
    OwnFolder,
    Place,
    Places,
    PlanFile,
    Said,
    Several,
    StudyFolder,
    TableFile,
    Text,
    WordsOrFile,
)
from hevesy.answers.question import Field, Question
from hevesy.answers.spelled import Words
from hevesy.console.shelf import NotOfferedError, Offered
from hevesy.errors import CONTROL, RuleError, in_words

Face = Literal["line", "lines", "choice", "flag", "day", "file", "files", "study", "name"]
"""How a control looks: `lines` of text, a `file` of those offered, the `study` that is served, the `name` of a file."""
NO_IMAGES = (".csv", ".json", ".parquet", ".tsv", ".xlsx", ".xpt")
"""How tables end, which are not offered as images."""
NOT_FROM_HERE = (Machine, OwnFolder)
"""Kinds of fields that a form never has: other machines, and folders of this one."""
LONGEST_VALUE = 20_000
"""Characters of one value."""
LABELS = {
    "a_plus_b": "A+B numbers",
    "as_of": "Data cut",
    "at": "At times",
    "bed": "BED",
    "by": "Group by",
    "ci": "Confidence interval",
    "ct": "CT",
    "ctcae": "CTCAE version",
    "efficacy": "True response rates",
    "eud_a": "Parameter of the EUD (a)",
    "ewoc": "Overdose bound (EWOC)",
    "find image at": "Point",
    "for_": "For the label",
    "head": "Head of the record",
    "icrp107": "ICRP 107",
    "known_at": "As known at",
    "n": "Subjects (n)",
    "n_max": "Subjects at most",
    "number": "Number",
    "on": "Taken on",
    "organ_dose": "Dose per activity",
    "out": "File to write",
    "p0": "Null rate (p0)",
    "p1": "Rate of interest (p1)",
    "pfs": "PFS",
    "plan compare p": "Scenarios: true DLT rates (p)",
    "plan paths p": "True DLT rates (p)",
    "prior": "Prior (BLRM)",
    "risk_of": "Risk of DLTs",
    "rmst": "Restricted mean to",
    "row": "Ledger row",
    "sd": "SD",
    "sha256": "SHA-256 told by the sender",
    "since": "Compare with cut",
    "rate_at": "Dose rate at",
    "study decide who": "Decided by",
    "study section name": "Section",
    "skeleton": "Prior DLT rates (skeleton)",
    "treat voxel-dose names": "Names of regions",
    "treat voxel-dose out": "Folder to make",
    "who": "Who",
    "withdraw": "Withdraw missing rows",
    "writer": "Written by",
    "x": "Number of events (x)",
}
"""Fields whose name is no word of the field of work; of one question alone after its command."""
MARKS = frozenset({"ask", "key", "fill", "form"})
"""What a browser sends beside the fields of a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A field as a form shows it: what is chosen from are pairs of value and words."""

    name: str
    face: Face
    label: str
    help: str
    required: bool
    default: str
    choices: Sequence[tuple[str, str]] = ()
    group: str | None = None
    absent: str = ""
    """What an empty choice stands for, where the field has no default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Controls that belong together; those without a title stand first."""

    title: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A question as a form; `left_out` are options of the command line that no form has."""

    question: Question
    groups: tuple[Group, ...]
    left_out: tuple[str, ...]
    of_study: bool
    example: str = ""
    """What fills the form in, as in an address."""

    @property
    def controls(self) -> Iterator[Control]:
        """Every control in reading order."""
        return (control for group in self.groups for control in group.controls)

    @property
    def previews(self) -> bool:
        """Whether it can show what it would write."""
        return self.question.writes and any(field.name == "dry_run" for field in self.question.fields)

    @property
    def takes_head(self) -> bool:
        """Whether it writes only on the state of the record that was looked at."""
        return self.question.writes and any(field.name == "head" for field in self.question.fields)

    @property
    def names(self) -> frozenset[str]:
        """The names of its controls."""
        return frozenset(control.name for control in self.controls)

    @property
    def asks_nothing(self) -> bool:
        """Whether it can be answered as it is opened: it asks a study, and nothing else that must be said."""
        return self.of_study and not self.question.writes and not any(one.required for one in self.controls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a browser sent: `values` as they stand in the form, `given` as the question takes them.

    `spelled` is the same for a shell, and `wrong` says what cannot be given, by field.
    """

    values: Mapping[str, tuple[str, ...]]
    given: Mapping[str, object]
    spelled: Mapping[str, Words]
    wrong: Mapping[str, str]
    not_offered: bool = False


def address(command: str) -> str:
    """Where a question is asked.

    >>> address("plan two-stage")
    '/plan-two-stage'
    """
    return "/" + command.replace(" ", "-")


def label(name: str) -> str:
    """A field as a form calls it.

    >>> label("as_of"), label("cohort_size"), label("n")
    ('Data cut', 'Cohort size', 'Subjects (n)')
    """
    return LABELS.get(name) or (name.replace("_", " ").capitalize() if len(name) > 2 else name)


def word(name: str) -> str:
    """What a form calls a field or a question in a sentence."""
    return f"“{name if ' ' in name else label(name)}”"


def form_of(question: Question, offered: Offered) -> Form:
    """The form of a question; files are chosen from those that are offered."""
    groups: dict[str | None, list[Control]] = {None: []}
    left_out = []
    for field in question.fields:
        if not _shown(field, question):
            left_out += [label(field.name)] if isinstance(field.kind, NOT_FROM_HERE) else []
            continue
        groups.setdefault(field.group, []).append(_control(question, field, offered))
    return Form(
        question=question,
        groups=tuple(
            Group(title=_title(question, group), controls=tuple(controls)) for group, controls in groups.items()
        ),
        left_out=tuple(left_out),
        of_study=any(isinstance(field.kind, StudyFolder) and field.required for field in question.fields),
        example=_example(question),
    )


def _example(question: Question) -> str:
    """The example of its docstring, as it fills the form in; none where it is given files or anything worked out."""
    call = _called(question.function)
    if call is None:
        return ""
    places = [field.name for field in question.fields if field.positional]
    given = [*zip(places, call.args, strict=False), *((one.arg or "", one.value) for one in call.keywords)]
    names = {field.name: field for field in question.fields}
    pairs: list[tuple[str, str]] = []
    for name, node in given:
        try:
            value = ast.literal_eval(node)
        except ValueError:
            return ""
        if name not in names:
            return ""
        several = value if isinstance(value, list | tuple) else (value,)
        if names[name].kind.many:
            pairs += [(name, ",".join(map(str, one)) if isinstance(one, list) else str(one)) for one in several]
        else:
            pairs.append((name, "yes" if value is True else ",".join(map(str, several))))
    return urlencode([*pairs, ("fill", "")])


@cache
def _called(function: Callable[..., object]) -> ast.Call | None:
    """How a docstring's example calls the function."""
    lines = (inspect.getdoc(function) or "").splitlines()
    typed = "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))
    for node in ast.walk(ast.parse(typed)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"hevesy.{function.__name__}":
            return node
    return None


def _title(question: Question, group: str | None) -> str:
    return "" if group is None else (inspect.getdoc(question.groups[group]) or group).split(". ")[0].strip(" .")


def _shown(field: Field, question: Question) -> bool:
    """Whether a field has a control: the study that is served has none, nor has the state a writer looked at."""
    if isinstance(field.kind, StudyFolder) and field.required:
        return False
    if field.name in ("head", "dry_run") and question.writes:
        return False
    return not isinstance(field.kind, NOT_FROM_HERE) and not (isinstance(field.kind, NewFolder) and not field.required)


def _control(question: Question, field: Field, offered: Offered) -> Control:
    kind = field.kind
    return Control(
        name=field.name,
        face=_face(kind),
        label=LABELS.get(f"{question.command} {field.name}") or label(field.name),
        help=_help(kind),
        required=field.required,
        default=_default(field),
        choices=_choices(kind, offered),
        group=field.group,
        absent="the mapping of the study" if isinstance(kind, MappingFile) and not field.required else "",
    )


def _help(kind: Asked) -> str:
    """What is said of a field, unless it only lists what can be chosen."""
    listed = (kind.choices or kind.offered) if isinstance(kind, Text) else ()
    if listed and set(re.split(r"\W*(?:, | or | and )\W*", kind.help.strip(" ."))) <= set(listed):
        return ""
    return in_words(kind.help, word)


def _face(kind: Asked) -> Face:
    match kind:
        case Flag():
            return "flag"
        case Day():
            return "day"
        case StudyFolder():
            return "study"
        case Places():
            return "files"
        case File() | TableFile() | MappingFile() | PlanFile():
            return "file"
        case Several() | WordsOrFile():
            return "lines"
        case Text() if kind.choices or kind.offered:
            return "choice"
        case Place():
            return "name"
        case _:
            return "line"


def _default(field: Field) -> str:
    if field.default is None or isinstance(field.default, bool) or field.default == () or field.required:
        return ""
    return ",".join(map(str, field.default)) if isinstance(field.default, tuple) else str(field.default)


def _choices(kind: Asked, offered: Offered) -> tuple[tuple[str, str], ...]:
    match kind:
        case MappingFile():
            shipped = tuple((name, f"{name}, comes with Hevesy") for name in kind.shipped())
            return (*_files(offered, plans=True), *shipped)
        case PlanFile():
            return _files(offered, plans=True)
        case TableFile():
            return _files(offered, plans=False)
        case ImagePlaces():
            return _images(offered, folders=True)
        case ImageFile():
            return _images(offered)
        case Places():
            return _files(offered, plans=False, folders=True)
        case File():
            return _files(offered, plans=False)
        case Text():
            return tuple((choice, choice) for choice in kind.choices or kind.offered)
        case _:
            return ()


def _files(offered: Offered, *, plans: bool | None = None, folders: bool = False) -> tuple[tuple[str, str], ...]:
    """The files that are offered; with `plans` only those that are written as plans and mappings are, or the others."""
    return tuple(
        (file.value, file.told)
        for file in offered.files
        if plans in (None, file.place.suffix == ".toml") and (folders or not file.is_folder)
    )


def _images(offered: Offered, *, folders: bool = False) -> tuple[tuple[str, str], ...]:
    """Of the files that are offered those that may be images: no table is one."""
    found = _files(offered, plans=False, folders=folders)
    tables = {file.value for file in offered.files if file.place.suffix.lower() in NO_IMAGES}
    return tuple(pair for pair in found if pair[0] not in tables)


def read(question: Question, sent: Sequence[tuple[str, str]], offered: Offered, study: Path) -> Filled:
    """What a browser sent to a question's form, in order; nothing of it is taken for the name of a file."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in sent:
        if name not in MARKS and value.strip():
            values[name] = (*values.get(name, ()), value.replace("\r\n", "\n"))
    fields = {field.name: field for field in question.fields}
    given: dict[str, object] = {}
    spelled: dict[str, Words] = {}
    wrong: dict[str, str] = {}
    not_offered = False
    for name, texts in values.items():
        if name not in fields:
            known = ", ".join(label(one.name) for one in question.fields)
            wrong[name] = f"this question does not ask {name[:40]!r}; it asks {known}"
            continue
        try:
            given[name], spelled[name] = _value(fields[name], texts, offered, study)
        except NotOfferedError as refusal:
            wrong[name], not_offered = str(refusal), True
        except RuleError as refusal:
            wrong[name] = str(refusal)
    for field in question.fields:
        if isinstance(field.kind, StudyFolder) and field.required:
            given[field.name] = spelled[field.name] = str(study)
    return Filled(values=values, given=given, spelled=spelled, wrong=wrong, not_offered=not_offered)


def _value(field: Field, texts: tuple[str, ...], offered: Offered, study: Path) -> tuple[object, Words]:
    """What was sent for a field, as the question takes it and as a shell spells it."""
    kind, text = field.kind, texts[0]
    if sum(map(len, texts)) > LONGEST_VALUE:
        raise RuleError(f"must have at most {LONGEST_VALUE:,} characters, got {sum(map(len, texts)):,}")
    if kind.many:
        return _several(kind, texts, offered)
    if len(texts) > 1:
        raise RuleError("is given twice")
    match kind:
        case Machine() | OwnFolder():
            raise NotOfferedError("is given at the command line alone")
        case Flag():
            if text not in ("yes", "no"):
                raise RuleError(f"yes or no is needed, got {text[:40]!r}")
            return text == "yes", text == "yes"
        case WordsOrFile():
            return Said(text), text
        case Text():
            return text, text
        case Place() | File() | TableFile() | StudyFolder() | MappingFile():
            place = _place(kind, text, offered, study)
            return place, place
        case _ if kind.typed is Path:
            raise NotOfferedError("cannot be given here: it is a place on this machine")
        case _:
            return text.strip(), text.strip()


def _several(kind: Asked, texts: tuple[str, ...], offered: Offered) -> tuple[object, Words]:
    """Several values: of files each is chosen, of texts each has a line."""
    if isinstance(kind, Places):
        files = tuple(str(offered.named(one).place) for one in texts)
        return list(files), files
    lines = tuple(line.strip() for one in texts for line in one.splitlines() if line.strip())
    return list(lines), lines


def _place(kind: Asked, text: str, offered: Offered, study: Path) -> str:
    """Where a file or folder lies that a form may name, or the bare name of one that shall be made."""
    match kind:
        case StudyFolder():
            if text != "yes":
                raise NotOfferedError("only the study that is served can be asked")
            return str(study)
        case MappingFile() if not any(file.value == text for file in offered.files):
            return _shipped(text)
        case File() | TableFile() | MappingFile() | PlanFile():
            chosen = offered.named(text)
            if chosen.is_folder:
                raise NotOfferedError(f"a file is needed; {chosen.told} is a folder")
            return str(chosen.place)
        case NewFolder() | NewFile():
            return _new_name(text)
        case _:
            raise NotOfferedError("cannot be given here: it is a place on this machine")


def _shipped(name: str) -> str:
    if name not in MappingFile.shipped():
        raise NotOfferedError(f"there is no file {name[:80]!r} here: drop it first, or choose one of the study")
    return name


def _new_name(text: str) -> str:
    """The bare name of what shall be made."""
    name = text.strip()
    if name.startswith((".", "~")) or set(name) & set("/\\:") or CONTROL.search(name) or len(name) > 100:
        raise NotOfferedError(f"a bare name is needed, as in copy.tar, got {name[:80]!r}")
    return name
