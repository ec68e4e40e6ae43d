"""Comparing outputs: each kind of change is caught, each harmless variation passes."""

import base64
import io

import nbformat
import pytest
from PIL import Image, ImageDraw

from helpers import plot_losses
from notebook_checker.comparison import differences

LIMITS = {"rtol": 1e-7, "atol": 0, "rms": 2}  # as pyproject.toml has them
TENSOR = "tensor([[0.3126, 0.3791],\n        [0.3087, 0.0736]])\n"


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def result(data, kind="execute_result", **metadata):
    data = {"text/plain": data} if isinstance(data, str) else data
    return nbformat.v4.new_output(kind, data=data, metadata=metadata)


def error(name, value):
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[])


def told(text):
    return result(text, "display_data", notebook_checker={"error": True})


def picture(points, title="loss", size=72, change=lambda pixels: pixels):
    ax = plot_losses({"training": points})
    ax.set_title(title)
    png = io.BytesIO()
    ax.figure.savefig(png, format="png", dpi=size)
    changed = io.BytesIO()
    change(Image.open(png).convert("RGBA")).save(changed, format="png")
    return result({"image/png": base64.b64encode(changed.getvalue()).decode()}, "display_data")


def without_title(pixels):
    """Erase the only letters above the axes."""
    ImageDraw.Draw(pixels).rectangle((0, 0, pixels.width, pixels.height // 14), "white")
    return pixels


def transparent(pixels):
    pixels.putalpha(0)
    return pixels


CURVE = [(step, 2 / (1 + step)) for step in range(10)]
OTHER = [(step, 2.4 / (1 + step)) for step in range(10)]

CHANGES = {
    "the last printed digit": ([stream(TENSOR)], [stream(TENSOR.replace("0.3126", "0.3127"))]),
    "a leading digit": ([stream("loss: 2.301\n")], [stream("loss: 1.301\n")]),
    "a sign": ([stream("det -0.5703\n")], [stream("det 0.5703\n")]),
    "an integer": ([stream("12500 batches\n")], [stream("12501 batches\n")]),
    "a number to nan": ([stream("loss: 2.301\n")], [stream("loss: nan\n")]),
    "a word": ([stream("Finished Training\n")], [stream("Finished training\n")]),
    "a word where a number moved": ([stream("loss 1.00000001\n")], [stream("Loss 1.00000002\n")]),
    "a space within a word where a number moved": (
        [stream("tensor 9.99999999\n")],
        [stream("ten sor 10.00000001\n")],
    ),
    "words run together where a number moved": (
        [stream("a b 0.10000001\n")],
        [stream("ab 0.100000011\n")],
    ),
    "the last of six decimals": ([stream("-1.387227\n")], [stream("-1.387228\n")]),
    "the last of seven digits": ([stream("9.999999\n")], [stream("9.999998\n")]),
    "a small number": ([stream("3.2e-09\n")], [stream("9.9e-09\n")]),
    "the sign of a small number": ([stream("3.2e-09\n")], [stream("-3.2e-09\n")]),
    "a tiny number": ([stream("1e-12\n")], [stream("9e-9\n")]),
    "a small number to zero": ([stream("1e-8\n")], [stream("-0.00000000\n")]),
    "the sign of a zero": ([stream("0.000\n")], [stream("-0.000\n")]),
    "a plus sign": ([stream("1.\n")], [stream("+1.\n")]),
    "fewer decimals": ([stream("0.5000\n")], [stream("0.5\n")]),
    "more decimals": ([stream("0.3490\n")], [stream("0.34900000\n")]),
    "an exponent": ([stream("1.5000\n")], [stream("1.5e0\n")]),
    "another exponent": ([stream("1e-3\n")], [stream("1e-03\n")]),
    "a float's last integer digit": ([stream("1234567.0\n")], [stream("1234560.0\n")]),
    "decimals that come": ([stream("12.\n")], [stream("12.0001\n")]),
    "a hexadecimal number": ([stream("0xff00ff\n")], [stream("0x00ff00\n")]),
    "a long hexadecimal number": ([stream("0x7f00aa11bb22\n")], [stream("0x7f00aa11bb23\n")]),
    "a hundred times as long": ([stream("took 5 s\n")], [stream("took 500 s\n")]),
    "another unit": ([stream("took 0.5 ms\n")], [stream("took 0.5 s\n")]),
    "another unit in words": ([stream("5 minutes\n")], [stream("50 seconds\n")]),
    "a duration to a number": ([stream("took 5 s\n")], [stream("took 5\n")]),
    "a duration written together": ([stream("took 5 s\n")], [stream("took 5s\n")]),
    "a rate": ([stream("3 s/epoch\n")], [stream("4 s/epoch\n")]),
    "a number before a line that begins like a unit": (
        [stream("5\ns is small\n")],
        [stream("6\ns is small\n")],
    ),
    "a shape": ([result("torch.Size([2, 3])")], [result("torch.Size([3, 2])")]),
    "a dtype": ([stream("torch.float32\n")], [stream("torch.float64\n")]),
    "floats for integers": ([stream("[1, 1]\n")], [stream("[1., 1.]\n")]),
    "a version": ([stream("torch 2.14.1\n")], [stream("torch 2.14.2\n")]),
    "a date": ([stream("2026-11-23\n")], [stream("2026-11-24\n")]),
    "a missing line": ([stream("a\nb\n")], [stream("a\n")]),
    "a missing output": ([stream("a\n"), result("1")], [stream("a\n")]),
    "an additional output": ([stream("a\n")], [stream("a\n"), result("1")]),
    "no output at all": ([stream("a\n")], []),
    "reordered lines": ([stream("a\nb\n")], [stream("b\na\n")]),
    "reordered outputs": ([stream("a\n"), result("1")], [result("1"), stream("a\n")]),
    "a stream's name": ([stream("a\n")], [stream("a\n", "stderr")]),
    "a result that became a display": ([result("1")], [result("1", "display_data")]),
    "a missing MIME type": (
        [result({"text/plain": "1", "text/html": "1"})],
        [result({"text/plain": "1"})],
    ),
    "HTML": ([result({"text/html": "<b>1</b>"})], [result({"text/html": "<i>1</i>"})]),
    "a number in JSON": (
        [result({"application/json": {"accuracy": [0.52]}})],
        [result({"application/json": {"accuracy": [0.53]}})],
    ),
    "a key in JSON": (
        [result({"application/x+json": {"a": 1.0}})],
        [result({"application/x+json": {"b": 1.0}})],
    ),
    "a type in JSON": (
        [result({"application/json": {"n": 1}})],
        [result({"application/json": {"n": True}})],
    ),
    "a picture of other data": ([picture(CURVE)], [picture(OTHER)]),
    "a picture with another title": ([picture(CURVE)], [picture(CURVE, "accuracy")]),
    "a picture of another size": ([picture(CURVE)], [picture(CURVE, size=80)]),
    "a picture without its title": ([picture(CURVE)], [picture(CURVE, change=without_title)]),
    "a transparent picture": ([picture(CURVE)], [picture(CURVE, change=transparent)]),
    "a picture replaced by rubbish": (
        [picture(CURVE)],
        [result({"image/png": "bm90IGEgcGljdHVyZQ=="}, "display_data")],
    ),
    "alternative text": ([result("x", alt="a curve")], [result("x", alt="")]),
    "an exception of another type": ([error("ValueError", "x")], [error("TypeError", "x")]),
    "an exception's message": ([error("ValueError", "x")], [error("ValueError", "y")]),
    "the type of an error in words": ([told("KeyError: a b")], [told("IndexError: a b")]),
    "an error in words that says something else": ([told("E: a b c")], [told("E: a x y")]),
    "an error in words that is none any more": ([told("E: a b c")], [result("E: a b c")]),
}

SAME = {
    "digits beyond the seventh": ([stream("2.30123451\n")], [stream("2.30123456\n")]),
    "a number written in full": ([stream("0.3\n")], [stream("0.30000000000000004\n")]),
    "the padding of columns": (
        [stream("     a    b\n[9.99999999, 1.0]\n[ 0.5, 1.0]\n")],
        [stream("      a    b\n[10.00000001, 1.0]\n[  0.5,  1.0]\n")],
    ),
    "a stream in pieces": ([stream("a\nb\n")], [stream("a\n"), stream("b\n")]),
    "a memory address": ([result("<f at 0x7f12ab34cd56>")], [result("<f at 0x7fffab34cd00>")]),
    "a duration": ([stream("took 3.21 s\n")], [stream("took 12 s\n")]),
    "a duration in a column": ([stream("a:   9.5 s\n")], [stream("a: 112.0 s\n")]),
    "a duration on a machine that stands still": ([stream("0.0 s\n")], [stream("9.5 s\n")]),
    "a duration in the next unit": ([stream("950 µs ± 1 ns\n")], [stream("1.2 ms ± 9 ns\n")]),
    "a long duration": ([stream("1,100 seconds\n")], [stream("99 seconds\n")]),
    "the wording of an error": (
        [told("RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x5 and 4x3)")],
        [told("RuntimeError: mm: mat1 and mat2 shapes cannot be multiplied (2x5 and 4x3)")],
    ),
    "the order of keys in JSON": (
        [result({"application/json": {"a": 1.0, "b": 2.0}})],
        [result({"application/json": {"b": 2.0, "a": 1.0}})],
    ),
    "nan": (
        [result({"application/json": float("nan")})],
        [result({"application/json": float("nan")})],
    ),
    "a picture drawn from nearly the same data": (
        [picture(CURVE)],
        [picture([(step, loss * 1.0001) for step, loss in CURVE])],
    ),
    "a transparent picture stays so": (
        [picture(CURVE, change=transparent)],
        [picture([(step, loss * 1.0001) for step, loss in CURVE], change=transparent)],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_caught_in_both_directions(name):
    stored, new = CHANGES[name]
    assert differences(stored, new, **LIMITS)
    assert differences(new, stored, **LIMITS)


@pytest.mark.parametrize("name", SAME)
def test_a_harmless_variation_passes(name):
    stored, new = SAME[name]
    assert differences(stored, new, **LIMITS) == []


def test_outputs_equal_themselves():
    for outputs in [outputs for pair in [*CHANGES.values(), *SAME.values()] for outputs in pair]:
        assert differences(outputs, outputs, **LIMITS) == []


def test_the_report_names_the_number_and_how_far_it_moved():
    found = differences([stream("loss: 2.301\n")], [stream("loss: 2.317\n")], 1e-4, 0, 2)
    assert found == ["output 1, stdout: 2.301 -> 2.317: moved by 0.016, allowed 0.00023"]


def test_the_report_shows_the_lines_that_changed():
    [found] = differences([stream("a\nb\nc\n")], [stream("a\nB\nc\n")], **LIMITS)
    assert found.splitlines()[1:] == ["    - b", "    + B"]


def test_the_report_names_a_number_inside_json():
    stored = [result({"application/json": {"loss": [1.0, 2.0]}})]
    new = [result({"application/json": {"loss": [1.0, 2.5]}})]
    [found] = differences(stored, new, **LIMITS)
    assert found.startswith("output 1, application/json: 2.0 -> 2.5: moved by 0.5")


def test_a_wider_tolerance_lets_a_number_move():
    stored, new = [stream("loss: 2.301\n")], [stream("loss: 2.317\n")]
    assert differences(stored, new, 0.01, 0, 2) == []
    assert differences(stored, new, 0, 0.02, 2) == []
    stored, new = [stream("slope -0.0000\n")], [stream("slope 0.0000\n")]
    assert differences(stored, new, 0, 1e-5, 2) == []


def erase(box):
    def change(pixels):
        pixels.paste("white", box)
        return pixels

    return change


def test_one_letter_is_missed_in_a_picture_with_a_wide_tolerance():
    whole = picture(CURVE, size=144)
    wide = LIMITS | {"rms": 5}
    moved = picture([(step, loss * 1.003) for step, loss in CURVE], size=144)
    assert differences([whole], [moved], **wide) == []  # the curve moves by a pixel
    pixels = Image.open(io.BytesIO(base64.b64decode(whole.data["image/png"]))).convert("L")
    for left, right in letters(pixels):
        box = (left, 0, right, pixels.height // 14)
        [found] = differences([whole], [picture(CURVE, size=144, change=erase(box))], **wide)
        assert "something came or went within the pixels" in found


def letters(pixels):
    """Find from where to where each letter of the title reaches (list of two columns each)."""
    middle, bottom = pixels.width // 3, pixels.height // 14  # left of it are numbers of the axis
    columns = {x: pixels.crop((x, 0, x + 1, bottom)).getextrema() for x in range(pixels.width)}
    dark = {x for x, (darkest, _) in columns.items() if x > middle and darkest < 99}
    starts, ends = ([x for x in sorted(dark) if x + step not in dark] for step in (-1, 1))
    assert len(starts) == len("loss")
    return [(start, end + 1) for start, end in zip(starts, ends, strict=True)]
