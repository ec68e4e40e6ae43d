"""Compare the outputs of a notebook cell with the stored ones: numbers by tolerance, words exactly.

The one public function, :func:`differences`, knows nothing of pytest or of any project.
"""

import base64
import binascii
import copy
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import zip_longest
from typing import Any

Output = dict[str, Any]  # one output of a cell; an nbformat.NotebookNode is one

# A number that stands for itself: not part of a name, a version (2.14.1), a date or a hash.
NUMBER = re.compile(r"(?<![\w.])([+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)(?![\w.-]*\w)")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
DURATION = re.compile(r"(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|[µμu]s|ms|s|sec|seconds?|minutes?)\b(?!/)")
SHOWN = 6  # differing lines in a report


@dataclass(frozen=True)
class Tolerance:
    """How far numbers and pictures may move."""

    rtol: float
    atol: float
    rms: float


def differences(
    stored: Sequence[Output], new: Sequence[Output], rtol: float, atol: float, rms: float
) -> list[str]:
    """List how the outputs of a cell differ from the stored ones.

    Parameters
    ----------
    stored, new : list of nbformat.NotebookNode
        The outputs of one code cell, in order.
    rtol, atol : float
        A number with a decimal point or an exponent may move by ``atol + rtol * abs(stored)``;
        integers, words and everything else may not change.
    rms : float
        The root-mean-square distance, of 0…255, that the pixels of a PNG picture may have.

    Returns
    -------
    list of str
        One line or block for each difference; empty if there is none. Split streams, memory
        addresses (``0x7f…``), durations (``3.2 s``) and, beside a number that moved, the
        padding of columns make no difference.
    """
    tolerance = Tolerance(rtol, atol, rms)
    stored, new = join_streams(stored), join_streams(new)
    kinds = [[_kind(output) for output in outputs] for outputs in (stored, new)]
    if kinds[0] != kinds[1]:
        pairs = zip_longest(*kinds, fillvalue="nothing")
        changes = [f"output {n}: {a} -> {b}" for n, (a, b) in enumerate(pairs, 1) if a != b]
        return [f"{len(stored)} outputs stored, {len(new)} came", *changes]
    found = []
    for number, (old, fresh) in enumerate(zip(stored, new, strict=True), 1):
        found += [f"output {number}, {line}" for line in _compare_output(old, fresh, tolerance)]
    return found


def _kind(output):
    """Name what must not change about an output: its type, stream and MIME types, in words."""
    if output["output_type"] == "stream":
        return output["name"]
    if output["output_type"] == "error":
        return f"error {output['ename']}"
    return f"{output['output_type']} of {', '.join(sorted(output['data'])) or 'nothing'}"


def join_streams(outputs: Sequence[Output]) -> list[Output]:
    """Join neighbouring pieces of one stream: where a stream is cut is a matter of timing.

    Parameters
    ----------
    outputs : sequence of nbformat.NotebookNode
        The outputs of one code cell; they are left as they are.

    Returns
    -------
    list of nbformat.NotebookNode
    """
    joined: list[Output] = []
    for output in outputs:
        if output["output_type"] != "stream":
            joined.append(output)
        elif joined and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += _text(output["text"])
        else:
            joined.append(copy.copy(output))
            joined[-1]["text"] = _text(output["text"])
    return joined


def _text(value):
    return value if isinstance(value, str) else "".join(value)


def _compare_output(stored, new, tolerance):
    kind = stored["output_type"]
    if kind == "stream":
        return _compare_text(stored["name"], stored["text"], new["text"], tolerance)
    if kind == "error":
        return _compare_text(stored["ename"], stored["evalue"], new["evalue"], tolerance)
    found = []
    for mime in sorted(stored["data"]):
        old, fresh = stored["data"][mime], new["data"][mime]
        if mime == "image/png":
            found += _compare_pictures(_text(old), _text(fresh), tolerance.rms)
        elif mime == "application/json" or mime.endswith("+json"):
            found += _compare_json(mime, old, fresh, tolerance)
        elif mime.startswith("text/"):
            found += _compare_text(mime, _text(old), _text(fresh), tolerance)
        elif _text(old) != _text(fresh):
            found.append(f"{mime}: changed")
    if stored.get("metadata", {}) != new.get("metadata", {}):
        found.append(f"metadata: {dict(stored['metadata'])} -> {dict(new['metadata'])}")
    return found


def _compare_text(where, stored, new, tolerance):
    """Compare the numbers by tolerance and what stands between them exactly."""
    if stored == new:
        return []
    stored, new = _without_noise(stored), _without_noise(new)
    old_parts, new_parts = NUMBER.split(stored), NUMBER.split(new)  # text, number, text, …
    if len(old_parts) != len(new_parts):
        return [_changed_lines(where, stored, new)]
    pairs = list(zip(old_parts[1::2], new_parts[1::2], strict=True))
    moved = [pair for pair in pairs if pair[0] != pair[1]]
    between = list(zip(old_parts[::2], new_parts[::2], strict=True))
    if any(_unpadded(a, bool(moved)) != _unpadded(b, bool(moved)) for a, b in between):
        return [_changed_lines(where, stored, new)]
    return [f"{where}: {line}" for pair in moved if (line := _moved_too_far(*pair, tolerance))]


def _without_noise(text):
    return DURATION.sub("(duration)", ADDRESS.sub("0x(address)", text))


def _unpadded(text, number_moved):
    """Take out spaces, which pad columns, where a number moved and may have changed its width."""
    return re.sub(r"[ \t]+", "", text) if number_moved else text


def _changed_lines(where, stored, new):
    lines = ndiff(stored.splitlines(), new.splitlines())
    changed = [line for line in lines if line[0] in "-+"]
    rest = len(changed) - SHOWN
    more = [f"… and {rest} more lines"] if rest > 0 else []
    return "\n    ".join([f"{where}: stored (-) and came (+)", *changed[:SHOWN], *more])


def _moved_too_far(stored, new, tolerance):
    """Say how far a number moved; say nothing if that is allowed."""
    if not all(re.search(r"[.eE]", text) for text in (stored, new)):
        return f"{stored} -> {new}: an integer changed, or a type"
    return _number_moved(float(stored), float(new), tolerance, f"{stored} -> {new}")


def _number_moved(stored, new, tolerance, words):
    if stored == new or (math.isnan(stored) and math.isnan(new)):
        return None
    distance = abs(new - stored)
    allowed = tolerance.atol + tolerance.rtol * abs(stored)
    if distance <= allowed:
        return None
    part = f" ({distance / abs(stored):.2g} of it)" if stored else ""
    return f"{words}: moved by {distance:.2g}{part}, allowed {allowed:.2g}"


def _compare_json(where, stored, new, tolerance):
    if isinstance(stored, dict) and isinstance(new, dict) and stored.keys() == new.keys():
        pairs = [(f"{where}.{key}", stored[key], new[key]) for key in stored]
    elif isinstance(stored, list) and isinstance(new, list) and len(stored) == len(new):
        pairs = [(f"{where}[{i}]", *pair) for i, pair in enumerate(zip(stored, new, strict=True))]
    elif isinstance(stored, float) and isinstance(new, float):
        line = _number_moved(stored, new, tolerance, f"{stored} -> {new}")
        return [f"{where}: {line}"] if line else []
    elif type(stored) is type(new) and stored == new:
        return []
    else:
        return [f"{where}: {json.dumps(stored)} -> {json.dumps(new)}"]
    return [line for pair in pairs for line in _compare_json(*pair, tolerance)]


def _compare_pictures(stored, new, limit):
    if stored.strip() == new.strip():
        return []
    import numpy as np

    try:
        old, fresh = _pixels(stored), _pixels(new)
    except (binascii.Error, OSError):
        return ["image/png: cannot be read as a picture"]
    if old.shape != fresh.shape:
        sizes = [f"{shape[1]}×{shape[0]}" for shape in (old.shape, fresh.shape)]
        return [f"image/png: {sizes[0]} pixels stored, {sizes[1]} came"]
    distance = float(np.sqrt(np.mean((old - fresh) ** 2)))
    if distance <= limit:
        return []
    return [f"image/png: pixels differ by {distance:.1f} (RMS, of 255), allowed {limit:g}"]


def _pixels(encoded):
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        return np.asarray(picture.convert("RGB"), dtype=float)
