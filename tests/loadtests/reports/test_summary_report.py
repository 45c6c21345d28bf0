from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from loadtests.reports.material import Material
from loadtests.reports.summary_report import escaped, render
from tests.loadtests.reports.made_runs import CLEAN, MAKERS, WORDS, failing, made_run

STEP_BYTES = 1024 * 1024


@pytest.mark.parametrize("kind", MAKERS)
def test_the_verdict_is_the_title(runs: Mapping[str, Path], kind: str) -> None:
    title = render(Material.of(runs[kind])).decode().splitlines()[0]
    assert title.startswith("## ") and f" {WORDS[kind]}: " in title


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("<script>a</script>", "&lt;script&gt;a&lt;/script&gt;"),
        ("a|b", r"a\|b"),
        ("[x](http://y)", r"\[x\]\(http\://y\)"),
        ("two\nlines", "two lines"),
        ("@somebody", "&#64;somebody"),
        ("`*_~$", r"\`\*\_\~\$"),
    ],
)
def test_nothing_in_a_name_is_markdown(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_every_row_of_a_table_has_as_many_cells_as_its_head(runs: Mapping[str, Path]) -> None:
    table: list[int] = []
    for line in render(Material.of(runs["broken"])).decode().splitlines():
        if not line.startswith("|"):
            table = []
            continue
        table.append(line.replace(r"\|", "").count("|"))
        assert table[-1] == table[0], line


def test_it_fits_into_a_github_step(tmp_path: Path) -> None:
    violation = {"invariant": "no_oversell", "subject": "S", "message": "x" * 50_000}
    page = render(Material.of(made_run(tmp_path / "run", audit={**CLEAN, "violations": [violation] * 300})))
    assert len(page) <= STEP_BYTES
    assert page.decode().endswith("The rest is in report.html.\n")
    assert "## 🟣 BROKEN" in page.decode()


def test_it_says_why_requests_failed(tmp_path: Path) -> None:
    directory = made_run(tmp_path / "run", change=failing)
    assert "| POST /orders | 48 | status 500 |" in render(Material.of(directory)).decode()
