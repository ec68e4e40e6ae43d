"""The glossary and the lessons are in step: a term is printed bold where it is introduced."""

import re
from pathlib import Path

import nbformat
import pytest

from tutorial.project import find_lessons

ROOT = Path(__file__).parent.parent
NO_TERMS = {"predict", "sum"}  # of how to read a lesson; of a row in a table of lesson 02
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| \[(\d\d)\]\(\.\./notebooks/(\d\d_\w+\.ipynb)\) \|$")


def glossary():
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][2:]
    rows = [ROW.match(line) for line in table]
    assert all(rows), [line for line, row in zip(table, rows, strict=True) if not row]
    return {row[1].lower(): row[4] for row in rows}


def bold_terms(path):
    """Yield the bold words of a lesson, lower case; not sentences, numbers and code."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for term in re.findall(r"\*\*([^*]+)\*\*", cell.source):
                if re.search(r"[a-zA-Z]", term) and not re.search(r"[.:]$|%|`", term):
                    yield term.lower()


LESSONS = find_lessons()
FIRST = {}
for lesson in LESSONS:
    for term in bold_terms(lesson):
        FIRST.setdefault(term, lesson.name)


def test_each_term_is_introduced_in_the_lesson_that_the_glossary_names():
    assert {term: FIRST.get(term) for term in glossary()} == glossary()


def test_each_term_that_a_lesson_introduces_is_in_the_glossary():
    known = glossary().keys()
    for lesson in LESSONS:
        for term in set(bold_terms(lesson)) - NO_TERMS:
            assert {term, term.removesuffix("s")} & known, (lesson.name, term)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_ends_with_the_way_to_the_glossary(lesson):
    last = nbformat.read(lesson, as_version=4).cells[-1]
    assert "[glossary](../docs/glossary.md)" in last.source


def test_the_glossary_is_in_alphabetical_order():
    terms = [term for term in glossary() if term[0].isalpha()]
    assert terms == sorted(terms)
