"""Comparing outputs: each kind of change is caught, each harmless variation passes."""

import base64
import io

import nbformat
import pytest

from helpers import plot_losses
from notebook_checker.comparison import differences

LIMITS = {"rtol": 1e-5, "atol": 1e-8, "rms": 2}
TENSOR = "tensor([[0.3126, 0.3791],\n        [0.3087, 0.0736]])\n"


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def result(data, kind="execute_result", **metadata):
    data = {"text/plain": data} if isinstance(data, str) else data
    return nbformat.v4.new_output(kind, data=data, metadata=metadata)


def error(name, value):
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=[])


def picture(points, title="loss", size=72):
    ax = plot_losses({"training": points})
    ax.set_title(title)
    png = io.BytesIO()
    ax.figure.savefig(png, format="png", dpi=size)
    return result({"image/png": base64.b64encode(png.getvalue()).decode()}, "display_data")


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
    "a picture replaced by rubbish": (
        [picture(CURVE)],
        [result({"image/png": "bm90IGEgcGljdHVyZQ=="}, "display_data")],
    ),
    "alternative text": ([result("x", alt="a curve")], [result("x", alt="")]),
    "an exception of another type": ([error("ValueError", "x")], [error("TypeError", "x")]),
    "an exception's message": ([error("ValueError", "x")], [error("ValueError", "y")]),
}

SAME = {
    "digits beyond the tolerance": ([stream("2.3012345\n")], [stream("2.3012346\n")]),
    "the padding of columns": (
        [stream("[9.9999999, 1.0]\n[ 0.5, 1.0]\n")],
        [stream("[10.0000001, 1.0]\n[  0.5,  1.0]\n")],
    ),
    "a stream in pieces": ([stream("a\nb\n")], [stream("a\n"), stream("b\n")]),
    "a memory address": ([result("<f at 0x7f12ab34cd56>")], [result("<f at 0x7fffab34cd00>")]),
    "a duration": ([stream("took 3.21 s\n")], [stream("took 12 s\n")]),
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
    for stored, new in [*CHANGES.values(), *SAME.values()]:
        if "bm90" not in str(new):
            assert differences(stored, stored, **LIMITS) == []
            assert differences(new, new, **LIMITS) == []


def test_the_report_names_the_number_and_how_far_it_moved():
    found = differences([stream("loss: 2.301\n")], [stream("loss: 2.317\n")], 1e-4, 0, 2)
    assert found == [
        "output 1, stdout: 2.301 -> 2.317: moved by 0.016 (0.007 of it), allowed 0.00023"
    ]


def test_the_report_shows_the_lines_that_changed():
    [found] = differences([stream("a\nb\nc\n")], [stream("a\nB\nc\n")], **LIMITS)
    assert found.splitlines()[1:] == ["    - b", "    + B"]


def test_the_report_names_a_number_inside_json():
    stored = [result({"application/json": {"loss": [1.0, 2.0]}})]
    new = [result({"application/json": {"loss": [1.0, 2.5]}})]
    [found] = differences(stored, new, **LIMITS)
    assert found.startswith("output 1, application/json.loss[1]: 2.0 -> 2.5: moved by 0.5")


def test_a_wider_tolerance_lets_a_number_move():
    stored, new = [stream("loss: 2.301\n")], [stream("loss: 2.317\n")]
    assert differences(stored, new, 0.01, 0, 2) == []
    assert differences(stored, new, 0, 0.02, 2) == []
