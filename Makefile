# One word a verb. `make help` lists them.
PORT ?= 3000
DATA_DIR ?= .data
PYTHON ?= python3
BIN := .venv/bin
export DATA_DIR

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run check types contracts js test soak unit bench migrate seed requirements clean

help:  ## List the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/.run-ready: requirements.txt scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py run

.venv/.dev-ready: requirements.txt requirements-dev.txt scripts/bootstrap.py
	@$(PYTHON) scripts/bootstrap.py dev

setup: .venv/.run-ready  ## Make the virtual environment with all the product needs

setup-dev: .venv/.dev-ready  ## The same with the tools for tests and checks

run: .venv/.run-ready  ## Run the product: PORT=3000 DATA_DIR=.data SPOTIFY=standin
	@exec $(BIN)/python -m askchopper serve --port $(PORT) --build --seed $(if $(SPOTIFY),--spotify $(SPOTIFY))

# The tools for the client components; npm and node come with the virtual environment.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --silent
node_modules/.ready: package.json package-lock.json | .venv/.dev-ready
	@$(NPM) ci && touch $@

check: .venv/.dev-ready node_modules/.ready  ## Format, lint, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pyright --project pyproject.toml
	@$(NPM) run check

js: .venv/.dev-ready  ## The tests of the client components' stores, in Node
	@$(NPM) test

types: .venv/.dev-ready  ## Types only
	@$(BIN)/pyright --project pyproject.toml

contracts: .venv/.dev-ready  ## Import contracts only
	@$(BIN)/lint-imports

test: .venv/.dev-ready  ## All tests: unit, integration on real Postgres, browser
	@$(BIN)/python scripts/test.py

soak: .venv/.dev-ready  ## All tests with the long ones in full: every crash point, long outages, the whole demo catalogue
	@SOAK=1 $(BIN)/python scripts/test.py

unit: .venv/.dev-ready  ## The tests that need neither database nor browser
	@$(BIN)/pytest tests/unit

bench: .venv/.dev-ready  ## One benchmark: NAME=pages|events|purchases|browse|zip|memory|start|analysis|upload|search|chat|spotify|report
	@$(BIN)/python -m bench $(NAME)

migrate: .venv/.run-ready  ## Bring the database up to date
	@$(BIN)/python -m askchopper migrate

seed: .venv/.run-ready  ## Make the demo content
	@$(BIN)/python -m askchopper seed

requirements: .venv/.dev-ready  ## Pin the requirement files again
	@$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements.txt requirements.in
	@$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header -o requirements-dev.txt requirements-dev.in

clean:  ## Remove builds and caches, keep data
	@rm -rf .web/build .pytest_cache .ruff_cache .coverage* htmlcov
