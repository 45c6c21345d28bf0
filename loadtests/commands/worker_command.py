"""`zerohour worker`: one generator process for a master, on this machine or another."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing


def worker(
    master_host: Annotated[str, typer.Option("--master-host", help="Where the master runs.")] = "127.0.0.1",
    master_port: Annotated[int, typer.Option("--master-port", min=1, max=65535, help="The master's port.")] = 5557,
    locustfile: Annotated[
        Path | None, typer.Option("--locustfile", help="Your own scenarios; default: the festival's.")
    ] = None,
) -> None:
    """Start arrivals for a master until it says the run is over."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from loadtests.crowd.scenario_choice import FESTIVAL_LOCUSTFILE, LocustfileError
    from loadtests.crowd.worker import Worker

    with refusing(LocustfileError, exit_code=WRONG_USAGE):
        try:
            process = Worker(master_host, master_port, locustfile or FESTIVAL_LOCUSTFILE)
        except ConnectionError as error:
            raise Refusal([f"no master answers at {master_host}:{master_port}"], COULD_NOT_START) from error
    process.join()
