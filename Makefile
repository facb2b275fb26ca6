VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Tests wait for other programs about half of their time, so two for each core are run at once.
WORKERS := $(shell $(PYTHON) -c 'import os; print(2 * (os.cpu_count() or 1))')

.PHONY: help install demo format check schema test bench docs clean

help:            ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/installed  ## create .venv and install vkeyframe with its tools into it

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

demo: install    ## extract the keyframes of a sample video into demo/
	$(BIN)/vkeyframe extract sample_videos/edited.mp4 -o demo --sheet --overwrite
	@ls demo

format: install  ## format the code and mend what ruff can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: install   ## lint, check the format and the types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --strict sample_videos/draw.py

schema: install  ## write the JSON Schema of the report anew from the records
	$(BIN)/python -m vkeyframe.cli.schema

test: install    ## run the tests, the kernels' also uncompiled (which counts their lines) and with bounds checks
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n $(WORKERS) tests/kernels --cov --cov-append --cov-report=term:skip-covered --cov-fail-under=90
	cache=$$(mktemp -d) && NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$$cache $(BIN)/python -m pytest -q -n $(WORKERS) tests/kernels && rm -rf $$cache

bench: install   ## measure quality (also of rivals, and without each part) and speed
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m tests.bench.quality --each
	$(BIN)/python -m tests.bench.rivals
	$(BIN)/python -m tests.bench.ablation
	$(BIN)/python -m tests.bench.kernels

docs: install    ## write pages of the Python interface into docs/
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python -m pdoc --docformat numpy --output-directory docs vkeyframe.api vkeyframe.queries vkeyframe.settings vkeyframe.attention vkeyframe.report.records \
		vkeyframe.library.answers vkeyframe.analysis.sections vkeyframe.sound.sections
	@echo "open docs/index.html"

clean:           ## remove what install, demo, tests and tools have made
	rm -rf $(VENV) demo docs build dist *.egg-info .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
