"""What commands print: lines that nothing can steer a screen with, and tables."""

import re
from collections.abc import Sequence
from typing import Any

LINE = 300  # characters of a message in a terminal or a table
STEERING = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)")


def plain(text: str) -> str:
    """Make words fit for a terminal and a table.

    Parameters
    ----------
    text : str
        Whatever a notebook said.

    Returns
    -------
    str
        One short line, without anything that steers a screen.
    """
    text = STEERING.sub("", text)
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(line.split())
    return line if len(line) <= LINE else f"{line[:LINE]}…"


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows of words and numbers, aligned.

    Parameters
    ----------
    rows : sequence of dict
        Those of all names that occur in any row become columns; what a row lacks is a dash.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([str(row.get(name, "–")) for name in names] for row in rows)]
    numeric = [isinstance(rows[0].get(name), int | float) for name in names]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print()
    for line in lines:
        columns = zip(line, widths, numeric, strict=True)
        cells = [
            text.rjust(width) if right else text.ljust(width) for text, width, right in columns
        ]
        print("  ".join(cells).rstrip())
