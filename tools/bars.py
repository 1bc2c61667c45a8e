"""The bars that `make prove` runs at full size: what is to be shown, and what shows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measured import (
    bootstrap_patients,
    code_lines,
    console_costs,
    deliveries,
    demonstrations_not_slower,
    doors_open_quickly,
    laboratory_rows,
    large_study,
    mutants,
    patient_not_slower,
    photons_a_second,
    proportional_hazards,
    says_the_same,
    spreadsheets,
)

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Bar:
    """What is to be shown, and what shows it: the figure as a sentence, and whether it is met."""

    words: str
    show: Callable[[], tuple[str, bool]]


def by_tests(*tests: str) -> Callable[[], tuple[str, bool]]:
    """Tests at full size."""

    def show() -> tuple[str, bool]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
        ran = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"HEVESY_PROVE": "1"}, capture_output=True, text=True, check=False
        )
        counted = re.search(r"\d+ (?:passed|failed)[^\n]* in [\d.]+s", ran.stdout)
        dots = sum(
            line.count(".") for line in ran.stdout.splitlines() if re.fullmatch(r"[.sFEx]+(\s+\[\s*\d+%\])?", line)
        )
        return (counted[0] if counted else f"{dots} passed" if ran.returncode == 0 else "failed"), ran.returncode == 0

    return show


BARS = (
    Bar(
        "organ doses: propagation against 20,000 draws within 3 % of sigma, and 400 odd cases answered or refused",
        by_tests("tests/treat/test_dose_uncertainty.py", "tests/treat/test_organ_dose.py", "tests/files/test_case.py"),
    ),
    Bar(
        "DLT status against the reference by another hand, 6,000 subjects",
        by_tests("tests/follow/test_dlt_reference.py", "tests/references"),
    ),
    Bar("no silent change of a decision, 2,000 studies", by_tests("tests/conduct/test_no_silent_change.py")),
    Bar(
        "every item of docs/validation/silent.md",
        by_tests(
            "tests/conduct/test_believable.py",
            "tests/conduct/test_decision_edges.py",
            "tests/conduct/test_strata.py",
            "tests/files/test_odd_files.py",
            "tests/follow/test_blood_terms.py",
            "tests/follow/test_reading.py",
            "tests/study/test_instants.py",
            "tests/study/test_cut_edges.py",
            "tests/conduct/test_dose_kinds.py",
            "tests/conduct/test_next_dose_edges.py",
            "tests/conduct/test_published.py",
            "tests/check/test_published_arms.py",
            "tests/follow/test_called_edges.py",
            "tests/follow/test_dlt_edges.py",
            "tests/follow/test_endpoint_edges.py",
            "tests/follow/test_imwg_edges.py",
            "tests/follow/test_imwg_laboratory.py",
            "tests/follow/test_lab_edges.py",
            "tests/plan/escalation/test_a_plus_b_reference.py",
            "tests/test_clover.py",
            "tests/treat/test_exposure.py",
            "tests/treat/test_prescription_edges.py",
            "tests/test_zero_is_not_unknown.py",
        ),
    ),
    Bar(
        "kernels and what they hand to photons are all that is emitted; Y-90 beyond 3 cm is that of transport",
        by_tests("tests/radiation/test_point_kernel.py"),
    ),
    Bar(
        "organ S values of I-131 from ICRP 133 and 107 are MIRDcalc's: median 3e-5, 95 % within 1e-4, of 1,960 pairs a "
        "sex and kind of radiation or more; damaged files refused",
        by_tests("tests/radiation/test_s_values.py", "tests/files/test_icrp133.py"),
    ),
    Bar(
        "compartment models: Bateman 1e-10, an integrator 1e-8; iodide's 232 dose coefficients ICRP's to two digits in "
        "87 % or more, none off by more than 1; retention of the whole body in every row",
        by_tests(
            "tests/treat/test_compartments.py",
            "tests/treat/test_dose_coefficients.py",
            "tests/files/test_icrp_models.py",
        ),
    ),
    Bar(
        (
            "6,000 mutated files of five formats of tables and two of plans: no traceback, none longer than 10 s, "
            "less than 1 GB"
        ),
        by_tests("tests/files/test_mutated_files.py"),
    ),
    Bar(
        "300 kills, two at once, nine sizes of a full disk, read-only in five ways",
        by_tests("tests/record/test_hard_times.py"),
    ),
    Bar(
        "ten forgeries, 2,000 after many deliveries, spoilt objects, thirty identifiers, studies of 9d921dd, 7a8cdfb",
        by_tests(
            "tests/record/test_forgeries.py",
            "tests/record/test_later_deliveries.py",
            "tests/record/test_objects.py",
            "tests/record/test_privacy.py",
            "tests/record/test_earlier_study.py",
        ),
    ),
    Bar(
        "plans and facts valid by construction: every refusal of protocol.toml by its sentence, one file a thing more",
        by_tests(
            "tests/files/test_protocol_refusals.py",
            "tests/study",
            "tests/test_house.py",
            "tests/follow/test_eligibility.py",
            "tests/follow/test_prior_therapies.py",
            "tests/follow/test_vital_signs.py",
        ),
    ),
    Bar("of 50 deliveries of 5,000 rows the 50th at most 2.0 times the first in CPU", deliveries),
    Bar("tables/*.csv opened by LibreOffice run nothing", spreadsheets),
    Bar(
        (
            "5,000 subjects x 60 rows: import at most 449 MB, of nothing new 3.3 s of CPU; readout 600 MB, 0.625 of "
            "the CPU of 9d921dd, readout.json 12 MB"
        ),
        large_study,
    ),
    Bar("proportional hazards of 100,000 rows x 10 in at most R's time", proportional_hazards),
    Bar("59,580 laboratory rows: import and readout at most 5 s of CPU each", laboratory_rows),
    Bar(
        "every question alike typed, by name and with values; an added one at every door; the page's figures on paper",
        by_tests("tests/answers", "tests/test_doors.py", "tests/render", "tests/test_docs.py"),
    ),
    Bar(
        "console: every question's panel has the document of the command and of the lines it shows; refusals; imports, "
        "stops and killed processes; 200 questions from 20 clients",
        by_tests(
            "tests/console/test_every_question.py",
            "tests/console/test_guard.py",
            "tests/console/test_bench.py",
            "tests/console/test_writing.py",
            "tests/console/test_adversary.py",
        ),
    ),
    Bar(
        "console: desk 0.5 s of CPU and 60 MB, worker 80 MB, warm `plan next` of the study 3 times inside Python, 5 "
        "beside a long job, stop 1 s, largest form 60 kB",
        console_costs,
    ),
    Bar(
        "for every number of the demonstrations, the rows that trace names name it again",
        by_tests("tests/readout/test_traced.py", "tests/answers/test_trace.py"),
    ),
    Bar(
        "axe finds nothing on any form, answer and screen of the console, light and dark, wide and narrow; every walk",
        by_tests("tests/console/test_axe.py", "tests/console/test_walks.py"),
    ),
    Bar("hevesy --help at most 0.2 s of CPU, import hevesy at most 30 ms over import sys", doors_open_quickly),
    Bar("the demonstrations not slower than before the house had many doors", demonstrations_not_slower),
    Bar(
        "demonstrations and the documents' examples say what they said, but for two sentences of the page and the site",
        says_the_same,
    ),
    Bar("code lines at most 600 more than before the house had many doors", code_lines),
    Bar("mutation score at least 95 %, 300 seeded mutants", mutants),
    Bar(
        "reader studies: every number of MRMCaov and of the FROC figures; intervals of 2,000 simulated studies of each "
        "kind and size hold the truth as often as docs/validation/readers.md says",
        by_tests("tests/against/test_reader_studies.py", "tests/stats/test_reader_coverage.py"),
    ),
    Bar(
        "diagnostic accuracy: every row of R's results; the intervals told first hold at 12, 25 and 36 (4,000 draws)",
        by_tests("tests/against/test_diagnostic.py", "tests/stats/test_coverage.py"),
    ),
    Bar(
        "image page: the value under the cursor is the file's, the policy holds, nobody else is asked; the same "
        "picture has the same bytes",
        by_tests("tests/console/test_images.py", "tests/render/test_png.py", "tests/imaging/test_slices.py"),
    ),
    Bar(
        "SUV: reference objects of others and of ours, every refusal; a real tumour's uptake as others have it; "
        "regions exactly by position",
        by_tests(
            "tests/find/test_suv.py",
            "tests/find/test_silent_errors.py",
            "tests/find/test_uptake.py",
            "tests/find/test_curves.py",
            "tests/files/test_dicom.py",
            "tests/imaging",
        ),
    ),
    Bar(
        "dose objects and NIfTI lie where the dose lay: another program's reading, 2,000 maps on any axes; CT and "
        "activity of any axes; dose in voxels refuses with a sentence and writes nothing",
        by_tests(
            "tests/files/test_dose_object.py",
            "tests/imaging/test_resample.py",
            "tests/treat/test_voxel.py",
            "tests/conduct/test_voxel_dose.py",
            "tests/answers/test_voxel_dose.py",
        ),
    ),
    Bar(
        "kinetics: noise-free fits 1e-6, label exchange and one point 1e-10; 95 % intervals of 500 curves of 5 and 8 "
        "points hold the truth in 92..98 % (tails of 10 and 30 %, uncertainties known and unknown); analytic against "
        "Monte Carlo (20,000 draws) 3 %",
        by_tests("tests/treat/test_fit.py", "tests/treat/test_few_points.py", "tests/treat/test_least_squares.py"),
    ),
    Bar(
        "kinetics: I-124 to I-131 on the synthetic patient, 500 draws a region, truth in 90..98 % of intervals; to "
        "72 h wider, the error half of the half width",
        by_tests("tests/treat/test_fit_of_a_patient.py"),
    ),
    Bar("kinetics: 1,000 bootstrap patients of 8 regions and 5 points, at most 60 s on one core", bootstrap_patients),
    Bar(
        "2,000 mutated images and regions: a sentence each, no identifier told, nothing written beside",
        by_tests("tests/files/test_mutated_files.py"),
    ),
    Bar(
        "imaging124: the accuracy, its comparison and its groups; every number traced",
        by_tests("tests/test_imaging124.py"),
    ),
    Bar(
        "transport stops when it should: three scenes, 400 seeds at 5 % and 100 at 1 %, true error at most 1.1 of the "
        "wanted, reported 0.9 to 1.1 of the true, in source, neighbour and far regions",
        by_tests("tests/radiation/test_stopping.py"),
    ),
    Bar(
        "transport: photons of 364 keV in 128^3 voxels of 2 and 4 mm of water, 1 M histories a second of CPU",
        photons_a_second,
    ),
    Bar(
        "transport: a patient to 1 % per organ takes no more CPU than at 9396a4a, two workers",
        patient_not_slower,
    ),
    Bar(
        "95 % intervals of dose and time hold the truth in at least 94 % of 3,000 trials each (12, 25, 36 subjects); "
        "mixed models as R has them",
        by_tests("tests/find/test_coverage.py", "tests/against/test_mixed_models.py"),
    ),
    Bar(
        "synthetic patient: organ doses of I-131 in water by transport (2 % + 2 sigma) and preview (5 %) against "
        "EGSnrc's kernels summed; there and back alike, no energy lost; files true to place",
        by_tests("tests/radiation/test_patient.py", "tests/conduct/test_patient_dose.py"),
    ),
)
