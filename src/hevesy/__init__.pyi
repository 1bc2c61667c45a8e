"""The door for Python, written by tools/write_python_reference.py from the questions themselves."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from hevesy.answers.answer import Answer as Answer
from hevesy.conduct.dosed import Dosed
from hevesy.conduct.followed import Followed
from hevesy.conduct.imaged import Imaged
from hevesy.conduct.treated import Treated
from hevesy.files.tables import DeliveredTable
from hevesy.record import Recorded
from hevesy.study.subject import Study

__version__: str

class PolarsFrame(Protocol):
    def to_dicts(self) -> list[dict[str, object]]: ...

class PandasFrame(Protocol):
    @property
    def columns(self) -> object: ...
    def to_dict(self, orient: str) -> list[dict[str, object]]: ...

Table = str | Path | DeliveredTable | PolarsFrame | PandasFrame | Sequence[Mapping[str, object]]

def progress(listener: Callable[[str, int | None, int | None], None]) -> AbstractContextManager[None]: ...
def ask(command: str, /, *positional: object, **given: object) -> Answer: ...
def open(folder: Path | str) -> OpenStudy: ...
def create(folder: Path | str, **given: object) -> OpenStudy: ...
def compare_with_published(
    table: Table,
    *,
    responders: int,
    n: int,
    response: str | None = ...,
    prior_lines: str | None = ...,
    pfs: str | None = ...,
) -> Answer: ...
def consistent_figures(
    figure: str,
    n: int,
    *,
    sd: str | None = ...,
    items: int | None = ...,
    rounding: str | None = ...,
    within: str | tuple[int, int] | None = ...,
) -> Answer: ...
def reconstructed_times(
    table: Table,
    *,
    at_risk: str | Sequence[tuple[float, int]],
    events: int | None = ...,
    out: str | Path | None = ...,
) -> Answer: ...
def accuracy(
    table: Table,
    *,
    truth: str,
    test: str | Sequence[str],
    cluster: str | None = ...,
    lesion: str | None = ...,
    by: str | None = ...,
    presentation: str | None = ...,
    reference: str | None = ...,
    mixed: str | None = ...,
    viable: str | None = ...,
    viable_from: float | None = ...,
    level: float | None = ...,
) -> Answer: ...
def after_radiotherapy(
    table: Table,
    *,
    truth: str | None = ...,
    test: str | None = ...,
    days: str | None = ...,
    end: str | None = ...,
    scan: str | None = ...,
    boundaries: str | Sequence[float] | None = ...,
    prevalence: float | None = ...,
    cluster: str | None = ...,
    lesion: str | None = ...,
    presentation: str | None = ...,
    mixed: str | None = ...,
    viable: str | None = ...,
    viable_from: float | None = ...,
    level: float | None = ...,
) -> Answer: ...
def curve(
    series: str | Path | Sequence[str] | Sequence[Path],
    *,
    regions: str | Path,
    nuclide: str,
    for_: str | None = ...,
    resolution: str | float | None = ...,
    contours: str | None = ...,
    weight: str | float | None = ...,
    height: str | float | None = ...,
    sex: str | None = ...,
    administered: str | float | None = ...,
    injected: str | datetime | None = ...,
) -> Answer: ...
def image(
    series: str | Path | Sequence[str] | Sequence[Path],
    *,
    mask: str | Path | None = ...,
    region: str | None = ...,
    contours: str | None = ...,
    at: str | Sequence[float] | None = ...,
    window: str | Sequence[float] | None = ...,
    kind: str | None = ...,
) -> Answer: ...
def readers(
    table: Table,
    *,
    cases: Table | None = ...,
    covariance: str | None = ...,
    merit: str | None = ...,
    threshold: float | None = ...,
    fixed: str | None = ...,
    level: float | None = ...,
) -> Answer: ...
def suv(
    series: str | Path | Sequence[str] | Sequence[Path],
    *,
    kind: str | None = ...,
    mask: str | Path | None = ...,
    region: str | None = ...,
    contours: str | None = ...,
    edge: str | object | None = ...,
    confined: bool | None = ...,
    background: str | None = ...,
    mirror_mm: float | None = ...,
    recovery: Table | None = ...,
    weight: str | float | None = ...,
    height: str | float | None = ...,
    sex: str | None = ...,
    administered: str | float | None = ...,
    injected: str | datetime | None = ...,
) -> Answer: ...
def time_points(
    table: Table,
    *,
    measure: str | None = ...,
    subject: str | None = ...,
    dose: str | None = ...,
    time: str | None = ...,
    time_unit: str | None = ...,
    times: str | Sequence[float] | None = ...,
    scale: str | None = ...,
    wanted: str | None = ...,
    covariance: str | None = ...,
    df: str | None = ...,
    margin: float | None = ...,
    sure: float | None = ...,
    level: float | None = ...,
    draws: int | None = ...,
    seed: int | None = ...,
) -> Answer: ...
def best_response(
    table: Table,
    *,
    criteria: str,
) -> Answer: ...
def cox_regression(
    table: Table,
    *,
    time: str,
    covariates: str | Sequence[str],
    event: str | None = ...,
    censored: str | None = ...,
    entry: str | None = ...,
    strata: str | None = ...,
    cluster: str | None = ...,
    weights: str | None = ...,
    ties: str | None = ...,
    level: float | None = ...,
) -> Answer: ...
def cumulative_incidence(
    table: Table,
    *,
    time: str,
    cause: str,
    at: str | Sequence[float],
    by: str | None = ...,
    level: float | None = ...,
) -> Answer: ...
def event_rate(
    events: int,
    at_risk: float,
    *,
    against: str | tuple[int, float] | None = ...,
    level: float | None = ...,
) -> Answer: ...
def kaplan_meier(
    table: Table,
    *,
    time: str,
    event: str | None = ...,
    censored: str | None = ...,
    by: str | None = ...,
    entry: str | None = ...,
    ci: str | None = ...,
    level: float | None = ...,
    at: str | Sequence[float] | None = ...,
    rmst: float | None = ...,
) -> Answer: ...
def laboratory_grades(
    table: Table,
    *,
    ctcae: str,
) -> Answer: ...
def matched_comparison(
    table: Table,
    *,
    target: str | Sequence[str],
    event: str | None = ...,
    published: str | tuple[int, int] | None = ...,
    time: str | None = ...,
    against: Table | None = ...,
    out: str | Path | None = ...,
    level: float | None = ...,
) -> Answer: ...
def proportion(
    x: int,
    n: int,
    *,
    level: float | None = ...,
) -> Answer: ...
def compared_designs(
    *,
    p: str | Sequence[str] | None = ...,
    trials: int | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
    scheduler: str | None = ...,
    arrivals: str | float | None = ...,
    onset: str | None = ...,
    stagger: str | float | None = ...,
    dropout: float | None = ...,
    screen_failure: float | None = ...,
    backfill: int | None = ...,
    designs: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def decision_table(
    *,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def dose_paths(
    folder: str | Path | OpenStudy | None = ...,
    *,
    history: str | None = ...,
    as_of: str | date | None = ...,
    stratum: str | None = ...,
    cohorts: int | None = ...,
    p: str | Sequence[float] | None = ...,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def imaging_trial(
    *,
    activities: str | Sequence[float] | None = ...,
    times: str | Sequence[float] | None = ...,
    subjects: int | None = ...,
    sensitivity: float | None = ...,
    specificity: float | None = ...,
    prevalence: float | None = ...,
    half_width: float | None = ...,
    level: float | None = ...,
    only_first: float | None = ...,
    only_second: float | None = ...,
    alpha: float | None = ...,
    power: float | None = ...,
    means: str | Sequence[float] | None = ...,
    sd_between: float | None = ...,
    sd_residual: float | None = ...,
    scale: str | None = ...,
    margin: float | None = ...,
    trials: int | None = ...,
    seed: int | None = ...,
) -> Answer: ...
def judged_baskets(
    *,
    responses: str | Sequence[int],
    sizes: str | Sequence[int],
    p0: float | None = ...,
    method: str | None = ...,
    exchangeable: float | None = ...,
) -> Answer: ...
def next_dose(
    folder: str | Path | OpenStudy | None = ...,
    *,
    history: str | None = ...,
    as_of: str | date | None = ...,
    stratum: str | None = ...,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def operating_characteristics(
    *,
    p: str | Sequence[float] | None = ...,
    organ_dose: str | object | None = ...,
    grid: str | object | None = ...,
    exact: bool | None = ...,
    trials: int | None = ...,
    seed: int | None = ...,
    efficacy: str | Sequence[float] | None = ...,
    risk_of: int | None = ...,
    workers: int | None = ...,
    scheduler: str | None = ...,
    arrivals: str | float | None = ...,
    onset: str | None = ...,
    stagger: str | float | None = ...,
    dropout: float | None = ...,
    screen_failure: float | None = ...,
    backfill: int | None = ...,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def posterior_rates(
    *,
    history: str | None = ...,
    model: str | None = ...,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def protocol_paragraph(
    *,
    design: str | None = ...,
    variant: str | None = ...,
    cohort_size: int | None = ...,
    target: float | None = ...,
    n: int | None = ...,
    levels: str | int | Sequence[float] | None = ...,
    skeleton: str | Sequence[float] | None = ...,
    doses: str | Sequence[float] | None = ...,
    prior: str | Sequence[float] | None = ...,
    reference_dose: float | None = ...,
    interval: str | Sequence[float] | None = ...,
    ewoc: float | None = ...,
    a_plus_b: str | Sequence[int] | None = ...,
    window: str | float | None = ...,
    weights: str | None = ...,
    stop_at: int | None = ...,
    safety: float | None = ...,
    largest_increase: float | None = ...,
    titration: bool | None = ...,
    max_pending: int | None = ...,
    follow_up: str | tuple[int, float] | None = ...,
    response_limit: float | None = ...,
    table: str | Path | None = ...,
) -> Answer: ...
def two_stage_designs(
    *,
    p0: float,
    p1: float,
    alpha: float,
    beta: float,
    n_max: int | None = ...,
) -> Answer: ...
def selective_uptake(
    table: Table,
) -> Answer: ...
def xenograft_study(
    table: Table,
    *,
    control: str,
    multiple: float | None = ...,
    by: str | None = ...,
) -> Answer: ...
def adam_datasets(
    folder: str | Path | OpenStudy,
    *,
    out: str | Path,
    as_of: str | date | None = ...,
    format: str | None = ...,
) -> Answer: ...
def back_up(
    folder: str | Path | OpenStudy,
    file: str | Path,
) -> Answer: ...
def cohorts(
    folder: str | Path | OpenStudy,
    *,
    as_of: str | date | None = ...,
    stratum: str | None = ...,
) -> Answer: ...
def confirm(
    folder: str | Path | OpenStudy,
    *,
    row: int,
    reason: str,
    who: str | None = ...,
    head: str | None = ...,
) -> Answer: ...
def decide(
    folder: str | Path | OpenStudy,
    *,
    level: str | int,
    cohort: int,
    who: str,
    on: str | date,
    reason: str | None = ...,
    stratum: str | None = ...,
    writer: str | None = ...,
    head: str | None = ...,
) -> Answer: ...
def demonstration(
    folder: str | Path | None = ...,
    *,
    study: str | None = ...,
) -> Answer: ...
def dosimetry(
    folder: str | Path | OpenStudy,
    *,
    as_of: str | date | None = ...,
    known_at: str | datetime | None = ...,
) -> Answer: ...
def eligibility(
    folder: str | Path | OpenStudy,
    *,
    as_of: str | date | None = ...,
) -> Answer: ...
def history(
    folder: str | Path | OpenStudy,
) -> Answer: ...
def new_study(
    folder: str | Path,
    *,
    protocol: str | Path | None = ...,
    mapping: str | Path | None = ...,
    who: str | None = ...,
) -> Answer: ...
def questioned(
    folder: str | Path | OpenStudy,
) -> Answer: ...
def readouts(
    folder: str | Path | OpenStudy,
) -> Answer: ...
def section(
    folder: str | Path | OpenStudy,
    name: str | None = ...,
    *,
    as_of: str | date | None = ...,
    known_at: str | datetime | None = ...,
    since: str | date | None = ...,
) -> Answer: ...
def status(
    folder: str | Path | OpenStudy,
) -> Answer: ...
def take(
    folder: str | Path | OpenStudy,
    files: str | Path | Sequence[str] | Sequence[Path],
    *,
    mapping: str | Path | None = ...,
    reason: str | None = ...,
    sha256: str | Sequence[str] | None = ...,
    dry_run: bool | None = ...,
    withdraw: bool | None = ...,
    who: str | None = ...,
    head: str | None = ...,
) -> Answer: ...
def trace(
    folder: str | Path | OpenStudy,
    number: str | None = ...,
    *,
    row: int | None = ...,
    as_of: str | date | None = ...,
    known_at: str | datetime | None = ...,
    since: str | date | None = ...,
) -> Answer: ...
def verify(
    folder: str | Path | OpenStudy,
    *,
    head: str | None = ...,
) -> Answer: ...
def biokinetics(
    model: str | Path,
    *,
    saf_folder: str | Path | Sequence[str] | Sequence[Path],
    tissue_weights: str | Path,
    icrp107: str | Path | None = ...,
    activity: str | float | None = ...,
    blocked: str | Sequence[str] | None = ...,
    at: str | Sequence[float] | None = ...,
    accept_sha256: str | Sequence[str] | None = ...,
) -> Answer: ...
def biological_effect(
    *,
    dose: str | Sequence[float],
    half_life: str | Sequence[float],
    alpha_beta: str | float,
    repair: str | float,
    source: str | None = ...,
    organ: str | None = ...,
    administrations: int | None = ...,
    interval: str | float | None = ...,
    external: str | Sequence[str] | None = ...,
    external_interval: str | float | None = ...,
    limit: str | float | None = ...,
    limit_as: str | None = ...,
    limit_source: str | None = ...,
    fraction: str | float | None = ...,
    histogram: Table | None = ...,
    external_histogram: Table | None = ...,
    external_fractions: int | None = ...,
    region: str | None = ...,
    external_region: str | None = ...,
    limit_on: str | None = ...,
    dose_error: float | None = ...,
    half_life_errors: str | Sequence[float] | None = ...,
    alpha_beta_error: str | float | None = ...,
    repair_error: str | float | None = ...,
    seed: int | None = ...,
) -> Answer: ...
def cell_dose_factor(
    *,
    nuclide: str,
    radius: str | float,
    nucleus: str | float | None = ...,
    cluster_radius: str | float | None = ...,
    pattern: str | None = ...,
    labelled: float | None = ...,
    source: str | None = ...,
    against: str | None = ...,
    chain: str | None = ...,
    icrp107: str | Path | None = ...,
) -> Answer: ...
def fit(
    curve: Table,
    *,
    nuclide: str,
    for_: str | None = ...,
    model: str | None = ...,
    uncertainties: str | None = ...,
    decay_corrected_to: str | float | None = ...,
    earlier_half_lives: str | Sequence[float] | None = ...,
    bootstrap: int | None = ...,
    above_one: bool | None = ...,
) -> Answer: ...
def nuclide_data(
    name: str,
    *,
    icrp107: str | Path | None = ...,
) -> Answer: ...
def organ_dose(
    case: str | Path,
    *,
    beside: str | Path | Sequence[str] | Sequence[Path] | None = ...,
) -> Answer: ...
def prescription(
    *,
    level: str | object | float,
    nuclide: str,
    height: str | float | None = ...,
    weight: str | float | None = ...,
    organ: str | None = ...,
    organ_dose: str | float | None = ...,
    bed: str | object | None = ...,
    calibrated: str | tuple[float | str, datetime | str] | None = ...,
    infusion: str | datetime | None = ...,
    residual: str | tuple[float | str, datetime | str] | None = ...,
    volume_mL: float | None = ...,
    tolerance: float | None = ...,
    time_zone: str | None = ...,
    body_surface_area: str | None = ...,
    fractions: int | None = ...,
    interval: str | float | None = ...,
) -> Answer: ...
def s_values(
    *,
    nuclide: str,
    phantom: str,
    saf_folder: str | Path | Sequence[str] | Sequence[Path],
    icrp107: str | Path | None = ...,
    compatibility: str | None = ...,
    chain: str | None = ...,
    masses: str | None = ...,
    alpha_weight: float | None = ...,
    accept_sha256: str | Sequence[str] | None = ...,
    regions: str | Sequence[str] | None = ...,
    out: str | Path | None = ...,
) -> Answer: ...
def sphere_dose_factor(
    *,
    nuclide: str,
    mass: str | Sequence[float] | None = ...,
    semi_axes: str | Sequence[float] | None = ...,
    matter: str | None = ...,
    density: float | None = ...,
    chain: str | None = ...,
    icrp107: str | Path | None = ...,
) -> Answer: ...
def voxel_dose(
    *,
    activity: str | Path | Sequence[str] | Sequence[Path],
    ct: str | Path | Sequence[str] | Sequence[Path],
    nuclide: str,
    method: str,
    out: str | Path,
    regions: str | Path | None = ...,
    names: str | Sequence[str] | None = ...,
    contours: str | None = ...,
    activity_unit: str | object | None = ...,
    times: str | Sequence[float] | None = ...,
    injected: str | datetime | None = ...,
    half_life: str | Sequence[str] | None = ...,
    kinetics: str | Path | None = ...,
    before: str | None = ...,
    rate_at: str | float | None = ...,
    padding: str | None = ...,
    metal: str | None = ...,
    outside: str | None = ...,
    chain: str | None = ...,
    icrp107: str | Path | None = ...,
    eud_a: str | Sequence[str] | None = ...,
    doses: str | Sequence[float] | None = ...,
    subject: str | None = ...,
    wanted: str | float | None = ...,
    seed: int | None = ...,
    workers: int | None = ...,
) -> Answer: ...

class OpenStudy:
    folder: Path
    def __init__(self, folder: Path) -> None: ...
    @property
    def recorded(self) -> Recorded: ...
    @property
    def subjects(self) -> Study: ...
    @property
    def treated(self) -> Treated: ...
    @property
    def followed(self) -> Followed: ...
    @property
    def imaged(self) -> Imaged | None: ...
    def treated_at(self, cut: date | str | None = None) -> Treated: ...
    def followed_at(self, cut: date | str | None = None) -> Followed: ...
    def imaged_at(self, cut: date | str | None = None) -> Imaged | None: ...
    @property
    def dosed(self) -> Dosed | None: ...
    def dosed_at(self, cut: date | str | None = None) -> Dosed | None: ...
    def dose_paths(
        self,
        *,
        history: str | None = ...,
        as_of: str | date | None = ...,
        stratum: str | None = ...,
        cohorts: int | None = ...,
        p: str | Sequence[float] | None = ...,
        design: str | None = ...,
        variant: str | None = ...,
        cohort_size: int | None = ...,
        target: float | None = ...,
        n: int | None = ...,
        levels: str | int | Sequence[float] | None = ...,
        skeleton: str | Sequence[float] | None = ...,
        doses: str | Sequence[float] | None = ...,
        prior: str | Sequence[float] | None = ...,
        reference_dose: float | None = ...,
        interval: str | Sequence[float] | None = ...,
        ewoc: float | None = ...,
        a_plus_b: str | Sequence[int] | None = ...,
        window: str | float | None = ...,
        weights: str | None = ...,
        stop_at: int | None = ...,
        safety: float | None = ...,
        largest_increase: float | None = ...,
        titration: bool | None = ...,
        max_pending: int | None = ...,
        follow_up: str | tuple[int, float] | None = ...,
        response_limit: float | None = ...,
        table: str | Path | None = ...,
    ) -> Answer: ...
    def next_dose(
        self,
        *,
        history: str | None = ...,
        as_of: str | date | None = ...,
        stratum: str | None = ...,
        design: str | None = ...,
        variant: str | None = ...,
        cohort_size: int | None = ...,
        target: float | None = ...,
        n: int | None = ...,
        levels: str | int | Sequence[float] | None = ...,
        skeleton: str | Sequence[float] | None = ...,
        doses: str | Sequence[float] | None = ...,
        prior: str | Sequence[float] | None = ...,
        reference_dose: float | None = ...,
        interval: str | Sequence[float] | None = ...,
        ewoc: float | None = ...,
        a_plus_b: str | Sequence[int] | None = ...,
        window: str | float | None = ...,
        weights: str | None = ...,
        stop_at: int | None = ...,
        safety: float | None = ...,
        largest_increase: float | None = ...,
        titration: bool | None = ...,
        max_pending: int | None = ...,
        follow_up: str | tuple[int, float] | None = ...,
        response_limit: float | None = ...,
        table: str | Path | None = ...,
    ) -> Answer: ...
    def adam_datasets(
        self,
        *,
        out: str | Path,
        as_of: str | date | None = ...,
        format: str | None = ...,
    ) -> Answer: ...
    def back_up(
        self,
        file: str | Path,
    ) -> Answer: ...
    def cohorts(
        self,
        *,
        as_of: str | date | None = ...,
        stratum: str | None = ...,
    ) -> Answer: ...
    def confirm(
        self,
        *,
        row: int,
        reason: str,
        who: str | None = ...,
        head: str | None = ...,
    ) -> Answer: ...
    def decide(
        self,
        *,
        level: str | int,
        cohort: int,
        who: str,
        on: str | date,
        reason: str | None = ...,
        stratum: str | None = ...,
        writer: str | None = ...,
        head: str | None = ...,
    ) -> Answer: ...
    def dosimetry(
        self,
        *,
        as_of: str | date | None = ...,
        known_at: str | datetime | None = ...,
    ) -> Answer: ...
    def eligibility(
        self,
        *,
        as_of: str | date | None = ...,
    ) -> Answer: ...
    def history(
        self,
    ) -> Answer: ...
    def questioned(
        self,
    ) -> Answer: ...
    def readout(
        self,
        *,
        as_of: str | date | None = ...,
        known_at: str | datetime | None = ...,
        since: str | date | None = ...,
        format: str | None = ...,
        out: str | Path | None = ...,
    ) -> Answer: ...
    def readouts(
        self,
    ) -> Answer: ...
    def section(
        self,
        name: str | None = ...,
        *,
        as_of: str | date | None = ...,
        known_at: str | datetime | None = ...,
        since: str | date | None = ...,
    ) -> Answer: ...
    def status(
        self,
    ) -> Answer: ...
    def take(
        self,
        files: str | Path | Sequence[str] | Sequence[Path],
        *,
        mapping: str | Path | None = ...,
        reason: str | None = ...,
        sha256: str | Sequence[str] | None = ...,
        dry_run: bool | None = ...,
        withdraw: bool | None = ...,
        who: str | None = ...,
        head: str | None = ...,
    ) -> Answer: ...
    def trace(
        self,
        number: str | None = ...,
        *,
        row: int | None = ...,
        as_of: str | date | None = ...,
        known_at: str | datetime | None = ...,
        since: str | date | None = ...,
    ) -> Answer: ...
    def verify(
        self,
        *,
        head: str | None = ...,
    ) -> Answer: ...
