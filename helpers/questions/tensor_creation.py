"""Exercises of lesson 01: making tensors."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "`torch.full` takes a shape and a value.",
    "The type follows the value: is 7 an integer or a float?",
    solution="filled = torch.full((2, 3), 7)",
)
def filled(answer):
    """A tensor of shape (2, 3) filled with 7, dtype int64."""
    assert_shape(answer, (2, 3))
    assert (answer == 7).all(), "every element should be 7."
    assert answer.dtype == torch.int64, (
        f"the dtype should be int64, and is {answer.dtype}: write 7 without a point, or name the "
        "dtype."
    )


@exercise(
    "Both ends are to be included: is that `arange` or `linspace`?",
    "`linspace` wants the number of points. From 0 to 1 in steps of 0.1, how many points is that?",
    solution="points = torch.linspace(0, 1, 11)",
)
def points(answer):
    """The points 0, 0.1, 0.2, … 1, with both ends."""
    assert isinstance(answer, torch.Tensor), "this should be a tensor."
    assert answer.numel() != 10, (
        "ten points, and one is missing: `arange` leaves the end out, and `linspace` counts the "
        "points, not the steps between them."
    )
    assert_shape(answer, (11,))
    expected = torch.linspace(0, 1, 11)
    assert torch.allclose(answer.float(), expected), "the points should run evenly from 0 to 1."


@exercise(
    "Three numbers become the dtype that can hold all of them.",
    "`True` counts as 1, 2 is an integer, and 0.5 has a point.",
    solution="promoted = torch.float32",
)
def promoted(answer):
    """Predict the dtype of torch.tensor([True, 2, 0.5])."""
    assert isinstance(answer, torch.dtype), "answer with a dtype, for example `torch.int64`."
    assert answer != torch.float64, (
        "float64 is Python's and NumPy's default; PyTorch makes float32 of Python's floats."
    )
    assert answer == torch.float32, f"{answer} cannot hold the 0.5 next to the others."


@exercise(
    "A `uint8` starts again at 0 after 255: change the type before you add.",
    "`.to(torch.int64)`, add, then `.clamp(max=255)`, then `.to(torch.uint8)`.",
    solution="""
    def brighten(pixels, by):
        return (pixels.to(torch.int64) + by).clamp(0, 255).to(torch.uint8)
    """,
)
def brighten(answer):
    """Make uint8 pixels brighter; what exceeds 255 stays 255."""
    pixels = torch.tensor([0, 100, 250], dtype=torch.uint8)
    given = pixels.clone()
    result = answer(pixels, 10)
    assert_shape(result, (3,))
    assert torch.equal(pixels, given), "your function changed the pixels it was given."
    assert result.dtype == torch.uint8, f"the result should be uint8 again, and is {result.dtype}."
    assert result[2] != 4, "250 + 10 became 4: the addition still happens in uint8."
    assert result.tolist() == [10, 110, 255], (
        f"[0, 100, 250] brighter by 10 should be [10, 110, 255], and is {result.tolist()}."
    )


@exercise(
    "`torch.manual_seed` would also change every later draw of the program.",
    "A generator of your own: `torch.Generator().manual_seed(seed)`; hand it to `torch.rand`.",
    solution="""
    def draw(seed):
        own = torch.Generator().manual_seed(seed)
        return torch.rand(3, generator=own)
    """,
)
def draw(answer):
    """Three random numbers that depend on the seed alone, and disturb nobody else's draws."""
    before = torch.get_rng_state()
    try:
        first, again, other = answer(1), answer(1), answer(2)
        untouched = torch.equal(torch.get_rng_state(), before)
    finally:
        torch.set_rng_state(before)
    assert_shape(first, (3,))
    assert torch.equal(first, again), "the same seed should give the same numbers."
    assert not torch.equal(first, other), "another seed should give other numbers."
    assert untouched, (
        "your function moved PyTorch's global generator, so that later draws change: use a "
        "generator of your own."
    )
