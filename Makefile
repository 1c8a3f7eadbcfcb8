# Everything runs in .venv, which `make setup` makes. `make help` lists the targets.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
BIN := .venv/bin
STAMP := .venv/.set-up
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow bench

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: $(STAMP) ## make .venv and install the package with everything that tests and demo need

# torch comes first and alone: so the pinned build is taken as this machine's package index offers it,
# before another package's looser requirement can choose one. The stamp is touched last: a set-up that
# was interrupted runs again.
$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "make: no Python >= 3.11 found; install one, or say make setup PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --quiet --constraint constraints.txt torch==$$(sed -n 's/^torch==//p' constraints.txt)
	$(PIP) install --quiet --constraint constraints.txt --editable ".[train,eval,dev]"
	touch $(STAMP)

demo: $(STAMP) ## the main job: corpus, splits, four models, scores, table and figures under results/demo
	$(BIN)/python -m arith_synth.experiments.demo

test: $(STAMP) ## lint, types, import contracts and the quick tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not slow"

test-slow: $(STAMP) ## the tests that take long
	$(BIN)/pytest -m slow

bench: $(STAMP) ## speed, as ratios within one run, written to benchmarks/results
	$(BIN)/python -m benchmarks.run
