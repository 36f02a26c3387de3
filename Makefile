# make study   installs and runs the first study, on this machine
# make studies the small form of every study that needs no download, each in at most 90 seconds, in a folder that is removed
# make test    ruff, mypy, pytest
# make long    the tests that take long, which `make test` leaves out
# make chaos   real faults in real runs on a Ray of three nodes, each run finished and compared with an undisturbed one
#              make chaos ARGS=--list shows them, ARGS='--only NAME' runs one; at most ten minutes on two cores.
#              Then what the commit protocol survives, and every bad input of tests/hostile/catalogue.csv
# make bench   what is timed, each a ratio measured side by side in one run
# make coverage   do intervals hold what was planted in 500 simulated studies as often as they say? some minutes
# make docs    writes docs/questions.md and docs/results.md again, after a question or a column has changed
# make agreement   do attacks transfer as far as those of other libraries? a quarter of an hour; writes docs/agreement.md.
#                  TRANSFER_DATA=FOLDER with CIFAR-10 in it, else on MNIST; make agreement ARGS=--quick takes a minute
# make image   the container image that cluster.yaml, cluster-on-premises.yaml and jobs/rayjob.yaml name; needs Docker
# make lock    requirements.lock, which the image installs: keeps the pins that still hold; make lock ARGS=--upgrade takes the newest
# Options for pip: make study PIP_ARGS='--index-url https://download.pytorch.org/whl/cpu --extra-index-url https://pypi.org/simple'

PYTHON ?= python3
PIP_ARGS ?=
ARGS ?=
BIN := .venv/bin
IMAGE ?= registry.example/transfer
STUDIES ?= $(basename $(notdir $(shell grep -lE "^data: *(mnist\b|\{name: mnist,)" jobs/studies/*.yaml)))
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# What starts a Ray, or a whole program, has the machine to itself; the rest shares its cores, some tests of jobs/ too.
SHARING := $(addprefix tests/jobs/test_,$(addsuffix .py,answers board bundle fleet init keeping labels nodes planning progress request results status watching))
WITH_RAY := $(filter-out $(SHARING),$(wildcard tests/jobs/test_*.py)) tests/test_readme.py tests/test_damage.py
WITHOUT_RAY := tests $(WITH_RAY:%=--ignore=%)

.PHONY: study studies test long lint chaos bench coverage agreement docs image lock clean

study: .venv/installed
	@$(BIN)/transfer run quickstart

studies: .venv/installed
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; for study in $(STUDIES); do \
		begin=$$(date +%s); \
		timeout --kill-after=30 90 $(BIN)/transfer run $$study --small --results "$$folder/$$study" > "$$folder/said" 2>&1 \
			|| { status=$$?; cat "$$folder/said"; echo "$$study: exit code $$status (124: longer than 90 s)"; exit 1; }; \
		echo "$$study: $$(( $$(date +%s) - begin )) s"; \
	done

test: lint
	$(BIN)/python -m pytest --durations=8 -m 'not long' -n 2 --dist loadfile $(WITHOUT_RAY)
	$(BIN)/python -m pytest --durations=8 -m 'not long' $(WITH_RAY)

long: .venv/installed-dev
	$(BIN)/python -m pytest --durations=8 -m long

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

chaos: .venv/installed-dev
	$(BIN)/python -m tests.chaos $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m tests.transfer.store)
	$(if $(ARGS),,$(BIN)/python -m tests.hostile)

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks

coverage: .venv/installed-dev
	$(BIN)/python -m benchmarks.coverage $(ARGS)

agreement: .venv/installed-dev
	$(BIN)/python -m benchmarks.agreement $(ARGS)

docs: .venv/installed-dev
	$(BIN)/python -m analysis.docs

image: .venv/installed-dev
	rm -rf build/image
	$(BIN)/python -m build --wheel --outdir build/image
	docker build --platform linux/amd64 --tag $(IMAGE):$(VERSION) .

lock: .venv/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) 'uv>=0.9'
	$(BIN)/uv pip compile --quiet pyproject.toml --extra models --extra s3 --extra attacks --generate-hashes --no-annotate --only-binary :all: \
		--python-version 3.11 --python-platform x86_64-manylinux_2_28 --custom-compile-command 'make lock' $(ARGS) -o requirements.lock

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
