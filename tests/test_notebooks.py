"""Notebooks as files: whole or not at all, and in normal form."""

import copy

import nbformat

from tutorial.notebooks import normalise


def test_normalise_takes_out_what_no_author_wrote(write_notebook):
    notebook = nbformat.read(write_notebook("1"), as_version=4)
    notebook.metadata["papermill"] = {"duration": 3.2}
    notebook.metadata["widgets"] = {}
    notebook.cells[1].metadata = nbformat.from_dict(
        {
            "execution": {"iopub.status.busy": "now"},
            "tags": ["kept"],
            "notebook_checker": {"rtol": 0.1},
        }
    )
    tidy = normalise(copy.deepcopy(notebook))
    assert set(tidy.metadata) == {"kernelspec", "language_info"}
    assert tidy.metadata.kernelspec.name == "python3"
    assert tidy.cells[1].metadata == {"tags": ["kept"], "notebook_checker": {"rtol": 0.1}}
    assert (tidy.nbformat, tidy.nbformat_minor) == (4, 5)


def test_normalise_is_stable_and_ids_stay_when_cells_move(write_notebook):
    notebook = normalise(nbformat.read(write_notebook("1", "2"), as_version=4))
    assert normalise(copy.deepcopy(notebook)) == notebook
    moved = copy.deepcopy(notebook)
    moved.cells.insert(1, nbformat.v4.new_code_cell("3"))
    ids = [cell.id for cell in normalise(moved).cells]
    assert [ids[0], ids[2], ids[3]] == [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
