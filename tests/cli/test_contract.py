"""The command line as a contract: keys, exit codes, one JSON document on standard output, one sentence on what cannot be."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import EXAMPLE, Folder, Run, reference


def document(out: str) -> dict[str, Any]:
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


IMPORT_KEYS = {"entries", "added", "changed", "unchanged", "missing", "withdrawn", "refused", "chain_head", "intact"}


def test_a_study_from_nothing_to_a_readout(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    code, out, _ = run(
        "study", "init", folder, "--protocol", EXAMPLE / "protocol.toml", "--mapping", "clr131", "--who", "me", "--json"
    )
    assert code == 0
    assert set(document(out)) >= IMPORT_KEYS
    files = sorted((EXAMPLE / "sources").glob("*.csv"))
    code, out, _ = run("study", "import", folder, *files, "--who", "me", "--json")
    assert (code, document(out)["added"]) == (0, 749)
    code, out, _ = run("study", "import", folder, *files, "--who", "me", "--json")
    assert (code, document(out)["added"], document(out)["unchanged"]) == (0, 0, 749)
    code, out, _ = run("study", "status", folder, "--json")
    assert code == 0
    assert set(document(out)) >= IMPORT_KEYS
    assert document(out)["subjects"] == 8
    code, out, _ = run("readout", folder, "--as-of", "2016-11-04", "--json")
    readout = document(out)
    assert code == 0
    assert set(readout) >= {"path", "sections", "numbers"}
    assert all(set(number) >= {"id", "value", "text", "because", "rows", "row_ranges"} for number in readout["numbers"])
    assert Path(readout["path"]).is_file()
    code, out, _ = run("study", "verify", folder, "--head", readout["ledger_head"], "--json")
    assert (code, document(out)["intact"], document(out)["contains_head"]) == (0, True, True)
    code, out, err = run("study", "verify", folder, "--head", "0" * 64, "--json")
    assert (code, document(out)["intact"]) == (1, False)
    assert "does not contain the state" in err


def test_demo_prints_the_page(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("demo", tmp_path / "demo", "--json")
    assert code == 0
    assert set(document(out)) >= {"study", "readout"}
    assert Path(document(out)["readout"]).is_file()
    code, again, _ = run("demo", tmp_path / "demo")
    assert code == 0
    assert again.strip() == document(out)["readout"]


def test_a_refused_import_prints_the_document_and_exits_1(run: Run, demo: Folder) -> None:
    bad = demo.write("lb.csv", (EXAMPLE / "sources" / "lb.csv").read_text().replace("PLT,244", "PLT,-244"))
    code, out, err = run("study", "import", demo.path, bad, "--reason", "r", "--json")
    assert code == 1
    refused = document(out)["refused"]
    assert [(item["file"], item["line"], item["column"]) for item in refused] == [("lb.csv", 3, "value")]
    assert "must not be negative" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("history", "options", "expected"),
    [
        ("1NNNN 2NNTP", ("--variant", "modified", "--levels", "4"), ("wait", 2, 0, None)),
        ("1NNN 2NNT 2NNN", (), ("escalate", 3, 3, None)),
        ("1NNN 2NTT", (), ("stop", None, 0, 1)),
        ("1NNN 2NTT", ("--variant", "de-escalation"), ("de-escalate", 1, 3, None)),
        ("1NNNN", ("--cohort-size", "4"), ("escalate", 2, 4, None)),
        ("1NNNN 2NNNN 3NNNN", ("--variant", "modified", "--levels", "12.5,18.75,25"), ("stop", None, 0, 3)),
    ],
)
def test_plan_next_from_notation(run: Run, history: str, options: tuple[str, ...], expected: tuple[Any, ...]) -> None:
    code, out, _ = run("plan", "next", "--design", "three-plus-three", "--history", history, *options, "--json")
    answer = document(out)
    assert code == 0
    assert (answer["action"], answer["level"], answer["open_places"], answer["mtd"]) == expected
    assert answer["because"]


def test_plan_table_paths_oc_and_two_stage(run: Run) -> None:
    code, out, _ = run("plan", "table", "--design", "boin", "--target", "0.25", "--n", "6", "--json")
    assert code == 0
    assert {(row["n"], row["dlts"]): row["decision"] for row in document(out)["rows"]}[3, 3] == "X"
    code, out, _ = run(
        "plan", "paths", "--design", "three-plus-three", "--cohorts", "2", "--p", "0.1,0.2,0.3", "--json"
    )
    assert code == 0
    assert sum(path["probability"] for path in document(out)["paths"]) == pytest.approx(1)
    code, out, _ = run("plan", "oc", "--design", "three-plus-three", "--p", "0.05,0.1,0.17,0.25,0.38,0.52", "--json")
    answer = document(out)
    assert code == 0
    assert set(answer) >= {"selected", "mean_n", "mean_dlt", "method", "standard_error", "duration_d"}
    assert answer["selected"][2] == pytest.approx(0.200516506406117, abs=1e-12), "bcrm, scenario A"
    code, out, _ = run("plan", "two-stage", "--p0", "0.05", "--p1", "0.2", "--alpha", "0.05", "--beta", "0.1", "--json")
    assert (document(out)["optimal"]["r1"], document(out)["minimax"]["n"]) == (1, 38)


BLRM = ("--design", "blrm", "--doses", "12.5,18.75,25,31.25", "--prior=-1,0,1.5,0.8,0", "--reference-dose", "25")
BOIN25 = ("--design", "boin", "--target", "0.25")
CRM = ("--target", "0.25", "--skeleton", "0.06,0.14,0.25,0.38")


def test_plan_oc_is_exact_or_simulated_and_says_which(run: Run) -> None:
    rates = ("--p", "0.05,0.1,0.25,0.4", "--json")
    exact = json.loads(run("plan", "oc", *BLRM, "--n", "12", "--cohort-size", "4", *rates)[1])
    assert exact["method"] == "exact"
    assert exact["standard_error"] == 0
    assert exact["duration_d"] is None
    told = json.loads(
        run("plan", "oc", *BLRM, "--n", "12", "--cohort-size", "4", *rates, "--trials", "20000", "--seed", "5")[1]
    )
    assert told["method"] == "simulation"
    for one, other, error in zip(exact["selected"], told["selected"], told["standard_errors"]["selected"], strict=True):
        assert abs(one - other) <= 4 * error + 1e-9
    tite = json.loads(
        run(
            "plan",
            "oc",
            "--design",
            "titecrm",
            *CRM,
            *rates,
            "--trials",
            "300",
            "--arrivals",
            "2/28d",
            "--onset",
            "nadir:42",
            "--window",
            "85d",
        )[1]
    )
    assert tite["duration_d"] > 85
    assert tite["standard_errors"]["duration_d"] > 0
    assert sum(tite["selected"]) == pytest.approx(1)


def test_plan_fit_gives_intervals(run: Run) -> None:
    for design in (("--design", "crm", *CRM), ("--design", "titecrm", *CRM, "--window", "85d"), BLRM):
        found = json.loads(run("plan", "fit", *design, "--history", "1NNNN 2NNNT", "--json")[1])
        assert found["recommended"] in (1, 2, 3)
        assert all(one["lower"] < one["mean"] < one["upper"] for one in found["p_dlt"])
    pending = json.loads(
        run("plan", "fit", "--design", "titecrm", *CRM, "--window", "85d", "--history", "1NNN 2NP40", "--json")[1]
    )
    settled = json.loads(
        run("plan", "fit", "--design", "titecrm", *CRM, "--window", "85d", "--history", "1NNN 2NN", "--json")[1]
    )
    assert pending["p_dlt"][1]["mean"] > settled["p_dlt"][1]["mean"]


def test_plan_next_with_pending_subjects(run: Run) -> None:
    found = json.loads(
        run("plan", "next", "--design", "titecrm", *CRM, "--window", "85d", "--history", "1NNN 2NP40", "--json")[1]
    )
    assert (found["action"], found["level"]) == ("escalate", 3)
    six = json.loads(run("plan", "next", "--design", "rolling-six", "--levels", "3", "--history", "1NNP", "--json")[1])
    assert (six["action"], six["open_places"]) == ("stay", 3)


def test_rules_typed_answer_in_the_place_of_the_design(run: Run) -> None:
    boin = ("--design", "boin", "--target", "0.25", "--levels", "4")

    def told(*options: str) -> dict[str, Any]:
        return document(run("plan", "next", *options, "--json")[1])

    assert told(*boin, "--history", "1NNN")["level"] == 2
    assert told(*boin, "--doses", "1,3,4,5", "--largest-increase", "2", "--history", "1NNN")["level"] == 1
    assert told(*boin, "--titration", "--history", "1N 2T")["open_places"] == 2
    assert told(*boin, "--safety", "0.8", "--history", "1NTT")["action"] == "stop"
    assert told(*boin, "--history", "1NNT")["action"] == "stay"
    assert told(*boin, "--stop-at", "3", "--history", "1NNT")["mtd"] == 1
    tite = ("--design", "titecrm", *CRM, "--window", "85d", "--history", "1NP30")
    assert told(*tite)["action"] == "escalate"
    assert told(*tite, "--follow-up", "2/42d")["action"] == "stay"
    assert told(*tite, "--max-pending", "1")["action"] == "wait"
    assert run("plan", "next", *boin, "--max-pending", "1", "--history", "1NNN")[0] == 2


def test_plan_table_as_files_and_brought_along(run: Run, tmp_path: Path) -> None:
    own = ("--target", "0.25", "--cohort-size", "3", "--n", "12")
    _, text, _ = run("plan", "table", "--design", "boin", *own, "--csv")
    (tmp_path / "table.csv").write_text(text)
    rates = ("--p", "0.1,0.25,0.4", "--json")
    brought = json.loads(run("plan", "oc", "--design", "table", "--table", tmp_path / "table.csv", *own, *rates)[1])
    assert brought["selected"] == json.loads(run("plan", "oc", "--design", "boin", *own, *rates)[1])["selected"]
    assert run("plan", "table", "--design", "boin", *own, "--html")[1].startswith("<table>")
    for command in (("table", "--svg"), ("paths", "--levels", "3", "--cohorts", "2", "--svg")):
        ElementTree.fromstring(run("plan", command[0], "--design", "boin", *own, *command[1:])[1].split("?>", 1)[1])
    scores = json.loads(run("plan", "table", "--design", "boin12", "--json")[1])["rows"]
    assert {"n": 3, "dlts": 0, "responses": 3, "decision": 161.0} in scores


def test_boin12_weighs_responses_in_notation_and_in_simulation(run: Run) -> None:
    boin12 = ("--design", "boin12", "--levels", "3")
    told = document(run("plan", "next", *boin12, "--history", "1NNE 2EEB", "--json")[1])
    assert (told["action"], told["level"]) == ("stay", 2)
    assert "1 DLT and 3 responses among 3" in told["because"][0]
    stricter = document(run("plan", "next", *boin12, "--target", "0.1", "--history", "1NNE 2EEB", "--json")[1])
    assert stricter["level"] == 1
    assert "response rate of at least 0.25" in run("plan", "protocol", *boin12)[1]
    rates = ("plan", "oc", "--design", "boin12", "--p", "0.05,0.2,0.5", "--trials", "2000", "--json")
    found = document(run(*rates, "--efficacy", "0.1,0.5,0.5")[1])
    assert max(found["selected"]) == found["selected"][2]
    assert sum(found["selected"]) == pytest.approx(1)
    assert len(found["mean_responses"]) == 3
    assert run(*rates)[0] == 2
    assert run("plan", "oc", "--design", "boin12", "--p", "0.1,0.2")[0] == 1


def test_plan_imaging(run: Run) -> None:
    grid = ("--activities", "1.5mCi,3mCi,5mCi", "--times", "24h,48h,5d", "--subjects", "6")
    precision = ("--sensitivity", "0.9", "--specificity", "0.8", "--prevalence", "0.5")
    answer = document(
        run("plan", "imaging", *grid, *precision, "--only-first", "0.25", "--only-second", "0.05", "--json")[1]
    )
    assert (answer["grid"]["subjects"], answer["grid"]["scans"]) == (18, 54)
    assert answer["grid"]["cells"][-1] == {"activity_MBq": 185.0, "elapsed_h": 120.0, "subjects": 6}
    assert answer["precision"]["subjects"] == 136
    assert answer["paired"]["n"] == 61
    assert run("plan", "imaging")[0] == 2
    assert run("plan", "imaging", "--sensitivity", "0.9")[0] == 2
    assert run("plan", "imaging", *grid[:2], "--times", "0h", "--subjects", "6")[0] == 1


def test_plan_basket_and_protocol(run: Run) -> None:
    found = json.loads(
        run("plan", "basket", "--responses", "8,0,1,1", "--sizes", "19,10,26,8", "--p0", "0.25", "--json")[1]
    )
    assert found["post_prob"] == pytest.approx([0.947187547, 0.001666932, 0.000287978, 0.030387495], abs=1e-9)
    assert found["pairwise_exchangeability"][1][2] == pytest.approx(0.923974741, abs=1e-9)
    modified = ("--design", "three-plus-three", "--variant", "modified", "--levels", "4")
    assert "cohorts of 4" in json.loads(run("plan", "protocol", *modified, "--json")[1])["text"]
    held = (
        "--design",
        "titeboin",
        "--target",
        "0.25",
        "--levels",
        "4",
        "--window",
        "85d",
        "--max-pending",
        "3",
        "--follow-up",
        "2/42d",
    )
    assert "followed for 42 days" in run("plan", "protocol", *held)[1]


def test_another_design_over_a_study_keeps_its_rules_and_the_studys_levels(run: Run, demo: Folder) -> None:
    boin = ("plan", "next", demo.path, "--as-of", "2017-01-01", "--design", "boin", "--target", "0.25")
    free = document(run(*boin, "--json")[1])
    assert (free["level"], free["dose"]) == (3, "25 mCi/m2")
    assert "not by the study's own design" in free["because"]
    doses = ("--doses", "12.5,18.75,25,31.25")
    held = document(run(*boin, *doses, "--largest-increase", "1.2", "--json")[1])
    assert "level 2 was given where the design says level 1" in held["because"][0]
    pending = ("plan", "next", demo.path, "--as-of", "2016-06-01", "--design", "titeboin", "--target", "0.25")
    assert document(run(*pending, "--max-pending", "1", "--json")[1])["action"] == "wait"
    for refused in (("--levels", "3"), ("--window", "200d")):
        assert run(*boin, *refused)[0] == 2
    prior = ("--design", "blrm", "--prior=-1.2,0,1,0.5,0", "--reference-dose", "25")
    assert run("plan", "next", demo.path, *prior)[0] == 2, "the unit of the reference dose is that of doses given along"
    assert document(run("plan", "next", demo.path, "--as-of", "2017-01-01", *prior, *doses, "--json")[1])["level"] == 3


def test_plan_next_from_a_study(run: Run, demo: Folder) -> None:
    code, out, _ = run("plan", "next", demo.path, "--as-of", "2016-11-04", "--json")
    assert (code, document(out)["action"], document(out)["level"]) == (0, "escalate", 3)
    code, out, _ = run("plan", "next", demo.path, "--as-of", "2016-06-01", "--json")
    assert (code, document(out)["action"], document(out)["open_places"]) == (0, "wait", 3)


def test_prescribe(run: Run) -> None:
    code, out, _ = run(
        "treat", "prescribe", "--level", "12.5mCi/m2", "--height", "162cm", "--weight", "68kg", "--nuclide", "I-131",
        "--calibrated", "21.87mCi@2015-07-01T12:40-05:00", "--infusion", "2015-07-01T13:00-05:00", "--residual", "0.36mCi@2015-07-01T13:40-05:00", "--json",
    )  # fmt: skip
    answer = document(out)
    assert code == 0
    assert set(answer) >= {"bsa_m2", "prescribed_MBq", "administered_MBq", "deviation_percent", "because"}
    assert answer["bsa_m2"] == pytest.approx((162 * 68 / 3600) ** 0.5)
    assert answer["administered_MBq"] == pytest.approx(795, abs=0.5), "as printed in the demonstration's own export"


@pytest.mark.parametrize(
    ("options", "prescribed_MBq"),
    [
        (("--level", "5MBq/kg", "--weight", "80kg"), 400),
        (("--level", "7.4GBq"), 7400),
        (("--level", "2Gy", "--organ", "red marrow", "--organ-dose", "0.5Gy/GBq"), 4000),
        (
            ("--level", "3.7Gy", "--organ", "kidneys", "--organ-dose", "1Gy/GBq", "--bed", "2Gy,1h,3h"),
            4000 * ((1 + 3.7 / 2) ** 0.5 - 1),
        ),
    ],
)
def test_prescribe_by_other_kinds_of_dose(run: Run, options: tuple[str, ...], prescribed_MBq: float) -> None:
    """With G = 1/4 and 2 Gy, D + D^2/8 = 3.7 has the root 4 (sqrt(1 + 3.7 / 2) - 1)."""
    code, out, _ = run("treat", "prescribe", *options, "--nuclide", "I-131", "--json")
    assert code == 0
    assert document(out)["prescribed_MBq"] == pytest.approx(prescribed_MBq)
    assert run("treat", "prescribe", *options[:2], "--organ", "liver", "--nuclide", "I-131")[0] in (1, 2)


def test_nuclide(run: Run) -> None:
    code, out, _ = run("treat", "nuclide", "I-131", "--json")
    assert code == 0
    assert document(out)["half_life_h"] == pytest.approx(8.0252 * 24, abs=1e-3)
    assert "ENDF/B-VIII.1" in document(out)["source"]
    assert document(out)["mean_energy_keV"]["photon"] == pytest.approx(382.75, rel=0.005)
    assert {line["kind"] for line in document(out)["emissions"]} >= {
        "gamma",
        "x_ray",
        "conversion_electron",
        "auger_electron",
        "beta_minus",
    }
    code, out, _ = run("treat", "nuclide", "Ac-225")
    assert code == 0
    assert "chain: Ac-225, Fr-221" in out
    assert "of the energy set free is accounted for" in out


def test_sphere_and_cell(run: Run) -> None:
    code, out, _ = run("treat", "sphere", "--nuclide", "I-131", "--mass", "1g,310g", "--json")
    assert code == 0
    spheres = document(out)["spheres"]
    assert [sphere["mass_g"] for sphere in spheres] == [1, 310]
    assert spheres[0]["s_mGy_per_MBq_s"] == pytest.approx(0.0303, rel=0.02)
    assert 0 < spheres[0]["relative_uncertainty"] < 0.05
    code, out, _ = run(
        "treat",
        "cell",
        "--nuclide",
        "I-125",
        "--radius",
        "5um",
        "--cluster-radius",
        "200um",
        "--against",
        "I-131",
        "--json",
    )
    assert code == 0
    found = document(out)
    assert set(found["s_mGy_per_MBq_s"]) == {"nucleus", "cytoplasm", "surface", "cell"}
    assert found["crossover"]["per_decay"]["radius_cm"] == pytest.approx(53e-4, rel=0.06)
    assert len(found["spheroid"]["profile"]) == 11
    code, out, _ = run("treat", "sphere", "--nuclide", "Ra-223", "--mass", "1g", "--chain", "stays", "--json")
    assert code == 0
    assert document(out)["spheres"][0]["alpha_keV"] == pytest.approx(26_500, rel=0.02)
    assert any("no weight" in line for line in document(out)["because"])


def test_nuclide_by_other_data_tells_the_effect(run: Run, tmp_path: Path) -> None:
    table = {"name": "I-125", "emissions": {"gamma": [[0.0355, 0.0668]], "auger": [[0.003, 2.0]]}}
    (tmp_path / "I-125.json").write_text(json.dumps(table))
    code, out, _ = run("treat", "nuclide", "I-125", "--icrp107", str(tmp_path), "--json")
    assert code == 0
    assert document(out)["mean_energy_keV"]["photon"] == pytest.approx(35.5 * 0.0668)
    assert document(out)["with_hevesy_data"]["photon"] == pytest.approx(42.1, rel=0.01)
    assert run("treat", "nuclide", "I-124", "--icrp107", str(tmp_path))[0] == 1


def test_kaplan_meier_of_a_table(run: Run) -> None:
    code, out, _ = run(
        "follow", "km", reference("survival/datasets/lung.csv"), "--time", "time", "--event", "event", "--by", "sex", "--at", "90", "--rmst", "365", "--json"
    )  # fmt: skip
    answer = document(out)
    assert code == 0
    assert [
        (group["n"], group["events"], group["median"], group["lower"], group["upper"]) for group in answer["groups"]
    ] == [
        (138, 112, 270.0, 210.0, 306.0),
        (90, 53, 426.0, 345.0, 524.0),
    ]
    assert answer["logrank"]["chisq"] == pytest.approx(10.3267419548856, rel=1e-9)
    assert answer["groups"][0]["at"][0]["survival"] == pytest.approx(0.847826086956522, rel=1e-10)
    assert answer["groups"][0]["rmst"]["estimate"] == pytest.approx(241.495085192057, rel=1e-10)


def test_follow_cox_gives_rs_hazard_ratios(run: Run) -> None:
    """survival 3.8-3: coxph(Surv(time, event) ~ age + sex + ph.ecog, lung); one row has no performance status."""
    table = reference("survival/datasets/lung.csv")
    where = ("follow", "cox", table, "--time", "time", "--event", "event", "--covariates")
    code, out, _ = run(*where, "age,sex,ph.ecog", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["n"], found["events"], found["left_out"]) == (227, 164, 1)
    assert [one["coef"] for one in found["coefficients"]] == pytest.approx(
        [0.0110667646, -0.5526123957, 0.4637284754], abs=1e-9
    )
    assert found["coefficients"][1]["p_value"] == pytest.approx(0.000986051372, rel=1e-8)
    assert found["proportional_hazards"]["GLOBAL"]["chisq"] == pytest.approx(4.464, abs=5e-4)
    assert "1 rows without a value" in found["because"][1]
    assert run(*where, "age", "--ties", "fair")[0] == 2
    code, _, error = run(*where, "height")
    assert (code, "has no column 'height'" in error) == (1, True)


def test_follow_response_reads_responses_as_called(run: Run) -> None:
    """SDTM RS as it stands: myeloma confirmed as by admiralonco, lymphoma by PET and CT, solid tumours by three readers."""
    code, out, _ = run(
        "follow", "response", reference("response/imwg_rs_with_supp.csv"), "--criteria", "imwg-2016", "--json"
    )
    found = {answer["subject"]: answer for answer in json.loads(out)["subjects"]}
    assert code == 0
    assert [found[f"01-701-{number}"]["best"] for number in ("1015", "1097", "1118", "1203", "1287")] == [
        "PD",
        None,
        "VGPR",
        "MR",
        "PR",
    ]
    for name, criteria, rows in (
        ("sdtm_rs_onco_lymphoma", "lugano-2014", 68),
        ("sdtm_rs_onco_recist", "recist-1.1", 66),
    ):
        code, out, _ = run("follow", "response", reference(f"response/{name}.csv"), "--criteria", criteria, "--json")
        assert code == 0
        assert sum(len(answer["visits"]) for answer in json.loads(out)["subjects"]) == rows
    assert (
        run("follow", "response", reference("response/sdtm_rs_onco_lymphoma.csv"), "--criteria", "recist-1.1")[0] == 1
    )
    assert (
        run("follow", "response", reference("response/sdtm_rs_onco_lymphoma.csv"), "--criteria", "lugano-2020")[0] == 2
    )


def test_follow_response_reads_findings(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("subject,date,sum_mm,new_lesion\nA,2020-01-01,100,N\nA,2020-03-01,65,N\nA,2020-05-01,90,N\n")
    code, out, _ = run("follow", "response", table, "--criteria", "recist-1.1", "--json")
    answer = json.loads(out)["subjects"][0]
    assert (code, answer["best"], answer["best_unconfirmed"]) == (0, "SD", "PR")
    assert [visit["response"] for visit in answer["visits"]] == ["PR", "PD"]
    table.write_text(
        "subject,date,serum_M_g_L,iFLC_mg_dL,uFLC_mg_L,urine_IFE\nA,2020-01-01,30,40,8,\nA,2020-02-01,14,,,\nA,2020-03-01,13,,,\n"
    )
    code, out, _ = run("follow", "response", table, "--criteria", "imwg-2011", "--json")
    assert (code, json.loads(out)["subjects"][0]["best"]) == (0, "PR")
    for row, words in (
        ("A,2020-01-01,-3,,,", "line 2, serum_M_g_L: m protein must not be negative, got -3"),
        ("A,2020-01-01,3,,,perhaps", "line 2, urine_IFE: a finding is positive or negative, got 'perhaps'"),
        ("A,2020-01,3,,,", "line 2, date: a visit needs its day, got '2020-01'"),
    ):
        table.write_text(f"subject,date,serum_M_g_L,iFLC_mg_dL,uFLC_mg_L,urine_IFE\n{row}\n")
        code, _, error = run("follow", "response", table, "--criteria", "imwg-2011")
        assert (code, words in error) == (1, True), error
    table.write_text("subject,date,sum_mm,new_lesion\nA,2020-01-01,100,N\nA,2020-01-01,65,N\n")
    assert "two assessments" in run("follow", "response", table, "--criteria", "recist-1.1")[2]


def test_follow_response_reads_lesions_pet_and_igm(run: Run, tmp_path: Path) -> None:
    """RECIST adds the short axis of nodes; Lugano goes by PET where it was done; IWWM by serum IgM."""
    table = tmp_path / "table.csv"

    def told(criteria: str, text: str) -> dict[str, Any]:
        table.write_text(text)
        code, out, error = run("follow", "response", table, "--criteria", criteria, "--json")
        assert code == 0, error
        answer: dict[str, Any] = json.loads(out)["subjects"][0]
        return answer

    lesions = "subject,date,lesion,longest_mm,shortest_mm,nodal,new_lesion\n" + "".join(
        f"A,{day},T1,{one},10,N,\nA,{day},N1,{two + 8},{two},Y,\nA,{day},,,,,N\n"
        for day, one, two in (("2020-01-01", 80, 20), ("2020-03-01", 55, 14), ("2020-05-01", 50, 9))
    )
    answer = told("recist-1.1", lesions)
    assert (answer["best"], answer["followed"], answer["response_on"]) == ("PR", ["T1", "N1"], "2020-03-01")
    assert [visit["change_percent"] for visit in answer["visits"]] == pytest.approx([-31, -41])
    pet = "subject,date,deauville,uptake,new_avid_lesion\nA,2020-01-01,5,,N\nA,2020-03-01,4,less,N\nA,2020-06-01,2,less,N\n"
    assert [visit["response"] for visit in told("lugano-2014", pet)["visits"]] == ["PMR", "CMR"]
    assert told("lugano-2014", pet)["best"] == "CMR"
    igm = "subject,date,IgM_g_L\nA,2020-01-01,40\nA,2020-03-01,19\nA,2020-05-01,30\n"
    answer = told("iwwm", igm)
    assert ([visit["response"] for visit in answer["visits"]], answer["unconfirmed_progression_on"]) == (
        ["PR", "PD"],
        "2020-05-01",
    )
    table.write_text("subject,date,deauville\nA,2020-01-01,7\n")
    assert (
        "line 2, deauville: a Deauville score is 1 to 5"
        in run("follow", "response", table, "--criteria", "lugano-2014")[2]
    )


def test_rows_without_a_subject_a_group_or_a_day_are_refused(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    for text, command, words in (
        (
            "subject,date,sum_mm\n,2020-01-01,100\n",
            ("response", "--criteria", "recist-1.1"),
            "line 2, subject: subject must not be empty",
        ),
        (
            "subject,visit,response,new_therapy\nA,V1,PR,2024-02\n",
            ("response", "--criteria", "imwg-2016"),
            "line 2, new_therapy: the day is needed",
        ),
        (
            "t,e,arm\n5,1,A\n6,1,\n",
            ("km", "--time", "t", "--event", "e", "--by", "arm"),
            "line 3, arm: a row without its group",
        ),
        (
            "t,e,x,c\n5,1,1,a\n6,1,0,\n7,1,1,b\n",
            ("cox", "--time", "t", "--event", "e", "--covariates", "x", "--cluster", "c"),
            "every subject has one cluster, got none",
        ),
    ):
        table.write_text(text)
        code, _, error = run("follow", command[0], table, *command[1:])
        assert (code, words in error) == (1, True), error


def test_follow_benchmark_says_what_it_does_not_permit(run: Run) -> None:
    table = reference("external/benchmark_rrmm.csv")
    told = (
        "follow",
        "benchmark",
        table,
        "--responders",
        "1",
        "--n",
        "4",
        "--response",
        "CBR",
        "--prior-lines",
        "4 (mean)",
    )
    code, out, _ = run(*told, "--json")
    found = json.loads(out)
    assert (code, len(found["arms"]), len(found["comparison"])) == (0, 22, 22)
    assert any("were not randomised against each other" in one for one in found["caveats"])
    assert found["comparison"][0]["p_exact"] is None, "CBR is not held against ORR"
    panorama = next(one for one in found["comparison"] if one["trial"] == "PANORAMA-2")
    assert panorama["p_exact"] == pytest.approx(0.35326, abs=1e-4)
    assert any("more prior lines (5 against 4 (mean))" in one for one in found["comparison"][0]["caveats"])
    assert re.search(r"STORM +122 +39 +0\.31 +1  ", run(*told)[1]), "ours higher with probability 0.31, exact p = 1"
    assert run("follow", "benchmark", table, "--responders", "5", "--n", "4")[0] == 1


def test_study_adam_writes_datasets_that_can_be_read(run: Run, tmp_path: Path) -> None:
    run("demo", tmp_path / "clr131")
    code, out, _ = run("study", "adam", tmp_path / "clr131", "--out", tmp_path / "adam", "--json")
    assert code == 0
    assert json.loads(out)["datasets"]["ADSL"] == 8
    code, out, _ = run(
        "follow",
        "km",
        tmp_path / "adam" / "adtte.json",
        "--time",
        "AVAL",
        "--event",
        "CNSR",
        "--by",
        "PARAMCD",
        "--json",
    )
    groups = json.loads(out)["groups"]
    assert (code, [group["n"] for group in groups]) == (0, [8, 8])
    assert [group["events"] for group in groups] == [0, 7], (
        "CNSR is 0 where the event was seen: nobody died, seven progressed"
    )
    assert "CNSR is read as censoring: 0 is the event" in json.loads(out)["because"]
    same = run(
        "follow",
        "km",
        tmp_path / "adam" / "adtte.json",
        "--time",
        "AVAL",
        "--censored",
        "CNSR",
        "--by",
        "PARAMCD",
        "--json",
    )
    assert json.loads(same[1])["groups"] == groups
    assert run("study", "adam", tmp_path / "clr131", "--out", tmp_path / "adam")[0] == 1
    assert run("study", "adam", tmp_path / "clr131", "--out", tmp_path / "csv", "--format", "csv")[0] == 0
    assert (tmp_path / "csv" / "adae.csv").read_text().startswith("STUDYID,USUBJID,TRT01A,AEBODSYS")


def test_follow_km_takes_entries_and_other_intervals(run: Run) -> None:
    """survival 3.8-3, Surv(entry, futime, death): median 764 (728 to 810)."""
    table = reference("survival/datasets/myeloma.csv")
    code, out, _ = run("follow", "km", table, "--time", "futime", "--event", "death", "--entry", "entry", "--json")
    group = json.loads(out)["groups"][0]
    assert (code, group["median"], group["lower"], group["upper"]) == (0, 764, 728, 810)
    assert run("follow", "km", table, "--time", "futime", "--event", "death", "--ci", "wide")[0] == 2


def test_follow_grade_reads_columns_of_adlb(run: Run) -> None:
    """The boundary grid as it stands; its rows of version 5 graded as by admiral."""
    table = reference("ctcae/ctcae_boundary_grid_golden.csv")
    code, out, _ = run("follow", "grade", table, "--ctcae", "5.0", "--json")
    found = json.loads(out)
    with table.open() as file:
        rows = list(csv.DictReader(file))
    own = [(answer["grade"], row) for answer, row in zip(found["rows"], rows, strict=True) if row["version"] == "v5"]
    assert code == 0
    assert len(own) == 2643
    assert all(grade == (int(row["GRADE"]) if row["GRADE"] else None) for grade, row in own)
    assert found["not_graded"]["count"] == sum(answer["grade"] is None for answer in found["rows"])


def test_proportion(run: Run) -> None:
    code, out, _ = run("follow", "proportion", "0", "8", "--json")
    answer = document(out)
    assert code == 0
    assert set(answer) >= {"estimate", "clopper_pearson", "mid_p", "wilson", "one_sided_upper"}
    assert (round(answer["one_sided_upper"], 3), round(answer["clopper_pearson"]["upper"], 3)) == (0.312, 0.369)


def test_grades_one_answer_per_row_in_order(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "lb.csv"
    table.write_text(
        "test,value,unit,lower_limit\nPLT,18,10^9/L,150\nHGB,105,g/L,120\nPLT,,10^9/L,150\nCREA,1,mg/dL,\n"
    )
    code, out, _ = run("follow", "grade", table, "--ctcae", "4.03", "--json")
    answer = document(out)
    assert code == 0
    assert [row["grade"] for row in answer["rows"]] == [4, 1, None, None]
    assert answer["not_graded"]["count"] == 2


def test_a_count_nobody_could_believe_is_not_graded_without_a_word(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "counts.csv"
    table.write_text(
        "test,value,unit,lower_limit\nhaemoglobin,79,g/dL,12\nneutrophils,400,K/uL,1.5\nhaemoglobin,7.9,g/dL,12\nALT,400,U/L,\n"
    )
    code, out, _ = run("follow", "grade", table, "--ctcae", "5.0", "--json")
    answer = document(out)
    assert code == 0
    assert [row["questioned"] is not None for row in answer["rows"]] == [True, True, False, False]
    assert "outside 1..25 g/dL" in answer["rows"][0]["because"]
    assert "outside 0..200" in answer["rows"][1]["because"]
    _, words, _ = run("follow", "grade", table, "--ctcae", "5.0")
    assert words.splitlines()[2].endswith("questioned: correct it, or confirm that it is right")


def test_response_of_a_table(run: Run) -> None:
    code, out, _ = run("follow", "response", EXAMPLE / "sources" / "mprotein.csv", "--criteria", "imwg-2016", "--json")
    answer = document(out)
    assert code == 0
    assert [subject["best"] for subject in answer["subjects"]] == ["MR", "SD", "SD", "SD", "SD", "MR", "MR", "SD"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("plan", "next", "--design", "three-plus-three", "--history", "2NNN"), 1, "starts at level 1"),
        (("plan", "next", "--design", "bion", "--history", "1NNN"), 2, "not known"),
        (("plan", "next", "--design", "boin", "--history", "1NNN"), 2, "needs a target DLT rate"),
        (("plan", "oc", "--design", "boin", "--target", "0.25", "--p", "0.1,1.2"), 1, "a DLT rate lies in 0..1"),
        (
            ("plan", "oc", "--design", "boin", "--target", "0.25", "--n", "3", "--cohort-size", "4", "--p", "0.1"),
            1,
            "one whole cohort",
        ),
        (("plan", "oc", "--design", "titecrm", *CRM, "--window", "85d", "--p", "0.1,0.2,0.3,0.4"), 1, "simulate it"),
        (("plan", "next", "--design", "titecrm", *CRM, "--window", "85d", "--history", "1NNP"), 1, "as in 1NNP40"),
        (("plan", "next", "--design", "crm", *CRM, "--history", "1NNN 3NNN"), 1, "step 2"),
        (("plan", "oc", "--design", "blrm", "--doses", "1,2", "--p", "0.1,0.2"), 2, "never assumed"),
        (("plan", "basket", "--responses", "6,3", "--sizes", "20,2"), 1, "group 2"),
        (("plan", "basket", "--responses", "6,3", "--sizes", "20,20", "--p0", "20"), 2, "between 0 and 1"),
        (("plan", "oc", *BOIN25, "--p", "0.1,0.25", "--arrivals", "2/28d"), 2, "exact results know no calendar"),
        (("plan", "oc", *BOIN25, "--p", "0.1,0.25", "--trials", "9", "--risk-of", "3"), 2, "is an exact result"),
        (("plan", "oc", *BOIN25, "--p", "0.1,0.25", "--levels", "3"), 2, "2 rates for 3 levels"),
        (
            ("plan", "oc", *BOIN25, "--p", "0.1,0.2,0.4", "--doses", "4,2,1", "--largest-increase", "2"),
            1,
            "doses are positive and increase",
        ),
        (
            ("plan", "oc", *BOIN25, "--p", "0.1,0.2,0.4", "--doses", "1,2", "--largest-increase", "2"),
            2,
            "3 rates for 2 levels",
        ),
        (("plan", "oc", *BOIN25, "--p", "0.1,nan"), 2, "must be finite"),
        (("plan", "paths", *BOIN25, "--p", "1.5,2"), 1, "a DLT rate lies in 0..1"),
        (("plan", "table", *BOIN25, "--stop-at", "9"), 2, "of the design alone"),
        (("plan", "table", *BOIN25, "--csv", "--svg"), 2, "give one of"),
        (("plan", "table", "--design", "mtpi", "--target", "0.05"), 1, "the interval around the target"),
        (
            (
                "plan",
                "next",
                "--design",
                "titeboin",
                "--target",
                "0.3",
                "--window",
                "85d",
                "--max-pending",
                "3",
                "--stop-at",
                "3",
                "--history",
                "1NNN",
            ),
            2,
            "do not fit",
        ),
        (
            ("plan", "next", "--design", "titeboin", "--target", "0.25", "--window", "85d", "--history", "1NNNNP160P1"),
            1,
            "at most the window of 85 days",
        ),
        (("plan", "next", "--design", "rolling-six", "--history", "1N 2NNN"), 1, "at least three without"),
        (("plan", "next", "--design", "3+3", "--history", "1NNN"), 2, "did you mean three-plus-three?"),
        (("plan", "next", "--design", "BOIN", "--history", "1NNN"), 2, "did you mean boin?"),
        (
            (
                "plan",
                "next",
                "--design",
                "table",
                "--table",
                "nowhere.csv",
                "--target",
                "0.3",
                "--n",
                "9",
                "--history",
                "1N",
            ),
            2,
            "there is no file",
        ),
        (("plan", "protocol", "--design", "rolling-six"), 2, "how many levels"),
        (("plan", "table", "--design", "crm", *CRM), 1, "no table"),
        (("plan", "two-stage", "--p0", "0.3", "--p1", "0.2", "--alpha", "0.05", "--beta", "0.1"), 1, "0 < p0 < p1 < 1"),
        (("plan", "next", "--design", "three-plus-three"), 2, "either a study folder or --history"),
        (("follow", "proportion", "9", "8"), 1, "x must lie in 0..n, got x = 9, n = 8"),
        (("treat", "nuclide", "I-132"), 1, "nearest are I-131"),
        (("treat", "sphere", "--nuclide", "I-131", "--mass", "0g"), 1, "a mass is positive"),
        (("treat", "sphere", "--nuclide", "I-131", "--mass", "-1g"), 2, "must not be negative"),
        (("treat", "sphere", "--nuclide", "I-131"), 2, "semi-axes"),
        (("treat", "cell", "--nuclide", "I-131", "--radius", "5um", "--nucleus", "6um"), 1, "lies within its cell"),
        (("treat", "cell", "--nuclide", "I-131", "--radius", "5um", "--source", "mitochondria"), 2, "none of nucleus"),
        (
            ("treat", "prescribe", "--level", "12.5", "--height", "162cm", "--weight", "68kg", "--nuclide", "I-131"),
            2,
            "is missing",
        ),
        (("study", "status", "nowhere"), 1, "is not a study"),
        (("find", "suv", ".", "--mask", "."), 2, ". is a folder: name the file in it"),
        (("readout", "nowhere"), 1, "is not a study"),
        (("follow", "km", "nowhere.csv", "--time", "t", "--event", "e"), 1, "there is no such file"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_what_cannot_be_answered_says_why(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended, out, err = run(*arguments)
    assert ended == code
    assert words in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
    ended, out, _ = run(*arguments, "--json") if arguments != ("nonsense",) else (2, "", "")
    assert ended == code
    assert out == "" or json.loads(out)


def test_what_is_typed_without_a_word_of_its_own_is_called_as_the_help_calls_it(run: Run, demo: Folder) -> None:
    code, _, err = run("study", "section", demo.path, "nonsense")
    assert code == 2
    assert "Invalid value for NAME: the readout" in " ".join(err.replace("│", " ").split())


def test_a_record_that_does_not_verify_is_not_read_out(run: Run, demo: Folder) -> None:
    kept = next((demo.path / "sources").glob("*/lb.csv"))
    kept.write_text("tampered")
    code, out, err = run("readout", demo.path)
    assert (code, out) == (1, "")
    assert "does not verify" in err
