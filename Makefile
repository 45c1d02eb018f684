# The commands of this house. `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PYTHONDONTWRITEBYTECODE := # what was compiled once is not compiled again

.DEFAULT_GOAL := help
.PHONY: help setup demo tour test torture screenshots check format bench lock clean

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: $(STAMP) ## create .venv with the pinned dependencies; nothing to do when nothing changed

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED := --require-hashes --only-binary :all: --no-binary forbiddenfruit --no-build-isolation

$(STAMP): requirements-build.lock requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(PINNED) -r requirements-build.lock
	$(PIP) $(PINNED) -r requirements-dev.lock
	$(PIP) --no-build-isolation --no-deps --no-index --editable .
	@touch $@

demo: setup ## the whole bot at work in your browser, no account needed; Ctrl-C ends it
	@$(BIN)/python -m sandbox

tour: setup ## the same as a tour in the terminal, for machines without a browser
	@$(BIN)/python -m sandbox --tour

# Ours to see, not ours to keep: what the tests said over HTTP is held against the official API documents.
CONTRACT := ../shared/tools/check_contract.py

# Six workers and their processes share what may be two busy processors. A test that fails there and passes alone is a
# defect of the test, and is told; it is no reason to keep a change out.
ALONE := FAILED beside others: what failed is run once more, alone. If it passes now, mend the test.

# Pytest rewrites the asserts of all tests while mypy has the other processor; six workers then find that done.
test: setup ## every test, with lint and types
	@$(BIN)/pytest --collect-only -q > /dev/null & $(MAKE) --no-print-directory check && wait
	@set -e; traffic=$$(mktemp -d); trap 'rm -rf "$$traffic"' EXIT; \
	TRAFFIC_DIR=$$traffic $(BIN)/pytest -n 6 --dist worksteal || { [ $$? = 1 ] && echo "$(ALONE)" && \
	$(BIN)/pytest --last-failed --last-failed-no-failures none; }; \
	if [ -f $(CONTRACT) ]; \
	then $(BIN)/python -m tests.kinds_of_traffic "$$traffic"/*.jsonl > "$$traffic/kinds"; \
	$(BIN)/python $(CONTRACT) "$$traffic/kinds"; \
	else echo "SKIPPED: recorded traffic was not held against the official API documents: no ../shared here"; fi

KILLS ?= 100
SEED ?= 1
JOBS ?= 2

torture: setup ## kill tests; KILLS=1000 SEED=7 JOBS=1 MODE=pair, ONLY=3 for one world of a run
	$(BIN)/python -m tests.torture --kills $(KILLS) --seed $(SEED) --jobs $(JOBS) $(MODE:%=--mode %) $(ONLY:%=--only %)

screenshots: setup ## the pictures of docs/pictures, taken anew of the real page; needs a Chromium
	$(BIN)/python -m tests.browser.screenshots

check: setup ## lint and types alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# OpenAI's own library, which one benchmark compares with, stays out of the bot's environment.
BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed

$(BENCH_STAMP): requirements-bench.lock
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: -r requirements-bench.lock
	@touch $@

bench: setup $(BENCH_STAMP) ## the figures of docs/benchmarks.md, measured here; ONLY="burst single" for some
	$(BIN)/python -m benchmarks $(ONLY)

UV := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock"

lock: setup ## resolve the pinned dependencies anew
	$(PIP) uv==0.13.8
	$(UV) --upgrade -o requirements.lock pyproject.toml
	$(UV) --upgrade --group build -o requirements-build.lock
	$(UV) --upgrade --group bench -c requirements.lock -o requirements-bench.lock
	$(UV) --upgrade --group dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean: ## remove what the commands above made
	rm -rf $(VENV) $(BENCH_VENV) demo-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
