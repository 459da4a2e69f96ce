# `make help` lists all commands.
PORT ?= 3000
DATA_DIR ?= .data
PYTHON ?= python3
BIN := .venv/bin
export DATA_DIR

.DEFAULT_GOAL := help
# A start imports two thousand modules; compiling them each time takes as long as the rest of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-dev run check check-rest types contracts sbom js test coverage soak unit bench load migrate seed requirements clean

help:  ## List all commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.run-ready: requirements.txt scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py run

.venv/.dev-ready: requirements.txt requirements-dev.txt scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py dev

setup: .venv/.run-ready  ## Create the virtual environment with the run-time dependencies

setup-dev: .venv/.dev-ready  ## Create it with the development dependencies too

run: .venv/.run-ready  ## Start the product: PORT=3000 DATA_DIR=.data SPOTIFY=standin (Spotify simulator)
	@exec $(BIN)/python -m askchopper serve --port $(PORT) --build --seed $(if $(SPOTIFY),--spotify $(SPOTIFY))

# Tools for the client components; npm and node are installed in the virtual environment.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --silent
node_modules/.ready: package.json package-lock.json | .venv/.dev-ready
	@$(NPM) ci && touch $@

check: .venv/.dev-ready node_modules/.ready  ## Check format, lint, types and import contracts; run the tests of the client stores
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs=2 types check-rest

check-rest:
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/audit.py
	@$(NPM) run check

# In an environment of its own: one of its packages makes jsonschema, and so each start of a server, take 1.7 seconds longer.
.venv/sbom/.ready: requirements-sbom.txt
	@$(PYTHON) -m venv .venv/sbom && .venv/sbom/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

sbom: .venv/.run-ready .venv/sbom/.ready  ## Write the software bill of materials: sbom.cdx.json (CycloneDX)
	@.venv/sbom/bin/cyclonedx-py requirements requirements.txt --of JSON -o sbom.cdx.json

js: .venv/.dev-ready node_modules/.ready  ## Run the tests of the client components' stores, in Node
	@$(NPM) test

types: .venv/.dev-ready  ## Check types only
	@$(BIN)/pyright --project pyproject.toml

contracts: .venv/.dev-ready  ## Check import contracts only
	@$(BIN)/lint-imports

test: .venv/.dev-ready node_modules/.ready  ## Run all tests but the long ones: unit, integration on a real Postgres, browser; CHECK=1: the checks, too
	@$(BIN)/python scripts/test.py

coverage: .venv/.dev-ready node_modules/.ready  ## Run the unit and integration tests with coverage; fails below the bar
	@$(BIN)/pytest tests/unit tests/integration tests/soak -n 3 --cov

soak: .venv/.dev-ready node_modules/.ready  ## Run all tests in full, with coverage: every crash point, long outages, the complete demo catalogue
	@SOAK=1 $(BIN)/python scripts/test.py

unit: .venv/.dev-ready  ## Run the tests that need neither a database nor a browser
	@$(BIN)/pytest tests/unit

bench: .venv/.dev-ready  ## Run one benchmark: NAME=pages|events|purchases|browse|zip|memory|start|analysis|upload|search|queries|lossy|metre|chat|spotify|attack|load|member_context|recommendations|knowledge|trends|rewards|analytics|community|community_pages|report
	@$(BIN)/python -m bench $(NAME)

load: .venv/.dev-ready  ## Run a load stage: STAGE=L0, the client's test with ten people (five minutes)
	@test "$(STAGE)" = L0 || { echo "Only STAGE=L0 is built."; exit 2; }
	@$(BIN)/python -m bench load

migrate: .venv/.run-ready  ## Migrate the database to the latest revision
	@$(BIN)/python -m askchopper migrate

seed: .venv/.run-ready  ## Create the demo content
	@$(BIN)/python -m askchopper seed

PIN := $(BIN)/pip-compile -q --generate-hashes --allow-unsafe --no-strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header
requirements: .venv/.dev-ready  ## Regenerate the pinned requirement files
	@$(PIN) -o requirements.txt requirements.in
	@$(PIN) -o requirements-dev.txt requirements-dev.in
	@$(PIN) -o requirements-sbom.txt requirements-sbom.in
	@$(PIN) -o requirements-uv.txt requirements-uv.in

clean:  ## Remove builds and caches, but no data
	@rm -rf .web/build .pytest_cache .ruff_cache .coverage* htmlcov
