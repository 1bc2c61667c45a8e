"""BED and EQD2 of a radionuclide and of an external beam beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from hevesy.answers.answer import Answer, Json, picked
from hevesy.answers.asked import Numbers, Quantities, Quantity, Real, Several, Text, Whole, numbers
from hevesy.answers.treat.effect_over_volume import LEFT, AskedVolume, OverVolume, documented, over_volume
from hevesy.answers.treat.effect_over_volume import blocks as blocks_over_volume
from hevesy.blocks.figure import Figure
from hevesy.blocks.number import Cell, shown
from hevesy.blocks.prose import said
from hevesy.blocks.section import Block
from hevesy.blocks.sheet import Sheet, nice_ticks
from hevesy.blocks.table import Table, of_numbers, table
from hevesy.errors import QuestionError, RuleError
from hevesy.units import parse_quantity

if TYPE_CHECKING:
    from hevesy.study.limits import Limit
    from hevesy.treat.dose_rate import Course
    from hevesy.treat.effect import DoseErrors, EffectOfOrgan, ExternalBeam, Tissue

COMMAND = "treat effect"
FACES = ("csv", "svg")
EffectUnit = Literal["BED", "EQD2"]
DRAWS = 20_000
POINTS = 240
"""Of a curve of the figures."""


@dataclass(frozen=True, slots=True)
class SignedQuantities(Quantities):
    """Quantities of which some may be negative, as uptake is."""

    def read(self, given: object) -> tuple[float, ...]:  # type: ignore[override]  # several of what one is
        """The values in the unit of the parameter."""
        parts = given.split(",") if isinstance(given, str) else given
        parts = (parts,) if isinstance(parts, int | float) else parts
        if not isinstance(parts, Sequence):
            raise RuleError(f"quantities are needed, got a {type(given).__name__}")
        return tuple(self._signed(part) for part in parts)

    def _signed(self, part: object) -> float:
        minus = isinstance(part, str) and part.strip().startswith("-")
        size = part.strip().removeprefix("-") if isinstance(part, str) and minus else part
        if isinstance(part, int | float) and not isinstance(part, bool) and part < 0:
            minus, size = True, -part
        return (-1 if minus else 1) * Quantity.read(self, size)


def _external(words: str) -> tuple[float, int]:
    dose, _, fractions = words.partition("/")
    if not re.fullmatch(r"\s*\d+\s*", fractions):
        raise RuleError(f"{words!r} is not a dose in fractions, as in 60Gy/30")
    return parse_quantity(dose, "dose"), int(fractions)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBeam:
    """An external beam to the same tissue: its dose there, in so many fractions."""

    external: Annotated[
        Sequence[tuple[float, int]],
        Several(
            "The tissue's dose in fractions, as in 60Gy/30; may be given again.",
            "DOSE/N",
            reader=_external,
            of_value=numbers(float, int),
        ),
    ] = ()
    external_interval_h: Annotated[
        float | None,
        Quantity("Between fractions, where repair is not complete; as in 6h.", dimension="time", unit="h"),
    ] = None

    def beams(self, *, besides: bool = False) -> tuple[ExternalBeam, ...]:
        """The beams with the interval between their fractions; `besides`: there is one with a histogram too."""
        from hevesy.treat.effect import ExternalBeam

        if self.external_interval_h is not None and not self.external and not besides:
            raise QuestionError("an interval between fractions belongs to an external beam", "external_interval")
        try:
            return tuple(
                ExternalBeam(dose_Gy=dose, fractions=fractions, interval_h=self.external_interval_h)
                for dose, fractions in self.external
            )
        except RuleError as error:
            raise QuestionError(str(error), "external_interval" if "interval" in str(error) else "external") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLimit:
    """What the tissue may get in all, who says so, and the fractions that what is left would be given in."""

    limit_Gy: Annotated[
        float | None, Quantity("What the tissue may get in all, as in 45Gy.", dimension="dose", unit="Gy")
    ] = None
    limit_as: Annotated[
        EffectUnit | None, Text("Whether the limit is a BED or an EQD2.", choices=get_args(EffectUnit))
    ] = None
    limit_source: Annotated[str | None, Text("Who says that it is one: the work and its place.")] = None
    fraction_Gy: Annotated[
        float | None, Quantity("Fractions of what is left; 2 Gy where not given.", dimension="dose", unit="Gy")
    ] = None

    @property
    def fractions_Gy(self) -> float:
        """In which what is left would be given."""
        from hevesy.study.limits import USUAL_FRACTION_GY

        return USUAL_FRACTION_GY if self.fraction_Gy is None else self.fraction_Gy

    def limit(self, organ: str) -> Limit | None:
        """The limit, if there is one."""
        from hevesy.study.limits import Limit

        parts = {"limit": self.limit_Gy, "limit_as": self.limit_as, "limit_source": self.limit_source}
        missing = [name for name, value in parts.items() if value is None]
        if len(missing) == len(parts):
            if self.fraction_Gy is not None:
                raise QuestionError("fractions are of what a limit leaves, and there is none", "fraction")
            return None
        if self.limit_Gy is None or self.limit_as is None or self.limit_source is None:
            raise QuestionError(
                "a limit is an amount, whether it is a BED or an EQD2, and its source; give ⟦limit⟧, ⟦limit_as⟧ and "
                "⟦limit_source⟧ together",
                *missing,
            )
        try:
            return Limit(region=organ, amount_Gy=self.limit_Gy, of=self.limit_as, source=self.limit_source)
        except RuleError as error:
            raise QuestionError(str(error), "limit_source" if "source" in str(error) else "limit") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedErrors:
    """Standard errors (k = 1) of what the effect is worked out from; what is not given counts as known."""

    dose_error: Annotated[float | None, Real("Of the dose, all parts together, in percent.")] = None
    half_life_errors: Annotated[Sequence[float], Numbers("Of each half-life, in percent, as in 10,5.")] = ()
    alpha_beta_error_Gy: Annotated[
        float | None, Quantity("Of alpha over beta, as in 0.5Gy.", dimension="dose", unit="Gy")
    ] = None
    repair_error_h: Annotated[
        float | None, Quantity("Of the half-life of repair, as in 0.5h.", dimension="time", unit="h")
    ] = None
    seed: Annotated[int, Whole("Of the Monte Carlo draws.", least=0)] = 1

    def told(self) -> str:
        """What is uncertain, and by how much."""
        halves = ", ".join(f"{one:g}" for one in self.half_life_errors)
        return ", ".join(
            words
            for value, words in (
                (self.dose_error, f"dose {self.dose_error or 0:g} %"),
                (any(self.half_life_errors), f"half-lives {halves} %"),
                (self.alpha_beta_error_Gy, f"alpha over beta {self.alpha_beta_error_Gy or 0:g} Gy"),
                (self.repair_error_h, f"half-life of repair {self.repair_error_h or 0:g} h"),
            )
            if value
        )

    def doses(self) -> DoseErrors | None:
        """Those of the dose rate; None where nothing is uncertain."""
        if not (self.dose_error or any(self.half_life_errors) or self.alpha_beta_error_Gy or self.repair_error_h):
            return None
        from hevesy.treat.effect import DoseErrors

        for field, values in (("dose_error", (self.dose_error or 0.0,)), ("half_life_errors", self.half_life_errors)):
            if not all(0 <= value < 100 for value in values):
                raise QuestionError(f"a relative standard error lies in 0..100 %, got {max(values):g}", field)
        return DoseErrors(
            relative_dose=(self.dose_error or 0.0) / 100,
            relative_half_lives=tuple(value / 100 for value in self.half_life_errors),
        )


def biological_effect(
    *,
    dose_Gy: Annotated[
        Sequence[float],
        SignedQuantities("Of each part of the curve, as in 12Gy,8Gy; below 0 for uptake.", dimension="dose", unit="Gy"),
    ],
    half_life_h: Annotated[
        Sequence[float], Quantities("Effective, of each part, as in 20h,90h.", dimension="time", unit="h")
    ],
    alpha_beta_Gy: Annotated[float, Quantity("As in 3Gy.", dimension="dose", unit="Gy")],
    repair_h: Annotated[float, Quantity("Half-life of repair, as in 1.5h.", dimension="time", unit="h")],
    source: Annotated[str | None, Text("Of alpha over beta and repair: the work and its place.")] = None,
    organ: Annotated[str, Text("Whose dose it is.")] = "tissue",
    administrations: Annotated[int, Whole("Of that dose each.", least=1, most=100)] = 1,
    interval_h: Annotated[
        float | None, Quantity("Between administrations, as in 7d.", dimension="time", unit="h")
    ] = None,
    beam: AskedBeam,
    under: AskedLimit,
    volume: AskedVolume,
    errors: AskedErrors,
) -> Answer:
    """BED and EQD2 of a radionuclide whose dose rate is a sum of exponentials, summed with an external beam.

    Returns the Lea-Catcheside factor; BED and EQD2 (Gy) in all, of the radionuclide and of the external beam; with
    standard errors also theirs and 95 % intervals by Monte Carlo; with a limit the external dose that it leaves.
    With dose-volume histograms `over_volume`: mean BED and EQD2, D95, D50 and D2 by two correspondences of places and
    between which they lie by any, how many fractions of the beam keep the limit; what is left is then by them.
    Refused are doses and half-lives of different number, a dose rate below 0 at some time, several administrations
    without their interval, an alpha over beta or repair beyond those of tissues, a limit without its source;
    histograms whose dose or share does not run as one does, without a unit, or of volumes that differ by half.
    Source: Dale, Br J Radiol 1985;58:515; Baechler and others, Med Phys 2008;35:1123; between fractions Thames,
    Int J Radiat Biol 1985;47:319.

    >>> import hevesy
    >>> asked = {"dose": "12Gy,8Gy", "half_life": "20h,90h", "alpha_beta": "3Gy", "repair": "1.5h"}
    >>> found = hevesy.biological_effect(**asked, external="60Gy/30")
    >>> round(found.document["bed_Gy"], 2), round(found.document["eqd2_Gy"], 2)
    (125.37, 75.22)
    """
    tissue = _tissue(alpha_beta_Gy, repair_h, source, errors)
    given = _course(dose_Gy, half_life_h, administrations, interval_h)
    limit, uncertain = under.limit(organ), errors.doses()
    shaped, beams = _over_volume(volume, beam, given, tissue, limit, under)
    found = _found(organ, given, tissue, beams, under if shaped is None else None, uncertain)
    because = [*_because(found, shaped, limit, source), *_uncertain(shaped, errors if uncertain is not None else None)]
    document = _document(found, given, shaped)
    if uncertain is not None:
        document |= _intervals(given, tissue, uncertain, beams, errors.seed)
    document |= {"met": _met(found, document, shaped), "because": because}
    over = () if shaped is None else tuple(blocks_over_volume(shaped, organ))
    return Answer(document=document, blocks=(*over, *_blocks(found, given, beams, limit, document, because)))


def _over_volume(
    volume: AskedVolume, beam: AskedBeam, given: Course, tissue: Tissue, limit: Limit | None, under: AskedLimit
) -> tuple[OverVolume | None, tuple[ExternalBeam, ...]]:
    """What histograms say, if there are any, and all external beams: the one with a histogram by its mean dose."""
    histograms = volume.read(given, beam.external_interval_h, limit)
    if histograms is None:
        return None, beam.beams()
    beams = beam.beams(besides=histograms.beam is not None)
    shaped = over_volume(histograms, given, tissue, beams, limit, under.fractions_Gy)
    return shaped, beams if histograms.beam is None else (*beams, histograms.beam)


def _found(
    organ: str, given: Course, tissue: Tissue, beams: Sequence[ExternalBeam], under: AskedLimit | None,
    uncertain: DoseErrors | None,
) -> EffectOfOrgan:  # fmt: skip
    """The effect by mean doses, with what a limit leaves where it is held against them."""
    from hevesy.study.limits import USUAL_FRACTION_GY
    from hevesy.treat.effect import effect_of

    limit, fraction_Gy = (None, USUAL_FRACTION_GY) if under is None else (under.limit(organ), under.fractions_Gy)
    try:
        return effect_of(
            organ, given, tissue, external=beams, limit=limit, fraction_Gy=fraction_Gy, errors=uncertain
        )  # fmt: skip
    except RuleError as error:
        raise QuestionError(str(error), "half_life_errors" if "half-life" in str(error) else "fraction") from error


def _document(found: EffectOfOrgan, given: Course, shaped: OverVolume | None) -> dict[str, Json]:
    left = found.left if shaped is None or shaped.left is None else shaped.left.surely
    return {
        **picked(found, "organ", "bed_Gy", "eqd2_Gy", "dose_Gy", "lea_catcheside"),
        **picked(found, "course_bed_Gy", "external_bed_Gy"),
        "bed_standard_error_Gy": found.standard_error_Gy,
        "eqd2_standard_error_Gy": found.eqd2_standard_error_Gy,
        **dict.fromkeys(("bed_lower_Gy", "bed_upper_Gy", "eqd2_lower_Gy", "eqd2_upper_Gy")),
        "left": None if left is None else picked(left, *LEFT),
        "parts": [
            {"dose_Gy": dose, "half_life_h": half_life}
            for dose, half_life in zip(given.rates[0].doses_Gy, given.rates[0].half_lives_h, strict=True)
        ],
        "over_volume": None if shaped is None else documented(shaped),
    }


def _because(found: EffectOfOrgan, shaped: OverVolume | None, limit: Limit | None, source: str | None) -> list[str]:
    return [*found.because, *(() if shaped is None else shaped.because), *_told(limit, source)]


def _uncertain(shaped: OverVolume | None, errors: AskedErrors | None) -> Iterator[str]:
    if errors is None:
        return
    yield f"uncertain (k = 1): {errors.told()}"
    if shaped is not None:
        yield "standard errors and intervals are of BED and EQD2 by mean doses, not over the volume"
    yield f"95 % intervals: {DRAWS:,} draws of what is uncertain, seed {errors.seed}; all independent"


def _met(found: EffectOfOrgan, document: dict[str, Json], shaped: OverVolume | None) -> Json:
    """Whether the limit is kept, by the interval that was drawn; over the volume there is none, and nothing is kept."""
    if shaped is not None:
        left = None if shaped.left is None else shaped.left.at_most
        return None if left is None else "exceeded" if left.bed_Gy < 0 else "not told"
    low, high = document["bed_lower_Gy"], document["bed_upper_Gy"]
    interval = (low, high) if isinstance(low, float) and isinstance(high, float) else None
    return replace(found, bed_interval_Gy=interval).met


def _tissue(alpha_beta_Gy: float, repair_h: float, source: str | None, errors: AskedErrors) -> Tissue:
    from hevesy.treat.effect import Tissue

    try:
        return Tissue(
            alpha_beta_Gy=alpha_beta_Gy,
            repair_half_life_h=repair_h,
            alpha_beta_standard_error_Gy=errors.alpha_beta_error_Gy or 0.0,
            repair_standard_error_h=errors.repair_error_h or 0.0,
            source=source or "as asked",
        )
    except RuleError as error:
        field = "alpha_beta" if "alpha" in str(error) else "repair"
        raise QuestionError(str(error), field + "_error" * ("standard error" in str(error))) from error


def _course(
    doses_Gy: Sequence[float], half_lives_h: Sequence[float], administrations: int, interval_h: float | None
) -> Course:
    from hevesy.treat.dose_rate import DoseRate, course

    try:
        once = DoseRate(doses_Gy=tuple(doses_Gy), half_lives_h=tuple(half_lives_h))
    except RuleError as error:
        raise QuestionError(str(error), "half_life" if "a half-life lies" in str(error) else "dose") from error
    try:
        return course(once, administrations, interval_h)
    except RuleError as error:
        raise QuestionError(str(error), "interval") from error


def _told(limit: Limit | None, source: str | None) -> list[str]:
    if limit is None:
        return []
    told = [f"limit {limit.amount_Gy:g} Gy {limit.of}: {limit.source}"]
    if source is None:
        told.append("what is left stands on alpha over beta and repair as asked, for which no source is named")
    return told


def _intervals(
    course: Course, tissue: Tissue, uncertain: DoseErrors, beams: Sequence[ExternalBeam], seed: int
) -> dict[str, Json]:
    import numpy as np

    from hevesy.treat.effect import drawn_Gy

    found: dict[str, Json] = {}
    # a dose of so large an error is drawn below 0 too, and no effect is
    draws = [np.maximum(one, 0.0) for one in drawn_Gy(course, tissue, uncertain, beams, count=DRAWS, seed=seed)]
    for name, values in zip(("bed", "eqd2"), draws, strict=True):
        low, high = np.percentile(values, [2.5, 97.5])
        found |= {f"{name}_lower_Gy": float(low), f"{name}_upper_Gy": float(high)}
    return found


def _blocks(
    found: EffectOfOrgan,
    course: Course,
    beams: Sequence[ExternalBeam],
    limit: Limit | None,
    document: dict[str, Json],
    because: Sequence[str],
) -> Iterator[Block]:
    by = ", by mean doses" if document["over_volume"] is not None else ""
    yield said(f"{found.organ}{by}: BED {found.bed_Gy:.4g} Gy, EQD2 {found.eqd2_Gy:.4g} Gy", tone="answer")
    if found.left is not None and limit is not None:
        yield said(_left(found, limit), tone="caution" if found.left.bed_Gy < 0 else "answer")
    yield _table(found, beams)
    if found.standard_error_Gy is not None and found.eqd2_standard_error_Gy is not None:
        for name, error in (("BED", found.standard_error_Gy), ("EQD2", found.eqd2_standard_error_Gy)):
            low, high = (document[f"{name.lower()}_{side}_Gy"] for side in ("lower", "upper"))
            yield said(f"{name}: standard error {error:.3g} Gy, 95 % interval {low:.4g} to {high:.4g} Gy")
    yield from map(said, because)
    yield from _figures(course, found.tissue)


def _left(found: EffectOfOrgan, limit: Limit) -> str:
    left = found.left
    assert left is not None
    if left.bed_Gy < 0:
        return f"the limit of {limit.amount_Gy:g} Gy {limit.of} is exceeded by {-left.bed_Gy:.4g} Gy BED"
    return (
        f"left under {limit.amount_Gy:g} Gy {limit.of}: {left.bed_Gy:.4g} Gy BED, {left.eqd2_Gy:.4g} Gy EQD2: "
        f"{left.fractions} fraction{'s' * (left.fractions != 1)} of {left.fraction_Gy:g} Gy ({left.dose_Gy:g} Gy)"
    )


def _table(found: EffectOfOrgan, beams: Sequence[ExternalBeam]) -> Table:
    ratio, tissue = found.eqd2_Gy / found.bed_Gy, found.tissue
    rows: list[tuple[Cell, ...]] = [
        (name, *(shown(value, ".4g") for value in (dose, bed, bed * ratio)))
        for name, dose, bed in (
            ("radionuclide", found.dose_Gy, found.course_bed_Gy),
            *((f"external beam, {one.fractions} fractions", one.dose_Gy, one.bed_Gy(tissue)) for one in beams),
        )
    ]
    rows.append(("together", shown(None), shown(found.bed_Gy, ".4g"), shown(found.eqd2_Gy, ".4g")))
    columns = [of_numbers(title, "Gy") for title in ("absorbed dose", "BED", "EQD2")]
    note = f"Lea-Catcheside factor of the radionuclide: {found.lea_catcheside:.4g}"
    return table("effect", f"Biological effect in {found.organ}", ("from", *columns), rows, note)


def _figures(course: Course, tissue: Tissue) -> Iterator[Figure]:
    import numpy as np

    last = course.at_h[-1] + 5 * max(course.rates[-1].half_lives_h)
    times = np.unique(np.concatenate([np.linspace(0.0, last, POINTS + 1), course.at_h]))
    dose = course.until_Gy(times)
    bed = dose + course.quadratic_until_Gy2(times, tissue.repair_half_life_h) / tissue.alpha_beta_Gy
    words = "of the radionuclide over time after the first administration"
    lines = {"BED": bed, "absorbed dose": dose}
    yield _figure("effect-accumulated", "Accumulated dose and BED", f"What has been given by then, {words}.",
                  "Gy", times.tolist(), {name: line.tolist() for name, line in lines.items()})  # fmt: skip
    yield _figure("effect-dose-rate", "Dose rate", f"Dose rate {words}.", "Gy/h", times.tolist(),
                  {"dose rate": course.at(times).tolist()})  # fmt: skip


def _figure(
    id: str, title: str, caption: str, unit: str, times_h: Sequence[float], lines: dict[str, Sequence[float]]
) -> Figure:
    highest = max(max(line) for line in lines.values())
    ends = "; ".join(f"{name} {max(line):.3g} {unit} at most" for name, line in lines.items())
    sheet = Sheet(760, 350, id, title, f"{title}: {ends}")
    sheet.area(62, 34, 745, 270, (0.0, times_h[-1]), (0.0, 1.04 * highest))
    sheet.axes(nice_ticks(0, times_h[-1]), nice_ticks(0, 1.04 * highest), "after the first administration, h", unit)
    for number, (name, line) in enumerate(lines.items()):
        sheet.course(name, number, list(zip(times_h, line, strict=True)))
    sheet.key(list(lines), 60, 332)
    return sheet.figure(caption)
