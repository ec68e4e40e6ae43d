"""Compare two PNG pictures by their pixels: as wholes, and place by place."""

import base64
import binascii
import io
import math
from functools import reduce

LEVELS = 64  # of 255: a pixel so far from all pixels near it was drawn or erased


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
    from PIL import Image, ImageChops, ImageFilter, ImageStat

    try:
        files = [io.BytesIO(base64.b64decode(encoded)) for encoded in (stored, new)]
        old, fresh = [Image.open(file).convert("RGBA") for file in files]
    except (binascii.Error, OSError):
        return ["image/png: cannot be read as a picture"]
    if old.size != fresh.size:
        return [f"image/png: size in pixels {old.size} -> {fresh.size}"]
    distance = math.hypot(*ImageStat.Stat(ImageChops.difference(old, fresh)).rms[:3]) / 3**0.5
    if distance > rms:
        return [f"image/png: pixels differ by {distance:.1f} (RMS, of 255), allowed {rms:g}"]
    alone: list[Image.Image] = []  # how far a pixel is from all that are near it in the other one
    for one, other in ((old, fresh), (fresh, old)):
        darkest = brightest = other
        for _ in range(round(rms / 2)):  # one pixel farther each time
            darkest = darkest.filter(ImageFilter.MinFilter)
            brightest = brightest.filter(ImageFilter.MaxFilter)
        alone += ImageChops.subtract(darkest, one).split()
        alone += ImageChops.subtract(one, brightest).split()
    place = reduce(ImageChops.lighter, alone).point(lambda level: 255 * (level > LEVELS)).getbbox()
    return [f"image/png: something came or went within the pixels {place}"] if place else []
