"""Write the sources of the demonstration study `dosimetry131`: I-124 before I-131 in three synthetic patients.

Usage: python tools/make_dosimetry131.py [--transport] [--volumes]

All three have the body of `tools/make_patient.py`, whose kinetics are known: what is delivered of a region is the true
activity at the time of the scan times a factor drawn for it (3 to 8 %, a seed a patient); blood holds a part of what
is in the rest of the body, and is sampled alike (3 %). The S values of the regions
are computed by Hevesy's transport in the patient's own tissues; with `--transport` they are computed anew (some
minutes), else those of the file stand; so are doses over volumes with `--volumes` (`dosimetry131_volumes.py`). The dose
that is true follows from the true kinetics and these S values. No patient is described.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from dosimetry131_volumes import BEAM_FRACTIONS, BEAM_Gy, mean_of_beam_Gy
from dosimetry131_volumes import rows as volume_rows
from hevesy.matter.ct import Calibration
from hevesy.nuclides.library import emissions
from hevesy.radiation.sphere_dose import mGy_PER_keV_PER_g
from hevesy.radiation.voxel_dose import transport_dose
from make_patient import BODY, LABELS, REST, ADMINISTERED_MBq, Patient, VOXEL_mL, patient
from validate_patient import in_tissues

EXAMPLE = Path(__file__).parent.parent / "src" / "hevesy" / "examples" / "dosimetry131" / "sources"
ZONE = ZoneInfo("America/Chicago")
TRACER, LABEL = LABELS
MASS_UNCERTAINTY_PERCENT = {"lesion in the liver": 7.0, "lesion in the lung": 10.0}
"""Of outlines on the CT; 3 % of organs."""
THERAPY_SCANS_h = (24.0, 72.0, 144.0, 240.0)
THERAPY_NOISE = (0.05, 0.05, 0.06, 0.08)
METHOD = "voxels of the region by the density of the CT"
OF_SCAN = {4.0: 0.03, 24.0: 0.04, 48.0: 0.05, 72.0: 0.055, 96.0: 0.065, 144.0: 0.08}
"""Relative standard deviation of a region's activity, by hours after the injection: as of the patient's own scans."""
BLOOD_mL = 3900.0
"""ICRP Publication 89 (2002), adult female: 3.9 L."""
IN_BLOOD = 0.6
"""Of what is in the rest of the body: chosen, so that what is in blood is known. The marrow holds many times more in a
gram than blood's extracellular fluid would tell: disease is in it."""
BLOOD_NOISE = 0.03
FIRST_SAMPLE_h = 1.0
HAEMATOCRIT_PERCENT = {"D-01": (37.0, 39.0), "D-02": (41.0,), "D-03": (36.0,)}
"""In turn, sample by sample."""
OF_PLASMA = ("D-02",)
"""Whose plasma was counted; of the others whole blood."""
BATCHES = 260
"""Of transport, for each region that holds the activity."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject of the demonstration: when it was scanned, and what it was given after."""

    name: str
    seed: int
    injected: datetime
    scans_h: tuple[float, ...]
    treated: datetime | None
    given_MBq: float | None
    scanned_again: bool = False
    """After the therapy."""


SUBJECTS = (
    Subject(
        name="D-01", seed=17, injected=datetime(2016, 5, 2, 9, 0, tzinfo=ZONE), scans_h=(4, 24, 48, 72, 96, 144),
        treated=datetime(2016, 5, 16, 13, 0, tzinfo=ZONE), given_MBq=733.0, scanned_again=True,
    ),
    Subject(
        name="D-02", seed=18, injected=datetime(2016, 5, 23, 9, 30, tzinfo=ZONE), scans_h=(4, 24, 48, 72),
        treated=datetime(2016, 6, 6, 13, 0, tzinfo=ZONE), given_MBq=748.0,
    ),
    Subject(
        name="D-03", seed=19, injected=datetime(2016, 6, 13, 9, 0, tzinfo=ZONE), scans_h=(24, 96),
        treated=None, given_MBq=None,
    ),
)  # fmt: skip


CALIBRATIONS: Rows = [
    {"camera": "PET/CT 1", "calibrated": "2016-04-25", "nuclide": TRACER, "factor": "1.0", "factor_is": "told/true",
     "applied": "yes", "uncertainty_percent": "3.0", "source": "cross-calibration with the dose meter, synthetic"},
    {"camera": "SPECT/CT 1", "calibrated": "2016-04-26", "nuclide": LABEL, "factor": "52.0",
     "factor_is": "counts/s/MBq", "applied": "yes", "uncertainty_percent": "5.0",
     "source": "cylinder of known activity of I-131, synthetic"},
]  # fmt: skip


def at(moment: datetime, hours: float = 0.0) -> str:
    """A time as delivered."""
    return f"{(moment.astimezone(ZoneInfo('UTC')) + timedelta(hours=hours)).astimezone(ZONE):%Y-%m-%dT%H:%M}"


def measured(
    made: Patient, one: Subject, start: datetime, label: str, given_MBq: float, times: tuple[float, ...],
    noise: tuple[float, ...],
) -> Rows:  # fmt: skip
    """A scan a time, a row a region: the true activity then, times what the scan makes of the region."""
    rows = []
    for place, (hours, relative) in enumerate(zip(times, noise, strict=True)):
        rng = np.random.default_rng((one.seed, place, 0 if label == TRACER else 2))
        factors = 1 + relative * rng.standard_normal(len(made.names))
        for region, kinetics, factor in zip(made.names, made.kinetics, factors, strict=True):
            rows.append({
                "subject": one.name, "scan_start": at(start, hours), "region": region, "nuclide": label,
                "activity_MBq": f"{given_MBq * kinetics.fraction(hours, label) * factor:.4g}",
                "uncertainty_percent": f"{100 * relative:g}", "decay": "as measured",
                "camera": "PET/CT 1" if label == TRACER else "SPECT/CT 1", "recovery_corrected": "Y",
                "method": "outlined on the CT",
            })  # fmt: skip
    return rows


def blood_per_mL(hours: float, label: str) -> float:
    """Share of the administered in a mL of whole blood, decay included: the truth that samples are drawn about."""
    return IN_BLOOD * REST.fraction(hours, label) / BLOOD_mL


def sampled(one: Subject, start: datetime, label: str, given_MBq: float, times: tuple[float, ...]) -> Rows:
    """A blood sample a time: the true concentration then, times a factor drawn for it."""
    rows = []
    for place, hours in enumerate(times):
        told = HAEMATOCRIT_PERCENT[one.name]
        haematocrit = told[place % len(told)]
        rng = np.random.default_rng((one.seed, place, 3 if label == TRACER else 4))
        factor = 1 + BLOOD_NOISE * rng.standard_normal()
        plasma = one.name in OF_PLASMA
        kBq = 1e3 * given_MBq * blood_per_mL(hours, label) / (1 - haematocrit / 100 if plasma else 1.0)
        rows.append({
            "subject": one.name, "sampled": at(start, hours), "nuclide": label,
            "of": "plasma" if plasma else "whole blood", "activity_kBq_per_mL": f"{kBq * factor:.4g}",
            "uncertainty_percent": f"{100 * BLOOD_NOISE:g}", "decay": "as measured",
            "haematocrit_percent": f"{haematocrit:g}",
        })  # fmt: skip
    return rows


def masses_g(made: Patient) -> dict[str, float]:
    """Mass of each region by the CT."""
    density = Calibration().density_g_per_cm3(made.ct_HU.astype(np.float64))
    return {name: float(density[made.region(name)].sum() * VOXEL_mL) for name in made.names}


def s_values(made: Patient) -> Rows:
    """Dose to each region per decay in each, by transport in the patient's tissues."""
    regions = tuple(made.region(name) for name in made.names)
    weights, rows = masses_g(made), []
    for source, inside in zip(made.names, regions, strict=True):
        scene = in_tissues(made, inside.astype(np.float64))
        found = transport_dose(
            scene, emissions(LABEL), regions=regions, wanted=0.002, most_batches=BATCHES, workers=2, seed=131
        )
        for place, target in enumerate(made.names):
            energy_keV, error_keV = found.region_of_batches(place)
            rows.append({
                "target": target, "source": source, "nuclide": LABEL,
                "s_mGy_per_MBq_s": f"{energy_keV * mGy_PER_keV_PER_g / weights[target]:.4e}",
                "uncertainty_percent": f"{100 * math.hypot(error_keV / energy_keV, 0.02):.2g}",
            })  # fmt: skip
        print(source, flush=True)
    return rows


def read(name: str) -> Rows:
    """A table that is there."""
    with (EXAMPLE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def table(rows: Rows) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def files(made: Patient, by_transport: Rows, by_volume: Rows | None = None) -> dict[str, Rows]:
    """Every table by its name; doses over volumes are worked out where they are not told."""
    found: dict[str, Rows] = {
        name: [] for name in ("dm.csv", "tracer.csv", "ex.csv", "activity.csv", "masses.csv", "s_values.csv",
                              "doses.csv", "beam.csv", "blood.csv")
    }  # fmt: skip
    weights = masses_g(made)
    for one in SUBJECTS:
        day = f"{one.injected:%Y-%m-%d}"
        found["dm.csv"].append({"subject": one.name, "consent": f"{one.injected - timedelta(days=6):%Y-%m-%d}",
                                "enrolled": f"{one.injected - timedelta(days=3):%Y-%m-%d}", "cohort": "1",
                                "age": 61 + one.seed % 5, "sex": "F", "height_cm": 160, "weight_kg": 62})  # fmt: skip
        found["tracer.csv"].append({"subject": one.name, "injected": at(one.injected), "nuclide": TRACER,
                                    "activity_MBq": f"{ADMINISTERED_MBq:g}"})  # fmt: skip
        found["activity.csv"] += measured(
            made, one, one.injected, TRACER, ADMINISTERED_MBq, one.scans_h, tuple(OF_SCAN[hour] for hour in one.scans_h)
        )
        found["blood.csv"] += sampled(one, one.injected, TRACER, ADMINISTERED_MBq, (FIRST_SAMPLE_h, *one.scans_h))
        for region in made.names:
            uncertain = MASS_UNCERTAINTY_PERCENT.get(region, 3.0)
            kind = "" if region in MASS_UNCERTAINTY_PERCENT or region == BODY else "with blood"
            found["masses.csv"].append({"subject": one.name, "day": day, "region": region,
                                        "mass_g": f"{weights[region]:.4g}", "uncertainty_percent": f"{uncertain:g}",
                                        "holds": kind, "method": METHOD})  # fmt: skip
        found["s_values.csv"] += [{"subject": one.name, "day": day} | row for row in by_transport]
        if one.treated is not None and one.given_MBq is not None:
            times = {"infusion_start": at(one.treated), "infusion_end": at(one.treated, 0.5)}
            found["ex.csv"].append({"subject": one.name} | times | {"administered_MBq": f"{one.given_MBq:g}"})
            found["doses.csv"] += true_doses(made, one, by_transport)
            if one.scanned_again:
                found["activity.csv"] += measured(
                    made, one, one.treated, LABEL, one.given_MBq, THERAPY_SCANS_h, THERAPY_NOISE
                )
                times_h = (FIRST_SAMPLE_h, *THERAPY_SCANS_h)
                found["blood.csv"] += sampled(one, one.treated, LABEL, one.given_MBq, times_h)
    found["beam.csv"] = [
        {"subject": "D-02", "first": "2014-03-10", "last": "2014-03-21", "region": region, "dose_Gy": dose_Gy,
         "fractions": str(BEAM_FRACTIONS)}
        for region, dose_Gy in (
            ("red marrow in the spine", f"{BEAM_Gy:g}"), ("kidneys", f"{mean_of_beam_Gy(made, 'kidneys'):.2g}"),
        )
    ]  # fmt: skip
    found["dvh.csv"] = by_volume or over_volume(made)
    found["calibrations.csv"] = list(CALIBRATIONS)
    return found


def over_volume(made: Patient) -> Rows:
    """Dose over the volume of regions, of those who were treated."""
    treated = [(one.name, one.treated, one.given_MBq) for one in SUBJECTS]
    return volume_rows(
        made,
        {name: given_MBq for name, _, given_MBq in treated if given_MBq is not None},
        {name: f"{start + timedelta(days=40):%Y-%m-%d}" for name, start, _ in treated if start is not None},
    )


def true_doses(made: Patient, one: Subject, by_transport: Rows) -> Rows:
    """The dose that is true of what was given: the true kinetics of I-131 and the S values as they stand."""
    assert one.treated is not None
    assert one.given_MBq is not None
    true_h = dict(zip(made.names, (one.integral_h(LABEL) for one in made.kinetics), strict=True))
    rows = []
    for target in made.names:
        mGy_per_MBq = sum(
            3600 * true_h[row["source"]] * float(row["s_mGy_per_MBq_s"])
            for row in by_transport
            if row["target"] == target
        )
        rows.append({"subject": one.name, "day": f"{one.treated + timedelta(days=40):%Y-%m-%d}", "region": target,
                     "nuclide": LABEL, "dose_Gy": f"{mGy_per_MBq * one.given_MBq / 1e3:.4g}", "of": "administered",
                     "program": "truth of tools/make_patient.py",
                     "method": "true kinetics, the same S values"})  # fmt: skip
    return rows


def main() -> None:
    """Write the tables, and origin.toml beside them."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--transport", action="store_true", help="compute the S values anew")
    options.add_argument("--volumes", action="store_true", help="compute the doses over volumes anew")
    asked = options.parse_args()
    made = patient()
    if asked.transport:
        by_transport = s_values(made)
    else:
        by_transport = [
            {key: row[key] for key in ("target", "source", "nuclide", "s_mGy_per_MBq_s", "uncertainty_percent")}
            for row in read("s_values.csv")
            if row["subject"] == SUBJECTS[0].name
        ]
    told = [
        'work = "dosimetry131, I-124 before I-131: dosimetry demonstration study (synthetic)"',
        'origin = "made by tools/make_dosimetry131.py from the synthetic patient of tools/make_patient.py, with noise '
        "by a seeded generator and S values by Hevesy's transport; synthetic patients, no patient is described\"",
        'licence = "MIT, as Hevesy"',
    ]
    for name, rows in sorted(files(made, by_transport, None if asked.volumes else read("dvh.csv")).items()):
        content = table(rows)
        (EXAMPLE / name).write_bytes(content)
        columns = content.decode().splitlines()[0]
        told += ["", f'[files."sources/{name}"]', f'sha256 = "{hashlib.sha256(content).hexdigest()}"',
                 f'columns = "{columns}"']  # fmt: skip
    (EXAMPLE.parent / "origin.toml").write_text("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
