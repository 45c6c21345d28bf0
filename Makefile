# One command per job. `make rehearse` and `make test` each work alone on a fresh machine with python3 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: rehearse test check bench serve clean setup

rehearse: $(READY)          ## the whole of Double 11 in about 100 seconds, on the mock platform
	$(BIN)/zerohour rehearse $(PROFILE)

test: check                 ## style, types and every test
	bash .ci/tools
	$(BIN)/python -m pytest -m 'not alone' -n 3
	$(BIN)/python -m pytest -m alone
	$(BIN)/python -m pytest tests/edge

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)             ## ratios from interleaved runs; never part of `make test`
	$(BIN)/python -m tests.benchmarks

serve: $(READY)             ## the mock platform alone
	$(BIN)/zerohour serve

setup: $(READY)

$(READY): pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .ci/constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
