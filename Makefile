# Needs make and a Python of 3.11 or newer with venv; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check
# What these name comes with the hashes that they give, or not at all.
PINS := .ci/requirements
PINNED := install --require-hashes --requirement $(PINS)

.DEFAULT_GOAL := help
.PHONY: help demo test check servers bench fuzz pins format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.run-time ## A stolen name and a forged lock: xpip against two small repositories
	@$(BIN)/python examples/demo.py

test: .venv/.dev ## Run the tests
	@$(BIN)/python -m pytest -n auto

check: .venv/.dev ## Lint, types, floors, tests with coverage: what CI runs
	@echo "· lint"; $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "· types"; $(BIN)/mypy --no-error-summary
	@echo "· floors"; out=$$($(BIN)/lint-imports --no-cache --no-logo) || { echo "$$out"; exit 1; }
	@echo "· tests"; $(BIN)/python -m pytest -n auto --cov

servers: .venv/.servers ## Install what tests/servers and tests/peers skip without: servers, pdm

bench: .venv/.bench ## Time xpip beside uv and pip; ARGS=scale: as all grows; ARGS=--help: more
	@$(BIN)/python -m tests.benchmarks $(or $(ARGS),run)

fuzz: .venv/.fuzz ## Search for inputs that break a reader; ARGS="page-html wheel --seconds 600", say
	@$(BIN)/python -m tests.fuzz $(ARGS)

pins: .venv/.dev ## Pin what pyproject.toml lists anew; ARGS=--upgrade takes newer versions
	@set -e; pin() { $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate $(ARGS) pyproject.toml --group build "$$@"; }; \
	pin --group dev --output-file $(PINS)/dev.txt; \
	pin --constraint $(PINS)/dev.txt --output-file $(PINS)/run-time.txt; \
	pin --group dev --group servers --group peers --constraint $(PINS)/dev.txt \
	  --output-file $(PINS)/servers.txt

format: .venv/.dev ## Rewrite the code in the house style
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet .

clean: ## Remove the environment and everything tools left behind
	@rm -rf .venv .fuzz dist .coverage .coverage.* .hypothesis .import_linter_cache .*_cache
	@find src tests examples -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# One environment in two steps, so that the demo waits for no development tool.
.venv/.run-time: pyproject.toml $(PINS)/run-time.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("xpip needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "· making .venv"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) $(PINNED)/run-time.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run-time $(PINS)/dev.txt
	@echo "· adding the development tools"
	@$(PIP) $(PINNED)/dev.txt
	@touch $@

.venv/.servers: .venv/.dev $(PINS)/servers.txt
	@echo "· adding repository servers, and other tools"
	@$(PIP) $(PINNED)/servers.txt
	@touch $@

# Its wheels are for Linux on x86-64, CPython 3.11 to 3.14; elsewhere pip says that there is none.
.venv/.fuzz: .venv/.dev
	@echo "· adding atheris"
	@$(PIP) install --only-binary atheris --group fuzz
	@touch $@

.venv/.bench: .venv/.run-time
	@echo "· adding uv and pip to measure against"
	@$(PIP) install --upgrade 'pip>=25.1'  # the first with --group
	@$(PIP) install --upgrade --group bench
	@touch $@
