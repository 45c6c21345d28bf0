"""The percentiles of the verdict are those of the raw samples, for one worker and for four: merging loses nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.system.harness import freeze_profile, ping_server, zerohour

pytestmark = pytest.mark.system

TATTLER = """
import atexit, os
from pathlib import Path
from locust import FastHttpUser, task
from loadtests.crowd.recorder import Recorder

RAW = Path(__file__).parent / f"raw-{os.getpid()}.txt"
count = Recorder._sample


def tell(self, operation, scenario, phase, outcome, response_s, service_s):
    with RAW.open("a") as raw:
        raw.write(f"{response_s!r} {service_s!r}\\n")
    count(self, operation, scenario, phase, outcome, response_s, service_s)


Recorder._sample = tell


class Pinger(FastHttpUser):
    @task
    def ping(self):
        self.client.get("/ping")
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_percentiles_agree_with_numpy_on_the_raw_samples(tmp_path: Path, workers: int) -> None:
    profile = freeze_profile(tmp_path, duration="8s")
    (tmp_path / "pinger.py").write_text(TATTLER)
    with ping_server("freeze") as host:  # three seconds of standing still make for a long tail
        run = zerohour("run", profile, "--host", host, "--workers", str(workers), out=tmp_path / "run")
    files = list(tmp_path.glob("raw-*.txt"))
    assert len(files) == workers
    raw = np.vstack([np.loadtxt(file, ndmin=2) for file in files])
    assert len(raw) == 800
    (row,) = run.verdict["requests"]
    assert row["count"] == 800
    for column, name in enumerate(("response_s", "service_s")):
        for label, q in (("p50", 50), ("p95", 95), ("p99", 99), ("p99_9", 99.9)):
            expected = np.percentile(raw[:, column], q, method="inverted_cdf")
            assert row[name][label] == pytest.approx(expected, rel=1e-3), (name, label)
        assert row[name]["max"] == pytest.approx(raw[:, column].max(), rel=1e-6)
