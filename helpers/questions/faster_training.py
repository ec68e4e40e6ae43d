"""Exercises of lesson 08: faster training."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "What is left of a step of 10 ms when 6 ms of it take no time any more?",
    "4 ms are left of 10 ms: 10 / 4.",
    solution="free_part = 2.5",
)
def free_part(answer):
    """Predict how many times faster a training is whose part of 60 % becomes free."""
    value = float(answer)
    assert value not in (60, 0.6, 1.6), "60 % less time is not 1.6 times faster: divide old by new."
    assert value != 0.4, "0.4 is the time that is left: divide the old time by it."
    assert abs(value - 2.5) < 0.01, f"10 ms become 4 ms, and 10 / 4 is not {value:g}."


@exercise(
    "Multiply the learning rate by as much as the batch size.",
    "128 / 32 is 4.",
    solution="scaled_rate = 0.2",
)
def scaled_rate(answer):
    """Predict the learning rate for batches of 128, if 0.05 fits batches of 32."""
    value = float(answer)
    assert abs(value - 0.0125) > 1e-9, "a larger batch allows longer steps, not shorter ones."
    assert abs(value - 0.05) > 1e-9, "with a quarter of the steps, each should go further."
    assert abs(value - 0.2) < 1e-9, f"four times the batch, four times 0.05: that is not {value:g}."


@exercise(
    "Draw one random number for each picture: `torch.rand(len(pictures), 1, 1, 1) < 0.5`.",
    "`torch.where(coin, pictures.flip(3), pictures)` chooses picture by picture.",
    solution="""
    def mirror(pictures):
        coin = torch.rand(len(pictures), 1, 1, 1) < 0.5
        return torch.where(coin, pictures.flip(3), pictures)
    """,
)
def mirror(answer):
    """Mirror each picture with a probability of one half; the batch given stays as it was."""
    before = torch.get_rng_state()
    torch.manual_seed(0)
    pictures = torch.arange(200 * 3 * 2 * 4.0).reshape(200, 3, 2, 4)
    given = pictures.clone()
    result = answer(pictures)
    torch.set_rng_state(before)
    assert_shape(result, (200, 3, 2, 4))
    assert torch.equal(pictures, given), "your function changed the batch it was given."
    same = (result == given).flatten(1).all(dim=1)
    flipped = (result == given.flip(3)).flatten(1).all(dim=1)
    upside_down = (result == given.flip(2)).flatten(1).all(dim=1)
    assert not upside_down.any(), "a picture stands on its head: mirror along the columns, dim 3."
    assert (same | flipped).all(), "a picture is neither as it was nor its mirror image."
    assert 0 < flipped.sum() < 200, "all pictures were treated alike: draw a coin for each of them."
    assert 60 < flipped.sum() < 140, f"{flipped.sum()} of 200 were mirrored: that is not one half."


@exercise(
    "Two straight lines: one up to the middle, one down from it.",
    "`highest * (1 - abs(step / (steps / 2) - 1))`.",
    solution="""
    def rate_at(step, steps, highest):
        return highest * (1 - abs(step / (steps / 2) - 1))
    """,
)
def rate_at(answer):
    """The learning rate at a step: from 0 up to highest at half of the steps, and back to 0."""
    assert abs(answer(50, 100, 0.4) - 0.4) < 1e-9, "at half of the steps it should be the highest."
    assert abs(answer(0, 100, 0.4)) < 1e-9, "it should start at 0."
    assert abs(answer(100, 100, 0.4)) < 1e-9, "it should come back to 0: the way down is missing."
    for step, expected in [(25, 0.2), (75, 0.2), (90, 0.08)]:
        value = answer(step, 100, 0.4)
        assert abs(value - expected) < 1e-9, (
            f"at step {step} of 100 it should be {expected} of a highest 0.4, and is {value:g}: "
            "rise and fall in straight lines."
        )
