"""The pictures of the start page: small, with words, and out of the lessons' own outputs."""

import base64
import io
import re

import nbformat
import pytest
from PIL import Image

from tutorial.errors import TutorialError
from tutorial.gallery import hang_pictures
from tutorial.notebooks import read
from tutorial.project import find_lessons, start_page

LARGEST = 400_000  # bytes, of the whole page


def test_the_start_page_has_small_pictures_with_words_for_those_who_do_not_see_them():
    first = read(start_page()).cells[0]
    shown = re.findall(r'<img src="attachment:([\w.-]+)" alt="([^"]{20,})">', first.source)
    assert len(shown) == first.source.count("<img") == 4
    assert {name for name, _ in shown} == set(first.attachments)
    assert start_page().stat().st_size < LARGEST


def test_a_picture_is_what_the_cell_it_is_named_after_shows():
    lesson = read(find_lessons(["06"])[0])
    shows = {cell.id: cell.outputs for cell in lesson.cells if cell.cell_type == "code"}
    (stored,) = [one.data["image/png"] for one in shows["code-24"] if "image/png" in one.data]
    cell = nbformat.v4.new_markdown_cell("![guesses](attachment:06_code-24.png)")
    page = nbformat.v4.new_notebook(cells=[cell, nbformat.v4.new_code_cell("1")])
    hang_pictures(page)
    small = base64.b64decode(cell.attachments["06_code-24.png"]["image/png"])
    with (
        Image.open(io.BytesIO(small)) as picture,
        Image.open(io.BytesIO(base64.b64decode(stored))) as original,
    ):
        assert picture.mode == "P"
        assert picture.width / picture.height == pytest.approx(
            original.width / original.height, rel=0.01
        )
        ours, theirs = (image.convert("RGBA").resize((8, 4)) for image in (picture, original))
        distance = sum(abs(a - b) for a, b in zip(ours.tobytes(), theirs.tobytes(), strict=True))
        assert distance / (8 * 4 * 4) < 8


@pytest.mark.parametrize("name", ["06_code-9999.png", "06_markdown-1.png"])
def test_a_cell_without_a_picture_is_named(name):
    cell = nbformat.v4.new_markdown_cell(f"![](attachment:{name})")
    with pytest.raises(TutorialError, match="lesson 06 has no picture in a cell"):
        hang_pictures(nbformat.v4.new_notebook(cells=[cell]))
