"""Figures: data in, axes out, nothing shown, colours that everyone can tell apart."""

import sys

import numpy as np
import pytest
import torch

from helpers import plot_losses, plot_tensor, show_images
from helpers.plots import OKABE_ITO, new_axes


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


def test_the_colours_are_seven_different_ones():
    assert len(set(OKABE_ITO)) == len(OKABE_ITO) == 7
