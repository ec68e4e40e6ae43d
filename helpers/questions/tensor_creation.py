"""Exercises of lesson 01: making tensors."""

import random

import numpy as np
import torch

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import as_number, as_tensor, assert_close, assert_shape, is_close


@exercise(
    "`torch.full` takes a shape and a value.",
    "The type follows the value: is 7 an integer or a float?",
    solution="filled = torch.full((2, 3), 7)",
)
def filled(answer):
    """A tensor of shape (2, 3) filled with 7, of dtype int64."""
    assert_shape(answer, (2, 3))
    assert (answer == 7).all(), "every element should be 7."
    assert answer.dtype == torch.int64, (
        f"the dtype should be int64, and is {answer.dtype}: it follows the numbers you start from, "
        "unless you name it with `dtype=`."
    )


@exercise(
    "Both ends are to be included: is that `arange` or `linspace`?",
    "`linspace` wants the number of points. From 0 to 1 in steps of 0.1, how many points is that?",
    solution="points = torch.linspace(0, 1, 11)",
)
def points(answer):
    """A tensor of the points 0, 0.1, 0.2, … 1, with both ends."""
    assert isinstance(answer, torch.Tensor), (
        f"this should be a tensor, and is a `{type(answer).__name__}`."
    )
    assert answer.numel() != 10, (
        "ten points, and one is missing: `arange` leaves the end out, and `linspace` counts the "
        "points, not the steps between them."
    )
    words = "the points should run evenly from 0 to 1."
    assert_close(answer, torch.linspace(0, 1, 11), words, atol=1e-3)


@exercise(
    "`True` counts as 1, 2 is an integer, and 0.5 has a point.",
    "One number with a point is enough. Which type do Python's floats become in PyTorch?",
    solution="promoted = torch.float32",
)
def promoted(answer):
    """Predict the dtype of torch.tensor([True, 2, 0.5])."""
    assert isinstance(answer, torch.dtype), "answer with a dtype, for example `torch.int64`."
    assert answer != torch.float64, (
        "float64 is Python's and NumPy's default; PyTorch makes float32 of Python's floats."
    )
    assert not answer.is_floating_point or answer == torch.float32, (
        f"{answer} could hold them; PyTorch takes its default for numbers with a point."
    )
    assert not answer.is_complex, f"{answer} is for complex numbers, and none of these is."
    assert answer == torch.float32, f"{answer} cannot hold the 0.5 next to the others."


@exercise(
    "How many elements has it, and how many bytes does each one take?",
    "64 · 3 · 32 · 32 elements. The table of types says what a `float32` takes.",
    solution="batch_bytes = 64 * 3 * 32 * 32 * 4",
)
def batch_bytes(answer):
    """Predict how many bytes the numbers of torch.zeros(64, 3, 32, 32) take."""
    value = as_number(answer)
    count = 64 * 3 * 32 * 32
    assert value != count, "that is the number of elements: how many bytes does each one take?"
    assert value != 8 * count, "a `float64` takes 8 bytes. Which type does `zeros` make?"
    assert value != 32 * count, "`float32` takes 32 bits, and a byte has 8 of them."
    assert value * 64 != 4 * count, "that is one image; the batch has 64."
    assert value == 4 * count, f"elements times bytes each: that is not {value:,.0f}."


@exercise(
    "Divide by the largest value a `uint8` can have.",
    "Division makes floats: `pixels / 255`.",
    solution="""
    def to_unit(pixels):
        return pixels / 255
    """,
)
def to_unit(answer):
    """Turn uint8 pixels, 0 to 255, into float32 numbers from 0 to 1."""
    for shape in ((5,), (2, 3), (3, 4, 4), (3,)):
        pixels = _pixels(*shape)
        if shape == (3,):  # neither black nor white among them
            pixels = torch.tensor([20, 100, 200], dtype=torch.uint8)
        given = pixels.clone()
        result = answer(pixels)
        assert_shape(result, shape)
        assert torch.equal(pixels, given), "your function changed the pixels it was given."
        assert result.dtype.is_floating_point, (
            f"the result should be float32, and is {result.dtype}: no fraction fits into that."
        )
        assert result.dtype not in (torch.float16, torch.bfloat16), (
            f"the dtype should be float32, not {result.dtype}."
        )
        exact = given.double() / 255
        mistakes = [
            (given, "these are still the numbers from 0 to 255."),
            (given.double() / 256, "255 should become 1: it is the largest."),
            (exact.floor(), "`//` floors: only 0 and 1 are left."),
            (exact.round(), "nothing is to be rounded."),
            (exact / exact.max(), "divide by 255, whatever the brightest pixel is."),
        ]
        words = "0 should become 0, 255 should become 1, evenly between."
        assert_close(result, exact, words, mistakes=mistakes)
        assert result.dtype == torch.float32, f"the dtype should be float32, not {result.dtype}."


@exercise(
    "A `uint8` starts again at 0 after 255: change the type before you add.",
    "`.to(torch.int64)`, add, then `.clamp(max=255)`, then `.to(torch.uint8)`.",
    solution="""
    def brighten(pixels, by):
        return (pixels.to(torch.int64) + by).clamp(max=255).to(torch.uint8)
    """,
)
def brighten(answer):
    """Make uint8 pixels brighter; what exceeds 255 stays 255."""
    for by, *shape in ((10, 5), (100, 2, 3), (200, 3, 4, 4), (0, 3)):
        pixels = _pixels(*shape)
        given = pixels.clone()
        result = answer(pixels, by)
        assert_shape(result, shape)
        assert torch.equal(pixels, given), "your function changed the pixels it was given."
        added = given.long() + by
        wrapped = given + by
        assert not (torch.equal(result.long(), wrapped.long()) and (added > 255).any()), (
            f"255 + {by} became {(255 + by) % 256}: the addition still happens in uint8."
        )
        assert result.max() <= 255, "what exceeds 255 should become 255."
        assert_close(
            result,
            added.clamp(max=255),
            f"{given.flatten()[:3].tolist()} brighter by {by} should begin with "
            f"{added.clamp(max=255).flatten()[:3].tolist()}, and begins with "
            f"{result.flatten()[:3].tolist()}.",
        )
        assert result.dtype == torch.uint8, (
            f"the result should be uint8 again, and is {result.dtype}."
        )


@exercise(
    "Run it: make an array, keep it, change the array, and look at what you kept.",
    "`from_numpy` shares the array's memory. Which constructor copies?",
    solution="""
    def snapshot(array):
        return torch.tensor(array)
    """,
)
def snapshot(answer):
    """Debug: keep a NumPy array's numbers as a tensor that later changes do not reach."""
    generator = np.random.default_rng(0)
    arrays = [generator.normal(size=(2, 3)), generator.integers(0, 9, 4), generator.normal(size=5)]
    arrays[2] = arrays[2].astype(np.float32)
    kept = []
    for array in arrays:
        before = array.copy()
        result = answer(array)
        assert_shape(result, before.shape)
        assert (array == before).all(), "your function changed the array."
        assert array.flags.writeable, "your function locked the array: it should stay as it was."
        assert_close(result, before, "the tensor should hold the array's numbers.")
        array += 100
        kept.append(is_close(result, before))
    if not any(kept):
        raise UnansweredError("change the array afterwards, and what was kept still changes too.")
    assert all(kept), (
        "some arrays are copied and some are not: `.to` and `.float()` copy only where the type "
        "changes."
    )


@exercise(
    "`torch.manual_seed` would also change every later draw of the program.",
    "A generator of your own: `torch.Generator().manual_seed(seed)`; hand it to `torch.randint`, "
    "whose end does not count.",
    solution="""
    def draw(seed):
        own = torch.Generator().manual_seed(seed)
        return torch.randint(1, 7, (3,), generator=own)
    """,
)
def draw(answer):
    """Three throws of a die that depend on the seed alone, and disturb nobody else's draws."""
    drawn = {}
    for start, seed in enumerate([1, 2, 1, *range(3, 40)]):
        for generator in (torch.manual_seed, np.random.seed, random.seed):
            generator(start)
        before = _states()
        result = as_tensor(answer(seed)).double()
        assert_shape(result, (3,))
        for name, state in _states().items():
            assert state == before[name], (
                f"your function moved {name}, which the rest of the program draws from: use a "
                "generator of your own."
            )
        assert torch.equal(drawn.setdefault(seed, result), result), (
            "the same seed should give the same numbers."
        )
    table = torch.stack(list(drawn.values()))
    assert not (table == table[0]).all(), "another seed should give other numbers."
    assert (table == table.round()).all(), "a die shows whole numbers."
    low, high = table.min(), table.max()
    assert low == 1, f"the smallest of {table.numel()} throws is {low:g}: a die begins at 1."
    assert high == 6, (
        f"the largest of {table.numel()} throws is {high:g}: a die ends at 6, and the end of "
        "`randint` does not count."
    )
    counted = table.diff(dim=0) % 6
    assert not (counted == counted[0]).all(dim=0).any(), (
        "these numbers follow from the seed by a rule one can see: draw them."
    )
    twice = (table.sort(dim=1).values.diff(dim=1) == 0).any(dim=1)
    assert twice.any(), (
        f"in {len(table)} times three throws no number comes twice: each throw may give any of six."
    )
    in_order = (table.diff(dim=1) >= 0).all()
    seeds = torch.tensor(list(drawn)).double().unsqueeze(1)
    table = torch.cat([torch.ones_like(seeds), seeds / 40, table / table.abs().max()], 1)
    assert torch.linalg.svdvals(table).min() > 1e-3, (
        "these numbers follow from the seed, or from each other, by a rule one can see: draw them."
    )
    assert not in_order, "the three throws are always in order: leave them as they fell."
    many = torch.stack([as_tensor(answer(seed)).long() for seed in range(40, 640)])
    shares = many.flatten().bincount(minlength=7) / many.numel()
    rarest = shares[1:].argmin().item() + 1
    assert shares[rarest] > 0.13, (
        f"{rarest} comes up in {shares[rarest]:.0%} of {many.numel():,} throws: a sixth is 17 %."
    )


def _pixels(*shape):
    """Draw pixels, the darkest and the brightest among them."""
    pixels = torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(len(shape)))
    pixels.view(-1)[:2] = torch.tensor([0, 255])
    return pixels.to(torch.uint8)


def _states():
    return {
        "PyTorch's global generator": torch.get_rng_state().tolist(),
        "NumPy's global generator": repr(np.random.get_state()),
        "Python's global generator": random.getstate(),
    }
