"""Every checker passes its solution, knows the mark, and helps with each wrong answer."""

import importlib
import math
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch
from torch import nn

from helpers.exercises import CHECK, QUESTIONS, Exercise
from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons()
NAMES = {"torch": torch, "nn": nn, "np": np, "math": math}
NAMES |= {"Dataset": torch.utils.data.Dataset, "__name__": "answers"}

# Of the modules that have no file in tests/answers yet: wrong answers as expressions.
OLD = {
    "cifar10_data.batches": [
        ("390", "are a batch too"),
        ("390.625", "round up"),
        ("12500", "12500"),
    ],
    "cifar10_data.undo": [
        (
            "lambda x, mean, std: (x + torch.tensor(mean).view(3, 1, 1))"
            " * torch.tensor(std).view(3, 1, 1)",
            "undoing multiplies first",
        ),
        ("lambda x, mean, std: x * torch.tensor(std) + torch.tensor(mean)", "met the columns"),
        ("lambda x, mean, std: x", "not the picture it was before"),
    ],
    "cifar10_data.numbers": [
        (
            "type('Numbers', (), {'__init__': lambda s, n: None, '__len__': lambda s: 6,"
            " '__getitem__': lambda s, i: i})",
            "an item is a pair",
        ),
        (
            "type('Numbers', (), {'__init__': lambda s, n: None, '__len__': lambda s: 6,"
            " '__getitem__': lambda s, i: (i, i % 2)})",
            "should be (3, False)",
        ),
        ("type('Numbers', (), {'__init__': lambda s, n: None})", "no `__len__`"),
    ],
    "cifar10_data.mean_loss": [
        ("lambda losses, sizes: sum(losses) / len(losses)", "weight by size"),
        ("lambda losses, sizes: sum(l * s for l, s in zip(losses, sizes))", "divide by"),
    ],
    "training_loop.ignorant_loss": [("2.3", "for ten classes"), ("2", "base ten")],
    "training_loop.steps": [("500", "that is one epoch"), ("500_000", "not for each picture")],
    "training_loop.train_step": [
        (
            "lambda net, criterion, optimizer, x, y:"
            " [l := criterion(net(x), y), l.backward(), optimizer.step(), l.item()][-1]",
            "clear the gradients",
        ),
        ("lambda net, criterion, optimizer, x, y: criterion(net(x), y)", "`loss.item()`"),
        (
            "lambda net, criterion, optimizer, x, y: criterion(net(x), y).item()",
            "the weights have not moved",
        ),
    ],
    "training_loop.running_means": [
        ("lambda losses, every: [3.0, 5.0]", "the sum kept growing"),
        ("lambda losses, every: [6.0, 4.0]", "divide by the number"),
        ("lambda losses, every: [3.0, 2.0, 9.0]", "The fifth waits"),
    ],
    "evaluation.which_part": [("'test'", "no longer that of unseen"), ("'training'", "falls on")],
    "evaluation.count_pairs": [
        (
            "lambda l, p, n: torch.bincount(p * n + l, minlength=n * n).reshape(n, n)",
            "rows and columns are swapped",
        ),
        (
            "lambda l, p, n: torch.zeros(n, n).index_put((l, p), torch.tensor(1.0))",
            "counted once",
        ),
    ],
    "evaluation.recall": [
        ("lambda m: m.diagonal() / m.sum(dim=0)", "called precision"),
        ("lambda m: m.diagonal() / m.sum()", "divide each class by its own"),
        ("lambda m: m.diagonal().sum() / m.sum()", "should be (2,), and is ()"),
    ],
    "evaluation.best_epoch": [
        ("lambda losses: losses.index(min(losses))", "epochs from 1"),
        ("lambda losses: len(losses)", "not the best"),
        ("lambda losses: min(losses)", "return its epoch"),
    ],
    "faster_training.free_part": [
        ("1.6", "divide old by new"),
        ("0.4", "the time that is left"),
        ("4", "is not 4"),
    ],
    "faster_training.scaled_rate": [
        ("0.05", "each should go further"),
        ("0.0125", "longer steps, not shorter"),
    ],
    "faster_training.mirror": [
        ("lambda pictures: pictures.flip(3)", "all pictures were treated alike"),
        ("lambda pictures: pictures.flip(2)", "stands on its head"),
        (
            "lambda pictures: torch.where(torch.rand(len(pictures), 1, 1, 1) < 0.1,"
            " pictures.flip(3), pictures)",
            "not one half",
        ),
        ("lambda pictures: pictures[:, :, :, :2]", "should be (200, 3, 2, 4)"),
    ],
    "faster_training.rate_at": [
        ("lambda step, steps, highest: highest * step / steps", "should be the highest"),
        ("lambda step, steps, highest: highest * min(1, 2 * step / steps)", "the way down"),
        (
            "lambda step, steps, highest: highest * (1 - (2 * step / steps - 1) ** 2)",
            "rise and fall in straight lines",
        ),
    ],
    "scaling_out.part": [("64", "would be 256"), ("256", "1,024"), ("8", "do not make 64")],
    "scaling_out.efficiency": [("6", "speed-up"), ("8 / 6", "other way round"), ("0.6", "is not")],
    "scaling_out.deal": [
        ("lambda indices, rank, world: indices", "every process got the same"),
        ("lambda indices, rank, world: indices[rank * 5 : rank * 5 + 5]", "like cards"),
        ("lambda indices, rank, world: indices[rank::3]", "dealt out once"),
    ],
    "scaling_out.combine": [
        ("lambda gradients, sizes: sum(gradients) / len(gradients)", "the plain mean"),
        ("lambda g, sizes: sum(x * n for x, n in zip(g, sizes))", "divide by all"),
        ("lambda g, sizes: sum(x * n for x, n in zip(g, reversed(sizes))) / 4", "give [2, 4]"),
    ],
}


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
        for name in module.RIGHT.keys() | module.WRONG.keys():
            yield f"{path.stem}.{name}", module.RIGHT.get(name, []), module.WRONG.get(name, [])


EXERCISES = dict(exercises())
CELLS = {name: (answer, cell) for path in LESSONS for name, answer, cell in exercise_cells(path)}
ANSWERS = {name: (right, wrong) for name, right, wrong in answers()}
PROVEN = {name.split(".")[0] for name in ANSWERS}
RIGHT = [(name, code) for name, (right, _) in sorted(ANSWERS.items()) for code in right]
WRONG = [(name, *case) for name, (_, wrong) in sorted(ANSWERS.items()) for case in wrong]
LEFT = [(name, *case) for name, cases in OLD.items() for case in cases]
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


@pytest.mark.parametrize(("name", "code", "message"), numbered(LEFT))
def test_a_wrong_answer_of_an_unproven_lesson_is_met_by_its_message(name, code, message):
    note = EXERCISES[name].check(eval(code, dict(NAMES)))
    assert note.status == "wrong"
    assert message in str(note)


@each_exercise
def test_each_exercise_is_proven_by_four_right_and_six_wrong_answers(name):
    assert name in CELLS
    assert len(EXERCISES[name].hints) >= 2
    if name.split(".")[0] in PROVEN:
        right, wrong = ANSWERS[name]
        assert len({*right, EXERCISES[name].code}) >= 5
        assert len({code for code, _ in wrong}) >= 6
    else:
        assert len(OLD[name]) >= 2


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
