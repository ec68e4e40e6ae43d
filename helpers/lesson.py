"""What every lesson has: errors on purpose, figures with words, records, claims about time."""

import base64
import html
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from IPython import get_ipython
from IPython.display import DisplayHandle, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Drawing = Figure | Axes | np.ndarray  # a figure, or axes of one: single ones or an array of them
RECORD_MIME = "application/vnd.pytorch-tutorial.record+json"
EXERCISE_MIME = "application/vnd.pytorch-tutorial.exercise+json"
# White on this has a contrast of 6.4 to 1, and the box stands out on white and on black.
ALARM = "#a63c00"
_alarms: dict[str, int] = {}  # in which execution each was last displayed


class _Line(str):
    """Text that is displayed as it stands, without quotes."""

    __slots__ = ()
    __repr__ = str.__str__


@contextmanager
def expect(*errors: type[BaseException]) -> Iterator[None]:
    """Run code that is meant to fail, and show how it failed.

    The line is marked as an error in the notebook's file, so that ``notebook_checker`` compares
    its type exactly, but its message, which newer libraries word anew, by half of its words.

    Parameters
    ----------
    *errors : type of BaseException
        The error, or errors, that may be raised. Any other error passes through.

    Raises
    ------
    AssertionError
        If the code in the ``with`` block raised nothing.

    Examples
    --------
    >>> with expect(ZeroDivisionError):
    ...     1 / 0
    ZeroDivisionError: division by zero
    """
    try:
        yield
    except errors as error:
        line = _Line(f"{type(error).__name__}: {error}")
        display(line, metadata={"notebook_checker": {"error": True}})
    else:
        names = " or ".join(error.__name__ for error in errors)
        raise AssertionError(f"expected {names}, but nothing was raised")


def show(figure: Drawing, words: str, alt: str | None = None) -> None:
    """Display a figure with a line of words under it and alternative text inside it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, or axes of one (a single Axes or an array of them)
        The figure is displayed as one PNG picture and left as it was.
    words : str
        What is to be seen, in one line of Markdown; it stands under the picture.
    alt : str, optional
        The alternative text for people who do not see the picture. Default: ``words``.
    """
    draw(figure, alt or words)
    caption(words)


def draw(figure: Drawing, alt: str, handle: DisplayHandle | None = None) -> DisplayHandle:
    """Display a figure as a PNG picture with alternative text, or put it in an earlier one's place.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, or axes of one
        As for :func:`show`.
    alt : str
        The alternative text.
    handle : IPython.display.DisplayHandle, optional
        What an earlier call returned: its picture is replaced. Default: a new picture.

    Returns
    -------
    IPython.display.DisplayHandle
        For the next call, if the picture is to be replaced.
    """
    png, (width, height) = as_png(figure)
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": f"<{alt}>"}
    about = {"image/png": {"alt": alt, "width": width, "height": height}}
    return _put(data, about, handle)


def as_png(figure: Drawing) -> tuple[bytes, tuple[int, int]]:
    """Make a PNG picture of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure, or axes of one
        As for :func:`show`.

    Returns
    -------
    bytes, (int, int)
        The file, and the width and height to show it at: it has twice the pixels, for sharp
        screens.
    """
    part = figure.flat[0] if isinstance(figure, np.ndarray) else figure
    whole: Any = part.get_figure(root=True)
    png = io.BytesIO()
    whole.savefig(png, format="png", dpi=2 * whole.dpi)
    width, height = (round(inches * whole.dpi) for inches in whole.get_size_inches())
    return png.getvalue(), (width, height)


def caption(words: str, handle: DisplayHandle | None = None) -> DisplayHandle:
    """Display one line of Markdown, as it stands under a picture, or in an earlier one's place.

    Parameters
    ----------
    words : str
        The line.
    handle : IPython.display.DisplayHandle, optional
        What an earlier call returned: its line is replaced. Default: a new line.

    Returns
    -------
    IPython.display.DisplayHandle
        For the next call, if the line is to be replaced.
    """
    return _put({"text/markdown": f"*{words}*", "text/plain": words}, {}, handle)


def _put(data: Any, about: Any, handle: DisplayHandle | None) -> DisplayHandle:
    if handle is None:
        handle = DisplayHandle()
        handle.display(data, raw=True, metadata=about)
    else:
        handle.update(data, raw=True, metadata=about)
    return handle


def record(**values: bool | int | float | str) -> None:
    """Keep figures of merit in the executed notebook, where a batch run collects them.

    Parameters
    ----------
    **values : bool, int, float or str
        For example ``test_accuracy=0.52, data_source=str(trainset.source)``. They are stored
        as an output of their own MIME type; the learner sees one line.
    """
    display({RECORD_MIME: values, "text/plain": f"recorded: {', '.join(values)}"}, raw=True)


def claim(words: str, held: bool) -> None:
    """Say whether something that a lesson claims about time holds here and now; never fail.

    Parameters
    ----------
    words : str
        What is claimed, for example ``"one batch of 128 costs less than 32 batches of 4"``.
    held : bool
        Whether the measurement bears it out.
    """
    if held:
        print(f"holds here: {words}")
    else:
        print(f"does not hold here, at this moment: {words}")
        print("  Likely reasons: other programs on this machine, another processor, a small run.")


def alarm(title: str, words: str) -> bool:
    """Display a coloured box that nobody overlooks; once for each execution of a cell.

    Parameters
    ----------
    title : str
        What is the matter, in a few words.
    words : str
        What follows from it, and what to do.

    Returns
    -------
    bool
        Whether there is a notebook to display it in.
    """
    shell = get_ipython()
    if not hasattr(shell, "kernel"):
        return False
    if _alarms.get(title) != shell.execution_count:
        _alarms[title] = shell.execution_count
        style = f"background: {ALARM}; color: white; padding: 0.8em 1em; border-radius: 4px"
        page = (
            f'<div role="alert" style="{style}">'
            f'<p style="font-size: 1.3em; font-weight: bold; margin: 0">{html.escape(title)}</p>'
            f'<p style="margin: 0.3em 0 0">{html.escape(words)}</p></div>'
        )
        display({"text/html": page, "text/plain": f"{title} {words}"}, raw=True)
    return True
