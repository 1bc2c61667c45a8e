"""Decay chains against the matrix exponential and secular equilibrium."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from hevesy.errors import RuleError
from hevesy.nuclides.chain import activities_MBq, daughters_matter, daughters_per_decay, emissions_with_chain
from hevesy.nuclides.library import chain, emissions, names, nuclide, parents_first


def by_exponential(name: str, elapsed_h: float) -> dict[str, float]:
    members = chain(name)
    rate = {one: np.log(2) / nuclide(one).half_life_h for one in members}
    matrix = np.zeros((len(members), len(members)))
    for place, one in enumerate(members):
        matrix[place, place] = -rate[one]
        for mode in nuclide(one).modes:
            if mode.daughter in rate:
                matrix[members.index(mode.daughter), place] += mode.branching * rate[one]
    atoms = expm(matrix * elapsed_h)[:, 0] / rate[members[0]]
    return {one: float(atoms[place] * rate[one]) for place, one in enumerate(members)}


@pytest.mark.parametrize("name", ["I-131", "Zr-89", "Tb-149", "Tb-152", "At-211"])
@pytest.mark.parametrize("elapsed_h", [0.1, 7.0, 200.0])
def test_activities_are_those_of_the_matrix_exponential(name: str, elapsed_h: float) -> None:
    """Nuclides that live milliseconds are left out of the comparison: the exponential loses them in rounding."""
    ours, theirs = activities_MBq(name, 3.0, [elapsed_h]), by_exponential(name, elapsed_h)
    for one, activity in theirs.items():
        if nuclide(one).half_life_h > 1e-3:
            assert ours[one][0] == pytest.approx(3 * activity, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(("name", "days"), [("Ac-225", 20), ("Ra-223", 20), ("Pb-212", 2)])
def test_daughters_come_to_equilibrium(name: str, days: float) -> None:
    """The first daughter's activity over the parent's is l2 / (l2 - l1) once the daughter has forgotten its start."""
    daughter = nuclide(name).modes[0].daughter
    found = activities_MBq(name, 1.0, [24.0 * days])
    first, second = nuclide(name).half_life_h, nuclide(daughter).half_life_h
    assert found[daughter][0] / found[name][0] == pytest.approx(first / (first - second), rel=2e-7)


def test_the_ends_of_branches_share_the_parent() -> None:
    """Bi-212 goes to Tl-208 and Po-212 as 36 to 64."""
    found = activities_MBq("Pb-212", 1.0, [48.0])
    assert (found["Tl-208"][0] + found["Po-212"][0]) / found["Bi-212"][0] == pytest.approx(1, rel=0.03)
    assert found["Tl-208"][0] / found["Po-212"][0] == pytest.approx(0.3594 / 0.6406, rel=0.06)


@given(st.floats(0, 2000))
def test_no_activity_is_negative_and_the_parent_decays_as_alone(elapsed_h: float) -> None:
    found = activities_MBq("Th-227", 5.0, [elapsed_h])
    assert all(values[0] >= 0 for values in found.values())
    assert found["Th-227"][0] == pytest.approx(5 * 2 ** (-elapsed_h / nuclide("Th-227").half_life_h), rel=1e-12)


def test_a_chain_is_not_followed_backwards() -> None:
    with pytest.raises(ValueError, match="got -1"):
        activities_MBq("Ac-225", 1.0, [-1.0])
    with pytest.raises(ValueError, match="not negative and finite"):
        activities_MBq("Ac-225", float("nan"), [1.0])


def test_parents_stand_before_their_daughters() -> None:
    for name in ("Th-227", "At-211", "Pb-212", "Tb-149"):
        members = chain(name)
        for place, one in enumerate(members):
            assert all(members.index(mode.daughter) > place for mode in nuclide(one).modes if mode.daughter in members)


@given(
    st.integers(1, 7).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.tuples(st.integers(0, n), st.integers(0, n)), max_size=14))
    )
)
def test_any_web_of_daughters_is_put_in_order(web: tuple[int, set[tuple[int, int]]]) -> None:
    """Names drawn without order; edges from lower to higher numbers, so that there is no ring."""
    size, pairs = web
    name = [f"{(7 * place + 3) % 11}" for place in range(size + 1)]
    daughters = {name[place]: [name[b] for a, b in sorted(pairs) if a == place and a < b] for place in range(size + 1)}
    found = parents_first(name[0], daughters)
    assert len(set(found)) == len(found)
    reached, todo = {name[0]}, [name[0]]
    while todo:
        for one in daughters[todo.pop()]:
            if one not in reached:
                reached.add(one)
                todo.append(one)
    assert set(found) == reached
    assert all(found.index(one) < found.index(daughter) for one in found for daughter in daughters[one])


@pytest.mark.parametrize("name", ["Ac-225", "Ra-223", "Zr-89", "Pb-212", "Th-227"])
def test_equilibrium_is_where_activities_come_to(name: str) -> None:
    """By the sums along the chain, after twenty half-lives of the slowest daughter."""
    found = daughters_per_decay(name, "equilibrium")
    slowest = max(nuclide(one).half_life_h for one in found)
    parent = nuclide(name).half_life_h
    elapsed = 20 * slowest * parent / (parent - slowest)
    activities = activities_MBq(name, 1.0, [elapsed])
    for one, ratio in found.items():
        assert activities[one][0] / activities[name][0] == pytest.approx(ratio, rel=1e-4), one


@pytest.mark.parametrize("name", ["Ac-225", "Zr-89", "I-131", "At-211", "Tb-149"])
def test_decays_once_all_have_decayed_are_the_integral_of_activities(name: str) -> None:
    """Sums of activities over time by Simpson's rule on a grid of the logarithm, against the product of branchings."""
    found = daughters_per_decay(name, "stays")
    longest = max(nuclide(one).half_life_h for one in (name, *found))
    logs = np.linspace(np.log(1e-6), np.log(60 * longest), 1201)
    times = np.exp(logs)
    activities = activities_MBq(name, 1.0, times.tolist())
    parent = nuclide(name).half_life_h / np.log(2)
    for one, number in found.items():
        whole = np.trapezoid(np.array(activities[one]) * times, logs) / parent
        assert whole == pytest.approx(number, rel=2e-3, abs=1e-7), one


@pytest.mark.parametrize("name", [one for one in names() if daughters_per_decay(one, "stays")])
def test_a_chain_gives_what_its_members_give(name: str) -> None:
    """Energies by carrier are the weighted sums of the members' own; each of them emits as it does alone."""
    whole = emissions_with_chain(name, "stays")
    weights = {name: 1.0} | daughters_per_decay(name, "stays")
    for carrier in ("electron_keV", "photon_keV", "alpha_keV", "beta_keV"):
        expected = sum(number * getattr(emissions(one), carrier) for one, number in weights.items())
        assert getattr(whole, carrier) == pytest.approx(expected, rel=1e-6, abs=1e-12), carrier


@pytest.mark.parametrize("name", names())
def test_only_daughters_that_carry_little_may_go_unsaid(name: str) -> None:
    mattering = daughters_matter(name)
    if mattering:
        with pytest.raises(RuleError, match=f"daughters of {name} matter"):
            emissions_with_chain(name)
    else:
        alone, whole = emissions_with_chain(name), emissions_with_chain(name, "stays")
        assert alone.energy_keV == pytest.approx(whole.energy_keV, rel=0.0101)
        assert alone.electron_keV + alone.alpha_keV == pytest.approx(whole.electron_keV + whole.alpha_keV, rel=0.0101)


def test_an_equilibrium_that_never_comes_is_refused_where_it_matters() -> None:
    """Eu-145 and Gd-149 live longer than Tb-149; Xe-131m lives longer than I-131 and carries 0.3 % of its energy."""
    with pytest.raises(RuleError, match="Tb-149 never comes to equilibrium with Eu-145"):
        emissions_with_chain("Tb-149", "equilibrium")
    assert "not followed: Xe-131m" in emissions_with_chain("I-131", "equilibrium").because[0]


def test_equilibrium_that_counts_more_decays_than_come_is_told() -> None:
    """Ra-223 lives 61 % as long as Th-227: 2.57 of its decays to one, of which but one can come of it."""
    warned = emissions_with_chain("Th-227", "equilibrium").warnings
    assert any("a decay of Th-227 goes with 2.57 of Ra-223, 2.57 times what come of it" in one for one in warned)
    for right in (
        emissions_with_chain("Th-227", "stays"),
        emissions_with_chain("Ac-225", "equilibrium"),
        emissions_with_chain("Zr-89", "equilibrium"),
    ):
        assert not any("times what come" in one for one in right.warnings)
