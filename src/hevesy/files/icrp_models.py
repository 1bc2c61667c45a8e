"""Read biokinetic models of ICRP from .inp files in FlexID's layout, and tissue weights, that the user has."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from hevesy.errors import DeliveryError, RuleError, shown
from hevesy.files.arithmetic import calculated
from hevesy.nuclides.nuclide import SYMBOLS
from hevesy.study.biokinetics import BiokineticModel, Compartment, Transfer

MOST_BYTES = 2_000_000
MOST_COMPARTMENTS = 500
HOURS_PER_DAY = 24.0
NONE = re.compile(r"-+")
"""What stands where no region or no rate is."""
_SECTION = re.compile(r"\[([^\[\]]+)\]")
_PARAMETER = re.compile(r"\$\{(\w+)\}/(\w+)\s*=\s*(.+)")
_EXPRESSION = re.compile(r"\$\((.*)\)")
Rows = list[tuple[int, str]]


def read_biokinetic_model(path: Path) -> BiokineticModel:
    """A model: [title], [nuclide], [parameter], [intake], and of each nuclide [NAME:compartment] and [NAME:transfer].

    Compartments are `acc` (in the body), `exc` (excreted) or `inp` (what is taken in, shared out at once). Rates are
    per day. `$if parent` holds: a file is read as its first nuclide's. From a compartment of a parent (`I-131/Liver1`)
    a daughter is born in the compartment named, or, where a rate stands, in the parent's region, which it leaves by
    that rate. Numbers may be written as $(arithmetic) of the parameters of the nuclide's element; nothing else is
    calculated. Refused is whatever is not understood.
    """
    return _Reader(path).model()


def read_tissue_weights(path: Path) -> dict[str, float]:
    """Tissue weighting factors by target region: a heading, then a name and a number in each line."""
    found: dict[str, float] = {}
    for line, text in _lines(path)[1:]:
        words = text.split()
        try:
            value = float(words[1]) if len(words) == 2 else math.nan
        except ValueError:
            value = math.nan
        if not 0 <= value <= 1:
            raise DeliveryError(
                f"{path.name}, line {line}: a target and a weight of 0 to 1 stand here, got {shown(text)}", line
            )
        if words[0] in found:
            raise DeliveryError(f"{path.name}, line {line}: the target {words[0]} stands twice", line)
        found[words[0]] = value
    if not found:
        raise DeliveryError(f"{path.name} has no tissue weights")
    return found


def _lines(path: Path) -> Rows:
    """Lines that say something, with their numbers, without comments."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise DeliveryError(f"{path.name} cannot be read: {error.strerror}") from error
    if content is None:
        raise DeliveryError(f"{path.name} is larger than {MOST_BYTES:,} bytes: no such file is")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeliveryError(f"{path.name} is no text in UTF-8: {error}") from error
    rows = [(number, line.split("#")[0].strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, line) for number, line in rows if line]


@dataclass(slots=True)
class _Reader:
    """What was read of a file so far."""

    path: Path
    sections: dict[str, Rows] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    nuclides: tuple[str, ...] = ()
    parameters: dict[str, dict[str, float]] = field(default_factory=dict)
    compartments: list[Compartment] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    inputs: set[int] = field(default_factory=set)
    transfers: list[Transfer] = field(default_factory=list)
    births: list[tuple[int, int]] = field(default_factory=list)
    intake: list[tuple[int, float]] = field(default_factory=list)

    def model(self) -> BiokineticModel:
        self._split()
        self.nuclides = tuple(word for line, text in self._of("nuclide") for word in self._names(line, text))
        self._check_sections()
        self._read_parameters()
        for nuclide in self.nuclides:
            for line, text in self._of(f"{nuclide}:compartment"):
                self._compartment(nuclide, line, text)
        for nuclide in self.nuclides:
            seen: set[tuple[str, str]] = set()
            for line, text in self._of(f"{nuclide}:transfer"):
                self._transfer(nuclide, line, text, seen)
        for line, text in self.sections.get("intake", []):
            self._taken_in(line, text)
        try:
            return BiokineticModel(
                title=" ".join(text for _, text in self.sections.get("title", [])),
                nuclides=self.nuclides,
                compartments=tuple(self.compartments),
                transfers=tuple(self.transfers),
                births=tuple(self.births),
                intake=tuple(self.intake),
            )
        except RuleError as error:
            raise DeliveryError(f"{self.path.name}: {error.rule}") from error

    def _fault(self, line: int, rule: str) -> NoReturn:
        raise DeliveryError(f"{self.path.name}, line {line}: {rule}", line)

    def _split(self) -> None:
        name = ""
        for line, text in _lines(self.path):
            if header := _SECTION.fullmatch(text):
                name = header[1].strip()
                if name in self.sections:
                    self._fault(line, f"the section [{name}] stands twice, first in line {self.starts[name]}")
                self.sections[name], self.starts[name] = [], line
            elif not name:
                self._fault(line, f"a model begins with a section, as [title], got {shown(text)}")
            else:
                self.sections[name].append((line, text))

    def _of(self, section: str) -> Rows:
        if not self.sections.get(section):
            raise DeliveryError(f"{self.path.name} has no section [{section}], or an empty one")
        return self.sections[section]

    def _names(self, line: int, text: str) -> list[str]:
        names = text.split()
        for name in names:
            if not re.fullmatch(rf"({'|'.join(SYMBOLS)})-\d+[mn]?", name):
                self._fault(line, f"names of nuclides are written as I-131, branchings are not read, got {shown(name)}")
        return names

    def _check_sections(self) -> None:
        known = {"title", "nuclide", "parameter", "intake"}
        known |= {f"{one}:{what}" for one in self.nuclides for what in ("compartment", "transfer")}
        for name, line in self.starts.items():
            if name not in known:
                self._fault(line, f"[{name}] is no section of a model of {', '.join(self.nuclides)}")
        if len(set(self.nuclides)) != len(self.nuclides):
            self._fault(self.starts["nuclide"], "a nuclide stands twice")

    def _read_parameters(self) -> None:
        within = 0
        for line, text in self.sections.get("parameter", []):
            if text == "$if parent":
                within = line if not within else self._fault(line, "$if within $if is not read")
            elif text == "$endif":
                within = 0 if within else self._fault(line, "$endif without $if")
            elif given := _PARAMETER.fullmatch(text):
                element, name, value = given.groups()
                if element not in SYMBOLS:
                    self._fault(line, f"{shown(element)} is no element")
                known = self.parameters.setdefault(element, {})
                if name in known:
                    self._fault(line, f"the parameter {name} of {element} stands twice")
                known[name] = self._value(line, value, known)
            else:
                self._fault(
                    line,
                    f"a parameter is written as ${{I}}/fA = 0.99, the only condition is $if parent, got {shown(text)}",
                )
        if within:
            self._fault(within, "$if without $endif")

    def _value(self, line: int, text: str, names: dict[str, float]) -> float:
        given = _EXPRESSION.fullmatch(text)
        try:
            return calculated(given[1] if given else text, names if given else {})
        except RuleError as error:
            self._fault(line, error.rule)

    def _number(self, line: int, nuclide: str, text: str) -> float:
        return self._value(line, text, self.parameters.get(nuclide.split("-")[0], {}))

    def _compartment(self, nuclide: str, line: int, text: str) -> None:
        words = text.split()
        if len(words) != 3 or words[0] not in ("acc", "exc", "inp"):
            self._fault(
                line, f"a compartment is written as acc, exc or inp, its name, its source region, got {shown(text)}"
            )
        kind, name, region = words
        if "/" in name or f"{nuclide}/{name}" in self.places:
            self._fault(line, f"the compartment {name} of {nuclide} stands twice, or has a / in its name")
        if kind == "inp" and nuclide != self.nuclides[0]:
            self._fault(line, f"what is taken in is {self.nuclides[0]}, not {nuclide}")
        place = self._add(
            Compartment(
                nuclide=nuclide, name=name, region=None if NONE.fullmatch(region) else region, excreted=kind == "exc"
            ),
            line,
        )
        if kind == "inp":
            self.inputs.add(place)

    def _add(self, compartment: Compartment, line: int) -> int:
        if len(self.compartments) >= MOST_COMPARTMENTS:
            self._fault(line, f"a model has at most {MOST_COMPARTMENTS} compartments")
        place = self.places[str(compartment)] = len(self.compartments)
        self.compartments.append(compartment)
        return place

    def _place(self, line: int, nuclide: str, name: str) -> int:
        full = name if "/" in name else f"{nuclide}/{name}"
        if full not in self.places:
            near = [str(one) for one in self.compartments if one.name.casefold() == name.split("/")[-1].casefold()]
            self._fault(line, f"there is no compartment {full}{f'; there is {near[0]}' if near else ''}")
        return self.places[full]

    def _transfer(self, nuclide: str, line: int, text: str, seen: set[tuple[str, str]]) -> None:
        words = text.split(None, 2)
        if len(words) != 3:
            self._fault(line, f"a transfer is written as from, to, rate, got {shown(text)}")
        start, end = self._place(line, nuclide, words[0]), self._place(line, nuclide, words[1])
        if (words[0], words[1]) in seen:
            self._fault(line, f"the transfer from {words[0]} to {words[1]} stands twice")
        seen.add((words[0], words[1]))
        if self.compartments[end].nuclide != nuclide:
            self._fault(line, f"transfers of {nuclide} end in its own compartments, got {words[1]}")
        born, rate = self.compartments[start].nuclide != nuclide, words[2]
        if not born:
            self._moved(line, nuclide, start, end, rate)
        elif NONE.fullmatch(rate):
            self.births.append((start, end))
        else:
            self._born_apart(line, nuclide, start, end, rate)

    def _moved(self, line: int, nuclide: str, start: int, end: int, rate: str) -> None:
        if start in self.inputs:
            self.intake.append((end, self._share(line, rate)))
            return
        self.transfers.append(Transfer(start=start, end=end, per_h=self._rate(line, nuclide, rate)))

    def _born_apart(self, line: int, nuclide: str, start: int, end: int, rate: str) -> None:
        """A daughter that is born in the parent's region and leaves it by a rate."""
        parent = self.compartments[start]
        name = f"from {parent}"
        if f"{nuclide}/{name}" in self.places:
            self._fault(line, f"where {nuclide} goes that is born in {parent} stands twice")
        place = self._add(Compartment(nuclide=nuclide, name=name, region=parent.region, excreted=parent.excreted), line)
        self.births.append((start, place))
        self.transfers.append(Transfer(start=place, end=end, per_h=self._rate(line, nuclide, rate)))

    def _rate(self, line: int, nuclide: str, text: str) -> float:
        if text.endswith("%") or NONE.fullmatch(text):
            self._fault(line, f"a rate per day stands here, got {shown(text)}")
        value = self._number(line, nuclide, text)
        if value < 0:
            self._fault(line, f"a rate is 0 or more, got {value:g} per day")
        return value / HOURS_PER_DAY

    def _share(self, line: int, text: str) -> float:
        if not text.endswith("%"):
            self._fault(line, f"a share of the intake is written in %, got {shown(text)}")
        return self._number(line, self.nuclides[0], text[:-1].strip()) / 100

    def _taken_in(self, line: int, text: str) -> None:
        words = text.split(None, 1)
        if len(words) != 2:
            self._fault(line, f"an intake is written as a compartment and a share in %, got {shown(text)}")
        place = self._place(line, self.nuclides[0], words[0])
        self.intake.append((place, self._share(line, words[1])))
