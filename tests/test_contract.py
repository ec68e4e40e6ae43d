"""A contract copy is its lesson with other parameters, and nothing else."""

from pathlib import Path

import nbformat
import pytest

from tutorial.notebooks import parameters_cell
from tutorial.project import find_lessons, find_topics
from tutorial.refresh import CONTRACT, contract_copy, is_data_lesson

ROOT = Path(__file__).parent.parent
LESSONS = {path.name: nbformat.read(path, 4) for path in [*find_lessons(), *find_topics()]}
COPIES = {path.name: path for path in (ROOT / "tests" / "contract").glob("*.ipynb")}
DATA_LESSONS = sorted(name for name, lesson in LESSONS.items() if is_data_lesson(lesson))


def test_every_data_lesson_has_a_copy_and_no_other_lesson_has_one():
    assert DATA_LESSONS
    assert sorted(COPIES) == DATA_LESSONS


@pytest.mark.parametrize("name", DATA_LESSONS)
def test_the_copy_has_the_cells_of_the_lesson(name):
    def cells(notebook):
        return [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]

    assert cells(nbformat.read(COPIES[name], 4)) == cells(contract_copy(LESSONS[name]))


@pytest.mark.parametrize("name", DATA_LESSONS)
def test_the_copy_is_small_and_on_drawn_pictures(name):
    given = {}
    exec(parameters_cell(nbformat.read(COPIES[name], 4)).source, given)
    assert given["data_source"] == "drawn"
    assert {key: given[key] for key in CONTRACT if key in given}.items() <= CONTRACT.items()


@pytest.mark.parametrize("name", DATA_LESSONS)
def test_the_lesson_itself_holds_outputs_of_real_images(name):
    text = str([cell.get("outputs") for cell in LESSONS[name].cells])
    assert "STAND-IN" not in text
    assert "STAND-IN" in COPIES[name].read_text(encoding="utf-8")
