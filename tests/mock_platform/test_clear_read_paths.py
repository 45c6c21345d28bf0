"""There is one way to a person in the clear, and it begins with a row in the access log: read off the code itself."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

PLATFORM = Path(__file__).parents[2] / "mock_platform"
OPENS = {"unseal", "unwrap"}
"""Calls that lead to clear data; `decrypt` is below them."""


def functions(file: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call in there and the last part of its name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def who_calls(wanted: set[str]) -> set[tuple[str, str, str]]:
    """(file, function, call), innermost functions and those around them."""
    return {
        (file.relative_to(PLATFORM).as_posix(), function.name, name)
        for file in PLATFORM.rglob("*.py")
        for function in functions(file)
        for name, _ in calls(function)
        if name in wanted
    }


def mentioned(wanted: set[str]) -> set[str]:
    """Files in which one of the names stands at all, called or handed on."""
    found = set()
    for file in PLATFORM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else {name}
            if names & wanted:
                found.add(file.relative_to(PLATFORM).as_posix())
    return found


def test_one_function_opens_what_is_sealed() -> None:
    read = ("services/data_protection.py", "_read")
    assert who_calls(OPENS) == {(*read, "unseal"), (*read, "unwrap")}
    assert mentioned(OPENS) == {"services/data_protection.py"}


def test_it_writes_the_row_before_it_opens_anything() -> None:
    (read,) = [each for each in functions(PLATFORM / "services/data_protection.py") if each.name == "_read"]
    at = {name: (call.lineno, call.col_offset) for name, call in calls(read)}
    assert at["write"] < min(at[name] for name in OPENS)
    (statement,) = [each for each in read.body if any(name == "write" for name, _ in calls(each))]
    assert isinstance(statement, ast.Expr), "the row is written in any case, not under a condition"


def test_beneath_it_data_is_opened_in_two_places_and_leaves_them_by_those_names_alone() -> None:
    assert who_calls({"decrypt", "_unwrapped"}) == {
        ("domain/sealing.py", "unseal", "decrypt"),
        ("stores/key_ring_memory.py", "_unwrapped", "decrypt"),
        ("stores/key_ring_memory.py", "unwrap", "_unwrapped"),
        ("stores/key_ring_memory.py", "rewrap", "_unwrapped"),
    }


def test_two_activities_read_in_the_clear_each_for_reasons_of_its_own() -> None:
    assert {function for _, function, _ in who_calls({"_read"})} == {"export", "open_for_operator"}


MASKED_ALREADY = {"Waybill", "WaybillRow", "Profile"}


def structs(kind: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    for each in kind.__subclasses__():
        yield each
        yield from structs(each)


def test_whatever_holds_a_person_in_the_clear_says_nothing_of_them_in_a_log_line() -> None:
    for file in PLATFORM.rglob("*.py"):
        if file.stem not in ("__main__", "__init__"):
            importlib.import_module(".".join(file.relative_to(PLATFORM.parent).with_suffix("").parts))
    persons = {each for each in structs() if "phone" in each.__struct_fields__ and "mock_platform" in each.__module__}
    clear = {each for each in persons if each.__name__ not in MASKED_ALREADY}
    assert {each.__name__ for each in clear} == {"Customer", "ExportView", "OpeningView"}
    for kind in clear:
        made = kind(*("secret" if name != "customer" else "C1" for name in kind.__struct_fields__))
        assert f"{made!r} {made}".count("secret") <= 2, "at most its own id, twice"
