# Every target does its own set-up. `make help` lists them.
# The Python that .venv is made with. It is handed on to nothing else: what runs, runs from .venv.
PYTHON ?= python3
unexport PYTHON
BIN := .venv/bin
READY := .venv/.ready
NODE_READY := app/frontend/node_modules/.ready
# Recorded answers, what others have written or a program has, and pictures.
NO_PROSE := 'cassettes/|recorded/|\.(lock|png|svg|woff2)$$|-lock\.json$$|_pb2|LICENSE|notices/|grafana/dashboards/'

# Tests on all cores, a module's on one of them, so that what they share is started once.
PYTEST := $(BIN)/pytest -q --numprocesses auto --dist loadscope --no-loadscope-reorder

NEED_NPM = @command -v npm >/dev/null || { echo "The app's front end needs Node 20.11 or newer, with npm: https://nodejs.org" >&2; exit 1; }

.PHONY: help setup test test-fast .fast-tests lint build docs site plugin-test proto plugin demo demo-check gallery bench lock clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## virtual environment and packages in .venv

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "groupscope needs Python 3.11 or newer; name it with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/need no-venv-module=python3-venv
	@echo "Setting up .venv (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lint: $(READY) ## ruff, mypy, directions of imports, spelling and words, and pages as `make docs` writes them
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said" >&2; exit 1; }
	@git ls-files -z | grep -zvE $(NO_PROSE) | xargs -0 $(BIN)/codespell
	@$(BIN)/python -m docs_build prose
	@$(BIN)/python -m docs_build write --check

test-fast: ## lint, and the tests that start nothing and take no second each
	@$(MAKE) --no-print-directory --jobs 2 lint .fast-tests

.fast-tests: $(READY)
	@$(PYTEST) -m "not slow and not hub and not prometheus and not browser and not grafana"

test: ## everything; installs prometheus and chromium with apt if missing
	@scripts/need promtool=prometheus prometheus=prometheus chromium=chromium objdump=binutils
	@$(MAKE) --no-print-directory --jobs 2 lint plugin-test
	@$(BIN)/python -m dashboards build --check
	@$(PYTEST)

plugin-test: $(NODE_READY) ## the front end of the Grafana app: types, lint, unit tests; lint of the report's script
	@cd app/frontend && npm run --silent typecheck && npm run --silent lint && npm run --silent test
	@app/frontend/node_modules/.bin/eslint --config app/frontend/eslint.config.js dashboards/report/static

$(NODE_READY): app/frontend/package-lock.json
	$(NEED_NPM)
	@echo "Setting up app/frontend/node_modules (a minute or two)"
	@cd app/frontend && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

build: $(READY) ## write provisioning/: boards, recording rules and alerts
	@$(BIN)/python -m dashboards build

docs: $(READY) ## write what is generated in README, CONTRIBUTING and docs/, and lay all pages out
	@$(BIN)/python -m docs_build write

site: $(READY) ## the pages as a site, in build/site; a broken link fails it
	@$(BIN)/python -m docs_build site build/site
	@echo build/site/index.html

proto: $(READY) ## write the messages of Grafana's plugin protocol from their .proto
	@scripts/proto

plugin: $(READY) $(NODE_READY) ## the Grafana app, in dist/: front end, boards, backend without Python, and a zip
	@scripts/need objdump=binutils
	@cd app/frontend && npm run --silent build
	@rm -rf build/app
	@scripts/freeze build/app/groupscope-jupyterhub-app
	@$(BIN)/python -m dashboards build --app --raw --output build/app/groupscope-jupyterhub-app/dashboards
	@scripts/assemble-app app/frontend/dist build/app/groupscope-jupyterhub-app dist

demo: $(READY) ## a hub, a simulated cluster and the board; Ctrl-C stops it
	@scripts/need prometheus=prometheus
	@exec $(BIN)/python -m demo up

demo-check: $(READY) ## the demo's numbers against the simulator's truth; exits 0 or 1
	@scripts/need prometheus=prometheus
	@$(BIN)/python -m demo check

gallery: $(READY) ## docs/gallery: a picture of every board from the demo's data, five minutes
	@scripts/need prometheus=prometheus chromium=chromium
	@exec $(BIN)/python -m demo gallery

bench: $(READY) ## figures of the exporter and the boards beside their goals, 15 minutes; exits 0 or 1
	@scripts/need prometheus=prometheus
	@exec $(BIN)/python -m benchmarks

lock: ## renew requirements-dev.lock (needs uv)
	@scripts/lock

clean: ## remove .venv, caches and the demo's files
	@rm -rf .venv .demo .import_linter_cache .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build app/frontend/dist app/frontend/node_modules
