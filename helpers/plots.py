"""Figures for the lessons, in one style: functions draw on axes and return them."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

import matplotlib
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

# Okabe and Ito, "Color Universal Design" (2008): told apart with every kind of colour vision.
# Their light colours are left out: on white they have less contrast than 3 to 1.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000")
HEAT = "cividis"  # dark to bright, in lightness too
DARK = 0.179  # the luminance (WCAG 2.2) with which black and white have the same contrast
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
FADED = 0.3  # how much of its colour a cell keeps that holds no number of its own
ROOM = 17  # points between the names beside two curves

# Type of twelve pixels on the screen, open axes: the style of every figure after this import.
matplotlib.rcParams |= dict.fromkeys(
    ("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize"), 12
)
matplotlib.rcParams |= {"legend.fontsize": 12, "legend.frameon": False}
matplotlib.rcParams |= {"axes.spines.top": False, "axes.spines.right": False}

Points = Sequence[tuple[int, float]]  # steps and losses
Measured = Mapping[str, Mapping[Any, Sequence[float]]]  # name of a line to value to measurements


def new_axes(width: float = 6.0, height: float = 3.5, rows: int = 1, columns: int = 1) -> Any:
    """Make a figure that no global state knows, and return its axes.

    Parameters
    ----------
    width, height : float
        The size of the whole figure, in inches of 72 pixels. Lessons use two widths, 6 and 9.
    rows, columns : int
        The grid of axes. Default: one.

    Returns
    -------
    matplotlib.axes.Axes, or a numpy array of them where there are several
    """
    figure = Figure(figsize=(width, height), dpi=72, layout="constrained")
    return figure.subplots(rows, columns)


def plot_losses(
    history: Mapping[str, Points], ax: Axes | None = None, top: float | None = None
) -> Axes:
    """Draw one loss curve, or several to compare, on an axis that starts at 0.

    Parameters
    ----------
    history : dict of str to list of (step, loss)
        What each curve is called, and its points: ``{"training": [(2000, 2.2), (4000, 1.9)]}``.
        Where there are several, each name stands beside the end of its curve.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes.
    top : float, optional
        The largest loss to show; a curve leaves the axes where it is above. Default: all is shown.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes() if ax is None else ax
    for name, points, (colour, line, marker) in _styled(history):
        steps, losses = zip(*points, strict=True) if points else ((), ())
        ax.plot(steps, losses, color=colour, linestyle=line, marker=marker, ms=4, label=name)
    ax.autoscale_view()
    with matplotlib.rc_context({"axes.autolimit_mode": "round_numbers"}):
        ax.autoscale_view(scalex=False)  # at a tick: the last digit of a loss moves nothing
        ax.set_ylim(0, top or ax.get_ylim()[1])
    ax.set(xlabel="mini-batches seen", ylabel="mean loss")
    if len(history) > 1:
        _name_ends(ax)
    return _finish(ax)


def _styled(curves: Mapping[str, Any]) -> Iterator[tuple[str, Any, tuple[str, str, str]]]:
    """Give each curve a colour, a line style and a marker: never a colour alone."""
    styles = zip(cycle(OKABE_ITO), cycle(LINES), cycle(MARKERS), strict=False)
    for (name, points), style in zip(curves.items(), styles, strict=False):
        yield name, points, style


def _name_ends(ax: Axes) -> None:
    """Write each curve's name beside its last point within the axes, none over another."""
    bottom, top = ax.get_ylim()
    ends = []
    for line in ax.get_lines():
        if str(line.get_label()).startswith("_"):  # a part of something else, an error bar's cap
            continue
        points = np.column_stack(line.get_data()).astype(float)
        inside = points[(points[:, 1] >= bottom) & (points[:, 1] <= top)]
        if len(inside):
            ends.append((*inside[-1], line))
    figure: Any = ax.get_figure(root=True)
    height = 0.75 * 72 * figure.get_figheight() / _rows(ax)  # of the axes, nearly, in points
    ends.sort(key=lambda end: end[1])
    places = [(y - bottom) / (top - bottom) * height for _, y, _ in ends]
    heights = [max(place, ROOM / 2) for place in places]  # the lowest stands above the axis,
    for number in range(1, len(ends)):
        heights[number] = max(heights[number], heights[number - 1] + ROOM)
    ceiling = height + ROOM / 2  # and the highest within the figure
    for number in reversed(range(len(ends))):
        ceiling = heights[number] = min(heights[number], ceiling - ROOM)
    for (x, y, line), place, free in zip(ends, places, heights, strict=True):
        words, offset = f"  {line.get_label()}", (0, free - place)
        style = {"color": line.get_color(), "va": "center", "textcoords": "offset points"}
        ax.annotate(words, (x, y), offset, **style)


def _rows(ax: Axes) -> int:
    place = ax.get_subplotspec()
    return place.get_gridspec().nrows if place else 1


def _finish(ax: Axes) -> Axes:
    ax.grid(alpha=0.3)
    ax.set_axisbelow(True)
    return ax


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
    width = 9.0 if columns > 4 else 6.0
    height = rows * (
        min(width / columns, 1.8) + 0.25 * max(str(t).count("\n") + 1 for t in titles or [""])
    )
    axes = np.reshape(new_axes(width, height, rows, columns), (rows, columns))
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pixels, titles or [""] * len(pixels), strict=False):
        ax.imshow(picture, interpolation="nearest")
        ax.set_title(title)
    return axes


def plot_tensor(tensor: ArrayLike, title: str = "", ax: Axes | None = None) -> Axes:
    """Draw a small tensor as a heat map with its numbers written in the cells.

    Parameters
    ----------
    tensor : array or tensor of at most two dimensions
        As for :func:`plot_tensors`.
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
    _draw_cells(ax, tensor, title, (values.min(), values.max()))
    return ax


def plot_tensors(tensors: Mapping[str, ArrayLike]) -> np.ndarray:
    """Draw small tensors side by side: cells of one size, one scale of colours for all.

    Parameters
    ----------
    tensors : dict of str to array or tensor of at most two dimensions
        The title of each panel and its numbers. Dark is the smallest number of all panels, bright
        the largest. Cells that share their memory with the first of a row or column, as after
        ``expand``, are faded. A tensor may be on any device.

    Returns
    -------
    numpy array of matplotlib.axes.Axes
        One for each tensor.
    """
    values = [np.atleast_2d(_to_numpy(tensor)) for tensor in tensors.values()]
    shapes = [array.shape for array in values]
    limits = min(array.min() for array in values), max(array.max() for array in values)
    rows = max(rows for rows, _ in shapes)
    widths = [
        max(shape[1], 0.14 * len(title)) for title, shape in zip(tensors, shapes, strict=True)
    ]
    width = 9.0 if sum(widths) + len(widths) > 9 else 6.0
    figure = Figure(figsize=(width, 0.6 + 0.5 * rows), dpi=72, layout="constrained")
    axes = np.reshape(figure.subplots(1, len(shapes), width_ratios=widths), -1)
    for ax, (title, tensor), wide in zip(axes, tensors.items(), widths, strict=True):
        _draw_cells(ax, tensor, title, limits)
        ax.set(xlim=(-0.5, wide - 0.5), ylim=(rows - 0.5, -0.5))  # cells of one size
    return axes


def _draw_cells(ax: Axes, tensor: ArrayLike, title: str, limits: tuple[float, float]) -> None:
    """Draw a heat map with its numbers; colour runs between the limits."""
    values = np.atleast_2d(_to_numpy(tensor))
    alpha = np.where(_repeated(values), FADED, 1.0)
    low, high = (float(limit) for limit in limits)
    cells = ax.imshow(
        values.astype(float), cmap=HEAT, aspect="auto", vmin=low, vmax=high, alpha=alpha
    )
    _write_cells(cells, values, alpha)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_title(title)


def _repeated(values: np.ndarray) -> np.ndarray:
    """Mark the cells that are others' memory seen again: stretched along a dimension."""
    repeated = np.zeros(values.shape, dtype=bool)
    for dimension, stride in enumerate(values.strides):
        if stride == 0 and values.shape[dimension] > 1:
            repeated |= np.indices(values.shape)[dimension] > 0
    return repeated


def _write_cells(cells: AxesImage, values: np.ndarray, alpha: np.ndarray | float = 1.0) -> None:
    """Write each value into its cell of a heat map, white on dark colours and black on bright."""
    shares = np.broadcast_to(np.asarray(alpha), values.shape)[..., None]
    colours = cells.to_rgba(np.ma.asarray(cells.get_array()))[..., :3] * shares + 1 - shares
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)  # as WCAG 2.2 defines it
    for (y, x), value in np.ndenumerate(values):
        text = f"{value:.2g}" if values.dtype.kind == "f" else str(value)
        colour = "black" if luminance[y, x] > DARK else "white"
        cells.axes.text(x, y, text, ha="center", va="center", color=colour)


def plot_confusion(matrix: ArrayLike, classes: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix with its counts written in the cells.

    Parameters
    ----------
    matrix : array or tensor of shape (N, N)
        Rows are true classes, columns are predictions. A tensor may be on any device. Colour is
        the share of the row; the diagonal, where the network is right, has none: it would outshine
        the mistakes.
    classes : sequence of N str
        Their names.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: new axes of a fitting size.

    Returns
    -------
    matplotlib.axes.Axes
    """
    counts = _to_numpy(matrix)
    ax = new_axes(9.0, 2.0 + 0.55 * len(classes)) if ax is None else ax
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    mistakes = np.ma.masked_array(shares, np.eye(len(counts), dtype=bool))
    colours = matplotlib.colormaps[HEAT].with_extremes(bad="#e8e8e8")
    _write_cells(ax.imshow(mistakes, cmap=colours, vmin=0, aspect="auto"), counts)
    ax.spines[:].set_visible(False)
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
        drawn.lines[0].set(linestyle=line, marker=marker, label=name)
    given = [value for points in curves.values() for value in points]
    numbers = given and all(isinstance(value, int | float) for value in given)
    if numbers and min(given) > 0 and max(given) >= 30 * min(given):
        ax.set_xscale("log")
    ax.set(xlabel=parameter, ylabel=metric)
    if len(curves) > 1:
        _name_ends(ax)
    return _finish(ax)
