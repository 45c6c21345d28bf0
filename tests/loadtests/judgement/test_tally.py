from __future__ import annotations

import pytest

from loadtests.judgement.tally import Key, Selection, Tally
from loadtests.plan.arrivals import Stage
from loadtests.plan.profile import Profile
from loadtests.record.books import Account
from loadtests.record.histogram import Histogram, HistogramDelta
from loadtests.record.second import BusinessOfSecond, Event, FailuresOfSecond, RequestsOfSecond, Second

PROFILE = Profile(
    "p",
    (
        Stage("warm_up", 2, 10, 10, measured=False),
        Stage("steady", 3, 10, 10),
        Stage("peak", 2, 10, 10),
        Stage("steady", 3, 10, 10),
    ),
)
MEASURED = Selection(measured=True)


def delta(*durations_s: float) -> HistogramDelta:
    histogram = Histogram()
    histogram.record_many(durations_s)
    return histogram.delta()


def requests(operation: str, scenario: str, phase: str, outcome: str, *responses_s: float) -> RequestsOfSecond:
    service = delta(*(0.001 for _ in responses_s))
    return RequestsOfSecond(operation, scenario, phase, outcome, delta(*responses_s), service)


SECONDS = [
    Second(0, requests=[requests("/skus", "Browser", "warm_up", "ok", 9.0)]),
    Second(2, requests=[requests("/skus", "Browser", "steady", "ok", 0.1, 0.2)]),
    Second(
        3,
        requests=[requests("/skus", "Buyer", "steady", "ok", 0.3), requests("/pay", "Buyer", "steady", "failed", 5.0)],
    ),
    Second(
        5, requests=[requests("/skus", "Browser", "peak", "ok", 0.4), requests("/pay", "Buyer", "peak", "refused", 0.6)]
    ),
]
SELECTIONS = {
    Selection(): 7,
    MEASURED: 6,
    Selection(phase="warm_up", measured=True): 1,
    Selection(operation="/skus", measured=True): 4,
    Selection(operation="/skus", scenario="Buyer"): 1,
    Selection(scenario="Browser", phase="peak"): 1,
    Selection(operation="/nowhere"): 0,
}


def tally_of(seconds: list[Second]) -> Tally:
    tally = Tally(PROFILE)
    for second in seconds:
        tally.add(second)
    return tally


@pytest.mark.parametrize(("selection", "count"), SELECTIONS.items())
def test_labels_choose_requests_and_without_a_phase_only_measured_phases_count(
    selection: Selection, count: int
) -> None:
    tally = tally_of(SECONDS)
    assert tally.trend("response", selection).count == count
    assert tally.trend("service", selection).count == count
    assert sum(tally.outcomes(selection).values()) == count


@pytest.mark.parametrize("asked_after", range(len(SECONDS) + 1))
def test_what_was_asked_early_stays_up_to_date(asked_after: int) -> None:
    late, early = tally_of(SECONDS), tally_of(SECONDS[:asked_after])
    for selection in SELECTIONS:
        early.trend("response", selection)
        early.outcomes(selection)
    for second in SECONDS[asked_after:]:
        early.add(second)
    for selection in SELECTIONS:
        assert early.trend("response", selection).percentile(50) == late.trend("response", selection).percentile(50)
        assert early.outcomes(selection) == late.outcomes(selection)


def test_a_tally_of_chosen_sums_alone_gives_the_same_figures() -> None:
    lean = Tally(PROFILE, by_key=False)
    for selection in SELECTIONS:
        lean.trend("response", selection)
        lean.outcomes(selection)
    for second in SECONDS:
        lean.add(second)
    full = tally_of(SECONDS)
    for selection in SELECTIONS:
        assert lean.trend("response", selection).max_s == full.trend("response", selection).max_s
        assert lean.outcomes(selection) == full.outcomes(selection)
    with pytest.raises(RuntimeError, match="before the first second"):
        lean.trend("service", MEASURED)


def test_response_and_service_are_told_apart() -> None:
    tally = tally_of(SECONDS)
    assert tally.response("steady").max_s == 5.0
    assert tally.trend("service", Selection(phase="steady")).max_s == 0.001


def test_a_key_is_operation_scenario_phase_and_outcome() -> None:
    tally = tally_of([*SECONDS, Second(6, requests=[requests("/pay", "Buyer", "steady", "failed", 7.0)])])
    key = Key("/pay", "Buyer", "steady", "failed")
    assert (tally.responses[key].count, tally.responses[key].max_s, len(tally.responses)) == (2, 7.0, 6)


def test_lag_is_kept_by_phase_and_summed_over_the_measured_ones() -> None:
    tally = Tally(PROFILE)
    tally.add(Second(0, lag={"warm_up": delta(0.5)}))
    everything, measured = tally.schedule_lag(Selection()), tally.schedule_lag(MEASURED)
    tally.add(Second(2, lag={"steady": delta(0.1, 0.2)}))
    assert (everything.count, measured.count) == (3, 2)
    assert tally.schedule_lag(Selection(phase="steady")).max_s == 0.2


def test_reasons_of_failures_add_up_by_operation() -> None:
    told = [FailuresOfSecond("/pay", "status 500", 2), FailuresOfSecond("/skus", "status 500", 1)]
    tally = tally_of([Second(0, failures=told), Second(1, failures=told[:1])])
    assert tally.failures == {("/pay", "status 500"): 4, ("/skus", "status 500"): 1}


def test_books_and_business_add_up_by_phase() -> None:
    tally = Tally(PROFILE)
    for _ in range(2):
        tally.add(
            Second(
                2,
                arrivals={"warm_up": Account(offered=1, completed=1), "steady": Account(offered=5, dropped=5)},
                business={"warm_up": BusinessOfSecond(9, 9, 9), "steady": BusinessOfSecond(3, 2, 100)},
            )
        )
    assert tally.account(MEASURED).offered == 10
    assert tally.account(Selection(phase="warm_up", measured=True)).offered == 2
    assert tally.business_total(MEASURED) == BusinessOfSecond(6, 4, 200)
    assert tally.business_total() == BusinessOfSecond(24, 22, 218)


@pytest.mark.parametrize(
    ("last_second", "stopped_s", "selection", "duration_s"),
    [
        (12, None, Selection(), 10.0),
        (12, None, MEASURED, 8.0),
        (12, None, Selection(phase="steady"), 6.0),
        (12, None, Selection(phase="nowhere"), 0.0),
        (3, None, Selection(phase="steady"), 2.0),
        (0, None, Selection(phase="peak"), 0.0),
        (12, 4.5, Selection(phase="steady"), 2.5),
    ],
)
def test_a_phase_lasts_as_long_as_its_stages_have_been_on(
    last_second: int, stopped_s: float | None, selection: Selection, duration_s: float
) -> None:
    tally = tally_of([Second(last_second)])
    tally.close(stopped_s=stopped_s)
    assert tally.duration_s(selection) == duration_s


@pytest.mark.parametrize("kind", ["stopped", "aborted"])
def test_a_run_cut_short_says_so_itself_while_it_has_no_end_mark(kind: str) -> None:
    tally = tally_of([Second(4, events=[Event(4.2, kind, "why")]), Second(8)])
    assert tally.lasted_s == 4.2
    tally.close(stopped_s=4.7)
    assert tally.lasted_s == 4.7


def test_only_a_run_that_was_cut_off_writes_off_what_is_open() -> None:
    for cut_off, unfinished in ((True, 3), (False, 0)):
        tally = tally_of([Second(2, arrivals={"steady": Account(offered=5, completed=2)})])
        assert tally.close(cut_off=cut_off) == unfinished
        assert tally.books.phases["steady"].unfinished == unfinished
