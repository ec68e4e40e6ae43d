"""Every checker passes its solution, knows the mark, and helps with each wrong answer."""

import importlib
import re
from pathlib import Path

import nbformat
import pytest
import torch
from torch import nn

from helpers.exercises import CHECK, QUESTIONS, Exercise
from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons()
NAMES = {"torch": torch, "nn": nn, "Dataset": torch.utils.data.Dataset}

# For each exercise, plausible wrong answers (code, as typed) and a part of what it says to them.
WRONG = {
    "tensor_creation.filled": [
        ("torch.full((2, 3), 7.0)", "write 7 without a point"),
        ("torch.full((3, 2), 7)", "should be (2, 3), and is (3, 2)"),
        ("torch.ones(2, 3, dtype=torch.int64)", "every element should be 7"),
        ("[[7, 7, 7], [7, 7, 7]]", "should be a tensor, and is a `list`"),
    ],
    "tensor_creation.points": [
        ("torch.arange(0, 1, 0.1)", "`arange` leaves the end out"),
        ("torch.linspace(0, 1, 10)", "counts the points, not the steps"),
        ("torch.arange(11)", "run evenly from 0 to 1"),
    ],
    "tensor_creation.promoted": [
        ("torch.float64", "PyTorch makes float32"),
        ("torch.int64", "cannot hold the 0.5"),
        ("'float32'", "answer with a dtype"),
    ],
    "tensor_creation.brighten": [
        ("lambda pixels, by: pixels + by", "the addition still happens in uint8"),
        ("lambda pixels, by: (pixels.long() + by).clamp(max=255)", "should be uint8 again"),
        ("lambda pixels, by: pixels.add_(by)", "changed the pixels it was given"),
        ("lambda pixels, by: pixels.clamp(max=245) + 2 * by", "should be [10, 110, 255]"),
    ],
    "tensor_creation.draw": [
        ("lambda seed: [torch.manual_seed(seed), torch.rand(3)][1]", "global generator"),
        ("lambda seed: torch.rand(3)", "the same seed should give the same"),
        ("lambda seed: torch.zeros(3)", "another seed should give other"),
    ],
    "tensor_math.sum_shape": [
        ("(4, 1)", "its size 1 meets the 3"),
        ("(3, 4)", "aligned at the right"),
        ("(4,)", "does not follow"),
    ],
    "tensor_math.center": [
        ("lambda table: table - table.mean()", "the mean of the whole table"),
        ("lambda table: table - table.mean(1, keepdim=True)", "the mean of each row"),
        ("lambda table: table.mean(0)", "should be (3, 2), and is (2,)"),
    ],
    "tensor_math.accuracy": [
        ("lambda scores, labels: (scores.argmax(1) == labels).float().mean()", "`.item()`"),
        ("lambda scores, labels: (scores.argmax(1) == labels).sum().item()", "divide by"),
        ("lambda scores, labels: 0.5", "three of four answers are right"),
    ],
    "tensor_math.channels_first": [
        ("lambda picture: picture.reshape(3, 2, 4)", "the picture is scrambled"),
        ("lambda picture: picture.transpose(0, 2)", "should be (3, 2, 4), and is (3, 4, 2)"),
        ("lambda picture: picture.permute(2, 0, 1).flip(1)", "rows or columns not"),
    ],
    "tensor_math.mean_squared_error": [
        ("lambda p, t: ((p - t) ** 2).mean()", "nine differences instead of three"),
        ("lambda p, t: ((p.squeeze(1) - t) ** 2).sum()", "take their mean"),
        ("lambda p, t: (p.squeeze(1) - t) ** 2", "should be (), and is (3,)"),
    ],
    "autograd.slope": [
        ("8", "the value of x³"),
        ("6", "derivative of x³ is 3x²"),
        ("4", "is not 4"),
    ],
    "autograd.after_two": [("6", "the second one adds"), ("36", "added, not multiplied")],
    "autograd.gradient": [
        ("lambda f, x: f(x.requires_grad_()).backward()", "returned None"),
        ("lambda f, x: [f(x.requires_grad_()).backward(), x.grad][1]", "Work on a copy"),
        ("lambda f, x: x", "is [2, 4, 6], and yours is"),
    ],
    "autograd.descend": [
        ("lambda w, loss, rate: [loss.backward(), w.sub_(rate * w.grad)]", "torch.no_grad()"),
        ("lambda w, loss, rate: [loss.backward(), w.data.add_(rate * w.grad)]", "went uphill"),
        ("lambda w, loss, rate: [loss.backward(), w.data.sub_(rate * w.grad)]", "still there"),
        ("lambda w, loss, rate: loss.backward()", "has not moved"),
    ],
    "models.linear_parameters": [("1000", "a bias too"), ("1100", "for each output, not")],
    "models.conv_size": [
        ("lambda size, kernel, stride, padding: size - kernel", "one position more than steps"),
        ("lambda size, kernel, stride, padding: size + padding - kernel + 1", "count it twice"),
        (
            "lambda size, kernel, stride, padding: (size + 2 * padding - kernel) / stride + 1",
            "divide with `//`",
        ),
    ],
    "models.make_classifier": [
        ("lambda: nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 3))", "two Linear layers are one"),
        (
            "lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Softmax(1))",
            "no softmax at the end",
        ),
        ("lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU())", "should be (4, 8), (8, 3)"),
        (
            "lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.ReLU())",
            "cut off half of them",
        ),
    ],
    "models.classify": [
        ("lambda net, picture: net(picture).argmax().item()", "it got (3, 32, 32)"),
        ("lambda net, picture: net(picture[None]).argmax().item()", "call `net.eval()` first"),
        ("lambda net, picture: net.eval()(picture[None]).argmax().item()", "torch.no_grad()"),
        (
            "torch.no_grad()(lambda net, picture: net.eval()(picture[None]).argmax().item())",
            "is not any more",
        ),
        ("torch.no_grad()(lambda net, picture: net.eval()(picture[None]).argmax())", "`.item()`"),
    ],
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


EXERCISES = dict(exercises())
CELLS = {name: (answer, cell) for path in LESSONS for name, answer, cell in exercise_cells(path)}
CASES = [
    pytest.param(name, code, message, id=f"{name}-{number}")
    for name, cases in WRONG.items()
    for number, (code, message) in enumerate(cases)
]
each_exercise = pytest.mark.parametrize("name", EXERCISES)


def run(code, answer):
    names = dict(NAMES)
    exec(code, names)
    return names[answer]


@each_exercise
def test_the_solution_is_correct(name):
    answer = run(EXERCISES[name].code, CELLS[name][0])
    assert EXERCISES[name].check(answer).status == "correct"


@each_exercise
def test_the_cell_of_the_lesson_is_unanswered(name):
    answer, cell = CELLS[name]
    assert "..." in cell
    unanswered = run(cell.rpartition("\n")[0], answer)
    note = EXERCISES[name].check(unanswered)
    assert note.status == "unanswered", str(note)


@pytest.mark.parametrize(("name", "code", "message"), CASES)
def test_a_wrong_answer_is_met_by_its_message(name, code, message):
    note = EXERCISES[name].check(eval(code, dict(NAMES)))
    assert note.status == "wrong"
    assert message in str(note)


def test_each_exercise_has_two_wrong_answers_and_two_hints():
    assert EXERCISES.keys() == WRONG.keys() == CELLS.keys()
    for name, one in EXERCISES.items():
        assert len(WRONG[name]) >= 2, name
        assert len(one.hints) >= 2, name


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_three_to_five_exercises(path):
    assert 3 <= len(list(exercise_cells(path))) <= 5


def test_the_teachers_guide_lists_every_exercise():
    guide = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \d\d \| `(\w+)`: (.+?) \| .+ \|$", guide, re.MULTILINE)
    tasks = [(one.name, one.__doc__.splitlines()[0]) for one in EXERCISES.values()]
    assert sorted(listed) == sorted(tasks)
