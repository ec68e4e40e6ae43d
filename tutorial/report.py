"""What commands print about runs: a line for each as it ends, a table when all have."""

import sys
from collections.abc import Sequence
from typing import Any

from tutorial.execute import Result


def numbers(result: Result) -> dict[str, float]:
    """Return the figures of merit of a run.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to int or float
        What it recorded, but for words, truth values, and what it was given.
    """
    return {
        name: value
        for name, value in result.metrics.items()
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and name not in result.parameters
    }


def columns(result: Result) -> dict[str, Any]:
    """Gather what tells a run from the others: what it was given, what it measured.

    Parameters
    ----------
    result : Result

    Returns
    -------
    dict of str to object
        Numbers that were measured are rounded to four digits.
    """
    return result.parameters | {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in numbers(result).items()
    }


def print_line(result: Result, number: int, total: int) -> None:
    """Print how a run went, as it ends.

    Parameters
    ----------
    result : Result
    number, total : int
        How many have ended so far, and how many there are.
    """
    words = " ".join([result.lesson, *(f"{n}={v}" for n, v in columns(result).items())])
    line = f"[{number}/{total}] {result.status:6} {result.seconds:6.1f} s  {words}"
    if result.status == "failed":
        line += f" failed in {result.error}; see {result.notebook}"
    print(line, flush=True, file=sys.stderr if result.status == "failed" else sys.stdout)


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows of words and numbers, aligned.

    Parameters
    ----------
    rows : sequence of dict
        Those of all names that occur in any row become columns; what a row lacks is a dash.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    table = [dict.fromkeys(names, "–") | row for row in rows]
    print()
    for row in [{name: name for name in names}, *table]:
        cells = []
        for name, value in row.items():
            width = max(len(str(line[name])) for line in [{name: name}, *table])
            number = isinstance(table[0][name], int | float)
            cells.append(f"{value!s:>{width}}" if number else f"{value!s:{width}}")
        print("  ".join(cells).rstrip())
