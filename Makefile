# `make demo` and `make test` are all a newcomer needs; each makes .venv with the pinned requirements if it is missing.

VENV := .venv
BIN := $(VENV)/bin
# The first of these that the pinned requirements fit. `make PYTHON=…` chooses another one.
PYTHON ?=
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.14 python3.11 python
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))

# The same files by uv, where there is one, or by pip. Byte code is made when a module is first used: most never are.
INSTALL = install() { \
	{ command -v uv >/dev/null && uv pip install -q --python $(BIN)/python "$$@" 2>$(VENV)/uv.log; } || \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-input --no-compile "$$@"; }; install

# Nothing is resolved when it is installed, so that no release made after the pins is looked at; what is missing shows here.
CLOSED = $(BIN)/python -m pip --disable-pip-version-check check >$(VENV)/check.log || { cat $(VENV)/check.log >&2; exit 1; }

# Every target starts many interpreters: each would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test coverage nightly soak lint format check bench requirements clean

help:
	@echo "make demo          the main job, from data to an improved program (starts its own servers)"
	@echo "make test          all tests"
	@echo "make coverage      all tests, and how much of ours they run; twice as slow"
	@echo "make nightly       random walks over migrations, orders of wishes for jobs, and steps of an attacker of what is"
	@echo "                   hidden (WALKS=500 ORDERS=1000 SECRECY=100000)"
	@echo "make soak          kills of all processes at random, and what has to hold in the end (KILLS=200 MIX=all SEED=1)"
	@echo "make lint          style, types and import rules"
	@echo "make check         lint and test"
	@echo "make format        put the code into the agreed style"
	@echo "make bench         measure against the named peers (MINUTES=10 under load, SEARCHES=1000)"
	@echo "make requirements  pin anew what pyproject.toml asks for (needs uv)"
	@echo "make clean         remove what was made here, .venv and .dspex included"

demo: $(VENV)/runtime
	@$(BIN)/dspex demo

TESTS = $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/dev
	@$(TESTS) $(ARGS)

# Branches too, and in the processes that a test starts. Less than 90 % is a failure.
coverage: $(VENV)/dev
	@rm -f .coverage .coverage.*
	@$(TESTS) --cov --cov-report=term-missing:skip-covered $(ARGS)

# Other walks each night: they begin at the number of the day. One alone that finds something is made shorter, which takes.
WALKS ?= 500
ORDERS ?= 1000
SECRECY ?= 100000
nightly: $(VENV)/dev
	@DSPEX_WALKS=$(WALKS) DSPEX_INTERLEAVINGS=$(ORDERS) DSPEX_SECRECY_STEPS=$(SECRECY) \
		DSPEX_SEED=$${DSPEX_SEED:-$$(date +%Y%m%d)000} \
		$(BIN)/python -m pytest -q -n auto --tb=short -o faulthandler_timeout=0 \
		tests/migrations/walk/test_walks.py tests/framework/jobs/test_wishes.py tests/secrecy/test_secrecy.py $(ARGS)

# With seven kinds of process and everything going on; 200 kills take about an hour. MIX=all has more than kills.
soak: $(VENV)/dev
	@$(BIN)/python -m tests.soak

lint: $(VENV)/dev
	@echo "ruff" && $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy" && $(BIN)/mypy --no-error-summary
	@echo "pyright" && $(BIN)/pyright --warnings tests/typing/good.py >$(VENV)/pyright.log || \
		{ cat $(VENV)/pyright.log; exit 1; }
	@echo "lint-imports" && $(BIN)/lint-imports --no-cache --no-logo >$(VENV)/imports.log || \
		{ cat $(VENV)/imports.log; exit 1; }

format: $(VENV)/dev
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

check: lint test

bench: $(VENV)/dev
	@$(BIN)/python -m tests.benchmarks

requirements:
	@for each in "runtime" "dev --extra dev"; do set -- $$each; file=$$1; shift; \
		uv pip compile -q pyproject.toml requirements/build.in "$$@" --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-header --no-annotate --upgrade -o requirements/$$file.txt || exit 1; \
	done

clean:
	@rm -rf $(VENV) .dspex .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	@rm -rf $(VENV)
	@for python in $(PYTHONS); do \
		if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then "$$python" -m venv $(VENV) && touch $@ && exit 0; fi; \
	done; \
	echo "Python 3.11 to 3.14 with its venv module is needed; none of these is one: $(PYTHONS)" >&2; exit 1

$(VENV)/runtime: $(VENV)/made requirements/runtime.txt pyproject.toml
	@echo "installing what dspex needs into $(VENV) …" >&2
	@$(INSTALL) --require-hashes --no-deps -r requirements/runtime.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@$(CLOSED)
	@touch $@

$(VENV)/dev: $(VENV)/runtime requirements/dev.txt
	@echo "installing what its tests need into $(VENV) …" >&2
	@$(INSTALL) --require-hashes --no-deps -r requirements/dev.txt
	@$(CLOSED)
	@touch $@
