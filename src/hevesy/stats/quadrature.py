"""Integration over a line in panels, with a place to cut: no Monte Carlo, and no step function laid on a grid.

Between nodes the integrand is taken as the polynomial through the nodes of its panel, so that an integral up to any
point inside a panel is as good as one over whole panels. An indicator put on a grid of points is not: the probability
of an interval then jumps by the weight of a node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Composite Gauss-Legendre quadrature: `panels` equal panels of `order` nodes between `low` and `high`."""

    low: float
    high: float
    panels: int
    order: int

    @property
    def width(self) -> float:
        """Width of a panel."""
        return (self.high - self.low) / self.panels

    def nodes(self) -> Floats:
        """The nodes in ascending order, `panels * order` of them."""
        x, _ = legendre.leggauss(self.order)
        left = self.low + self.width * np.arange(self.panels)
        return np.asarray((left[:, None] + self.width * (x + 1) / 2).ravel())

    def weights(self) -> Floats:
        """Weights of the whole integral."""
        _, w = legendre.leggauss(self.order)
        return np.tile(w * self.width / 2, self.panels)

    def weights_above(self, cuts: Floats) -> Floats:
        """Weights of the integral from each cut to `high`: shape of `cuts`, then the nodes.

        >>> line = Panels(low=0, high=1, panels=2, order=4)
        >>> round(float(line.weights_above(np.array(0.3)) @ line.nodes() ** 2), 12)  # (1 - 0.3**3) / 3
        0.324333333333
        """
        x, w = legendre.leggauss(self.order)
        # Lagrange polynomials in Legendre coefficients, by the exactness of the rule itself, and their integrals up to
        # 1
        lagrange = np.stack(
            [w * (2 * k + 1) / 2 * legendre.legval(x, np.eye(self.order)[k]) for k in range(self.order)]
        )
        cut = np.clip(np.asarray(cuts, dtype=float), self.low, self.high)
        place = np.minimum(((cut - self.low) / self.width).astype(int), self.panels - 1)
        inside = (cut - self.low) / self.width - place
        up_to = legendre.legvander(2 * inside - 1, self.order)
        tail = np.empty((*cut.shape, self.order))
        tail[..., 0] = 1 - up_to[..., 1]
        for k in range(1, self.order):
            tail[..., k] = (up_to[..., k - 1] - up_to[..., k + 1]) / (2 * k + 1)
        partial = tail @ lagrange * self.width / 2
        panel = np.arange(self.panels)
        whole = (panel > place[..., None])[..., None] * (w * self.width / 2)
        cut_panel = (panel == place[..., None])[..., None] * partial[..., None, :]
        return np.asarray((whole + cut_panel).reshape(*cut.shape, self.panels * self.order))
