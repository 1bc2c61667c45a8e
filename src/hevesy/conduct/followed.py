"""What became of a study's subjects as of a cut: the results that readout, datasets and Python share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from hevesy.conduct.analysis import Analysis, SubjectAnalysis
from hevesy.conduct.blood_counts import BloodCounts, Care, blood_counts, supportive_care
from hevesy.conduct.centres import Centres, centres
from hevesy.conduct.efficacy import Responses, responses
from hevesy.conduct.eligibility import Eligibility, eligible
from hevesy.conduct.indications import ByIndication, by_indication
from hevesy.conduct.late import LateEffects, late_effects
from hevesy.conduct.populations import Baseline, Populations, baseline, populations
from hevesy.conduct.published import Beside, beside_published
from hevesy.conduct.quality import Quality, quality
from hevesy.conduct.safety import Safety, safety
from hevesy.conduct.times import Survival, survivals
from hevesy.conduct.toxicity import Toxicity, toxicity
from hevesy.conduct.vital_signs import SignsOfStudy, signs_of


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A study's subjects as followed up to a cut; each part is a result of its own, worked out when it is first asked.

    None: not asked for by the protocol, or not delivered.
    """

    analysis: Analysis = field(repr=False)

    @property
    def cut(self) -> date:
        """The data cut."""
        return self.analysis.cut

    @property
    def subjects(self) -> tuple[SubjectAnalysis, ...]:
        """Every subject, also those that were never assigned."""
        return self.analysis.subjects

    @cached_property
    def populations(self) -> Populations:
        """Who belongs to which population, and how each left."""
        return populations(self.analysis)

    @cached_property
    def baseline(self) -> Baseline:
        """Who they were before treatment."""
        return baseline(self.analysis)

    @cached_property
    def eligibility(self) -> Eligibility | None:
        """Who satisfied the rules of the plan."""
        return eligible(self.analysis)

    @cached_property
    def safety(self) -> Safety | None:
        """Adverse events."""
        return safety(self.analysis)

    @cached_property
    def blood_counts(self) -> BloodCounts | None:
        """Nadirs and recoveries."""
        return blood_counts(self.analysis)

    @cached_property
    def supportive_care(self) -> tuple[Care, ...] | None:
        """Transfusions and growth factors."""
        return supportive_care(self.analysis)

    @cached_property
    def vital_signs(self) -> SignsOfStudy | None:
        """Vital signs and ECG."""
        return signs_of(self.analysis)

    @cached_property
    def late_effects(self) -> LateEffects:
        """Second malignancies and renal function."""
        return late_effects(self.analysis)

    @cached_property
    def toxicity(self) -> Toxicity | None:
        """Dose-limiting toxicity."""
        return toxicity(self.analysis)

    @cached_property
    def responses(self) -> Responses | None:
        """Best responses and rates."""
        return responses(self.analysis)

    @cached_property
    def indications(self) -> ByIndication | None:
        """Response of each indication."""
        return by_indication(self.analysis)

    @cached_property
    def survivals(self) -> tuple[Survival, ...]:
        """Times to events."""
        return survivals(self.analysis)

    @cached_property
    def published(self) -> tuple[Beside, ...]:
        """Rates beside published arms.

        Empty: nobody has the disease of the arms that ship, or could be judged.
        """
        return beside_published(self.analysis)

    @cached_property
    def quality(self) -> Quality:
        """What disagrees, is missing or is questioned."""
        return quality(self.analysis)

    @cached_property
    def centres(self) -> Centres | None:
        """Each centre, and against all others."""
        return centres(self.analysis, self.quality)


def followed(analysis: Analysis) -> Followed:
    """What became of a study's subjects, from what was worked out of each."""
    return Followed(analysis=analysis)
