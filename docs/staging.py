"""What the site is made of: lessons, covers, cards and the README, copied to ``docs/lessons/``."""

import base64
import importlib
import io
import json
import os
import re
import shutil
from pathlib import Path
from statistics import median

import nbformat
from PIL import Image, ImageOps

from helpers.exercises import CHECK, QUESTIONS
from helpers.lesson import EXERCISE_MIME, RECORD_MIME
from tutorial.notebooks import without_outputs
from tutorial.project import find_lessons, find_topics

DOCS = Path(__file__).parent
ROOT = DOCS.parent
STAGED = DOCS / "lessons"
EXTRA = STAGED / "extra"  # goes to the root of the site as it is
COVERS = {  # the picture on a lesson's card: its cell, and which part of it, from 0 to 1
    "01": ("code-303", (0.5, 0.0, 1.0, 1.0)),
    "02": ("code-314", (0.0, 0.05, 1.0, 1.0)),
    "03": ("code-308", (0.51, 0.1, 1.0, 0.9)),
    "04": ("code-304", (0.33, 0.0, 1.0, 1.0)),
    "05": ("code-8", (0.205, 0.0, 0.7, 0.3)),
    "06": ("code-24", (0.17, 0.48, 0.67, 0.98)),
    "07": ("code-37", (0.0, 0.0, 0.67, 0.5)),
    "08": ("code-57", (0.0, 0.0, 0.63, 0.5)),
    "09": ("code-54", (0.0, 0.0, 1.0, 1.0)),
    "10": ("code-34", (0.0, 0.0, 1.0, 1.0)),
    "11": ("code-48", (0.0, 0.0, 1.0, 1.0)),
    "12": ("code-201", (0.43, 0.0, 1.0, 1.0)),
}
COVER = (600, 320)  # pixels, two for each of the screen's
PREVIEW = (1200, 630)  # the size that social sites ask for
PREDICT = re.compile(r"^\*\*Predict:\*\* *(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
TERM = re.compile(r"^\| (.+?) \| .*\]\(\.\./notebooks/(\w+)\.ipynb\) \|$", re.MULTILINE)
PAPER = 245  # brighter is nothing but paper
MARKER = 20  # pixels; a square of this size that is all ink is more than a marker or a letter


def glossary():
    """Return each term of the glossary with the lesson that introduces it."""
    return TERM.findall((DOCS / "glossary.md").read_text(encoding="utf-8"))


def repository():
    """Return the address of the repository, if GITHUB_REPOSITORY names one, and its branch."""
    name = os.environ.get("GITHUB_REPOSITORY")
    return name, os.environ.get("GITHUB_REF_NAME", "main")


def stage(with_preview):
    """Copy every lesson with its cover, their cards for the first page, and the README."""
    shutil.rmtree(STAGED, ignore_errors=True)
    (EXTRA / "notebooks").mkdir(parents=True)
    cards = []
    for path in find_lessons():
        notebook = nbformat.read(path, as_version=4)
        cell, part = COVERS[path.name[:2]]
        found = next(picture(c) for c in notebook.cells if c.id == cell)
        cover(found.data["image/png"], part).save(STAGED / f"{path.stem}.webp", quality=85)
        cards.append(card(path.stem, notebook, found.metadata["image/png"]["alt"]))
        stage_page(path, notebook)
    for path in find_topics():
        stage_page(path, nbformat.read(path, as_version=4))
    (STAGED / "cards.txt").write_text("\n\n".join(cards), encoding="utf-8")
    (STAGED / "result.txt").write_text(result(), encoding="utf-8")
    (STAGED / "handbook.md").write_text(handbook(), encoding="utf-8")
    if with_preview:
        preview().save(EXTRA / "preview.png", optimize=True)


def stage_page(path, notebook):
    """Write a notebook as a page of the site, and without outputs for those who want the file."""
    nbformat.write(without_outputs(notebook), EXTRA / "notebooks" / path.name)
    notebook.cells[0].source += f"\n\n{ways_in(path)}"
    prepare_outputs(notebook)
    fold(notebook)
    nbformat.write(notebook, STAGED / path.name)


def handbook():
    """Return the README as a page of the site, without the pictures that the first page shows."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"<picture>.*?</picture>\n\n\*[^*]+\*\n\n", "", text, flags=re.DOTALL)
    text = re.sub(r"!\[[^\]]+\]\(\S+\)\n\n", "", text)
    text = text.replace("](notebooks/", "](").replace("](docs/", "](../")
    text = re.sub(r"\[([^\]]+)\]\((?!https?:|\.\./|\d\d_)[^)]*\)", r"\1", text)
    return text.replace("# PyTorch, hands on", "# Handbook", 1)


def result():
    """Say in a line what lesson 08 gains, as ``benchmarks/accuracy.py`` measured it."""
    measured = json.loads((ROOT / "benchmarks/results/accuracy.json").read_text("utf-8"))
    figures = {figure["name"]: figure["values"] for figure in measured["figures"]}
    slow, fast = "published recipe, 2 workers", "55 %, soonest"
    before, after = (median(figures[f"{name}, seconds"]) for name in (slow, fast))
    first, then = (median(figures[f"{name}, accuracy"]) for name in (slow, fast))
    return (
        f"In lesson 08: **{before:.0f} s → {after:.1f} s** to the same accuracy "
        f"({first:.0f} %, then {then:.0f} %), on two processor cores."
    )


def preview():
    """Return the picture that a link to the site is shown with: the guesses of lesson 06."""
    with Image.open(DOCS / "images" / "guesses.png") as guesses:
        guesses = guesses.convert("RGB")
    guesses.thumbnail(PREVIEW, Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", PREVIEW, "white")
    sheet.paste(guesses, tuple((a - b) // 2 for a, b in zip(PREVIEW, guesses.size, strict=True)))
    return sheet.quantize(256)


def ways_in(path):
    """Write where to get a lesson: the file; of a known repository, Colab, Binder, the source."""
    links = [("Download this notebook", f"../notebooks/{path.name}")]
    name, branch = repository()
    if name:
        file = f"notebooks/{path.name}"
        links += [
            (
                "open it in Colab",
                f"https://colab.research.google.com/github/{name}/blob/{branch}/{file}",
            ),
            ("in Binder", f"https://mybinder.org/v2/gh/{name}/{branch}?urlpath=lab/tree/{file}"),
            ("edit it", f"https://github.com/{name}/edit/{branch}/{file}"),
        ]
    written = " · ".join(f'<a href="{address}">{words}</a>' for words, address in links)
    helped = "It runs beside the project’s <code>helpers</code>"
    if name:
        helped += ', which <a href="../setup.html#on-a-server">Colab</a> is given first'
    return f'<p class="ways-in">{written}. {helped}.</p>'


def fold(notebook):
    """Fold what a reader is to ask for: what was predicted, code that only draws, hints."""
    asked = QUESTIONS.search("\n".join(cell.source for cell in notebook.cells))
    questions = asked and importlib.import_module(f"helpers.questions.{asked[1]}")
    cells, predicted = [], False
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../docs/", "](../")
            cell.source, asked = PREDICT.subn(predict_box, cell.source)
            predicted = bool(asked)
            continue
        tags, words = cell.metadata.setdefault("tags", []), cell.metadata.setdefault("mystnb", {})
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            tags.append("hide-input")
            first = re.match(r"# (.+)\n", cell.source)
            if title := "parameters" if "parameters" in tags else first and first[1]:
                words["code_prompt_show"] = f"Show the {{type}}: {title}"
                words["code_prompt_hide"] = f"Hide the {{type}}: {title}"
        if predicted:
            tags.append("hide-output")
            words.setdefault("code_prompt_show", "You have predicted? Show the {type}")
        if found := CHECK.search(cell.source):
            cell.outputs = []
            helped = folded_help(getattr(questions, found["name"]))
            cells.append(nbformat.v4.new_markdown_cell(helped))
    notebook.cells = cells


def predict_box(found):
    """Write a question as a box of its own."""
    question = found[1][0].upper() + found[1][1:]
    return f":::{{admonition}} Predict\n:class: predict\n\n{question}\n:::"


def folded_help(exercise):
    """Write an exercise's hints and its solution, folded."""
    parts = [(f"Hint {number}", hint) for number, hint in enumerate(exercise.hints, 1)]
    parts.append(("Solution", f"```python\n{exercise.code}\n```"))
    folds = (f"<details><summary>{name}</summary>\n\n{text}\n\n</details>" for name, text in parts)
    return "\n\n".join(folds)


def picture(cell):
    """Return the cell's output that holds a picture, if there is one."""
    return next(
        (out for out in cell.get("outputs", ()) if "image/png" in out.get("data", {})), None
    )


def prepare_outputs(notebook):
    """Say a picture's words where MyST-NB looks for them, lighten it; leave out what is no text."""
    for cell in notebook.cells:
        if found := picture(cell):
            about = found.metadata["image/png"]
            shown = open_picture(found.data["image/png"])
            words = {"alt": about["alt"], "classes": "plain" if is_drawn(shown) else "pictured"}
            cell.metadata["mystnb"] = {"image": words}
            mime, data = lightest(shown)
            found.metadata[mime] = found.metadata.pop("image/png")
            del found.data["image/png"]
            found.data[mime] = base64.b64encode(data).decode("ascii")
        for output in cell.get("outputs", ()):
            for mime in (RECORD_MIME, EXERCISE_MIME):
                output.get("data", {}).pop(mime, None)


def open_picture(png):
    """Return the picture in an output, on white paper."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def lightest(image):
    """Return the MIME type and the bytes of a picture: PNG for drawings, JPEG for photographs."""
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.quantize(256, dither=Image.Dither.NONE).save(png, "PNG", optimize=True)
    image.save(jpeg, "JPEG", quality=85, subsampling=0, optimize=True)
    light = {"image/png": png.getvalue(), "image/jpeg": jpeg.getvalue()}
    return min(light.items(), key=lambda kind: len(kind[1]))


def is_drawn(image):
    """Tell lines and letters, which may be turned light on dark, from photographs and colours."""
    ink = image.convert("L").point(lambda value: 255 if value < PAPER else 0)
    return ink.reduce(MARKER).getextrema()[1] < 255


def cover(png, part):
    """Cut a card's picture out of a figure: all of the part, on paper of one shape."""
    image = open_picture(png)
    image = image.crop(tuple(round(p * s) for p, s in zip(part, image.size * 2, strict=True)))
    image = ImageOps.contain(image, COVER, Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", COVER, "white")
    sheet.paste(image, tuple((a - b) // 2 for a, b in zip(COVER, image.size, strict=True)))
    return sheet


def card(stem, notebook, alt):
    """Write a lesson's card from its first cell: picture, title, what one learns, minutes."""
    title, _, table = notebook.cells[0].source.split("\n\n")[:3]
    able, minutes, _ = table.splitlines()[2].strip("| ").split(" | ")
    read = re.search(r"\d+ to read", minutes)[0].replace(" to", " min to")
    run = re.search(r"[\w ]*\d+ to run", minutes)[0].strip().replace(" to run", " min to run")
    learnt = able if len(able) < 100 else able[:100].rpartition("; ")[0]
    return (
        f"::::{{grid-item-card}} {title.lstrip('# ')}\n:link: lessons/{stem}\n:link-type: doc\n"
        f":img-top: lessons/{stem}.webp\n:img-alt: {alt}\n\n"
        f"{learnt[0].upper()}{learnt[1:]}.\n\n:::{{div}} minutes\n{read}, {run}\n:::\n::::"
    )
