# Everything runs from .venv, which the first target that needs it sets up from pinned requirements.
# Needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= demo-out

# uv installs in a minute what takes pip five; it does not read pip's settings, so they are handed on.
# Compiled at once: where PYTHONDONTWRITEBYTECODE is set, every process, and Ray starts many, would
# compile all that it imports.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
ifeq ($(UV_FIND_LINKS),)
unexport UV_FIND_LINKS
endif
ifeq ($(UV_DEFAULT_INDEX),)
unexport UV_DEFAULT_INDEX
endif
# Where no other index is named, torch's CPU build, from where torch has it: what the usual one needs
# of CUDA is not among the pins. Whatever an index of one's own has, gets what it needs.
ifeq ($(UV_FIND_LINKS)$(UV_DEFAULT_INDEX),)
export UV_TORCH_BACKEND ?= cpu
endif

define install
	@$(PYTHON) -c 'import sys; sys.exit("rbic needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.8" \
		&& $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps -r $(1) \
		|| $(BIN)/python -m pip install --quiet --no-deps -r $(1)
	$(BIN)/python -c 'import torch' 2>/dev/null \
		|| $(BIN)/uv pip install --quiet --python $(BIN)/python torch \
		|| $(BIN)/python -m pip install --quiet torch
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . \
		|| $(BIN)/python -m pip install --quiet --no-deps -e .
endef

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(VENV)/.demo: requirements/demo.txt pyproject.toml
	@echo "setting up $(VENV) (once, a few minutes)"
	$(call install,requirements/demo.txt)
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml
	@echo "setting up $(VENV) (once, a few minutes)"
	$(call install,requirements/dev.txt)
	@touch $@ $(VENV)/.demo

.PHONY: demo
demo: $(VENV)/.demo ## Refine the sample corpus with the sample model, into demo-out/
	$(BIN)/rbic refine --config conf/demo.yaml --out $(OUT)

.PHONY: test
test: $(VENV)/.dev ## The fast tests
	$(BIN)/python -m pytest -q

.PHONY: test-slow
test-slow: $(VENV)/.dev ## The tests that start Ray, run a model, or take their time
	$(BIN)/python -m pytest -q -m "(ray or slow) and not gpu and not vllm" --timeout 900 --durations 30

.PHONY: test-vllm
test-vllm: $(VENV)/.dev ## The tests that start vLLM on the CPU
	$(BIN)/python -m pytest -q -m "vllm and not gpu" --timeout 900 --durations 10

.PHONY: test-gpu
test-gpu: $(VENV)/.dev ## The tests that need a CUDA device
	$(BIN)/python -m pytest -q -m gpu --timeout 900

.PHONY: wheel
wheel: $(VENV)/.dev ## A wheel with the analysis of chains compiled, into dist/; needs a C compiler
	rm -rf dist
	HATCH_BUILD_HOOKS_ENABLE=1 $(BIN)/uv build --quiet --out-dir dist

.PHONY: test-compiled
test-compiled: wheel ## The tests of chains on what that wheel holds
	rm -rf build/compiled
	$(BIN)/uv pip install --quiet --no-deps --target build/compiled dist/rbic-*.whl
	cd build/compiled && ../../$(BIN)/python -c \
		'import rbic.core.chains as c, sys; sys.exit(c.__file__.endswith(".py") and "not compiled")'
	PYTHONPATH=build/compiled $(BIN)/pytest -q tests/core/test_chain_*.py

.PHONY: check
check: $(VENV)/.dev ## Lint, format, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: requirements
requirements: $(VENV)/.dev ## Pin anew what pyproject.toml asks for
	UV=$(BIN)/uv sh requirements/compile.sh

.PHONY: clean
clean: ## Remove the environment, what was built and what the demo wrote
	rm -rf $(VENV) $(OUT) build dist
