"""What was imaged, what readers said of it, and what the tissue or the follow-up said that it was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Literal, get_args

from hevesy.errors import RuleError
from hevesy.study.dates import When
from hevesy.study.facts.fact import (
    Field,
    Reported,
    SubjectId,
    before,
    choice,
    day,
    flag,
    integer,
    later,
    number,
    outside,
    record_kind,
    refuse,
    text,
)
from hevesy.study.protocol.imaging import Modality

WITH_A_LABEL = ("PET", "SPECT", "planar")
"""Modalities that see a label; of the others nothing is taken up."""
Answer = Literal["positive", "negative", "not readable"]
Procedure = Literal["biopsy", "resection"]
Diagnosis = Literal["new tumour", "recurrence", "mixed", "pseudoprogression", "radiation necrosis", "non-diagnostic"]
"""What a specimen is: tumour, tumour with treatment effect, treatment effect, or nothing that could be told."""
FollowUpVerdict = Literal["new tumour", "recurrence", "pseudoprogression", "radiation necrosis", "undetermined"]

SUV_UP_TO, RATIO_UP_TO, PLANNED_UP_TO_H = 1_000, 10_000, 1_000
"""No uptake, ratio or time after an injection comes near; beyond them a unit or a digit is wrong."""

Which = Annotated[str | None, text("which one; None: of the subject as a whole", name="lesion")]


@record_kind("scan", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A scan, and what was measured of a lesion on it; of several lesions it comes in a row each.

    The label, its activity and the time of its injection are those of the administration before it. `hour_known` tells
    whether the start was delivered with its hour.
    """

    subject: SubjectId
    row: int
    start: Annotated[
        datetime, Field(type="time or day", means="start of the scan", required=True, hour_kept_in="hour_known")
    ]
    modality: Annotated[Modality, choice(*get_args(Modality), required=True)]
    planned_h: Annotated[float | None, number("time after the injection that was planned", "time")] = None
    lesion: Which = None
    suv_max_lesion: Annotated[float | None, number("highest uptake of the lesion, as SUV")] = None
    suv_mean_background: Annotated[float | None, number("mean uptake of the background, as SUV")] = None
    lesion_to_background: Annotated[
        float | None, number("ratio of the two as delivered; its rounding is the sender's")
    ] = None
    contrast_to_noise: Annotated[float | None, number("as delivered", may_be_negative=True)] = None
    image_quality: Annotated[int | None, integer("score, 1 (worst) to 5")] = None
    hour_known: bool = True
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            outside(self.planned_h, (0, PLANNED_UP_TO_H), "a planned time", "planned_h", "h"),
            outside(self.suv_max_lesion, (0, SUV_UP_TO), "an SUV", "suv_max_lesion", "g/mL"),
            outside(self.suv_mean_background, (0, SUV_UP_TO), "an SUV", "suv_mean_background", "g/mL"),
            outside(self.lesion_to_background, (0, RATIO_UP_TO), "the ratio", "lesion_to_background", ""),
            self._no_score(),
            self._no_label(),
        )

    @property
    def on(self) -> When:
        """Day of the scan."""
        return self.start.date()

    def _no_score(self) -> RuleError | None:
        if self.image_quality is None or 1 <= self.image_quality <= 5:
            return None
        return RuleError("a score of image quality is 1 to 5", field="image_quality", value=str(self.image_quality))

    def _no_label(self) -> RuleError | None:
        if self.modality in WITH_A_LABEL:
            return None
        for name in ("planned_h", "suv_max_lesion", "suv_mean_background"):
            if (value := getattr(self, name)) is not None:
                rule = f"{self.modality} sees no label: it has no SUV and no time after an injection"
                return RuleError(rule, field=name, value=f"{value:g}")
        return None


@record_kind("reading", before_study=True, without_subject=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reader, or several in consensus, said of a scan, or of a lesion on it.

    "Not readable" is an answer. The scan is told by its day or its planned time; at a cut a reading is there from the
    day it was read on, or where that is not told from the day of the scan.
    """

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day it was read", name="read")] = None
    scanned: Annotated[When | None, day("the day of the scan")] = None
    modality: Annotated[Modality, choice(*get_args(Modality), required=True)]
    planned_h: Annotated[float | None, number("time after the injection that the scan was planned for", "time")] = None
    lesion: Which = None
    reader: Annotated[str | None, text("who of several read")] = None
    consensus: Annotated[bool | None, flag("the readers' answer together, not that of one of them")] = None
    answer: Annotated[Answer, choice(*get_args(Answer), means="is it tumour", required=True)]
    score: Annotated[float | None, number("of confidence, higher for tumour", may_be_negative=True)] = None
    blinded: Annotated[bool | None, flag("to everything but the images")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            before(self.scanned, self.on, "on", "a scan is read no sooner than it is made"),
            outside(self.planned_h, (0, PLANNED_UP_TO_H), "a planned time", "planned_h", "h"),
            self._score_of_nothing(),
        )

    def as_of(self, cut: date) -> Reading | None:
        """As it had happened by a cut after which the record goes on; None: it had not been read."""
        return None if later(self.on or self.scanned, cut) else self

    def _score_of_nothing(self) -> RuleError | None:
        if self.score is None or self.answer != "not readable":
            return None
        return RuleError("what is not readable has no score", field="score", value=f"{self.score:g}")


_SHARES: dict[Diagnosis, tuple[str, bool, bool]] = {
    "new tumour": ("tumour", False, True),
    "recurrence": ("tumour", False, True),
    "mixed": ("both tumour and treatment effect", False, False),
    "pseudoprogression": ("treatment effect", True, False),
    "radiation necrosis": ("treatment effect", True, False),
}
"""What a diagnosis is, and whether no viable tumour at all, or nothing but it, fits it."""


@record_kind("specimen", before_study=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """Tissue that was taken, and what a reviewer said it is; a second review is a row of its own.

    `diagnosis` None: not told yet. At a cut the diagnosis is there from the day it was made on, and a second review not
    before.
    """

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day it was taken")] = None
    specimen: Annotated[str | None, text("its number, where there are several of a day")] = None
    procedure: Annotated[Procedure | None, choice(*get_args(Procedure))] = None
    lesion: Which = None
    region: Annotated[str | None, text("where it was taken")] = None
    diagnosed: Annotated[When | None, day("the day of the diagnosis")] = None
    diagnosis: Annotated[Diagnosis | None, choice(*get_args(Diagnosis))] = None
    viable_tumour_percent: Annotated[float | None, number("share of viable tumour in it")] = None
    reviewer: Annotated[str | None, text("who said what it is")] = None
    blinded: Annotated[bool | None, flag("the reviewer, to the images")] = None
    second_review: Annotated[bool | None, flag("this diagnosis is that of the second review, which counts")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(
            before(self.on, self.diagnosed, "diagnosed", "a specimen is diagnosed no sooner than it is taken"),
            outside(self.viable_tumour_percent, (0, 100), "a share", "viable_tumour_percent", "%"),
            self._share_that_does_not_fit(),
        )

    def as_of(self, cut: date) -> Specimen | None:
        """As it had happened by a cut after which the record goes on; None: it had not been taken or reviewed again."""
        if later(self.on, cut):
            return None
        if not later(self.diagnosed, cut):
            return self
        if self.second_review:
            return None
        return replace(self, diagnosed=None, diagnosis=None, viable_tumour_percent=None, reviewer=None)

    def _share_that_does_not_fit(self) -> RuleError | None:
        share, diagnosis = self.viable_tumour_percent, self.diagnosis
        if share is None or not 0 <= share <= 100:
            return None
        if diagnosis is None or diagnosis == "non-diagnostic":
            rule = "a share of viable tumour is told with a diagnosis"
        else:
            what, none, whole = _SHARES[diagnosis]
            if (share > 0 or none) and (share < 100 or whole):
                return None
            rule = f"{diagnosis} is {what}, which {share:g} % of viable tumour is not"
        return RuleError(rule, field="viable_tumour_percent", value=f"{share:g}")


@record_kind("follow_up_reference", without_subject=True)
@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpReference:
    """What the follow-up without tissue said that a lesion, or the subject's disease, was."""

    subject: SubjectId
    row: int
    on: Annotated[When | None, day("the day it was judged")] = None
    followed_since: Annotated[When | None, day("the first day of what it was judged by")] = None
    lesion: Which = None
    verdict: Annotated[FollowUpVerdict, choice(*get_args(FollowUpVerdict), required=True)]
    judged_by: Annotated[str | None, text("who judged it")] = None
    blinded: Annotated[bool | None, flag("to the images that are read in this study")] = None
    reported: Reported = ()

    def __post_init__(self) -> None:
        refuse(before(self.followed_since, self.on, "on", "a follow-up is judged no sooner than it begins"))
