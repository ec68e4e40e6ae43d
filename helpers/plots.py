"""Figures for the lessons: functions draw on axes and return them; only LossCurve displays."""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Self

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from helpers.lesson import caption, draw

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision.
# Their light colours are left out: on white they have less contrast than 3 to 1.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
HEAT = "cividis"  # dark to bright, in lightness too
DARK = 0.179  # the luminance (WCAG 2.2) with which black and white have the same contrast
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

Points = Sequence[tuple[int, float]]  # steps and losses
Measured = Mapping[str, Mapping[Any, Sequence[float]]]  # name of a line to value to measurements


def new_axes(width: float = 6.0, height: float = 3.5, rows: int = 1, columns: int = 1) -> Any:
    """Make a figure that no global state knows, and return its axes.

    Parameters
    ----------
    width, height : float
        The size of the whole figure, in inches.
    rows, columns : int
        The grid of axes. Default: one.

    Returns
    -------
    matplotlib.axes.Axes, or a numpy array of them where there are several
    """
    figure = Figure(figsize=(width, height), dpi=72, layout="constrained")
    return figure.subplots(rows, columns)


def plot_losses(history: Mapping[str, Points], ax: Axes | None = None) -> Axes:
    """Draw one loss curve, or several to compare.

    Parameters
    ----------
    history : dict of str to list of (step, loss)
        What each curve is called, and its points: ``{"training": [(2000, 2.2), (4000, 1.9)]}``.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes() if ax is None else ax
    for name, points, (colour, line, marker) in _styled(history):
        steps, losses = zip(*points, strict=True) if points else ((), ())
        ax.plot(steps, losses, color=colour, linestyle=line, marker=marker, ms=4, label=name)
    _round_limits(ax)
    ax.set(xlabel="mini-batches seen", ylabel="mean loss")
    return _finish(ax, history)


def _styled(curves: Mapping[str, Any]) -> Iterator[tuple[str, Any, tuple[str, str, str]]]:
    """Give each curve a colour, a line style and a marker: never a colour alone."""
    styles = zip(cycle(OKABE_ITO), cycle(LINES), cycle(MARKERS), strict=False)
    for (name, points), style in zip(curves.items(), styles, strict=False):
        yield name, points, style


def _finish(ax: Axes, curves: Mapping[str, Any]) -> Axes:
    """Draw what surrounds curves: a grid, no box, a legend where there are several."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.3)
    if len(curves) > 1:
        ax.legend(frameon=False)
    return ax


def _round_limits(ax: Axes) -> None:
    """End the vertical axis at ticks, so that the last digit of a loss does not move the rest."""
    ax.autoscale_view()
    with rc_context({"axes.autolimit_mode": "round_numbers"}):
        ax.autoscale_view(scalex=False)
        ax.set_ylim(ax.get_ylim())


class LossCurve:
    """A loss curve that grows while the network trains, for less than a percent of the time.

    Each drawing costs some milliseconds of the loop's time. After one that took ``t`` seconds
    the next waits until ``t / budget`` seconds have passed, so that drawing takes no larger part
    than ``budget``, the first and the last drawing aside: on leaving the ``with`` block the curve
    is drawn once more, also after an error or an interruption. A saved notebook holds that last
    picture alone. Without a ``with`` block the curve grows all the same, but nothing draws its last
    points or writes its words.

    Parameters
    ----------
    words : str
        What is to be seen, in one line of Markdown; it stands under the finished picture.
    budget : float
        The part of the time that drawing on the way may take. Default: 0.005.

    Attributes
    ----------
    history : dict of str to list of (step, loss)
        Every point so far, as :func:`plot_losses` takes them.

    Examples
    --------
    >>> with LossCurve("The loss falls.") as curve:
    ...     curve.add("training", step=2000, loss=2.2)
    """

    def __init__(self, words: str, budget: float = 0.005) -> None:
        self.words = words
        self.budget = budget
        self.history: dict[str, list[tuple[int, float]]] = {}
        figure = Figure(figsize=(6.0, 3.5), dpi=72)  # laid out once: half the cost, nothing moves
        figure.subplots_adjust(left=0.12, bottom=0.16, right=0.95, top=0.96)
        self._ax = figure.subplots()
        self._handle: Any = None
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._draw()
        caption(self.words)

    def add(self, name: str, step: int, loss: float) -> None:
        """Add a point, and draw if it is time to.

        Parameters
        ----------
        name : str
            Which curve.
        step : int
            Mini-batches seen so far.
        loss : float
            Their mean loss since the last point.
        """
        self.history.setdefault(name, []).append((step, loss))
        if time.perf_counter() >= self._next:
            self._draw()

    def _draw(self) -> None:
        begin = time.perf_counter()
        self._ax.clear()
        plot_losses(self.history, ax=self._ax)
        self._handle = draw(self._ax, self.words, self._handle)
        now = time.perf_counter()
        self._next = now + (now - begin) / self.budget


def _to_numpy(values: ArrayLike) -> np.ndarray:
    """Make an array of what may be a tensor on a device, or one with a gradient."""
    return values.numpy(force=True) if isinstance(values, torch.Tensor) else np.asarray(values)


def show_images(images: ArrayLike, titles: Sequence[str] = (), columns: int = 8) -> np.ndarray:
    """Draw a grid of pictures.

    Parameters
    ----------
    images : array or tensor of shape (N, 3, height, width)
        Pixels as uint8 in 0…255 or as floats in 0…1; floats outside are clipped. A tensor may be
        on any device.
    titles : sequence of N str, optional
        A line above each picture. Default: none.
    columns : int
        Pictures in a row. Default: 8.

    Returns
    -------
    numpy array of matplotlib.axes.Axes, shape (rows, columns)
    """
    pixels = _to_numpy(images).transpose(0, 2, 3, 1)
    if pixels.dtype != np.uint8:
        pixels = pixels.clip(0, 1)
    columns = min(columns, len(pixels))
    rows = -(-len(pixels) // columns)
    axes = np.reshape(new_axes(1.1 * columns, 1.25 * rows, rows, columns), (rows, columns))
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pixels, titles or [""] * len(pixels), strict=False):
        ax.imshow(picture, interpolation="nearest")
        ax.set_title(title, fontsize=9)
    return axes


def plot_tensor(tensor: ArrayLike, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw a small tensor as a heat map with its numbers written in the cells.

    Parameters
    ----------
    tensor : array or tensor of one or two dimensions
        Its elements become cells; colour runs from the smallest value to the largest. A tensor may
        be on any device.
    title : str
        A line above the picture. Default: none.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes of a fitting size.

    Returns
    -------
    matplotlib.axes.Axes
    """
    values = np.atleast_2d(_to_numpy(tensor))
    rows, columns = values.shape
    ax = new_axes(0.6 + 0.7 * columns, 0.6 + 0.5 * rows) if ax is None else ax
    cells = ax.imshow(values.astype(float), cmap=HEAT, aspect="auto")
    _write_cells(cells, values, fontsize=10)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(title, fontsize=10)
    return ax


def _write_cells(cells: AxesImage, values: np.ndarray, fontsize: float) -> None:
    """Write each value into its cell of a heat map, white on dark colours and black on bright."""
    colours = cells.to_rgba(np.asarray(cells.get_array()))[..., :3]
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)  # as WCAG 2.2 defines it
    for (y, x), value in np.ndenumerate(values):
        text = f"{value:.2g}" if values.dtype.kind == "f" else str(value)
        colour = "black" if luminance[y, x] > DARK else "white"
        cells.axes.text(x, y, text, ha="center", va="center", color=colour, fontsize=fontsize)


def plot_confusion(matrix: ArrayLike, classes: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix with its counts written in the cells.

    Parameters
    ----------
    matrix : array or tensor of shape (N, N)
        Rows are true classes, columns are predictions. Colour is the share of the row. A tensor
        may be on any device.
    classes : sequence of N str
        Their names.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes of a fitting size.

    Returns
    -------
    matplotlib.axes.Axes
    """
    counts = _to_numpy(matrix)
    side = 1.5 + 0.55 * len(classes)
    ax = new_axes(side, side) if ax is None else ax
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    _write_cells(ax.imshow(shares, cmap=HEAT, vmin=0, vmax=1), counts, fontsize=9)
    ax.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    ax.set_yticks(range(len(classes)), classes)
    ax.set_xlabel("the network says")
    ax.set_ylabel("it is")
    return ax


def plot_sweep(curves: Measured, parameter: str, metric: str, ax: Axes | None = None) -> Axes:
    """Draw a metric against a parameter, with its mean and range where it was measured repeatedly.

    Parameters
    ----------
    curves : dict of str to dict
        For each line its name, and for each value of the parameter the list of measurements.
    parameter, metric : str
        The names of the axes. The parameter's axis is logarithmic where its values are positive
        and the largest is at least 30 times the smallest.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes() if ax is None else ax
    for name, points, (colour, line, marker) in _styled(curves):
        values = sorted(points)
        means = np.array([np.mean(points[value]) for value in values])
        lows = means - [min(points[value]) for value in values]
        highs = [max(points[value]) for value in values] - means
        drawn = ax.errorbar(values, means, (lows, highs), color=colour, capsize=4, label=name)
        drawn.lines[0].set(linestyle=line, marker=marker)
    given = [value for points in curves.values() for value in points]
    numbers = given and all(isinstance(value, int | float) for value in given)
    if numbers and min(given) > 0 and max(given) >= 30 * min(given):
        ax.set_xscale("log")
    ax.set(xlabel=parameter, ylabel=metric)
    return _finish(ax, curves)
