"""The checker as people run it: real pytest, real notebooks, real kernels."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from notebook_checker.plugin import pytest_xdist_make_scheduler

SETTINGS = """\
[pytest]
addopts = --nbval --nbval-current-env
notebook_checker_timeout = 600
"""


class Project:
    """A small project of notebooks, checked by a pytest of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "pytest.ini").write_text(SETTINGS)

    def write(self, *sources, name="lesson.ipynb", execute=True, **metadata):
        """Write a notebook, executed as it stands; return it for changes, then save it."""
        notebook = nbformat.v4.new_notebook(metadata=metadata)
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        if execute:
            NotebookClient(notebook, kernel_name="python3").execute()
        else:
            for count, cell in enumerate(notebook.cells, 1):
                cell.execution_count = count
        return self.save(notebook, name)

    def save(self, notebook, name="lesson.ipynb"):
        nbformat.write(notebook, self.folder / name)
        return notebook

    def check(self, *arguments, cwd=None, **environment):
        """Run pytest; return the outcome of each cell, in order, and all it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-v", "-rs", "--color=no", "-p", "no:cacheprovider"]
            + [str(argument) for argument in arguments or [self.folder]],
            cwd=cwd or self.folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
        )
        outcomes = re.findall(r"\b(PASSED|FAILED|SKIPPED)\b(?!.* - | \[\d+\])", done.stdout)
        return outcomes, done.stdout


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_an_unchanged_notebook_passes(project):
    project.write("import math", "print(math.pi)", "[1, 2]")
    assert project.check()[0] == ["PASSED"] * 3


def test_a_changed_digit_fails_its_cell_and_no_other(project):
    notebook = project.write("x = 0.3126", "print(x)", "x * 2")
    notebook.cells[1].outputs[0].text = "0.3127\n"
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["PASSED", "FAILED", "PASSED"]
    assert "0.3127 -> 0.3126: moved by 0.0001" in printed
    assert "print(x)" in printed


def test_a_cell_stored_without_execution_fails(project):
    notebook = project.write("x = 1", "print(x)")
    for cell in notebook.cells:
        cell.execution_count, cell.outputs = None, []
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["FAILED", "FAILED"]
    assert "Stored without execution" in printed


def test_an_empty_cell_needs_no_execution(project):
    notebook = project.write("1")
    notebook.cells.append(nbformat.v4.new_code_cell(""))
    project.save(notebook)
    assert project.check()[0] == ["PASSED", "PASSED"]


def test_after_an_error_the_later_cells_are_not_run(project):
    project.write("x = 1", "1 / 0", "print('later')", execute=False)
    outcomes, printed = project.check()
    assert outcomes == ["PASSED", "FAILED", "SKIPPED"]
    assert "not run, after Cell 1: ZeroDivisionError: division by zero" in printed


def test_a_dead_kernel_fails_before_the_limit_of_time_and_says_so(project):
    die = "import os, sys\nprint('last words', file=sys.__stderr__, flush=True)\nos._exit(1)"
    project.write("x = 1", die, "x", execute=False)
    outcomes, printed = project.check()
    assert outcomes == ["PASSED", "FAILED", "SKIPPED"]
    assert "Cell 1: the kernel died" in printed
    assert "last words" in printed


def test_an_endless_cell_ends_the_notebook(project):
    notebook = project.write("while True: pass", "1", execute=False)
    notebook.cells[0].metadata["notebook_checker"] = {"timeout": 2}
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["FAILED", "SKIPPED"]
    assert "Cell 0: took longer than 2 s" in printed


def test_a_stored_exception_is_compared_by_type(project):
    notebook = project.write("x = 1", "int('seven')", execute=False)
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    message = "invalid literal for int() with base 10: 'seven'"
    stored = nbformat.v4.new_output("error", ename="ValueError", evalue=message, traceback=[])
    notebook.cells[1].outputs = [stored]
    project.save(notebook)
    assert project.check()[0] == ["PASSED", "PASSED"]
    notebook.cells[1].outputs[0].ename = "TypeError"
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["PASSED", "FAILED"]
    assert "- TypeError: invalid literal" in printed


def test_tags_of_nbval_keep_working(project):
    notebook = project.write("print(1)", "print(2)")
    notebook.cells[0].metadata["tags"] = ["nbval-ignore-output"]
    notebook.cells[1].metadata["tags"] = ["nbval-skip"]
    notebook.cells[0].outputs[0].text = "other\n"
    project.save(notebook)
    assert project.check()[0] == ["PASSED", "SKIPPED"]


def test_a_cell_may_have_a_tolerance_of_its_own(project):
    notebook = project.write("print(2.301)", "print(2.301)")
    for cell in notebook.cells:
        cell.outputs[0].text = "2.302\n"
    notebook.cells[0].metadata["notebook_checker"] = {"rtol": 0.01}
    project.save(notebook)
    assert project.check()[0] == ["PASSED", "FAILED"]


def test_a_misspelt_tolerance_fails(project):
    notebook = project.write("1")
    notebook.cells[0].metadata["notebook_checker"] = {"rtoll": 0.01}
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["FAILED"]
    assert "unknown settings in the cell's metadata: ['rtoll']" in printed


def test_a_picture_drawn_from_other_data_fails(project):
    draw = (
        "import io\nfrom IPython.display import Image\nfrom matplotlib.figure import Figure\n"
        "figure, png = Figure(), io.BytesIO()\nfigure.subplots().plot([1, {}, 3])\n"
        "figure.savefig(png)\nImage(png.getvalue())"
    )
    notebook = project.write(draw.format(2))
    assert "image/png" in notebook.cells[0].outputs[0].data
    assert project.check()[0] == ["PASSED"]
    notebook.cells[0].source = draw.format(9)
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["FAILED"]
    assert "image/png: pixels differ by" in printed


def test_a_warning_that_was_not_there_is_quoted(project):
    notebook = project.write("print(1)\nimport warnings\nwarnings.warn('port 8787 is taken')\n2")
    notebook.cells[0].outputs = notebook.cells[0].outputs[:1]
    project.save(notebook)
    outcomes, printed = project.check()
    assert outcomes == ["FAILED"]
    assert "1 outputs stored, 3 came" in printed
    assert re.search(r"output 2: nothing -> stream stderr: .*Warning: port 8787 is taken", printed)
    assert "output 3: nothing -> execute_result text/plain: 2" in printed


def test_an_updated_display_is_compared_by_its_last_content(project):
    project.write(
        "handle = display('first', display_id=True)\nhandle.update('last')",
        "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)",
    )
    assert project.check()[0] == ["PASSED", "PASSED"]


def test_one_cell_alone_gets_the_cells_before_it(project):
    project.write("x = 3", "print(x)")
    outcomes, _ = project.check(f"{project.folder / 'lesson.ipynb'}::Cell 1")
    assert outcomes == ["PASSED"]


def test_it_works_from_any_working_directory(project, tmp_path_factory):
    project.write("open('beside.txt').read()", execute=False)
    (project.folder / "beside.txt").write_text("here")
    outcomes, printed = project.check(
        project.folder / "lesson.ipynb", cwd=tmp_path_factory.mktemp("elsewhere")
    )
    assert outcomes == ["FAILED"]  # nothing is stored, but the file beside the notebook is found
    assert "output 1: nothing -> execute_result text/plain" in printed


def test_a_cell_after_a_skipped_one_is_run(project):
    notebook = project.write("x = 1", "x = 2", "print(x)")
    notebook.cells[1].metadata["tags"] = ["nbval-skip"]
    notebook.cells[2].outputs[0].text = "1\n"
    project.save(notebook)
    assert project.check()[0] == ["PASSED", "SKIPPED", "PASSED"]


def test_a_notebook_stays_whole_on_one_worker(project):
    for name in ("a.ipynb", "b.ipynb"):
        project.write("x = 1", "x += 1", "print(x)", name=name)
    outcomes, printed = project.check("-n", 2)
    assert outcomes == ["PASSED"] * 6, printed


@pytest.mark.parametrize(
    ("dist", "nbval", "ours"),
    [
        ("load", True, True),
        ("load", False, False),
        ("loadfile", True, False),
        ("each", True, False),
    ],
)
def test_other_ways_to_distribute_tests_are_left_alone(pytestconfig, dist, nbval, ours):
    options = {"dist": dist, "nbval": nbval, "tx": ["popen"]}
    config = SimpleNamespace(getoption=options.get, getvalue=options.get)
    assert (pytest_xdist_make_scheduler(config, None) is not None) == ours
