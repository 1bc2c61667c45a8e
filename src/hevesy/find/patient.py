"""A subject's lesions as cases, and the subject as one: the truth and the readings of each joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hevesy.find.cases import Case, MixedRule, Presentation, Reading, Reference, Truth, side_of
from hevesy.find.scans import Said
from hevesy.find.truth import NO_TUMOUR, TUMOUR, LesionTruth

Answers = Mapping[str, tuple[Said, ...]]
"""What counts of the readings, by test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedCase:
    """A case with all that it was joined from; `because` is what is said of it, in sentences."""

    case: Case
    truths: tuple[LesionTruth, ...]
    said: Answers
    because: tuple[str, ...]
    enrolled: int
    """The row that says why the subject was imaged, in which arm and where."""

    def rows_of(self, test: str | None = None) -> tuple[int, ...]:
        """The rows of its subject and its truth, and of the reading of a test."""
        read = self.said.get(test, ()) if test is not None else ()
        return (
            self.enrolled,
            *(row for one in self.truths for row in one.rows),
            *(row for one in read for row in one.rows),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A subject as one case, and each of its lesions as one where there are several by name."""

    whole: JoinedCase
    lesions: tuple[JoinedCase, ...]


def joined(
    subject: str,
    truths: Sequence[LesionTruth],
    said: Answers,
    presentation: Presentation | None,
    enrolled: int,
    mixed: MixedRule,
) -> Patient:
    """The cases of a subject, whose enrolment stands in the row `enrolled`.

    A subject is tumour if any lesion is, and none only where every lesion is known to be none; `mixed` says on which
    side a mixed lesion counts. A test says positive of
    it if it does so of any lesion whose truth is known, and negative if it does of all of these.
    """
    told = (*(one.lesion for one in truths), *(one.lesion for each in said.values() for one in each))
    names = tuple(sorted({name for name in told if name is not None}))
    several = len(names) > 1
    lesions = tuple(_lesion(subject, name, truths, said, presentation, enrolled) for name in names) if several else ()
    truth, why = _truth_of_all(subject, truths, names if several else (), mixed)
    known = [one.lesion for one in truths if one.truth not in (None, "non-diagnostic")]
    asked = tuple(name for name in names if name in known) if several and None not in known else ()
    readings, because = _readings(said, asked)
    whole = _case(subject, "", truth, readings, presentation)
    told_of = (why, *because, *_notes(truths, said))
    return Patient(
        whole=JoinedCase(case=whole, truths=tuple(truths), said=said, because=told_of, enrolled=enrolled),
        lesions=lesions,
    )


def _lesion(
    subject: str,
    name: str,
    truths: Sequence[LesionTruth],
    said: Answers,
    presentation: Presentation | None,
    enrolled: int,
) -> JoinedCase:
    own = tuple(one for one in truths if one.lesion == name)
    theirs = {test: tuple(one for one in each if one.lesion == name) for test, each in said.items()}
    readings, because = _readings(theirs, ())
    told = own[0].because if own else "neither a specimen of it nor a follow-up"
    case = _case(subject, name, own[0] if own else None, readings, presentation)
    because = (told, *because, *_notes(own, theirs))
    return JoinedCase(case=case, truths=own, said=theirs, because=because, enrolled=enrolled)


def _case(
    subject: str,
    lesion: str,
    truth: LesionTruth | None,
    readings: Mapping[str, Reading],
    presentation: Presentation | None,
) -> Case:
    by: Reference | None = truth.by if truth is not None else None
    return Case(
        subject=subject,
        lesion=lesion,
        truth=truth.truth if truth is not None else None,
        viable_share=truth.viable_share if truth is not None else None,
        readings=readings,
        presentation=presentation,
        reference=by,
    )


def _truth_of_all(
    subject: str, truths: Sequence[LesionTruth], lesions: Sequence[str], mixed: MixedRule
) -> tuple[LesionTruth | None, str]:
    """The truth that a subject has by those of its lesions; of one lesion alone its own."""
    if not truths:
        return None, "neither a specimen nor a follow-up"
    order: tuple[Truth, ...] = (*TUMOUR, "mixed", *NO_TUMOUR)
    known = sorted(
        (one for one in truths if one.truth in order),
        key=lambda one: (order.index(one.truth), -(one.viable_share or 0)),
    )
    if not known:
        told = next((one for one in truths if one.truth == "non-diagnostic"), None)
        return told, "; ".join(dict.fromkeys(one.because for one in truths))
    first, covered = known[0], {one.lesion for one in known}
    open_yet = [name for name in lesions if name not in covered] if None not in covered else []
    if open_yet and side_of(_case(subject, "", first, {}, None), mixed) == "no tumour":
        return None, f"{first.because}, but the truth of lesion {', '.join(open_yet)} is not known"
    return first, first.because + _against_tissue(first, known)


def _against_tissue(first: LesionTruth, known: Sequence[LesionTruth]) -> str:
    """That a follow-up which tells of tumour has the tissue of other lesions against it."""
    tissue = sorted((one for one in known if one.by == "specimen"), key=lambda one: one.lesion or "")
    if first.by != "follow-up" or first.truth not in TUMOUR or not tissue:
        return ""
    which = ", ".join(one.lesion or "not named" for one in tissue)
    what = ", ".join(dict.fromkeys(str(one.truth) for one in tissue))
    return f", although tissue of lesion {which} showed {what}"


def _readings(said: Answers, lesions: Sequence[str]) -> tuple[dict[str, Reading], tuple[str, ...]]:
    """What each test says of some lesions together (empty: of all there are); a test that says nothing is left out."""
    found: dict[str, Reading] = {}
    because = []
    for test, each in said.items():
        of = {one.lesion for one in each}
        asked = [one for one in each if not lesions or one.lesion is None or one.lesion in lesions]
        answers = {one.answer for one in asked}
        unread = [name for name in lesions if name not in of and None not in of]
        if "positive" in answers:
            found[test] = "positive"
        elif not asked:
            because.append(f"{test}: no reading" + (f" of lesion {', '.join(unread)}" if unread else ""))
        elif None in answers or unread:
            told = [one.because for one in asked if one.answer is None]
            told += [f"no reading of lesion {name}" for name in unread]
            because.append(f"{test}: {'; '.join(told)}")
        else:
            found[test] = "not readable" if "not readable" in answers else "negative"
    return found, tuple(because)


def _notes(truths: Sequence[LesionTruth], said: Answers) -> tuple[str, ...]:
    told = (
        *(note for one in truths for note in one.notes),
        *(note for e in said.values() for s in e for note in s.notes),
    )
    return tuple(dict.fromkeys(told))
