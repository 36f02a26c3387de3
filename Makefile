# make study   installs and runs the first study, on this machine
# make test    ruff, mypy, pytest
# make bench   what is timed, each a ratio measured side by side in one run
# Options for pip: make study PIP_ARGS='--index-url https://download.pytorch.org/whl/cpu --extra-index-url https://pypi.org/simple'

PYTHON ?= python3
PIP_ARGS ?=
BIN := .venv/bin
# What starts a Ray, or a whole program, has the machine to itself; the rest shares its cores.
WITH_RAY := tests/jobs tests/test_readme.py tests/test_damage.py
WITHOUT_RAY := tests $(WITH_RAY:%=--ignore=%)

.PHONY: study test lint bench clean

study: .venv/installed
	@$(BIN)/transfer run quickstart

test: lint
	$(BIN)/python -m pytest --durations=8 -n 2 --dist loadfile $(WITHOUT_RAY)
	$(BIN)/python -m pytest --durations=8 $(WITH_RAY)

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.12, say")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e .
	@touch $@

.venv/installed-dev: pyproject.toml .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv dist build results
