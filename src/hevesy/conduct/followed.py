"""What became of a study's subjects as of a cut: the results that readout, datasets and Python share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A study's subjects as followed up to a cut; each part is a result of its own.

    None: not asked for, or not delivered.
    """

    cut: date
    subjects: tuple[SubjectAnalysis, ...]
    populations: Populations
    baseline: Baseline
    eligibility: Eligibility | None
    safety: Safety | None
    blood_counts: BloodCounts | None
    supportive_care: tuple[Care, ...] | None
    vital_signs: SignsOfStudy | None
    late_effects: LateEffects
    toxicity: Toxicity | None
    responses: Responses | None
    indications: ByIndication | None
    survivals: tuple[Survival, ...]
    published: tuple[Beside, ...]
    """Empty: nobody has the disease of the arms that ship, or could be judged."""
    quality: Quality
    centres: Centres | None


def followed(analysis: Analysis) -> Followed:
    """What became of a study's subjects, from what was worked out of each."""
    stands = quality(analysis)
    return Followed(
        cut=analysis.cut,
        subjects=analysis.subjects,
        populations=populations(analysis),
        baseline=baseline(analysis),
        eligibility=eligible(analysis),
        safety=safety(analysis),
        blood_counts=blood_counts(analysis),
        supportive_care=supportive_care(analysis),
        vital_signs=signs_of(analysis),
        late_effects=late_effects(analysis),
        toxicity=toxicity(analysis),
        responses=responses(analysis),
        indications=by_indication(analysis),
        survivals=survivals(analysis),
        published=beside_published(analysis),
        quality=stands,
        centres=centres(analysis, stands),
    )
