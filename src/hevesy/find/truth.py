"""What the truth is of a subject's lesions: from what reviewers said of tissue, else from the follow-up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hevesy.find.cases import Truth
from hevesy.study.dates import When, earliest
from hevesy.study.facts.imaging import FollowUpReference, Specimen

By = Literal["specimen", "follow-up"]
_ORDER: tuple[Truth, ...] = ("new tumour", "recurrence", "mixed", "pseudoprogression", "radiation necrosis")
"""Of several specimens of a lesion the first of these is its truth: tumour anywhere in it is tumour."""
TUMOUR: tuple[Truth, ...] = ("new tumour", "recurrence")
NO_TUMOUR: tuple[Truth, ...] = ("pseudoprogression", "radiation necrosis")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedSpecimen:
    """A specimen and the diagnosis that counts of it, with all its reviews; None: none is made yet."""

    counts: Specimen
    reviews: tuple[Specimen, ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What it is called: its number, else what was done on which day."""
        return self.counts.specimen or f"{self.counts.procedure or 'specimen'} of {self.counts.on or 'no day'}"

    @property
    def truth(self) -> Truth | None:
        """What it is."""
        return self.counts.diagnosis

    @property
    def diagnostic(self) -> bool:
        """Whether it tells anything."""
        return self.truth is not None and self.truth != "non-diagnostic"

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows of its reviews."""
        return tuple(review.row for review in self.reviews)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionTruth:
    """The truth of a lesion (`lesion` None: of the subject as a whole), what told it, and why.

    `taken` is the day of the specimen that it rests on, or on which the follow-up began. `truth` None: not known.
    """

    lesion: str | None
    truth: Truth | None
    by: By | None
    viable_share: float | None
    taken: When | None
    told_by: ReviewedSpecimen | None
    because: str
    notes: tuple[str, ...]
    rows: tuple[int, ...]


def specimens_of(reviews: Iterable[Specimen]) -> tuple[ReviewedSpecimen, ...]:
    """Rows that are reviews of one specimen together: by its number, else by its day, procedure, lesion and place.

    Numbers may begin anew on each day or in each lesion; a review that tells neither is of the first of its number, and
    a second review of another day is of the only one of its number.
    The second review counts; of several the last diagnosis. Where reviews differ that is said.
    """
    together: list[list[Specimen]] = []
    for one in sorted(reviews, key=lambda one: (one.second_review is True, one.on is None)):
        own = [these for these in together if _of_one_specimen(these[0], one)]
        if not own and one.second_review and one.specimen:
            of_number = [these for these in together if _of_one_specimen(these[0], replace(one, on=None))]
            own = of_number if len(of_number) == 1 else []
        if own:
            own[0].append(one)
        else:
            together.append([one])
    return tuple(_reviewed(these) for these in together)


def _of_one_specimen(first: Specimen, one: Specimen) -> bool:
    if not one.specimen:
        return not first.specimen and all(
            getattr(first, name) == getattr(one, name) for name in ("on", "procedure", "lesion", "region")
        )
    return first.specimen == one.specimen and all(
        None in (getattr(first, name), getattr(one, name)) or getattr(first, name) == getattr(one, name)
        for name in ("on", "lesion")
    )


def _reviewed(reviews: Sequence[Specimen]) -> ReviewedSpecimen:
    told = [one for one in reviews if one.diagnosis is not None]
    second = [one for one in told if one.second_review]
    counts = max(
        second or told or reviews,
        key=lambda one: (earliest(one.diagnosed).toordinal() if one.diagnosed else 0, one.row),
    )
    notes = []
    if len({one.diagnosis for one in told}) > 1:
        each = ", ".join(f"{one.diagnosis} ({one.reviewer or 'reviewer not told'})" for one in told)
        which = "the second review" if second else "the last diagnosis"
        notes.append(f"reviews of {counts.specimen or 'a specimen'} differ: {each}; {which} counts")
    if told and len(told) < len(reviews):
        notes.append(f"a review of {counts.specimen or 'a specimen'} has no diagnosis yet")
    days = list(dict.fromkeys(one.on for one in reviews if one.on is not None))
    if len(days) > 1:
        notes.append(f"reviews of {counts.specimen} tell different days: {', '.join(map(str, days))}")
    counts = replace(
        counts,
        on=next(iter(days), None),
        lesion=counts.lesion or next((one.lesion for one in reviews if one.lesion is not None), None),
    )
    return ReviewedSpecimen(counts=counts, reviews=tuple(reviews), notes=tuple(notes))


def truths_of(specimens: Iterable[Specimen], follow_ups: Iterable[FollowUpReference]) -> tuple[LesionTruth, ...]:
    """The truth of each lesion that has a specimen or a follow-up: tissue counts before the follow-up.

    A non-diagnostic specimen tells nothing; tumour in any specimen of a lesion is tumour, and that others of it showed
    none is said. A follow-up that names no lesion is of the only one that has tissue.
    """
    tissue: dict[str | None, list[ReviewedSpecimen]] = {}
    followed: dict[str | None, list[FollowUpReference]] = {}
    for one in specimens_of(specimens):
        tissue.setdefault(one.counts.lesion, []).append(one)
    every = tuple(follow_ups)
    named = {*tissue, *(one.lesion for one in every if one.lesion is not None)}
    only = next(iter(tissue)) if len(tissue) == 1 and len(named) == 1 else None
    for follow_up in every:
        followed.setdefault(follow_up.lesion or only, []).append(follow_up)
    lesions = dict.fromkeys((*tissue, *followed))
    return tuple(_of_lesion(lesion, tissue.get(lesion, []), followed.get(lesion, [])) for lesion in lesions)


def _of_lesion(
    lesion: str | None, tissue: Sequence[ReviewedSpecimen], followed: Sequence[FollowUpReference]
) -> LesionTruth:
    notes = [note for one in tissue for note in one.notes]
    rows = (*(row for one in tissue for row in one.rows), *(one.row for one in followed))
    notes += [f"{one.name} is non-diagnostic" for one in tissue if one.truth == "non-diagnostic"]
    notes += [f"{one.name} has no diagnosis yet" for one in tissue if one.truth is None]
    diagnostic = [one for one in tissue if one.diagnostic]
    verdict, said = _verdict(followed)
    if len(verdicts := dict.fromkeys(one.verdict for one in followed if one.verdict != "undetermined")) > 1:
        notes.append(f"follow-ups differ: {', '.join(verdicts)}; the last counts")
    if diagnostic:
        counts = min(
            diagnostic,
            key=lambda one: (
                _ORDER.index(one.truth) if one.truth in _ORDER else len(_ORDER),
                -(one.counts.viable_tumour_percent or 0),
            ),
        )
        notes += _disagreements(diagnostic, counts)
        if verdict is not None and (verdict in TUMOUR) != (counts.truth in TUMOUR) and counts.truth != "mixed":
            notes.append(f"the follow-up said {verdict}, the specimen {counts.truth}: the specimen counts")
        share = counts.counts.viable_tumour_percent
        told = f", {share:g} % viable tumour" if share is not None else ""
        return LesionTruth(
            lesion=lesion,
            truth=counts.truth,
            by="specimen",
            viable_share=share / 100 if share is not None else None,
            taken=counts.counts.on,
            told_by=counts,
            because=f"{counts.truth}{told} by {counts.name}",
            notes=tuple(notes),
            rows=rows,
        )
    truth: Truth | None = verdict
    if verdict is None and any(one.truth == "non-diagnostic" for one in tissue):
        truth = "non-diagnostic"
    return LesionTruth(
        lesion=lesion,
        truth=truth,
        by="follow-up" if verdict is not None else None,
        viable_share=None,
        taken=next((one.followed_since for one in followed if one.verdict == verdict), None),
        told_by=None,
        because=f"{verdict} by follow-up" if verdict is not None else said or "; ".join(notes) or "not known",
        notes=tuple(notes),
        rows=rows,
    )


def _disagreements(diagnostic: Sequence[ReviewedSpecimen], counts: ReviewedSpecimen) -> list[str]:
    """Specimens of a lesion of which some show tumour and some do not."""
    kinds = dict.fromkeys(one.truth for one in diagnostic)
    if len(kinds) < 2 or not (set(kinds) & {*TUMOUR, "mixed"} and set(kinds) & set(NO_TUMOUR)):
        return []
    each = ", ".join(f"{one.name} {one.truth}" for one in diagnostic)
    return [f"specimens of one lesion differ: {each}; {counts.truth} counts"]


def _verdict(followed: Sequence[FollowUpReference]) -> tuple[Truth | None, str]:
    """What the follow-up says, by its last judgement; None where it is undetermined or there is none."""
    if not followed:
        return None, ""
    last = max(followed, key=lambda one: (earliest(one.on).toordinal() if one.on else 0, one.row))
    if last.verdict == "undetermined":
        return None, "undetermined by follow-up"
    return last.verdict, ""
