# The only task runner. `make help` teaches.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Every recipe sees the tools of the lock first: temporal, kubectl, ruff, …
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2}'

# pip checks the hashes of the lock; nothing else is ever installed by hand.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rpafabrik needs Python 3.11 or later; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) (about a minute the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: setup
setup: $(READY) ## Make the virtual environment from the lock (the other targets do it for you)

.PHONY: demo
demo: $(READY) ## Run the first digital worker on example data: YAML in, saved hours out
	rpafabrik dev examples/kassaavstamning --run

.PHONY: test
test: $(READY) ## Run everything that must hold, against real servers that it starts itself
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	$(MAKE) --no-print-directory verify
	pytest -n 4 --dist worksteal # on two cores: tests wait as much as they work

.PHONY: check
check: $(READY) ## The inner loop: lint, types and the tests that need no server
	ruff check .
	mypy
	lint-imports
	pytest -n 2 -m "not server"

.PHONY: fmt
fmt: $(READY) ## Format the code and mend what ruff can mend
	ruff format .
	ruff check --fix .

.PHONY: generate
generate: $(READY) ## Write the generated files: CRDs, API reference and dashboards
	@$(BIN)/python crds/generate.py
	@$(BIN)/python dashboards/generate_boards.py

.PHONY: verify
verify: generate ## Fail when a generated file is stale
	@git diff --exit-code --stat -- crds charts/*/files dashboards/*.json docs/api || { echo "Generated files are stale: run 'make generate' and commit."; exit 1; }

.PHONY: dashboards-preview
dashboards-preview: $(READY) ## Draw the boards from a sample factory, without Grafana (needs Node.js)
	@PYTHONPATH=tests:dashboards $(BIN)/python -m support.board_preview

.PHONY: bench
bench: $(READY) ## Measure: each figure a ratio against a baseline of the same run
	@for bench in tests/bench/bench_*.py; do $(BIN)/python "$$bench"; done

.PHONY: cluster-up
cluster-up: $(READY) ## Start a whole Kubernetes with a node on this machine (Debian, as root)
	@PYTHONPATH=tests $(BIN)/python -m cluster.cluster_up up

.PHONY: cluster-down
cluster-down: $(READY) ## Stop it, and leave nothing behind
	@PYTHONPATH=tests $(BIN)/python -m cluster.cluster_up down

.PHONY: kind-up
kind-up: ## Try it all on a cluster of your own: needs docker, kind, helm and kubectl
	@examples/kind/up.sh

.PHONY: kind-down
kind-down: ## Delete that cluster, and all that was tried
	@kind delete cluster --name rpafabrik

COMPILE := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.PHONY: lock
lock: $(READY) ## Resolve the locks again, with hashes and without any index
	$(COMPILE) --extra dev --upgrade pyproject.toml -o requirements.lock
	$(COMPILE) --constraints requirements.lock pyproject.toml -o images/robot.lock
	$(COMPILE) --constraints requirements.lock --extra operator --extra platform pyproject.toml -o images/product.lock
	echo hatchling | $(COMPILE) --constraints requirements.lock - -o images/build.lock

.PHONY: clean
clean: ## Remove what the other targets made (the virtual environment, caches, demo state)
	rm -rf $(VENV) .rpafabrik .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
