"""Where work runs: here, on the cores of this machine, or on a Dask cluster. The result does not depend on which.

Work is a function of one item; items are handed out as they come and results come back in the order of the items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hevesy.errors import RuleError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers(Protocol):
    """Something that applies a function to items."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """The results in the order of the items, each as soon as it and those before it are there."""
        ...


@dataclass(frozen=True, slots=True)
class Serial:
    """One after another, in this process.

    >>> list(Serial().map(abs, [-1, -2]))
    [1, 2]
    """

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply the function to each item in turn."""
        return map(function, items)


@dataclass(frozen=True, slots=True)
class Processes:
    """On `count` processes of this machine; the function and the items must be importable and picklable."""

    count: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise RuleError(f"at least one worker is needed, got {self.count}")

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply the function on the processes; they end with the iteration."""
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(self.count, mp_context=get_context("spawn")) as pool:
            yield from pool.map(function, items)


@dataclass(frozen=True, slots=True)
class Dask:
    """On a Dask cluster whose scheduler is at `address`; needs the extra `cluster`."""

    address: str

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply the function on the cluster."""
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                "a Dask cluster needs the extra `cluster`: pip install 'hevesy[cluster]'"
            ) from error
        with Client(self.address, set_as_default=False) as client:
            futures: list[Any] = client.map(function, list(items), pure=False)
            for future in futures:
                yield future.result()
