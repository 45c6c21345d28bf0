"""Ctrl-C before there is anything to tidy up: a sentence and exit 130. Imports next to nothing, so as to come first."""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130
STANDARD_ERROR = 2


def leave_when_interrupted() -> None:
    """Take Ctrl-C until a run, or the platform, puts a handler of its own in our place.

    Not by KeyboardInterrupt: raised inside an import it is lost in other people's callbacks, or printed by them.
    """
    signal.signal(signal.SIGINT, _leave)


def _leave(*_: object) -> None:
    try:
        os.write(STANDARD_ERROR, b"zerohour: interrupted\n")
    finally:
        os._exit(INTERRUPTED)
