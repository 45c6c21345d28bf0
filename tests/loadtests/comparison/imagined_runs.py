"""Runs of a shop that exists in numbers only: its noise is known, so that thousands of comparisons can be checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loadtests.comparison.deciding import Answer, Figures, answer
from loadtests.comparison.margins import Margins

SLOWED = 0
"""The operation that a change makes slower."""


@dataclass(frozen=True)
class World:
    """A shop's operations, each with p50, p95, p99 and failures, in each phase and over all."""

    operations: int = 8
    phases: int = 1
    noise: float = 0.04
    """Of each operation, from run to run."""
    shared_noise: float = 0.0
    """Of the machine, from run to run: all operations together."""
    outliers: float = 0.0
    """Share of runs in which an operation takes a third longer, for whatever reason."""
    within: tuple[float, ...] = (0.01, 0.02, 0.04)
    """By chance within a run: p50, p95, p99."""

    @property
    def operation_of(self) -> list[int]:
        return list(range(self.operations)) * 4 * (self.phases + 1)

    def figures(self, rng: np.random.Generator, runs: int, slower: float = 0.0) -> Figures:
        """So many runs a side; the candidate's first operation is slower by a share."""
        shape = 2 * runs, self.operations
        run = rng.normal(scale=self.noise, size=shape) + rng.normal(
            scale=self.shared_noise or 1e-12, size=(shape[0], 1)
        )
        run += np.where(rng.random(shape) < self.outliers, np.log(4 / 3), 0.0)
        run[runs:, SLOWED] += np.log1p(slower)
        columns, sampling, kinds = [], [], []
        for _ in range(self.phases + 1):
            for kind, chance in enumerate(self.within):
                columns.append(np.log(0.02) + kind + run + rng.normal(scale=chance, size=shape))
                sampling.append(chance**2)
                kinds.append(kind)
            columns.append(rng.binomial(2000, 0.001, shape) / 2000)
            sampling.append(0.001 * 0.999 / 2000)
            kinds.append(3)
        each = np.ones(self.operations)
        numbers = np.concatenate([kind * each for kind in kinds]).astype(int)
        return Figures(np.hstack(columns), runs, np.concatenate([s * each for s in sampling]), numbers, numbers < 3)

    def compare(self, rng: np.random.Generator, runs: int, slower: float = 0.0) -> list[Answer]:
        return answer(self.figures(rng, runs, slower), Margins())

    def named(self, answers: list[Answer], word: str = "worse") -> set[int]:
        """The operations of which some figure got that answer."""
        return {whose for whose, found in zip(self.operation_of, answers, strict=True) if found.word == word}
