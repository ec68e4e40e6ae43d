"""Every lesson keeps the pattern: fast checks of the stored files, no kernel."""

import ast
import copy
import importlib
import importlib.util
import re
import statistics
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from notebook_checker.comparison import AN_ERROR
from tutorial.notebooks import normalise, parameters_cell
from tutorial.project import find_lessons, find_topics, start_page

ROOT = Path(__file__).parent.parent
LESSONS = find_lessons()
PAGES = [start_page(), *LESSONS, *find_topics()]
COPIES = sorted((ROOT / "tests" / "contract").glob("*.ipynb"))

LONGEST_CELL = 25  # lines; what a reader takes in at a glance
MEDIAN_CELL = 6  # lines, over the whole suite
LONGEST_READING = 25 * 200  # words: 25 minutes at 200 words a minute
LARGEST_FILE = 2_000_000  # bytes; pictures included
ABSOLUTE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|Users|tmp|usr|opt|mnt|var|work)/|\b[A-Z]:\\")


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def markdown(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell.outputs]


def test_there_are_lessons():
    assert LESSONS


def notebooks(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


@notebooks(PAGES)
def test_one_title_comes_first_and_no_heading_level_is_skipped(path):
    text = re.sub(r"```.*?```", "", "\n\n".join(markdown(path)), flags=re.DOTALL)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.MULTILINE)]
    assert read(path).cells[0].source.startswith("# ")
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


@notebooks(PAGES + COPIES)
def test_every_picture_has_alternative_text(path):
    for output in outputs(path):
        if "image/png" in output.get("data", {}):
            assert len(output.metadata.get("image/png", {}).get("alt", "")) > 10


@notebooks(LESSONS)
def test_every_picture_has_words_beside_it(path):
    for cell in code_cells(path):
        kinds = [set(output.get("data", ())) for output in cell.outputs]
        pictures = sum("image/png" in kind for kind in kinds)
        assert sum("text/markdown" in kind for kind in kinds) >= pictures, cell.source


@notebooks(PAGES + COPIES)
def test_no_output_is_an_error_or_a_warning(path):
    for output in outputs(path):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text


@notebooks(PAGES + COPIES)
def test_no_absolute_path_is_written_anywhere(path):
    text = [cell.source for cell in read(path).cells]
    for output in outputs(path):
        text += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    assert not [found for part in text for found in ABSOLUTE_PATH.findall(part)]


@notebooks(PAGES)
def test_no_code_cell_is_too_long(path):
    for cell in code_cells(path):
        without_imports = re.sub(r"^from \w+ import \(.*?^\)$", "", cell.source, flags=re.M | re.S)
        assert len(without_imports.splitlines()) <= LONGEST_CELL, cell.source


@pytest.mark.parametrize("path", [*LESSONS[:4], *COPIES], ids=lambda path: path.stem)
def test_nearly_all_outputs_are_compared(path):
    cells = code_cells(path)
    ignored = [cell for cell in cells if "nbval-ignore-output" in cell.metadata.get("tags", [])]
    assert len(ignored) <= len(cells) / 10


def test_the_median_code_cell_is_short():
    lengths = [len(cell.source.splitlines()) for path in LESSONS for cell in code_cells(path)]
    assert statistics.median(lengths) <= MEDIAN_CELL


@notebooks(LESSONS)
def test_a_lesson_is_read_in_25_minutes(path):
    assert len(" ".join(markdown(path)).split()) <= LONGEST_READING


@notebooks(PAGES + COPIES)
def test_the_file_is_small_enough_to_review(path):
    assert path.stat().st_size <= LARGEST_FILE


@notebooks(PAGES)
def test_relative_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", "\n".join(markdown(path))):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target


@notebooks(LESSONS)
def test_one_cell_of_parameters_typed_and_commented(path):
    tagged = [cell for cell in code_cells(path) if "parameters" in cell.metadata.get("tags", ())]
    assert len(tagged) == 1
    lines = parameters_cell(read(path)).source.splitlines()
    for line in lines:
        assert re.fullmatch(r"[a-z_]+: (int|float|str|bool) = [^#]+  # \S.*", line), line
    assert any(line.startswith("seed: int") for line in lines)


@notebooks(PAGES)
def test_every_code_cell_was_executed_in_order(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@notebooks(PAGES + COPIES)
def test_the_file_holds_nothing_that_no_author_wrote(path):
    notebook = read(path)
    assert normalise(copy.deepcopy(notebook)) == notebook


@notebooks(LESSONS)
def test_links_to_the_lessons_before_and_after_are_right(path):
    place = LESSONS.index(path)
    neighbours = {lesson.name for lesson in LESSONS[max(place - 1, 0) : place + 2]} - {path.name}
    last = read(path).cells[-1]
    assert last.cell_type == "markdown"
    linked = set(re.findall(r"\]\((\d\d_\w+\.ipynb)\)", last.source))
    assert linked == neighbours


@notebooks(PAGES)
def test_every_name_taken_from_the_helpers_exists(path):
    used = 0
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "helpers":
                module = importlib.import_module(node.module)
                for name in node.names:
                    whole = f"{node.module}.{name.name}"
                    is_module = hasattr(module, "__path__") and importlib.util.find_spec(whole)
                    assert hasattr(module, name.name) or is_module, whole
                    used += 1
    assert used


@notebooks(LESSONS + [copy for copy in COPIES if copy.name[:2].isdecimal()])
def test_every_lesson_shows_an_error_on_purpose_marked_as_one(path):
    cells = [cell for cell in code_cells(path) if "with expect(" in cell.source]
    assert cells
    for cell in cells:
        assert AN_ERROR in [output.get("metadata") for output in cell.outputs]


def test_the_readme_lists_every_lesson_and_no_other():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\|.*?\]\(notebooks/(\d\d_\w+\.ipynb)\)", readme, re.MULTILINE)
    assert listed == [lesson.name for lesson in LESSONS]


@pytest.mark.parametrize(
    ("page", "row"), [("README.md", r"\[{}\]"), ("docs/teaching.md", r"\[{} ")]
)
@notebooks(LESSONS)
def test_the_minutes_to_read_are_the_same_everywhere(path, page, row):
    text = (ROOT / page).read_text(encoding="utf-8")
    line = re.search(rf"^\| {row.format(path.name[:2])}.*$", text, re.MULTILINE)[0]
    minutes = re.search(r"\| (\d+) to read", markdown(path)[0])[1]
    assert f"| {minutes} |" in line
