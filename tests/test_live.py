"""What moves: a curve that grows while a network trains, frames behind a slider."""

import base64
import io
import re

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from helpers import LossCurve, new_axes, slider


@pytest.fixture
def drawn(monkeypatch):
    """Keep what live curves draw and say instead of displaying it."""
    found = []

    def draw(ax, words, handle):
        found.append([line.get_ydata().tolist() for line in ax.get_lines()])
        return ax

    monkeypatch.setattr("helpers.live.draw", draw)
    monkeypatch.setattr("helpers.live.caption", lambda words, handle: found.append(words) or True)
    return found


def test_a_live_curve_keeps_its_history_and_ends_with_its_words(drawn):
    with LossCurve("It falls.") as curve:
        curve.add("training", 1, 2.3)
        curve.add("training", 2, 2.0)
    assert curve.history == {"training": [(1, 2.3), (2, 2.0)]}
    assert drawn[-2:] == [[[2.3, 2.0]], "It falls."]


def test_a_live_curve_draws_without_a_block_around_it(drawn):
    curve = LossCurve("words")
    curve.add("training", 1, 2.3)
    assert drawn[0] == [[2.3]]


def test_a_live_curve_draws_five_points_at_once_then_waits(drawn):
    with LossCurve("words", budget=1e-6) as curve:
        for step in range(1, 101):
            curve.add("training", step, 1.0)
    sizes = [len(lines[0]) for lines in drawn[2::2]]  # after the empty axes
    assert sizes == [1, 2, 3, 4, 5, 100]


def test_twelve_points_of_a_training_make_eight_pictures_for_little_time(drawn, monkeypatch):
    seconds = {"clock": 0.0, "drawing": 0.0}

    def draw(ax, words, handle):  # as long as a slow machine takes
        seconds["clock"] += 0.08
        seconds["drawing"] += 0.08
        drawn.append([line.get_ydata().tolist() for line in ax.get_lines()])
        return ax

    monkeypatch.setattr("helpers.live.draw", draw)
    monkeypatch.setattr("helpers.live.time.perf_counter", lambda: seconds["clock"])
    with LossCurve("It falls.", steps=12) as curve:
        for step in range(1, 13):
            seconds["clock"] += 4  # lesson 06 needs more
            curve.add("training", step, 2 / step)
    assert len({str(lines) for lines in drawn[::2]}) >= 8
    assert seconds["drawing"] <= 0.025 * seconds["clock"]


def test_a_live_curve_says_how_far_it_is_until_it_ends(drawn):
    with LossCurve("It falls.", steps=4000) as curve:
        curve.add("training", 1000, 2.3)
    assert re.fullmatch(r"It falls. 1,000 of 4,000 mini-batches, about \d+ s left.", drawn[3])
    assert drawn[-1] == "It falls."


def test_an_interrupted_live_curve_draws_what_it_has(drawn):
    with pytest.raises(KeyboardInterrupt), LossCurve("words") as curve:
        curve.add("training", 1, 2.3)
        curve.add("training", 2, 2.0)
        raise KeyboardInterrupt
    assert drawn[-2] == [[2.3, 2.0]]


def outputs_of(path):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, kernel_name="python3").execute()
    return notebook.cells[1].outputs


def test_an_executed_notebook_holds_one_picture_of_a_live_curve_and_its_words_under_it(
    write_notebook,
):
    path = write_notebook(
        "from helpers import LossCurve\n"
        "with LossCurve('It falls.') as curve:\n"
        "    for step in range(8):\n"
        "        print('step', step)\n"
        "        curve.add('training', step, 2 / (1 + step))\n"
    )
    picture, words, *log = outputs_of(path)
    assert sorted(picture.data) == ["image/png", "text/plain"]
    assert words.data["text/markdown"] == "*It falls.*"
    assert "".join(piece.text for piece in log).count("step") == 8


def frames(count):
    for number in range(count):
        ax = new_axes()
        ax.plot([0, number], [0, 1])
        yield f"rate {number} < 9", ax


@pytest.fixture
def shown(monkeypatch):
    found = []
    monkeypatch.setattr("helpers.live.display", lambda data, **about: found.append((data, about)))
    monkeypatch.setattr("helpers.live.caption", lambda words: None)
    return found


def test_a_slider_holds_every_frame_and_shows_the_first_without_a_script(shown):
    slider(list(frames(5)), "Lines.")
    ((data, about),) = shown
    page = data["text/html"]
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    pixels = [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))) for one in pictures]
    assert len(pixels) == 5
    assert all((pixels[0] != other).any() for other in pixels[1:])
    assert pictures[0] == data["image/png"]
    assert re.findall(r"display: (\w+)\"", page) == ["block"] + 4 * ["none"]
    assert "rate 0 &lt; 9" in page
    assert about["metadata"]["image/png"]["alt"] == "rate 0 < 9: Lines."


def test_a_slider_asks_for_nothing_from_outside(shown):
    slider(list(frames(2)), "Lines.")
    page = shown[0][0]["text/html"]
    assert not re.search(r"https?:|//|<script|<link", re.sub(r"base64,[^\"]+", "", page))
