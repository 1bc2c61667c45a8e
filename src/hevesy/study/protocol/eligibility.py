"""Who may enter: rules of eligibility, each an inclusion or an exclusion that every subject answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import LONGEST_D, DimensionOf, Key, Name, OneOf, Within, keep
from hevesy.study.protocol.counts import BLOOD_TEST_DIMENSION, BLOOD_TESTS, BloodTest

DRUG_CLASSES = (
    "proteasome inhibitor",
    "immunomodulatory drug",
    "anti-CD38 antibody",
    "anti-SLAMF7 antibody",
    "alkylator",
    "corticosteroid",
    "anthracycline",
    "anthracenedione",
    "platinum",
    "vinca alkaloid",
    "topoisomerase II inhibitor",
    "antimetabolite",
    "antitumour antibiotic",
    "XPO1 inhibitor",
    "HDAC inhibitor",
    "BCL2 inhibitor",
    "BTK inhibitor",
    "PI3K inhibitor",
    "mTOR inhibitor",
    "EZH2 inhibitor",
    "PD-1 inhibitor",
    "anti-CD20 antibody",
    "BCMA-directed",
    "GPRC5D-directed",
    "FcRH5-directed",
    "CD19-directed",
    "CD30-directed",
    "CD79b-directed",
    "antibody-drug conjugate",
    "bispecific antibody",
    "CAR T cells",
    "interferon",
    "radioimmunotherapy",
    "radioconjugate",
    "autologous transplant",
    "allogeneic transplant",
    "radiotherapy",
    "surgery",
    "bone-directed",
)
"""Classes of agents against the disease, by which prior therapies are asked for."""
Before = Literal["day 1", "consent", "enrolment"]
"""The day that a rule counts back from; day 1 is that of the first administration."""
Which = Literal["all", "any"]
OLDEST_A, MOST_LINES = 120, 50
_DIMENSIONS = {test: BLOOD_TEST_DIMENSION[test] for test in BLOOD_TESTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRule:
    """The age at enrolment in completed years, within bounds that may both be reached."""

    name: Annotated[str, Name(200)]
    exclusion: bool = False
    at_least_a: Annotated[int | None, Within(0, OLDEST_A)] = None
    at_most_a: Annotated[int | None, Within(0, OLDEST_A)] = None

    def __post_init__(self) -> None:
        keep(self)
        _bounds("at_least_a", self.at_least_a, "at_most_a", self.at_most_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorLinesRule:
    """The number of prior lines of therapy, within bounds that may both be reached."""

    name: Annotated[str, Name(200)]
    exclusion: bool = False
    at_least: Annotated[int | None, Within(0, MOST_LINES)] = None
    at_most: Annotated[int | None, Within(0, MOST_LINES)] = None

    def __post_init__(self) -> None:
        keep(self)
        _bounds("at_least", self.at_least, "at_most", self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedRule:
    """Prior therapy with an agent of each of some classes, or of any of them."""

    name: Annotated[str, Name(200)]
    classes: Annotated[tuple[str, ...], OneOf(DRUG_CLASSES)]
    exclusion: bool = False
    of_them: Which = "all"

    def __post_init__(self) -> None:
        keep(self)
        _some_classes(self.classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefractoryRule:
    """Myeloma refractory to each of some classes, or to any of them (IMWG, Blood 2011;117:4691)."""

    name: Annotated[str, Name(200)]
    classes: Annotated[tuple[str, ...], OneOf(DRUG_CLASSES)]
    exclusion: bool = False
    of_them: Which = "all"

    def __post_init__(self) -> None:
        keep(self)
        _some_classes(self.classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineCountRule:
    """The last blood count before a day, at least this much in the internal unit.

    It was taken at most `within_d` days before; what was carried by a transfusion or growth factor of the last
    `unsupported_d` days before it (None: nothing is asked of them) does not show that there is enough.
    """

    name: Annotated[str, Name(200)]
    test: BloodTest
    minimum: Annotated[float, DimensionOf("test", _DIMENSIONS)]
    within_d: Annotated[int, Within(1, LONGEST_D)]
    exclusion: bool = False
    unsupported_d: Annotated[int | None, Within(1, LONGEST_D)] = None
    before: Before = "day 1"

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TherapyFreeRule:
    """Days between the last day of prior therapy, of any or of one class, and a day."""

    name: Annotated[str, Name(200)]
    at_least_d: Annotated[int, Within(1, LONGEST_D)]
    exclusion: bool = False
    drug_class: Annotated[str | None, Key("class"), OneOf(DRUG_CLASSES)] = None
    before: Before = "day 1"

    def __post_init__(self) -> None:
        keep(self)


EligibilityRule = AgeRule | PriorLinesRule | ExposedRule | RefractoryRule | BaselineCountRule | TherapyFreeRule
ELIGIBILITY: dict[str, type[EligibilityRule]] = {
    "age": AgeRule,
    "prior lines": PriorLinesRule,
    "exposed": ExposedRule,
    "refractory": RefractoryRule,
    "blood count": BaselineCountRule,
    "days since therapy": TherapyFreeRule,
}
"""Rules of eligibility by the kind that a plan names."""


def _bounds(lower: str, least: int | None, upper: str, most: int | None) -> None:
    if least is None and most is None:
        raise FieldError(lower, f"must be given, or {upper}; without either nobody is asked anything")
    if least is not None and most is not None and most < least:
        raise FieldError(upper, f"must be {least} or more, as {lower} says, got {most}", most)


def _some_classes(classes: tuple[str, ...]) -> None:
    if not classes:
        raise FieldError("classes", "give the classes that are asked for", classes)
    if len(set(classes)) != len(classes):
        raise FieldError("classes", "a class stands once", classes)
