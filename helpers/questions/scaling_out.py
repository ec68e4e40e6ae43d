"""Exercises of lesson 09: scaling out."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "The optimizer should see the same whole batch as before.",
    "64 pictures are dealt out to 4 processes.",
    solution="part = 16",
)
def part(answer):
    """Predict how many pictures each of 4 processes takes of a whole batch of 64."""
    assert answer != 256, "256 would be a whole batch of 1,024, and would need another rate."
    assert answer != 64, "with 64 for each of them, the whole batch would be 256."
    assert answer == 16, f"4 parts of {answer} do not make 64."


@exercise(
    "Perfect scaling would make 8 processes 8 times as fast.",
    "Divide the speed-up you have by the speed-up you hoped for.",
    solution="efficiency = 6 / 8",
)
def efficiency(answer):
    """Predict the efficiency of 8 processes that are together 6 times as fast as one."""
    value = float(answer)
    assert value != 6, "6 is the speed-up: divide it by the number of processes."
    assert abs(value - 8 / 6) > 0.01, "the other way round: efficiency is 1 at most."
    assert abs(value - 0.75) < 1e-9, f"6 times as fast with 8 processes is not {value:g}."


@exercise(
    "The process of rank 0 takes the first, the next one the second, and so on in turn.",
    "A slice has a step: `indices[start::step]`.",
    solution="""
    def deal(indices, rank, world):
        return indices[rank::world]
    """,
)
def deal(answer):
    """The indices of one process of `world`: every one in turn, none twice, none left out."""
    hands = [list(answer(list(range(10)), rank, 2)) for rank in (0, 1)]
    assert hands[0] != hands[1], "every process got the same pictures: use the rank."
    assert sorted(hands[0] + hands[1]) == list(range(10)), (
        f"of the indices 0 … 9, two processes got {hands[0]} and {hands[1]}: "
        "each index should be dealt out once."
    )
    assert hands[0] == [0, 2, 4, 6, 8], "deal in turn, like cards: 0 to the first, 1 to the next."
    three = [list(answer(list(range(9)), rank, 3)) for rank in range(3)]
    assert three == [[0, 3, 6], [1, 4, 7], [2, 5, 8]], f"three processes got {three}."


@exercise(
    "A mean over 3 pictures should count three times as much as one over 1 picture.",
    "Multiply each gradient by its size, add up, divide by the sum of the sizes.",
    solution="""
    def combine(gradients, sizes):
        weighted = sum(gradient * size for gradient, size in zip(gradients, sizes))
        return weighted / sum(sizes)
    """,
)
def combine(answer):
    """The gradient of a whole batch, from those of parts of unequal sizes."""
    gradients = [torch.tensor([1.0, 2.0]), torch.tensor([5.0, 10.0])]
    result = answer(gradients, [3, 1])
    assert_shape(result, (2,))
    assert not torch.allclose(result, torch.tensor([3.0, 6.0])), (
        "that is the plain mean: the part with 3 pictures should weigh three times as much."
    )
    assert not torch.allclose(result, torch.tensor([8.0, 16.0])), "divide by all the pictures, 4."
    assert torch.allclose(result, torch.tensor([2.0, 4.0])), (
        f"gradients [1, 2] of 3 pictures and [5, 10] of 1 give [2, 4], not {result.tolist()}."
    )
    assert torch.allclose(gradients[0], torch.tensor([1.0, 2.0])), (
        "your function changed the gradients it was given."
    )
