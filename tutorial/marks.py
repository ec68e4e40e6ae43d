"""Marks: what came of a submission, and the table of all of them."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tutorial.notebooks import whole_file
from tutorial.report import plain

MARKS = {"correct": "✓", "wrong": "✗", "unanswered": "☐", "look": "?", "missing": "–"}
POINTS = {"correct": "1", "wrong": "0", "look": "?"}


@dataclass
class Graded:
    """What came of one submission.

    Attributes
    ----------
    name : str
        Whose it is.
    lesson : str
        The lesson's name.
    marks : dict of str to str
        For each exercise ``correct``, ``wrong``, ``unanswered``, ``missing`` or ``look``: the check
        says that it is correct, and may have been deceived.
    remarks : list of str
        For the teacher.
    words : dict of str to str
        A hash of each answer that is long enough to be somebody's own.
    failed : bool
        Whether the file could not be read.
    kept : bool
        Whether this is the result of an earlier command.
    seconds : float
    """

    name: str
    lesson: str
    marks: dict[str, str]
    remarks: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    kept: bool = False
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many answers are correct (int)."""
        return [*self.marks.values()].count("correct")


def tell_equal(results: Sequence[Graded]) -> None:
    """Add to the remarks whose answers are equal, letter by letter.

    Parameters
    ----------
    results : sequence of Graded
    """
    groups = defaultdict(list)
    for result in results:
        for exercise, words in result.words.items():
            groups[result.lesson, exercise, words].append(result)
    for (_, exercise, _), group in groups.items():
        for result in group if len(group) > 1 else ():
            names = [plain(other.name) for other in group if other is not result]
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            result.remarks.append(f"{exercise} equals that of {', '.join(names[:3])}{more}")


def write_marks(results: Sequence[Graded], path: Path) -> None:
    """Write a table: one line for each submission, a column for each exercise, total, remarks.

    Parameters
    ----------
    results : sequence of Graded
    path : pathlib.Path
        Of the CSV file; it appears whole or not at all. No word in it is a spreadsheet's formula.
    """
    exercises = list(dict.fromkeys(name for result in results for name in result.marks))
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8-sig") as file:
        table = csv.writer(file)
        table.writerow(["name", "lesson", *exercises, "total", "remarks"])
        for result in results:
            points = [POINTS.get(result.marks.get(name, ""), "") for name in exercises]
            name, remarks = _as_text(result.name), _as_text("; ".join(result.remarks))
            table.writerow([name, result.lesson, *points, result.total, remarks])


def _as_text(words: str) -> str:
    words = plain(words)
    return f"'{words}" if words.startswith(("=", "+", "-", "@")) else words
