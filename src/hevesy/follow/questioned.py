"""Counts and proteins that nobody could believe.

Outside the bounds of their quantity, or a count far above both its neighbours.

A fall is believed whatever its size: platelets of 1 and neutrophils of 0.0 are what this treatment does. A rise that is
over by the next visit is not, nor one that stays far above all that the subject ever had, unless a transfusion or
growth factor explains it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hevesy.errors import RuleError
from hevesy.follow.support import rule_for
from hevesy.study.believable import REMEDY, Questioned, beyond, range_of, usual_ranges
from hevesy.study.dates import earliest, latest
from hevesy.study.facts.laboratory import Lab
from hevesy.study.facts.response import Assessment, IgMAssessment
from hevesy.study.facts.treatment import SupportiveCare
from hevesy.study.protocol import BLOOD_TEST_DIMENSION, BLOOD_TESTS, BloodTest, TrialProtocol
from hevesy.study.subject import Subject
from hevesy.units import factor_of

SPIKE_FACTOR, SPIKE_WITHIN_D, LEAST_NEIGHBOUR = 20.0, 21, 0.1
"""A count is questioned that is so many times both its neighbours within so many days; a lower neighbour counts as this
much."""

PROTEINS = {
    "serum_m_protein_g_per_dL": ("serum_m_protein", "serum M-protein"),
    "urine_m_protein_mg_per_24h": ("urine_m_protein", "urine M-protein"),
    "involved_flc_mg_per_L": ("free_light_chain", "involved free light chain"),
    "uninvolved_flc_mg_per_L": ("free_light_chain", "uninvolved free light chain"),
    "igm_g_per_dL": ("serum_igm", "serum IgM"),
}
"""Fields of an assessment that have bounds: the quantity, and its name in a sentence."""


def doubt_of(test: str, value: float | None, unit: str | None) -> str | None:
    """Why a single count, whose subject and protocol are not known, would be questioned.

    None: it would not, or has no bounds.

    >>> doubt_of("haemoglobin", 79.0, "g/dL")
    'outside 1..25 g/dL; questioned: correct it, or confirm that it is right'
    """
    if value is None or test not in BLOOD_TEST_DIMENSION:
        return None
    try:
        told = usual_ranges()[test].beyond(value * factor_of(unit, BLOOD_TEST_DIMENSION[test]))
    except RuleError:
        return None
    return f"{told}; {REMEDY}" if told is not None else None


@dataclass(frozen=True, slots=True)
class _Count:
    lab: Lab
    on: date
    value: float
    """In the internal unit."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Of a subject's counts, by ledger row.

    Those that are questioned, and those far above that a product given before them explains.
    """

    questioned: dict[int, Questioned]
    explained: dict[int, SupportiveCare]


def doubtful_counts(subject: Subject, protocol: TrialProtocol) -> Doubts:
    """The blood counts of a subject that are questioned; those that somebody confirmed are not."""
    by_test: dict[BloodTest, list[tuple[Lab, float]]] = {}
    for lab in subject.of(Lab):
        test = next((name for name in BLOOD_TESTS if name == lab.test), None)
        value = lab.inside if test is not None else None
        if test is not None and value is not None:
            by_test.setdefault(test, []).append((lab, value))
    found: dict[int, Questioned] = {}
    explained: dict[int, SupportiveCare] = {}
    for test, values in by_test.items():
        why = {lab.row: told for lab, value in values if (told := beyond(test, value, protocol)) is not None}
        inside = [
            _Count(lab, lab.on, value) for lab, value in values if isinstance(lab.on, date) and lab.row not in why
        ]
        spikes, risen = _spikes(
            test, sorted(inside, key=lambda one: (one.on, one.value, one.lab.row)), subject, protocol
        )
        why |= spikes
        explained |= risen
        for lab, _ in values:
            if lab.row in why and lab.row not in subject.confirmed:
                shown = f"{lab.side or ''}{lab.value:g} {lab.unit or ''}".rstrip()
                found[lab.row] = Questioned(
                    subject=subject.id,
                    row=lab.row,
                    quantity=test,
                    value=shown,
                    on=lab.on,
                    because=f"{why[lab.row]}; {REMEDY}",
                )
    return Doubts(found, explained)


def _spikes(
    test: BloodTest, counts: Sequence[_Count], subject: Subject, protocol: TrialProtocol
) -> tuple[dict[int, str], dict[int, SupportiveCare]]:
    """Counts far above the one before and, where there is one soon enough, the one after.

    Several in a row count as one.

    A count that stays up is a recovery, unless it is far above every count the subject had before: then the unit
    changed.
    """
    found: dict[int, str] = {}
    explained: dict[int, SupportiveCare] = {}
    for place in range(1, len(counts)):
        before, first = counts[place - 1], counts[place]
        if (
            first.lab.row in found
            or (first.on - before.on).days > SPIKE_WITHIN_D
            or not _far_above(first.value, before.value)
        ):
            continue
        end = place
        while (
            end + 1 < len(counts)
            and _far_above(counts[end + 1].value, before.value)
            and (counts[end + 1].on - counts[end].on).days <= SPIKE_WITHIN_D
        ):
            end += 1
        run = counts[place : end + 1]
        least = min(one.value for one in run)
        after = (
            counts[end + 1]
            if end + 1 < len(counts) and (counts[end + 1].on - run[-1].on).days <= SPIKE_WITHIN_D
            else None
        )
        stayed = (run[-1].on - first.on).days > SPIKE_WITHIN_D or (after is None and run[-1].on > first.on)
        if stayed and not _far_above(least, max(one.value for one in counts[:place])):
            continue  # a recovery: it has stayed up, and where it was before
        if not stayed and after is not None and not _far_above(least, after.value):
            continue
        given = _explanation(test, before.on, first.on, subject, protocol)
        around = f"{before.value:g} on {before.on}" + (
            f" and {after.value:g} on {after.on}" if after is not None else ""
        )
        for one in run:
            if given is not None:
                explained[one.lab.row] = given
            else:
                found[one.lab.row] = (
                    f"{SPIKE_FACTOR:g} times or more above the count beside it ({around}), "
                    "with nothing given that lifts it"
                )
    return found, explained


def _far_above(value: float, neighbour: float) -> bool:
    return value >= SPIKE_FACTOR * max(neighbour, LEAST_NEIGHBOUR)


def _explanation(
    test: BloodTest, since: date, until: date, subject: Subject, protocol: TrialProtocol
) -> SupportiveCare | None:
    """What is known to lift this count and can have been given between two days."""
    for given in subject.of(SupportiveCare):
        rule = rule_for(given.product, protocol.support_rules)
        if (
            given.on is not None
            and rule is not None
            and rule.test == test
            and earliest(given.on) <= until
            and latest(given.on) >= since
        ):
            return given
    return None


def questioned_proteins(subject: Subject, protocol: TrialProtocol) -> tuple[tuple[str, Questioned], ...]:
    """Proteins of a subject's assessments that are questioned, each with the field it stands in."""
    found = []
    assessments: tuple[Assessment | IgMAssessment, ...] = (*subject.of(Assessment), *subject.of(IgMAssessment))
    for item in assessments:
        for name, (quantity, words) in PROTEINS.items():
            value = getattr(item, name, None)
            told = None if value is None or item.row in subject.confirmed else beyond(quantity, value, protocol)
            if told is not None:
                shown = f"{value:g} {range_of(quantity, protocol).unit}"
                one = Questioned(
                    subject=subject.id,
                    row=item.row,
                    quantity=words,
                    value=shown,
                    on=item.on,
                    because=f"{told}; {REMEDY}",
                )
                found.append((name, one))
    return tuple(found)


def without_questioned_proteins(subject: Subject, protocol: TrialProtocol) -> Subject:
    """The subject as its assessments can be believed: what is questioned was not measured."""
    fields: dict[int, dict[str, Any]] = {}
    for name, one in questioned_proteins(subject, protocol):
        fields.setdefault(one.row, {})[name] = None
    if not fields:
        return subject
    return replace(subject, events=tuple(replace(event, **fields.get(event.row, {})) for event in subject.events))
