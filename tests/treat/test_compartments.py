"""Compartment models against Bateman's closed form, an integrator, and the two ways of their own integral."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from hevesy.errors import RuleError
from hevesy.nuclides.chain import activities_MBq
from hevesy.nuclides.library import nuclide
from hevesy.study.biokinetics import BiokineticModel, Compartment, Transfer
from hevesy.treat.compartments import Compartments, compartments

Floats = NDArray[np.float64]


def bateman(rates_per_h: list[float], elapsed_h: float) -> list[float]:
    """Contents of a line of compartments, each emptied into the next, with 1 in the first: Bateman 1910, 60 digits."""
    with localcontext() as context:
        context.prec = 60
        rates, time = [Decimal(rate) for rate in rates_per_h], Decimal(elapsed_h)
        found = []
        for last in range(len(rates)):
            total, fed = Decimal(0), Decimal(1)
            for rate in rates[:last]:
                fed *= rate
            for one in range(last + 1):
                below = Decimal(1)
                for other in range(last + 1):
                    if other != one:
                        below *= rates[other] - rates[one]
                total += (-rates[one] * time).exp() / below
            found.append(float(fed * total))
        return found


def line(rates_per_h: list[float]) -> BiokineticModel:
    """A line of compartments of I-131; the last is emptied into what is excreted."""
    places = [Compartment(nuclide="I-131", name=f"c{place}", region=None) for place in range(len(rates_per_h))]
    return BiokineticModel(
        title="line",
        nuclides=("I-131",),
        compartments=(*places, Compartment(nuclide="I-131", name="out", region=None, excreted=True)),
        transfers=tuple(Transfer(start=one, end=one + 1, per_h=rate) for one, rate in enumerate(rates_per_h)),
        births=(),
        intake=((0, 1.0),),
    )


@given(
    rates=st.lists(st.floats(0.01, 20.0), min_size=1, max_size=6).filter(
        lambda rates: all(abs(one / other - 1) > 0.05 for i, one in enumerate(rates) for other in rates[:i])
    ),
    elapsed_h=st.floats(0.05, 100.0),
)
def test_a_line_of_compartments_is_batemans(rates: list[float], elapsed_h: float) -> None:
    decay = math.log(2) / 192.6
    found = compartments(line(rates), {"I-131": 192.6}, _none).at(elapsed_h)[0]
    # What is fed to the next is the transfer, not the decay: Bateman's chain with decay taken out of it.
    told = np.array(bateman(rates, elapsed_h)) * math.exp(-decay * elapsed_h)
    assert np.allclose(found[:-1], told, rtol=1e-10, atol=1e-13)


def _none(parent: str, daughter: str) -> float:
    raise AssertionError("no daughter is born here")


@pytest.mark.parametrize("name", ["Pb-212", "Ac-225", "Ra-223"])
@pytest.mark.parametrize("elapsed_h", [0.5, 24.0, 240.0])
def test_a_chain_that_stays_has_the_activities_of_decay_alone(name: str, elapsed_h: float) -> None:
    """Each member in one compartment, nothing moves: the same as sums over every path in 60 digits."""
    told = activities_MBq(name, 1.0, [elapsed_h])
    members = tuple(told)
    births = [
        (members.index(one), members.index(mode.daughter))
        for one in members
        for mode in nuclide(one).modes
        if mode.daughter in told
    ]
    model = BiokineticModel(
        title=name,
        nuclides=members,
        compartments=tuple(Compartment(nuclide=one, name="body", region=None) for one in members),
        transfers=(),
        births=tuple(dict.fromkeys(births)),
        intake=((0, 1.0),),
    )

    def branching(parent: str, daughter: str) -> float:
        return math.fsum(mode.branching for mode in nuclide(parent).modes if mode.daughter == daughter)

    half_lives = {one: nuclide(one).half_life_h for one in members}
    found = compartments(model, half_lives, branching).at(elapsed_h)[0]
    assert np.allclose(found, [told[one][0] for one in members], rtol=1e-8, atol=1e-12)


@given(
    leaves_per_h=st.floats(0.001, 5.0),
    daughter_leaves_per_h=st.floats(0.001, 5.0),
    half_life_h=st.floats(1.0, 300.0),
    daughter_half_life_h=st.floats(1.0, 300.0),
    branching=st.floats(0.01, 1.0),
    elapsed_h=st.floats(0.1, 200.0),
)
def test_a_daughter_has_its_own_kinetics(
    leaves_per_h: float,
    daughter_leaves_per_h: float,
    half_life_h: float,
    daughter_half_life_h: float,
    branching: float,
    elapsed_h: float,
) -> None:
    """Bateman's second member, each of the two with its own decay and its own way out."""
    model = BiokineticModel(
        title="parent and daughter",
        nuclides=("P", "D"),
        compartments=tuple(
            Compartment(nuclide=one, name=name, region=None, excreted=name == "out")
            for one in ("P", "D")
            for name in ("organ", "out")
        ),
        transfers=(
            Transfer(start=0, end=1, per_h=leaves_per_h),
            Transfer(start=2, end=3, per_h=daughter_leaves_per_h),
        ),
        births=((0, 2),),
        intake=((0, 1.0),),
    )
    system = compartments(model, {"P": half_life_h, "D": daughter_half_life_h}, lambda *_: branching)
    own = math.log(2) / daughter_half_life_h
    first, second = math.log(2) / half_life_h + leaves_per_h, own + daughter_leaves_per_h
    gap = second - first
    grown = elapsed_h if gap == 0 else -math.expm1(-gap * elapsed_h) / gap
    found = system.at(elapsed_h)[0]
    assert found[0] == pytest.approx(math.exp(-first * elapsed_h), rel=1e-10, abs=1e-14)
    assert found[2] == pytest.approx(branching * own * math.exp(-first * elapsed_h) * grown, rel=1e-9, abs=1e-14)
    assert system.integral_h()[2] == pytest.approx(branching * own / (first * second), rel=1e-12)


@pytest.fixture(scope="module")
def recirculating() -> Compartments:
    """Blood, thyroid, tissue and bladder that exchange, with a rate that is repeated: no closed form is at hand."""
    names = ("blood", "thyroid", "tissue", "bladder", "urine")
    moves = [(0, 1, 0.3), (1, 0, 0.004), (0, 2, 25.0), (2, 0, 14.0), (0, 3, 0.5), (3, 4, 0.5), (2, 1, 0.01)]
    return compartments(
        BiokineticModel(
            title="",
            nuclides=("I-124",),
            compartments=tuple(
                Compartment(nuclide="I-124", name=name, region=None, excreted=name == "urine") for name in names
            ),
            transfers=tuple(Transfer(start=start, end=end, per_h=rate) for start, end, rate in moves),
            births=(),
            intake=((0, 0.75), (2, 0.25)),
        ),
        {"I-124": 100.2},
        _none,
    )


def test_contents_and_integrals_are_an_integrators(recirculating: Compartments) -> None:
    n = len(recirculating.names)

    def change(_: float, state: Floats) -> Floats:
        return np.append(recirculating.change_per_h @ state[:n], state[:n])

    times = [0.1, 3.0, 48.0, 400.0]
    told = solve_ivp(
        change, (0.0, 400.0), np.append(recirculating.start, np.zeros(n)), "Radau", times, rtol=1e-11, atol=1e-14
    ).y
    assert np.allclose(recirculating.at(times).T, told[:n], rtol=1e-7, atol=1e-11)
    for place, time in enumerate(times):
        assert np.allclose(recirculating.integral_h(time), told[n:, place], rtol=1e-8, atol=1e-11)


def test_an_integral_over_fifty_years_is_the_one_to_the_end(recirculating: Compartments) -> None:
    whole = recirculating.integral_h()
    assert np.allclose(recirculating.integral_h(50 * 365 * 24.0), whole, rtol=1e-11)
    # All that was taken in decays somewhere: the integrals add up to the mean life.
    assert whole.sum() == pytest.approx(100.2 / math.log(2), rel=1e-12)


def test_what_never_ends_has_no_integral() -> None:
    still = Compartments(names=("a",), change_per_h=np.zeros((1, 1)), start=np.ones(1))
    assert still.integral_h(5.0) == pytest.approx([5.0])
    with pytest.raises(RuleError, match="neither decays nor leaves"):
        still.integral_h()
    with pytest.raises(RuleError, match="0 h or more"):
        still.at(-1.0)
