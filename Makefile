# A thin layer: every target also works without make, as the README shows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What each command needs beyond the lessons; it is installed when it is first needed.
EXTRA-lab :=
EXTRA-run := cluster export
EXTRA-test := test browser cluster docs export
EXTRA-site := docs

.DEFAULT_GOAL := help
.PHONY: help run test lab site

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

run: $(VENV)/ready-run ## execute every lesson on CIFAR-10 into results/
	@echo "==> Executing the lessons into results/"
	@$(BIN)/tutorial run

test: $(VENV)/ready-test ## run every check: style, types, printed outputs, browser
	@echo "==> Checking code style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> Checking types and imports"
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@echo "==> Testing helpers and printed outputs"
	@$(BIN)/python -m pytest --numprocesses auto --ignore tests/browser
	@echo "==> Testing lessons and site in a browser"
	@$(BIN)/python -m pytest tests/browser

lab: $(VENV)/ready-lab ## copy the lessons to my-lessons/ and open JupyterLab
	@$(BIN)/tutorial lab

site: $(VENV)/ready-site ## build the web site into docs/_build/html
	@$(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env --write-all docs docs/_build/html
	@echo "==> Open docs/_build/html/index.html"

$(VENV)/ready%: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) tutorial/set_up.py --venv $(VENV) --extra $(EXTRA$*)
	@touch $@
