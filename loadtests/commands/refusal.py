"""How a command says no: sentences for the user and an exit code, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

COULD_NOT_START = 1
WRONG_USAGE = 2


class Refusal(Exception):
    """Ends the command with sentences on standard error. `exit_code` 1: could not start or broke; 2: wrong usage."""

    def __init__(self, sentences: Sequence[str], exit_code: int) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = list(sentences)
        self.exit_code = exit_code


@contextmanager
def refusing(*errors: type[Exception], exit_code: int) -> Iterator[None]:
    """Turn expected errors, whose message is for the user, into a `Refusal`; one sentence a line."""
    try:
        yield
    except errors as error:
        mistakes = getattr(error, "mistakes", None)
        raise Refusal(list(mistakes) if mistakes else str(error).splitlines(), exit_code) from error
