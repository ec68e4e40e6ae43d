# A thin layer: every target also works without make, as the README shows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help run test lab site

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

run: $(READY) ## execute every lesson on CIFAR-10 into results/
	@echo "==> Executing the lessons into results/"
	@$(BIN)/tutorial run

test: $(READY) ## run every check: style, types, printed outputs, browser
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

lab: $(READY) ## copy the lessons to my-lessons/ and open JupyterLab
	@$(BIN)/tutorial lab

site: $(READY) ## build the web site into docs/_build/html
	@$(BIN)/sphinx-build --quiet --fail-on-warning --fresh-env --write-all docs docs/_build/html
	@echo "==> Open docs/_build/html/index.html"

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 …"; exit 1; }
	@echo "==> Setting up $(VENV) (once; a few minutes, mostly PyTorch)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[test,browser,cluster,docs]'
	@touch $(READY)
	@echo "==> $(VENV) is ready"
