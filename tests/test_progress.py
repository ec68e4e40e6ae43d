"""Progress: read from saved notebooks, whatever else lies beside them."""

import nbformat
from nbclient import NotebookClient

from helpers.progress import read_progress

EXERCISE = "from helpers.questions import tensor_creation as questions\n"


def test_progress_is_what_the_saved_checks_said(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# 01 · First")])
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
    path, title, marks = read_progress(tmp_path)[0]
    assert (path.name, title, marks) == ("01_first.ipynb", "01 · First", ["✓", "✗", "☐", "☐"])
    assert len(read_progress(tmp_path)) == 1
