"""Take the screenshots of README and site again: ``python tests/browser/screenshots.py``.

The guesses are shown with the outputs stored in ``notebooks/``; the exercise and the start page are
used as a learner uses them. Chromium and the ``browser`` extra are needed.
"""

import base64
import io
import json
import tempfile
from pathlib import Path

import nbformat
import numpy as np
from lab import (
    browser,
    command,
    jupyterlab,
    new_page,
    open_notebook,
    run_all_and_save,
    type_into,
)
from PIL import Image

from tutorial.project import find_lessons, project_folder, start_page

IMAGES = project_folder() / "docs" / "images"
SIZE = {"width": 1000, "height": 820}  # two pixels of the picture for each: docs/pages.py
FOREIGN = ("@jupyter/nbgrader", "@jupyter-notebook/lab-extension")  # of an extra for teachers
SCROLL = """text => {
  const cells = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell')];
  cells.find(cell => cell.textContent.includes(text)).scrollIntoView({block: 'start'});
}"""


def main():
    take_the_guesses()
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        home = Path(folder)
        settings = home / "config" / "labconfig" / "page_config.json"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"disabledExtensions": dict.fromkeys(FOREIGN, True)}))
        with jupyterlab(home) as address:
            page = new_page(chromium, viewport=SIZE, device_scale_factor=2)
            take_the_exercise(page, address)
            take_the_start_page(page, address)


def take_the_guesses():
    """Take the guesses of the trained network out of lesson 06: the README begins with them."""
    notebook = nbformat.read(find_lessons(["06"])[0], as_version=4)
    cell = next(cell for cell in notebook.cells if cell.source.startswith("show_guesses(net"))
    png = next(out.data["image/png"] for out in cell.outputs if "image/png" in out.data)
    with Image.open(io.BytesIO(base64.b64decode(png))) as drawn:
        few = drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(IMAGES / "guesses.png", optimize=True)
    with Image.open(IMAGES / "guesses.png") as light:
        dark = at_night(light.convert("RGB")).quantize(256)
    dark.save(IMAGES / "guesses_dark.png", optimize=True)
    print("docs/images/guesses.png, guesses_dark.png")


def at_night(light):
    """Turn the words of a grid of photographs light, and its paper transparent."""
    pixels = np.asarray(light, dtype=float)
    inked = pixels.min(axis=2) < 250
    rows = inked.mean(axis=1) > 0.5  # words leave more than half of a line empty
    photograph = rows[:, None] & (inked[rows].any(axis=0))[None, :]
    strength = 1 - pixels.min(axis=2, keepdims=True) / 255
    ink = 255 + (pixels - 255) / np.maximum(strength, 1e-3)
    ink = ink + 255 - ink.max(axis=2, keepdims=True) - ink.min(axis=2, keepdims=True)
    words = np.concatenate([ink, 255 * strength], axis=2).clip(0, 255)
    kept = np.concatenate([pixels, np.full_like(strength, 255)], axis=2)
    return Image.fromarray(np.where(photograph[:, :, None], kept, words).round().astype("uint8"))


def take_the_exercise(page, address):
    lesson = find_lessons(["01"])[0].name
    open_notebook(page, address, lesson)
    command(page, "application:toggle-left-area")
    run_all_and_save(page)
    cells = page.locator(".jp-CodeCell")
    answers = {"filled": "torch.full((2, 3), 7)", "points": "torch.linspace(0, 1, 10)"}
    for name, answer in answers.items():
        check = f"questions.{name}.check({name})"
        type_into(page, cells.filter(has_text=check), f"{name} = {answer}\n{check}")
    wrong = cells.filter(has_text="points.check")
    wrong.get_by_text("Hint 1").click()
    command(page, "docmanager:save")
    take(page, "exercise", "Put your answer in place of", wrong)


def take_the_start_page(page, address):
    open_notebook(page, address, start_page().name)
    run_all_and_save(page)
    take(page, "start", "PyTorch, hands on")


def take(page, name, text, last=None):
    """Take a picture of the window from the cell with this text on, or of the cells to a last."""
    page.evaluate(SCROLL, text)
    page.mouse.move(2, SIZE["height"] - 2)
    page.wait_for_timeout(500)
    clip = None
    if last:
        clip = page.locator(".jp-NotebookPanel-notebook:visible").bounding_box()
        end = last.bounding_box()
        clip["height"] = end["y"] + end["height"] - clip["y"] + 8
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip)))
    few = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    few.save(IMAGES / f"lab_{name}.png", optimize=True)
    print(f"docs/images/lab_{name}.png")


if __name__ == "__main__":
    main()
