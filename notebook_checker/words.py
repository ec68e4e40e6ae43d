"""Compare two texts that a cell printed: words exactly, numbers as printed, durations roughly."""

import re
from difflib import SequenceMatcher, ndiff

ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]+\b")  # where Python writes one: <object at 0x7f00…>
# A number that stands for itself: not part of a name, a version (2.14.1), a date or a hash.
NUMBER = r"(?<![\w.])[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w.-]*\w)"
UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0}
UNITS |= {"min": 60.0, "second": 1.0, "seconds": 1.0, "minute": 60.0, "minutes": 60.0}
AMOUNT = r"\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d+)?"
DURATION = rf"(?<![\w.]){AMOUNT}[ \xa0]?(?:{'|'.join(UNITS)})\b(?!/)"
TOKEN = re.compile(f"{DURATION}|{NUMBER}")

SHOWN = 6  # differing lines in a report
HUNDREDFOLD = 100 * (1 - 1e-9)  # no duration varies by so much…
STALL = 10.0  # …unless it is below these seconds, for which a busy machine may stand still
ALIKE = 0.5  # how much of an error's message must stay


def compare_text(where: str, stored: str, new: str, rtol: float, atol: float) -> list[str]:
    """List how a text differs from the stored one.

    Parameters
    ----------
    where : str
        What the text is, for the report.
    stored, new : str
    rtol, atol : float
        As for :func:`notebook_checker.comparison.differences`, which documents the rules.

    Returns
    -------
    list of str
        One line or block for each difference.
    """
    stored, new = (ADDRESS.sub("0x…", text) for text in (stored, new))
    pairs = zip(TOKEN.findall(stored), TOKEN.findall(new), strict=False)
    moved = [pair for pair in pairs if pair[0] != pair[1]]
    rest = [TOKEN.sub("\0", text) for text in (stored, new)]
    if any(len(old) != len(fresh) for old, fresh in moved):  # spaces pad columns: see fewer
        rest = [re.sub(r"(?<!\w) \0", "\0", re.sub(r"[ \t]+", " ", text)) for text in rest]
    if rest[0] != rest[1]:
        return [changed_lines(where, stored, new)]
    judged = [(f"{old} -> {fresh}", _changed(old, fresh, rtol, atol)) for old, fresh in moved]
    return [f"{where}: {pair}: {change}" for pair, change in judged if change]


def compare_error(stored: str, new: str) -> list[str]:
    """List how an error, written as ``Type: message``, differs from the stored one.

    Parameters
    ----------
    stored, new : str
        The types must be the same. The wording is a library's, and changes with its versions:
        half the words must stay, in their order.

    Returns
    -------
    list of str
        One block, or nothing.
    """
    (old_type, _, old_words), (new_type, _, new_words) = stored.partition(":"), new.partition(":")
    alike = SequenceMatcher(None, old_words.split(), new_words.split(), autojunk=False).ratio()
    same = old_type == new_type and alike >= ALIKE
    return [] if same else [changed_lines("error", stored, new)]


def changed_lines(where: str, stored: str, new: str) -> str:
    """Write down the lines that differ (str), a few of them at most."""
    changed = [line for line in ndiff(stored.splitlines(), new.splitlines()) if line[0] in "-+"]
    more = [f"… and {len(changed) - SHOWN} more lines"] if len(changed) > SHOWN else []
    return "\n    ".join([f"{where}: stored (-) and came (+)", *changed[:SHOWN], *more])


def _changed(stored: str, new: str, rtol: float, atol: float) -> str | None:
    """Say in words what is wrong with a number or a duration."""
    durations = [re.fullmatch(DURATION, text) for text in (stored, new)]
    if all(durations):
        return _duration_changed(stored, new)
    if any(durations) or not all(re.search(r"[.eE]", text) for text in (stored, new)):
        return "an integer changed, or a type"
    distance, allowed = abs(float(new) - float(stored)), atol + rtol * abs(float(stored))
    if not distance and not (atol and stored.lstrip("-") == new.lstrip("-")):
        return "written in another way"
    return f"moved by {distance:.2g}, allowed {allowed:.2g}" if distance > allowed else None


def _duration_changed(stored: str, new: str) -> str | None:
    (old_amount, old_unit, old_size), (amount, unit, size) = map(_duration, (stored, new))
    if old_unit != unit and (old_amount == amount or max(len(old_unit), len(unit)) > 3):
        return "another unit"
    short, long = sorted((old_size, size))
    changed = long >= max(HUNDREDFOLD * short, STALL)
    return "a hundred times as long, or a hundredth" if changed else None


def _duration(text: str) -> tuple[str, str, float]:
    """Take a duration apart: its digits, its unit in the singular, and its size in seconds."""
    amount, unit = re.findall(r"^(.*\d)(\D+)$", text)[0]
    number = amount.replace(",", "")
    last_digit = 10.0 ** -len(number.partition(".")[2])
    return amount, unit.rstrip("s"), max(float(number), last_digit) * UNITS[unit.strip()]
