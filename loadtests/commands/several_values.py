"""Options that take several values at once, so that a shell's `--base runs/main-*` means what it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from typer.core import TyperCommand


class SeveralValues(TyperCommand):
    """A command whose options in `several` go on until the next option; `--` ends them too."""

    several: ClassVar[tuple[str, ...]] = ()

    # The context is click's own, or from some release on typer's copy of it.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(repeated(args, self.several)))


def repeated(words: Sequence[str], several: Sequence[str]) -> Iterator[str]:
    """`--base a b` as click wants it: `--base a --base b`."""
    option: str | None = None
    values = 0
    for word in words:
        if word.startswith("-") and word != "-":
            option, values = (word if word in several else None), 0
            yield word
        else:
            if option and values:
                yield option
            values += 1
            yield word
