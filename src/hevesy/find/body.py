"""The body that uptake is set in proportion to: its mass, lean or ideal mass, or surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from hevesy.errors import CannotAnswerError, RuleError
from hevesy.imaging.pet import TAGS, PetHeader

Kind = Literal["bw", "lbm", "lbm-james128", "lbm-james148", "bsa", "ibw"]
FRACTION = "fraction"
"""Of the activity given in a mL: an SUV in proportion to no body."""
WEIGHT_KG, HEIGHT_M = (1.0, 500.0), (0.3, 2.6)
"""What bodies lie within; outside it a unit is wrong."""


@dataclass(slots=True)
class Body:
    """The body that uptake is set in proportion to."""

    header: PetHeader
    warnings: list[str] = field(default_factory=list)

    def numerator(self, kind: str) -> float:
        """Mass in g, or surface in cm2, of a kind of SUV; refused where what it needs is missing."""
        if kind == FRACTION:
            return 1.0
        if kind == "bw":
            return 1000 * self._weight_kg(kind)
        if kind == "bsa":
            return float(1e4 * 0.007184 * self._weight_kg(kind) ** 0.425 * (100 * self._height_m(kind)) ** 0.725)
        by_sex = FORMULAS.get(kind)
        if by_sex is None:
            raise RuleError(f"{kind!r} is none of bw, lbm, lbm-james128, lbm-james148, bsa, ibw")
        weight_kg = 0.0 if kind == "ibw" else self._weight_kg(kind)
        found = self._sexed(kind, by_sex, weight_kg, self._height_m(kind))
        if found <= 0:
            raise CannotAnswerError(f"{named(kind)} is not above 0 for this weight and height")
        return 1000 * found

    @staticmethod
    def tags(*kinds: str) -> str:
        """What they rest on."""
        real = [kind for kind in kinds if kind != FRACTION]
        needed = {"weight": any(kind != "ibw" for kind in real), "height": any(kind != "bw" for kind in real)}
        needed["sex"] = any(kind not in ("bw", "bsa") for kind in real)
        return " ".join(TAGS[name] for name, is_so in needed.items() if is_so)

    def _sexed(self, kind: str, by_sex: _BySex, weight_kg: float, height_m: float) -> float:
        sex = self.header.sex
        if kind == "lbm-james148" and sex != "F":
            raise CannotAnswerError(
                f"148 is James's coefficient for women, and the sex is {sex or 'missing'} {TAGS['sex']}"
            )
        male, female = (of(weight_kg, height_m) for of in by_sex)
        match sex:
            case "M":
                return male
            case "F":
                return female
            case "O":
                self._once(f"the sex is O {TAGS['sex']}: the mean of a man's and a woman's {named(kind)} was taken")
                return (male + female) / 2
            case _:
                said = "missing" if not sex else f"{sex!r}"
                raise CannotAnswerError(f"{named(kind)} needs the sex (M, F or O), which is {said} {TAGS['sex']}")

    def _weight_kg(self, kind: str) -> float:
        return self._within(self.header.weight_kg, WEIGHT_KG, "weight", "kg", kind)

    def _height_m(self, kind: str) -> float:
        return self._within(self.header.height_m, HEIGHT_M, "height", "m", kind)

    @staticmethod
    def _within(value: float | None, bounds: tuple[float, float], name: str, unit: str, kind: str) -> float:
        if not value:
            raise CannotAnswerError(f"{named(kind)} needs the {name}, which is missing or 0 {TAGS[name]}")
        if not bounds[0] <= value <= bounds[1]:
            raise CannotAnswerError(
                f"a {name} of {value:g} {unit} {TAGS[name]} is not believable: is the unit another?"
            )
        return value

    def _once(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


_BySex = tuple[Callable[[float, float], float], Callable[[float, float], float]]
FORMULAS: dict[str, _BySex] = {
    "lbm": (
        lambda kg, m: 9270 * kg / (6680 + 216 * kg / m**2),
        lambda kg, m: 9270 * kg / (8780 + 244 * kg / m**2),
    ),
    "lbm-james128": (
        lambda kg, m: 1.10 * kg - 128 * (kg / (100 * m)) ** 2,
        lambda kg, m: 1.07 * kg - 148 * (kg / (100 * m)) ** 2,
    ),
    "lbm-james148": (
        lambda kg, m: 1.10 * kg - 128 * (kg / (100 * m)) ** 2,
        lambda kg, m: 1.07 * kg - 148 * (kg / (100 * m)) ** 2,
    ),
    "lbm-morgan": (
        lambda kg, m: 1.10 * kg - 120 * (kg / (100 * m)) ** 2,
        lambda kg, m: 1.07 * kg - 148 * (kg / (100 * m)) ** 2,
    ),
    "ibw": (lambda kg, m: 48.0 + 1.06 * (100 * m - 152), lambda kg, m: 45.5 + 0.91 * (100 * m - 152)),
}
"""Mass in kg of men and of women from kg and m.

Source: Janmahasatian et al., Clin Pharmacokinet 2005;44:1051; James, Research on Obesity, HMSO 1976; Morgan and Bray,
Metabolism 1994;43:645 (read where a series says LBM, never made); ideal weight as in Sugawara et al., Radiology
1999;213:521. Surface: Du Bois, Arch Intern Med 1916;17:863.
"""
_WORDS = {
    FRACTION: "the activity given",
    "bw": "body weight",
    "lbm": "lean body mass (Janmahasatian)",
    "lbm-james128": "lean body mass (James)",
    "lbm-james148": "lean body mass (James, women)",
    "lbm-morgan": "lean body mass (Morgan)",
    "bsa": "body surface (Du Bois)",
    "ibw": "ideal body weight",
}


def named(kind: str) -> str:
    """What SUV of a kind is in proportion to."""
    return _WORDS[kind]
