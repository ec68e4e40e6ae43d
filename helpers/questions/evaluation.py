"""Exercises of lesson 07: evaluation."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "Which part of the data may you look at as often as you like?",
    "The test part answers one question, once, at the very end.",
    solution='which_part = "validation"',
)
def which_part(answer):
    """Predict which part decides when to stop: "training", "validation" or "test"."""
    assert answer != "test", (
        "chosen on the test part, the accuracy there is no longer that of unseen pictures."
    )
    assert answer != "training", "the training loss falls on, even while the network gets worse."
    assert answer == "validation", 'answer with "training", "validation" or "test".'


@exercise(
    "Row = the true class, column = what the network said. Count each pair.",
    "`torch.bincount(labels * classes + predictions, minlength=classes**2)`, then `reshape`.",
    solution="""
    def count_pairs(labels, predictions, classes):
        pairs = labels * classes + predictions
        return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    """,
)
def count_pairs(answer):
    """The confusion matrix (classes, classes): rows are true classes, columns are predictions."""
    labels, predictions = torch.tensor([0, 0, 1, 2, 2]), torch.tensor([0, 1, 1, 0, 0])
    expected = torch.tensor([[1, 1, 0], [0, 1, 0], [2, 0, 0]])
    result = answer(labels, predictions, 3)
    assert_shape(result, (3, 3))
    assert not torch.equal(result.long(), expected.T), "rows and columns are swapped."
    assert result[2, 0] != 1, (
        "two equal mistakes were counted once: `matrix[labels, predictions] += 1` forgets repeats."
    )
    assert torch.equal(result.long(), expected), f"it should be {expected.tolist()}."


@exercise(
    "The right answers of each class are on the diagonal.",
    "Divide the diagonal by the sums of the rows: all pictures that truly belong to the class.",
    solution="""
    def recall(matrix):
        return matrix.diagonal() / matrix.sum(dim=1)
    """,
)
def recall(answer):
    """The accuracy of each class, from a confusion matrix with the true classes in rows."""
    matrix = torch.tensor([[8, 2], [6, 4]])
    result = answer(matrix)
    assert_shape(result, (2,))
    precision = matrix.diagonal() / matrix.sum(dim=0)
    assert not torch.allclose(result, precision), (
        "you divided by the sums of the columns: how much to trust an answer, called precision."
    )
    assert not torch.allclose(result, matrix.diagonal() / matrix.sum()), (
        "you divided by all pictures: divide each class by its own."
    )
    assert torch.allclose(result, torch.tensor([0.8, 0.4])), "it should be [0.8, 0.4]."


@exercise(
    "Find the smallest validation loss first, then its position.",
    "`losses.index(min(losses))`, and epochs are counted from 1.",
    solution="""
    def best_epoch(validation_losses):
        return validation_losses.index(min(validation_losses)) + 1
    """,
)
def best_epoch(answer):
    """The epoch, counted from 1, after which to stop: the one with the smallest validation loss."""
    losses = [1.6, 1.3, 1.2, 1.4, 1.9]
    result = answer(losses)
    assert result != 2, "positions are counted from 0 and epochs from 1."
    assert result != 5, "the last epoch is not the best: from the fourth on the loss rises."
    assert abs(result - 1.2) > 1e-9, "that is the smallest loss: return its epoch."
    assert result == 3, f"the smallest loss, 1.2, is the third, and you say {result}."
