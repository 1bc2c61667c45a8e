"""The smaller questions of `follow` at the command line: answers against published ones, and one sentence for what cannot be."""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, reference


def told(run: Run, *command: object) -> dict[str, Any]:
    code, out, error = run("follow", *command, "--json")
    assert code == 0, error
    found: dict[str, Any] = json.loads(out)
    return found


def test_matching_gives_maicplus_sample_odds_and_hazards(run: Run, tmp_path: Path) -> None:
    """Its own data, joined in one table: sample 166.7, odds 1.519 to 1.083, hazards 0.3748981 to 0.2834780."""
    with reference("external/maic_weights_golden.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name, column in (("maic_adrs_sat", "AVAL"), ("maic_adtte_sat", "TIME"), ("maic_adtte_sat", "EVENT")):
        with reference(f"external/{name}.csv").open() as file:
            values = {row["USUBJID"]: row[column] for row in csv.DictReader(file)}
        for row in rows:
            row[f"{name[5:9]}_{column}"] = values[row["USUBJID"]]
    table, against = tmp_path / "ours.csv", tmp_path / "theirs.csv"
    with table.open("w") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with reference("external/maic_pseudo_ipd_sat.csv").open() as file:
        against.write_text("time,event\n" + "".join(f"{row['TIME']},{row['EVENT']}\n" for row in csv.DictReader(file)))
    targets = [part for name in rows[0] if name.endswith("CENTERED") for part in ("--target", f"{name}=0")]
    found = told(run, "match", table, *targets, "--event", "adrs_AVAL", "--published", "210/300")
    assert found["effective_sample_size"] == pytest.approx(166.7, abs=0.05)
    assert found["weights"] == pytest.approx([float(row["scaled_weights"]) for row in rows], abs=1e-6)
    assert [found["effect"][key]["estimate"] for key in ("before", "after")] == pytest.approx([1.519, 1.083], abs=5e-4)
    found = told(run, "match", table, *targets, "--event", "adtt_EVENT", "--time", "adtt_TIME", "--against", against)
    assert [found["effect"][key]["estimate"] for key in ("before", "after")] == pytest.approx(
        [0.3748981, 0.2834780], abs=6e-8
    )
    code, out, _ = run("follow", "match", table, *targets)
    assert (code, "500 subjects weigh as 166.7" in out, "without a common comparator" in out) == (0, True, True)
    code, _, error = run("follow", "match", table, "--target", f"{targets[1].split('=')[0]}=900")
    assert (code, "nobody lies beyond the published" in error) == (1, True)
    for wrong in (("--target", "age"), ("--target", "x=0", "--event", "e"), ("--target", "x=0", "--time", "t")):
        assert run("follow", "match", table, *wrong)[0] == 2


def test_a_mean_with_its_spread_matches_both_moments(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "ours.csv"
    table.write_text("age\n" + "".join(f"{age}\n" for age in range(40, 81)))
    weights = told(run, "match", table, "--target", "age=58+-9")["weights"]
    mean = sum(w * age for w, age in zip(weights, range(40, 81), strict=True)) / sum(weights)
    spread = math.sqrt(sum(w * (age - mean) ** 2 for w, age in zip(weights, range(40, 81), strict=True)) / sum(weights))
    assert (mean, spread) == pytest.approx((58, 9), abs=1e-6)


def test_times_behind_a_curve_are_those_it_was_drawn_from(run: Run, tmp_path: Path) -> None:
    """Twelve subjects, events at 2, 4, 6, 8 and nobody lost before: the curve is met and every event found."""
    curve, out = tmp_path / "curve.csv", tmp_path / "times.csv"
    steps = [(0, 1.0), (2, 11 / 12), (4, 10 / 12), (6, 9 / 12), (8, 8 / 12)]
    curve.write_text("time,survival\n" + "".join(f"{time},{survival!r}\n" for time, survival in steps))
    found = told(run, "reconstruct", curve, "--at-risk", "0:12,5:10,7:9", "--events", "4", "--out", out)
    assert (found["n"], found["events"]) == (12, 4)
    assert found["largest_difference"] < 1e-9
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["time"]) for row in rows if row["event"] == "1"] == [2, 4, 6, 8]
    assert told(run, "km", out, "--time", "time", "--event", "event")["groups"][0]["events"] == 4
    assert run("follow", "reconstruct", curve, "--at-risk", "0-12")[0] == 2
    code, _, error = run("follow", "reconstruct", curve, "--at-risk", "0:12,5:14")
    assert (code, "numbers at risk do not rise" in error) == (1, True)


@pytest.mark.parametrize(
    ("command", "possible"),
    [(("80%", 8), False), (("46%", 18), False), (("8%", 41), False), (("4.75", 4), True), (("4.25", 4), True), (("75%", 8), True),
     (("5.19", 28), False), (("5.18", 28), True), (("3.44", 18, "--sd", "2.47"), False), (("3.44", 18, "--sd", "2.45"), True)],
)  # fmt: skip
def test_consistent_says_what_can_be(run: Run, command: tuple[object, ...], possible: bool) -> None:
    """80 % of 8, 46 % of 18 and 8 % of 41 cannot be; 5.19 of 28 is Brown and Heathers' own example.

    3.44 of 18 is a total of 62; SD 2.47 leaves a sum of squares between 316.9 and 317.7, 317, which is odd as 62 is not; 2.45 leaves 316.
    """
    assert told(run, "consistent", *command)["possible"] is possible


def test_consistent_lists_samples_and_refuses_what_has_none(run: Run) -> None:
    found = told(run, "consistent", "2.5", 4, "--sd", "1.29", "--within", "1..4")
    assert found["samples"] == [[1, 2, 3, 4]]
    none = told(run, "consistent", "2.5", 4, "--sd", "1.29", "--within", "2..3")
    assert (none["possible"], none["samples"], none["because"][-1]) == (False, [], "no sample in 2..3 has it")
    for wrong in (("2.5", 4, "--within", "1-4"), ("80%", 8, "--sd", "1"), ("2.5", 4, "--rounding", "nearest")):
        assert run("follow", "consistent", *wrong)[0] == 2
    assert run("follow", "consistent", "abc", 4)[0] == 1


def test_rate_gives_exact_limits_and_the_ratio(run: Run) -> None:
    """Garwood: no event in 1.2 years, up to -ln 0.025 / 1.2; 11 of 800 against 3 of 400 years by the binomial."""
    none = told(run, "rate", 0, 1.2)
    assert (none["rate"], none["lower"], none["upper"]) == pytest.approx((0, 0, -math.log(0.025) / 1.2))
    found = told(run, "rate", 11, 800, "--against", "3/400")
    assert found["ratio"]["estimate"] == pytest.approx(11 / 800 / (3 / 400))
    tail = sum(math.comb(14, k) * (2 / 3) ** k * (1 / 3) ** (14 - k) for k in range(11, 15))
    low = sum(math.comb(14, k) * (2 / 3) ** k * (1 / 3) ** (14 - k) for k in range(15)
              if math.comb(14, k) * 2**k <= math.comb(14, 11) * 2**11 * (1 + 1e-7))  # fmt: skip
    assert found["ratio"]["p_value"] == pytest.approx(low)
    assert low > tail
    endless = told(run, "rate", 3, 10, "--against", "0/10")["ratio"]
    assert (endless["estimate"], endless["upper"]) == (None, None)
    assert "none in the second group" in run("follow", "rate", 3, 10, "--against", "0/10")[1]
    assert run("follow", "rate", 3, 10, "--against", "x")[0] == 2
    assert run("follow", "rate", 3, 0)[0] == 1


def test_incidence_of_competing_causes_by_hand(run: Run, tmp_path: Path) -> None:
    """Four subjects: cause 1 at 1 (1/4), cause 2 at 2, one censored at 3, cause 1 at 4 (half of what is left)."""
    table = tmp_path / "table.csv"
    table.write_text("t,c,arm\n1,1,A\n2,2,A\n3,0,A\n4,1,A\n1,2,B\n2,2,B\n3,1,B\n5,0,B\n")
    found = told(run, "incidence", table, "--time", "t", "--cause", "c", "--at", "1,4,9", "--by", "arm")
    first = {(one["cause"], one["time"]): one["incidence"] for one in found["groups"][0]["at"]}
    assert [first[1, 1.0], first[1, 4.0], first[2, 4.0]] == pytest.approx([0.25, 0.75, 0.25])
    assert found["groups"][0]["events"] == {"1": 2, "2": 1}
    assert set(found["gray"]) == {"1", "2"}
    assert "A: 9 lies beyond its longest time, 4" in found["because"]
    assert (
        "Gray, cause 1"
        in run("follow", "incidence", table, "--time", "t", "--cause", "c", "--at", "4", "--by", "arm")[1]
    )
    for text, words in (
        ("t,c\n1,1.5\n", "line 2, c: a cause is 0 (censored), 1, 2, ..., got 1.5"), ("t,c\n-1,1\n", "line 2, t: a time must not be negative"),
        ("t,c\n1,0\n", "nobody had an event"),
    ):  # fmt: skip
        table.write_text(text)
        code, _, error = run("follow", "incidence", table, "--time", "t", "--cause", "c", "--at", "1")
        assert (code, words in error) == (1, True), error


def test_xenografts_that_grow_as_powers_of_two(run: Run, tmp_path: Path) -> None:
    """Control doubles in 4 days, treated in 8: to four times in 8 and 16 days, delay 8, log10 cell kill 8 / (3.32 x 4)."""
    table = tmp_path / "table.csv"
    lines = ["animal,group,day,volume_mm3"]
    for group, doubling in (("control", 4), ("I-131", 8)):
        for number in range(4):
            lines += [
                f"{group}{number},{group},{day},{(100 + number) * 2 ** (day / doubling)}" for day in range(0, 25, 4)
            ]
    lines.append("control0,control,28,")
    table.write_text("\n".join(lines) + "\n")
    found = told(run, "xenograft", table, "--control", "control")
    arm = found["models"][0]["treatments"][0]
    assert (arm["growth_delay_d"], arm["log_cell_kill"]) == pytest.approx((8, 8 / (math.log2(10) * 4)))
    assert (found["models"][0]["control_doubling_d"], arm["tc_percent"]) == pytest.approx((4, 100 * 2**-3))
    assert found["because"] == ["all: 1 rows without a volume were left out"]
    words = run("follow", "xenograft", table, "--control", "control")[1]
    assert re.search(r"delay, d.*\nall +I-131 +4 +8 ", words), words
    code, _, error = run("follow", "xenograft", table, "--control", "nobody")
    assert (code, "no animal is in the control group 'nobody'" in error) == (1, True)
    table.write_text("animal,group,day,length_mm,width_mm\na,control,0,10,6\na,control,4,10,12\n")
    assert (
        "line 3: the width is 0 or more and at most the length"
        in run("follow", "xenograft", table, "--control", "control")[2]
    )


def test_what_a_mixed_model_lacks_is_told(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("animal,group,day,volume_mm3\na,control,0,100\na,control,4,200\nb,drug,0,100\nb,drug,4,150\n")
    found = told(run, "xenograft", table, "--control", "control")["models"][0]
    assert found["because"][0].startswith("no mixed model: ")
    assert any(
        "median time to 4 times the first volume not reached" in why for why in found["treatments"][0]["because"]
    )


def test_models_name_their_exceptions(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "models.csv"
    rows = [f"M{number},{'glioma' if number % 2 else 'breast'},Y" for number in range(70)]
    table.write_text(
        "\n".join(
            ["model,tumour_type,selective", *rows, "HepG2,hepatocellular,N", "Hep3B,hepatocellular,N", "X1,lung,"]
        )
        + "\n"
    )
    found = told(run, "models", table)
    assert (found["selective"], found["determined"], found["not_determined"]) == (70, 72, 1)
    assert [one["model"] for one in found["exceptions"]] == ["HepG2", "Hep3B"]
    assert (
        "70 of 72 models; not HepG2 (hepatocellular), Hep3B (hepatocellular); 1 not determined"
        in run("follow", "models", table)[1]
    )
    table.write_text("model,tumour_type,selective\nM,glioma,perhaps\n")
    assert "line 2, selective: Y, N or empty" in run("follow", "models", table)[2]


def test_cox_takes_weights(run: Run, tmp_path: Path) -> None:
    """The weighted data set of survival's own tests, ties by Breslow: 0.85955744."""
    table = tmp_path / "table.csv"
    rows = zip(
        (1, 1, 2, 2, 2, 2, 3, 4, 5),
        (1, 0, 1, 1, 1, 0, 0, 1, 0),
        (2, 0, 1, 1, 0, 1, 0, 1, 0),
        (1, 2, 3, 4, 3, 2, 1, 2, 1),
        strict=True,
    )
    table.write_text("t,e,x,w\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    base = ("cox", table, "--time", "t", "--event", "e", "--covariates", "x", "--ties", "breslow", "--weights", "w")
    found = told(run, *base)
    assert found["coefficients"][0]["coef"] == pytest.approx(0.85955744, abs=5e-9)
    assert (found["concordance"], "nor are errors" in found["because"][1]) == (None, True)
    assert "2.362" in run("follow", *base)[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "subject,date,lesion,longest_mm,new_lesion\nA,2020-01-01,T1,50,Y\n",
            "line 2, new_lesion: is told of a visit, in a row of its own",
        ),
        ("subject,date,sum_mm\n", "has no rows"),
        ("subject,date,sum_mm\nA,2020-01-01,inf\n", "line 2, sum_mm: 'inf' is not a number"),
    ],
)
def test_findings_that_would_be_lost_are_refused(run: Run, tmp_path: Path, text: str, words: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(text)
    code, _, error = run("follow", "response", table, "--criteria", "recist-1.1")
    assert (code, words in error) == (1, True), error


def test_each_reader_is_a_course_of_its_own(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(
        "subject,date,evaluator,sum_mm,new_lesion\nA,2020-01-01,one,50,N\nA,2020-01-03,two,80,N\nA,2020-03-01,one,45,N\nA,2020-03-02,two,70,N\n"
    )
    found = told(run, "response", table, "--criteria", "recist-1.1")["subjects"]
    assert [(one["evaluator"], one["best"]) for one in found] == [("one", "SD"), ("two", "SD")]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (("consistent", "1e999999999", 20), 1, "no figure as papers print them"), (("consistent", "4.75", 10**11), 1, "every printed figure is possible"),
        (("consistent", "475.12", 200, "--sd", "101.02", "--within", "0..1000"), 1, "the search was ended"),
    ],
)  # fmt: skip
def test_searches_without_an_end_are_refused(run: Run, command: tuple[object, ...], code: int, words: str) -> None:
    found, _, error = run("follow", *command)
    assert (found, words in error) == (code, True), error


def test_a_comparison_without_its_event_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("age,e\n50,0\n60,2\n")
    assert run("follow", "match", table, "--target", "age=55", "--published", "2/3")[0] == 2
    code, _, error = run("follow", "match", table, "--target", "age=55", "--published", "2/3", "--event", "e")
    assert (code, "line 3, e: an event is 0 or 1, got 2" in error) == (1, True)


def test_animals_that_are_measured_late_or_never_are_told(run: Run, tmp_path: Path) -> None:
    """A first volume of day 7 as the baseline would make a delay out of nothing."""
    table = tmp_path / "table.csv"
    rows = [f"c{n},control,{day},{100 * 2 ** (day / 7)}" for n in range(3) for day in (0, 7, 14, 21)]
    late = [f"d{n},drug,{day},{100 * 2 ** (day / 7)}" for n in range(3) for day in (7, 14, 21)]
    table.write_text("\n".join(["animal,group,day,volume_mm3", *rows, *late]) + "\n")
    code, _, error = run("follow", "xenograft", table, "--control", "control")
    assert (code, "first measured later: d0 (day 7), d1 (day 7), d2 (day 7)" in error) == (1, True), error
    treated = [row.replace("c", "d", 1).replace("control", "drug") for row in rows]
    table.write_text("\n".join(["animal,group,day,volume_mm3", *rows, *treated, "d9,drug,0,"]) + "\n")
    found = told(run, "xenograft", table, "--control", "control")
    assert "all: never measured, and not counted: d9" in found["because"]


def test_columns_that_nobody_reads_are_told_and_visits_are_printed(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("subject,date,sum_mm,newlesion\nA,2020-01-01,100,N\nA,2020-03-01,60,N\n")
    found = told(run, "response", table, "--criteria", "recist-1.1")
    assert found["because"] == ["not read: column 'newlesion'; did you mean 'new_lesion'?"]
    out = run("follow", "response", table, "--criteria", "recist-1.1")[1]
    assert re.search(r"^A +2020-03-01  NE +sum of diameters", out, flags=re.MULTILINE)
    assert "whether there is a new lesion was not assessed" in out
    table.write_text("subject,date,sum_mm2,new_lesion\nA,2020-01-01,1500,N\nA,2020-03-01,700,N\n")
    assert "sum_mm2: Lugano asks for each lesion" in run("follow", "response", table, "--criteria", "lugano-2014")[2]


def test_a_minor_response_of_igm_is_confirmed_as_a_deeper_one_is(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    for values, best in (
        ((30, 20, 29), "SD"),
        ((30, 20, 21), "MR"),
        ((30, 10, 26), "SD"),
        ((30, 14, 18), "MR"),
        ((30, 10, 12), "PR"),
    ):
        rows = "".join(f"A,2020-0{2 * place + 1}-01,{value}\n" for place, value in enumerate(values))
        table.write_text("subject,date,IgM_g_L\n" + rows)
        assert told(run, "response", table, "--criteria", "iwwm")["subjects"][0]["best"] == best, values


def test_follow_up_time_among_the_covariates_has_no_hazard_ratio(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("t,e\n" + "".join(f"{n},{n % 2}\n" for n in range(1, 30)))
    code, _, error = run("follow", "cox", table, "--time", "t", "--event", "e", "--covariates", "t")
    assert (code, "likelihood" in error) == (1, True), error


def test_weights_go_on_to_a_weighted_regression(run: Run, tmp_path: Path) -> None:
    table, out = tmp_path / "ours.csv", tmp_path / "weighted.csv"
    table.write_text("id,age,male,t,e\n" + "".join(f"{n},{40 + n},{n % 2},{n + 1},{(n // 2) % 2}\n" for n in range(40)))
    found = told(run, "match", table, "--target", "age=58", "--target", "male=60%", "--out", out)
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["weight"]) for row in rows] == pytest.approx(found["weights"])
    assert [row["id"] for row in rows] == [str(n) for n in range(40)]
    assert found["covariates"][1]["after"] == pytest.approx(0.6)
    assert (
        told(
            run,
            "cox",
            out,
            "--time",
            "t",
            "--event",
            "e",
            "--covariates",
            "male",
            "--weights",
            "weight",
            "--cluster",
            "id",
        )["n"]
        == 40
    )


def test_an_empty_cell_a_percentage_above_100_and_too_many_events_are_refused(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("t,e\n1,1\n,0\n")
    code, _, error = run("follow", "km", table, "--time", "t", "--event", "e")
    assert (code, "line 3, t: the cell is empty, a number is needed" in error) == (1, True), error
    assert "between 0 and 100, got 120" in run("follow", "consistent", "120%", 8)[2]
    table.write_text("time,survival\n0,1\n5,0.5\n")
    assert (
        "200 events among 120 subjects"
        in run("follow", "reconstruct", table, "--at-risk", "0:120", "--events", "200")[2]
    )
