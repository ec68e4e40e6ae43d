"""Exercises that answer back: ``check(answer)``, ``hint()``, ``solution()``."""

import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Checker = Callable[[Any], None]  # takes an answer, and asserts

# How a lesson names its exercises, and how it asks for the verdict on one.
QUESTIONS = re.compile(r"^from helpers\.questions import (\w+) as questions$", re.MULTILINE)
CHECK = re.compile(r"^questions\.(?P<name>\w+)\.check\((?P<answer>\w*)", re.MULTILINE)


class UnansweredError(Exception):
    """The answer is still the mark ``...``, somewhere."""


@dataclass(frozen=True)
class Note:
    """What an exercise says: Markdown in a notebook, text elsewhere.

    Attributes
    ----------
    status : str
        ``"unanswered"``, ``"wrong"`` or ``"correct"`` after a check, else ``"hint"`` or
        ``"solution"``.
    text : str
        Markdown.
    """

    status: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


class Exercise:
    """One exercise of a lesson; made by :func:`exercise`.

    Attributes
    ----------
    name : str
        The checker's name, which the lesson uses too.
    hints : tuple of str
        From gentle to nearly the answer.
    code : str
        A solution, as it would be typed into the exercise's cell.
    """

    def __init__(self, checker: Checker, hints: tuple[str, ...], code: str) -> None:
        self.name = checker.__name__
        self.__doc__ = checker.__doc__
        self.hints = hints
        self.code = textwrap.dedent(code).strip()
        self._checker = checker
        self._hints_given = 0

    def check(self, answer: object) -> Note:
        """Say how an answer stands, without ever raising.

        Parameters
        ----------
        answer : object
            What the learner made; ``...``, or a function that returns it, is no answer yet.

        Returns
        -------
        Note
        """
        try:
            if answer is ...:
                raise UnansweredError
            self._checker(_watched(answer))
        except UnansweredError:
            words = "not answered yet. Put your answer in place of `...` and run the cell again."
            return Note("unanswered", f"☐ **{self.name}**: {words}")
        except AssertionError as error:
            return Note("wrong", f"✗ **{self.name}**: {error}")
        except Exception as error:
            if "ellipsis" in str(error).lower():  # a part of the answer is still the mark
                return self.check(...)
            what = f"{type(error).__name__}: {error}"
            return Note("wrong", f"✗ **{self.name}**: your code raised `{what}`")
        return Note("correct", f"✓ **{self.name}**: correct!")

    def hint(self) -> Note:
        """Give the next hint; the last one again when there are no more.

        Returns
        -------
        Note
        """
        self._hints_given = min(self._hints_given + 1, len(self.hints))
        number = self._hints_given
        text = f"Hint {number} of {len(self.hints)}: {self.hints[number - 1]}"
        return Note("hint", text)

    def solution(self) -> Note:
        """Show code that solves the exercise.

        Returns
        -------
        Note
        """
        return Note("solution", f"```python\n{self.code}\n```")


def exercise(*hints: str, solution: str) -> Callable[[Checker], Exercise]:
    """Make an exercise of the function below, which checks an answer.

    Parameters
    ----------
    *hints : str
        At least two.
    solution : str
        Code for the lesson's cell, without the call of ``check``.

    Returns
    -------
    callable
        A decorator for the checker: it takes the answer and raises ``AssertionError`` with a
        message that helps with exactly the mistake that was made.
    """
    return lambda checker: Exercise(checker, hints, solution)


def _watched(answer: Any) -> Any:
    """Wrap a function, or every method of a class, to notice when it returns ``...``."""
    if inspect.isclass(answer):
        methods = {n: _watched(f) for n, f in vars(answer).items() if inspect.isfunction(f)}
        return type(answer.__name__, (answer,), methods)
    if not inspect.isfunction(answer):
        return answer

    @functools.wraps(answer)
    def watched(*arguments: Any, **options: Any) -> Any:
        result = answer(*arguments, **options)
        if result is ...:
            raise UnansweredError
        return result

    return watched


def assert_shape(tensor: object, shape: Sequence[int]) -> None:
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
    import torch

    kind = type(tensor).__name__
    assert isinstance(tensor, torch.Tensor), f"this should be a tensor, and is a `{kind}`."
    got = tuple(tensor.shape)
    assert got == tuple(shape), f"the shape should be {tuple(shape)}, and is {got}."
