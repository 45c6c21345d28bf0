# One command per job. `make rehearse` and `make test` each work alone on a fresh machine with python3 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
EXAMPLE := $(VENV)/.example
SCHEMA := $(VENV)/jenkins-junit.xsd
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt

# Hundreds of processes start in the tests: compiled modules are kept, whatever this machine's habit is.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: rehearse test test-shared test-edge test-calm test-alone check bench gate serve clean setup

rehearse: $(READY)          ## the whole of Double 11 in about 100 seconds, on the mock platform
	$(BIN)/zerohour rehearse $(PROFILE)

test: check                 ## style, types and every test
	bash .ci/tools
	$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-shared test-edge
	$(MAKE) --no-print-directory test-calm
	$(MAKE) --no-print-directory test-alone

test-shared: $(SCHEMA)      ## most tests, four at a time: they wait for clocks more than they work
	$(BIN)/python -m pytest -m 'not alone and not calm' -n 4 --dist loadgroup

test-edge: $(READY)         ## those that import locust, which patches sockets, in a pytest of their own
	$(BIN)/python -m pytest tests/edge

test-calm: $(EXAMPLE)       ## whole runs that have to pass, two at a time, the longest first
	$(BIN)/python -m pytest -m calm -n 2 --dist worksteal tests/system/test_calibration.py tests

test-alone: $(READY)        ## those that measure
	$(BIN)/python -m pytest -m alone

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)             ## ratios from interleaved runs; never part of `make test`
	$(BIN)/python -m tests.benchmarks

gate: $(READY)              ## is this commit slower than its parent? runs of both in turn, about four minutes
	bash .ci/gate

serve: $(READY)             ## the mock platform alone
	$(BIN)/zerohour serve

setup: $(READY)

$(READY): pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable '.[dev]'
	touch $@

$(EXAMPLE): $(READY)        ## a real shop for tests/own_shop; some seconds, and nothing else needs it
	$(INSTALL) --no-compile --editable '.[dev,example]'
	touch $@

$(SCHEMA): $(READY)
	bash .ci/schema $@

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
