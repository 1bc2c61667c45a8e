"""Zero is not "unknown": what rests on something nobody delivered is not computed, and what is odd is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from hevesy.blocks.number import Number, plain
from hevesy.blocks.prose import Paragraph
from hevesy.blocks.section import Section, numbers_in
from hevesy.conduct.analysis import Analysis, analyse
from hevesy.conduct.delivery import init_study
from hevesy.conduct.groups import columns
from hevesy.errors import DeliveryError
from hevesy.files.sources import read_sources
from hevesy.plan.basket import judged
from hevesy.readout.wording import percent
from hevesy.stats.survival import kaplan_meier, log_rank, settled
from hevesy.study.facts.fact import Fact
from hevesy.study.facts.response import Lesion
from hevesy.study.facts.safety import AdverseEvent
from hevesy.study.protocol import ResponsePlan
from hevesy.study.subject import Study
from tests.conftest import EXAMPLE, MAPPINGS, Folder, Run, reference
from tests.readout.laid_out import response_of, safety_of, summary_of

CUT = date(2016, 12, 1)


def numbers(*sections: Section) -> dict[str, Number]:
    return {number.id: number for section in sections for number in numbers_in(section.blocks)}


def with_events(study: Study, change: Callable[[AdverseEvent], AdverseEvent]) -> Analysis:
    def changed(event: Fact) -> Fact:
        return change(event) if isinstance(event, AdverseEvent) else event

    subjects = tuple(replace(one, events=tuple(changed(event) for event in one.events)) for one in study.subjects)
    return analyse(replace(study, subjects=subjects), CUT)


def test_a_rate_of_severe_events_without_any_grade_is_not_known(demo_study: Study) -> None:
    found = numbers(safety_of(with_events(demo_study, lambda event: replace(event, grade=None))))
    for kind in ("first", "all"):
        assert found[f"ae-rate-grade3-{kind}-all"].value is None
        assert found[f"ae-rate-grade3-{kind}-all"].text == "not known: no event has a grade"
    assert found["ae-rate-any-all-all"].value is not None


def test_a_rate_of_related_events_without_any_relation_is_not_known(demo_study: Study) -> None:
    found = numbers(safety_of(with_events(demo_study, lambda event: replace(event, related=None))))
    assert found["ae-rate-related-all-all"].text == "not known: no event has a relation"


def test_grades_known_in_part_give_bounds(demo_study: Study) -> None:
    full = numbers(safety_of(analyse(demo_study, CUT)))["ae-rate-grade3-all-all"].value
    assert isinstance(full, float)
    blank = with_events(demo_study, lambda event: replace(event, grade=None) if event.term == "Anaemia" else event)
    found = numbers(safety_of(blank))["ae-rate-grade3-all-all"]
    assert found.value is None
    assert found.text.startswith("at least ")
    assert ", at most " in found.text


def test_no_severe_event_among_graded_ones_is_a_rate_of_nothing(demo_study: Study) -> None:
    found = numbers(safety_of(with_events(demo_study, lambda event: replace(event, grade=1))))
    assert found["ae-rate-grade3-all-all"].value == 0


def test_serious_flags_nobody_delivered_are_not_none(demo_study: Study) -> None:
    found = numbers(safety_of(with_events(demo_study, lambda event: replace(event, serious=None))))
    assert (found["ae-serious-all"].value, found["ae-serious-all"].text) == (None, "not known")


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [(5 / 8, 0, "63 %"), (1 / 8, 0, "13 %"), (29 / 200, 0, "15 %"), (1 / 254, 0, "<1 %"), (1 / 10_000, 1, "<0.1 %"), (0.0, 0, "0 %"), (1.0, 1, "100.0 %")],
)  # fmt: skip
def test_halves_are_rounded_up_and_a_count_above_nothing_is_never_0_percent(
    share: float, digits: int, text: str
) -> None:
    assert percent(share, digits) == text


def lesions_without_a_word(study: Study) -> Study:
    """Lesions of every subject, measured and without a statement on new ones; two grow."""
    subjects = []
    for place, subject in enumerate(study.subjects):
        assert subject.day_1 is not None
        sizes = (30.0, 40.0 if place < 2 else 15.0, 40.0 if place < 2 else 15.0)
        lesions = [
            Lesion(
                subject=subject.id,
                row=50_000 + 10 * place + n,
                on=subject.day_1 + timedelta(days=days),
                lesion="T1",
                longest_mm=size,
            )
            for n, (days, size) in enumerate(zip((-7, 42, 84), sizes, strict=True))
        ]
        subjects.append(replace(subject, events=(*subject.events, *lesions)))
    plan = replace(study.protocol, response=ResponsePlan(criteria="recist-1.1"))
    return replace(study, protocol=plan, subjects=tuple(subjects), delivered_kinds=study.delivered_kinds | {"lesion"})


def test_no_rate_where_only_progression_could_be_judged(demo_study: Study) -> None:
    study = lesions_without_a_word(demo_study)
    found = analyse(study, CUT)
    section = response_of(found)
    assert section is not None
    assert not any(key.startswith("orr") for key in numbers(section))
    told = "".join(
        plain(part) for block in summary_of(found).blocks if isinstance(block, Paragraph) for part in block.parts
    )
    assert (
        "Response not known, because only progression could be judged: nobody says whether there were new lesions"
        in told
    )
    listed = analyse(replace(study, new_lesions_listed=True), CUT)
    rates = response_of(listed)
    assert rates is not None
    assert numbers(rates)["orr-treated-all"].value == 6 / 8


def test_the_summary_answers_its_five_questions_whatever_is_missing(tmp_path: Path) -> None:
    from hevesy.conduct.recorded_study import read_record
    from hevesy.readout.build import build

    (tmp_path / "protocol.toml").write_text('[study]\nid = "S"\ntitle = "T"\n[[arm]]\ncode = "1"\nname = "One"\n')
    init_study(tmp_path / "study", tmp_path / "protocol.toml", MAPPINGS / "clr131.toml", "tester")
    folder = Folder(tmp_path / "study")
    dm = (
        "\n".join(
            line for line in (EXAMPLE / "sources" / "dm.csv").read_text().splitlines() if not line.startswith("2-")
        )
        + "\n"
    )
    assert folder.deliver(folder.write("dm.csv", dm)).written
    page = build(read_record(folder.path), CUT)
    told = [
        "".join(plain(part) for part in block.parts)
        for block in page.sections[0].blocks
        if isinstance(block, Paragraph)
    ]
    for question, answer in (
        ("Do we escalate?", "Not asked: the protocol has no [escalation]"),
        ("Who was treated?", "0 treated of 4 enrolled"),
        ("Is it safe?", "adverse events not known, because none have been delivered"),
        ("Does it work?", "Response not known, because the protocol names no response criteria"),
        ("Can we stand behind it?", "reported values disagree with ours"),
    ):
        assert any(line.startswith(question) and answer in line for line in told), (question, told)


@pytest.mark.parametrize("name", ["administered_mCI", "deviation_pct", "prescribed", "ctcae_grade"])
def test_a_misspelt_name_as_reported_is_refused(name: str) -> None:
    """Four misspelt names took eight of twelve disagreements away."""
    text = (
        (MAPPINGS / "clr131.toml")
        .read_text()
        .replace('deviation_percent = "deviation_pct"', f'{name} = "deviation_pct"')
    )
    with pytest.raises(DeliveryError, match="is held against nothing"):
        read_sources(text)
    assert read_sources(text, recorded=True), "a record that names it already can still be read"


def test_many_and_few_responses_of_large_baskets_are_probabilities() -> None:
    for method in ("bhm", "exnex"):
        for responses, sizes in (
            ((5, 5), (100, 100)),
            ((0, 30), (20, 30)),
            ((100, 0), (100, 100)),
            ((0, 3), (200, 20)),
        ):
            found = judged(method, responses, sizes, 0.2)
            every = np.array([*found.post_prob, *found.mean, *found.lower, *found.upper])
            assert np.isfinite(every).all()
            assert every.min() >= 0
            assert every.max() <= 1
            assert not any(str(one).startswith("-") for one in found.post_prob)
            for place, (count, size) in enumerate(zip(responses, sizes, strict=True)):
                assert found.lower[place] <= found.mean[place] <= found.upper[place]
                assert abs(found.mean[place] - count / size) < 0.06


def test_a_hierarchical_posterior_is_that_of_a_plain_sum() -> None:
    """Two baskets of 40, by a Riemann sum over mean, spread and both log odds."""
    y, n, null = (6, 14), (40, 40), 0.2
    found = judged("bhm", y, n, null)
    centre = np.log(null / (1 - null))
    step = 0.01
    mu, tau = np.linspace(centre - 10, centre + 10, 401), (np.arange(240) + 0.5) * 0.025
    theta = centre + (np.arange(-800, 800) + 0.5) * step  # the null rate lies between two points
    likelihood = [
        np.exp(a * -np.log1p(np.exp(-theta)) + (b - a) * -np.log1p(np.exp(theta)) + 20)
        for a, b in zip(y, n, strict=True)
    ]
    weight = np.exp(-(((mu - centre) / 2) ** 2) / 2)[:, None] * np.exp(-(tau**2) / 2)[None, :]
    marginal, above = [], []
    for own in likelihood:
        both = [np.empty((mu.size, tau.size)), np.empty((mu.size, tau.size))]
        for k, spread in enumerate(tau):
            kernel = np.exp(-(((theta[None, :] - mu[:, None]) / spread) ** 2) / 2) / spread
            kernel /= np.maximum(kernel.sum(axis=1, keepdims=True) * step, 1e-300)
            both[0][:, k] = kernel @ own * step
            both[1][:, k] = (kernel * (theta > centre)) @ own * step
        marginal.append(both[0])
        above.append(both[1])
    total = weight * marginal[0] * marginal[1]
    first = (weight * above[0] * marginal[1]).sum() / total.sum()
    second = (weight * marginal[0] * above[1]).sum() / total.sum()
    assert found.post_prob == pytest.approx((first, second), abs=0.004)


def test_times_equal_but_for_rounding_are_equal() -> None:
    assert settled(np.array([0.3, 0.1 + 0.2])).tolist() == [0.3, 0.3]
    assert settled(np.array([1.0, 1.001])).tolist() == [1.0, 1.001]
    assert kaplan_meier([0.3, 0.1 + 0.2, 0.5], [1, 1, 1]).time.tolist() == [0.3, 0.5]
    pair = ([0.1 + 0.2, 0.7], [1, 1]), ([0.3, 0.8], [1, 0])
    exact = ([0.3, 0.7], [1, 1]), ([0.3, 0.8], [1, 0])
    assert log_rank(pair).chi_square == log_rank(exact).chi_square


def test_what_is_asked_beyond_the_follow_up_says_so(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("time,event,arm,x\n10,1,A,1\n20,0,A,2\n30,1,B,3\n40,0,B,1\n50,0,C,2\n60,0,C,1\n")
    asked = ("follow", "km", table, "--time", "time", "--event", "event", "--at", "15,100", "--rmst", "100")
    document = json.loads(run(*asked, "--json")[1])
    assert [here["beyond_follow_up"] for here in document["groups"][0]["at"]] == [False, True]
    assert sum("beyond the follow-up" in line for line in document["because"]) == 2
    assert run(*asked)[1].count("beyond the follow-up") == 2


def test_an_arm_without_events_does_not_refuse_the_others(run: Run, tmp_path: Path) -> None:
    rows = [(time, int(time % 3 != 0), "A" if time % 2 else "B", time % 5) for time in range(5, 45)]
    lines = [f"{time},{event},{arm},{x}" for time, event, arm, x in rows]
    table, whole = tmp_path / "t.csv", tmp_path / "w.csv"
    table.write_text("\n".join(["time,event,arm,x", *lines]) + "\n")
    whole.write_text(
        "\n".join(["time,event,arm,x", *lines, *(f"{time},0,C,{time % 5}" for time in range(6, 30))]) + "\n"
    )
    asked = ("--time", "time", "--event", "event", "--covariates", "arm,x", "--json")
    without = json.loads(run("follow", "cox", table, *asked)[1])
    code, out, _ = run("follow", "cox", whole, *asked)
    document = json.loads(out)
    assert code == 0
    assert document["coefficients"][:2] == without["coefficients"]
    assert document["coefficients"][2]["name"] == "arm=C"
    assert document["coefficients"][2]["hazard_ratio"] is None
    assert any("arm=C: nobody in it had the event" in line for line in document["because"])


def test_an_infinite_limit_is_null_and_no_traceback(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text(
        "time,event,x\n1,1,0.001\n2,1,0.0011\n3,0,0.0012\n4,1,0.0009\n5,1,0.00095\n6,1,0.00105\n7,0,0.001\n"
    )
    code, out, _ = run("follow", "cox", table, "--time", "time", "--event", "event", "--covariates", "x", "--json")
    assert code == 0
    assert json.loads(out)["coefficients"][0]["upper"] is None


def test_laboratory_rows_of_the_pilot_give_no_zero_that_nobody_delivered(tmp_path: Path) -> None:
    """No event of the pilot has a grade: nothing about grades is a figure."""
    (tmp_path / "protocol.toml").write_text(
        '[study]\nid = "P"\ntitle = "P"\nctcae_version = "5.0"\nunassigned_arms = ["Scrnfail"]\n'
        + "".join(f'[[arm]]\ncode = "{code}"\nname = "{code}"\n' for code in ("Pbo", "Xan_Lo", "Xan_Hi"))
    )
    init_study(tmp_path / "pilot", tmp_path / "protocol.toml", MAPPINGS / "sdtm.toml", "tester")
    folder = Folder(tmp_path / "pilot")
    assert folder.deliver(*(reference(f"cdisc_pilot/{name}.xpt") for name in ("dm", "ae", "ex"))).written
    study = folder.study()
    found = numbers(safety_of(analyse(study, date(2015, 3, 5))))
    about_grades = [number for key, number in found.items() if "grade" in key]
    assert about_grades
    assert all(number.value is None for number in about_grades)
    assert not any(" 0 %" in number.text or "(0 %)" in number.text for number in found.values() if number.value)
    assert columns(analyse(study, date(2015, 3, 5)))
