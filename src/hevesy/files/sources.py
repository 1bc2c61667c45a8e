"""sources.toml: how the columns of a study's exports map to events, read strictly."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from importlib import resources

from hevesy.errors import DeliveryError, RuleError
from hevesy.files import redcap
from hevesy.files.limits import fault_of_encoding
from hevesy.files.toml import Section, time_zone
from hevesy.names import slug
from hevesy.study.dates import parse_when
from hevesy.study.facts.fact import KEPT_AS_REPORTED, Kind, kinds
from hevesy.study.mapping import Column, SiteZones, SourceMapping
from hevesy.units import factor_of

LONGEST_PATTERN, LONGEST_DATE_FORMAT = 200, 60
_PROBE = datetime(2023, 11, 24, 13, 5, 9, tzinfo=UTC)
"""A time whose day, month and year cannot be taken for one another."""


def shipped_mappings() -> list[str]:
    """Names of the mappings that come with the package."""
    return sorted(
        entry.name[:-5] for entry in resources.files("hevesy.files.mappings").iterdir() if entry.name.endswith(".toml")
    )


def read_sources(text: str, file: str = "sources.toml", *, recorded: bool = False) -> tuple[SourceMapping, ...]:
    """Parse the text of a sources.toml; a misspelt key or field, an unknown unit or kind is refused by name.

    One that is `recorded` already is read even where it names something in `as_reported` that nothing is held against.
    """
    top = Section.parse(text, file)
    zone = _time_zone(top)
    top.texts("not_read", ())
    dropped = top.texts("drop", ())
    mappings = tuple(_mapping(section, zone, dropped, recorded) for section in top.sections("source"))
    top.done()
    if not mappings:
        raise DeliveryError(f"{file}: at least one [[source]] must be given")
    names = Counter(mapping.name for mapping in mappings)
    slugs = Counter(map(slug, names))
    for name, count in names.items():
        if count > 1:
            raise DeliveryError(
                f"{file}: two sources are called {name!r}; a name is part of every key and must be unique"
            )
        if "|" in name or not slug(name):
            raise DeliveryError(f"{file}: a source cannot be called {name!r}; use letters and digits, no |")
        if slugs[slug(name)] > 1:
            raise DeliveryError(
                f"{file}: {name!r} and another source differ only in signs; their files would have one name"
            )
    return mappings


def not_read(text: str, file_name: str) -> bool:
    """Whether a sources.toml says of a delivered file that it is known and not read."""
    patterns = Section.parse(text, "sources.toml").texts("not_read", ())
    return any(fnmatch(file_name.lower(), pattern.lower()) for pattern in patterns)


def mappings_for(mappings: tuple[SourceMapping, ...], file_name: str) -> list[SourceMapping]:
    """The mappings whose file pattern fits a delivered file's name (letter case does not matter)."""
    return [mapping for mapping in mappings if fnmatch(file_name.lower(), mapping.file.lower())]


def _time_zone(section: Section) -> str | SiteZones | None:
    """A zone, or a table of the column that names the site and the zone of each site.

    None where the section says nothing.
    """
    if not section.has("time_zone"):
        return None
    if not section.is_table("time_zone"):
        return time_zone(section, "time_zone")
    part = section.section("time_zone")
    assert part is not None
    column = part.get("column", str)
    zones = {site: time_zone(part, site) for site in part.items() if site != "column"}
    if not zones:
        raise section.error(
            "time_zone", 'name the zone of each site, as in { column = "SITEID", "01" = "America/Chicago" }'
        )
    part.done()
    return SiteZones(column=column, zones=zones)


def _encoding(section: Section) -> str:
    """An encoding that tables are written in."""
    name = section.get("encoding", str, "utf-8")
    if fault := fault_of_encoding(name):
        raise section.error("encoding", fault)
    return name


def _date_format(section: Section) -> str | None:
    """A format that gives a date back when it is written and read: what it cannot hold would be made up."""
    if not section.has("date_format"):
        return None
    given = section.name("date_format", LONGEST_DATE_FORMAT)
    try:
        read = parse_when(_PROBE.strftime(given), given)
    except (ValueError, re.error, LookupError, OverflowError):
        read = None
    if not isinstance(read, date) or read != _PROBE.date():
        raise section.error(
            "date_format", f"{given!r} does not give a date back; a day, a month and a year are needed, as in %d-%m-%Y"
        )
    return given


def _mapping(
    section: Section, study_zone: str | SiteZones | None, dropped: tuple[str, ...], recorded: bool
) -> SourceMapping:
    kind = _kind(section)
    delivery = section.get("delivery", str)
    if delivery not in ("full", "partial"):
        raise section.error(
            "delivery", f"must be full (each file holds everything) or partial (only what is new), got {delivery!r}"
        )
    zone = _time_zone(section) or study_zone
    if zone is None:
        raise section.error("time_zone", "must be given here or at the top of the file")
    columns = _columns(section, kind)
    export = section.section("redcap")
    as_reported, baseline = section.section("as_reported"), section.section("baseline")
    only, excluded = section.section("only"), section.section("except")
    rows = ({column: only.texts(column) for column in only.items()} if only else {}) | _rows_of_export(export)
    mapping = SourceMapping(
        name=section.name("name") if not recorded else section.get("name", str),
        file=section.name("file", LONGEST_PATTERN),
        kind=kind.name,
        full=delivery == "full",
        time_zone=zone,
        key=section.texts("key") if export is None else (section.get("record", str, "record_id"), *redcap.REPEATS),
        columns=columns,
        as_reported=_names(as_reported),
        baseline=_names(baseline),
        ignored=section.texts("ignore", ()),
        dropped=tuple(dict.fromkeys((*dropped, *section.texts("drop", ())))),
        only=rows,
        excluded={column: excluded.texts(column) for column in excluded.items()} if excluded else {},
        encoding=_encoding(section),
        missing=section.texts("missing", ()),
        lists_new_lesions=section.get("lists_new_lesions", bool, False),
        only_filled=export is not None,
        may_be_empty=frozenset(redcap.REPEATS) if export is not None else frozenset(),
        may_be_absent=redcap.may_be_absent(rows) if export is not None else frozenset(),
    )
    if export is not None:
        export.done()
    if as_reported is not None and not recorded:
        _refuse_unheld(as_reported, kind)
    _refuse_contradictions(section, mapping)
    section.done()
    return mapping


def _rows_of_export(section: Section | None) -> dict[str, tuple[str, ...]]:
    if section is None:
        return {}
    events = section.texts("events") if section.has("events") else None
    return redcap.rows_of(section.get("repeating_instrument", str, ""), events)


def _kind(section: Section) -> Kind:
    name, known = section.get("kind", str), kinds()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise section.error("kind", f"{name!r} is not a kind of record; {hint}")
    return known[name]


def _refuse_unheld(as_reported: Section, kind: Kind) -> None:
    """Names under `as_reported` that nothing is held against: misspelt, most likely."""
    known = (*kind.as_reported, *KEPT_AS_REPORTED)
    for name in as_reported.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise as_reported.error(name, f"is held against nothing; {hint}")


def _refuse_contradictions(section: Section, mapping: SourceMapping) -> None:
    """What a mapping says in one place and takes back in another, or says of a kind that has no such thing."""
    used = mapping.needed_columns() | set(mapping.recorded_columns(mapping.known_columns()))
    if (contradicted := sorted(used & set(mapping.dropped))) != []:
        raise section.error("drop", f"{contradicted[0]!r} is mapped and dropped; what is dropped cannot be used")
    if not mapping.key:
        raise section.error("key", "at least one column must identify a row")
    if mapping.lists_new_lesions and mapping.kind != "lesion":
        raise section.error("lists_new_lesions", "belongs to a source of kind lesion")
    if mapping.baseline and mapping.kind != "enrolment":
        raise section.error("baseline", "belongs to a source of kind enrolment")


def _names(section: Section | None) -> dict[str, str]:
    return {} if section is None else {name: section.get(name, str) for name in section.items()}


def _columns(section: Section, kind: Kind) -> dict[str, Column]:
    fields = section.section("fields")
    if fields is None:
        raise section.error("fields", "must be given: which column is which field")
    columns: dict[str, Column] = {}
    for name, given in fields.items().items():
        if name not in kind.fields:
            near = difflib.get_close_matches(name, kind.fields, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(kind.fields)}"
            raise fields.error(name, f"is not a field of {kind.name}; {hint}")
        column = Column(column=given) if isinstance(given, str) else _column(fields.section(name), fields, name)
        columns[name] = _with_checked_unit(column, kind.fields[name].dimension, name, fields)
    for name, field in kind.fields.items():
        if field.required and name not in columns:
            raise fields.error(name, f"must be mapped: a record of kind {kind.name} has no meaning without it")
    return columns


def _column(section: Section | None, fields: Section, name: str) -> Column:
    if section is None:
        raise fields.error(name, "must be the name of a column or a table")
    given_codes, checkbox = section.section("codes"), section.maybe("checkbox", str)
    codes = {} if given_codes is None else {code: given_codes.get(code, str) for code in given_codes.items()}
    column = Column(
        column=section.maybe("column", str),
        constant=section.maybe("constant", str),
        unit=section.maybe("unit", str),
        unit_column=section.maybe("unit_column", str),
        codes=codes,
        others=section.maybe("others", str),
        date_format=_date_format(section),
        study_day=section.get("study_day", bool, False),
        optional=section.get("optional", bool, False),
        censored_column=section.maybe("censored_column", str),
        checkbox=checkbox,
        boxes=redcap.boxes_of(checkbox, codes) if checkbox is not None else {},
    )
    if sum(given is not None for given in (column.column, column.constant, column.checkbox)) != 1:
        raise section.error("column", "give either column or constant, or checkbox")
    if column.checkbox is not None and not column.codes:
        raise section.error("checkbox", "needs codes: which box means what")
    section.done()
    return column


def _with_checked_unit(column: Column, dimension: str | None, name: str, fields: Section) -> Column:
    if dimension is None:
        if column.unit is not None or column.unit_column is not None:
            raise fields.error(
                name, 'takes no unit here; where a record has a field unit, map that: unit = { constant = "10^9/L" }'
            )
        return column
    if column.unit_column is not None and column.unit is None:
        return column
    if column.unit is None and dimension == "age":
        return replace(column, unit="years")
    try:
        factor_of(column.unit, dimension)
    except RuleError as error:
        raise fields.error(name, str(error)) from error
    return column
