"""Lesson 11 on a folder as people have them: odd sizes and modes, and a broken file among them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from commands import exit_code
from PIL import Image

from tutorial.refresh import CONTRACT

MODES = ("RGB", "L", "RGBA", "P", "CMYK", "1", "LA", "I;16")
COLOURS = {"leaf": (60, 160, 60), "sky": (90, 140, 230), "brick": (190, 70, 50)}
SIZES = ((300, 1), (1, 40), (33, 77), (640, 90), (36, 36), (5, 4), (120, 200))
BROKEN = "sky/broken.jpg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make three classes of twenty pictures, and one file that is none."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name, colour in COLOURS.items():
        (folder / name).mkdir()
        for n in range(20):
            width, height = SIZES[n % len(SIZES)]
            pixels = (rng.normal(0, 15, (height, width, 3)) + colour).clip(0, 255)
            picture = Image.fromarray(pixels.astype(np.uint8)).convert(MODES[n % len(MODES)])
            kind = "tif" if picture.mode == "CMYK" else "png"
            if picture.mode == "P":
                picture.info["transparency"] = bytes(range(256))
            picture.save(folder / name / f"{n:02d}.{kind}")
    whole = (folder / "sky" / "02.png").read_bytes()
    (folder / BROKEN).write_bytes(whole[: len(whole) // 2])
    (folder / "leaf" / ".DS_Store").write_bytes(b"\0")
    (folder / ".thumbnails").mkdir()
    return folder


@pytest.fixture(scope="module")
def lesson(folder, tmp_path_factory):
    """Execute the lesson on it, small; return the notebook and what it has written."""
    results = tmp_path_factory.mktemp("results")
    given = CONTRACT | {"folder": folder, "output": results / "kept", "own_steps": 10}
    del given["log_every"], given["test_images"]  # of other lessons
    options = [word for name, value in given.items() for word in ("-p", name, value)]
    assert exit_code("run", "11", *options, "--output", results) == 0
    (path,) = results.glob("*.ipynb")
    return nbformat.read(path, as_version=4), results / "kept"


def printed(notebook):
    streams = [out for cell in notebook.cells for out in cell.get("outputs", ()) if "text" in out]
    assert not [out.text for out in streams if out.name == "stderr"]
    return "".join(out.text for out in streams)


def test_a_broken_file_is_named_and_left_out(lesson):
    text = printed(lesson[0])
    assert f"60 pictures of {sorted(COLOURS)}" in text
    assert re.findall(r"left out: (\S+)", text) == ["leaf/.DS_Store", BROKEN]


def told(program, files, cwd):
    """Run a program on pictures, where nothing of this project can be found."""
    command = [sys.executable, "-I", program, *files]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, cwd=cwd, env={}, check=True
    )
    assert not done.stderr
    return done.stdout.splitlines()


def some(folder):
    return [folder / name / f"{n:02d}.png" for name in COLOURS for n in (0, 1, 2, 3, 5)]


@pytest.fixture(scope="module")
def lines(folder, lesson, tmp_path_factory):
    return told(lesson[1] / "predict.py", some(folder), tmp_path_factory.mktemp("elsewhere"))


def test_the_program_runs_without_this_project(folder, lesson, lines):
    assert [line.split(": ")[0] for line in lines] == [str(file) for file in some(folder)]
    assert all(re.search(r": (leaf|sky|brick), [01]\.\d\d$", line) for line in lines)
    names = re.findall(r"^(?:import|from) (\w+)", (lesson[1] / "predict.py").read_text(), re.M)
    assert set(names) == {"sys", "pathlib", "numpy", "onnxruntime", "PIL"}


def test_without_onnx_the_program_asks_pytorch_and_says_the_same(folder, lesson, lines, tmp_path):
    notebook, kept = lesson
    names = {"has_onnx": False, "store": tmp_path}
    names["pictures"] = SimpleNamespace(classes=sorted(COLOURS))
    for words in ('PREDICT = """', "PREDICT.format("):
        (source,) = [cell.source for cell in notebook.cells if words in cell.source]
        exec(source, names)
    shutil.copy(kept / "network.pt2", tmp_path)
    assert "import onnxruntime" not in (tmp_path / "predict.py").read_text()
    by_onnx = [line.rsplit(" ", 1) for line in lines]
    by_torch = [
        line.rsplit(" ", 1) for line in told(tmp_path / "predict.py", some(folder), tmp_path)
    ]
    assert [words for words, _ in by_torch] == [words for words, _ in by_onnx]
    sure = [[float(number) for _, number in said] for said in (by_torch, by_onnx)]
    assert sure[0] == pytest.approx(sure[1], abs=0.011)


def test_everything_was_written_where_the_learner_asked(lesson):
    names = {"network.onnx", "network.pt", "network.pt2", "network.safetensors", "predict.py"}
    assert {file.name for file in lesson[1].iterdir()} == names


def test_the_numbers_that_were_kept_are_read_as_tensors_alone(lesson):
    import torch
    from safetensors.torch import load_file

    pickled = torch.load(lesson[1] / "network.pt", weights_only=True)
    safe = load_file(lesson[1] / "network.safetensors")
    assert pickled.keys() == safe.keys()
    assert all(torch.equal(pickled[name], safe[name]) for name in safe)


def test_what_is_missing_is_said_in_one_line(lesson):
    notebook, _ = lesson
    cells = {cell.source: cell for cell in notebook.cells if cell.cell_type == "code"}
    for words in ("import gradio", "download()"):
        (cell,) = [cell for source, cell in cells.items() if words in source and cell.outputs]
        assert cell.outputs[0].text.count("\n") == 1


def test_a_small_page_is_closed_again(lesson):
    source = "\n".join(cell.source for cell in lesson[0].cells)
    assert source.index("serve_forever") < source.index("server_close()")
    assert '"127.0.0.1", 0' in source


def test_the_lesson_writes_nothing_beside_itself():
    assert not list((Path(__file__).parent.parent / "notebooks").glob("*.pt*"))
