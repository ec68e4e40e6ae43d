"""Can the stored outputs be trusted? Edit them and see each edit caught; leave them and see none.

Run it with ``python benchmarks/contract.py [--repeats 10] [--json FILE]``.
Mutations: every checked notebook is executed once, by pytest and the notebook checker as they are;
then each stored output is compared again after every edit of ``EDITS`` that it admits. Twice more
each notebook is run with a new first cell: one that kills its kernel, one that never ends.
Repeats: the unedited notebooks are checked over and over, every second time with another code
path of the same processor (``OTHER_PROCESSOR``).
"""

import argparse
import base64
import collections
import copy
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from PIL import Image, ImageOps
from report import figure, report

ROOT = Path(__file__).parents[1]
OTHER_PROCESSOR = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OMP_NUM_THREADS": "1",
}
FATAL = {
    "a dead kernel": ("import os; os._exit(1)", "the kernel died"),
    "an endless cell": ("while True: pass", "took longer than 2 s"),
}


def substitute(pattern, replacement):
    """Make an edit: the last match of a pattern in a cell's text, replaced."""

    def edit(cell, _):
        for output in reversed(cell.outputs):
            holder, key = (
                (output, "text") if "text" in output else (output.get("data"), "text/plain")
            )
            matches = list(re.finditer(pattern, (holder or {}).get(key, "")))
            if matches:
                match, text = matches[-1], holder[key]
                new = replacement(match) if callable(replacement) else match.expand(replacement)
                holder[key] = text[: match.start()] + new + text[match.end() :]
                return new != match[0]
        return False

    return edit


def move_number(cell, rtol):
    """Move a number in its last digit, or by twice the tolerance that the cell asks for."""

    def moved(match):
        decimals = len(match[1])
        step = max(10.0**-decimals, 2 * rtol * abs(float(match[0])))
        return f"{float(match[0]) + step:.{decimals}f}"

    return substitute(r"(?<![\w.])-?\d+\.(\d+)(?![\w.]|\s?m?s\b)", moved)(cell, rtol)


def change_word(cell, rtol):
    return substitute(r"\b[a-z]{4,}\b", lambda match: match[0][::-1])(cell, rtol)


def change_record(cell, rtol):
    for output in cell.outputs:
        for mime, value in output.get("data", {}).items():
            for name, number in value.items() if mime.endswith("+json") else ():
                value[name] = number * (1 + 2 * rtol) + 1e-6 if isinstance(number, float) else None
                return True
    return False


def drop_output(cell, _):
    return bool(cell.outputs) and bool(cell.outputs.pop())


def add_output(cell, _):
    cell.outputs.append(nbformat.v4.new_output("display_data", data={"text/plain": "one more"}))
    return True


def reorder(cell, _):
    before = copy.deepcopy(cell.outputs)
    if len(cell.outputs) > 1:
        cell.outputs.reverse()
    elif cell.outputs and "text" in cell.outputs[0]:
        cell.outputs[0].text = "".join(reversed(cell.outputs[0].text.splitlines(keepends=True)))
    return cell.outputs != before


def edit_picture(change):
    def edit(cell, _):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
                png = io.BytesIO()
                change(picture.convert("RGB")).save(png, format="png")
                output.data["image/png"] = base64.b64encode(png.getvalue()).decode()
                return True
        return False

    return edit


def strip_outputs(cell, _):
    had, cell.outputs = bool(cell.outputs), []
    return had


def strip_execution(cell, _):
    cell.outputs, cell.execution_count = [], None
    return True


EDITS = {
    "a digit": move_number,
    "an integer": substitute(
        r"(?<![\w.])(\d)(?![\w.])", lambda match: str((int(match[1]) + 1) % 10)
    ),
    "a word": change_word,
    "a shape": substitute(
        r"\((\d+), (\d+)\)|\[(\d+), (\d+)\]", lambda m: m[0].replace(", ", ", 9")
    ),
    "a dtype": substitute(r"torch\.(float|int)\d+", r"torch.complex64"),
    "another exception": substitute(r"\b(\w+)Error\b", "OtherError"),
    "a record": change_record,
    "a missing output": drop_output,
    "an additional output": add_output,
    "reordered output": reorder,
    "a picture replaced": edit_picture(lambda picture: Image.new("RGB", picture.size, "white")),
    "a picture of other data": edit_picture(ImageOps.mirror),
    "stripped output": strip_outputs,
    "a cell stored unexecuted": strip_execution,
}


class Mutations:
    """A pytest plugin: after a cell has passed, compare it with every edit of what is stored."""

    def __init__(self):
        self.caught, self.missed = collections.Counter(), []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        yield
        if not item.options["check"] or not item.cell.source.strip():
            return
        stored = item.cell
        rtol = stored.metadata.get("notebook_checker", {}).get(
            "rtol", float(item.config.getini("notebook_checker_rtol"))
        )
        for name, edit in EDITS.items():
            item.cell = copy.deepcopy(stored)
            if edit(item.cell, rtol):
                self.judge(item, name)
        item.cell = stored

    def judge(self, item, name):
        key = (name, item.path.stem)
        try:
            item.compare()
        except Exception:
            self.caught[key] += 1
        else:
            self.missed.append(f"{item.path.name}, {item.name}: {name}")


def checked_notebooks():
    """List the notebooks whose outputs `pytest` compares: as conftest.py has it."""
    contract = sorted(ROOT.glob("tests/contract/*.ipynb"))
    copied = {path.name for path in contract}
    return [p for p in sorted(ROOT.glob("notebooks/*.ipynb")) if p.name not in copied] + contract


def mutate(notebooks):
    """Check each notebook with every edit; return the plugin with its counts."""
    mutations = Mutations()
    code = pytest.main(["-q", "--no-header", *map(str, notebooks)], plugins=[mutations])
    if code:
        sys.exit("The unedited notebooks fail: nothing can be said about edited ones.")
    with tempfile.TemporaryDirectory() as folder:
        for path in notebooks:
            for name, (source, reason) in FATAL.items():
                notebook = nbformat.read(path, as_version=4)
                cell = nbformat.v4.new_code_cell(source, execution_count=1)
                cell.metadata["notebook_checker"] = {"timeout": 2}
                notebook.cells.insert(0, cell)
                nbformat.write(notebook, edited := Path(folder) / path.name)
                done = pytest_process(
                    "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), edited
                )
                if done.returncode == 1 and reason in done.stdout and " passed" not in done.stdout:
                    mutations.caught[name, path.stem] += 1
                else:
                    mutations.missed.append(f"{path.name}: {name}")
    return mutations


def pytest_process(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def repeat(notebooks, repeats):
    """Check the unedited notebooks; return the last lines of the runs that failed."""
    failed = []
    for number in range(repeats):
        settings = OTHER_PROCESSOR if number % 2 else {}
        start = time.perf_counter()
        done = pytest_process("-n", 2, *notebooks, **settings)
        words = "other code path" if settings else "as the machine is"
        last = done.stdout.strip().splitlines()[-1]
        print(
            f"run {number + 1}, {words}: {last} ({time.perf_counter() - start:.0f} s)", flush=True
        )
        if done.returncode:
            failed.append(done.stdout)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    arguments = parser.parse_args()
    notebooks = checked_notebooks()
    mutations = mutate(notebooks)
    kinds = collections.Counter()
    for (name, _), count in mutations.caught.items():
        kinds[name] += count
    for name, count in kinds.items():
        print(f"  {name}: {count} caught")
    for line in mutations.missed:
        print(f"  NOT CAUGHT: {line}")
    caught = sum(kinds.values())
    total = caught + len(mutations.missed)
    print(
        f"Edited references: {caught} of {total} caught, in {len(notebooks)} notebooks", flush=True
    )
    failed = repeat(notebooks, arguments.repeats)
    print(f"Unedited suite: {len(failed)} of {arguments.repeats} runs failed")
    print(*failed, sep="\n")
    figures = [
        figure("edited outputs caught", [100 * caught / total], f"% of {total:,}", "all"),
        figure("unedited runs that failed", [len(failed)], f"of {arguments.repeats}", "none"),
    ]
    report(f"Checker: {len(notebooks)} notebooks", figures, arguments.json)
    sys.exit(bool(mutations.missed or failed))


if __name__ == "__main__":
    main()
