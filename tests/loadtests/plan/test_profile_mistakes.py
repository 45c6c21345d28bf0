"""One slip in a profile is one sentence: its place, its line, and what was probably meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loadtests.plan.profile_reader import ProfileError, read_profile

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a profile and returns its path."""

    def to_file(text: str) -> str:
        (tmp_path / "mine.toml").write_text(text, "utf-8")
        return str(tmp_path / "mine.toml")

    return to_file


def mistakes(path: str, *overrides: str, **options: Any) -> list[str]:
    with pytest.raises(ProfileError) as refusal:
        read_profile(path, overrides, **options)
    assert all("\n" not in sentence for sentence in refusal.value.mistakes)
    return refusal.value.mistakes


MISTAKES = [
    ('[runn]\nseed = 1\n', 'runn (line 1): there is no such table; did you mean "run"?'),
    ("patience = '3s'\n", "patience (line 1): there is no such table; patience belongs into [run]"),
    ("[run]\npatiense = '3s'\n", 'run.patiense (line 2): there is no such key; did you mean "patience"?'),
    ("[wanted]\nzipf_exponent = -1\n", "wanted.zipf_exponent (line 2): -1 is out of bounds; 0 makes all items alike"),
    ("[wanted]\nhot_share = 5\n", 'wanted.hot_share (line 2): 5 is more than the whole; did you mean "5%"?'),
    ("[wanted]\nexponent = 1\n", 'wanted.exponent (line 2): there is no such key; did you mean "zipf_exponent"?'),
    ("[run]\nhot_share = 0.1\n", "run.hot_share (line 2): there is no such key; it belongs into [wanted]"),
    ("[target]\nseed = 3\n", "target.seed (line 2): there is no such key; it belongs into [run]"),
    ("[run]\nseed = 1.5\n", "run.seed (line 2): 1.5 is not a whole number"),
    ("[run]\nseed = true\n", "run.seed (line 2): true is not a whole number"),
    ("[run]\nname = '../x'\n", "run.name (line 2): \"../x\" can't name a directory"),
    ("[run]\narrivals = 'evn'\n", 'run.arrivals (line 2): "evn" is not known here; did you mean "even"?'),
    ("[run]\nmax_shoppers = 0\n", "run.max_shoppers (line 2): 0 is out of bounds"),
    ("[run]\npatience = 30\n", 'run.patience (line 2): 30 is a duration without a unit; write "30s"'),
    ("[run]\ndrain = '10'\n", 'run.drain (line 2): "10" is a duration without a unit; write "10s"'),
    ("[run]\ndrain = '9h9h'\n", 'run.drain (line 2): "9h9h" is not a duration'),
    ("[run]\ndrain = '999h'\n", "longer than 168h"),
    ("[run]\nlocustfile = 'nope.py'\n", "run.locustfile (line 2): there is no file"),
    ("[run]\nshape = 'double11'\n", 'run.shape (line 2): "double11" is not known here; did you mean "double11_2017"?'),
    ("[run]\nshape = 'double11_2017'\nduration = '9s'\npeak_rate = 0\n",
     "run.peak_rate (line 4): 0 is no arrival rate"),
    ("[run]\npeak_rate = 5\n", "run.peak_rate (line 2): it says something only together with run.shape"),
    ("[run]\nduration = '5s'\n", "run.duration (line 2): it says something only together with run.shape"),
    ("run = 3\n", "run (line 1): 3 stands where a table of keys should be"),
    ("[target]\nhost = 'localhost:80'\n", 'target.host (line 2): "localhost:80" is not a URL; did you mean "http://localhost:80"?'),
    ("[target]\nhost = 'ftp://a'\n", "is not a URL of a shop"),
    ("[target]\nhost = 'http://a:b'\n", "is not a URL"),
    ("[target]\nhost = 'http://a/?b=c'\n", "more than scheme, host, port and path"),
    ("[target]\ntimeout = '0s'\n", "no time at all"),
    ("[scenarios]\nA = -1\n", "scenarios.A (line 2): -1 is no weight"),
    ("[scenarios]\nA = '1'\n", 'scenarios.A (line 2): "1" is not a number'),
    ("[scenarios]\nA = nan\n", "scenarios.A (line 2): nan is not a finite number"),
    ("[scenarios]\nA = 0\n", "scenarios (line 1): all weights are zero, so nobody would come"),
    ("[scenarios.steady]\nA = 0\n", "scenarios.steady (line 1): all its weights are zero"),
    ("[scenarios.stedy]\nA = 1\n", 'scenarios.stedy (line 1): there is no phase "stedy"; did you mean "steady"?'),
    ('[thresholds]\n"response{phase=stedy}" = "p(95) < 1s"\n',
     'thresholds."response{phase=stedy}" (line 2): there is no phase "stedy"; did you mean "steady"?'),
    ("[thresholds]\nfailures = []\n", "thresholds.failures (line 2): it is an empty list"),
    ("[thresholds]\nfailures = ['rate < 1%', 'rat < 1%']\n",
     'thresholds.failures[1] (line 2): failures has no "rat"; did you mean "rate"?'),
    ("[thresholds]\n'response{scenario=B}' = 'p(9) < 1s'\n[scenarios]\nA = 1\n",
     'no scenario "B" takes part; there is A'),
    ("[thresholds]\n'recovery{fault=hang}' = 'value < 1s'\n", 'no fault "hang" is planned'),
    ("[validity]\nmax_dropped = 5\n", 'validity.max_dropped (line 2): 5 is more than the whole; did you mean "5%"?'),
    ("[validity]\nmax_dropped = '101%'\n", "it goes from 0% to 100%"),
    ("[validity]\nmax_droped = '1%'\n", 'did you mean "max_dropped"?'),
    ("[faults]\nkind = 'hang'\n", "faults (line 1): it is a list; write its tables as [[faults]]"),
    ("[[faults]]\nphase = 'steady'\nlasts = '1s'\n", "faults[0].kind (line 1): a fault needs a kind"),
    ("[[faults]]\nphase = 'steady'\nkind = 'hang'\n", "faults[0].lasts (line 1): a fault needs an end"),
    ("[[faults]]\nphase = 'stdy'\nkind = 'hang'\nlasts = '1s'\n",
     'faults[0].phase (line 2): there is no phase "stdy"; did you mean "steady"?'),
    ("[[faults]]\nphase = 'steady'\nkind = 'hang'\nlasts = '1s'\nafter = '12s'\n",
     "faults[0].after (line 5): 12s is too late"),
    ("[[faults]]\nphase = 'steady'\nkind = 'hang'\nlasts = '1s'\nroute = 'pay'\n", 'did you mean "/pay"?'),
    ("[[faults]]\nphase = 'steady'\nkind = 'hang'\nlasts = '1s'\nx = [1]\n",
     "faults[0].x (line 5): a list is not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), MISTAKES, ids=[told[:50] for _, told in MISTAKES])
def test_a_mistake_is_told_with_its_place_its_line_and_a_suggestion(write: Write, text: str, told: str) -> None:
    stages = '\n[[stages]]\nphase = "steady"\nduration = "12s"\nrate = 1\n' if "shape" not in text else ""
    found = mistakes(write(text + stages))
    assert any(told in sentence for sentence in found), found
    assert len(found) == 1 or "shape" in text, found


STAGES = [
    ('phase = "a"\nduration = "1s"', "stages[0].rate (line 1): a stage needs a rate, or from and to"),
    ('phase = "a"\nduration = "1s"\nrate = 1\nfrom = 1',
     "stages[0] (line 1): a stage has a rate, or from and to, not both"),
    ('phase = "a"\nduration = "1s"\nto = 1', "stages[0].from (line 1): a ramp needs both from and to"),
    ('phase = "a"\nrate = 1', "stages[0].duration (line 1): a stage needs a duration"),
    ('duration = "1s"\nrate = 1', "stages[0].phase (line 1): a stage needs a phase"),
    ('phse = "a"\nduration = "1s"\nrate = 1', 'stages[0].phse (line 2): there is no such key; did you mean "phase"?'),
    ('phase = "a"\nduration = "0s"\nrate = 1', 'stages[0].duration (line 3): "0s" is no time at all'),
    ('phase = "a"\nduration = 1\nrate = 1', "stages[0].duration (line 3): 1 is a duration without a unit"),
    ('phase = "a"\nduration = "1s"\nrate = -1', "stages[0].rate (line 4): -1 is no arrival rate"),
    ('phase = "a"\nduration = "1s"\nrate = "1/d"', 'stages[0].rate (line 4): "1/d" is not a rate'),
    ('phase = "a"\nduration = "1s"\nrate = 1e9', "at most 1,000,000/s"),
    ('phase = "a{b}"\nduration = "1s"\nrate = 1', "can't name a phase"),
    ('phase = "a"\nduration = "1s"\nrate = 1\nmeasured = "no"',
     'stages[0].measured (line 5): "no" is neither true nor false'),
    ('phase = "a"\nduration = "1s"\nrate = 1\n[[stages]]\nphase = "a"\nduration = "1"\nrate = 1\n'
     '[[faults]]\nphase = "a"\nkind = "hang"\nlasts = "1s"\nafter = "1500ms"',
     "stages[1].duration (line 7)"),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "told"), STAGES, ids=[told[:50] for _, told in STAGES])
def test_a_wrong_stage_is_told_once(write: Write, stage: str, told: str) -> None:
    found = mistakes(write(f"[[stages]]\n{stage}\n"))
    assert len(found) == 1, found
    assert told in found[0]
