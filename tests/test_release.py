"""Lessons for nbgrader: the notebooks, and what the real nbgrader makes of them."""

import importlib
import importlib.util
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from commands import exit_code
from nbformat.v4 import new_output

from helpers.lesson import EXERCISE_MIME
from tutorial.project import find_lessons
from tutorial.submissions import read_lesson

LESSON = read_lesson(find_lessons(["3"])[0])
NAME = LESSON.path.stem
QUESTIONS = importlib.import_module(f"helpers.questions.{LESSON.module}")
nbgrader_needed = pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="nbgrader is not installed: pip install -e '.[nbgrader]'",
)


def about(cell):
    return cell.metadata.get("nbgrader", {})


def test_every_exercise_has_an_answer_to_clear_and_a_hidden_test_with_a_point(tmp_path):
    assert exit_code("release", "3", "--nbgrader", tmp_path) == 0
    source = nbformat.read(tmp_path / "source" / NAME / LESSON.path.name, as_version=4)
    nbformat.validate(source)
    marked = [about(cell) for cell in source.cells if about(cell)]
    assert len({one["grade_id"] for one in marked}) == len(marked)
    answers = [cell.source for cell in source.cells if about(cell).get("solution")]
    tests = [cell for cell in source.cells if about(cell).get("grade")]
    assert len(answers) == len(tests) == len(LESSON.exercises)
    assert all(code.count("### BEGIN SOLUTION") == 1 for code in answers)
    assert all(about(test)["points"] == 1 and about(test)["locked"] for test in tests)


def test_nobodys_work_is_replaced_by_a_release(tmp_path):
    mine = tmp_path / "source" / NAME / LESSON.path.name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    (tmp_path / "nbgrader_config.py").write_text("# mine")
    assert exit_code("release", "3", "--nbgrader", tmp_path) == 2
    mine.unlink()
    assert exit_code("release", "3", "--nbgrader", tmp_path) == 0
    assert exit_code("release", "3", "--nbgrader", tmp_path) == 0
    assert (tmp_path / "nbgrader_config.py").read_text() == "# mine"


def nbgrader(course, *arguments):
    """Run nbgrader in a course; its tools lie beside Python."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    homes = {name: str(course / ".home") for name in ("HOME", "IPYTHONDIR")}
    environment = os.environ | homes | {"PATH": path, "JUPYTER_PLATFORM_DIRS": "1"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def submit(course, name, edit, whole=False):
    """Hand in the released notebook with some cells edited, and those of no mark deleted."""
    notebook = nbformat.read(course / "release" / NAME / LESSON.path.name, as_version=4)
    if not whole:
        notebook.cells = [cell for cell in notebook.cells if about(cell)]
    for cell in notebook.cells:
        edit(cell, about(cell).get("grade_id", ""))
    path = course / "submitted" / name / NAME / LESSON.path.name
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def scores(course):
    with sqlite3.connect(course / "gradebook.db") as database:
        rows = database.execute(
            "select sa.student_id, sum(g.auto_score) from grade g"
            " join submitted_notebook sn on g.notebook_id = sn.id"
            " join submitted_assignment sa on sn.assignment_id = sa.id group by sa.student_id"
        )
        return dict(rows.fetchall())


@nbgrader_needed
@pytest.mark.timeout(900)
def test_nbgrader_grades_a_right_a_wrong_an_untouched_and_a_cheating_submission(tmp_path):
    assert exit_code("release", "3", "--nbgrader", tmp_path) == 0
    nbgrader(tmp_path, "generate_assignment", NAME)
    released = (tmp_path / "release" / NAME / LESSON.path.name).read_text(encoding="utf-8")
    assert "SOLUTION" not in released
    assert "HIDDEN" not in released
    first = next(iter(LESSON.exercises))
    answer = LESSON.exercises[first].answer

    def solve(cell, name):
        if name in LESSON.exercises:
            cell.source = vars(QUESTIONS)[name].code

    def mistake(cell, name):
        solve(cell, name)
        if name == first:
            cell.source = f"{answer} = 'nothing of the kind'"

    def cheat(cell, name):
        if name == first:
            cell.source = (
                f"{answer} = 0\nquestions.{first}._checker = lambda answer: None\n"
                f"questions.{first}.check({answer})"
            )
        elif name.startswith("test_"):
            record = {EXERCISE_MIME: {"exercise": name[5:], "status": "correct"}}
            cell.source, cell.outputs = "pass", [new_output("display_data", record)]

    submit(tmp_path, "right", solve, whole=True)
    submit(tmp_path, "wrong", mistake)
    submit(tmp_path, "untouched", lambda cell, name: None)
    submit(tmp_path, "cheating", cheat)
    nbgrader(tmp_path, "autograde", NAME, "--create")
    nbgrader(tmp_path, "generate_feedback", NAME)
    every = len(LESSON.exercises)
    assert scores(tmp_path) == {"right": every, "wrong": every - 1, "untouched": 0, "cheating": 0}
    for name in ("right", "wrong", "untouched", "cheating"):
        assert (tmp_path / "feedback" / name / NAME / f"{NAME}.html").exists()
