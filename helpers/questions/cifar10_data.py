"""Exercises of lesson 05: data."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "50,000 divided by 128 is not a whole number. What happens to the rest?",
    "The last batch is smaller, and it counts: round up.",
    solution="batches = 391",
)
def batches(answer):
    """Predict how many batches of 128 an epoch of 50,000 pictures has."""
    assert answer != 390, "390 full batches leave 80 pictures over: they are a batch too."
    assert int(answer) == answer, "there is no part of a batch: round up."
    assert answer == 391, f"50,000 / 128 is 390.6, and that does not round up to {answer}."


@exercise(
    "Normalising is (x − mean) / std. Undo the last step first.",
    "One number for each channel must meet (…, 3, height, width): give it the shape (3, 1, 1).",
    solution="""
    def undo(pictures, mean, std):
        mean, std = torch.tensor(mean), torch.tensor(std)
        return pictures * std.view(3, 1, 1) + mean.view(3, 1, 1)
    """,
)
def undo(answer):
    """Undo the normalisation of pictures (N, 3, height, width); mean and std are lists of three."""
    mean, std = [0.5, 0.4, 0.3], [0.2, 0.25, 0.5]
    pictures = torch.rand(2, 3, 4, 3, generator=torch.Generator().manual_seed(0))
    by_channel = [torch.tensor(values).view(3, 1, 1) for values in (mean, std)]
    result = answer((pictures - by_channel[0]) / by_channel[1], mean, std)
    assert_shape(result, (2, 3, 4, 3))
    wrong_order = ((pictures - by_channel[0]) / by_channel[1] + by_channel[0]) * by_channel[1]
    assert not torch.allclose(result, wrong_order), (
        "the order is wrong: normalising subtracts first, so undoing multiplies first."
    )
    along_columns = (pictures - by_channel[0]) / by_channel[1]
    along_columns = along_columns * torch.tensor(std) + torch.tensor(mean)
    assert not torch.allclose(result, along_columns), (
        "the three numbers met the columns, not the channels: give them the shape (3, 1, 1)."
    )
    assert torch.allclose(result, pictures, atol=1e-6), "this is not the picture it was before."


@exercise(
    "A data set needs `__len__` and `__getitem__`.",
    "`__getitem__` returns a pair: the number and whether it is even, `number % 2 == 0`.",
    solution="""
    class Numbers(torch.utils.data.Dataset):
        def __init__(self, count):
            self.count = count

        def __len__(self):
            return self.count

        def __getitem__(self, index):
            return index, index % 2 == 0
    """,
)
def numbers(answer):
    """A Dataset of the numbers below count, each labelled with whether it is even."""
    data = answer(6)
    for method in ("__len__", "__getitem__"):
        assert hasattr(data, method), f"the class has no `{method}`."
    assert len(data) == 6, f"Numbers(6) should have 6 items, and has {len(data)}."
    item = data[3]
    assert isinstance(item, tuple), "an item is a pair: `return index, …`."
    assert item == (3, False), f"item 3 should be (3, False), and is {item}."
    assert data[4] == (4, True), f"item 4 should be (4, True), and is {data[4]}."


@exercise(
    "The mean of the batches' means is right only if all batches are equally large.",
    "Multiply each mean by its batch's size, add up, and divide by all the samples.",
    solution="""
    def mean_loss(losses, sizes):
        total = sum(loss * size for loss, size in zip(losses, sizes))
        return total / sum(sizes)
    """,
)
def mean_loss(answer):
    """The mean loss over all samples, from the batches' mean losses and their sizes."""
    result = answer([1.0, 1.0, 4.0], [4, 4, 2])
    assert abs(result - 2.0) > 1e-6, "the short batch weighs as much as the others: weight by size."
    assert abs(result - 16.0) > 1e-6, "that is the sum over the samples: divide by their number."
    assert abs(result - 1.6) < 1e-6, f"16 / 10 is 1.6, and you say {result:g}."
