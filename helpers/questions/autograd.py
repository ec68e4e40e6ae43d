"""Exercises of lesson 03: gradients."""

import torch

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "The derivative of x³ is 3x².",
    "At x = 2, 3x² is 3 · 4.",
    solution="slope_of_cube = 12",
)
def slope(answer):
    """Predict x.grad after (x ** 3).backward() at x = 2."""
    value = float(answer)
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
    value = float(answer)
    assert value != 6, "6 after the first call; the second one adds to it."
    assert value != 36, "gradients are added, not multiplied."
    assert value == 12, f"2x at x = 3 is 6, added twice, and that is not {value:g}."


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
    x = torch.tensor([1.0, 2.0, 3.0])
    result = answer(lambda t: (t**2).sum(), x)
    assert result is not None, (
        "your function returned None: `backward()` returns nothing, `.grad` holds it."
    )
    assert_shape(result, (3,))
    assert not x.requires_grad, "x was changed: it requires a gradient now. Work on a copy."
    assert torch.allclose(result, 2 * x), (
        "the gradient of the sum of squares at [1, 2, 3] is [2, 4, 6], and yours is "
        f"{result.tolist()}."
    )
    again = answer(lambda t: (t**2).sum(), x)
    assert torch.allclose(again, 2 * x), "a second call adds to the gradients of the first."


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
    w = torch.tensor([4.0], requires_grad=True)
    try:
        answer(w, (w**2).sum(), 0.1)
    except RuntimeError as error:
        assert "leaf" not in str(error), (
            "changing a parameter is not to be recorded: do it inside `with torch.no_grad():`."
        )
        raise
    assert w.item() != 4.0, "w has not moved: change the tensor itself, `w -= …`, not a new name."
    assert w.item() < 4.0, "w went uphill: subtract the gradient."
    assert abs(w.item() - 3.2) < 1e-6, f"4 − 0.1 · 8 is 3.2, and w is {w.item():g}."
    assert w.grad is None or w.grad.item() == 0, (
        "the gradient is still there, and the next `backward` would add to it."
    )
