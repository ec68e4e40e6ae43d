"""Every checker passes its solution, knows the mark, and helps with each wrong answer."""

import copy
import importlib
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from answers.reviewed import FOUND, REVIEWED
from torch import nn

from helpers import Net
from helpers.exercises import CHECK, QUESTIONS, Exercise
from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons()
NAMES = {"copy": copy, "torch": torch, "nn": nn, "np": np, "math": math}
NAMES |= {"Net": Net, "Dataset": torch.utils.data.Dataset, "__name__": "answers"}


def exercises():
    for path in sorted((ROOT / "helpers" / "questions").glob("[a-z]*.py")):
        module = importlib.import_module(f"helpers.questions.{path.stem}")
        for value in vars(module).values():
            if isinstance(value, Exercise):
                yield f"{path.stem}.{value.name}", value


def exercise_cells(path):
    """Yield each exercise's name, the name of the answer, and the cell's source."""
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    module = QUESTIONS.search("\n".join(cells))[1]
    for source in cells:
        if found := CHECK.search(source):
            yield f"{module}.{found['name']}", found["answer"], source


def answers():
    """Yield each exercise of the modules in tests/answers, with its right and wrong answers."""
    for path in sorted((ROOT / "tests" / "answers").glob("[a-z]*.py")):
        module = importlib.import_module(f"answers.{path.stem}")
        if path.stem == "reviewed":
            continue
        for name in module.RIGHT.keys() | module.WRONG.keys():
            yield f"{path.stem}.{name}", module.RIGHT.get(name, []), module.WRONG.get(name, [])


EXERCISES = dict(exercises())
CELLS = {name: (answer, cell) for path in LESSONS for name, answer, cell in exercise_cells(path)}
ANSWERS = {name: (right, wrong) for name, right, wrong in answers()}
PROVEN = {name.split(".")[0] for name in ANSWERS}
RIGHT = [(name, code) for name, (right, _) in sorted(ANSWERS.items()) for code in right]
WRONG = [(name, *case) for name, (_, wrong) in sorted(ANSWERS.items()) for case in wrong]
each_exercise = pytest.mark.parametrize("name", EXERCISES)


def numbered(cases):
    return [pytest.param(*case, id=f"{case[0]}-{n}") for n, case in enumerate(cases)]


def run(code, answer):
    names = dict(NAMES)
    exec(code, names)
    return names[answer]


@each_exercise
def test_the_solution_is_correct(name):
    answer = run(EXERCISES[name].code, CELLS[name][0])
    note = EXERCISES[name].check(answer)
    assert note.status == "correct", str(note)


@each_exercise
def test_the_cell_of_the_lesson_is_unanswered(name):
    answer, cell = CELLS[name]
    assert ("..." in cell) != EXERCISES[name].__doc__.startswith("Debug: ")
    unanswered = run(cell.rpartition("\n")[0], answer)
    note = EXERCISES[name].check(unanswered)
    assert note.status == "unanswered", str(note)


@pytest.mark.parametrize(("name", "code"), numbered(RIGHT))
def test_a_right_answer_of_another_style_is_correct(name, code):
    note = EXERCISES[name].check(run(code, CELLS[name][0]))
    assert note.status == "correct", f"{code}\n{note}"


@pytest.mark.parametrize(("name", "code", "message"), numbered(WRONG))
def test_a_wrong_answer_is_met_by_its_message(name, code, message):
    note = EXERCISES[name].check(run(code, CELLS[name][0]))
    assert note.status != "correct", code
    assert note.status == "wrong" or EXERCISES[name].__doc__.startswith("Debug: ")
    assert message in str(note), f"{code}\n{note}"


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [pytest.param(name, *rest, id=f"{name}: {does}") for name, does, *rest in REVIEWED + FOUND],
)
def test_what_readers_tried_is_judged_rightly(name, code, message):
    note = EXERCISES[name].check(run(code, CELLS[name][0]))
    assert note.status == ("correct" if message is None else "wrong"), f"{code}\n{note}"
    assert (message or "") in str(note)
    assert "your code raised" not in str(note)


@each_exercise
def test_each_exercise_is_proven_by_four_right_and_six_wrong_answers(name):
    assert name in CELLS
    assert len(EXERCISES[name].hints) >= 2
    right, wrong = ANSWERS[name]
    assert len({*right, EXERCISES[name].code}) >= 5
    assert len({code for code, _ in wrong}) >= 6


def test_no_answer_is_to_an_exercise_that_is_not_there():
    assert EXERCISES.keys() == CELLS.keys()
    assert ANSWERS.keys() <= EXERCISES.keys()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_six_exercises_and_from_02_on_one_to_debug_and_an_open_one(path):
    names = [name for name, _, _ in exercise_cells(path)]
    if names[0].split(".")[0] not in PROVEN:
        pytest.skip("to come")
    assert len(names) >= 6
    tasks = [EXERCISES[name].__doc__ for name in names]
    for kind in ("Debug: ", "Open: "):
        assert path.name < "02" or any(task.startswith(kind) for task in tasks), kind


def test_the_teachers_guide_lists_every_exercise():
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \d\d \| `(\w+)`: (.+?) \| .+ \|$", guide, re.MULTILINE)
    tasks = [(one.name, one.__doc__.splitlines()[0]) for one in EXERCISES.values()]
    assert sorted(listed) == sorted(tasks)


def test_the_teachers_guide_has_minutes_and_a_mistake_for_every_exercise():
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    row = r"^\| (\d\d) \| `(\w+)`(?: \((debug|open)\))? \| (?:\d+|an evening) \| .+ \|$"
    told = re.findall(row, guide, re.MULTILINE)
    names = [(path.stem[:2], name) for path in LESSONS for name, _, _ in exercise_cells(path)]
    kinds = re.compile("(Debug|Open): ")
    assert told == [
        (lesson, EXERCISES[name].name, kind[1].lower() if kind else "")
        for lesson, name in names
        for kind in [kinds.match(EXERCISES[name].__doc__)]
    ]
