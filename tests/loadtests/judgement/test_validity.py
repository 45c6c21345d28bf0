from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from loadtests.judgement.tally import Tally
from loadtests.judgement.validity import Reason, Validity, check_validity
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile, ValidityLimits
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import Event, RequestsOfSecond, Second, WorkerOfSecond

PROFILE = Profile(
    "p",
    (Stage("warm_up", 2, 100, 100, measured=False), Stage("steady", 10, 100, 100), Stage("peak", 8, 100, 100)),
    max_shoppers=100,
)


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def second(
    number: int, phase: str = "steady", *, dropped: int = 0, lag_s: float = 0.001, response_s: float = 0.1
) -> Second:
    """A healthy second of two workers."""
    return Second(
        number,
        arrivals={phase: Account(offered=100, started=100 - dropped, completed=100 - dropped, dropped=dropped)},
        requests=[RequestsOfSecond("/", "B", phase, "ok", delta(*([response_s] * 100)), delta(0.1))],
        lag={phase: delta(*([lag_s] * 100))},
        workers=[WorkerOfSecond(worker, cpu=0.5, stall_s=0.005, shoppers=50, in_flight=10) for worker in (0, 1)],
    )


def healthy() -> list[Second]:
    return [second(number, PROFILE.schedule().phase_at(number)) for number in range(20)]


def reasons(seconds: list[Second], profile: Profile = PROFILE, **ended: object) -> tuple[Reason, ...]:
    tally = Tally(profile)
    for one in seconds:
        tally.add(one)
    tally.close()
    return check_validity(profile, tally, ended).reasons


def only(seconds: list[Second], profile: Profile = PROFILE, **ended: object) -> Reason:
    (reason,) = reasons(seconds, profile, **ended)
    return reason


def test_a_generator_that_did_what_it_promised_is_valid() -> None:
    assert reasons(healthy()) == ()
    assert Validity(()).to_json() == {"valid": True, "reasons": []}


def test_a_reason_tells_rule_figure_and_limit() -> None:
    assert Validity((Reason("books", 3, 0, "why"),)).to_json() == {
        "valid": False,
        "reasons": [{"rule": "books", "observed": 3, "limit": 0, "message": "why"}],
    }


@pytest.mark.parametrize(("dropped", "rules"), [(2, []), (3, ["dropped"])])
def test_dropped_arrivals_are_held_against_their_share_of_the_offered(dropped: int, rules: list[str]) -> None:
    seconds = healthy()
    seconds[5] = second(5, dropped=dropped)  # of 2,000 offered; the limit is 0.1 %
    assert [reason.rule for reason in reasons(seconds)] == rules


def test_dropped_while_every_shopper_was_in_a_slow_shop_says_so() -> None:
    seconds = healthy()
    for number in range(5, 12):
        seconds[number] = second(number, dropped=50, response_s=4.0)
        seconds[number].workers = [WorkerOfSecond(0, shoppers=100, in_flight=98, waiting=300)]
    message = only(seconds).message
    assert "350 of 2000 arrivals were dropped, 17.5% and not at most 0.1%" in message
    assert "from 5 s on, all 100 shoppers of a worker were in the shop (response p95 4s in steady)" in message
    assert "raise run.max_shoppers" in message


def test_dropped_while_shoppers_stood_about_blames_the_generator() -> None:
    seconds = healthy()
    seconds[5] = second(5, dropped=50)
    seconds[5].workers = [WorkerOfSecond(0, shoppers=100, in_flight=20, waiting=300)]
    assert "the generator did not get to them" in only(seconds).message


def test_what_a_lost_worker_dropped_is_put_down_to_its_loss() -> None:
    seconds = healthy()
    seconds[9].events = [Event(9.3, "worker_lost", "worker 1")]
    seconds[19] = second(19, "peak", dropped=50)
    lost, dropped = reasons(seconds)
    assert (lost.rule, lost.observed, lost.limit) == ("lost_worker", 9.3, 20.0)
    assert lost.message.startswith("worker 1 was lost at 9.3 s")
    assert "the lost worker's" in dropped.message


@pytest.mark.parametrize("hurt", [{"dropped": 50}, {"lag_s": 0.4}], ids=["dropped", "late"])
def test_shoppers_whose_on_start_failed_are_named_and_no_more_workers_are_asked_for(hurt: dict[str, Any]) -> None:
    seconds = [second(number, PROFILE.schedule().phase_at(number), **hurt) for number in range(20)]
    seconds[3].workers[1].on_starts_failed, seconds[3].workers[1].on_start_failure = 3, "OSError: no login"
    seconds[7].workers[0].on_starts_failed, seconds[7].workers[0].on_start_failure = 4, "ValueError"
    message = only(seconds).message
    assert message.endswith("7 shoppers' on_start failed (OSError: no login); see the worker's log")
    assert "add workers" not in message


@pytest.mark.parametrize("hurt", [{"dropped": 50}, {"lag_s": 0.4}], ids=["dropped", "late"])
def test_arrivals_that_waited_for_an_on_start_are_told_how_long_it_takes_and_no_more_workers_are_asked_for(
    hurt: dict[str, Any],
) -> None:
    seconds = [second(number, PROFILE.schedule().phase_at(number), **hurt) for number in range(20)]
    seconds[3].workers[1] = WorkerOfSecond(1, shoppers=60, in_flight=50, on_starts_awaited=30, on_start_s=0.5)
    seconds[7].workers[0] = WorkerOfSecond(0, shoppers=60, in_flight=50, waiting=30, on_start_s=2.0)
    message = only(seconds).message
    assert "waited for shoppers that were still in their on_start, which took up to 2s; let on_start do less" in message
    assert "add workers" not in message
    seconds[7].workers[0].shoppers = PROFILE.max_shoppers
    assert "which took up to 2s; raise run.max_shoppers, let on_start do less" in only(seconds).message


@pytest.mark.parametrize(
    "worker",
    [
        WorkerOfSecond(0, on_starts_awaited=300, on_start_s=0.001),  # they waited for us to make shoppers
        WorkerOfSecond(0, on_starts_awaited=3, on_start_s=2.0),  # some did; most were late for another reason
    ],
    ids=["a quick one", "few waited"],
)
def test_an_on_start_that_explains_nothing_is_not_blamed(worker: WorkerOfSecond) -> None:
    seconds = [second(number, PROFILE.schedule().phase_at(number), lag_s=0.4) for number in range(20)]
    seconds[3].workers[0] = worker
    assert "though it had free ones: add workers" in only(seconds).message


def test_starts_that_were_late_though_shoppers_were_free_are_the_generators_fault() -> None:
    seconds = [second(number, PROFILE.schedule().phase_at(number), lag_s=0.08) for number in range(20)]
    reason = only(seconds)
    assert (reason.rule, reason.limit) == ("schedule_lag", 0.05)
    assert reason.observed == pytest.approx(0.08, rel=0.001)
    assert "p99 80ms and not at most 50ms" in reason.message
    assert reasons(seconds, replace(PROFILE, validity=ValidityLimits(max_schedule_lag_p99_s=0.1))) == ()


def test_a_phase_that_started_late_is_not_diluted_by_the_others() -> None:
    seconds = healthy()
    seconds[3].lag = {"steady": delta(*([0.2] * 11))}  # 1.2 % of that phase, 0.6 % of the run
    assert "in steady" in only(seconds).message


def test_a_warm_up_may_be_late() -> None:
    seconds = healthy()
    seconds[0] = second(0, "warm_up", lag_s=0.5)
    assert reasons(seconds) == ()


def test_one_late_start_of_a_few_is_not_a_percentile() -> None:
    seconds = healthy()
    for number in range(12, 20):
        seconds[number].lag = {"peak": delta(*([0.001] * 9), 0.2) if number == 15 else delta(0.001)}
    assert reasons(seconds) == ()


@pytest.mark.parametrize(("busy", "rules"), [(range(3, 7), []), (range(3, 8), ["generator_cpu"])])
def test_cpu_above_the_limit_counts_once_it_lasts_five_seconds(busy: range, rules: list[str]) -> None:
    seconds = healthy()
    for number in busy:
        seconds[number].workers[1].cpu = 0.97
    assert [reason.rule for reason in reasons(seconds)] == rules


def test_the_busy_worker_is_named_with_its_figure() -> None:
    seconds = healthy()
    for number in range(3, 11):
        seconds[number].workers[1].cpu = 0.97
    seconds[7].workers[1].cpu = 0.89  # interrupts: 4 s before, 3 s after
    seconds[11].workers[1].cpu = seconds[12].workers[1].cpu = 0.99  # now 5 s after
    reason = only(seconds)
    assert "worker 1 used 97.8% of a core for 5 s from 8 s on, and not at most 90%" in reason.message
    assert reason.observed == pytest.approx((3 * 0.97 + 2 * 0.99) / 5)


def test_the_advice_says_what_a_core_can_start() -> None:
    late = [second(number, PROFILE.schedule().phase_at(number), lag_s=0.2) for number in range(20)]
    assert "a core here starts at most about 100 arrivals/s of this kind" in only(late).message
    for one in late:
        for worker in one.workers:
            worker.cpu = 0.01  # too little to tell
    assert "a core here" not in only(late).message


def test_two_workers_that_take_turns_are_both_fine() -> None:
    seconds = healthy()
    for number in range(3, 13):
        seconds[number].workers[number // 4 % 2].cpu = 0.97
    assert reasons(seconds) == ()


@pytest.mark.parametrize(("stall_s", "rules"), [(1.0, []), (1.2, ["stall"])])
def test_a_generator_that_stood_still_has_made_up_slow_seconds(stall_s: float, rules: list[str]) -> None:
    seconds = healthy()
    seconds[4].workers[0].stall_s = stall_s
    found = reasons(seconds)
    assert [reason.rule for reason in found] == rules
    assert all("worker 0 stood still for 1.2s at 4 s" in reason.message for reason in found)


def test_what_the_generator_does_after_the_last_arrival_spoils_nothing() -> None:
    drain = [replace_workers(Second(number), cpu=1.0, stall_s=5.0) for number in range(20, 30)]
    assert reasons([*healthy(), *drain]) == ()


def replace_workers(one: Second, *, cpu: float, stall_s: float) -> Second:
    one.workers = [WorkerOfSecond(0, cpu=cpu, stall_s=stall_s)]
    return one


def test_books_that_do_not_balance_are_shown() -> None:
    seconds = healthy()
    seconds[15].arrivals["peak"].completed -= 3
    reason = only(seconds)
    assert (reason.rule, reason.observed) == ("books", 3)
    assert "peak: 800 offered are not 797 completed" in reason.message


def test_a_target_restarted_on_the_way_is_two_targets() -> None:
    reason = only(healthy(), restarted=True)
    assert (reason.rule, reason.message[:40]) == ("target_restarted", "the target was restarted while the run w")


def test_a_planned_fault_that_was_not_injected_leaves_nothing_proved() -> None:
    seconds = healthy()
    seconds[6].events.append(Event(6.5, "fault_refused", "latency: no answer"))
    reason = only(seconds)
    assert (reason.rule, reason.observed) == ("fault_missing", 6.5)
    assert "latency: no answer" in reason.message
