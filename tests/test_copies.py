"""A learner's folder: copies that come and stay, updates that touch nobody's work, progress."""

import nbformat
import pytest
from nbclient import NotebookClient

from tutorial.cli import main
from tutorial.copies import update_copies
from tutorial.project import find_lessons, start_page


@pytest.fixture
def lesson(write_notebook):
    return write_notebook("print('old')", name="01_first.ipynb")


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "my-lessons"


def change(path, source):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = source
    nbformat.write(notebook, path)


def code(path):
    return nbformat.read(path, as_version=4).cells[1].source


def code_outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", ())]


def test_a_lesson_is_copied_without_its_outputs(mine):
    lesson = find_lessons()[0]
    assert update_copies([lesson], mine)["new"] == [lesson.stem]
    copy = nbformat.read(mine / lesson.name, as_version=4)
    cells = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)
    assert [c.source for c in copy.cells] == [c.source for c in nbformat.read(lesson, 4).cells]


def test_an_executed_copy_of_the_same_version_is_left_alone(lesson, mine):
    update_copies([lesson], mine)
    copy = mine / lesson.name
    notebook = nbformat.read(copy, as_version=4)
    NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, copy)
    before = copy.read_bytes()
    assert not any(update_copies([lesson], mine).values())
    assert copy.read_bytes() == before


def test_a_copy_that_nobody_changed_follows_the_lesson(lesson, mine):
    update_copies([lesson], mine)
    change(lesson, "print('new')")
    assert update_copies([lesson], mine) == {"new": [], "updated": ["01_first"], "kept": []}
    assert code(mine / lesson.name) == "print('new')"
    assert not any(update_copies([lesson], mine).values())


def test_a_copy_that_the_learner_changed_is_kept(lesson, mine):
    update_copies([lesson], mine)
    change(mine / lesson.name, "print('mine')")
    assert not any(update_copies([lesson], mine).values())
    change(lesson, "print('new')")
    assert update_copies([lesson], mine) == {"new": [], "updated": [], "kept": ["01_first"]}
    assert code(mine / lesson.name) == "print('mine')"


@pytest.mark.parametrize("content", ["", "{", "{}", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_any_more_is_kept(lesson, mine, content):
    mine.mkdir()
    (mine / lesson.name).write_text(content)
    assert update_copies([lesson], mine)["kept"] == ["01_first"]
    assert (mine / lesson.name).read_text() == content


def test_a_copy_that_does_not_remember_its_version_is_kept(lesson, mine):
    mine.mkdir()
    nbformat.write(nbformat.read(lesson, as_version=4), mine / lesson.name)
    assert not any(update_copies([lesson], mine).values())
    change(lesson, "print('new')")
    assert update_copies([lesson], mine)["kept"] == ["01_first"]


def test_the_copied_start_page_shows_how_the_exercises_stand(mine):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    lesson = nbformat.read(mine / find_lessons()[0].name, as_version=4)
    said = nbformat.v4.new_output("execute_result", {"text/plain": "✓ **filled**: correct!"})
    next(cell for cell in lesson.cells if "filled.check" in cell.source).outputs = [said]
    nbformat.write(lesson, mine / find_lessons()[0].name)
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    shown = code_outputs(mine / start_page().name)[0].data["text/markdown"]
    assert "(01_tensor_creation.ipynb) | ✓ ☐ ☐ ☐ ☐ | 1 of 5 |" in shown


def test_a_start_page_that_the_learner_broke_stays_broken(mine):
    mine.mkdir()
    (mine / start_page().name).write_text("{")
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    assert (mine / start_page().name).read_text() == "{"


def test_the_start_page_names_every_lesson():
    table = code_outputs(start_page())[0].data["text/markdown"]
    assert all(f"]({lesson.name})" in table for lesson in find_lessons())
    assert "Go on with [01" in table


def test_the_command_says_what_it_did(mine, capsys):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    assert f"{len(find_lessons()) + 1} new, 0 updated" in capsys.readouterr().out
    change(mine / find_lessons()[0].name, "mine")
    notebook = nbformat.read(mine / find_lessons()[0].name, as_version=4)
    notebook.metadata["copied_from"] = "another version"
    nbformat.write(notebook, mine / find_lessons()[0].name)
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    said = capsys.readouterr().out
    assert "0 new, 0 updated" in said
    assert "01_tensor_creation: you changed it, so it stays" in said
