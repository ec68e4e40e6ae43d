"""Exercises that answer back: ``check(answer)``, ``hint()``, ``solution()``."""

import functools
import html
import inspect
import random
import re
import textwrap
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from IPython import get_ipython
from IPython.display import display

from helpers.lesson import EXERCISE_MIME, Drawing, show

# How a lesson names its exercises, and how it asks for the verdict on one.
QUESTIONS = re.compile(r"^from helpers\.questions import (\w+) as questions$", re.MULTILINE)
CHECK = re.compile(r"^questions\.(?P<name>\w+)\.check\((?P<answer>\w*)", re.MULTILINE)

# For each verdict its mark, its words, and a colour that is 3 to 1 or more on white and on black.
VERDICTS = {
    "correct": ("✓", ": correct!", "#009e73"),
    "wrong": ("✗", ", not yet:", "#d55e00"),
    "unanswered": ("☐", ", not answered yet:", "#767676"),
}
EMPTY = "put your answer in place of `...` and run the cell again."
OURS = str(Path(__file__).parent)

Checker = Callable[[Any], str | None]
_figures: list[tuple[Drawing, str, str]] = []  # what the check under way has to show
_misdeeds: list[str] = []  # what the answer did besides: said last, so that mistakes come first


class UnansweredError(Exception):
    """The answer is still the mark ``...``, or the code to repair still as it was given."""


@dataclass(frozen=True)
class Note:
    """What an exercise said; it was displayed at once, so a cell that ends in it shows no more.

    Attributes
    ----------
    status : str
        ``"unanswered"``, ``"wrong"`` or ``"correct"`` after a check, else ``"hint"`` or
        ``"solution"``.
    text : str
        The same as plain text.
    """

    status: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def _ipython_display_(self) -> None:
        pass


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
        self._code = f"<pre><code>{html.escape(self.code)}</code></pre>"
        self._checker = checker
        self._hints_given = 0

    def check(self, answer: object) -> Note:
        """Display how an answer stands, without ever raising.

        Parameters
        ----------
        answer : object
            What the learner made; ``...``, or a function that returns it, is no answer yet.

        Returns
        -------
        Note
            Shows nothing more when it is the last line of a cell.
        """
        _figures.clear()
        status, words = self._judge(answer)
        mark, verdict, colour = VERDICTS[status]
        first = f"{mark} {self.name}{verdict}"
        folds = [(f"Hint {n}", _as_html(hint)) for n, hint in enumerate(self.hints, 1)]
        if status == "correct":
            folds = [("One way to write it", self._code)] if "\n" in self.code else []
        elif status == "wrong":
            folds.append(("Solution", self._code))
        elif words == EMPTY:
            folds = folds[:1]
        page = f"<p><strong>{first}</strong> {_as_html(words)}</p>"
        for title, inside in folds:
            page += f"\n<details><summary>{title}</summary>{inside}</details>"
        style = f"border-left: 5px solid {colour}; padding: 0.2em 0.8em"
        page = f'<div role="status" style="{style}">\n{page}\n</div>'
        record = {EXERCISE_MIME: {"exercise": self.name, "status": status}}
        note = _display(Note(status, f"{first} {words}".strip()), page, record)
        for figure in _figures if get_ipython() else ():
            show(*figure)
        return note

    def _judge(self, answer: object) -> tuple[str, str]:
        """Return the verdict and its words; whatever the checker cannot bear is put in words."""
        try:
            if answer is ...:
                raise UnansweredError
            with undisturbed():
                _misdeeds.clear()
                words = self._checker(_watched(answer)) or ""
                assert not _misdeeds, _misdeeds[0]
                return "correct", words
        except UnansweredError as error:
            return "unanswered", str(error) or EMPTY
        except (Exception, SystemExit) as error:
            said = traceback.format_exception_only(error)[-1].strip()  # whatever its words do
            if "ellipsis" in said.lower():  # a part of the answer is still the mark
                return "unanswered", EMPTY
            if _is_the_learners(error):
                return "wrong", f"your code raised `{said}`."
            if isinstance(error, AssertionError):
                return "wrong", str(error)
            kind = type(answer).__name__
            words = "is not of the kind that the task asks for"
            if isinstance(error, TypeError) and not callable(answer) and "not callable" in said:
                words = f"this `{kind}` {words}: hand over the function, by its name alone."
                return "wrong", words
            return "wrong", f"what this `{kind}` gives {words}."

    def hint(self) -> Note:
        """Display the next hint; the last one again when there are no more.

        Returns
        -------
        Note
        """
        self._hints_given = min(self._hints_given + 1, len(self.hints))
        text = f"Hint {self._hints_given}: {self.hints[self._hints_given - 1]}"
        return _display(Note("hint", text), f"<p>{_as_html(text)}</p>")

    def solution(self) -> Note:
        """Display code that solves the exercise.

        Returns
        -------
        Note
        """
        return _display(Note("solution", self.code), self._code)


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
        A decorator for the checker. It takes the answer and raises ``AssertionError`` with a
        message that helps with exactly the mistake that was made, or, where code is to be
        repaired, ``UnansweredError`` with the symptom that is still there. What it returns, if
        anything, is said after “correct!”.
    """
    return lambda checker: Exercise(checker, hints, solution)


def illustrate(figure: Drawing, words: str, alt: str) -> None:
    """Let a figure stand under the verdict of the check that calls this, whatever it will be.

    Parameters
    ----------
    figure, words, alt
        As for :func:`helpers.lesson.show`.
    """
    _figures.append((figure, words, alt))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Give the checker random numbers that are always the same, and the learner's back after it.

    The default dtype and the number of threads are put back too, whatever an answer did to them.
    """
    states = random.getstate(), np.random.get_state()
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    device = torch.get_device_module(accelerator) if accelerator else torch
    drawn = device.get_rng_state()
    try:
        with torch.random.fork_rng(range(torch.cuda.device_count())), torch.enable_grad():
            torch.manual_seed(0)
            np.random.seed(0)
            random.seed(0)
            yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        random.setstate(states[0])
        np.random.set_state(states[1])
        device.set_rng_state(drawn)


def _display(note: Note, page: str, record: dict[str, Any] | None = None) -> Note:
    if get_ipython():
        display({"text/html": page, "text/plain": note.text} | (record or {}), raw=True)
    else:
        print(note)
    return note


def _as_html(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _is_the_learners(error: BaseException) -> bool:
    """Tell whether an error comes out of the learner's code: no checker is nearer to its origin."""
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    last = max(n for n, code in enumerate(frames) if code.co_filename.startswith(OURS))
    names = [code.co_name for code in frames[last:]]
    return names[0] == "watched" or "_call_impl" in names  # a function, or a network


def _watched(answer: Any) -> Any:
    """Wrap a function, or every method of a class, to notice ``...`` and what it changes."""
    if inspect.isclass(answer):
        methods = {n: _watched(f) for n, f in vars(answer).items() if inspect.isfunction(f)}
        metaclass: Any = type(answer)
        return metaclass(answer.__name__, (answer,), methods)
    if not callable(answer) or hasattr(answer, "forward"):
        return answer

    @functools.wraps(answer, updated=())
    def watched(*arguments: Any, **options: Any) -> Any:
        given = [*arguments, *options.values()]
        before, recording = _kept(given), torch.is_grad_enabled()
        result = answer(*arguments, **options)
        if result is ...:
            raise UnansweredError
        if not _same(before, _kept(given)):
            _misdeeds.append("it changes what it is given: let it work on a copy.")
        if torch.is_grad_enabled() != recording:
            _misdeeds.append("it leaves gradients switched off: use `with torch.no_grad():`.")
            torch.set_grad_enabled(recording)
        return result

    return watched


def _kept(value: Any) -> Any:
    """Copy the numbers that a function is given; a tensor that requires a gradient may move."""
    if isinstance(value, torch.Tensor):
        return None if value.requires_grad else value.clone()
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value.copy())
    if isinstance(value, list | tuple):
        return [_kept(one) for one in value]
    return value if isinstance(value, int | float | str) else None


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, torch.Tensor) and isinstance(after, torch.Tensor):
        return torch.equal(before, after)
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return all(_same(*pair) for pair in zip(before, after, strict=True))
    return before is None or after is None or bool(before == after)
