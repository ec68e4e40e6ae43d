"""The three verbs: check, hint, solution; and a check that stands whatever it is handed."""

import random
import re

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from torch import nn

from helpers.exercises import UnansweredError, exercise
from helpers.lesson import EXERCISE_MIME
from helpers.questions import autograd, models, tensor_creation, tensor_math
from helpers.questions.tools import as_number, assert_close, assert_shape, draws, is_close


@pytest.fixture
def doubled():
    @exercise("Multiply.", "By `two`.", solution="\n    double = 2 * x\n    ")
    def doubled(answer):
        """Twice three."""
        if answer != 6:
            raise AssertionError("twice three is six.")

    return doubled


@pytest.fixture
def called():
    @exercise("Call.", "It.", solution="call = abs")
    def called(answer):
        assert answer(-1) + 0 == 1, "the absolute value is never negative."

    return called


CELLS = {
    "import": "import torch\nfrom helpers.questions import tensor_creation as questions",
    "wrong": "questions.points.check(7)",
    "a line after it": "questions.points.check(7)\n1",
    "a hint after it": "questions.points.check(7)\nquestions.points.hint()",
    "unanswered": "questions.points.check(...)",
    "right": "questions.points.check(torch.linspace(0, 1, 11))",
    "right, several lines": "questions.draw.check(lambda seed: torch.randint(\n"
    "1, 7, (3,), generator=torch.Generator().manual_seed(seed)))",
    "markup": "from helpers.exercises import exercise\n@exercise('a', 'b', solution='')\n"
    "def one(answer):\n    assert False, answer\none.check('<b>`x < 1` & more')",
    "figure": "from helpers import new_axes\nfrom helpers.exercises import exercise, illustrate\n"
    "@exercise('a', 'b', solution='')\ndef one(answer):\n"
    "    illustrate(new_axes(), 'Level.', 'A level line.')\n    assert answer, 'no.'\n"
    "one.check(0)\none.check(1)",
}


@pytest.fixture(scope="module")
def said():
    """Return the outputs of the cells above, executed in a kernel."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    NotebookClient(notebook, kernel_name="python3").execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def test_a_right_answer_is_correct(doubled):
    note = doubled.check(6)
    assert (note.status, str(note)) == ("correct", "✓ doubled: correct!")


def test_a_wrong_answer_gets_the_message_of_its_mistake(doubled):
    note = doubled.check(5)
    assert (note.status, str(note)) == ("wrong", "✗ doubled, not yet: twice three is six.")


def test_the_mark_is_not_answered_yet(doubled):
    assert doubled.check(...).status == "unanswered"


def test_a_function_that_returns_the_mark_is_not_answered_yet(called):
    assert called.check(lambda x: ...).status == "unanswered"
    assert called.check(abs).status == "correct"
    assert called.check(lambda x: x).status == "wrong"


def test_a_mark_inside_a_calculation_is_not_answered_yet(called):
    assert called.check(lambda x: ... + x).status == "unanswered"


def test_code_to_repair_that_still_has_its_bug_is_not_answered_yet():
    @exercise("Look.", "Repair.", solution="")
    def broken(answer):
        if answer == "broken":
            raise UnansweredError("it is still broken.")

    assert str(broken.check("broken")) == "☐ broken, not answered yet: it is still broken."
    assert broken.check("repaired").status == "correct"


def test_what_a_checker_returns_is_said_after_correct():
    @exercise("Try.", "Again.", solution="")
    def reached(answer):
        return f"You reach {answer}."

    assert str(reached.check(7)) == "✓ reached: correct! You reach 7."


def test_a_module_whose_forward_returns_the_mark_is_not_answered_yet():
    class Unfinished(nn.Module):
        def forward(self, x):
            return ...

    class Finished(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 3)

        def forward(self, x):
            return self.layer(x)

    @exercise("Layers.", "Linear.", solution="")
    def network(answer):
        assert_shape(answer()(torch.zeros(1, 2)), (1, 3))

    assert network.check(Unfinished).status == "unanswered"
    assert network.check(Finished).status == "correct"


def test_code_that_raises_is_wrong_and_says_what_it_raised(called):
    note = called.check(lambda x: x.no_such_thing)
    assert note.status == "wrong"
    assert "your code raised `AttributeError: 'int' object has no attribute" in str(note)


def test_a_failed_assertion_of_the_learner_is_not_taken_for_a_message(called):
    def careful(x):
        assert x > 0

    assert "your code raised `AssertionError: assert -1 > 0`" in str(called.check(careful))


def test_an_error_inside_a_network_is_the_learners():
    @exercise("Layers.", "Linear.", solution="")
    def network(answer):
        answer(torch.zeros(1, 2))

    assert "your code raised `RuntimeError: " in str(network.check(nn.Linear(3, 4)))


class Wild:
    def __repr__(self):
        raise RuntimeError("no words")

    __eq__ = __array__ = __float__ = __len__ = __bool__ = __repr__
    __hash__ = None


class Odd(Exception):
    __str__ = Wild.__repr__


def odd(*arguments):
    raise Odd


ANYTHING = ["7", b"7", [7, "7"], [], (), {}, np.zeros(3), torch.zeros(2, dtype=torch.float64), 7]
ANYTHING += [None, Wild(), Wild, nn.Linear(2, 3), nn.Linear, print, float("nan"), odd, range(3)]
ANYTHING += [lambda *arguments: None, lambda: 1, lambda *arguments: "7", lambda *arguments: Wild()]


@pytest.mark.parametrize("answer", ANYTHING, ids=[f"{n}" for n in range(len(ANYTHING))])
def test_whatever_is_handed_over_gets_a_verdict_and_no_error_of_the_checker(answer):
    for module in (tensor_creation, tensor_math, autograd, models):
        for name, one in vars(module).items():
            if hasattr(one, "check"):
                note = one.check(answer)
                assert note.status in ("correct", "wrong"), name
                assert "your code raised" not in str(note) or callable(answer), (name, str(note))


def test_a_check_leaves_every_random_state_as_it_was(called):
    def states():
        return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state())

    before = states()
    called.check(lambda x: [torch.rand(3), random.random(), np.random.rand()] and 1)
    assert states() == before


def test_a_check_leaves_default_dtype_threads_and_recording_as_they_were(called):
    def states():
        return torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()

    def careless(x):
        torch.set_default_dtype(torch.float64)
        torch.set_num_threads(before[1] + 1)
        torch.set_grad_enabled(False)
        return abs(x)

    before = states()
    note = called.check(careless)
    assert note.status == "wrong"
    assert "leaves gradients switched off" in str(note)
    assert states() == before


@pytest.mark.parametrize(
    "given", [torch.ones(3), np.ones(3), [3, 1, 2], [torch.ones(2), torch.ones(2)]]
)
def test_an_answer_that_changes_what_it_is_given_is_wrong(given):
    @exercise("Look.", "Again.", solution="")
    def looked(answer):
        answer(given)

    def change(x):
        x[0] = x[1] + 1

    assert looked.check(lambda x: None).status == "correct"
    note = looked.check(change)
    assert note.status == "wrong"
    assert "changes what it is given" in str(note)


def test_a_parameter_may_be_moved():
    @exercise("Move.", "It.", solution="")
    def moved(answer):
        w = torch.ones(2, requires_grad=True)
        answer(w)
        assert (w == 0).all(), "w should be 0."

    def clear(w):
        with torch.no_grad():
            w.zero_()

    assert moved.check(clear).status == "correct"


def test_a_check_says_the_same_of_a_random_answer_every_time():
    seen = []

    @exercise("Draw.", "Again.", solution="")
    def drawn(answer):
        seen.append((answer(3).tolist(), np.random.rand(), random.random()))

    for _ in range(2):
        drawn.check(torch.rand)
    assert seen[0] == seen[1]


def test_the_learners_function_is_left_as_it_was(called):
    def absolute(x):
        return abs(x)

    before = dict(vars(absolute))
    called.check(absolute)
    assert vars(absolute) == before


def test_hints_come_one_after_the_other_and_the_last_one_stays(doubled):
    notes = [str(doubled.hint()) for _ in range(3)]
    assert notes == ["Hint 1: Multiply.", "Hint 2: By `two`.", "Hint 2: By `two`."]


def test_the_solution_is_code_that_can_be_typed(doubled):
    assert str(doubled.solution()) == "double = 2 * x"


@pytest.mark.parametrize("cell", ["wrong", "a line after it", "a hint after it"])
def test_the_verdict_stands_in_its_place_whatever_line_follows(said, cell):
    first = said[cell][0].data
    assert first[EXERCISE_MIME] == {"exercise": "points", "status": "wrong"}
    assert "✗ points, not yet:" in first["text/plain"]
    assert len(said[cell]) == 1 + ("\n" in CELLS[cell])


def test_a_wrong_answer_has_the_hints_and_the_solution_folded(said):
    page = said["wrong"][0].data["text/html"]
    assert page.count("<summary>Hint") == len(tensor_creation.points.hints)
    assert page.count("linspace(0, 1, 11)</code></pre></details>") == 1


def test_an_unanswered_one_has_the_first_hint_folded_and_no_more(said):
    page = said["unanswered"][0].data["text/html"]
    assert page.count("<summary>Hint 1") == page.count("<details>") == 1


def test_a_right_answer_has_no_hint_and_a_solution_to_compare_where_that_is_a_program(said):
    assert "<details>" not in said["right"][0].data["text/html"]
    page = said["right, several lines"][0].data["text/html"]
    assert "Hint" not in page
    assert page.count("<summary>One way to write it") == page.count("<details>") == 1


@pytest.mark.parametrize("cell", ["wrong", "unanswered", "right"])
def test_a_verdict_is_announced_and_carries_its_colour_and_its_word(said, cell):
    page = said[cell][0].data["text/html"]
    assert page.startswith('<div role="status" style="border-left: 5px solid #')
    assert re.search(r"<p><strong>[✓✗☐] points(: correct!|, not)", page)


def test_a_figure_of_the_checker_stands_under_the_verdict_right_or_wrong(said):
    verdict, picture, words = [output.data for output in said["figure"][:3]]
    assert verdict[EXERCISE_MIME]["status"] == "wrong"
    assert picture["text/plain"] == "<A level line.>"
    assert words["text/plain"] == "Level."
    assert said["figure"][3].data[EXERCISE_MIME]["status"] == "correct"
    assert len(said["figure"]) == 6


def test_markup_in_a_message_is_words(said):
    page = said["markup"][0].data["text/html"]
    assert "&lt;b&gt;<code>x &lt; 1</code> &amp; more" in page


# ------------------------------------------------------------------ tools for checkers


def test_a_wrong_shape_is_named():
    with pytest.raises(AssertionError, match=r"should be \(2, 3\), and is \(3, 2\)"):
        assert_shape(torch.zeros(3, 2), (2, 3))
    with pytest.raises(AssertionError, match="is a `list`"):
        assert_shape([1, 2], (2,))
    with pytest.raises(AssertionError, match="what follows its `return`"):
        assert_shape(None, (2,))


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2],
        (1.0, 2.0),
        np.array([1, 2]),
        torch.tensor([1.0, 2.0]).double(),
        range(1, 3),
        [torch.tensor(1), torch.tensor(2)],
        torch.tensor([1.0, 2.0], requires_grad=True),
    ],
)
def test_numbers_of_any_kind_are_compared(answer):
    assert_close(answer, torch.tensor([1.0, 2.0]), "words")
    with pytest.raises(AssertionError, match="words"):
        assert_close(answer, torch.tensor([1.0, 2.1]), "words")


@pytest.mark.parametrize("answer", ["12", None, [1, "2"], {}, Wild(), [[1, 2], [3]]])
def test_what_is_no_numbers_is_named(answer):
    with pytest.raises(AssertionError, match=r"should be numbers|what follows"):
        assert_close(answer, torch.tensor([1.0, 2.0]), "words")
    assert not is_close(answer, torch.tensor([1.0, 2.0]))


def test_numbers_for_a_number():
    for answer in (12, 12.0, np.float64(12), torch.tensor(12), torch.tensor([12.0])):
        assert as_number(answer) == 12
    for answer in ("12", None, [12], torch.zeros(2), Wild()):
        with pytest.raises(AssertionError, match="answer with a number"):
            as_number(answer)


def test_cases_are_the_same_in_every_check():
    assert torch.equal(draws(2, 3, seed=1), draws(2, 3, seed=1))
    assert not torch.equal(draws(2, 3, seed=1), draws(2, 3, seed=2))
