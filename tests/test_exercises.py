"""The three verbs: check, hint, solution."""

import pytest
import torch
from torch import nn

from helpers.exercises import assert_shape, exercise


@pytest.fixture
def doubled():
    @exercise("Multiply.", "By two.", solution="\n    double = 2 * x\n    ")
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


def test_a_right_answer_is_correct(doubled):
    note = doubled.check(6)
    assert (note.status, str(note)) == ("correct", "✓ **doubled**: correct!")


def test_a_wrong_answer_gets_the_message_of_its_mistake(doubled):
    note = doubled.check(5)
    assert (note.status, str(note)) == ("wrong", "✗ **doubled**: twice three is six.")


def test_the_mark_is_not_answered_yet(doubled):
    assert doubled.check(...).status == "unanswered"


def test_a_function_that_returns_the_mark_is_not_answered_yet(called):
    assert called.check(lambda x: ...).status == "unanswered"
    assert called.check(abs).status == "correct"
    assert called.check(lambda x: x).status == "wrong"


def test_a_mark_inside_a_calculation_is_not_answered_yet(called):
    assert called.check(lambda x: ... + x).status == "unanswered"


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
    assert "AttributeError: 'int' object has no attribute 'no_such_thing'" in str(note)


def test_the_learners_function_is_left_as_it_was(called):
    def absolute(x):
        return abs(x)

    before = dict(vars(absolute))
    called.check(absolute)
    assert vars(absolute) == before


def test_hints_come_one_after_the_other_and_the_last_one_stays(doubled):
    notes = [str(doubled.hint()) for _ in range(3)]
    assert notes == ["Hint 1 of 2: Multiply.", "Hint 2 of 2: By two.", "Hint 2 of 2: By two."]


def test_the_solution_is_code_that_can_be_typed(doubled):
    assert str(doubled.solution()) == "```python\ndouble = 2 * x\n```"


def test_a_note_is_markdown_in_a_notebook(doubled):
    note = doubled.check(6)
    assert note._repr_markdown_() == repr(note)


def test_a_wrong_shape_is_named():
    with pytest.raises(AssertionError, match=r"should be \(2, 3\), and is \(3, 2\)"):
        assert_shape(torch.zeros(3, 2), (2, 3))
    with pytest.raises(AssertionError, match="is a `list`"):
        assert_shape([1, 2], (2,))
