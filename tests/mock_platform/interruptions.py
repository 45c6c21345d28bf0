"""Ways to be interrupted: calls that suspend, calls that are lost, work cut off at its n-th suspension."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError, sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from itertools import count
from typing import Any, TypeVar

R = TypeVar("R")


class LineDropped(Exception):
    """The connection broke: whoever called does not know whether it was done."""


class Suspending:
    """Stands before a store or a partner and suspends before and after every call: two places more to be cut off at."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if not asyncio.iscoroutinefunction(inner):
            return inner

        async def call(*args: Any, **kwargs: Any) -> Any:
            await sleep(0)
            answer = await inner(*args, **kwargs)
            await sleep(0)
            return answer

        return call


class Faults:
    """Breaks one call of all that pass: the n-th, before or after it took effect."""

    def __init__(self, at: int, *, after: bool, only: str | None = None) -> None:
        self.at, self.after, self.only = at, after, only
        self.calls = 0
        self.struck: str | None = None

    def wrap(self, inner: Any) -> Any:
        return _Faulty(inner, self)


class _Faulty:
    def __init__(self, inner: Any, faults: Faults) -> None:
        self._inner, self._faults = inner, faults

    def __getattr__(self, name: str) -> Any:
        inner, faults = getattr(self._inner, name), self._faults
        if not asyncio.iscoroutinefunction(inner) or faults.only not in (None, name):
            return inner

        async def call(*args: Any, **kwargs: Any) -> Any:
            faults.calls += 1
            strikes = faults.calls == faults.at
            if strikes:
                faults.struck = name
            if strikes and not faults.after:
                raise LineDropped(f"before {name}")
            answer = await inner(*args, **kwargs)
            if strikes:
                raise LineDropped(f"after {name}")
            return answer

        return call


def run(work: Coroutine[Any, Any, R]) -> R:
    """Run to the end what suspends only by `sleep(0)`, without an event loop."""
    while True:
        try:
            work.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def cut_off(work: Coroutine[Any, Any, Any], at: int) -> bool:
    """Let it go on until its `at`-th suspension and cancel it there; False if it ended before."""
    try:
        for _ in range(at):
            work.send(None)
    except StopIteration:
        return False
    try:
        work.throw(CancelledError())
    except CancelledError:
        return True
    raise AssertionError("a cancelled request went on")


async def with_each_call_lost(
    world_of: Callable[[Callable[[Any], Any]], Any], begun: Callable[[Any], Awaitable[Any]], *, after: bool
) -> AsyncIterator[Any]:
    """The world after the work that `begun` prepares in it lost its first call, its second, and so on: at least two."""
    for call in count(1):
        faults = Faults(10**9, after=after)
        world = world_of(faults.wrap)
        work = await begun(world)
        faults.calls, faults.at = 0, call
        try:
            await work
        except LineDropped:
            pass
        if faults.struck is None:
            assert call > 2, "there were not even two calls to lose"
            return
        yield world
