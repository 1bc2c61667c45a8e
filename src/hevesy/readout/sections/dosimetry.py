"""Dosimetry, in the order of the EANM: activity, curves, integrals, masses, doses, limits, and what was assumed.

Source: M. Lassmann et al., EANM Dosimetry Committee guidance document: good practice of clinical dosimetry reporting,
Eur. J. Nucl. Med. Mol. Imaging 38 (2011) 192.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from hevesy.blocks.number import Cell, Number, Part
from hevesy.blocks.prose import listed, said
from hevesy.blocks.section import Block, Section
from hevesy.blocks.table import of_numbers, table
from hevesy.names import slug, token, told_apart
from hevesy.readout.figures.dosimetry import curves_figure
from hevesy.readout.sections.blood import in_blood
from hevesy.readout.sections.cameras import of_cameras
from hevesy.readout.sections.dose_volumes import over_volume
from hevesy.readout.sections.numbers import number
from hevesy.readout.wording import interval, percent, three_figures

if TYPE_CHECKING:
    from hevesy.conduct.dose_volumes import SubjectVolumes
    from hevesy.conduct.dosed import Dosed, DosedRegion, DosedSubject, LimitHeld, RegionDose
    from hevesy.conduct.measured_curves import MeasuredPoint
    from hevesy.conduct.region_fits import FittedRegion
    from hevesy.study.facts.dosimetry import DeliveredDose

    Curve = tuple[DosedRegion, FittedRegion]
    """A region and its curve of one label."""

MARKED_TAIL = 0.5
NO_DOSE = "none"
BY_BLOOD = ", by blood"
BEFORE = {"lower bound": "at least ", "upper bound": "at most ", "no bound": "about ", None: ""}
"""A figure: what kind of bound it is."""


def dosimetry(found: Dosed, over_volumes: Sequence[SubjectVolumes] = ()) -> Section | None:
    """The doses of a study, and over the volume where that was delivered; None: nobody was measured."""
    volumes = {one.id: one for one in over_volumes}
    if not found.subjects and not volumes:
        return None
    blocks: list[Block] = [said(*_in_short(found), tone="answer")]
    blocks += [said(*parts, tone="caution") for parts in _published(found)]
    blocks += [_of_subject(found, one, volumes.pop(one.id, None)) for one in found.subjects]
    blocks += [_by_volume_alone(one) for one in volumes.values()]
    blocks += of_cameras(found.cameras)
    blocks += [said("What was assumed, of everybody here:"), listed(*found.assumed)]
    if found.plan.model_source is not None:
        blocks.append(said(f"The model of the curves ({found.plan.model}): {found.plan.model_source}."))
    return Section(id="dosimetry", title="Dosimetry", blocks=tuple(blocks))


def _in_short(found: Dosed) -> tuple[Part, ...]:
    foreseen = [
        (one, [dose for region in one.regions for dose in _foreseen(region) if not isinstance(dose, str)])
        for one in found.subjects
    ]
    measured = [one for one, doses in foreseen if doses]
    count = number(
        "dosimetry-subjects",
        len(measured),
        label="Subjects with a dose foreseen",
        definition=f"subjects of whom a dose could be told by {found.plan.measured} in one region or more",
        population="subjects of whom activity was measured",
        rows=(row for _, doses in foreseen for dose in doses for row in dose.rows),
    )
    held = [limit for one in found.subjects for region in one.regions for limit in _counted(region)]
    words: tuple[Part, ...] = (f"Doses of {found.treated_with} by measurements of {found.plan.measured}: ", count)
    verdicts = ", ".join(
        f"{sum(limit.met in words for limit in held)} {said_of}"
        for words, said_of in ((("kept",), "kept"), (("exceeded",), "exceeded"), (UNTOLD, "not told"))
    )
    of = f" of {len(found.subjects)} subjects with a dose foreseen"
    return (*words, of, f"; limits: {verdicts}." if held else "; no limit was held against them.")


def _foreseen(region: DosedRegion) -> list[RegionDose | str]:
    """By images and by blood."""
    return [region.foreseen, *([] if region.by_blood is None else [region.by_blood.foreseen])]


def _counted(region: DosedRegion) -> tuple[LimitHeld, ...]:
    """Each limit of a region once: by images, else by blood."""
    return region.limits or (() if region.by_blood is None else region.by_blood.limits)


def _published(found: Dosed) -> Iterator[tuple[Part, ...]]:
    """What was published, beside what the plan says that it stands on."""
    for place, one in enumerate(found.plan.published, start=1):
        told = number(
            f"dosimetry-published-{place}",
            one.dose_Gy_per_GBq,
            f"{three_figures(one.dose_Gy_per_GBq)} mGy/MBq",
            label=f"Published dose to {one.region}",
            definition=f"as published: {one.source}; nothing here rests on it",
            population="as published",
            because=(one.stands_on,),
        )
        yield (f"Published for {one.region}: ", told, f" ({one.source}). {one.stands_on}.")


def _by_volume_alone(one: SubjectVolumes) -> Section:
    """Of a subject of whom no activity was measured."""
    return Section(id=f"dosimetry-{token(one.id)}", title=one.id, blocks=tuple(over_volume(one)))


def _of_subject(found: Dosed, one: DosedSubject, volumes: SubjectVolumes | None) -> Section:
    key = f"dosimetry-{token(one.id)}"
    blocks: list[Block] = [said(*_given(found, one))]
    blocks += [said(note, tone="caution") for note in one.notes]
    without = [(region, region.before.because) for region in one.regions if region.before.fitted is None]
    fitted = [region for region in one.regions if region.before.fitted is not None]
    before = [(region, region.before) for region in one.regions]
    blocks += _activity(key, one, before, found.plan.measured)
    if without:
        blocks.append(said("No curve, and so no dose, because:", tone="caution"))
        blocks.append(
            listed(*dict.fromkeys(f"{region.name}: {_less_name(why, region.name)}" for region, why in without))
        )
    figure = curves_figure(f"{key}-curves", one.id, one.regions)
    blocks += [figure] if figure is not None else []
    blocks += _integrals(key, found, one, before, found.plan.measured)
    after = [(region, region.after) for region in one.regions if region.after is not region.before]
    blocks += _activity(f"{key}-after", one, after, found.treated_with)
    blocks += _integrals(f"{key}-after", found, one, after, found.treated_with)
    blocks += in_blood(key, found, one)
    if fitted or any(_every_dose(region) for region in one.regions):
        blocks.append(_doses(key, found, one))
        blocks += [_limits(key, one)] if any(_counted(region) for region in one.regions) else []
    blocks += _told(one.regions)
    if volumes is not None:
        blocks += over_volume(volumes)
    return Section(id=key, title=one.id, blocks=tuple(blocks))


def id_of(one: DosedSubject, region: DosedRegion) -> str:
    """What a region of a subject is called in ids: two names may give one slug."""
    return told_apart({each.name: slug(each.name) for each in one.regions})[region.name]


def _less_name(why: str | None, name: str) -> str:
    return (why or "").removeprefix(f"{name}: ")


def _given(found: Dosed, one: DosedSubject) -> tuple[Part, ...]:
    tracers = {
        region.before.measured.given.row: region.before.measured.given
        for region in one.regions
        if region.before.measured is not None
    }
    injected = ", ".join(f"{given.activity_MBq:g} MBq on {given.start:%Y-%m-%d %H:%M}" for given in tracers.values())
    told = f"{found.plan.measured} measured: {injected or 'no injection recorded'}. Doses are those of "
    activity = number(
        f"dosimetry-{token(one.id)}-activity",
        one.activity_MBq,
        f"{one.activity_MBq:.4g} MBq",
        label=f"Activity of {found.treated_with} that doses are told for",
        definition={
            "administered": "all that was administered by the cut",
            "planned": "as the plan says: nobody was treated with it",
            "a GBq": "a GBq: nothing was administered, and the plan names no activity",
        }[one.basis],
        population=one.id,
        rows=(given.row for given in one.administered),
        of=one.id,
    )
    beam = "".join(
        f" External beam: {course.dose_Gy:g} Gy in {course.fractions} to {course.region} "
        f"({course.on or 'day not told'})."
        for course in one.external
    )
    return (told, activity, f" of {found.treated_with}, {one.basis}.{beam}")


def _activity(key: str, one: DosedSubject, of: Sequence[Curve], label: str) -> Iterator[Block]:
    """Points of a label by region and time; nothing where nothing was measured."""
    measured = [(region, fit, fit.measured) for region, fit in of if fit.measured is not None]
    if not measured:
        return
    times = sorted({round(point.elapsed_h, 2) for _, _, curve in measured for point in curve.points})
    rows = []
    for region, fit, curve in measured:
        by_time = {round(point.elapsed_h, 2): point for point in curve.points}
        cells: list[Cell] = [region.name]
        cells += [_point(key, one, region, by_time[time]) if time in by_time else "" for time in times]
        rows.append((*cells, _seen_by(fit, curve.cameras)))
    yield table(
        f"{key}-activity",
        f"{one.id}: activity by region and time after the injection of {label}, MBq, decay included",
        ("Region", *(of_numbers(f"{time:g} h", "MBq") for time in times), "Camera"),
        rows,
        "In brackets the relative standard uncertainty (k = 1) of the point, without that of the calibration, which "
        "all points of a camera share.",
    )


def _seen_by(fit: FittedRegion, cameras: Sequence[str]) -> str:
    return "what regions leave" if fit.left_by else ", ".join(cameras) or "not told"


def _point(key: str, one: DosedSubject, region: DosedRegion, point: MeasuredPoint) -> Number:
    relative = point.standard_uncertainty / point.share if point.share else 0.0
    return number(
        f"{key}-{id_of(one, region)}-at-{slug(f'{point.elapsed_h:.6g}')}h",
        point.activity_MBq,
        f"{three_figures(point.activity_MBq)} ({percent(relative)})",
        label=f"Activity in {region.name}",
        definition=f"{point.elapsed_h:.4g} h after the injection, {percent(point.share, 2)} of what was injected",
        population=one.id,
        rows=point.rows,
        of=one.id,
    )


def _integrals(key: str, found: Dosed, one: DosedSubject, of: Sequence[Curve], label: str) -> Iterator[Block]:
    """What was fitted to a label, by region; nothing where nothing was."""
    fits = [(region, of_region, of_region.fitted) for region, of_region in of if of_region.fitted is not None]
    if not fits:
        return
    rows: list[tuple[Cell, ...]] = []
    for region, of_region, fit in fits:
        limits = f" ({interval(fit.tia_lower_h, fit.tia_upper_h)})"
        integral = number(
            f"{key}-{id_of(one, region)}-tia",
            fit.tia_h,
            f"{three_figures(fit.tia_h)}{limits}",
            label=f"Time-integrated activity of {found.treated_with} in {region.name}",
            definition="MBq h in the region for a MBq administered; 95 % by profile likelihood",
            population=one.id,
            because=(*fit.because, *fit.warnings),
            rows=of_region.rows,
            of=one.id,
        )
        tail = number(
            f"{key}-{id_of(one, region)}-tail",
            fit.tail_share,
            f"{percent(fit.tail_share, 0)}{' †' if fit.tail_share > MARKED_TAIL else ''}",
            label=f"Share of the decays in {region.name} after the last measurement",
            definition=f"of the label that treats ({found.treated_with}), by the fitted curve",
            population=one.id,
            rows=of_region.rows,
            of=one.id,
        )
        halves = ", ".join(f"{half:.3g}" for half in sorted(set(fit.function.half_lives_h), reverse=True))
        rows.append(
            (region.name, str(len(fit.residuals)), fit.model, halves, integral, tail, f"{fit.tail_physical_h:.3g}")
        )
    marked = any(fit.tail_share > MARKED_TAIL for _, _, fit in fits)
    yield table(
        f"{key}-integrals",
        f"{one.id}: fitted curves and time-integrated activity of {found.treated_with}, by {label}",
        (
            "Region",
            of_numbers("Points"),
            "Model",
            of_numbers("Effective half-lives", "h"),
            of_numbers("Time-integrated activity (95 %)", "h"),
            of_numbers("After the last point"),
            of_numbers("Tail by physical decay", "h"),
        ),
        rows,
        "Tail by physical decay: the integral if nothing left the region after the last point.",
        *(("† more than half of the decays lie after the last point: the fit alone tells them.",) if marked else ()),
    )


def _doses(key: str, found: Dosed, one: DosedSubject) -> Block:
    again = any(
        region.given is not None or (region.by_blood is not None and region.by_blood.given is not None)
        for region in one.regions
    )
    others = any(region.told for region in one.regions)
    sources = list(dict.fromkeys(_source(told) for region in one.regions for told in region.told))
    rows = []
    for region in one.regions:
        ways = [(region.name, region.foreseen, region.given, "")]
        if (blood := region.by_blood) is not None:
            ways.append((f"{region.name}{BY_BLOOD}", blood.foreseen, blood.given, "-by-blood"))
        for name, foreseen, given, how in ways:
            cells: list[Cell] = [name, _mass(region), _way(foreseen, given)]
            cells += _dose(key, found, one, region, foreseen, f"foreseen{how}")
            if again:
                cells += _dose(key, found, one, region, given or NO_DOSE, f"measured{how}")[1:]
            if others:
                cells.append("" if how else _by_others(region, sources))
            rows.append(tuple(cells))
    measured = (of_numbers(f"Dose by measurements of {found.treated_with} (95 %)", "Gy"),) if again else ()
    return table(
        f"{key}-doses",
        f"{one.id}: absorbed dose of {one.activity_MBq:.4g} MBq of {found.treated_with} ({one.basis})",
        (
            "Region",
            of_numbers("Mass", "g"),
            "S values by",
            of_numbers(f"By {found.plan.measured}, for an activity", "Gy/GBq"),
            of_numbers(f"Dose foreseen by {found.plan.measured} (95 %)", "Gy"),
            *measured,
            *((of_numbers("As others worked it out", "Gy"),) if others else ()),
        ),
        rows,
        "Absorbed dose, no weight for any effect. Intervals hold fit, calibration, S values and mass, drawn together.",
        *((f"As others worked it out: {'; '.join(_marked(sources))}.",) if others else ()),
        *_of_bounds(one),
    )


def _source(told: DeliveredDose) -> str:
    return f"{told.program}{f' ({told.method})' if told.method else ''}, {told.of}"


def _marked(sources: Sequence[str]) -> list[str]:
    """Sources as a note names them: of several each with its letter, which stands beside its doses."""
    if len(sources) == 1:
        return list(sources)
    return [f"({chr(ord('a') + place % 26)}) {one}" for place, one in enumerate(sources)]


def _by_others(region: DosedRegion, sources: Sequence[str]) -> str:
    """Doses of a region by others; where they are of several sources, each with its letter."""
    letters = {one: f" ({chr(ord('a') + place % 26)})" * (len(sources) > 1) for place, one in enumerate(sources)}
    return "; ".join(f"{told.dose_Gy:.4g}{letters[_source(told)]}" for told in region.told)


def _of_bounds(one: DosedSubject) -> Iterator[str]:
    """What "at least", "at most" and "about" mean, where they stand."""
    bounds = {each.bound for region in one.regions for each in _every_dose(region)}
    if "lower bound" in bounds:
        yield "At least: a part of what gives to the region is not in the dose, which is a lower bound; see below."
    if "upper bound" in bounds:
        yield "At most: a part of the dose is an upper bound; see below."
    if "no bound" in bounds:
        yield "About: a part is not in the dose and another is an upper bound; see below."


def _every_dose(region: DosedRegion) -> list[RegionDose]:
    blood = region.by_blood
    every = [region.foreseen, region.given, *([blood.foreseen, blood.given] if blood is not None else [])]
    return [one for one in every if one is not None and not isinstance(one, str)]


def _way(foreseen: RegionDose | str, given: RegionDose | str | None) -> str:
    told = dict.fromkeys(one.way for one in (foreseen, given) if one is not None and not isinstance(one, str))
    return "; ".join(told) or NO_DOSE


def _mass(region: DosedRegion) -> str:
    if region.mass is None:
        return "not told"
    u = f" ({region.mass.uncertainty_percent:g} %)" if region.mass.uncertainty_percent is not None else ""
    return f"{region.mass.mass_g:.4g}{u}{f', {region.mass.holds}' if region.mass.holds else ''}"


def _dose(
    key: str, found: Dosed, one: DosedSubject, region: DosedRegion, dose: RegionDose | str, how: str
) -> list[Cell]:
    """The dose for an activity, and in all."""
    if isinstance(dose, str):
        return [NO_DOSE, NO_DOSE]
    told = f" ({interval(*dose.interval_Gy)})" if dose.interval_Gy is not None else " (uncertainty not known)"
    parts = [f"{percent(part / dose.dose_Gy)} by {source}" for source, part in dose.by_source_Gy[:3]]
    u = [f"uncertainty by {name}: {percent(value)}" for name, value in (dose.known.parts if dose.known else ())]
    because = (*dose.because, *dose.warnings, *parts, *u)
    label = f"Dose of {found.treated_with} to {region.name}, {how.replace('-', ' ')}"
    bound = f"; {dose.bound}" if dose.bound is not None else ""
    definition = "absorbed dose: sum over regions of time-integrated activity times S"
    return [
        number(
            f"{key}-{id_of(one, region)}-{how}-per-activity", dose.dose_Gy_per_GBq,
            f"{BEFORE[dose.bound]}{three_figures(dose.dose_Gy_per_GBq)}",
            label=f"{label}, for an activity", definition=f"{definition}, for a GBq{bound}", population=one.id,
            because=because, rows=dose.rows, of=one.id,
        ),
        number(
            f"{key}-{id_of(one, region)}-{how}", dose.dose_Gy,
            f"{BEFORE[dose.bound]}{three_figures(dose.dose_Gy)}{told}",
            label=label, definition=f"{definition}, for {dose.activity_MBq:.4g} MBq ({dose.basis}); 95 %{bound}",
            population=one.id, because=because, rows=dose.rows, of=one.id,
        ),
    ]  # fmt: skip


def _limits(key: str, one: DosedSubject) -> Block:
    held = [(region, limit, False) for region in one.regions for limit in region.limits]
    held += [
        (region, limit, True)
        for region in one.regions
        if region.by_blood is not None
        for limit in region.by_blood.limits
    ]
    return table(
        f"{key}-limits",
        f"{one.id}: limits",
        (
            "Region",
            "Quantity",
            of_numbers("Limit", "Gy"),
            of_numbers("Value (95 %)", "Gy"),
            "Verdict",
            "Who says so",
            "Because",
        ),
        (
            (
                f"{region.name}{BY_BLOOD if blood else ''}", limit.limit.of, f"{limit.limit.amount_Gy:g}",
                _value(key, one, region, limit, "-by-blood" if blood else ""),
                _verdict(limit), limit.limit.source or "", "; ".join(limit.because),
            )
            for region, limit, blood in held
        ),
        "Kept or exceeded is what the whole interval is; where the limit lies within it, neither can be told.",
    )  # fmt: skip


UNTOLD = ("not told", "part is missing", "part is an upper bound")


def _verdict(held: LimitHeld) -> str:
    if held.met == "part is missing":
        return "not told: the dose is a lower bound, a part of it is missing"
    if held.met == "part is an upper bound":
        return "not told: a part of the dose is an upper bound"
    if held.met == "not told" and held.interval_Gy is None:
        return "not told: how well the dose is known is not"
    return "not told: the limit lies within the interval" if held.met == "not told" else held.met


def _value(key: str, one: DosedSubject, region: DosedRegion, held: LimitHeld, how: str) -> Number:
    told = interval(*held.interval_Gy) if held.interval_Gy is not None else "uncertainty not known"
    return number(
        f"{key}-{id_of(one, region)}-limit-{slug(held.limit.of)}{how}",
        held.value_Gy,
        f"{BEFORE[held.bound]}{three_figures(held.value_Gy)} ({told})",
        label=f"{held.limit.of} of {region.name}{how.replace('-', ' ')} against its limit",
        definition=f"limit {held.limit.amount_Gy:g} Gy: {held.limit.source}",
        population=one.id,
        because=held.because,
        rows=held.rows,
        of=one.id,
    )


def _told(regions: Sequence[DosedRegion]) -> Iterator[Block]:
    """Warnings and the ways doses were worked out, each once with its regions."""
    told = _gathered(one for region in regions for one in _warned(region))
    after = _gathered((region.name, one) for region in regions for one in _of_treating(region))
    if told or after:
        yield said("What to know of these figures:", tone="caution")
        yield listed(
            *(f"{', '.join(names)}: {sentence}" for sentence, names in told.items()),
            *(f"by the label that treats, {', '.join(names)}: {sentence}" for sentence, names in after.items()),
        )
    if how := _gathered(one for region in regions for one in _ways(region)):
        yield listed(*(f"{sentence} ({', '.join(names)})" for sentence, names in how.items()))


def _gathered(told: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Names by the sentence that is told of them, in order."""
    found: dict[str, list[str]] = {}
    for name, sentence in told:
        if name not in found.setdefault(sentence, []):
            found[sentence].append(name)
    return found


def _warned(region: DosedRegion) -> Iterator[tuple[str, str]]:
    """What to know of a region's figures, and why it has no dose where its curve is shown."""
    before, foreseen, blood = region.before, region.foreseen, region.by_blood
    if before.fitted is not None:
        every = (foreseen,) if isinstance(foreseen, str) else foreseen.warnings
        yield from ((region.name, one) for one in (*before.warnings, *every))
    for dose in () if blood is None else (blood.foreseen, blood.given):
        every = (_less_name(dose, "blood"),) if isinstance(dose, str) else () if dose is None else dose.warnings
        yield from ((f"{region.name}{BY_BLOOD}", one) for one in every)


def _of_treating(region: DosedRegion) -> Iterator[str]:
    """What to know of a dose by the label that treats: of its own curve, and what is not said of that foreseen."""
    foreseen, given = region.foreseen, region.given
    if region.after is region.before:
        return
    if isinstance(given, str):
        yield from (given,) if given != foreseen else ()
    elif given is not None:
        yield from region.after.warnings
        said_already = () if isinstance(foreseen, str) else foreseen.warnings
        yield from (one for one in given.warnings if one not in said_already)


def _ways(region: DosedRegion) -> Iterator[tuple[str, str]]:
    """How the doses of a region were worked out."""
    doses = [(region.name, region.foreseen)]
    if region.by_blood is not None:
        doses.append((f"{region.name}{BY_BLOOD}", region.by_blood.foreseen))
    for name, dose in doses:
        if not isinstance(dose, str):
            yield from ((name, one) for one in dose.because)
