"""Exercises of lesson 02: computing with tensors."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "Write the shapes below each other, aligned at the right, and fill up with 1 at the left.",
    "(4, 1) and (1, 3): in each column the larger size wins.",
    solution="sum_shape = (4, 3)",
)
def sum_shape(answer):
    """Predict the shape of torch.ones(4, 1) + torch.ones(3)."""
    answer = tuple(answer)
    assert answer != (4, 1), "the column is stretched: its size 1 meets the 3."
    assert answer != (3, 4), "aligned at the right, the 3 is in the last place."
    assert answer == (4, 3), f"{answer} does not follow from the two steps of the rule."


@exercise(
    "The mean of each column: which dimension is to vanish?",
    "`table.mean(dim=0)` has shape (columns,), and broadcasting does the rest.",
    solution="""
    def center(table):
        return table - table.mean(dim=0)
    """,
)
def center(answer):
    """Subtract from each column its mean."""
    table = torch.tensor([[1.0, 10.0], [2.0, 20.0], [6.0, 60.0]])
    result = answer(table.clone())
    assert_shape(result, (3, 2))
    assert not torch.allclose(result, table - table.mean()), (
        "you subtracted the mean of the whole table: name the dimension."
    )
    assert not torch.allclose(result, table - table.mean(1, keepdim=True)), (
        "you subtracted the mean of each row: `dim` names the dimension that vanishes."
    )
    assert torch.allclose(result, table - table.mean(0)), "each column's mean should now be 0."


@exercise(
    "The answer of each row is the position of its largest score.",
    "Compare `scores.argmax(dim=1)` with the labels; the mean of the hits is the accuracy.",
    solution="""
    def accuracy(scores, labels):
        return (scores.argmax(dim=1) == labels).float().mean().item()
    """,
)
def accuracy(answer):
    """The share of rows whose largest score is at the label, as a Python float."""
    scores = torch.tensor([[0.1, 2.0, 0.3], [1.7, 0.2, 0.9], [0.0, 0.1, 0.2], [3.0, 0.0, 0.0]])
    labels = torch.tensor([1, 0, 0, 0])
    result = answer(scores, labels)
    assert not isinstance(result, torch.Tensor), "return a Python number: `.item()` takes it out."
    assert result != 3, "that is the number of right answers: divide by the number of rows."
    assert abs(result - 0.75) < 1e-6, f"three of four answers are right, and you say {result:.2f}."


@exercise(
    "`reshape` keeps the reading order and would scramble the picture.",
    "`permute` takes the old dimensions in their new order: the channel was the last.",
    solution="""
    def channels_first(picture):
        return picture.permute(2, 0, 1)
    """,
)
def channels_first(answer):
    """Turn a picture of shape (height, width, channel) into (channel, height, width)."""
    picture = torch.arange(24).reshape(2, 4, 3)
    result = answer(picture)
    assert_shape(result, (3, 2, 4))
    assert not torch.equal(result, picture.reshape(3, 2, 4)), (
        "the shape is right and the picture is scrambled: `reshape` does not move dimensions."
    )
    assert torch.equal(result, picture.permute(2, 0, 1)), (
        "the channels are right, rows or columns not."
    )


@exercise(
    "A (3, 1) minus a (3,) is (3, 3). Which of the two should change its shape?",
    "`predictions.squeeze(1)` takes the 1 away; then subtract, square and average.",
    solution="""
    def mean_squared_error(predictions, targets):
        return ((predictions.squeeze(1) - targets) ** 2).mean()
    """,
)
def mean_squared_error(answer):
    """The mean of (prediction − target)² for predictions (N, 1) and targets (N,)."""
    predictions, targets = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([1.0, 2.0, 6.0])
    result = answer(predictions, targets)
    assert_shape(result, ())
    every_pair = ((predictions - targets) ** 2).mean()
    assert not torch.isclose(result, every_pair), (
        "you averaged over every prediction minus every target, nine differences instead of three."
    )
    total = ((predictions.squeeze(1) - targets) ** 2).sum()
    assert not torch.isclose(result, total), "that is the sum of the squares: take their mean."
    assert torch.isclose(result, total / 3), f"it should be 3, and is {result.item():.3f}."
