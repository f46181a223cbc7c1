# Everything here works on a fresh checkout: each target sets up what it needs, and a second run starts in seconds.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet
JSONNET = $(shell find rules dashboards tests -name '*.libsonnet' -o -name '*.jsonnet' | sort)
JSONNETFMT := -n 2 --max-blank-lines 2 --string-style s --comment-style s

# Arguments for the targets below: make demo DEMO='--for 2m', make test TESTS='tests/core -k budget'
DEMO ?=
TESTS ?=
PICTURES ?=

.PHONY: help
help: ## Print what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/runtime ## Run everything on real servers, with five weeks of history; DEMO='--for 2m' passes options
	@$(BIN)/tallystick demo $(DEMO)

.PHONY: demo-fault
demo-fault: $(VENV)/runtime ## Break the running demo's shop for a while, and follow the page; DEMO='latency' another way
	@$(BIN)/tallystick demo fault $(DEMO)

.PHONY: test
test: $(VENV)/dev ## Run all tests, with Prometheus 2 and 3; TESTS='tests/core -k budget' runs some
	@$(BIN)/python -m tallystick.demo.tools --for test
	@$(BIN)/python -m compileall -q exporter/tallystick # each command that is started would do it, where Python may not keep it
	@$(BIN)/pytest $(if $(TESTS),$(TESTS),--numprocesses 2)

.PHONY: cover
cover: ## Run them in twice the time, and tell which lines none of them runs; TESTS='tests/core' runs some
	@PYTEST_ADDOPTS='--cov --cov-report=term' $(MAKE) test

.PHONY: lint
lint: $(VENV)/dev ## Check style, types, jsonnet and the example definitions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	@$(BIN)/python -m tallystick.demo.tools --for lint
	$$($(BIN)/python -m tallystick.demo.tools --path jsonnetfmt) $(JSONNETFMT) --test $(JSONNET)
	$$($(BIN)/python -m tallystick.demo.tools --path jsonnet-lint) -J . $(JSONNET)
	$(BIN)/tallystick check slo-definitions

.PHONY: format
format: $(VENV)/dev ## Bring Python and jsonnet into their style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$$($(BIN)/python -m tallystick.demo.tools --path jsonnetfmt) $(JSONNETFMT) --in-place $(JSONNET)

.PHONY: docs
docs: $(VENV)/dev ## Write docs/cli.md anew, from the commands themselves
	PYTHONPATH=tests $(BIN)/python -m support.clidoc

.PHONY: pictures
pictures: $(VENV)/dev ## Draw docs/images anew, from the demo; takes a quarter of an hour. PICTURES='--work DIR' keeps all drawings
	PYTHONPATH=tests $(BIN)/python -m dashboards.pictures $(PICTURES)

.PHONY: bench
bench: $(VENV)/dev ## Time what is meant to be fast
	@for script in bench/accuracy.py bench/quiet.py bench/cost.py bench/generate.py bench/loading.py bench/reading.py bench/round.py; do echo "$$script"; $(BIN)/python "$$script" || exit 1; done

.PHONY: clean
clean: ## Remove what was made here; programs in ~/.cache/tallystick stay
	rm -rf $(VENV) tests/dashboards/drawing/node_modules tests/dashboards/drawing/built build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The virtual environment in three steps, so that the demo installs no more than it runs with.

$(VENV)/bin/python:
	@.ci/venv $(VENV)

$(VENV)/runtime: pyproject.toml | $(VENV)/bin/python
	@echo "Installing tallystick and the packages it runs with (about 60 MB) ..."
	@$(PIP) --upgrade 'pip>=25.1'
	@$(PIP) --editable .
	@touch $@

$(VENV)/dev: pyproject.toml $(VENV)/runtime
	@echo "Installing what tests and lint need (about 150 MB) ..."
	@$(PIP) --group dev
	@touch $@
