# A thin layer: every target also works without make, as the README shows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help run test lab

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 14

run: $(READY) ## execute every lesson on CIFAR-10 into results/
	@echo "==> Executing the lessons into results/"
	@$(BIN)/tutorial run

test: $(READY) ## run every check: style, helpers, printed outputs
	@echo "==> Checking code style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "==> Testing helpers and printed outputs"
	@$(BIN)/python -m pytest --numprocesses auto

lab: $(READY) ## copy the lessons to my-lessons/ and open JupyterLab
	@$(BIN)/tutorial lab

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=python3.12 …"; exit 1; }
	@echo "==> Setting up $(VENV) (once; a few minutes, mostly PyTorch)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[test,cluster]'
	@touch $(READY)
	@echo "==> $(VENV) is ready"
