"""Runs two versions in turn, base candidate candidate base: a machine that grows slower grows slower for both alike."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from loadtests.judgement.verdict import EXIT_CODES

WORDS = {code: word for word, code in EXIT_CODES.items()}
LOOK_EVERY_S = 0.2
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterleaveError(Exception):
    """A run could not be made; the message is for the user. `exit_code` is the run's own: 1, or 2 for wrong usage."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def turns(runs: int) -> Iterator[tuple[str, int]]:
    """Whose turn it is, and its number: base 1, candidate 1, candidate 2, base 2, base 3, ..."""
    for number in range(1, runs + 1):
        sides = ("base", "candidate") if number % 2 else ("candidate", "base")
        yield from ((side, number) for side in sides)


def read_command(text: str) -> list[str]:
    """The words of a command line; our own command is found wherever it is installed. Raises InterleaveError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InterleaveError(f'"{text}" is no command: {error}', 2) from error
    if not words:
        raise InterleaveError("a command is empty", 2)
    return [sys.executable, "-m", "loadtests", *words[1:]] if words[0] == "zerohour" else words


@dataclass(slots=True)
class Interleaving:
    """`commands` by side; each is given `--headless --out DIRECTORY`. `say` prints a line."""

    commands: Mapping[str, Sequence[str]]
    runs: int
    out: Path
    say: Callable[[str], None]
    interrupted: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _made: dict[str, list[Path]] = field(default_factory=lambda: {"base": [], "candidate": []})

    def run(self) -> dict[str, list[Path]]:
        """Make all runs, or those until Ctrl-C; their directories by side. Raises InterleaveError."""
        with self._heeding_signals():
            for turn, (side, number) in enumerate(turns(self.runs), start=1):
                if self.interrupted:
                    break
                for name in (f"{side}-{number}", f"{side}-{number}-again"):
                    word = self._run_one(side, self.out / name)
                    self.say(f"run {turn} of {2 * self.runs}  {name:<19} {word}")
                    if (self.out / name / "run.json").exists():
                        self._made[side].append(self.out / name)
                    if word != "INVALID":
                        break  # one that is proves nothing, but a neighbour's noise may be over by now
                if word == "BROKEN":
                    break  # no comparison will follow; the runs left would be for nothing
        return self._made

    def _run_one(self, side: str, directory: Path) -> str:
        # In a folder of their own: `--base out/base-*` then names run directories and nothing else.
        log = self.out / "logs" / f"{directory.name}.log"
        log.parent.mkdir(exist_ok=True)
        command = [*self.commands[side], "--headless", "--out", str(directory)]
        try:
            with log.open("wb") as sink:
                # A session of its own keeps the terminal's Ctrl-C for us alone: it comes once, and we pass it on.
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True
                )
        except OSError as error:
            raise InterleaveError(f"cannot run {command[0]}: {error.strerror}", 2) from error
        code = self._wait(self._process)
        if self.interrupted:
            return "interrupted"
        if code not in WORDS:
            raise InterleaveError(_last_words(directory.name, code, log), code if code in (1, 2) else 1)
        return WORDS[code]

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            while True:
                try:
                    return process.wait(LOOK_EVERY_S)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    @contextmanager
    def _heeding_signals(self) -> Iterator[None]:
        # A terminal that closes ends the run that is on as well, unless we were told to outlive it (nohup).
        heeded = [number for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._interrupt) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _interrupt(self, *_: object) -> None:
        """Ctrl-C: the run that is on drains, none follows. Each further one is passed on too: it then ends at once."""
        self.interrupted = True
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)


def _last_words(name: str, code: int, log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    said = "\n".join(line.removeprefix("zerohour: ") for line in lines[-3:]) or "it said nothing"
    return f"{name} could not be run (exit {code}): {said}"
