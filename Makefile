# Two targets set up everything on a machine that has Python 3.11 or later, make and a package registry:
#   make demo   virtual environment, install, the demonstration study and its readout
#   make test   everything the tests need, then all checks
# and one serves the demonstration to a browser of this machine:
#   make console
PYTHON ?= python3
BIN := .venv/bin
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo console test check docs validation prove benchmarks clean
.DELETE_ON_ERROR:

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Hevesy needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/installed-test: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,check,docs]'
	@touch $@

demo: .venv/installed
	@$(BIN)/hevesy demo demo

# axe-core, for tests of the console; without npm they are skipped, and fail in continuous integration.
tests/console/node_modules/.package-lock.json: tests/console/package.json tests/console/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix tests/console --ignore-scripts --no-audit --no-fund --silent && touch $@; fi

.venv/installed-console: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[console]'
	@touch $@

console: .venv/installed-console
	@$(BIN)/hevesy demo demo
	@$(BIN)/hevesy serve demo

test: .venv/installed-test check docs

check: .venv/installed-test tests/console/node_modules/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 8 --dist loadfile

docs: .venv/installed-test
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

validation: .venv/installed-test
	$(BIN)/python tools/validate_physics.py

# Every bar at full size: about an hour on two cores. `make test` runs each in a reduced form.
prove: .venv/installed-test tests/console/node_modules/.package-lock.json
	$(BIN)/python tools/prove.py

benchmarks: .venv/installed-test
	$(BIN)/python -m benchmarks.readout
	$(BIN)/python -m benchmarks.dose_finding
	$(BIN)/python -m benchmarks.transport
	$(BIN)/python -m benchmarks.follow
	$(BIN)/python -m benchmarks.console
	$(BIN)/python -m benchmarks.images

clean:
	rm -rf .venv demo docs/_build tests/console/node_modules
