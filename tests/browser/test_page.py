"""The page that lesson 11 writes, in a browser: a picture is chosen, and the answer is there."""

import threading
from http.server import HTTPServer

import nbformat
import pytest

pytest.importorskip("playwright", reason="pip install -e '.[browser]'")

from lab import new_page
from PIL import Image

from tutorial.project import find_lessons


def answer(file):
    """Stand in for the network of the lesson."""
    with Image.open(file) as opened:
        return f"{opened.width} by {opened.height}", 0.5


@pytest.fixture
def address():
    """Serve the page by the lesson's own cells."""
    (lesson,) = find_lessons(["11"])
    names = {"answer": answer}
    for cell in nbformat.read(lesson, as_version=4).cells:
        if cell.source.startswith(("# imports", "PAGE = ", "class Page(")):
            exec(cell.source, names)
    server = HTTPServer(("127.0.0.1", 0), names["Page"])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_page_answers_for_a_picture_and_stays_up_after_what_is_none(
    chromium, address, tmp_path
):
    Image.new("RGB", (60, 40)).save(tmp_path / "mine.png")
    (tmp_path / "none.png").write_text("no picture")
    with chromium.new_context() as context:
        page = new_page(context)
        page.goto(address)
        for name, words in (
            ("mine.png", "60 by 40, 0.50"),
            ("none.png", "This is no picture that I can open."),
            ("mine.png", "60 by 40, 0.50"),
        ):
            page.set_input_files("input", tmp_path / name)
            page.locator("#answer", has_text=words).wait_for()
