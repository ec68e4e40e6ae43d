"""The pictures of the start page, taken from what the lessons show."""

import base64
import io
import re

from tutorial.errors import TutorialError
from tutorial.notebooks import NotebookNode, read
from tutorial.project import find_lessons

NAMED = re.compile(r"attachment:((\d\d)_([a-z]+-\d+)\.png)")
WIDTH = 780  # pixels: twice what a page of two columns has room for, for sharp screens
COLOURS = 256


def hang_pictures(page: NotebookNode) -> None:
    """Give a page the pictures that its Markdown names: ``attachment:06_code-24.png``.

    Parameters
    ----------
    page : nbformat.NotebookNode
        Changed in place. A name is the number of a lesson and the id of its cell: what that cell
        shows becomes a small picture of few colours.

    Raises
    ------
    TutorialError
        If a cell is not there, or shows no picture.
    """
    for cell in page.cells:
        if cell.cell_type == "markdown" and (named := NAMED.findall(cell.source)):
            cell.attachments = {
                file: {"image/png": _small(_stored(lesson, cell_id))}
                for file, lesson, cell_id in named
            }


def _stored(lesson: str, cell_id: str) -> bytes:
    """Return the picture that is stored in a cell of a lesson."""
    cells = read(find_lessons([lesson])[0]).cells
    outputs = [
        out for cell in cells if cell.get("id") == cell_id for out in cell.get("outputs", ())
    ]
    for output in outputs:
        if png := output.get("data", {}).get("image/png"):
            return base64.b64decode(png)
    raise TutorialError(f"lesson {lesson} has no picture in a cell '{cell_id}': name another one")


def _small(png: bytes) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as stored:
        image = stored.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB")
    image.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    all_of_them = Image.Quantize.MAXCOVERAGE  # rare ones too; the usual way takes blue for grey
    few = image.quantize(COLOURS, all_of_them, dither=Image.Dither.NONE)
    small = io.BytesIO()
    few.save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()
