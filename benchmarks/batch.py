"""How fast is a sweep of eight short runs, two at a time?

Run it with ``python benchmarks/batch.py [--rounds 3] [--json FILE]``.
Each round times, one after the other: ``tutorial sweep --jobs 2``, the same with ``--jobs 1``,
and eight ``papermill`` commands. A ratio is the median over the rounds.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from report import figure, report

RUNS = 8
WORK = """\
import time
end = time.process_time() + 1.5
while time.process_time() < end:
    sum(range(1000))
"""  # plain Python: what is measured is the batch, not how long PyTorch takes to load


def write_lesson(path):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    parameters = nbformat.v4.new_code_cell("seed: int = 0  # where the random numbers start")
    parameters.metadata["tags"] = ["parameters"]
    notebook.cells = [parameters, nbformat.v4.new_code_cell(WORK)]
    nbformat.write(notebook, path)
    return path


def seconds(*commands):
    start = time.perf_counter()
    for command in commands:
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return time.perf_counter() - start


def sweep(lesson, jobs):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tutorial", "sweep", lesson, "--seeds", RUNS]
        return seconds([*command, "--jobs", jobs, "--output", folder])


def papermill(lesson):
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "papermill", lesson]
        return seconds(*([*command, f"{folder}/{n}.ipynb", "-p", "seed", n] for n in range(RUNS)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lesson = write_lesson(Path(folder) / "short.ipynb")
        sweep(lesson, 2)  # once for the disk's cache
        rounds = [
            (sweep(lesson, 2), sweep(lesson, 1), papermill(lesson)) for _ in range(arguments.rounds)
        ]
    against = [("one at a time", 1, "1.7 or more"), ("eight papermill commands", 2, "3 or more")]
    figures = [
        figure(f"two at a time / {name}", [times[place] / times[0] for times in rounds], "×", goal)
        for name, place, goal in against
    ]
    figures.append(figure("a sweep of eight, two at a time", [r[0] for r in rounds], "s"))
    report(f"Batch: {RUNS} runs of 1.5 s of computing each", figures, arguments.json)


if __name__ == "__main__":
    main()
