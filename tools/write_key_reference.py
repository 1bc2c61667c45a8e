"""Write the keys of protocol.toml, sources.toml and CASE.toml into docs/reference, as the readers ask for them.

Usage: python tools/write_key_reference.py

The readers are followed through their source: which table a function reads, which keys it takes from it, of what kind
and with which default. Where one reads a chapter (`section.read(Chapter)`), its keys are those that the fields of the
chapter declare. What stands between the marks of a page is written anew, the rest of it is prose.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from hevesy.files import case, protocol, sources
from hevesy.study.declared import (
    Days,
    Declared,
    Dimension,
    DimensionOf,
    Grade,
    Name,
    OneOf,
    Percent,
    StudyDay,
    Within,
    declared,
)
from hevesy.study.protocol.designs import DESIGNS, in_protocols
from hevesy.study.protocol.escalation import Escalation

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
SRC = ROOT / "src" / "hevesy"
PAGES: dict[Path, tuple[ModuleType, str, Path | None]] = {
    REFERENCE / "case.md": (case, "read_case", None),
    REFERENCE / "protocol.md": (protocol, "read_protocol", SRC / "examples" / "clr131" / "protocol.toml"),
    REFERENCE / "sources.md": (sources, "read_sources", SRC / "files" / "mappings" / "clr131.toml"),
}
OF_KIND = {"name": "name", "texts": "list of texts", "quantity": "quantity with its unit", "word": "one of some words"}
TAKES = ("get", "maybe", "has", "section", "sections", *OF_KIND)
NOT_IN_PLANS = {"response_limit", "table"}
"""Fields of an escalation that only designs of the command line take."""
NEEDED = "needed"
BY_ANOTHER_KEY = ("dose_level[]",)
"""Tables whose keys are needed by what another key of theirs says."""
NOTHING = re.compile(r"(^|; |[.] )None:")
OF_CASE = {
    "at": "list of times with their units, after the administration",
    "activity": "list of activities with their units, one a time",
    "fraction": "list of shares of the administered (`%`), in the place of `activity`",
    "uncertainty": "list, one a time: in the unit of the activity, or `%` of its own activity; standard (k = 1)",
    "tia": "time-integrated activity with its unit, as in `5.2 GBq h`",
    "residence_time": "time with its unit: time-integrated activity over the administered",
    "tia_uncertainty": "share with its unit, of a `tia` or `residence_time`; standard (k = 1)",
    "decay_corrected": f"true or false; {NEEDED} beside `at`",
    "corrected_with": "nuclide; needed where `decay_corrected` is true",
}
"""Keys of a region's activity, which are read by each other."""
CASE_TABLES = {
    "": {
        "administered": (f"activity with its unit, of each administration; {NEEDED} without `[[administration]]`", ""),
        "administrations": ("whole number, 1 to 100, each of `administered`", "1"),
        "interval": (f"time with its unit, from one to the next; {NEEDED} where there are several", ""),
        "imaged_administered": ("activity with its unit", ""),
    },
    "administration[]": {"at": ("time with its unit, after the first; `0h` of the first", NEEDED)},
    "bladder": {
        "voided_every": ("time with its unit, or `never`", NEEDED),
        "body": ("one of `whole body`, `remainder`", NEEDED),
    },
    "effect[].limit": {"of": ("one of `BED`, `EQD2`", NEEDED)},
    "recovery": {
        "half_volume_mL": (
            "number: the volume, mL, of which half is recovered; recovery is 1 / (1 + (this / volume)^power)",
            NEEDED,
        ),
        "power": ("number, above 0 and up to 10", NEEDED),
        "half_uncertainty": ("share with its unit: relative, of the half volume; standard (k = 1)", NEEDED),
        "power_uncertainty": ("share with its unit: relative, of the power; standard (k = 1)", NEEDED),
        "correlation": ("number, -1 to 1: between the two", "0.0"),
    },
    "marrow": {
        "source": ("name of at most 60 characters: the marrow's among the sources of the table", NEEDED),
        "target": ("name of at most 60 characters: its name among the targets, where it is another", ""),
    },
    "marrow.blood": {
        "tia": ("concentration over time with its unit: of whole blood, of the nuclide that treats", NEEDED),
        "haematocrit": ("number, 0.1 to 0.7: the ratio of marrow to blood is 0.19 / (1 - haematocrit)", ""),
    },
    "marrow.images": {
        "part": ("name of at most 60 characters: what was outlined, as in `L2-L4`", NEEDED),
        "share": ("share with its unit: of all red marrow, in that part", NEEDED),
    },
    "table": {
        "mass": (
            "table: by the table's names of targets and of sources, what each weighs in its phantom; "
            "[which are needed](../how-to/organ-dose.md)",
            "",
        ),
        "unit": ("text: the unit of its figures, as in `mGy/(MBq s)`", NEEDED),
        "alpha_weight": ("number: what doses by alphas were multiplied by; 1: absorbed dose", NEEDED),
        "nuclide": ("text: whose decays it counts", NEEDED),
    },
    "remainder": {"corrected_with": (f"nuclide whose decay was taken out; {NEEDED} where `excreted` is told", "")},
    "remainder.excreted[]": {
        "at": ("time with its unit: each of the regions' times", NEEDED),
        "share": ("share with its unit: all that had left by then, corrected for decay to the administration", NEEDED),
    },
}
"""Keys that are read by each other or by a word in the place of a quantity."""
OF_READER = {"time_zone": "time zone"}
WORDS = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "list": "list",
    "dict": "table",
    "tuple": "two numbers",
}


@dataclass
class Keys:
    """The keys of a table, each with what it takes and what it is where it is not given."""

    of: dict[str, tuple[str, str]] = field(default_factory=dict)

    def add(self, key: str, kind: str, default: str) -> None:
        """Note a key; what was known of it stays unless more is told."""
        known = self.of.get(key, ("", ""))
        self.of[key] = (known[0] or kind, known[1] or default)


class Reader:
    """A module that reads a TOML file, followed from its first function."""

    def __init__(self, module: ModuleType, first: str) -> None:
        self._module = module
        tree = ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))
        self._functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        self.tables: dict[str, Keys] = {}
        self._seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        self._follow(self._functions[first], {})

    def _follow(self, function: ast.FunctionDef, places: dict[str, str]) -> None:
        """Go through a function whose variables hold tables: where each stands, by its name."""
        known = (function.name, tuple(sorted(places.items())))
        if known in self._seen:
            return
        self._seen.add(known)
        for node in function.body:
            self._visit(node, places)

    def _visit(self, node: ast.AST, places: dict[str, str]) -> None:
        """Go through a part of a function in its order; what a comprehension names holds within it."""
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.DictComp | ast.SetComp):
            places = dict(places)
            for one in node.generators:
                self._name(one.target, one.iter, places)
                self._each_key(one, places)
        if isinstance(node, ast.Call):
            self._call(node, places)
        for child in ast.iter_child_nodes(node):
            self._visit(child, places)
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for name, value in zip(names, values, strict=False):
                    self._name(name, value, places)
            case ast.Assign(targets=[name], value=value):
                self._name(name, value, places)

    def _each_key(self, one: ast.comprehension, places: dict[str, str]) -> None:
        """Keys that are gone through by name: `for key in ("activity", "BED") if section.has(key)`."""
        match one:
            case ast.comprehension(
                iter=ast.Tuple(elts=keys), ifs=[ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="has"))]
            ) if owner in places:
                for key in map(self._constant, keys):
                    if key is not None:
                        self._keys(places[owner]).add(key, "quantity with its unit", "")

    def _name(self, name: ast.expr, value: ast.expr, places: dict[str, str]) -> None:
        at = self._table(value, places)
        if isinstance(name, ast.Name) and at is not None:
            places[name.id] = at

    def _table(self, value: ast.expr, places: dict[str, str]) -> str | None:
        """The place of a table that an expression gives, where it gives one."""
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="Section"), attr="parse")):
                return ""
            case ast.Name(id=name):
                return places.get(name)
            case ast.IfExp(body=body):
                return self._table(body, places)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=owner), attr=("section" | "sections") as how), args=[key, *_]
            ):
                text = self._constant(key)
                if owner in places and text is not None:
                    above = f"{places[owner]}." if places[owner] else ""
                    return f"{above}{text}{'[]' if how == 'sections' else ''}"
        return None

    def _call(self, call: ast.Call, places: dict[str, str]) -> None:
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=how), args=[first, *rest]) if (
                owner in places
            ):
                key = self._constant(first)
                if key is not None and how in TAKES:
                    asked = NEEDED if self._module is case and how in ("name", "quantity") else ""
                    self._keys(places[owner]).add(key, self._kind(how, rest), self._default(how, rest) or asked)
                elif how in ("read", "part"):
                    self._chapter(first, places[owner], {one.arg for one in call.keywords})
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in OF_READER:
                at = next((at for one in arguments if (at := self._table(one, places)) is not None), None)
                usual = self._functions[name].args.defaults if name in self._functions else []
                key = next((key for one in (*arguments, *usual) if (key := self._constant(one)) is not None), None)
                if at is not None and key is not None:
                    self._keys(at).add(key, OF_READER[name], "")
        if isinstance(call.func, ast.Name) and call.func.id in self._functions and call.func.id not in OF_READER:
            function = self._functions[call.func.id]
            names = [argument.arg for argument in function.args.args]
            inside = {
                name: at
                for name, value in zip(names, call.args, strict=False)
                if (at := self._table(value, places)) is not None
            }
            if inside:
                self._follow(function, inside)

    def _chapter(self, named: ast.expr, place: str, given: set[str | None]) -> None:
        """The keys of a chapter, or of each that may be chosen (`RULES[kind]`), but for what is given otherwise."""
        match named:
            case ast.Call(func=ast.Attribute(attr="kind"), args=[kinds]):
                self._keys(place).add("kind", "", "")
                named = kinds
        told = eval(ast.unparse(named), vars(self._module))
        if isinstance(told, dict):
            self._keys(place).of["kind"] = _one_of(tuple(told)), NEEDED
        for kind in told.values() if isinstance(told, dict) else (told,):
            self._declared(kind, place, given, one_of_some=isinstance(told, dict))

    def _declared(self, kind: type, place: str, given: set[str | None], *, one_of_some: bool = False) -> None:
        """Keys that the fields of a chapter declare; what one of some kinds needs is not needed of all."""
        for one in declared(kind):
            if one.name in given or (kind is Escalation and one.name in NOT_IN_PLANS):
                continue
            above = f"{place}." if place else ""
            if not one.key:
                self._declared(one.kind, place, set())
                continue
            beside = one.key.rpartition(".")[0]
            if beside:
                self._keys(place).add(beside, "table", "")
            table, _, key = f"{above}{one.key}".rpartition(".")
            kind_told, default = _in_words(one)
            if means := _meanings(kind).get(one.name):
                kind_told = f"{kind_told}. {means[0].upper()}{means[1:]}"
            needed = one.required and not (one.chapter or one_of_some or place in BY_ANOTHER_KEY)
            self._keys(table).of[key] = kind_told, NEEDED if needed else default
            if one.chapter:
                self._declared(one.kind, f"{above}{one.key}{'[]' if one.many else ''}", set())

    def _keys(self, table: str) -> Keys:
        return self.tables.setdefault(table, Keys())

    def _constant(self, value: ast.expr) -> str | None:
        return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None

    def _kind(self, how: str, rest: list[ast.expr]) -> str:
        if how in ("get", "maybe") and rest:
            return WORDS.get(ast.unparse(rest[0]), "")
        if how == "quantity" and rest and (dimension := self._constant(rest[0])) is not None:
            return f"{dimension.replace('_', ' ')} with its unit"
        if how == "word":
            return _one_of(eval(ast.unparse(rest[0]), vars(self._module)))  # the words the reader compares with
        return {"section": "table", "sections": "tables"}.get(how, OF_KIND.get(how, ""))

    def _default(self, how: str, rest: list[ast.expr]) -> str:
        place = {"get": 1, "whole": 2, "texts": 0}.get(how)
        if place is None or len(rest) <= place:
            return ""
        told = eval(ast.unparse(rest[place]), vars(self._module))  # a constant of the reader
        if isinstance(told, tuple):
            return ", ".join(told)
        return "" if told in ([], None, "") else json.dumps(told)


def _one_of(words: tuple[str, ...]) -> str:
    return "one of " + ", ".join(f"`{word}`" for word in words)


@cache
def _meanings(kind: type) -> dict[str, str]:
    """What the fields of a chapter mean, by the sentences that stand below them."""
    tree = ast.parse(Path(inspect.getfile(kind)).read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for chapter in ast.walk(tree):
        if not (isinstance(chapter, ast.ClassDef) and chapter.name == kind.__name__):
            continue
        for one, below in pairwise(chapter.body):
            match one, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = NOTHING.sub(r"\1without it:", " ".join(text.split()).rstrip("."))
    return found


def _in_words(one: Declared) -> tuple[str, str]:
    """What a field takes, and what it is where it is not given."""
    if one.chapter:
        return ("tables" if one.many else "table"), ""
    kind = WORDS.get(one.kind.__name__, one.kind.__name__)
    for mark in one.marks:
        match mark:
            case OneOf(words=words):
                kind = _one_of(words)
            case Dimension(name=dimension):
                kind = f"{dimension.replace('_', ' ')} with its unit"
            case DimensionOf(field=other):
                kind = f"quantity with its unit, that of the `{other}`"
            case Days():
                kind = "time in days, with its unit"
            case Name(longest=longest):
                kind = f"name of at most {longest} characters"
            case Within(lowest=lowest, highest=highest):
                kind = f"whole number, {lowest:,} to {highest:,}"
            case StudyDay():
                kind = "study day"
            case Grade():
                kind = "grade of CTCAE"
            case Percent():
                kind = "percentage"
    if one.many:
        several = f"names{kind.removeprefix('name')}" if kind.startswith("name of ") else f"{kind}s"
        kind = f"list: {kind}" if kind.startswith("one of ") else f"list of {several}"
    default = one.default
    if default in (None, ()):
        return kind, ""
    if isinstance(default, tuple) and all(isinstance(word, str) for word in default):
        return kind, ", ".join(default)
    return kind, json.dumps(default)


def tables_of(module: ModuleType, first: str) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    """The tables of a file in their order, each with its keys."""
    for place, keys in sorted(Reader(module, first).tables.items()):
        yield place, keys.of


def written(page: Path) -> str:
    """A page with its example and its keys as they are today."""
    module, first, example = PAGES[page]
    text = page.read_text(encoding="utf-8")
    if example is not None:
        text = _between(text, "example", f"```toml\n{example.read_text(encoding='utf-8').rstrip()}\n```")
    lines = []
    for place, keys in tables_of(module, first):
        heading = f"[[{place.replace('[]', '')}]]" if place.endswith("[]") else f"[{place.replace('[]', '')}]"
        lines += [
            f"### `{heading}`" if place else "### At the top",
            "",
            "| key | takes | where not given |",
            "|---|---|---|",
        ]
        if module is case and "residence_time" in keys:
            keys |= {key: (kind, "") for key, kind in OF_CASE.items()}
        if module is case and "on" in keys:
            keys["on"] = "date", NEEDED
        if module is case and place in CASE_TABLES:
            keys |= CASE_TABLES[place]
        for key, (kind, default) in keys.items():
            told = default if default in ("", NEEDED) else f"`{default}`"
            lines.append(f"| `{key}` | {kind} | {told} |")
        lines.append("")
    if module is protocol:
        text = _between(text, "designs", designs())
    return _between(text, "keys", "\n".join(lines).rstrip())


def designs() -> str:
    """The designs that a plan may name, each with what it needs."""
    lines = ["| design | what it is | needs | may have | source |", "|---|---|---|---|---|"]
    for name in in_protocols():
        words = DESIGNS[name]
        needs, may_have = (", ".join(f"`{key}`" for key in keys) for keys in (words.needs, words.may_have))
        lines.append(f"| `{name}` | {words.says} | {needs} | {may_have} | {words.source} |")
    return "\n".join(lines)


def _between(text: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark}: written by tools/write_key_reference.py -->", f"<!-- end of {mark} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(written(page), encoding="utf-8")
