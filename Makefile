# Tollbridge. `make` alone lists the targets; each sets up .venv by itself.

# The newest interpreter that starts and is at least 3.11; PYTHON=/path/to/python3.12 overrides.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED := $(VENV)/.pinned
READY := $(VENV)/.ready

# Without -j: the checks print in order, and pytest's closing line comes last.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Built anew whenever the pins changed: no package outlives its pin.
$(PINNED): requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Tollbridge needs Python 3.11 or newer; name one with: make PYTHON=..." >&2; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(READY): $(PINNED) pyproject.toml
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: serve
serve: $(READY) ## run the platform with demo data at http://127.0.0.1:8000
	$(BIN)/tollbridge serve --demo

.PHONY: test
test: $(READY) ## run the tests
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: check
check: lint types imports test ## everything that CI checks: format, lint, types, imports, tests

.PHONY: fuzz
fuzz: $(READY) ## ask each endpoint 2,000 made-up things of each kind (takes long)
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest tests/rest/test_fuzz.py

.PHONY: races
races: $(READY) ## two servers, eight clients and 500 subscriptions on PostgreSQL
	TOLLBRIDGE_TEST_RACES=long $(BIN)/python -m pytest tests/simulation/test_two_servers.py

.PHONY: simulate
simulate: $(READY) ## years of a hundred seeds on both engines, and every planted bug (takes long)
	TOLLBRIDGE_TEST_SIMULATION=long $(BIN)/python -m pytest tests/simulation/test_simulation.py
	$(BIN)/python -m tests.simulation.planting

.PHONY: kills
kills: $(READY) ## kill a hundred workers that bill 20,000 subscriptions (again to go on)
	$(BIN)/python -m tests.simulation.killing --kills 100 --subscriptions 20000

.PHONY: deliveries
deliveries: $(READY) ## deliver 20,000 notices to a bad receiver, with workers killed, on both engines
	$(BIN)/python -m tests.simulation.delivering --engine postgres
	$(BIN)/python -m tests.simulation.delivering --engine sqlite

.PHONY: lint
lint: $(READY) ## check format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: types
types: $(READY) ## check types
	$(BIN)/mypy

.PHONY: imports
imports: $(READY) ## check that imports point inwards
	$(BIN)/lint-imports --no-logo

.PHONY: bench
bench: $(READY) ## measure the API and the start on both engines (bench/README.md)
	$(BIN)/python -m bench.api --engine sqlite
	$(BIN)/python -m bench.api --engine postgres

.PHONY: bench-billing
bench-billing: $(READY) ## measure the billing run on both engines, and a year of time travel
	$(BIN)/python -m bench.billing --engine sqlite
	$(BIN)/python -m bench.billing --engine postgres --workers 2
	$(BIN)/python -m bench.time_travel

.PHONY: format
format: $(READY) ## format the code and repair what lint can repair
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# Only PyPI's own files count, whatever indexes or wheels this machine is set up with; and the
# text names no address and no path, so that it is the same wherever it is made.
COMPILE := $(BIN)/uv --quiet --no-config pip compile --no-cache \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command 'make requirements' pyproject.toml

.PHONY: requirements
requirements: $(READY) ## pin anew what pyproject.toml asks for (UPGRADE=1 takes the latest versions)
	env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(COMPILE) $(if $(UPGRADE),--upgrade) --extra postgres --extra stripe --group dev -o requirements/dev.txt
	env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS \
	$(COMPILE) --extra postgres --extra stripe --constraint requirements/dev.txt -o requirements/serve.txt

.PHONY: clean
clean: ## remove the environment, caches, builds and the demo database
	rm -rf $(VENV) dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	rm -f tollbridge-demo.db*
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +
