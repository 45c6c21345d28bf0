"""`python -m mock_platform`: run one shop until it is told to stop.

Standard output carries one line, when the shop is ready; everything else goes to standard error.
Exit codes: 0 stopped as told, 1 could not start, 2 wrong flags or settings.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import resource
import secrets
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mock_platform.app import BOOT, SEEDED_S, make_app
from mock_platform.log_lines import log_to
from mock_platform.settings import Settings, SettingsError, read_settings, usage

log = logging.getLogger("mock_platform")

HELP_FLAGS = {"-h", "--help"}
STANDARD_INPUT = 0
OPEN_FILES = 65_536


def main(flags: Sequence[str]) -> int:
    if HELP_FLAGS & set(flags):
        print(usage())
        return 0
    try:
        settings = read_settings(flags, os.environ)
    except SettingsError as error:
        print(*error.mistakes, sep="\n", file=sys.stderr)
        return 2
    try:
        log_to(settings.log_file, settings.log_level)
    except OSError as error:
        print(f"Cannot write log lines to {settings.log_file}: {error.strerror}.", file=sys.stderr)
        return 2
    try:
        _look_at_access_log(settings.access_log_file)
    except OSError as error:
        print(f"Cannot write the access log to {settings.access_log_file}: {error.strerror}.", file=sys.stderr)
        return 2
    logging.getLogger("aiohttp.server").addFilter(_is_our_fault)
    if not settings.admin_token:
        settings = replace(settings, admin_token=secrets.token_urlsafe(24))
        print(f"admin token of this start: {settings.admin_token}", file=sys.stderr)
    return uvloop.run(serve(settings))


async def serve(settings: Settings) -> int:
    """Serve until a signal, or until standard input closes if that was asked for."""
    told = _stop_signal()
    app = await make_app(settings)
    _allow_connections()
    _collect_seldom()
    # Access is logged nowhere: at a peak the log would cost more than the answers. Metrics count instead.
    # Handlers are not cancelled when a client hangs up: a checkout begun is finished, and asking again with the
    # same key finds its order; cancelling would keep the books clean as well, but leave units held for nobody.
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=False, shutdown_timeout=settings.shutdown_s, handle_signals=False
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, backlog=4_096)
        try:
            await site.start()
        except OSError as mistake:
            # The loop's own text repeats the address in Python's notation.
            number = mistake.errno or 0
            reason = os.strerror(number) if number > 0 else mistake.strerror or str(mistake)
            print(f"Cannot listen on {settings.host} port {settings.port}: {reason}.", file=sys.stderr)
            return 1
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        port = runner.addresses[0][1]
        print(f"ready http://{host}:{port} boot={app[BOOT]} seeded_s={app[SEEDED_S]:.2f}", flush=True)
        if settings.exit_with_parent:
            _watch_parent(told)
        await told.wait()
        log.info("stopping: requests under way have %s s to finish", settings.shutdown_s)
    finally:
        await runner.cleanup()
    return 0


def _look_at_access_log(file: str) -> None:
    """OSError if clear reads could not be logged there: better now than at the first one."""
    if file:
        Path(file).open("ab").close()


def _is_our_fault(record: logging.LogRecord) -> bool:
    """Whether a failure is worth a line: what is not HTTP is answered 400, and not quoted into the log."""
    mistake = record.exc_info[1] if record.exc_info else None
    return not isinstance(mistake, (HttpProcessingError, web.RequestPayloadError))


def _allow_connections() -> None:
    """Ask for as many open files as we may have: the usual 1,024 is a small crowd, each of whom keeps a connection."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _collect_seldom() -> None:
    """Let the garbage collector look at young objects only.

    The seed lives as long as the process, and orders make no cycles: a full collection would stop every request for
    80 ms by the hundred-thousandth order, again and again, and find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 1_000_000)


def _stop_signal() -> asyncio.Event:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    return told


def _watch_parent(told: asyncio.Event) -> None:
    """Stop when standard input ends: the other end of the pipe was our parent's, who is gone.

    A thread waits for it, because an event loop can watch pipes but not every file that may stand there.
    """
    loop = asyncio.get_running_loop()

    def wait() -> None:
        try:
            while os.read(STANDARD_INPUT, 4_096):
                pass
        except OSError:
            log.warning("standard input cannot be read, so nobody would miss us: stopping")
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            loop.call_soon_threadsafe(told.set)

    threading.Thread(target=wait, name="parent", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
