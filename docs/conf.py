"""The static site: the stored lessons and the pages of this folder, nothing from outside.

``make site`` builds it into ``docs/_build/html``. The lessons and the README are copied into
``docs/lessons/`` first, with what a page needs that a notebook does not have.
"""

import base64
import importlib
import re
import shutil
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

from helpers.exercises import CHECK, QUESTIONS
from helpers.lesson import EXERCISE_MIME, RECORD_MIME
from tutorial.project import find_lessons, find_topics

DOCS = Path(__file__).parent
ROOT = DOCS.parent
STAGED = DOCS / "lessons"
COVERS = {  # the picture of each lesson that stands on the first page
    "01": "code-303",
    "02": "code-314",
    "03": "code-308",
    "04": "code-304",
    "05": "code-8",
    "06": "code-24",
    "07": "code-37",
    "08": "code-57",
    "09": "code-54",
    "10": "code-34",
    "11": "code-48",
    "12": "code-201",
}

PREDICT = re.compile(r"^\*\*Predict:\*\* *(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)

project = "PyTorch, hands on"
author = "The pytorch-tutorial-notebooks contributors"
project_copyright = author
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",  # served from there, folders with an underscore stay
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
nb_execution_mode = "off"  # the outputs are the stored ones, which the tests hold to account
autodoc_member_order = "bysource"
suppress_warnings = ["ref.python"]  # a word of a type, such as path, may be some attribute's name
napoleon_google_docstring = False
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_favicon = "_static/logo.svg"
html_copy_source = False
html_math_renderer = "mathml"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {
    "light_logo": "logo.svg",
    "dark_logo": "logo.svg",
    "light_css_variables": {
        "color-brand-primary": "#005c92",
        "color-brand-content": "#005c92",
        "color-brand-visited": "#6b3fa0",
    },
    "dark_css_variables": {
        "color-brand-primary": "#6cc0f0",
        "color-brand-content": "#6cc0f0",
        "color-brand-visited": "#c4a0f0",
    },
}


def setup(app):
    """Copy the lessons, and teach Sphinx what it does not know."""
    app.connect("config-inited", lambda *_: stage())
    app.connect("source-read", link_to_the_copies)
    app.connect("html-page-context", give_captions_a_level, priority=900)  # after the theme
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))


def stage():
    """Copy every lesson with its cover, their cards for the first page, and the README."""
    shutil.rmtree(STAGED, ignore_errors=True)
    STAGED.mkdir()
    cards = []
    for path in find_lessons():
        notebook = nbformat.read(path, as_version=4)
        prepare_outputs(notebook)
        fold(notebook)
        nbformat.write(notebook, STAGED / path.name)
        cover = next(picture(c) for c in notebook.cells if c.id == COVERS[path.name[:2]])
        (STAGED / f"{path.stem}.png").write_bytes(base64.b64decode(cover.data["image/png"]))
        cards.append(card(path.stem, notebook, cover.metadata["image/png"]["alt"]))
    for path in find_topics():
        notebook = nbformat.read(path, as_version=4)
        prepare_outputs(notebook)
        fold(notebook)
        nbformat.write(notebook, STAGED / path.name)
    (STAGED / "cards.txt").write_text("\n\n".join(cards), encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = readme.replace("](notebooks/", "](").replace("](docs/", "](../")
    readme = re.sub(r"\[([^\]]+)\]\((?!https?:|\.\./|\d\d_)[^)]*\)", r"\1", readme)
    readme = readme.replace("# PyTorch, hands on", "# Handbook", 1)
    (STAGED / "handbook.md").write_text(readme, encoding="utf-8")


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
            if title := re.match(r"# (.+)\n", cell.source):
                words["code_prompt_show"] = f"Show the {{type}}: {title[1]}"
                words["code_prompt_hide"] = f"Hide the {{type}}: {title[1]}"
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
    """Say a picture's alternative text where MyST-NB looks for it; leave out what is no text."""
    for cell in notebook.cells:
        if found := picture(cell):
            cell.metadata["mystnb"] = {"image": {"alt": found.metadata["image/png"]["alt"]}}
        for output in cell.get("outputs", ()):
            for mime in (RECORD_MIME, EXERCISE_MIME):
                output.get("data", {}).pop(mime, None)


def card(stem, notebook, alt):
    """Write a lesson's card: its picture, its title, and the first sentence of its promise."""
    title, promise = notebook.cells[0].source.split("\n\n")[:2]
    sentence = re.split(r"(?<=[.:?]) ", promise)[0].replace(":", ".")
    return (
        f":::{{grid-item-card}} {title.lstrip('# ')}\n:link: lessons/{stem}\n:link-type: doc\n"
        f":img-top: lessons/{stem}.png\n:img-alt: {alt}\n\n{sentence}\n:::"
    )


def link_to_the_copies(app, name, source):
    """Let links of these pages to notebooks find the copies; others' targets are not here."""
    text = source[0].replace("](../notebooks/", "](lessons/")
    if name == "glossary":  # a list of definitions reads better on a telephone than a table
        text = re.sub(r"^\| (term|---) \|.*\n", "", text, flags=re.MULTILINE)
        text = re.sub(
            r"^\| (.+?) \| (.+?) \| (.+?) \|$", r"\n\1\n: \2 (\3)", text, flags=re.MULTILINE
        )
    if name.count("/") == 0:
        text = re.sub(r"(?<!!)\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", text)
    source[0] = text


def give_captions_a_level(app, name, template, context, doctree):
    """Say of which level the headings in the sidebar are; a screen reader asks for it."""
    tree = context.get("furo_navigation_tree", "")
    levelled = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    context["furo_navigation_tree"] = levelled


def inline_math(translator, node):
    """Write a formula as MathML, which every browser sets by itself, without a script."""
    translator.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def block_math(translator, node):
    """Write a formula on a line of its own as MathML."""
    translator.body.append(tex2mathml(node.astext(), as_block=True))
    raise nodes.SkipNode
