"""Exercises of lesson 03: gradients."""

import torch

from helpers.exercises import UnansweredError, exercise
from helpers.questions.tools import (
    as_number,
    as_tensor,
    assert_close,
    draws,
    is_close,
)


@exercise(
    "The derivative of x³ is 3x².",
    "At x = 2, 3x² is 3 · 4.",
    solution="slope_of_cube = 12",
)
def slope(answer):
    """Predict x.grad after (x ** 3).backward() at x = 2."""
    value = as_number(answer)
    assert value != 8, "8 is the value of x³; the gradient is its slope."
    assert value != 6, "6 is 3x, or 2x with a slip: the derivative of x³ is 3x²."
    assert value == 12, f"the derivative of x³ is 3x², and 3 · 2² is not {value:g}."


@exercise(
    "`backward` adds to what is already in `.grad`.",
    "2x at x = 3 is 6, and it is added twice.",
    solution="after_two = 12",
)
def after_two(answer):
    """Predict x.grad after two calls of (x ** 2).backward() at x = 3, nothing cleared between."""
    value = as_number(answer)
    assert value != 6, "6 after the first call; the second one adds to it."
    assert value != 36, "gradients are added, not multiplied."
    assert value != 18, "9 is the value of x²; its slope at 3 is what adds up."
    assert value == 12, f"2x at x = 3 is 6, added twice, and that is not {value:g}."


@exercise(
    "`a` is used twice: in the sum and in the product. Each use gives it a part of its gradient.",
    "With s = a + b: the product hands `a` the value of s, and s the value of `a`, which the sum "
    "passes on to both.",
    solution="hand_gradients = (7, 3)",
)
def hand_gradients(answer):
    """Predict (a.grad, b.grad) for (a + b) * a at a = 3, b = 1, with pencil and paper."""
    pair = as_tensor(answer)
    assert pair.shape == (2,), "answer with two numbers, `(a.grad, b.grad)`."
    pair = tuple(pair.tolist())
    assert pair != (3, 7), "these two are right, and in the other order: first a, then b."
    assert pair[0] != 12, "12 is the value of the product, not its slope."
    assert pair[0] != 4, "`a` is in the sum as well as in the product: two parts are added."
    assert pair[0] != 3, "3 is what comes by way of the sum; `a` is a factor of the product too."
    assert pair[0] != 6, "6 is the slope of a²; there is the b of a · b as well."
    assert pair[0] == 7, f"a² + ab has the slope 2a + b, and at 3 and 1 that is not {pair[0]:g}."
    assert pair[1] != 1, "1 is what the sum passes on; the product multiplies it by `a` first."
    assert pair[1] == 3, f"a larger b makes the product larger by a for each step, not {pair[1]:g}."


@exercise(
    "Make a copy that records: `x.clone().detach().requires_grad_()`.",
    "Compute `f(x)`, call `backward()` on it, and return the copy's `.grad`.",
    solution="""
    def gradient(f, x):
        x = x.detach().clone().requires_grad_()
        f(x).backward()
        return x.grad
    """,
)
def gradient(answer):
    """The gradient of a function f at the point x, which stays as it was."""
    functions = {
        "the sum of x²": lambda t: (t**2).sum(),
        "the mean of x³": lambda t: (t**3).mean(),
        "the sum of exp(x) · x": lambda t: (t.exp() * t).sum(),
        "the sum of neighbours' products": lambda t: (t * t.flip(0)).sum(),
    }
    for seed, (name, f) in enumerate(functions.items()):
        x = draws(3 + seed, seed=seed) if seed < 3 else draws(2, 3, seed=seed)
        given, own = x.clone(), x.clone().requires_grad_()
        (expected,) = torch.autograd.grad(f(own), own)
        for call in (1, 2):
            result = answer(f, x)
            assert result is not None, (
                "your function returned `None`: `backward()` returns nothing, `.grad` holds it."
            )
            assert torch.equal(x.detach(), given), "the numbers of x were changed: work on a copy."
            assert not x.requires_grad, "x was changed: it requires a gradient now. Work on a copy."
            assert x.grad is None, "x was changed: there is a gradient in it. Work on a copy."
            assert call == 1 or not is_close(result, 2 * expected, 1e-2, 1e-2), (
                "a second call adds to the gradients of the first."
            )
            assert not is_close(result, f(x)), "that is the value of f, not its gradient."
            assert not is_close(result, expected.sum()), "one slope for each element: no sum."
            shown = [round(value, 2) for value in as_tensor(result).flatten().tolist()]
            right = [round(value, 2) for value in expected.flatten().tolist()]
            words = f"the gradient of {name} should be {right}, and yours is {shown}."
            assert_close(result, expected, words, 1e-2, 1e-2)


@exercise(
    "Three steps: gradient, move against it, forget it.",
    "Inside `with torch.no_grad():`, `w -= learning_rate * w.grad`; then `w.grad = None`.",
    solution="""
    def descend(w, loss, learning_rate):
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad = None
    """,
)
def descend(answer):
    """One step of gradient descent: changes w in place, returns nothing, leaves no gradient."""
    for seed, (shape, rate) in enumerate([((1,), 0.1), ((3,), 0.5), ((2, 2), 0.03)]):
        start = draws(*shape, seed=seed + 1)
        w = start.clone().requires_grad_()
        loss = ((w - 1) ** 2).sum() * 2 + w.sum() / 2
        step = 4 * (start - 1) + 0.5
        try:
            returned = answer(w, loss, rate)
        except RuntimeError as error:
            assert "leaf" not in str(error), (
                "changing a parameter is not to be recorded: do it inside `with torch.no_grad():`."
            )
            raise
        now = w.detach()
        mistakes = [
            (start, "w has not moved: change the tensor itself, `w -= …`, not a new name."),
            (start + rate * step, "w went uphill: subtract the gradient."),
            (start - step, "the whole gradient: multiply by the learning rate."),
            (start - 2 * rate * step, "w moved twice as far as it should."),
            (start - rate * step.sign(), "the size of the gradient counts too."),
        ]
        words = "the step is the learning rate times the gradient."
        assert_close(now, start - rate * step, words, mistakes=mistakes)
        assert returned is None, "the step is right; it should change w, and return nothing."
        assert w.requires_grad, "w does not require a gradient any more: the next step would fail."
        assert w.grad is None or not w.grad.any(), (
            "the gradient is still there, and the next `backward` would add to it."
        )


@exercise(
    "Print `slope` and `slope.grad` for the first ten steps. Does the gradient ever get smaller?",
    "`backward` adds to `.grad`: something has to forget it, once in every step.",
    solution="""
    def fit_slope(inputs, targets):
        slope = torch.tensor(0.0, requires_grad=True)
        for _ in range(200):
            loss = ((slope * inputs - targets) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                slope -= 0.1 * slope.grad
                slope.grad = None
        return slope.item()
    """,
)
def fit_slope(answer):
    """Debug: fit the slope of a line through the origin; the loop runs and never settles."""
    for seed, (count, true) in enumerate([(10, 2.0), (30, -1.5), (50, 0.5)]):
        inputs = torch.rand(count, generator=torch.Generator().manual_seed(seed)) * 2 - 1
        inputs += seed / 2
        targets = true * inputs + 0.1 * draws(count, seed=seed) + seed / 4
        best = (inputs @ targets / (inputs @ inputs)).item()
        value = as_number(answer(inputs.clone(), targets.clone()))
        if abs(value - _never_cleared(inputs, targets)) < 1e-3:
            raise UnansweredError(
                f"the best slope is {best:.2f}, and after 200 steps yours is {value:.2f}: it "
                "swings to and fro."
            )
        assert abs(value) < 1e3, "the slope grows and grows: which way is down?"
        assert value != 0, "the slope has not moved: its gradient is cleared before it is used."
        one = 0.2 * (inputs @ targets / count).item()
        assert abs(value - one) > 1e-6, "that is one step: the `return` stands inside the loop."
        apart = inputs - inputs.mean()
        assert abs(value - (apart @ targets / (apart @ apart)).item()) > 1e-3 or seed == 0, (
            "that is the slope with an intercept: this line goes through the origin."
        )
        assert abs(value - best) < 0.02, f"the best slope is {best:.2f}, and yours is {value:.2f}."


def _never_cleared(inputs, targets):
    slope = total = 0.0
    for _ in range(200):
        total += (2 * (slope * inputs - targets) * inputs).mean().item()
        slope -= 0.1 * total
    return slope


@exercise(
    "Along `w[1]` the valley is ten times as steep: from which learning rate on does it jump over?",
    "One rate for all the steps will do: try some between 0.08 and 0.1. Or let them take turns: "
    "which rate brings `w[0]` to 0 in a single step, and which one `w[1]`?",
    solution="rates = [0.09] * 20",
)
def rates(answer):
    """Open: at most 20 learning rates that bring w[0]² + 10 · w[1]² from (5, 1) below 0.02."""
    assert isinstance(answer, list | tuple) or getattr(answer, "ndim", 0) == 1, (
        "answer with a list of learning rates, one for each step."
    )
    assert len(answer) > 0, "from 1 to 20 steps, and these are 0."
    steps = as_tensor(answer).double()
    assert steps.ndim == 1, "answer with a list of learning rates, one for each step."
    assert len(steps) <= 20, f"from 1 to 20 steps, and these are {len(steps)}."
    assert steps.isfinite().all(), "a learning rate is a number, and one of yours is not finite."
    w = torch.tensor([5.0, 1.0], dtype=torch.float64)
    for rate in steps:
        w = w - rate * torch.tensor([2.0, 20.0]) * w
    flat, steep = w[0].item() ** 2, 10 * w[1].item() ** 2
    value = flat + steep
    assert value < 35 or steps.min() >= 0, (
        f"{value:.3g} is higher than the start, 35: a step with a rate below 0 leads uphill."
    )
    assert value < 35, (
        f"{value:.3g} is higher than the start, 35: the steep direction jumps over the valley."
    )
    assert value < 0.02 or flat < steep, (
        f"you reach {value:.3g}: w[0] is still {w[0]:.2g}. There the steps are small."
    )
    assert value < 0.02, (
        f"you reach {value:.3g}: w[1] is still {w[1]:.2g}. It swings across the steep direction."
    )
    return f"You reach {value:.2g} in {len(steps)} steps. It can be done in 2."
