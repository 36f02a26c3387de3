# make study   installs and runs the first study, on this machine
# make test    ruff, mypy, pytest
# make bench   what is timed, each a ratio measured side by side in one run
# make agreement   do attacks transfer as far as those of other libraries? a quarter of an hour; writes docs/agreement.md.
#                  TRANSFER_DATA=FOLDER with CIFAR-10 in it, else on MNIST; make agreement ARGS=--quick takes a minute
# Options for pip: make study PIP_ARGS='--index-url https://download.pytorch.org/whl/cpu --extra-index-url https://pypi.org/simple'

PYTHON ?= python3
PIP_ARGS ?=
ARGS ?=
BIN := .venv/bin
# What starts a Ray, or a whole program, has the machine to itself; the rest shares its cores.
WITH_RAY := tests/jobs tests/test_readme.py tests/test_damage.py
WITHOUT_RAY := tests $(WITH_RAY:%=--ignore=%)

.PHONY: study test lint bench agreement clean

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

agreement: .venv/installed-dev
	$(BIN)/python -m benchmarks.agreement $(ARGS)

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=python3.12, say")'
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e .
	@touch $@

.venv/installed-dev: pyproject.toml .venv/installed
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -e '.[dev]'
	@# Without what it asks for: a version of requests from 2020, which it can do without.
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) --no-deps 'torchattacks==3.5.1'
	@touch $@

clean:
	rm -rf .venv dist build results
