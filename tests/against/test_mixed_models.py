"""The mixed models of dose and time against R: lme4, lmerTest, pbkrtest, emmeans and nlme, and against statsmodels."""

from __future__ import annotations

import csv
import math
import re
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.find.time_points import Comparison, Difference, Effect, Scan, TimePoints, time_points
from hevesy.stats.mixed import Contrast, DegreesOfFreedom, MixedFit, unstructured
from tests.conftest import SHIPPED, outside_truth, reference

Cell = tuple[float, float]
RELATIVE = 1e-5


class Rows(NamedTuple):
    """Responses of patients at a dose and a time."""

    patient: list[str]
    hour: list[float]
    dose: list[float]
    y: list[float]

    @property
    def cells(self) -> list[Cell]:
        return [(dose, hour) for dose in sorted(set(self.dose)) for hour in sorted(set(self.hour))]

    @property
    def design(self) -> NDArray[np.float64]:
        return np.array([[float(own == cell) for cell in self.cells] for own in zip(self.dose, self.hour, strict=True)])

    def found(self, df: DegreesOfFreedom = "satterthwaite") -> TimePoints:
        """The answer of the verb, on the scale of the responses."""
        scans = [
            Scan(subject=one, dose=dose, time_h=hour, value=y)
            for one, hour, dose, y in zip(*self, strict=True)
        ]  # fmt: skip
        return time_points(scans, Comparison(scale="score", df=df, draws=1000))

    def unstructured(self) -> MixedFit:
        times = sorted(set(self.hour))
        return unstructured(self.patient, [times.index(hour) for hour in self.hour], self.design, self.y)

    def weights(self, name: str) -> NDArray[np.float64]:
        """A coefficient of R's treatment contrasts as weights of the means: (Intercept), h24, dz7.5, h24:dz7.5."""
        each = dict(zip(self.cells, np.eye(len(self.cells)), strict=True))
        dose, hour = self.cells[0]
        of_hour, of_dose = (re.search(rf"(?:^|:){mark}([\d.]+)", name) for mark in ("h", "dz"))
        at_hour, at_dose = float(of_hour[1]) if of_hour else hour, float(of_dose[1]) if of_dose else dose
        weights = each[at_dose, at_hour].copy()
        if of_hour:
            weights -= each[at_dose, hour]
        if of_dose:
            weights -= each[dose, at_hour]
        if of_hour and of_dose:
            weights += each[dose, hour]
        return weights


def told(found: Contrast) -> list[float]:
    return [found.estimate, found.standard_error, found.df, found.t, found.p_value]


def effect(found: TimePoints, name: str) -> Effect:
    names = {"h": "time", "dz": "dose", "h:dz": "interaction"}
    return next(one for one in found.effects if one.name == names[name])


def f_of(found: TimePoints, name: str, df: str) -> list[float]:
    own = getattr(effect(found, name), df.replace("-", "_"))
    return [own.numerator_df, own.denominator_df, own.f, own.p_value]


def pair(found: TimePoints, dose: float, one: float, other: float) -> Difference:
    return next(own for own in found.within_dose if (own.one, own.other) == ((dose, one), (dose, other)))


def close(got: list[float], wanted: list[float]) -> None:
    assert got == pytest.approx(wanted, rel=RELATIVE, abs=1e-12)


def close_to_nlme(got: list[float], wanted: list[float]) -> None:
    """Estimate, error, t and p: nlme stops a little before the maximum, by up to 1e-5 of an error; p takes t squared times that of t."""
    assert got[:3] == [
        pytest.approx(wanted[0], rel=RELATIVE, abs=RELATIVE * wanted[1]),
        pytest.approx(wanted[1], rel=RELATIVE),
        pytest.approx(wanted[2], rel=RELATIVE, abs=RELATIVE),
    ]
    assert got[3] == pytest.approx(wanted[3], rel=RELATIVE * max(1.0, wanted[2] ** 2))


# Eight designs of ours, worked out by R for Hevesy


@cache
def design(name: str) -> Rows:
    with (SHIPPED / "mixed" / "mixed_models_data.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["design"] == name]
    return Rows(
        [row["patient"] for row in rows],
        [float(row["hour"]) for row in rows],
        [float(row["dose"]) for row in rows],
        [float(row["y"]) for row in rows],
    )


def golden() -> list[dict[str, str]]:
    with (SHIPPED / "mixed" / "mixed_models_golden.csv").open() as file:
        return list(csv.DictReader(file))


GOLDEN = golden()
DESIGNS = sorted({row["design"] for row in GOLDEN})


@pytest.mark.parametrize("name", DESIGNS)
def test_every_result_of_r_on_our_designs(name: str) -> None:
    rows = design(name)
    by: dict[str, TimePoints] = {df: rows.found(df) for df in ("satterthwaite", "kenward-roger")}
    fit, free = by["satterthwaite"].fit, rows.unstructured()
    for row in (row for row in GOLDEN if row["design"] == name):
        what, df = [*row["what"].split(), ""][:2]
        wanted = [float(row[column]) for column in "abcde" if row[column] != "NA"]
        dose, _, within = row["name"].partition("|")
        match what:
            case "fixed":
                close(told(fit.contrast(rows.weights(row["name"]))), wanted)
            case "variance":
                close([fit.components[row["name"] == "scan"]], wanted)
            case "criterion":
                close([fit.criterion], wanted)
            case "F":
                close(f_of(by[df], row["name"], df), wanted)
            case "mean":
                cell = next(one for one in by[df].cells if (one.dose, one.time_h) == (float(dose), float(within)))
                close([cell.estimate, cell.standard_error, cell.df, cell.lower, cell.upper], wanted)
            case "pair":
                one, other = (float(side.strip().lstrip("h")) for side in within.split(" - "))
                own = pair(by[df], float(dose), one, other)
                close(told(own.found)[:4], wanted[:4])
                assert own.p_tukey == pytest.approx(wanted[4], rel=RELATIVE, abs=1e-10)  # R's own tail is no better
            case "gls" if df == "":
                estimate, error, _, t, p = told(free.contrast(rows.weights(row["name"]), "residual"))
                close_to_nlme([estimate, error, t, p], wanted)
            case _:
                close([free.log_likelihood], wanted)
                assert free.log_likelihood > wanted[0] - 1e-10


def test_no_kind_of_result_was_left_out() -> None:
    kinds = {(row["design"], row["what"].split()[0]) for row in GOLDEN}
    assert kinds == {(name, what) for name in DESIGNS for what in (
        "fixed", "variance", "criterion", "F", "mean", "pair", "gls")}  # fmt: skip


# What stands printed in the file of the reference folder

N = r"(<?[.\d-][\d.e-]*)"
HEADINGS = re.compile(
    r"$| *Estimate| *Pr\(>| Groups|anova|Type III|  +Sum Sq|---|Signif| h +emmean|Confidence|Degrees-of-freedom| contrast|"
    r"P value adjustment| +Value|dz = |####"
)
COEFFICIENT = re.compile(rf"((?:\(Intercept\)|h\d+|dz)\S*) +{N}(?: +{N} +{N} +{N})?$")
VARIANCE = re.compile(rf" (patient|Residual) +(?:\(Intercept\))? +{N} +{N}$")
ANOVA = re.compile(rf"(h|dz|h:dz) +{N} +{N} +{N} +{N} +{N} +(?:< )?{N}(?: \*+)?$")
MEAN = re.compile(rf" (\d+) +{N} +{N} +{N} +{N} +{N}$")
PAIR = re.compile(rf" (h\S+(?: dz\S+)?) - (h\S+(?: dz\S+)?) +{N} +{N} +{N} +{N} +{N}$")


def lines() -> list[str]:
    """The lines of mixed models in the file; each is a heading or read below."""
    path = outside_truth("imaging/own_designs.txt")
    return path.read_text().partition("#### lmer")[2].splitlines()[1:] if path.exists() else []


def own_rows(measure: str) -> Rows:
    with reference("imaging/own_dose_time.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row[measure] != "NA"]
    return Rows(
        [row["patient"] for row in rows],
        [float(row["hour"]) for row in rows],
        [float(row["dose"]) for row in rows],
        [math.log(float(row[measure])) for row in rows],
    )


def as_printed(value: float, figure: str, relative: float = RELATIVE) -> None:
    """Within 1e-5, or half of the last printed digit where there are fewer."""
    if figure.startswith("<"):
        assert value < float(figure[1:])
        return
    last = len(figure.partition("e")[0].partition(".")[2])
    half = 0.5 * 10.0 ** (int(figure.partition("e")[2] or 0) - last)
    assert value == pytest.approx(float(figure), rel=relative, abs=1.01 * half)


def cell_of(words: str, dose: str) -> Cell:
    hour, _, own = words.partition(" ")
    return float(own.removeprefix("dz") or dose), float(hour.removeprefix("h"))


class Reading:
    """Rows in their order: what was computed for each of the three models is held against what is printed."""

    def __init__(self) -> None:
        rows = own_rows("tbr")
        self.rows, self.dose, self.test, self.gls, self.read = rows, "", "", False, 0
        self.by = {df: rows.found(df) for df in ("satterthwaite", "kenward-roger")}
        self.fit, self.free = self.by["satterthwaite"].fit, own_rows("cnr").unstructured()

    def line(self, line: str) -> None:
        """A row is compared, a heading remembered; anything else is a row that nobody reads."""
        for kind in (COEFFICIENT, VARIANCE, ANOVA, MEAN, PAIR):
            if match := kind.match(line):
                self.read += 1
                getattr(self, KINDS[kind])(*match.groups())
                return
        if line.startswith("REML crit"):
            as_printed(self.fit.criterion, line.split()[-1])
        elif line.startswith("logLik REML"):
            as_printed(self.free.log_likelihood, line.split()[-1])
        else:
            assert HEADINGS.match(line), line
            self.gls = self.gls or line.startswith("#### gls")
            self.test = line.split()[1].lower() if line.startswith("anova") else self.test
            self.dose = line[5:-1] if line.startswith("dz = ") else self.dose
            return
        self.read += 1

    def coefficient(self, name: str, *figures: str) -> None:
        if self.gls:
            own = self.free.contrast(self.rows.weights(name), "residual")
            for value, figure in zip((own.estimate, own.standard_error, own.t), figures, strict=False):
                as_printed(value, figure)
            as_printed(own.p_value, figures[-1], RELATIVE * max(1.0, own.t**2))
            return
        own = self.fit.contrast(self.rows.weights(name))
        values = [own.p_value] if figures[1] is None else told(own)[:4]
        for value, figure in zip(values, figures, strict=False):
            as_printed(value, figure)

    def variance(self, name: str, variance: str, deviation: str) -> None:
        own = self.fit.components[name == "Residual"]
        as_printed(own, variance)
        as_printed(math.sqrt(own), deviation)

    def anova(self, name: str, square: str, mean_square: str, *figures: str) -> None:
        found = f_of(self.by[self.test], name, self.test)
        as_printed(found[2] * found[0] * self.fit.components[1], square)
        as_printed(found[2] * self.fit.components[1], mean_square)
        for value, figure in zip(found, [*figures[:3], figures[3].replace("2e-16", "<2e-16")], strict=True):
            as_printed(value, figure)

    def mean(self, hour: str, *figures: str) -> None:
        found = self.by["satterthwaite"].cells
        own = next(one for one in found if (one.dose, one.time_h) == (float(self.dose), float(hour)))
        for value, figure in zip(
            (own.estimate, own.standard_error, own.df, own.lower, own.upper), figures, strict=True
        ):
            as_printed(value, figure)

    def pair(self, one: str, other: str, *figures: str) -> None:
        """Those of one dose are Tukey's, with Satterthwaite's degrees; those of all with Kenward and Roger's, not adjusted."""
        first, second = cell_of(one, self.dose), cell_of(other, self.dose)
        if "dz" in one:
            each = dict(zip(self.rows.cells, np.eye(6), strict=True))
            values = told(self.by["kenward-roger"].fit.contrast(each[first] - each[second], "kenward-roger"))
        else:
            found = pair(self.by["satterthwaite"], first[0], first[1], second[1])
            values = [*told(found.found)[:4], found.p_tukey]
        for value, figure in zip(values, figures, strict=True):
            as_printed(value, figure)


KINDS = {COEFFICIENT: "coefficient", VARIANCE: "variance", ANOVA: "anova", MEAN: "mean", PAIR: "pair"}


def test_every_printed_row_of_the_reference() -> None:
    reference("imaging/own_designs.txt")
    reading = Reading()
    for line in lines():
        reading.line(line.rstrip())
    assert reading.read == 12 + 3 + 6 + 6 + 6 + 15 + 6 + 1
