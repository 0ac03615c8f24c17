# Everything from a fresh clone with Python >= 3.11 and make: each target does its own set-up, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
LOWEST := .venv-lowest/.ready
NEWER := .venv-newer/.ready
UV := $(BIN)/uv
# Tests at once. Neighbours stay with one worker, so that what a module sets up is set up once.
WORKERS ?= 2
PYTEST := python -m pytest -n $(WORKERS) --dist worksteal -m "not chaos"

# Where bytecode may not be written, every command that a test starts compiles the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup environments demo test chaos lint bench mutants lowest newer clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=…)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" "uv>=0.7"
	@# uv needs a fifth of pip's time; where packages come from an index that only pip was told of, pip fetches them.
	$(UV) pip install --quiet --python $(BIN)/python --editable . --group dev || \
	  $(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $(STAMP)

demo: $(STAMP)
	@IMPORTER_HOME=.demo $(BIN)/importer run sample_data/legacy_crm.csv --sandbox --fresh \
	  --output .demo/legacy_crm.result.csv; code=$$?; test $$code -le 1

test: $(STAMP)
	$(BIN)/$(PYTEST) $(ARGS)

chaos: $(STAMP)
	$(BIN)/python -m pytest -m chaos -s $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The same tests with the lowest versions that pyproject.toml allows, and with the newest Python that is installed;
# without those that take a quarter of their time and look at no library. BESIDE: what the page, the inbox and notices
# alone use (python-multipart, Jinja2, prometheus-client; sse-starlette; argon2-cffi; watchfiles; apprise), a test or two each.
BESIDE := tests/web/test_page_metrics.py \
  tests/web/test_accounts.py::test_who_listens_for_changes_is_asked_again_who_they_are \
  tests/web/test_accounts.py::test_accounts_are_made_by_the_command_which_asks_for_the_password \
  tests/inbox/test_inbox.py::test_who_stays_takes_files_as_they_come_and_ends_when_asked \
  tests/notify/test_dispatch.py::test_a_hook_that_sends_elsewhere_was_told_nothing \
  tests/notify/test_dispatch.py::test_a_mail_has_its_lines_and_takes_no_name_for_html \
  tests/notify/test_dispatch.py::test_figures_that_are_damaged_begin_anew
QUICK := $(BESIDE) tests/settings tests/schemas tests/validation tests/writing tests/reading/test_workbooks.py \
  tests/reading/test_encodings.py tests/pipeline/test_formats.py tests/pipeline/test_run.py \
  -k "not libreoffice and not far_away and not any_cells_come_back and not adds_a_field and not all_shares"

environments: $(LOWEST) $(NEWER)

$(LOWEST): pyproject.toml | $(STAMP)
	$(UV) venv --quiet --clear .venv-lowest
	$(UV) pip install --quiet --python .venv-lowest --resolution lowest-direct --editable . --group dev
	@touch $@

# After the other one: both build in this folder. Nothing but the stamp where the machine has no newer Python.
$(NEWER): pyproject.toml | $(LOWEST)
	@rm -rf .venv-newer && mkdir .venv-newer
	@for python in python3.14 python3.13 python3.12 $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python3; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue; \
	  $(UV) venv --quiet --clear --python "$$python" .venv-newer && \
	  $(UV) pip install --quiet --python .venv-newer --editable . --group dev || exit 1; break; done
	@touch $@

lowest: $(LOWEST)
	.venv-lowest/bin/$(PYTEST) -q $(QUICK) $(ARGS)

newer: $(NEWER)
	@if [ -x .venv-newer/bin/python ]; then \
	  .venv-newer/bin/python --version && .venv-newer/bin/$(PYTEST) -q $(QUICK) $(ARGS); else \
	  echo "no newer Python on this machine: linted for one instead"; \
	  $(BIN)/ruff check --target-version py313 --ignore UP040,UP043,UP047 .; fi  # (these want words that 3.11 lacks)

# With what users install and the peers: pandera loads Hypothesis where there is one, which would count as ours.
bench: $(STAMP)
	$(UV) venv --quiet --clear .venv-bench
	$(UV) pip install --quiet --python .venv-bench --editable . --group bench
	.venv-bench/bin/python tests/benchmarks/bench.py $(ARGS)

mutants: $(STAMP)
	$(BIN)/python -m pip install --quiet --group mutants
	$(BIN)/python tests/mutants/run.py $(ARGS)

clean:
	rm -rf $(VENV) .venv-lowest .venv-newer .venv-bench .demo .bench .mutants .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info
