"""What RJafroc prints of published reader studies: random and fixed readers and cases, two and five modalities.

From D. P. Chakraborty, The RJafroc book, Obuchowski-Rockette applications: figures of merit and covariances as printed
go in, tests and intervals as printed are compared. The ratings behind them are not needed, nor kept here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from hevesy.stats.merit import Figures
from hevesy.stats.reader import obuchowski_rockette
from hevesy.stats.words import Effect


class Told(NamedTuple):
    """A study: figures by modality and reader, error variance and covariance of readers by modality, Cov1, Cov3."""

    figures: list[list[float]]
    error: list[float]
    cov1: float
    cov2: list[float]
    cov3: float

    def read(self) -> Figures:
        """Figures whose covariances are the printed means."""
        t, r = len(self.figures), len(self.figures[0])
        spread: NDArray[np.float64] = np.full((t, r, t, r), self.cov3)
        for one in range(t):
            spread[one, :, one, :] = self.cov2[one]
            for reader in range(r):
                spread[one, reader, :, reader] = self.cov1
        for one in range(t):
            for reader in range(r):
                spread[one, reader, one, reader] = self.error[one]
        return Figures(
            modalities=tuple(f"trt{at}" for at in range(t)),
            readers=tuple(f"rdr{at}" for at in range(r)),
            estimates=np.array(self.figures),
            covariance=spread,
            method="jackknife",
            diseased=45,
            healthy=69,
        )


VAN_DYKE = Told(
    [
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    ],
    [0.00101410277, 0.00059047376],
    0.00034661371,
    [0.00048396180, 0.00020418785],
    0.00023902837,
)
ZANCA = Told(
    [
        [0.90425, 0.79820, 0.81175, 0.86645],
        [0.86425, 0.84470, 0.82050, 0.87160],
        [0.81295, 0.81635, 0.75275, 0.85730],
        [0.90235, 0.83150, 0.78865, 0.87980],
        [0.84140, 0.77300, 0.77115, 0.84800],
    ],
    [7.8911924e-04] * 5,
    2.9480096e-04,
    [2.3331406e-04] * 5,
    2.1212789e-04,
)
ZANCA_MARKS = Told(
    [
        [0.77926667, 0.72489167, 0.70362500, 0.80509167],
        [0.78700000, 0.72690000, 0.72261667, 0.80378333],
        [0.72969167, 0.71575833, 0.67230833, 0.77265833],
        [0.81013333, 0.74311667, 0.69435833, 0.82940833],
        [0.74880000, 0.68227500, 0.65517500, 0.77125000],
    ],
    [0.00092808365] * 5,
    0.00042203598,
    [0.00033615564] * 5,
    0.00030431124,
)


class Analysed(NamedTuple):
    """What is printed of an analysis: F (or chi-square over its df), p, limits of the first and the last difference."""

    study: Told
    fixed: str
    statistic: float
    df2: float | None
    p_value: float
    first: tuple[float, float]
    last: tuple[float, float]


EVERY = [
    Analysed(VAN_DYKE, "", 4.4563187, 15.259675, 0.051665686, *[(-0.087959499, 0.00035885444)] * 2),
    Analysed(VAN_DYKE, "readers", 5.4759532, None, 0.019279843, *[(-0.080485914, -0.0071147303)] * 2),
    Analysed(VAN_DYKE, "cases", 8.704, 4, 0.041958752, *[(-0.085020224, -0.0025804202)] * 2),
    Analysed(ZANCA, "", 3.4682364, 16.803749, 0.030544556, (-0.04002130451, 0.0298213045), (0.00726619549, 0.0771088045)),
    Analysed(ZANCA, "readers", 13.601264 / 4, None, 0.0086826618, (-0.0378342386, 0.0276342386), (0.0094532614, 0.0749217386)),
    Analysed(ZANCA, "cases", 4.1041306, 12, 0.025328308, (-0.0382225014, 0.0280225014), (0.0090649986, 0.0753100014)),
    Analysed(ZANCA_MARKS, "", 7.8002997, 36.793343, 0.000117105, (-0.0315514439, 0.0178389439), (0.0301839727, 0.0795743606)),
    Analysed(ZANCA_MARKS, "readers", 15.403026 / 4, None, 0.0039343238, (-0.0408485147, 0.027136015), (0.0208869019, 0.088871431)),
    Analysed(ZANCA_MARKS, "cases", 13.658572, 12, 0.00020192224, (-0.026920472, 0.013207972), (0.034814945, 0.0749433886)),
]  # fmt: skip


def effect(name: str, fixed: str) -> Effect:
    return "fixed" if name == fixed else "random"


@pytest.mark.parametrize(
    "told", EVERY, ids=[f"{place // 3} {one.fixed or 'random'}" for place, one in enumerate(EVERY)]
)
def test_the_test_and_the_differences_are_those_that_rjafroc_prints(told: Analysed) -> None:
    found = obuchowski_rockette(
        told.study.read(), readers=effect("readers", told.fixed), cases=effect("cases", told.fixed)
    )
    assert found.equality is not None
    assert found.equality.statistic == pytest.approx(told.statistic, rel=1e-6)
    assert found.equality.p_value == pytest.approx(told.p_value, rel=2e-6)
    if told.df2 is None:
        assert found.equality.df2 is None
    else:
        assert found.equality.df2 == pytest.approx(told.df2, rel=1e-6)
    for one, limits in ((found.differences[0], told.first), (found.differences[-1], told.last)):
        assert (one.lower, one.upper) == pytest.approx(limits, abs=2e-8)


def test_components_and_the_modalities_alone_are_those_that_rjafroc_prints() -> None:
    found = obuchowski_rockette(VAN_DYKE.read())
    assert found.components is not None
    assert found.components.reader == pytest.approx(0.00153499935, rel=1e-6)
    assert found.components.modality_reader == pytest.approx(0.00020040252, rel=1e-5)
    limits = [(one.lower, one.upper) for one in found.modalities]
    assert limits[0] == pytest.approx((0.82522360, 0.96885048), abs=2e-8)
    assert limits[1] == pytest.approx((0.89413783, 0.98753689), abs=2e-8)
    fixed = obuchowski_rockette(VAN_DYKE.read(), readers="fixed").modalities
    assert [one.lower for one in fixed] == pytest.approx([0.84943008, 0.90795637], abs=2e-8)
