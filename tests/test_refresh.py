"""Refreshing lessons: normal form, contract copies, outputs kept when nothing moved."""

import copy
import shutil

import nbformat
import pytest

from tutorial import project
from tutorial import refresh as refreshing
from tutorial.errors import TutorialError, UsageError
from tutorial.notebooks import normalise
from tutorial.refresh import contract_copy, keep_equal_outputs, refresh

DATA = 'epochs: int = 2  # passes\ntrain_images: int = 50_000  # all\ndata_source: str = ""  # x'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small project of its own, with the settings of the real one."""
    (tmp_path / "tests" / "contract").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    settings = project.project_folder() / "pyproject.toml"
    shutil.copy(settings, tmp_path)
    monkeypatch.setattr(refreshing, "project_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def write_lesson(write_notebook, checkout):
    def write(*cells, **options):
        return write_notebook(*cells, **options, name="notebooks/lesson.ipynb")

    return write


def test_refresh_stores_outputs_and_a_second_run_changes_nothing(write_lesson, checkout):
    lesson = write_lesson("import torch\nprint(torch.ones(2))\nseed")
    assert refresh([lesson]) == ["notebooks/lesson.ipynb"]
    stored = nbformat.read(lesson, as_version=4)
    assert stored.cells[1].outputs[0].text == "tensor([1., 1.])\n"
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert refresh([lesson]) == []


def test_refresh_makes_the_contract_copy_of_a_data_lesson(write_lesson, checkout):
    lesson = write_lesson("print(epochs, train_images, data_source)", parameters=DATA)
    assert refresh([lesson]) == ["notebooks/lesson.ipynb", "tests/contract/lesson.ipynb"]
    small = nbformat.read(checkout / "tests" / "contract" / "lesson.ipynb", as_version=4)
    assert small.cells[1].outputs[0].text == "1 2000 drawn\n"
    assert refresh([lesson]) == []


def test_a_page_without_parameters_is_refreshed_like_a_lesson_without_data(write_lesson, checkout):
    page = write_lesson("print('here')")
    notebook = nbformat.read(page, as_version=4)
    del notebook.cells[0]
    nbformat.write(notebook, page)
    assert refresh([page]) == ["notebooks/lesson.ipynb"]
    assert nbformat.read(page, as_version=4).cells[0].outputs[0].text == "here\n"


def test_refresh_keeps_outputs_that_still_pass_the_comparison(write_lesson, checkout):
    lesson = write_lesson("print(0.12345678)", "print('same')")
    refresh([lesson])
    edited = nbformat.read(lesson, as_version=4)
    edited.cells[1].outputs[0].text = "0.12345679\n"
    edited.cells[2].outputs[0].text = "changed\n"
    nbformat.write(edited, lesson)
    assert refresh([lesson]) == ["notebooks/lesson.ipynb"]
    stored = nbformat.read(lesson, as_version=4)
    assert stored.cells[1].outputs[0].text == "0.12345679\n"
    assert stored.cells[2].outputs[0].text == "same\n"


def test_a_wide_tolerance_keeps_no_output_beside_numbers_of_another_run(write_lesson, checkout):
    lesson = write_lesson("print(0.5)", "print('same')")
    refresh([lesson])
    for words, expected in (("same\n", "0.6\n"), ("changed\n", "0.5\n")):
        edited = nbformat.read(lesson, as_version=4)
        edited.cells[1].metadata["notebook_checker"] = {"rtol": 0.5}
        edited.cells[1].outputs[0].text = "0.6\n"
        edited.cells[2].outputs[0].text = words
        nbformat.write(edited, lesson)
        refresh([lesson])
        assert nbformat.read(lesson, as_version=4).cells[1].outputs[0].text == expected


def test_refresh_refuses_to_store_outputs_of_the_stand_in(write_lesson, checkout):
    lesson = write_lesson(
        'from helpers import record\nrecord(data_source="STAND-IN: drawn shapes")', parameters=DATA
    )
    before = lesson.read_text(encoding="utf-8")
    with pytest.raises(TutorialError, match="ran on drawn images"):
        refresh([lesson])
    assert lesson.read_text(encoding="utf-8") == before
    assert not list((checkout / "tests" / "contract").iterdir())


def test_a_failing_cell_leaves_the_file_as_it_was(write_lesson, checkout):
    lesson = write_lesson("1 / 0")
    before = lesson.read_text(encoding="utf-8")
    with pytest.raises(TutorialError, match="ZeroDivisionError"):
        refresh([lesson])
    assert lesson.read_text(encoding="utf-8") == before


def test_the_contract_copy_differs_in_parameters_only(write_lesson):
    lesson = nbformat.read(write_lesson("epochs", parameters=DATA), as_version=4)
    small = contract_copy(lesson)
    assert small.cells[0].source == (
        "epochs: int = 1  # passes\n"
        "train_images: int = 2_000  # all\n"
        'data_source: str = "drawn"  # x'
    )
    assert small.cells[1].source == lesson.cells[1].source


def test_outputs_of_a_cell_that_was_never_executed_are_replaced(write_lesson):
    stored = normalise(nbformat.read(write_lesson("1"), as_version=4))
    fresh = copy.deepcopy(stored)
    fresh.cells[1].execution_count = 2
    fresh.cells[1].outputs = [nbformat.v4.new_output("stream", text="new\n")]
    assert keep_equal_outputs(stored, fresh).cells[1].outputs[0].text == "new\n"


def test_a_notebook_outside_the_project_is_refused_and_left_as_it_was(write_notebook, checkout):
    page = write_notebook("1")
    before = page.read_bytes()
    with pytest.raises(UsageError, match="only lessons are refreshed"):
        refresh([page])
    assert page.read_bytes() == before


def test_a_dead_kernel_is_told_in_one_line_and_nothing_is_stored(write_lesson):
    lesson = write_lesson("import os\nos._exit(1)")
    before = lesson.read_bytes()
    with pytest.raises(TutorialError, match="nothing stored, the kernel died"):
        refresh([lesson])
    assert lesson.read_bytes() == before
