"""The processes a run starts and must never leave behind: the mock platform and its workers."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

READY_S = 20.0
LEAVE_S = 8.0


class ProcessError(Exception):
    """A child process did not start; the message is one sentence."""


class Child:
    """One child process with its log; ended when the block ends, however it ends.

    Its standard input is a pipe that closes when we die, so that a child told `--exit-with-parent` never outlives us.
    A session of its own keeps the terminal's Ctrl-C for us alone: we decide when children stop. Its standard output is
    read by us only if `heard`; else it goes into the log, for a pipe that nobody empties blocks who prints.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        *,
        heard: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if heard else sink,
                stderr=sink,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Ask it to leave, wait, and make it; never raises."""
        process = self.process
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(LEAVE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def first_line(self, timeout_s: float) -> str:
        """Its first line of output, or a `ProcessError` with the last words of its log."""
        assert self.process.stdout is not None
        ends_at = time.monotonic() + timeout_s
        descriptor = self.process.stdout.fileno()
        os.set_blocking(descriptor, False)
        got = b""
        while b"\n" not in got:
            try:
                got += os.read(descriptor, 4096)
            except BlockingIOError:
                pass
            if self.process.poll() is not None and b"\n" not in got:
                raise ProcessError(f"{self.name} ended at once: {self.last_words()}")
            if time.monotonic() > ends_at:
                raise ProcessError(f"{self.name} was not ready within {timeout_s:.0f} s: {self.last_words()}")
            time.sleep(0.01)
        return got.split(b"\n", 1)[0].decode()

    def death(self) -> str | None:
        """A sentence when it has ended, else None."""
        code = self.process.poll()
        return None if code is None else f"{self.name} ended with status {code}: {self.last_words()}"

    def last_words(self) -> str:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else f"its log {self.log} is empty"


def deaths(children: Sequence[Child]) -> dict[int, str]:
    """A sentence for each that has ended, by process number."""
    return {child.pid: sentence for child in children if (sentence := child.death()) is not None}


class PlatformProcess(Child):
    """The mock platform on a free port, or on the one of `arguments`, with an administrative token only we know."""

    def __init__(self, log: Path, arguments: Sequence[str] = ()) -> None:
        self.admin_token = os.environ.get("SHOP_ADMIN_TOKEN") or secrets.token_urlsafe(24)
        # Its log lines go to the file that its other output goes to, and it knows which: the audit reads them.
        port = [] if any(each.startswith("--port=") for each in arguments) else ["--port", "0"]
        command = ["mock_platform", *port, "--exit-with-parent", "--log-file", str(log), *arguments]
        super().__init__("the mock platform", command, log, {"SHOP_ADMIN_TOKEN": self.admin_token}, heard=True)

    def wait_until_ready(self) -> str:
        """Wait for its one line `ready URL ...` and return the URL."""
        line = self.first_line(READY_S)
        words = line.split()
        if len(words) < 2 or words[0] != "ready":
            raise ProcessError(f'the mock platform said "{line}" instead of where it is ready')
        return words[1]


def start_worker(number: int, master_port: int, locustfile: Path | None, log: Path) -> Child:
    """Start one worker of a run on this machine."""
    arguments = ["loadtests", "worker", "--master-host", "127.0.0.1", "--master-port", str(master_port)]
    arguments += ["--parent", str(os.getpid())]
    if locustfile is not None:
        arguments += ["--locustfile", str(locustfile)]
    return Child(f"worker {number}", arguments, log)
