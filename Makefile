# Two targets matter to users: `make demo` and `make test`. Nothing else is needed before them.
# What a target has made is not made again: .venv/.* are stamps.

VIDEO ?= demo/plaza.mp4
PYTHON ?=
WORKERS ?= 2
DAYS ?=
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help demo web test test-fast test-any-day test-oldest test-newest check format lint types imports docs web-check bench lock clean
.DELETE_ON_ERROR:

help: ## Say what can be made.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/'

demo: .venv/.models ## Cover a real clip and say where the covered copy is; VIDEO=my.mp4 takes your own.
	@BIN=$(BIN) tools/demo.sh "$(VIDEO)"

web: .venv/.web ## Build the console; needs Node.js 18 or newer with npm.

test: .venv/.dev .venv/.models .venv/.web ## Run all tests; those of live cameras skip where the parts in .ci/run are absent.
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal --durations 15

test-fast: .venv/.dev ## Run the tests that need no media, networks, servers, databases or browser (under 90 s).
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal -q -m "not slow and not served"

test-oldest: .venv/.web ## Run the fast tests with the oldest versions that pyproject.toml allows, in an environment of their own.
	@tools/versions.sh lowest-direct "$(PYTHON)" $(WORKERS)

test-newest: .venv/.web ## Run the fast tests with the newest versions that pyproject.toml allows, in an environment of their own.
	@tools/versions.sh highest "$(PYTHON)" $(WORKERS)

test-any-day: .venv/.dev .venv/.models ## Run fast tests on other days, in other time zones and locales; needs Debian's faketime.
	@tools/any_day.sh $(BIN) $(WORKERS) $(DAYS)

check: format lint types imports docs web-check test ## All that must hold before a change lands.

format: .venv/.dev ## Are all files formatted?
	@$(BIN)/ruff format --check .

lint: .venv/.dev ## Is the code tidy?
	@$(BIN)/ruff check .

types: .venv/.dev ## Do the types hold?
	@$(BIN)/mypy

imports: .venv/.dev ## Does every import run the allowed way?
	@$(BIN)/lint-imports

docs: .venv/.dev ## Write the reference pages anew; fails when they were stale.
	@$(BIN)/python tools/layers.py --check
	@$(BIN)/python tools/reference.py --check

web-check: .venv/.web ## Do the console's types, style and tests hold?
	@cd web && npm run --silent check && npm test --silent

bench: .venv/.dev .venv/.models ## Measure speed, memory and leaks beside deface.
	@$(BIN)/python -m benchmarks

lock: .venv/.dev ## Write requirements.lock from what is installed.
	@tools/lock.sh $(BIN)

clean: ## Remove what was made here (the fetched models stay).
	rm -rf web/node_modules src/passerby/serve/console .venv .venv-* demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/.made:
	@python=$$(tools/python.sh $(PYTHON)) && rm -rf .venv && "$$python" -m venv .venv && touch $@

.venv/.installed: pyproject.toml requirements.lock | .venv/.made
	@echo "Installing passerby and what it stands on ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e . \
	  || { echo "make: pip could not install passerby: see its lines above; is a package registry reachable?" >&2; exit 1; }
	@touch $@

.venv/.dev: .venv/.installed
	@echo "Installing what tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]' \
	  || { echo "make: pip could not install the test tools: see its lines above; is a package registry reachable?" >&2; exit 1; }
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "make: npm is absent; install Node.js 18 or newer (Debian: nodejs npm)" >&2; exit 1; }
	@cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
	  || { echo "make: npm could not install what the console is built with: see its lines above; is a package registry reachable?" >&2; exit 1; }
	@touch $@

.venv/.web: $(shell find web/src web/public -type f) web/index.html web/vite.config.ts web/node_modules/.installed | .venv/.made
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

.venv/.models: .venv/.installed src/passerby/vision/models/catalogue.py
	@$(BIN)/passerby models fetch
	@touch $@
