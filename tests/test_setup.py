"""The set-up files agree with each other and with what is installed."""

import re
import subprocess
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def requirements(extras):
    return PROJECT["dependencies"] + [one for extra in extras for one in EXTRAS[extra]]


def test_the_conda_environment_has_the_same_packages_and_bounds_to_learn_and_to_test():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    listed = {line for line in conda["dependencies"] if isinstance(line, str)} - {"pip"}
    expected = {f"python{PROJECT['requires-python']}"}
    for requirement in requirements(["test", "cluster"]):
        name, bound = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()
        expected.add(CONDA_NAMES.get(name, name) + bound)
    assert listed == expected


def test_every_dependency_has_an_exact_version_in_the_constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].lower() for line in lines if "==" in line}
    wanted = {re.match(r"[\w-]+", requirement)[0] for requirement in requirements(EXTRAS)}
    assert wanted <= pinned


def test_make_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"make (\w+)", shown.stdout) == targets


def test_citation_and_package_name_the_same_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == version(PROJECT["name"])


def test_make_names_the_python_it_needs(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    asked = ["make", "run", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stdout
    assert not (tmp_path / "venv").exists()
