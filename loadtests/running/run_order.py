"""What a user ordered: which run, against what, by how many workers, watched by whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from loadtests.plan.profile import Profile
from loadtests.record.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the master listens: for workers, whose port has no password and no encryption, or for Prometheus."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Pages:
    """What is shown while the run is on, and to whom."""

    port: int | None = None
    """None: the usual one, or a free one if that is taken."""
    login: str | None = None
    """`name:password`; None: whoever is on this machine may look, start and stop."""
    wait_for_start: bool = False
    """The first arrival waits for a Start on the page."""
    stay: bool = False
    """The pages stay open after the verdict, until Ctrl-C."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asked for."""

    profile: Profile
    record: RunRecord
    """Just begun: it says what is meant, so that the gate can judge a run that is killed at any moment."""
    host: str | None
    """None: start the mock platform ourselves."""
    workers: int = 1
    doors: Doors | None = None
    """Where workers of other machines knock; None: start the workers here."""
    headless: bool = False
    pages: Pages | None = None
    """None: nobody watches but the terminal."""
    metrics: Doors | None = None
    """Where Prometheus may scrape the run's metrics, beside the pages."""
    classes: tuple[str, ...] = ()
    """The User classes of the locustfile."""
    allow_target: tuple[str, ...] = ()
    admin_token: str | None = None
    platform_arguments: tuple[str, ...] = ()
    opened: Callable[[], None] = lambda: None
    """Called once the workers were told to open."""

    @property
    def run_id(self) -> str:
        return self.record.run_id

    @property
    def out(self) -> Path:
        return self.record.directory
