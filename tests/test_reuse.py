"""The checker in other people's projects: installed from this one, without what lessons need."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
INSTALL = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
NOT_NEEDED = ["torch", "torchvision", "numpy", "matplotlib", "helpers", "tutorial"]
CHECK = """\
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Missing())
import pytest

sys.exit(pytest.main({}))
"""


@pytest.fixture
def foreign(tmp_path):
    """Make a project with one notebook and no settings at all; one of its digits was edited."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    draw = "from IPython.display import Image\nImage('dot.png')"
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in ("print(1 / 7)", draw)]
    shutil.copy(ROOT / "docs" / "images" / "lab_start.png", folder / "dot.png")
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    notebook.cells[0].outputs[0].text = "0.14286714285714285\n"
    nbformat.write(notebook, folder / "report.ipynb")
    return folder


def run(command, folder, **environment):
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = without | environment
    return subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True
    )


def test_an_environment_of_another_project_finds_a_changed_digit(foreign, tmp_path):
    if not all(map(importlib.util.find_spec, ("pip", "setuptools"))):
        pytest.skip("pip and setuptools are not installed, so this project cannot be, either")
    source = tmp_path / "source"
    for name in ("helpers", "notebook_checker", "tutorial"):
        shutil.copytree(ROOT / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    venv.create(tmp_path / "env")
    paths = {"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    python = Path(sysconfig.get_path("scripts", "venv", vars=paths)) / Path(sys.executable).name
    installed = run([sys.executable, "-m", "pip", *INSTALL, packages, source], tmp_path)
    assert installed.returncode == 0, installed.stderr
    # What the project depends on is taken from here, so that no network is needed.
    (packages / "here.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    where = run(
        [python, "-c", "import notebook_checker; print(*notebook_checker.__path__)"], foreign
    )
    assert Path(where.stdout.strip()) == packages / "notebook_checker"
    done = run([python, "-m", "pytest", "--nbval", "-p", "no:cacheprovider"], foreign)
    assert "0.14286714285714285 -> 0.14285714285714285: moved by 1e-05" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_the_checker_needs_neither_torch_nor_the_rest_of_this_project(foreign):
    arguments = ["--nbval", "-p", "no:cacheprovider"]
    # The kernel is another process, which misses nothing.
    command = [sys.executable, "-c", CHECK.format(NOT_NEEDED, arguments)]
    done = run(command, foreign, PYTHONPATH=str(ROOT))
    assert "0.14286714285714285 -> 0.14285714285714285: moved by 1e-05" in done.stdout, done.stderr
    assert "1 failed, 1 passed" in done.stdout
