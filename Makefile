# Everything from a fresh clone with Python >= 3.11 and make: each target does its own set-up, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo test chaos lint bench clean

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

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python tests/benchmarks/bench.py $(ARGS)

clean:
	rm -rf $(VENV) .demo .bench .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
