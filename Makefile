# Postroom. `make setup` and `make run` are all that a first look needs; see CONTRIBUTING.md for the rest.

VENV := .venv
BIN := $(VENV)/bin
# The first of these that is 3.11 or newer and can make virtual environments. Or: make setup PYTHON=/path/to/python
PYTHON ?= $(shell for candidate in python3.13 python3.12 python3.11 python3; do \
	$$candidate -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$candidate; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
RUNTIME := $(VENV)/.runtime-is-installed
DEVELOPMENT := $(VENV)/.development-is-installed

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-servers test-slow check format messages bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

setup: $(RUNTIME) ## Make .venv with Postroom in it

setup-dev: $(DEVELOPMENT) ## The same, with the tools for tests and checks

run: $(RUNTIME) ## Start the demo: sandbox mail servers, sample data, all roles (Ctrl-C ends it)
	@$(BIN)/postroom demo

test: $(DEVELOPMENT) ## The quick tests
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(DEVELOPMENT) ## The slow tests: real mail servers, browser, crashes (Dovecot, Postfix, Chromium)
	$(BIN)/python -m pytest -m slow

test-servers: ## Install the OpenID provider that some slow tests sign in at (needs Node.js 20.12 and npm)
	mkdir -p var/npm
	cp tests/servers/npm/package.json tests/servers/npm/package-lock.json var/npm/
	npm ci --prefix var/npm --ignore-scripts --no-audit --no-fund

check: $(DEVELOPMENT) ## Style, types, layers, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(DEVELOPMENT) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCALE := postroom/locale
PYBABEL := $(BIN)/pybabel --quiet

messages: $(DEVELOPMENT) ## Bring the translations up to date: extract, merge, compile (edit the .po files in between)
	mkdir -p var
	$(PYBABEL) extract -F pyproject.toml -k gettext_lazy -k gettext_noop -k ngettext_lazy:1,2 --no-location --omit-header -o var/messages.pot postroom
	$(PYBABEL) update -D django -d $(LOCALE) -i var/messages.pot --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	$(PYBABEL) compile -D django -d $(LOCALE)

bench: $(DEVELOPMENT) ## Measure throughput and latency
	$(BIN)/python -m bench

clean: ## Remove .venv; the data in var/ stays
	rm -rf $(VENV)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Postroom needs Python 3.11 or newer with its venv module (Debian: apt install python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
