"""No prediction is answered before it is asked for; ``predictions.py`` lists the answers."""

import re
from itertools import takewhile

import nbformat
import pytest
from predictions import ANSWERS

from tutorial.project import find_lessons

LESSONS = {path.stem: nbformat.read(path, as_version=4).cells for path in find_lessons()}
FOLD = re.compile(r"<details>\s*<summary>Compare</summary>\n\n(.*?)\n\n</details>", re.DOTALL)
CASES = [
    (stem, number, cell)
    for stem, cells in LESSONS.items()
    for number, cell in enumerate(cells)
    if cell.cell_type == "markdown" and "**Predict:**" in cell.source and number > 1
]
each_prediction = pytest.mark.parametrize(
    ("stem", "number", "cell"), CASES, ids=[f"{stem}-{cell.id}" for stem, _, cell in CASES]
)


def plain(text):
    return re.sub(r"[*_`$\s]+", " ", text).casefold()


def seen_unasked(cell):
    """Return what a reader sees of a cell without unfolding or running it."""
    if cell.cell_type == "markdown":
        return FOLD.sub("", cell.source)
    return "" if cell.metadata.get("jupyter", {}).get("source_hidden") else cell.source


def run_for_it(stem, number):
    """Return the code cells that follow a question."""
    rest = LESSONS[stem][number + 1 :]
    return list(takewhile(lambda cell: cell.cell_type == "code", rest))


def test_every_lesson_asks_for_predictions_and_lists_their_answers():
    asked = {(stem, cell.id) for stem, _, cell in CASES}
    assert asked == {(stem, name) for stem, answers in ANSWERS.items() for name in answers}
    assert {stem for stem, _, _ in CASES} == LESSONS.keys()


@each_prediction
def test_a_question_comes_last_and_its_code_at_once(stem, number, cell):
    assert cell.source.split("\n\n")[-1].startswith("**Predict:**")
    to_try = "Write down" in cell.source  # by the reader, who changes a parameter
    assert to_try or run_for_it(stem, number)


@each_prediction
def test_the_answer_is_folded_behind_the_code(stem, number, cell):
    code = run_for_it(stem, number)
    after = LESSONS[stem][number + 1 + len(code)].source
    assert after.startswith("<details>") or "**Predict:**" in after  # two questions, one answer
    fold = next(filter(None, (FOLD.search(one.source) for one in LESSONS[stem][number + 1 :])))
    outputs = [
        str(output.get("text", output.get("data"))) for one in code for output in one.outputs
    ]
    there = plain(" ".join([fold[1], *outputs]))
    assert plain(ANSWERS[stem][cell.id]).strip() in there


@each_prediction
def test_nothing_before_the_fold_gives_the_answer(stem, number, cell):
    last = number + len(run_for_it(stem, number))
    before = " ".join(seen_unasked(one) for one in LESSONS[stem][: last + 1])
    assert plain(ANSWERS[stem][cell.id]).strip() not in plain(before)
