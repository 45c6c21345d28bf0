from __future__ import annotations

from loadtests.record.books import Account, Books


def books(**phases: Account) -> Books:
    kept = Books()
    kept.add(phases)
    return kept


def test_every_shopper_offered_is_completed_failed_dropped_or_unfinished() -> None:
    kept = books(steady=Account(offered=10, started=8, completed=5, failed=2, dropped=2, unfinished=1))
    assert kept.mistakes() == []


def test_a_phase_that_does_not_balance_is_named_with_its_figures() -> None:
    kept = books(
        countdown=Account(offered=10, completed=10),
        zero_hour=Account(offered=100, completed=90, failed=3, dropped=1, unfinished=2),
        evening=Account(offered=5, completed=7),
    )
    assert kept.mistakes() == [
        "zero_hour: 100 offered are not 90 completed + 3 failed + 1 dropped + 2 unfinished: 4 missing",
        "evening: 5 offered are not 7 completed + 0 failed + 0 dropped + 0 unfinished: 2 too many",
    ]


def test_started_is_not_an_ending_and_so_not_in_the_balance() -> None:
    assert Account(offered=3, started=3, completed=3).missing == 0


def test_seconds_add_up_by_phase_and_in_total() -> None:
    kept = books(a=Account(offered=1, completed=1), b=Account(offered=2, dropped=2))
    kept.add({"b": Account(offered=3, started=3, failed=3)})
    assert kept.to_json() == {
        "offered": 6,
        "completed": 1,
        "failed": 3,
        "dropped": 2,
        "unfinished": 0,
        "by_phase": {
            "a": {"offered": 1, "completed": 1, "failed": 0, "dropped": 0, "unfinished": 0},
            "b": {"offered": 5, "completed": 0, "failed": 3, "dropped": 2, "unfinished": 0},
        },
    }
    assert kept.total(["a"]).offered == 1


def test_adding_a_second_leaves_that_second_as_it_was() -> None:
    first = {"a": Account(offered=1)}
    kept = Books()
    kept.add(first)
    kept.add(first)
    assert (first["a"].offered, kept.phases["a"].offered) == (1, 2)


def test_what_a_killed_run_left_open_is_unfinished_but_a_surplus_stays_a_mistake() -> None:
    kept = books(a=Account(offered=10, completed=7), b=Account(offered=1, completed=2))
    assert kept.close() == 3
    assert kept.phases["a"].unfinished == 3
    assert [mistake.split(":")[0] for mistake in kept.mistakes()] == ["b"]
