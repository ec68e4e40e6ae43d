"""Figures: data in, axes out, nothing shown, colours that everyone can tell apart."""

import re
import sys

import nbformat
import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from nbclient import NotebookClient

from helpers import LossCurve, plot_confusion, plot_losses, plot_tensor, show_images
from helpers.plots import HEAT, OKABE_ITO, new_axes
from tutorial.project import find_lessons


def test_plot_losses_draws_every_point_of_every_curve():
    ax = plot_losses({"training": [(1, 2.3), (2, 1.9)], "validation": [(2, 2.0)]})
    first, second = ax.get_lines()
    np.testing.assert_array_equal(first.get_xydata(), [(1, 2.3), (2, 1.9)])
    np.testing.assert_array_equal(second.get_xydata(), [(2, 2.0)])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]


def test_curves_differ_by_more_than_their_colour():
    lines = plot_losses({str(n): [(0, n)] for n in range(4)}).get_lines()
    for style in ("get_color", "get_linestyle", "get_marker"):
        assert len({getattr(line, style)() for line in lines}) == 4


def test_an_empty_history_draws_an_empty_curve():
    assert len(plot_losses({"training": []}).get_lines()[0].get_xdata()) == 0


def test_a_plot_goes_where_it_is_told():
    ax = new_axes()
    assert plot_losses({"training": [(1, 2.0)]}, ax=ax) is ax
    assert plot_tensor(torch.eye(2), ax=ax) is ax


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_show_images_draws_the_pixels_it_is_given(dtype):
    images = torch.zeros(3, 3, 4, 4, dtype=dtype)
    images[1, 0] = 1  # channel 0 is red
    axes = show_images(images, titles=["a", "b", "c"], columns=2)
    assert axes.shape == (2, 2)
    drawn = axes[0, 1].get_images()[0].get_array()
    assert drawn.shape == (4, 4, 3)
    np.testing.assert_array_equal(drawn[0, 0], [1, 0, 0])
    assert axes[1, 0].get_title() == "c"
    assert not axes[1, 1].get_images()


ACCELERATOR = torch.accelerator.current_accelerator(check_available=True)


@pytest.mark.parametrize("device", ["cpu", ACCELERATOR] if ACCELERATOR else ["cpu"])
def test_tensors_are_drawn_wherever_they_are(device):
    values = torch.rand(1, 3, 4, 4, device=device, requires_grad=True)
    drawn = show_images(values)[0, 0].get_images()[0].get_array()
    np.testing.assert_array_equal(drawn, values[0].permute(1, 2, 0).numpy(force=True))
    eye = torch.eye(2, dtype=torch.int64, device=device)
    for ax in (plot_tensor(eye), plot_confusion(eye, ["a", "b"])):
        assert [text.get_text() for text in ax.texts] == ["1", "0", "0", "1"]


def test_plot_tensor_writes_each_value_in_its_cell():
    ax = plot_tensor(torch.tensor([[1, 2], [3, 4]]))
    assert {text.get_position(): text.get_text() for text in ax.texts} == {
        (0, 0): "1",
        (1, 0): "2",
        (0, 1): "3",
        (1, 1): "4",
    }


def test_plots_leave_pyplot_alone():
    plot_losses({"training": [(1, 2.0)]})
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def luminance(colour):
    """Compute the relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return float(np.dot((0.2126, 0.7152, 0.0722), list(parts)))


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_colours_of_curves_are_different_ones_that_stand_out_on_white():
    assert len(set(OKABE_ITO)) == len(OKABE_ITO)
    for colour in OKABE_ITO:
        assert contrast(colour, "white") >= 3, colour  # WCAG 2.2, 1.4.11: graphical objects


def test_every_colour_that_a_lesson_names_stands_out_on_white():
    named = set()
    for path in find_lessons():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                named |= set(re.findall(r"\bcolors?=\"([^\"]+)\"", cell.source))
    assert named
    for colour in named:
        assert contrast(colour, "white") >= 3, colour


def test_every_number_in_a_heat_map_can_be_read():
    ax = plot_tensor(np.linspace(0, 1, 1001))
    for value, text in zip(np.linspace(0, 1, 1001), ax.texts, strict=True):
        cell = colormaps[HEAT](value)
        assert contrast(text.get_color(), cell[:3]) >= 4.5, value  # WCAG 2.2, 1.4.3: text
    counts = np.array([[46, 54], [48, 52]])
    texts = plot_confusion(counts, ["a", "b"]).texts
    assert [text.get_color() for text in texts] == ["white", "black", "black", "black"]


@pytest.fixture
def drawn(monkeypatch):
    """Count the drawings of live curves instead of displaying them."""
    found = []
    monkeypatch.setattr("helpers.plots.draw", lambda ax, words, handle: found.append(ax) or ax)
    monkeypatch.setattr("helpers.plots.caption", found.append)
    return found


def test_a_live_curve_keeps_its_history_and_ends_with_its_words(drawn):
    with LossCurve("It falls.") as curve:
        curve.add("training", 1, 2.3)
        curve.add("training", 2, 2.0)
    assert curve.history == {"training": [(1, 2.3), (2, 2.0)]}
    assert drawn[-1] == "It falls."
    np.testing.assert_array_equal(drawn[-2].get_lines()[0].get_ydata(), [2.3, 2.0])


def test_a_live_curve_draws_without_a_block_around_it(drawn):
    curve = LossCurve("words")
    curve.add("training", 1, 2.3)
    np.testing.assert_array_equal(drawn[-1].get_lines()[0].get_ydata(), [2.3])


def test_a_live_curve_waits_before_it_draws_again(drawn):
    with LossCurve("words") as curve:
        for step in range(100):
            curve.add("training", step, 1.0)
    assert len(drawn) == 3  # the first point, the last picture, the words


def test_an_interrupted_live_curve_draws_what_it_has(drawn):
    with pytest.raises(KeyboardInterrupt), LossCurve("words") as curve:
        curve.add("training", 1, 2.3)
        curve.add("training", 2, 2.0)
        raise KeyboardInterrupt
    np.testing.assert_array_equal(drawn[-2].get_lines()[0].get_ydata(), [2.3, 2.0])


def test_an_executed_notebook_holds_one_picture_of_a_live_curve(write_notebook):
    path = write_notebook(
        "import time\nfrom helpers import LossCurve\n"
        "with LossCurve('It falls.', budget=1) as curve:\n"
        "    for step in range(5):\n"
        "        curve.add('training', step, 2 / (1 + step))\n"
        "        time.sleep(0.1)"
    )
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3").execute()
    kinds = [sorted(output.data) for output in notebook.cells[1].outputs]
    assert kinds == [["image/png", "text/plain"], ["text/markdown", "text/plain"]]
