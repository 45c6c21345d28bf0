"""A new user's way: init, one URL, run, gate; and what happens where their shop or their audit says no."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.harness import ping_server, zerohour

pytestmark = [pytest.mark.system, pytest.mark.calm]

BUSY_MACHINE = ("--set", "validity.max_schedule_lag_p99=1s", "--set", "run.drain=5s")
"""What else this machine does is no generator's failure here."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The mock platform, as a stranger's shop: nobody knows its administrative token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_platform", "--port", "0", "--exit-with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """What init wrote."""
    assert zerohour("init", str(tmp_path / "own")).code == 0
    return tmp_path / "own"


def edit(file: Path, **changes: str) -> None:
    text = file.read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def test_what_init_wrote_runs_after_one_edit_and_is_judged_again(own: Path, shop: str) -> None:
    edit(own / "our_shop.toml", host=("http://127.0.0.1:8080", shop))
    outcome = zerohour("run", str(own / "our_shop.toml"), *BUSY_MACHINE, out=own / "run")
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    scenarios = {row["scenario"] for row in outcome.verdict["requests"]}
    assert scenarios == {"OurWindowShopper", "OurCartLoadedBuyer", "OurFlashSaleHunter", "OurImpatientBuyer"}
    assert outcome.verdict["audit"]["invariants"] == ["one_order_a_key", "one_key_an_order", "paid_in_full_once"]
    assert (own / "run" / "junit.xml").exists() and (own / "run" / "summary.md").exists()
    assert zerohour("gate", str(own / "run")).code == 0
    assert zerohour("gate", str(own / "run"), "--threshold", "orders: count > 100000").code == 10


def test_what_the_shop_does_not_offer_stands_in_the_verdict(own: Path, shop: str) -> None:
    edit(own / "our_shop.py", track=("def track(", "def parcels_of("))
    outcome = zerohour(
        "run", str(own / "our_shop.toml"), "--host", shop, "--set", "thresholds={}", *BUSY_MACHINE, out=own / "run"
    )
    assert outcome.verdict["notes"][-1] == "OurShop offers no track: parcels are not tracked", outcome.stderr


def test_init_never_overwrites_and_says_so_in_one_sentence(own: Path) -> None:
    (own / "our_shop.py").write_text("mine")
    again = zerohour("init", str(own))
    assert again.code == 2
    assert again.stderr.count("\n") == 1 and "already has" in again.stderr
    assert (own / "our_shop.py").read_text() == "mine"


def test_a_shop_elsewhere_is_not_put_under_load_by_mistake(own: Path) -> None:
    edit(own / "our_shop.toml", host=("http://127.0.0.1:8080", "http://shop.example"))
    refused = zerohour("run", str(own / "our_shop.toml"), "--headless")
    assert refused.code == 2
    assert "--allow-target shop.example" in refused.stderr


def test_a_crowd_that_needs_what_the_shop_does_not_offer_is_refused_before_the_run(own: Path, shop: str) -> None:
    edit(own / "our_shop.py", order=("def place_order(", "def place_order_by_fax("))
    edit(own / "our_shop.toml", host=("http://127.0.0.1:8080", shop))
    refused = zerohour("run", str(own / "our_shop.toml"), "--headless")
    assert refused.code == 2
    assert "OurCartLoadedBuyer needs the step place_order, which OurShop does not offer" in refused.stderr


def test_the_stop_loss_ends_a_run_whose_shop_fails_and_a_raising_audit_is_no_pass(own: Path) -> None:
    (own / "audit.py").write_text("def audit(journal, run):\n    return run.nothing_of_the_kind\n")
    edit(own / "our_shop.toml", grace=('delay_abort = "5s"', 'delay_abort = "3s"'))
    with ping_server("prompt") as host:
        outcome = zerohour("run", str(own / "our_shop.toml"), "--host", host, *BUSY_MACHINE, out=own / "run")
    assert outcome.code == 12, outcome.stdout + outcome.stderr
    assert outcome.verdict["aborted"].startswith("aborted by failures")
    (violation,) = outcome.verdict["audit"]["violations"]
    assert violation["invariant"] == "own_audit_runs"
    assert "nothing_of_the_kind" in violation["message"] and "line 2 of audit.py" in violation["message"]
