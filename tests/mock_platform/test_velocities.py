"""Sliding windows in bounded memory: exact while there is room, never full beyond it, and forgetting is no discount."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_platform.domain.risk import VELOCITIES, Counts, Of, Try, Velocity
from mock_platform.stores.velocities_memory import MemoryVelocities, Window

RULE = Velocity("tries", Of.DEVICE, Counts.TRIES, window_s=10.0, allowed=3, points=1)
SIGHTINGS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"), st.sampled_from((0.0, 0.1, 1.0, 4.0, 9.9, 10.0))),
    max_size=80,
)
"""Which key, who, how long after the one before."""


def seen(window: Window, sightings: Sequence[tuple[str, str, float]]) -> list[tuple[int, int, float]]:
    """What the window said each time, beside the truth by brute force, and when."""
    told, past, now = [], [], 0.0
    for key, who, later_s in sightings:
        now += later_s
        past.append((key, who, now))
        within = {seen_by for known, seen_by, at in past if known == key and at > now - RULE.window_s}
        told.append((window.see(key, who, now), len(within), now))
    return told


@given(SIGHTINGS)
def test_with_room_a_window_is_exact_up_to_what_a_rule_asks(sightings) -> None:
    window = Window(RULE, cap=6)
    for told, truth, _ in seen(window, sightings):
        assert told == min(truth, RULE.allowed + 1)
    assert window.evicted_early == 0


@given(SIGHTINGS, st.integers(1, 5))
def test_without_room_nobody_is_remembered_beyond_the_cap_or_blamed_for_another(sightings, cap) -> None:
    window = Window(RULE, cap)
    for told, truth, _ in seen(window, sightings):
        assert 1 <= told <= min(truth, RULE.allowed + 1)
        assert len(window) <= cap


@given(SIGHTINGS, st.integers(1, 5))
def test_somebody_forgotten_is_as_somebody_new_and_never_cheaper(sightings, cap) -> None:
    """After any past, whoever is known counts at least as much as whoever was never there."""
    pasts = [Window(RULE, cap) for _ in "ab"]
    for window in pasts:
        seen(window, sightings)
    now = 1_000.0 if not sightings else sum(later for _, _, later in sightings)
    assert pasts[0].see("a", "u", now) >= pasts[1].see("never here", "u", now) == 1


@given(SIGHTINGS)
def test_a_window_that_forgot_nothing_early_is_exact_however_small(sightings) -> None:
    window = Window(RULE, cap=2)
    for told, truth, _ in seen(window, sightings):
        if not window.evicted_early:
            assert told == min(truth, RULE.allowed + 1)


def test_who_keeps_trying_is_remembered_while_others_pass_by() -> None:
    window = Window(RULE, cap=3)
    for number in range(100):
        told = window.see("bot", number, number * 0.1)
        window.see(f"passer-by {number}", 0, number * 0.1)
    assert told == RULE.allowed + 1
    assert len(window) == 3


def test_forgetting_somebody_whose_window_is_over_is_not_early() -> None:
    window = Window(RULE, cap=1)
    window.see("a", 1, 0.0)
    window.see("b", 1, 10.0)
    assert window.evicted_early == 0
    window.see("c", 1, 19.9)
    assert window.evicted_early == 1


@given(SIGHTINGS)
def test_who_was_silent_for_a_window_is_soon_out_of_memory(sightings) -> None:
    """Two of them go with each new key: what is over is not kept until there is no room."""
    window = Window(RULE, cap=6)
    seen(window, sightings)
    later = sum(later_s for _, _, later_s in sightings) + RULE.window_s
    for number in range(3):
        window.see(f"somebody else {number}", 0, later + number * 0.1)
    assert len(window) == 3 and window.evicted_early == 0


def tried(buyer: str = "C1", device: str = "phone", address: str = "home", sale: str = "F1", at: float = 0.0) -> Try:
    return Try(buyer, device, address, sale, None, at)


async def told(velocities: MemoryVelocities, **changes: str | float) -> dict[str, int]:
    counts = await velocities.see(tried(**changes))  # type: ignore[arg-type]
    return {rule.rule: count for rule, count in zip(VELOCITIES, counts, strict=True)}


async def test_tries_are_counted_by_buyer_device_address_and_sale() -> None:
    velocities = MemoryVelocities()
    await told(velocities)
    await told(velocities)
    await told(velocities, buyer="C2", at=0.5)
    assert await told(velocities, buyer="C3", device="other", at=0.5) == {
        "buyer_tries": 1,
        "device_tries": 1,
        "device_accounts": 1,
        "address_accounts": 3,
        "sale_rush": 4,
    }
    assert await told(velocities, at=0.5) == {
        "buyer_tries": 3,
        "device_tries": 4,
        "device_accounts": 2,
        "address_accounts": 3,
        "sale_rush": 5,
    }


async def test_what_is_not_known_is_not_counted() -> None:
    velocities = MemoryVelocities()
    for number in range(50):
        counts = await told(velocities, buyer=f"C{number}", device="", address="")
    assert (counts["device_tries"], counts["device_accounts"], counts["address_accounts"]) == (0, 0, 0)


@pytest.mark.parametrize("of", list(Of))
async def test_memory_is_bounded_for_every_rule(of) -> None:
    velocities = MemoryVelocities(dict.fromkeys(Of, 10))
    for number in range(200):
        await velocities.see(tried(**{of.value: f"another {number}"}))
    for each in velocities.memory():
        assert each.entries <= each.cap == 10
    assert any(each.evicted_early == 190 for each in velocities.memory())
