"""What lessons draw: one scale for each quantity, no loss below 0, type that can be read.

The figures of lessons without data are looked at before they become pixels; of every lesson the
code that draws is read.
"""

import ast
from collections import defaultdict

import nbformat
import numpy as np
import pytest
from matplotlib.text import Text

from helpers import live
from tutorial.notebooks import code_cells
from tutorial.project import find_lessons

LESSONS = find_lessons()
SMALLEST_TYPE = 12  # pixels
OF_PIXELS = "photograph"  # the title of a panel that shows an image, and not what is made of it


def sources(lesson):
    return [cell.source for _, cell in code_cells(nbformat.read(lesson, as_version=4))]


@pytest.fixture
def figures(monkeypatch):
    """Keep the figures that lessons show instead of making pixels of them."""
    found = []

    def keep(drawing):
        part = drawing.flat[0] if isinstance(drawing, np.ndarray) else drawing
        found.append(part.get_figure(root=True))
        return b"", (1, 1)

    monkeypatch.setattr("helpers.lesson.as_png", keep)
    monkeypatch.setattr(live, "_with_few_colours", lambda drawing: ("", keep(drawing)[1]))
    return found


def assert_one_scale_for_each_quantity(figure):
    scales = defaultdict(set)
    for ax in figure.axes:
        for image in ax.get_images():
            if image.get_array().ndim == 2:  # numbers; a photograph in colour has three dimensions
                is_image = ax.get_title() == OF_PIXELS
                scales[is_image].add((image.get_cmap().name, *image.get_clim()))
    assert all(len(used) == 1 for used in scales.values()), dict(scales)


def assert_no_loss_below_zero(figure):
    for ax in figure.axes:
        for label, limits in ((ax.get_xlabel(), ax.get_xlim()), (ax.get_ylabel(), ax.get_ylim())):
            assert "loss" not in label or min(limits) >= 0, label


def assert_type_can_be_read(figure):
    written = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert not [text for text in written if text.get_fontsize() * figure.dpi / 72 < SMALLEST_TYPE]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of NumPy, about tensors in matplotlib
@pytest.mark.parametrize("lesson", find_lessons(["1", "2", "3", "4"]), ids=lambda path: path.stem)
def test_the_figures_of_a_lesson_can_be_compared_and_read(lesson, figures):
    names = {"__name__": lesson.stem}
    for source in sources(lesson):
        exec(source, names)
    assert len(figures) >= 5
    for figure in figures:
        figure.draw_without_rendering()
        assert_one_scale_for_each_quantity(figure)
        assert_no_loss_below_zero(figure)
        assert_type_can_be_read(figure)


def calls(source, *wanted):
    """Yield the calls of functions or methods of these names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
            if getattr(name, "id", name) in wanted:
                yield node


def given(call):
    """Return the named arguments of a call; None stands for those of a dictionary."""
    return {one.arg: one.value for one in call.keywords}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_draws_in_the_style_of_the_helpers(lesson):
    for source in sources(lesson):
        assert "pyplot" not in source
        assert not list(calls(source, "Figure", "subplots")), source  # new_axes makes them
        for call in calls(source, "imshow"):
            arguments = given(call)
            limits = {"vmin", "vmax", None} & arguments.keys()
            yes_or_no = isinstance(call.args[0], ast.Compare)
            assert "cmap" not in arguments or limits or yes_or_no, ast.unparse(call)
        for call in calls(source, "set", "set_ylabel"):
            label = given(call).get("ylabel")
            if label and "loss" in ast.unparse(label):
                assert "plot_losses(" in source or "ylim=(0," in source, ast.unparse(call)
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.keyword) and call.arg in ("fontsize", "labelsize"):
                assert ast.literal_eval(call.value) >= SMALLEST_TYPE, ast.unparse(call)
