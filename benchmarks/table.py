"""Write the tables of docs/performance.md and docs/teaching.md from benchmarks/results/*.json.

Run it after the benchmarks: ``python benchmarks/table.py``; ``--check`` only compares.
"""

import argparse
import json
import sys
from pathlib import Path

from report import spread, written

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PAGES = [ROOT / "docs" / "performance.md", ROOT / "docs" / "teaching.md"]
BEGIN, END = "<!-- begin: benchmarks/table.py -->\n", "<!-- end -->\n"


def section(path):
    """Write one benchmark's figures as Markdown (str)."""
    found = json.loads(path.read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    heading, _, measured = found["title"].partition(": ")
    script = path.stem.partition("-")[0]  # class-cuda.json is class.py's, too
    lines = [
        f"## {heading}",
        "",
        f"`python benchmarks/{script}.py`: {measured}. Machine: {found['machine']}; {versions}.",
        "",
        "| figure | median | smallest to largest | measured | wanted |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in found["figures"]:
        middle, low, high = map(written, spread(one["values"]))
        between = f"{low} to {high}" if len(one["values"]) > 1 else "–"
        times = f"{len(one['values'])} ×"
        value = f"{middle} {one['unit']}".strip()
        name = f"`{one['name']}`" if "--" in one["name"] else one["name"]  # no dash
        lines.append(f"| {name} | {value} | {between} | {times} | {one['goal'] or '–'} |")
    return "\n".join(lines) + "\n"


def classroom():
    """Write what a class needs of a server, measured and multiplied, as Markdown (str)."""
    found = json.loads((RESULTS / "class.json").read_text(encoding="utf-8"))
    values = medians(found)
    columns = ["finished", "a cell, median", "a cell, 95th percentile", "private memory"]
    how = found["title"].partition(": ")[2]
    lines = [
        f"`python benchmarks/class.py`: {how}. Machine: {found['machine']}.",
        "",
        f"| who, and what | {' | '.join(columns)} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for who in (name.partition(": ")[0] for name in values if name.endswith(": finished")):
        row = [values.get(f"{who}: {column}", 0) for column in columns]
        many, median, late, memory = map(written, row)
        lines.append(f"| {who} | {many} | {median} s | {late} s | {memory} MB |")
    with_cuda = json.loads((RESULTS / "class-cuda.json").read_text(encoding="utf-8"))
    server, one, more = memory_of(values), learner(values), learner(medians(with_cuda))
    lines += [
        "",
        f"A learner's Jupyter server takes {server:.0f} MB besides. With the largest kernel of the",
        f"table that is {one:.0f} MB a learner:",
        f"**{30 * one / 1000:.0f} GB for 30 learners, {300 * one / 1000:.0f} GB for 300**,",
        f"and what the system needs itself. With CUDA it is {more:.0f} MB a learner:",
        f"{30 * more / 1000:.0f} GB and {300 * more / 1000:.0f} GB.",
    ]
    return "\n".join(lines) + "\n"


def medians(found):
    """Return the median of each figure by its name (dict)."""
    return {one["name"]: spread(one["values"])[0] for one in found["figures"]}


def memory_of(values):
    """Return the private memory of a learner's server, in MB (float)."""
    return values["a learner's Jupyter server: private memory"]


def learner(values):
    """Return what a server needs for a learner with the largest kernel, in MB (float)."""
    kernels = (value for name, value in values.items() if name.endswith(": private memory"))
    return memory_of(values) + max(kernels)


def page(path):
    """Return a page as it should be (str)."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    sections = "\n".join(
        section(path) for path in sorted(RESULTS.glob("*.json"), key=lambda path: path.stem)
    )
    tables = classroom() if path.stem == "teaching" else sections
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if stale")
    if parser.parse_args().check:
        return int(any(page(path) != path.read_text(encoding="utf-8") for path in PAGES))
    for path in PAGES:
        path.write_text(page(path), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
