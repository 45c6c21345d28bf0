"""`zerohour worker`: one generator process for a master, on this machine or another."""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from loadtests.commands.refusal import COULD_NOT_START, WRONG_USAGE, Refusal, refusing

LOOK_FOR_PARENT_S = 0.5


def worker(
    master_host: Annotated[str, typer.Option("--master-host", help="Where the master runs.")] = "127.0.0.1",
    master_port: Annotated[int, typer.Option("--master-port", min=1, max=65535, help="The master's port.")] = 5557,
    locustfile: Annotated[
        Path | None, typer.Option("--locustfile", help="Your own scenarios; default: the festival's.")
    ] = None,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True, help="End when this process has.")] = None,
) -> None:
    """Start arrivals for a master until it says the run is over."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        socket.getaddrinfo(master_host, master_port)
    except OSError as error:
        # Locust would go on trying for minutes, and a machine's name does not come up as a master does.
        raise Refusal([f"there is no machine {master_host} ({error.strerror})"], COULD_NOT_START) from error
    import gevent

    from loadtests.crowd.scenario_choice import FESTIVAL_LOCUSTFILE, LocustfileError
    from loadtests.crowd.worker import Worker

    if parent is not None:
        gevent.spawn(_leave_with, parent)
    with refusing(LocustfileError, exit_code=WRONG_USAGE):
        try:
            process = Worker(master_host, master_port, locustfile or FESTIVAL_LOCUSTFILE)
        except ConnectionError as error:
            raise Refusal([f"no master answers at {master_host}:{master_port}"], COULD_NOT_START) from error
    process.join()


def _leave_with(parent: int) -> None:
    """End this process once its parent has. It may be gone before we first look, hence its number, told by itself."""
    import gevent

    while os.getppid() == parent:
        gevent.sleep(LOOK_FOR_PARENT_S)
    logging.getLogger(__name__).error("the master process is gone; this worker ends too")
    os._exit(1)
