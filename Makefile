# Every target sets up what it needs in .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet -c constraints.txt -e

.PHONY: demo demo-images test lint bench clean

demo: .venv/.demo  ## the whole loop on real speech: runs/demo/report.html
	$(BIN)/python -m examples.speech.demo

demo-images: .venv/.demo-images  ## the loop on real solar cells: runs/solar_cells/report.html
	$(BIN)/python -m examples.solar_cells.demo

test: .venv/.dev  ## all tests
	$(BIN)/python -m pytest

lint: .venv/.dev  ## style, types, and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev  ## speed beside the peers, as ratios measured in one run
	$(BIN)/python -m benchmarks

clean:  ## remove what can be made again
	rm -rf .venv runs

.venv/.demo: pyproject.toml constraints.txt
	$(INSTALL) '.[demo]'
	touch $@

.venv/.demo-images: pyproject.toml constraints.txt
	$(INSTALL) '.[demo-images]'
	touch $@

.venv/.dev: pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	touch $@ .venv/.demo .venv/.demo-images
