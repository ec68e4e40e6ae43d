"""With every answer filled in, every check passes: in the lessons themselves, executed."""

import re

import nbformat
import pytest

from tutorial.answers import teachers_edition
from tutorial.cli import main
from tutorial.project import find_lessons
from tutorial.refresh import execute

LESSONS = find_lessons()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_check_of_the_teachers_edition_passes(path):
    answered = teachers_edition(nbformat.read(path, as_version=4))
    code = [cell for cell in answered.cells if cell.cell_type == "code"]
    checks = [c for c in code if re.search(r"^questions\.\w+\.check", c.source, re.MULTILINE)]
    imports = next(cell for cell in code if "import torch" in cell.source)
    answered.cells = [imports, *checks]  # no answer depends on the rest of the lesson
    execute(answered, path.parent)
    notes = [cell.outputs[-1].data["text/markdown"] for cell in checks]
    assert len(notes) >= 3
    assert all(note.startswith("✓") for note in notes), notes


def test_the_lessons_are_left_as_they_are(tmp_path):
    before = LESSONS[0].read_bytes()
    assert main(["answers", "1", "--output", str(tmp_path)]) == 0
    assert LESSONS[0].read_bytes() == before
    written = (tmp_path / LESSONS[0].name).read_text(encoding="utf-8")
    assert "filled = torch.full((2, 3), 7)" in written
    assert "filled = ..." not in written
