"""What is wrong with an adapter before anything is started: a step by a name nobody calls, or with other parameters."""

from __future__ import annotations

import inspect
from difflib import get_close_matches
from typing import Any

from loadtests.shop.own_shop import STEPS, OwnShop, offers

ALIKE = 0.8
"""How like a step's name a method's name is to be taken for a slip of the pen, by difflib's ratio."""


def adapter_mistakes(adapter: type) -> list[str]:
    """A sentence for each step that would silently be left out, or fail whenever it is asked."""
    if not issubclass(adapter, OwnShop):
        return []
    return [*_slips(adapter), *_misfits(adapter)]


def _slips(adapter: type[OwnShop]) -> list[str]:
    left_out = [step for step in STEPS if not offers(adapter, step)]
    own = [name for name in dir(adapter) if not name.startswith("_") and not hasattr(OwnShop, name)]
    return [
        f'{adapter.__name__}.{name} is no step; did you mean "{near[0]}"? (a helper wants another name)'
        for name in own
        if callable(getattr(adapter, name)) and (near := get_close_matches(name, left_out, 1, ALIKE))
    ]


def _misfits(adapter: type[OwnShop]) -> list[str]:
    found = []
    for step in STEPS:
        asked, written = (inspect.signature(getattr(kind, step)) for kind in (OwnShop, adapter))
        try:
            written.bind(*_arguments(asked)[0], **_arguments(asked)[1])
        except TypeError as error:
            found.append(f"{adapter.__name__}.{step}{_bare(written)} is asked as {step}{_bare(asked)}: {error}")
    return found


def _arguments(signature: inspect.Signature) -> tuple[list[str], dict[str, str]]:
    """Everything by position but what has to be named, as shoppers ask."""
    named = {name for name, one in signature.parameters.items() if one.kind is inspect.Parameter.KEYWORD_ONLY}
    return [name for name in signature.parameters if name not in named], {name: name for name in named}


def _bare(signature: inspect.Signature) -> str:
    """The parameters without their types."""
    empty: Any = inspect.Parameter.empty
    parameters = [one.replace(annotation=empty) for one in signature.parameters.values()]
    return str(inspect.Signature(parameters))
