"""Can the stored outputs be trusted? Edit them and see each edit caught; leave them and see none.

Run it with ``python benchmarks/mutations.py [--no-edits] [--repeats 10] [--json FILE]``.
Mutations: every checked notebook is executed once, by pytest and the notebook checker as they are;
then each stored output is compared again after every edit of ``EDITS`` that it admits, in up to
``PLACES`` places. What no lesson prints is planted at the end of the first outputs of each
notebook, and edited there. Where a cell asks for a tolerance of its own, numbers are edited far
beyond it, and how they are written is left alone: there they may move. Twice more each notebook is
run with a new first cell: one that kills its kernel, one that never ends.
Repeats: the unedited notebooks are checked over and over, every second time with another code
path of the same processor (``OTHER_PROCESSOR``).
"""

import argparse
import base64
import collections
import copy
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbval.plugin import NbCellError
from PIL import Image, ImageOps
from report import figure, machine, report

from notebook_checker.comparison import AN_ERROR

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


CAUGHT = "edited outputs caught"
PLACES = 3  # edits of one kind in one text
GLYPHS = 6  # letters erased from one picture
GLYPH = range(4, 200)  # pixels of a letter: from a decimal point to an M
CONTRAST = 96  # of 255: how much a letter differs from the background

# A number, but not the part of a duration, which may vary.
NO_UNIT = r"(?![\w.]|\s?(?:ns|us|µs|ms|s|min|sec|seconds?|minutes?)\b)"
PLANTED = "took 20 ms, in all 5 minutes, flags 0xff00ff, gap 3.2e-09, slope 0.0000, loss 0.5000\n"


def spread_out(found, most):
    """Take some of many, evenly (list)."""
    return found if len(found) <= most else [found[i * len(found) // most] for i in range(most)]


def texts(outputs):
    """Find the texts of a cell's outputs, as (dictionary, key, whether it is an error)."""
    for output in outputs:
        if "text" in output:
            yield output, "text", False
        for mime in output.get("data", {}):
            if mime.startswith("text/"):
                yield output.data, mime, output.metadata == AN_ERROR


def tolerant(settings):
    """Tell whether a cell asks for a tolerance of its own (bool)."""
    return settings["rtol"] > 1e-7 or settings["atol"] > 0


def substitute(pattern, replacement, errors=False, exact=False):
    """Make an edit: a match of a pattern in a text, replaced.

    Every edit takes a cell's outputs and its settings, and yields the edited outputs. The messages
    of errors may vary in part; an edit finds them only if it is for ``errors``. One that is
    ``exact`` leaves cells alone whose numbers may move.
    """

    def edit(outputs, settings):
        if exact and tolerant(settings):
            return
        for number, (holder, key, is_error) in enumerate(texts(outputs)):
            found = list(re.finditer(pattern, holder[key])) if errors or not is_error else []
            for match in spread_out(found, PLACES):
                text = holder[key]
                new = replacement(match, settings) if callable(replacement) else replacement
                if new != match[0]:
                    edited = copy.deepcopy(outputs)
                    changed, _, _ = list(texts(edited))[number]
                    changed[key] = text[: match.start()] + new + text[match.end() :]
                    yield edited

    return edit


def seen(value, settings):
    """Take a number just moved; move it far where a cell is tolerant, whose own may have moved."""
    return 10 * (abs(value) + settings["atol"]) if tolerant(settings) else value


def move_number(match, settings):
    """Move a number in its last digit, or far beyond the tolerance that the cell asks for."""
    decimals = len(match[1])
    return f"{seen(float(match[0]) + 10.0**-decimals, settings):.{decimals}f}"


def replace_message(outputs, _):
    for number, (holder, key, is_error) in enumerate(texts(outputs)):
        if is_error:
            edited = copy.deepcopy(outputs)
            changed, _, _ = list(texts(edited))[number]
            changed[key] = f"{holder[key].partition(':')[0]}: nothing that was there before"
            yield edited


def change_record(outputs, settings):
    for number, output in enumerate(outputs):
        for mime, values in output.get("data", {}).items():
            for name, value in values.items() if mime.endswith("+json") else ():
                edited = copy.deepcopy(outputs)
                is_float = isinstance(value, float)
                moved = seen(value * (1 + 2e-7) + 1e-6, settings) if is_float else None
                edited[number].data[mime][name] = moved
                yield edited


def change_alt(outputs, _):
    for number, output in enumerate(outputs):
        if "image/png" in output.get("metadata", {}):
            edited = copy.deepcopy(outputs)
            edited[number].metadata["image/png"]["alt"] += "?"
            yield edited


def drop_output(outputs, _):
    for number in range(len(outputs)):
        yield outputs[:number] + outputs[number + 1 :]


def add_output(outputs, _):
    yield [*outputs, nbformat.v4.new_output("display_data", data={"text/plain": "one more"})]


def reorder(outputs, _):
    edited = copy.deepcopy(outputs)
    if len(edited) > 1:
        edited.reverse()
    elif edited and "text" in edited[0]:
        edited[0].text = "".join(reversed(edited[0].text.splitlines(keepends=True)))
    if edited != outputs:
        yield edited


def edit_picture(change):
    """Make an edit: each picture, replaced by each that ``change`` returns for it."""

    def edit(outputs, settings):
        for number, output in enumerate(outputs):
            if "image/png" in output.get("data", {}):
                data = base64.b64decode(output.data["image/png"])
                for picture in change(
                    Image.open(io.BytesIO(data)).convert("RGBA"), settings["rms"]
                ):
                    png = io.BytesIO()
                    picture.save(png, format="png")
                    edited = copy.deepcopy(outputs)
                    edited[number].data["image/png"] = base64.b64encode(png.getvalue()).decode()
                    yield edited

    return edit


def transparent(picture, _):
    clear = picture.copy()
    clear.putalpha(0)
    return [clear]


def erase_glyphs(picture, rms):
    """Erase one letter after the other: a small group of pixels unlike the background.

    Where the checker allows lines to move by ``rms / 2`` pixels, what has that size may hide: only
    larger groups are erased, with an ``rms`` of 40 none.
    """
    pixels = np.asarray(picture.convert("RGB"), dtype=int)
    colours, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    background = colours[counts.argmax()]
    waiting = set(zip(*np.nonzero(abs(pixels - background).max(2) > CONTRAST), strict=True))
    glyphs = []
    while waiting:
        border, group = [waiting.pop()], []
        while border:
            y, x = border.pop()
            group.append((y, x))
            near = {(y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & waiting
            waiting -= near
            border += near
        if len(group) in GLYPH and len(group) >= (rms / 2) ** 2:
            glyphs.append(sorted(group))
    for group in spread_out(sorted(glyphs), GLYPHS):
        (top, bottom), (left, right) = ((min(one), max(one)) for one in zip(*group, strict=True))
        erased = picture.copy()
        box = (int(left) - 1, int(top) - 1, int(right) + 2, int(bottom) + 2)
        erased.paste((*map(int, background), 255), box)
        yield erased


NUMBER = r"(?<![\w.])-?\d+\.(\d+)" + NO_UNIT
EDITS = {
    "a digit": substitute(NUMBER, move_number),
    "an integer": substitute(
        rf"(?<![\w.])(\d){NO_UNIT}", lambda match, _: str((int(match[1]) + 1) % 10)
    ),
    "a sign": substitute(r"(?<![\w.])-(?=\d)", "", exact=True),
    "the sign of a zero": substitute(
        rf"(?<![\w.-])0\.0*{NO_UNIT}", lambda match, _: "-" + match[0], exact=True
    ),
    "a small value": substitute(
        rf"(?<![\w.-])0\.0*{NO_UNIT}|\d\.?\d*e-\d\d\b", "9.9e-09", exact=True
    ),
    "the way a number is written": substitute(NUMBER, lambda match, _: match[0] + "0", exact=True),
    "a word": substitute(r"\b[a-z]{4,}\b", lambda match, _: match[0][::-1]),
    "a space in a word": substitute(
        r"\b[a-z]{4,}\b", lambda match, _: f"{match[0][:2]} {match[0][2:]}"
    ),
    "words run together": substitute(r"(?<=[a-z]) (?=[a-z])", ""),
    "a shape": substitute(
        r"\((\d+), (\d+)\)|\[(\d+), (\d+)\]", lambda match, _: match[0].replace(", ", ", 9")
    ),
    "a dtype": substitute(r"torch\.(float|int)\d+", "torch.complex64"),
    "another exception": substitute(r"\b(\w+)Error\b", "OtherError", errors=True),
    "another message of an error": replace_message,
    "a record": change_record,
    "alternative text": change_alt,
    "a missing output": drop_output,
    "an additional output": add_output,
    "reordered output": reorder,
    "a picture replaced": edit_picture(
        lambda picture, _: [Image.new("RGB", picture.size, "white")]
    ),
    "a picture of other data": edit_picture(lambda picture, _: [ImageOps.mirror(picture)]),
    "a picture made transparent": edit_picture(transparent),
    "a letter erased from a picture": edit_picture(erase_glyphs),
    "stripped output": lambda outputs, _: [[]] if outputs else [],
}
PLANTED_EDITS = {
    "a unit": substitute(r"(?<=20 )ms|(?<=5 )minutes", "s"),
    "a duration": substitute(r"(?<=took )20|(?<=all )5(?= m)", "900000"),
    "a hexadecimal number": substitute("0xff00ff", "0x00ff00"),
    "a small value": substitute(r"3\.2e-09", "9.9e-09"),
    "the sign of a small value": substitute(r"3\.2e-09", "-3.2e-09"),
    "the sign of a zero": substitute(r"0\.0000", "-0.0000"),
    "the way a number is written": substitute(r"0\.5000", "0.5"),
}


class Mutations:
    """A pytest plugin: after a cell has passed, compare it with every edit of what is stored."""

    def __init__(self):
        self.caught, self.missed, self.planted = collections.Counter(), [], set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        yield
        if not item.options["check"] or not item.cell.source.strip():
            return
        stored, new = item.cell, item.test_outputs
        item.cell = copy.deepcopy(stored)
        self.judge(item, stored.outputs, EDITS)
        if item.path not in self.planted:
            self.planted.add(item.path)
            planted = nbformat.v4.new_output("display_data", data={"text/plain": PLANTED})
            item.test_outputs = [*new, planted]
            self.judge(item, [*stored.outputs, planted], PLANTED_EDITS)
        item.cell.outputs, item.cell.execution_count, item.test_outputs = [], None, new
        self.count(item, "a cell stored unexecuted")
        item.cell = stored

    def judge(self, item, outputs, edits):
        for name, edit in edits.items():
            for edited in edit(outputs, item.settings):
                item.cell.outputs = edited
                self.count(item, name)

    def count(self, item, name):
        try:
            item.compare()
        except NbCellError:
            self.caught[name, item.path.stem] += 1
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
    quiet = ["-q", "--no-header", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main([*quiet, *map(str, notebooks)], plugins=[mutations])
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


def edit_all(notebooks):
    """Edit and count; return figures and what was not caught."""
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
    print(f"Edited references: {caught} of {total} caught", flush=True)
    caught_all = figure(CAUGHT, [100 * caught / total], f"% of {total:,}", "all")
    return [caught_all], mutations.missed


def earlier(path):
    """Return what a run on this machine has written of edits before (list of dict)."""
    if not path or not Path(path).exists():
        return []
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    return [
        one for one in found["figures"] if one["name"] == CAUGHT and found["machine"] == machine()
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--no-edits", action="store_true", help="only check what is not edited")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", metavar="FILE", help="write the figures here too")
    arguments = parser.parse_args()
    notebooks = checked_notebooks()
    figures, missed = (earlier(arguments.json), []) if arguments.no_edits else edit_all(notebooks)
    failed = repeat(notebooks, arguments.repeats)
    print(f"Unedited suite: {len(failed)} of {arguments.repeats} runs failed")
    print(*failed, sep="\n")
    if arguments.repeats:
        repeated = f"of {arguments.repeats}"
        figures.append(figure("unedited runs that failed", [len(failed)], repeated, "none"))
    report(f"Checker: {len(notebooks)} notebooks", figures, arguments.json)
    sys.exit(bool(missed or failed))


if __name__ == "__main__":
    main()
