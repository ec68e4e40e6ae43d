"""A learner's folder: copies that come and stay, updates that touch nobody's work, progress."""

import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.lesson import EXERCISE_MIME
from tutorial.cli import main
from tutorial.copies import store_progress, update_copies
from tutorial.errors import TutorialError
from tutorial.project import find_lessons, find_topics, start_page


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


def test_the_pages_that_lessons_link_to_come_with_them_and_follow(write_notebook, mine, tmp_path):
    for folder in ("notebooks", "docs"):
        (tmp_path / folder).mkdir()
    page = tmp_path / "docs" / "words.md"
    page.write_text("| tensor | [01](../notebooks/01_first.ipynb) |")
    links = "# [word](../docs/words.md), [other](../docs/missing.md)"
    lesson = write_notebook(links, name="notebooks/01_first.ipynb")
    update_copies([lesson], mine)
    copy = mine / "docs" / "words.md"
    assert copy.read_text().endswith("| tensor | [01](../01_first.ipynb) |")
    page.write_text("| tensor | box |")
    update_copies([lesson], mine)
    assert copy.read_text().endswith("| tensor | box |")
    copy.write_text("notes of my own")
    update_copies([lesson], mine)
    assert copy.read_text() == "notes of my own"


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


@pytest.mark.parametrize("target", ["elsewhere.ipynb", "nowhere.ipynb"])
def test_a_link_is_left_alone_and_nothing_is_written_through_it(lesson, mine, target):
    mine.mkdir()
    update_copies([lesson], mine.parent / "other")
    elsewhere = mine.parent / "other" / lesson.name
    elsewhere.rename(mine.parent / "elsewhere.ipynb")
    link = mine / lesson.name
    link.symlink_to(mine.parent / target)
    change(lesson, "print('new')")
    assert update_copies([lesson], mine) == {"new": [], "updated": [], "kept": ["01_first"]}
    store_progress(link)
    assert link.is_symlink()
    assert not (mine.parent / "nowhere.ipynb").exists()
    assert code(mine.parent / "elsewhere.ipynb") == "print('old')"


def test_a_copy_that_does_not_remember_its_version_is_kept(lesson, mine):
    mine.mkdir()
    nbformat.write(nbformat.read(lesson, as_version=4), mine / lesson.name)
    assert not any(update_copies([lesson], mine).values())
    change(lesson, "print('new')")
    assert update_copies([lesson], mine)["kept"] == ["01_first"]


def test_the_copied_start_page_shows_how_the_exercises_stand(mine):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    lesson = nbformat.read(mine / find_lessons()[0].name, as_version=4)
    record = {EXERCISE_MIME: {"exercise": "filled", "status": "correct"}}
    said = nbformat.v4.new_output("display_data", record)
    next(cell for cell in lesson.cells if "filled.check" in cell.source).outputs = [said]
    nbformat.write(lesson, mine / find_lessons()[0].name)
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    shown = code_outputs(mine / start_page().name)[0].data["text/markdown"]
    assert "(01_tensor_creation.ipynb) | 20 | ✓ ☐ ☐ ☐ ☐ ☐ ☐ ☐ | 1 of 8 |" in shown


def test_a_start_page_that_the_learner_broke_stays_broken(mine):
    mine.mkdir()
    (mine / start_page().name).write_text("{")
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    assert (mine / start_page().name).read_text() == "{"


def test_the_start_page_names_every_lesson():
    table = code_outputs(start_page())[0].data["text/markdown"]
    assert all(f"]({lesson.name})" in table for lesson in find_lessons())
    assert ">Begin with 01 · Tensor creation</a>" in table


def test_the_command_says_what_it_did(mine, capsys):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    assert (
        f"{len(find_lessons()) + len(find_topics()) + 1} new, 0 updated" in capsys.readouterr().out
    )
    change(mine / find_lessons()[0].name, "mine")
    notebook = nbformat.read(mine / find_lessons()[0].name, as_version=4)
    notebook.metadata["copied_from"] = "another version"
    nbformat.write(notebook, mine / find_lessons()[0].name)
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    said = capsys.readouterr().out
    assert "0 new, 0 updated" in said
    assert "01_tensor_creation: you changed it, so it stays" in said


def test_a_question_of_ones_own_is_never_written_over(mine):
    template = find_topics()[-1]
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    own = nbformat.read(mine / template.name, as_version=4)
    own.cells[0].source = "# Do mirrored frogs confuse it?"
    own.metadata["copied_from"] = "an older version"
    nbformat.write(own, mine / template.name)
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    assert nbformat.read(mine / template.name, as_version=4) == own


def test_a_copy_that_follows_keeps_what_the_learner_has_in_cells_that_stay(write_notebook, mine):
    names = ["'same'", "'same'", "'gone'", "'old'", "'moved'"]
    lesson = write_notebook(*names, name="01_first.ipynb")
    update_copies([lesson], mine)
    copy = nbformat.read(mine / lesson.name, as_version=4)
    for number, cell in enumerate(copy.cells[1:]):
        cell.outputs = [nbformat.v4.new_output("stream", text=f"{number}\n")]
        cell.execution_count = number + 1
        cell.metadata["tags"] = [f"mine-{number}"]
    copy.cells[0].metadata["tags"].append("mine")
    nbformat.write(copy, mine / lesson.name)
    newer = nbformat.read(lesson, as_version=4)
    first, _same, twin, _gone, old, moved = newer.cells
    old.source = "'new'"
    newer.cells = [first, moved, twin, old, nbformat.v4.new_code_cell("'added'")]
    nbformat.write(newer, lesson)
    assert update_copies([lesson], mine)["updated"] == ["01_first"]
    first, moved, twin, new, added = nbformat.read(mine / lesson.name, as_version=4).cells
    assert first.metadata["tags"] == ["parameters", "mine"]
    assert (moved.outputs[0].text, moved.metadata["tags"]) == ("4\n", ["mine-4"])
    assert (twin.outputs[0].text, twin.execution_count) == ("1\n", 2)  # its own, not its twin's
    assert not new.outputs
    assert not added.outputs
    assert not any(update_copies([lesson], mine).values())


def test_an_attachment_stays_when_the_copy_follows(lesson, mine):
    notebook = nbformat.read(lesson, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("![](attachment:sketch.png)"))
    nbformat.write(notebook, lesson)
    update_copies([lesson], mine)
    copy = nbformat.read(mine / lesson.name, as_version=4)
    copy.cells[-1]["attachments"] = {"sketch.png": {"image/png": "aGVsbG8="}}
    nbformat.write(copy, mine / lesson.name)
    change(lesson, "print('new')")
    update_copies([lesson], mine)
    kept = nbformat.read(mine / lesson.name, as_version=4).cells[-1]
    assert kept["attachments"] == {"sketch.png": {"image/png": "aGVsbG8="}}


def test_a_start_page_that_is_right_is_not_written_again(mine):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    before = (mine / start_page().name).stat()
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    after = (mine / start_page().name).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_lessons_that_nobody_saved_are_not_read_again_and_pytorch_is_not_loaded(mine):
    assert main(["lab", "--no-open", "--folder", str(mine)]) == 0
    again = (
        f"import sys, tutorial.cli as c; c.main(['lab', '--no-open', '--folder', {str(mine)!r}])"
    )
    loaded = f"{again}; print(sorted({{'torch', 'matplotlib', 'jupyterlab'}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_full_disk_leaves_every_copy_as_it_was(lesson, mine, small_disk, capsys):
    page = nbformat.read(start_page(), as_version=4)
    page.cells.append(nbformat.v4.new_markdown_cell("MY NOTES"))
    next(cell for cell in page.cells if cell.cell_type == "code").outputs = []
    with small_disk(mine, "800k"):
        update_copies([lesson], mine)
        nbformat.write(page, mine / start_page().name)
        free = os.statvfs(mine)
        (mine / "filler").write_bytes(b"x" * free.f_bavail * free.f_bsize)
        change(lesson, "print('new')")
        before = contents(mine)
        with pytest.raises(TutorialError, match=r"No space left on device.*make room"):
            update_copies([lesson], mine)
        assert main(["lab", "--no-open", "--folder", str(mine)]) == 1
        assert contents(mine) == before
        with pytest.raises(TutorialError, match=r"No space left on device.*make room"):
            store_progress(mine / start_page().name)
        assert contents(mine) == before
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(mine, ordinary, capsys):
    (ordinary / "file").write_text("in the way")
    (ordinary / "mine").mkdir()
    (ordinary / "mine").chmod(0o500)
    for folder in ("file", "file/below", "mine"):
        assert main(["lab", "--no-open", "--folder", str(ordinary / folder)]) == 1
        said = capsys.readouterr().err
        assert said.startswith("tutorial: cannot write")
        assert said.count("\n") == 1
