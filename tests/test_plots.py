"""Figures: data in, axes out, nothing shown, colours that everyone can tell apart."""

import re
import sys

import nbformat
import numpy as np
import pytest
import torch
from matplotlib import colormaps
from matplotlib.colors import to_rgb

from helpers import (
    photograph,
    plot_confusion,
    plot_losses,
    plot_tensor,
    plot_tensors,
    show_images,
)
from helpers.lesson import as_png
from helpers.plots import HEAT, OKABE_ITO, new_axes
from tutorial.project import find_lessons


def test_plot_losses_draws_every_point_of_every_curve():
    ax = plot_losses({"training": [(1, 2.3), (2, 1.9)], "validation": [(2, 2.0)]})
    first, second = ax.get_lines()
    np.testing.assert_array_equal(first.get_xydata(), [(1, 2.3), (2, 1.9)])
    np.testing.assert_array_equal(second.get_xydata(), [(2, 2.0)])
    assert [text.get_text().strip() for text in ax.texts] == ["training", "validation"]


def test_names_beside_curves_that_end_together_stand_apart():
    ax = plot_losses({name: [(0, 2.0), (1, 1.0)] for name in "abc"})
    ax.get_figure().draw_without_rendering()
    middles = sorted(text.get_window_extent().intervaly.mean() for text in ax.texts)
    assert min(np.diff(middles)) >= 15


def test_names_beside_curves_stand_above_the_axis_and_within_the_figure():
    low = plot_losses({name: [(0, 2.0), (1, 0.0)] for name in "abc"})
    high = plot_losses({name: [(0, 0.0), (1, 2.0)] for name in "abc"}, top=2.0)
    for ax in (low, high):
        ax.get_figure().draw_without_rendering()
        for text in ax.texts:
            extent = text.get_window_extent()
            assert extent.y0 >= ax.get_window_extent().y0
            assert extent.y1 <= ax.get_figure().bbox.y1


def test_a_curve_that_diverges_is_named_where_it_leaves_the_axes():
    curves = {"small rate": [(0, 2.3), (1, 1.0)], "large rate": [(0, 2.3), (1, 9.0), (2, 1e30)]}
    ax = plot_losses(curves, top=4)
    assert ax.get_ylim() == (0, 4)
    assert sorted(text.xy for text in ax.texts) == [(0, 2.3), (1, 1.0)]
    ax = plot_losses(curves)
    ax.set_ylim(0, 4)  # later than the names
    as_png(ax)


def test_an_axis_of_losses_starts_at_zero():
    assert plot_losses({"training": [(1, 2.3), (2, 1.9)]}).get_ylim()[0] == 0
    assert plot_losses({"training": [(1, 0.003), (2, 0.001)]}).get_ylim()[0] == 0


def test_panels_of_tensors_share_one_scale_and_cells_of_one_size():
    column, row = torch.tensor([[0], [10], [20]]), torch.arange(4)
    axes = plot_tensors({"column": column, "row": row, "their sum, in many words": column + row})
    images = [ax.get_images()[0] for ax in axes]
    assert {image.get_clim() for image in images} == {(0.0, 23.0)}
    axes[0].get_figure().draw_without_rendering()
    cells = [ax.transData.transform([(1, 1)]) - ax.transData.transform([(0, 0)]) for ax in axes]
    np.testing.assert_allclose(cells, [cells[0]] * 3, rtol=0.1)


def test_stretched_cells_are_faded():
    column = torch.tensor([[0], [10], [20]])
    alpha = plot_tensors({"stretched": column.expand(3, 4)})[0].get_images()[0].get_alpha()
    assert (alpha[:, 0] == 1).all()
    assert (alpha[:, 1:] < 1).all()


def test_the_diagonal_of_a_confusion_has_no_colour():
    ax = plot_confusion(np.array([[90, 10], [1, 99]]), ["cat", "dog"])
    drawn = ax.get_images()[0].get_array()
    assert drawn.mask.tolist() == [[True, False], [False, True]]
    assert ax.get_images()[0].get_clim()[1] == 0.1


def test_type_in_figures_is_twelve_pixels_or_more():
    for ax in (plot_losses({"a": [(0, 1.0)], "b": [(0, 2.0)]}), plot_tensor(torch.eye(2), "title")):
        texts = [ax.title, ax.xaxis.label, *ax.texts, *ax.get_xticklabels()]
        assert min(text.get_fontsize() for text in texts) >= 12
        assert ax.get_figure().dpi == 72


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
    for colour in named - {"white"}:  # which stands on dark pictures
        assert contrast(colour, "white") >= 3, colour


def test_every_number_in_a_heat_map_can_be_read():
    ax = plot_tensor(np.linspace(0, 1, 1001))
    for value, text in zip(np.linspace(0, 1, 1001), ax.texts, strict=True):
        cell = colormaps[HEAT](value)
        assert contrast(text.get_color(), cell[:3]) >= 4.5, value  # WCAG 2.2, 1.4.3: text
    counts = np.array([[90, 10], [1, 99]])
    texts = plot_confusion(counts, ["a", "b"]).texts
    assert [text.get_color() for text in texts] == ["black", "black", "white", "black"]


def test_the_photograph_is_a_square_of_bytes_with_dark_and_bright():
    picture = photograph(64)
    assert picture.shape == (3, 64, 64)
    assert picture.dtype == torch.uint8
    assert picture.float().mean(dim=(1, 2)).tolist() == pytest.approx([92, 81, 97], abs=2)
    assert picture.min() < 40
    assert picture.max() > 200
