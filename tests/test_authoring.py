"""Refreshing lessons: normal form, contract copies, outputs kept when nothing moved."""

import copy

import nbformat
import pytest

from helpers import authoring
from helpers.authoring import contract_copy, keep_equal_outputs, normalise, refresh
from helpers.project import UsageError

DATA = 'epochs: int = 2  # passes\ntrain_images: int = 50_000  # all\ndata_source: str = ""  # x'


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small project of its own: refresh writes there, compares as the real one does."""
    (tmp_path / "tests" / "contract").mkdir(parents=True)
    real = authoring.find_root()
    (tmp_path / "tests" / "output_comparison.py").write_text(
        (real / "tests" / "output_comparison.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (tmp_path / "pyproject.toml").write_text(
        (real / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(authoring, "find_root", lambda: tmp_path)
    return tmp_path


def test_refresh_stores_outputs_and_a_second_run_changes_nothing(write_notebook, checkout):
    lesson = write_notebook("import torch\nprint(torch.ones(2))\nseed")
    assert refresh([lesson]) == ["lesson.ipynb"]
    stored = nbformat.read(lesson, as_version=4)
    assert stored.cells[1].outputs[0].text == "tensor([1., 1.])\n"
    assert [cell.execution_count for cell in stored.cells] == [1, 2]
    assert refresh([lesson]) == []


def test_refresh_makes_the_contract_copy_of_a_data_lesson(write_notebook, checkout):
    lesson = write_notebook("print(epochs, train_images, data_source)", parameters=DATA)
    assert refresh([lesson]) == ["lesson.ipynb", "tests/contract/lesson.ipynb"]
    small = nbformat.read(checkout / "tests" / "contract" / "lesson.ipynb", as_version=4)
    assert small.cells[1].outputs[0].text == "1 2000 drawn\n"
    assert refresh([lesson]) == []


def test_a_page_without_parameters_is_refreshed_like_a_lesson_without_data(
    write_notebook, checkout
):
    page = write_notebook("print('here')")
    notebook = nbformat.read(page, as_version=4)
    del notebook.cells[0]
    nbformat.write(notebook, page)
    assert refresh([page]) == ["lesson.ipynb"]
    assert nbformat.read(page, as_version=4).cells[0].outputs[0].text == "here\n"


def test_refresh_keeps_outputs_that_still_pass_the_comparison(write_notebook, checkout):
    lesson = write_notebook("print(0.1234567)", "print('same')")
    refresh([lesson])
    edited = nbformat.read(lesson, as_version=4)
    edited.cells[1].outputs[0].text = "0.1234568\n"
    edited.cells[2].outputs[0].text = "changed\n"
    nbformat.write(edited, lesson)
    assert refresh([lesson]) == ["lesson.ipynb"]
    stored = nbformat.read(lesson, as_version=4)
    assert stored.cells[1].outputs[0].text == "0.1234568\n"
    assert stored.cells[2].outputs[0].text == "same\n"


def test_refresh_refuses_to_store_outputs_of_the_stand_in(write_notebook, checkout):
    lesson = write_notebook(
        'from helpers import record\nrecord(data_source="STAND-IN: drawn shapes")', parameters=DATA
    )
    before = lesson.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="ran on drawn pictures"):
        refresh([lesson])
    assert lesson.read_text(encoding="utf-8") == before
    assert not list((checkout / "tests" / "contract").iterdir())


def test_a_failing_cell_leaves_the_file_as_it_was(write_notebook, checkout):
    lesson = write_notebook("1 / 0")
    before = lesson.read_text(encoding="utf-8")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        refresh([lesson])
    assert lesson.read_text(encoding="utf-8") == before


def test_normalise_takes_out_what_no_author_wrote(write_notebook):
    notebook = nbformat.read(write_notebook("1"), as_version=4)
    notebook.metadata["papermill"] = {"duration": 3.2}
    notebook.metadata["widgets"] = {}
    notebook.cells[1].metadata = nbformat.from_dict(
        {"execution": {"iopub.status.busy": "now"}, "tags": ["kept"], "nbval": {"rtol": 0.1}}
    )
    tidy = normalise(copy.deepcopy(notebook))
    assert set(tidy.metadata) == {"kernelspec", "language_info"}
    assert tidy.metadata.kernelspec.name == "python3"
    assert tidy.cells[1].metadata == {"tags": ["kept"], "nbval": {"rtol": 0.1}}
    assert (tidy.nbformat, tidy.nbformat_minor) == (4, 5)


def test_normalise_is_stable_and_ids_stay_when_cells_move(write_notebook):
    notebook = normalise(nbformat.read(write_notebook("1", "2"), as_version=4))
    assert normalise(copy.deepcopy(notebook)) == notebook
    moved = copy.deepcopy(notebook)
    moved.cells.insert(1, nbformat.v4.new_code_cell("3"))
    ids = [cell.id for cell in normalise(moved).cells]
    assert [ids[0], ids[2], ids[3]] == [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


def test_the_contract_copy_differs_in_parameters_only(write_notebook):
    lesson = nbformat.read(write_notebook("epochs", parameters=DATA), as_version=4)
    small = contract_copy(lesson)
    assert small.cells[0].source == (
        "epochs: int = 1  # passes\n"
        "train_images: int = 2_000  # all\n"
        'data_source: str = "drawn"  # x'
    )
    assert small.cells[1].source == lesson.cells[1].source


def test_outputs_of_a_cell_that_was_never_executed_are_replaced(write_notebook):
    stored = normalise(nbformat.read(write_notebook("1"), as_version=4))
    fresh = copy.deepcopy(stored)
    fresh.cells[1].execution_count = 2
    fresh.cells[1].outputs = [nbformat.v4.new_output("stream", text="new\n")]
    assert keep_equal_outputs(stored, fresh).cells[1].outputs[0].text == "new\n"
