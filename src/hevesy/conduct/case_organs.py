"""What a way to organ doses finds: the doses, the sources they are of, and all that was told until then."""

from __future__ import annotations

from dataclasses import dataclass, field

from hevesy.conduct.case_activity import Told
from hevesy.conduct.case_marrow import MarrowDose
from hevesy.treat.dose_uncertainty import Inputs
from hevesy.treat.organ_dose import OrganDose, SourceActivity


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgansFound:
    """Doses to organs by a table or by transport; without either none."""

    organs: tuple[OrganDose, ...] = ()
    inputs: Inputs | None = field(default=None, repr=False)
    """What the doses are uncertain by; None: there are none."""
    marrow: tuple[MarrowDose, ...] = ()
    sources: tuple[SourceActivity, ...] = ()
    phantom: str | None = None
    alpha_weight: float = 1.0
    told: Told
