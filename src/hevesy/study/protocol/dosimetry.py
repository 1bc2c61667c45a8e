"""How doses to organs and lesions are worked out: labels, times, regions, kinetics, S values, limits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from hevesy.errors import FieldError
from hevesy.study.declared import Dimension, Key, Name, keep
from hevesy.study.limits import Limit
from hevesy.study.protocol.imaging import TimePoint
from hevesy.study.protocol.listed import known, once
from hevesy.study.protocol.marrow import CurveModel as CurveModel
from hevesy.study.protocol.marrow import MarrowByBlood
from hevesy.study.protocol.s_values import SOURCE_UP_TO
from hevesy.study.protocol.s_values import SValuesDeclared as SValuesDeclared

Known = Literal["known", "unknown"]
RegionIs = Literal["organ", "lesion", "remainder"]
RemainderBy = Literal["measurement", "what regions leave"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DosimetryRegion:
    """A region that is measured: an organ with its name in the phantom, a lesion, or the remainder of the body.

    How it repairs (alpha/beta and the half-time of repair) stands with its source; without them it has no BED.
    """

    name: Annotated[str, Name()]
    kind: Annotated[RegionIs, Key("is")] = "organ"
    phantom: Annotated[str | None, Name()] = None
    """What the S values call it as a source; None: as here. A lesion has none: it is a sphere of its mass."""
    target: Annotated[str | None, Name()] = None
    """What they call it as a target, where it is another word."""
    remainder_by: RemainderBy = "measurement"
    """Of a remainder that was not measured itself: what regions leave of the injected, with nothing excreted."""
    model: CurveModel | None = None
    """Of its curve, where it is another than that of the plan."""
    alpha_beta_Gy: Annotated[float | None, Dimension("dose"), Key("alpha_beta")] = None
    repair_half_life_h: Annotated[float | None, Dimension("time"), Key("repair_half_life")] = None
    effect_source: Annotated[str | None, Name(SOURCE_UP_TO)] = None
    """Where alpha/beta and repair are from: the work and its place."""

    def __post_init__(self) -> None:
        keep(self)
        told = (self.alpha_beta_Gy, self.repair_half_life_h)
        if (told[0] is None) != (told[1] is None):
            missing = "repair_half_life_h" if told[1] is None else "alpha_beta_Gy"
            raise FieldError(missing, f"must be given: {self.name} has a BED by alpha/beta and repair together")
        if told[0] is not None and self.effect_source is None:
            raise FieldError("effect_source", f"must be given: where alpha/beta and repair of {self.name} are from")
        if self.kind == "lesion" and (named := self.phantom or self.target) is not None:
            raise FieldError("phantom", "is of an organ; a lesion is a sphere of its own mass", named)
        if self.kind != "remainder" and self.remainder_by != "measurement":
            raise FieldError("remainder_by", f"is of the remainder of the body, and {self.name} is none")

    @property
    def as_source(self) -> str:
        """What the S values of a table call it as a source."""
        return self.phantom or self.name

    @property
    def as_target(self) -> str:
        """What they call it as a target."""
        return self.target or self.as_source


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDose:
    """A dose to a region that was published for the compound, and what it stands on: shown beside ours."""

    region: Annotated[str, Name()]
    dose_Gy_per_GBq: Annotated[float, Dimension("dose_per_activity"), Key("dose")]
    source: Annotated[str, Name(SOURCE_UP_TO)]
    stands_on: Annotated[str, Name(600)]
    """What it assumes, in a sentence."""

    def __post_init__(self) -> None:
        keep(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DosimetryPlan:
    """How doses are worked out from what was measured. The label that treats is the nuclide of the study."""

    measured: Annotated[str, Name()]
    """The nuclide that is measured: of a diagnostic label, or the one that treats."""
    disease_in_marrow: bool
    """Whether the disease is in the marrow: then its dose by blood is a lower bound."""
    time_points: Annotated[tuple[TimePoint, ...], Key("time_point")] = ()
    regions: Annotated[tuple[DosimetryRegion, ...], Key("region")]
    limits: Annotated[tuple[Limit, ...], Key("limit")] = ()
    s_values: SValuesDeclared | None = None
    """None: nothing but spheres and what has S values of the subject's own can be dosed."""
    marrow: MarrowByBlood | None = None
    """Red marrow by blood; without it blood tells of no dose."""
    model: CurveModel = "by AICc"
    """Of the curve in every region: of those with points enough the best by AICc, or one by name."""
    measurement_uncertainty: Known = "known"
    """Whether the standard uncertainties of the points are known, or only their ratio."""
    model_source: Annotated[str | None, Name(SOURCE_UP_TO)] = None
    """Why a model is named rather than chosen."""
    planned_activity_MBq: Annotated[float | None, Dimension("activity"), Key("planned_activity")] = None
    """What doses are foreseen for where nobody was treated yet; None: a dose for each GBq."""
    published: Annotated[tuple[PublishedDose, ...], Key("published")] = ()

    def __post_init__(self) -> None:
        keep(self)
        if not self.regions:
            raise FieldError("regions", "at least one [[dosimetry.region]] must be given")
        names = [one.name for one in self.regions]
        once(names, "regions", "region")
        _rising([point.planned_h for point in self.time_points])
        for place, limit in enumerate(self.limits, start=1):
            known(limit.region, names, f"limits[{place}].region", "region of the plan")
            if limit.of != "absorbed dose" and self.region(limit.region).alpha_beta_Gy is None:
                rule = f"is no absorbed dose: {limit.region} needs alpha_beta and repair_half_life with their source"
                raise FieldError(f"limits[{place}].of", rule, limit.of)
        once([f"{one.region}, {one.of}" for one in self.limits], "limits", "limit")
        for place, said in enumerate(self.published, start=1):
            known(said.region, names, f"published[{place}].region", "region of the plan")
        if self.marrow is not None:
            known(self.marrow.region, names, "marrow.region", "region of the plan")
            if self.region(self.marrow.region).kind != "organ":
                raise FieldError("marrow.region", f"is an organ, and {self.marrow.region} is none", self.marrow.region)
        if len(left := [one.name for one in self.regions if one.remainder_by != "measurement"]) > 1:
            raise FieldError("regions", f"one region is what the others leave, got {' and '.join(left)}")
        self._hold_pairs()

    def _hold_pairs(self) -> None:
        """A pair is of regions of the plan: one that nobody measures is a slip."""
        if self.s_values is None or not self.s_values.pairs:
            return
        organs = [one for one in self.regions if one.kind != "lesion"]
        once([one.as_source for one in organs], "regions", "name in the table of S values")
        if (whole := self.s_values.total_body) in [one.as_source for one in organs if one.kind == "organ"]:
            raise FieldError(
                "s_values.total_body", f"{whole!r} is a region of the plan, and no organ is the body", whole
            )
        sources = [
            *(one.as_source for one in organs),
            *([self.s_values.total_body] if self.s_values.total_body else []),
        ]
        for place, one in enumerate(self.s_values.pairs, start=1):
            what = "region of the plan (name, or phantom)"
            known(one.source, sources, f"s_values.pairs[{place}].source", what)
            known(one.target, (each.as_target for each in organs), f"s_values.pairs[{place}].target", what)

    def region(self, name: str) -> DosimetryRegion:
        """The region of a name."""
        return next(one for one in self.regions if one.name == name)


def _rising(planned_h: list[float]) -> None:
    for place, (one, then) in enumerate(pairwise(planned_h), start=2):
        if then <= one:
            raise FieldError(f"time_points[{place}].planned_h", f"must be later than the one before ({one:g} h)", then)
