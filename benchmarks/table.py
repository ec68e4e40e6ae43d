"""Write the table of docs/performance.md from benchmarks/results/*.json.

Run it after the benchmarks: ``python benchmarks/table.py``; ``--check`` only compares.
"""

import argparse
import json
import sys
from pathlib import Path

from report import spread, written

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- begin: benchmarks/table.py -->\n", "<!-- end -->\n"


def section(path):
    """Write one benchmark's figures as Markdown (str)."""
    found = json.loads(path.read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    heading, _, measured = found["title"].partition(": ")
    lines = [
        f"## {heading}",
        "",
        f"`python benchmarks/{path.stem}.py`: {measured}. Machine: {found['machine']}; {versions}.",
        "",
        "| figure | median | smallest to largest | measured | wanted |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in found["figures"]:
        middle, low, high = map(written, spread(one["values"]))
        between = f"{low} to {high}" if len(one["values"]) > 1 else "–"
        times = f"{len(one['values'])} ×"
        value = f"{middle} {one['unit']}".strip()
        lines.append(f"| {one['name']} | {value} | {between} | {times} | {one['goal'] or '–'} |")
    return "\n".join(lines) + "\n"


def page():
    """Return docs/performance.md as it should be (str)."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    sections = "\n".join(section(path) for path in sorted(RESULTS.glob("*.json")))
    return f"{before}{BEGIN}\n{sections}\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if stale")
    if parser.parse_args().check:
        return int(page() != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
