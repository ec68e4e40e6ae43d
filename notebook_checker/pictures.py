"""Compare two PNG pictures by their pixels: as wholes."""

import base64
import binascii
import io
import math


def compare_pictures(stored: str, new: str, rms: float) -> list[str]:
    """List how a picture differs from the stored one.

    Parameters
    ----------
    stored, new : str
        Two PNG pictures in base64.
    rms : float
        As for :func:`notebook_checker.comparison.differences`, which documents the rules.

    Returns
    -------
    list of str
        One line, or nothing.
    """
    if stored.strip() == new.strip():
        return []
    from PIL import Image, ImageChops, ImageStat

    try:
        files = [io.BytesIO(base64.b64decode(encoded)) for encoded in (stored, new)]
        old, fresh = [Image.open(file).convert("RGB") for file in files]
    except (binascii.Error, OSError):
        return ["image/png: cannot be read as a picture"]
    if old.size != fresh.size:
        return [f"image/png: size in pixels {old.size} -> {fresh.size}"]
    distance = math.hypot(*ImageStat.Stat(ImageChops.difference(old, fresh)).rms) / 3**0.5
    if distance <= rms:
        return []
    return [f"image/png: pixels differ by {distance:.1f} (RMS, of 255), allowed {rms:g}"]
