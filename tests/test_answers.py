"""With every answer filled in, every check passes: in the lessons themselves, executed."""

import re
import shutil

import nbformat
import pytest

from helpers.lesson import EXERCISE_MIME
from tutorial.answers import teachers_edition
from tutorial.cli import main
from tutorial.project import find_lessons
from tutorial.refresh import execute

LESSONS = find_lessons()


def test_every_check_of_the_teachers_edition_passes():
    together, exercises = nbformat.v4.new_notebook(), []
    for path in LESSONS:
        answered = teachers_edition(nbformat.read(path, as_version=4))
        code = [cell for cell in answered.cells if cell.cell_type == "code"]
        checks = [c for c in code if re.search(r"^questions\.\w+\.check", c.source, re.MULTILINE)]
        imports = next(cell for cell in code if "import torch" in cell.source)
        assert len(checks) >= 3
        together.cells += [imports, *checks]  # no answer depends on the rest of the lesson
        exercises += checks
    execute(together, LESSONS[0].parent)
    said = [cell.outputs[0].data for cell in exercises]
    assert all(one[EXERCISE_MIME]["status"] == "correct" for one in said), said


@pytest.mark.parametrize("content", ["my own notes", None])
def test_nobodys_work_is_replaced_by_answers(tmp_path, content):
    mine = tmp_path / LESSONS[0].name
    if content is None:  # a lesson, as in notebooks/ or in a learner's folder
        shutil.copy(LESSONS[0], mine)
    else:
        mine.write_text(content)
    before = mine.read_bytes()
    assert main(["answers", "1", "2", "--output", str(tmp_path)]) == 2
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert mine.read_bytes() == before


def test_answers_are_written_over_earlier_answers(tmp_path):
    assert main(["answers", "1", "--output", str(tmp_path)]) == 0
    assert main(["answers", "1", "--output", str(tmp_path)]) == 0


def test_a_file_in_the_way_of_answers_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["answers", "1", "--output", str(tmp_path / "file")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("tutorial: cannot write into")
    assert said.endswith("use another folder\n")


def test_the_lessons_are_left_as_they_are(tmp_path):
    before = LESSONS[0].read_bytes()
    assert main(["answers", "1", "--output", str(tmp_path)]) == 0
    assert LESSONS[0].read_bytes() == before
    written = (tmp_path / LESSONS[0].name).read_text(encoding="utf-8")
    assert "filled = torch.full((2, 3), 7)" in written
    assert "filled = ..." not in written
