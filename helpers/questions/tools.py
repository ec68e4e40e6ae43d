"""What checkers have in common: cases, answers of any kind as tensors, comparisons."""

import torch


def as_number(answer):
    """Return the answer as a float: a number of Python, NumPy or PyTorch; else it is wrong."""
    kind = type(answer).__name__
    try:
        assert not isinstance(answer, str | bytes)
        return float(answer)
    except Exception:
        raise AssertionError(f"answer with a number; this is a `{kind}`.") from None


def as_tensor(answer):
    """Return the answer as a tensor: numbers, lists and arrays will do; else it is wrong."""
    assert answer is not None, "this is `None`: a function gives back what follows its `return`."
    kind = type(answer).__name__
    assert not isinstance(answer, list | tuple) or len(answer), f"this `{kind}` is empty."
    try:
        if isinstance(answer, list | tuple):
            answer = torch.stack([as_tensor(one) for one in answer])
        return torch.as_tensor(answer).detach().cpu()
    except Exception:
        raise AssertionError(f"this should be numbers, and is a `{kind}`.") from None


def is_close(answer, expected, rtol=1e-4, atol=1e-5):
    """Tell whether two answers hold the same numbers in the same shape, of whatever dtype."""
    try:
        answer, expected = as_tensor(answer), as_tensor(expected)
    except AssertionError:
        return False
    if answer.shape != expected.shape or answer.layout != expected.layout:
        return False
    # torch.testing.assert_close would load 500 modules: 43 MB, and a second for the first answer
    kind = torch.promote_types(torch.promote_types(answer.dtype, expected.dtype), torch.float64)
    return torch.allclose(answer.to(kind), expected.to(kind), rtol, atol)


def assert_close(answer, expected, words, rtol=1e-4, atol=1e-5, mistakes=()):
    """Assert that an answer holds the numbers expected, in their shape, of whatever dtype.

    Parameters
    ----------
    answer : object
        A tensor, a NumPy array, a number, or a list of these.
    expected : object
        Likewise.
    words : str
        The message for the learner if a number differs.
    rtol, atol : float
        As for :func:`torch.allclose`.
    mistakes : iterable of (object, str)
        What well-known mistakes give, each with a message of its own. An answer that is right is
        right, even where a mistake would happen to give the same.

    Raises
    ------
    AssertionError
        With a message for the learner.
    """
    answer = as_tensor(answer)
    if is_close(answer, expected, rtol, atol):
        return
    for mistake, message in mistakes:
        assert not is_close(answer, mistake, rtol, atol), message
    assert_shape(answer, as_tensor(expected).shape)
    raise AssertionError(words)


def draws(*shape, seed=0):
    """Draw a case: numbers around 0 from a generator of its own, the same in every check."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def assert_shape(tensor, shape):
    """Assert that the answer is a tensor of this shape.

    Parameters
    ----------
    tensor : object
        The answer, or what it returned.
    shape : tuple of int

    Raises
    ------
    AssertionError
        With a message for the learner.
    """
    assert tensor is not None, "this is `None`: a function gives back what follows its `return`."
    kind = type(tensor).__name__
    assert isinstance(tensor, torch.Tensor), f"this should be a tensor, and is a `{kind}`."
    got = tuple(tensor.shape)
    assert got == tuple(shape), f"the shape should be {tuple(shape)}, and is {got}."
