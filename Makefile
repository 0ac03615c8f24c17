# Everything from a fresh clone with Python >= 3.11 and make: each target does its own set-up, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo test chaos lint bench mutants lowest newer clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=…)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $(STAMP)

demo: $(STAMP)
	@IMPORTER_HOME=.demo $(BIN)/importer run sample_data/legacy_crm.csv --sandbox --fresh \
	  --output .demo/legacy_crm.result.csv; code=$$?; test $$code -le 1

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m "not chaos" $(ARGS)

chaos: $(STAMP)
	$(BIN)/python -m pytest -m chaos -s $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The same tests with the lowest versions that pyproject.toml allows, and with the newest Python that is installed.
QUICK := tests/settings tests/schemas tests/validation tests/writing tests/reading/test_workbooks.py \
  tests/reading/test_encodings.py tests/pipeline/test_formats.py tests/pipeline/test_run.py
UV := $(BIN)/uv

lowest: $(STAMP)
	$(UV) venv --quiet --clear .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct --editable . --group dev
	.venv-lowest/bin/python -m pytest -n 2 -q -m "not chaos" $(QUICK) $(ARGS)

newer: $(STAMP)
	@found=$$(for python in python3.14 python3.13 python3.12 $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python3; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && echo $$python && break; done); \
	if [ -z "$$found" ]; then echo "no newer Python on this machine: linted for one instead"; \
	  $(BIN)/ruff check --target-version py313 .; exit; fi; \
	$$found --version && $(UV) venv --quiet --clear --python "$$found" .venv-newer && \
	$(UV) pip install --quiet --python .venv-newer --editable . --group dev && \
	.venv-newer/bin/python -m pytest -n 2 -q -m "not chaos" $(QUICK) $(ARGS)

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python tests/benchmarks/bench.py $(ARGS)

mutants: $(STAMP)
	$(BIN)/python -m pip install --quiet --group mutants
	$(BIN)/python tests/mutants/run.py $(ARGS)

clean:
	rm -rf $(VENV) .venv-lowest .venv-newer .demo .bench .mutants .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
