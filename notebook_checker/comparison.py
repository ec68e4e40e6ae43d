"""Compare the outputs of a notebook cell with the stored ones: as printed, with a named tolerance.

:func:`differences` knows nothing of pytest or of any project. ``words`` compares texts,
``pictures`` pictures.

What makes no difference:

- Where a stream is cut in pieces; execution counts; the order of keys in JSON.
- An address after ``at``, as in ``<object at 0x7f00…>``. Any other hexadecimal number counts.
- The spaces that pad columns, where a number or a duration in the same text changed its width.
- How long something took (``3.2 s``, ``1.5 ms``, ``2 minutes``), since a machine may be busy:
  anything under ten seconds, above that anything under a hundredfold. ``ms`` may become ``s`` if
  the digits change too. Whatever looks like a duration counts as one, as in ``3 s per epoch``.
- In an error's message up to half of the words, the numbers in it included: the wording is a
  library's, and changes with its versions. Its type counts.
- Digits of a number beyond the seventh that counts, unless ``rtol`` says otherwise.
- In a picture what ``rms`` allows: small changes of colour, and lines that move by ``rms / 2``
  pixels, as the rounding of processors moves them. So a letter that became a similar one may pass;
  where ``rms`` is wide, a missing point beside a letter, and with 20 or 40 a whole missing letter
  beside others.

PNG pictures within HTML are compared one by one; pictures of another kind (JPEG, SVG) byte for
byte.
"""

import copy
import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from notebook_checker.pictures import compare_pictures
from notebook_checker.words import compare_error, compare_text

Output = dict[str, Any]  # one output of a cell; an nbformat.NotebookNode is one
EMBEDDED = re.compile(r"(?<=data:image/png;base64,)[\w+/=]+")  # a picture in HTML
AN_ERROR = {"notebook_checker": {"error": True}}  # metadata of a text: compare it as an error


def differences(
    stored: Sequence[Output], new: Sequence[Output], rtol: float, atol: float, rms: float
) -> list[str]:
    """List how the outputs of a cell differ from the stored ones.

    Parameters
    ----------
    stored, new : list of nbformat.NotebookNode
        The outputs of one code cell, in order. A displayed text with the metadata
        ``{"notebook_checker": {"error": true}}`` is an error in words, ``Type: message``.
    rtol, atol : float
        A number with a decimal point or an exponent may move by ``atol + rtol * abs(stored)``,
        but the same number may not be written in another way (``0.50``, ``5e-1``, ``+0.5``, a
        zero with another sign unless there is an ``atol``). Integers may not change. With
        ``rtol=1e-7`` the last digit counts of every number of up to seven, which 32 bits hold.
    rms : float
        How far pixels of a PNG picture may be from the stored ones, of 0…255, as the root of the
        mean square. In each place, a colour must also be found within ``rms / 2`` pixels of the
        other picture, give or take a quarter of the scale: this finds a letter that is missing,
        as long as its neighbours are farther away than that.

    Returns
    -------
    list of str
        One line or block for each difference; empty if there is none.
    """
    stored, new = join_streams(stored), join_streams(new)
    kinds = [[_kind(output) for output in outputs] for outputs in (stored, new)]
    if kinds[0] != kinds[1]:
        told = [kind + _first_line(output) for kind, output in zip(kinds[1], new, strict=True)]
        pairs = enumerate(zip_longest(kinds[0], told, fillvalue="nothing"), 1)
        changes = [f"output {n}: {a} -> {b}" for n, (a, b) in pairs if a != b.partition(":")[0]]
        return [f"{len(stored)} outputs stored, {len(new)} came", *changes]
    found = []
    for number, (old, fresh) in enumerate(zip(stored, new, strict=True), 1):
        found += [f"output {number}, {line}" for line in _compare(old, fresh, rtol, atol, rms)]
    return found


def _kind(output: Output) -> str:
    """Name what must not change about an output: its type, stream and MIME types, in words."""
    details = [output["name"]] if "name" in output else sorted(output.get("data", ()))
    return " ".join([output["output_type"], *details])


def _first_line(output: Output) -> str:
    """Quote the first line of an output, as far as it has words."""
    words = output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain")
    return "".join(f": {line}" for line in re.findall(r"\S.{,200}", _text(words or ""))[:1])


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


def _text(value: Any, mime: str = "") -> str:
    if mime.endswith("json"):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return value if isinstance(value, str) else "".join(value)


def _compare(stored: Output, new: Output, rtol: float, atol: float, rms: float) -> list[str]:
    if stored["output_type"] == "stream":
        return compare_text(stored["name"], stored["text"], new["text"], rtol, atol)
    if stored["output_type"] == "error":
        told = [f"{output['ename']}: {output['evalue']}" for output in (stored, new)]
        return compare_error(*told)
    found = []
    about = [output.get("metadata", {}) for output in (stored, new)]
    if about[0] != about[1]:
        found.append(f"metadata: {dict(about[0])} -> {dict(about[1])}")
    for mime in sorted(stored["data"]):
        old, fresh = (_text(output["data"][mime], mime) for output in (stored, new))
        if mime == "image/png":
            found += compare_pictures(old, fresh, rms)
        elif mime == "text/html":
            page, new_page = EMBEDDED.sub("", old), EMBEDDED.sub("", fresh)
            found += compare_text(mime, page, new_page, rtol, atol)
            pictures = zip(EMBEDDED.findall(old), EMBEDDED.findall(fresh), strict=False)
            for number, pair in enumerate(pictures, 1):
                found += [f"frame {number}, {line}" for line in compare_pictures(*pair, rms)]
        elif mime == "text/plain" and about[0] == AN_ERROR:
            found += compare_error(old, fresh)
        elif mime.startswith("text/") or mime.endswith("json"):
            found += compare_text(mime, old, fresh, rtol, atol)
        elif old != fresh:
            found.append(f"{mime}: changed")
    return found
