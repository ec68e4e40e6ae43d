"""What every lesson has: expect, show, record, claim."""

import re

import pytest

import helpers
from helpers import claim, expect, record, show
from helpers.lesson import RECORD_MIME, draw
from helpers.plots import new_axes
from notebook_checker.comparison import AN_ERROR
from tutorial.project import find_lessons


def test_expect_prints_the_type_and_message_of_the_error(capsys):
    with expect(ValueError):
        int("seven")
    assert capsys.readouterr().out.startswith("ValueError: invalid literal for int()")


def test_expect_fails_when_nothing_was_raised():
    told = "expected ValueError or TypeError, but nothing was raised"
    with pytest.raises(AssertionError, match=told), expect(ValueError, TypeError):
        int("7")


def test_expect_lets_another_error_through():
    with pytest.raises(KeyError), expect(ValueError):
        {}["missing"]


@pytest.fixture
def shown(monkeypatch):
    """Collect what is displayed, as (data, options)."""
    found = []

    def collect(data, **options):
        found.append((data, options))

    monkeypatch.setattr("helpers.lesson.display", collect)
    monkeypatch.setattr("IPython.core.display_functions.display", collect)
    return found


def test_expect_marks_its_line_as_an_error_for_the_checker(shown):
    with expect(ValueError):
        int("seven")
    [(line, options)] = shown
    assert repr(line) == "ValueError: invalid literal for int() with base 10: 'seven'"
    assert options["metadata"] == AN_ERROR


def test_show_displays_a_picture_with_alt_text_and_a_line_of_words(shown):
    ax = new_axes(4, 3)
    ax.plot([1, 2])
    show(ax, "A line that rises.", alt="one straight line")
    (picture, options), (words, _) = shown
    assert picture["image/png"].startswith("iVBORw0KGgo")
    assert options["metadata"]["image/png"] == {
        "alt": "one straight line",
        "width": 288,
        "height": 216,
    }
    assert words["text/markdown"] == "*A line that rises.*"


def test_show_takes_the_grid_of_axes_that_show_images_returns(shown):
    show(new_axes(4, 3, 2, 2), "Four empty axes.")
    assert "image/png" in shown[0][0]


def test_a_picture_is_replaced_through_its_handle(shown):
    handle = draw(new_axes(), "first")
    assert draw(new_axes(), "second", handle) is handle
    (_, first), (_, second) = shown
    assert second["display_id"] == first["display_id"]
    assert second["update"]
    assert not first.get("update")


def test_record_keeps_the_values_under_their_own_mime_type_and_shows_one_line(shown):
    record(test_accuracy=0.52, loss=1.3)
    assert shown[0][0] == {
        RECORD_MIME: {"test_accuracy": 0.52, "loss": 1.3},
        "text/plain": "recorded: test_accuracy, loss",
    }


def test_a_claim_about_time_never_fails_a_run(capsys):
    claim("batches of 128 cost less", True)
    assert capsys.readouterr().out == "holds here: batches of 128 cost less\n"
    claim("batches of 128 cost less", False)
    first, reasons = capsys.readouterr().out.splitlines()
    assert first == "does not hold here, at this moment: batches of 128 cost less"
    assert "other programs on this machine" in reasons


def test_every_name_of_the_door_is_there():
    assert all(hasattr(helpers, name) for name in helpers.__all__)


def test_lessons_get_in_by_one_door(subtests):
    for path in find_lessons():
        with subtests.test(path.stem):
            text = path.read_text(encoding="utf-8")
            doors = set(re.findall(r"from (helpers[.\w]*) import", text))
            assert doors <= {"helpers", "helpers.questions"}
