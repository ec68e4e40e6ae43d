"""What a lesson feeds to worker processes can be sent to them, where they begin with nothing."""

import nbformat

from tutorial.execute import Run, execute
from tutorial.project import find_lessons

SPAWN = "import multiprocessing\nmultiprocessing.set_start_method('spawn')"  # as Windows and macOS


def test_a_lesson_trains_from_worker_processes_that_begin_with_nothing(tmp_path):
    lesson = next(path for path in find_lessons() if path.name.startswith("08"))
    notebook = nbformat.read(lesson, as_version=4)
    code = [k for k, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    last = next(k for k in code if "num_workers=2" in notebook.cells[k].source)
    notebook.cells = [nbformat.v4.new_code_cell(SPAWN), *notebook.cells[: last + 1]]
    path = tmp_path / lesson.name
    nbformat.write(notebook, path)
    small = Run(path, {"data_source": "drawn", "train_images": 1200}, key="", name="workers")
    result = execute(small, tmp_path / "out", timeout=600)
    assert result.status == "ok", result.error
