"""Progress: read from saved notebooks, whatever else lies beside them."""

import os
import queue

import nbformat
import pytest
from nbclient import NotebookClient

from helpers import progress, show_progress
from helpers.lesson import EXERCISE_MIME
from helpers.progress import read_progress

EXERCISE = "from helpers.questions import tensor_creation as questions\n"


def test_progress_is_what_the_saved_checks_said(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# 01 · First\n\n| 15 to read |")]
    )
    for source in (
        EXERCISE + "import torch",
        "filled = torch.full((2, 3), 7)\nquestions.filled.check(filled)",
        "points = torch.zeros(11)\nquestions.points.check(points)",
        "promoted = ...\nquestions.promoted.check(promoted)\nquestions.promoted.hint()",
    ):
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    NotebookClient(notebook, kernel_name="python3").execute()
    notebook.cells.append(nbformat.v4.new_code_cell("questions.draw.check(draw)"))  # not run
    nbformat.write(notebook, tmp_path / "01_first.ipynb")
    (tmp_path / "02_broken.ipynb").write_text("{")
    (tmp_path / "notes.ipynb").write_text("{")
    path, title, minutes, marks = read_progress(tmp_path)[0]
    assert (path.name, title, minutes) == ("01_first.ipynb", "01 · First", "15")
    assert marks == ["✓", "✗", "☐", "☐"]
    assert len(read_progress(tmp_path)) == 1


@pytest.fixture
def tables(monkeypatch):
    """Hand on each table that a page shows, as it comes."""
    shown = queue.Queue()

    class Handle:
        def display(self, table, raw):
            shown.put(table["text/plain"])

        update = display

    monkeypatch.setattr(progress, "DisplayHandle", Handle)
    monkeypatch.setattr(progress, "LOOK_EVERY", 0.01)
    return shown


def test_the_table_follows_a_lesson_when_it_is_saved(tmp_path, tables):
    lesson = tmp_path / "01_first.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 01 · First")])
    notebook.cells.append(nbformat.v4.new_code_cell("questions.draw.check(draw)"))
    nbformat.write(notebook, lesson)
    show_progress(tmp_path)
    assert "0 of 1" in tables.get(timeout=600)
    record = {EXERCISE_MIME: {"exercise": "draw", "status": "correct"}}
    notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", record)]
    nbformat.write(notebook, tmp_path / "new")
    os.replace(tmp_path / "new", lesson)
    assert "1 of 1" in tables.get(timeout=600)
    assert tables.empty()
