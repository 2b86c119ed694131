# Every target sets up what it needs in .venv; nothing is installed elsewhere.
PYTHON ?= python3
BIN := .venv/bin
INSTALL = $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet -c constraints.txt -e

# The recipe's commands say `python`: the one that has what the demo's model needs.
LOOP = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/augmentor loop --jobs 2

.PHONY: demo demo-white demo-second demo-images test lint bench clean

demo: .venv/.demo  ## the whole loop on real speech: runs/demo/report.html
	$(BIN)/python -m examples.speech.prepare --link examples/speech/data
	$(LOOP) examples/speech/recipe.yaml -o runs/demo

demo-white: .venv/.demo  ## the other arm: as much white noise, untargeted
	$(BIN)/python -m examples.speech.prepare --link examples/speech/data
	$(LOOP) examples/speech/white.yaml -o runs/white

demo-second: .venv/.demo examples/second_stack/.venv/.ready  ## the loop on another stack, scikit-learn
	$(BIN)/python -m examples.speech.prepare --link examples/speech/data
	$(LOOP) examples/second_stack/recipe.yaml -o runs/second

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

examples/second_stack/.venv/.ready: examples/second_stack/requirements.txt
	$(PYTHON) -m venv examples/second_stack/.venv
	examples/second_stack/.venv/bin/pip install --quiet -r $<
	touch $@

.venv/.demo-images: pyproject.toml constraints.txt
	$(INSTALL) '.[demo-images]'
	touch $@

.venv/.dev: pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	@# It declares opencv-python, which would write over the headless one; it works with that.
	$(BIN)/python -m pip install --quiet --no-deps -c constraints.txt rapidocr-onnxruntime
	touch $@ .venv/.demo .venv/.demo-images
