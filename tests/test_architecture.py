"""The house rules as tests: who may import whom, how long a file may be, and that no two files share a name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES = 300

# Places of a package, by the first folder or file below it; what stands right may be imported (DESIGN, section 11).
PLATFORM_MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "metrics": set(),
    "settings": set(),
    "faults": set(),
    "protocols": {"domain"},
    "clock": {"protocols"},
    "audit": {"domain"},
    "seed": {"domain", "protocols"},
    "log_lines": {"domain"},
    "stores": {"domain", "protocols"},
    "partners": {"domain", "protocols"},
    "traffic": {"domain", "protocols"},
    "services": {"domain", "protocols", "metrics", "settings"},
    "api": {"services", "domain", "faults", "traffic", "metrics", "audit", "protocols", "settings"},
}
WIRING = {"app", "systems", "__main__"}
"""The composition root: a system wires its own parts, and knows no other system."""

# The load side's rooms, lowest first. The pure ones never meet Locust or gevent: `import locust` patches the process.
PURE_MAY_IMPORT: dict[str, set[str]] = {
    "plan": {"shapes"},
    "shapes": {"plan"},
    "record": set(),
    "judgement": {"plan", "shapes", "record"},
    "comparison": {"plan", "record", "judgement"},
    "starter": set(),
    "reports": {"plan", "shapes", "record", "judgement"},
    "sizing": {"plan", "record", "judgement"},
    "terminal": {"plan", "shapes", "record", "judgement", "reports"},
}
EDGE_MAY_IMPORT: dict[str, set[str]] = {
    "http": set(),
    "crowd": {"plan", "shapes", "record", "http"},
    "shop": {"plan", "http", "crowd"},
    "scenarios": {"plan", "http", "crowd", "shop"},
    "locustfile": {"plan", "crowd", "shop", "scenarios"},
    "live": {"plan", "record", "judgement", "terminal", "shop"},
    "running": {"plan", "shapes", "record", "judgement", "reports", "terminal", "sizing", "crowd", "shop", "live"},
    "commands": {
        "plan",
        "shapes",
        "record",
        "judgement",
        "reports",
        "terminal",
        "sizing",
        "crowd",
        "shop",
        "live",
        "running",
        "comparison",
        "starter",
    },
    "__main__": {"commands"},
}
LOADTESTS_MAY_IMPORT = PURE_MAY_IMPORT | EDGE_MAY_IMPORT


def sources(package: str) -> list[Path]:
    return sorted(p for p in (ROOT / package).rglob("*.py") if "__pycache__" not in p.parts)


def imports(path: Path) -> set[str]:
    """Every module a file imports, with `from a import b` counted as a.b."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def place(path: Path, package: str) -> str:
    parts = path.relative_to(ROOT / package).with_suffix("").parts
    return parts[0]


@pytest.mark.parametrize("package", ["mock_platform", "loadtests"])
def test_the_packages_never_import_each_other(package: str) -> None:
    others = {"mock_platform", "loadtests", "dashboards", "tests"} - {package}
    for path in sources(package):
        assert not {name for name in imports(path) if name.split(".")[0] in others}, path


def test_platform_imports_go_down() -> None:
    for path in sources("mock_platform"):
        room = place(path, "mock_platform")
        family = next((known for known in PLATFORM_MAY_IMPORT if room == known or room.startswith(f"{known}_")), room)
        if family == "systems" and path.stem != "all_systems":
            others = {f"mock_platform.systems.{p.stem}" for p in sources("mock_platform") if p.parent.name == "systems"}
            known = {name for name in imports(path) if name in others}
            assert known <= {"mock_platform.systems.ground"} and "mock_platform.app" not in imports(path), path
        if family in WIRING or room == "__init__":
            continue
        assert family in PLATFORM_MAY_IMPORT, f"{path}: a new place needs its line in the import table"
        for name in imports(path):
            words = name.split(".")
            if words[0] != "mock_platform" or len(words) < 2:
                continue
            target = next((k for k in PLATFORM_MAY_IMPORT if words[1] == k or words[1].startswith(f"{k}_")), words[1])
            if family == "services" and target == "services":
                pytest.fail(f"{path} imports {name}: a service never imports another")
            assert target == family or target in PLATFORM_MAY_IMPORT[family], f"{path} imports {name}"


def test_load_side_imports_go_down() -> None:
    for path in sources("loadtests"):
        room = place(path, "loadtests")
        if room == "__init__":
            continue
        assert room in LOADTESTS_MAY_IMPORT, f"{path}: a new room needs its line in the import table"
        for name in imports(path):
            words = name.split(".")
            if words[0] == "loadtests" and len(words) > 1 and words[1] != room:
                assert words[1] in LOADTESTS_MAY_IMPORT[room], f"{path} imports {name}"


def test_the_pure_rooms_know_neither_locust_nor_gevent() -> None:
    for path in sources("loadtests"):
        if place(path, "loadtests") in PURE_MAY_IMPORT:
            assert not {n for n in imports(path) if n.split(".")[0] in {"locust", "gevent", "geventhttpclient"}}, path


@pytest.mark.parametrize("package", ["mock_platform", "loadtests", "tests"])
def test_files_stay_short(package: str) -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in sources(package) if (n := len(p.read_text().splitlines())) > MOST_LINES
    }
    assert not long


@pytest.mark.parametrize("package", ["mock_platform", "loadtests"])
def test_no_two_files_of_a_package_share_a_name(package: str) -> None:
    named: dict[str, list[Path]] = defaultdict(list)
    for path in sources(package):
        if path.name != "__init__.py":
            named[path.name].append(path)
    assert not {name: paths for name, paths in named.items() if len(paths) > 1}


@pytest.mark.parametrize("package", ["mock_platform", "loadtests"])
def test_every_file_says_first_what_it_is_for(package: str) -> None:
    for path in sources(package):
        if path.read_text().strip():
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_there_are_no_drawers() -> None:
    drawers = {"utils", "util", "helpers", "common", "core", "base", "misc"}
    for package in ("mock_platform", "loadtests"):
        for path in sources(package):
            assert not drawers & set(path.relative_to(ROOT / package).with_suffix("").parts), path


def test_the_top_level_is_as_agreed() -> None:
    agreed = {"README.md", "pyproject.toml", "mock_platform", "loadtests", "dashboards", "tests", "docker-compose.yml"}
    agreed |= {"Makefile", ".ci", ".github", ".gitignore", "LICENSE", "CHANGELOG.md", "Dockerfile", ".dockerignore"}
    built = {".git", ".venv", "runs", "__pycache__"}
    there = {p.name for p in ROOT.iterdir() if not p.name.endswith(("_cache", ".egg-info"))} - built - {".hypothesis"}
    assert there <= agreed, there - agreed
