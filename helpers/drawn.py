"""Ten drawn shapes in the format of CIFAR-10: a stand-in that needs no download.

Everything is integer arithmetic on the raw output of one bit generator, so each pixel is the
same on every platform and with every version of numpy (NEP 19 keeps raw streams stable).
"""

import numpy as np
from numpy import ndarray as Array

SEEDS = {"train": 1729, "test": 1730}
CHUNK = 1_000  # images drawn at once: bounds the memory to some 40 MB

PIXEL = 32  # lengths are integers, in 1/32 of a pixel
# Cosine and sine times 65 of five rotations, exact because of Pythagorean triples: 0, ±14°, ±23°.
ROTATIONS = np.array([(65, 0), (63, 16), (63, -16), (60, 25), (60, -25)], dtype=np.int32)


# A shape is the signed distance to its outline, positive inside; u runs right, v down, s is the
# size. All arguments are arrays of int32 that broadcast together.
def _disc(u: Array, v: Array, s: Array) -> Array:
    return (s * s - u * u - v * v) // (2 * s)


def _ring(u: Array, v: Array, s: Array) -> Array:
    return np.minimum(_disc(u, v, s), -_disc(u, v, 5 * s // 8))


def _square(u: Array, v: Array, s: Array) -> Array:
    return 7 * s // 8 - np.maximum(abs(u), abs(v))


def _frame(u: Array, v: Array, s: Array) -> Array:
    return np.minimum(_square(u, v, s), -_square(u, v, 5 * s // 8))


def _triangle(u: Array, v: Array, s: Array) -> Array:
    return np.minimum((s + v - 2 * abs(u)) * 4 // 9, 3 * s // 4 - v)


def _cross(u: Array, v: Array, s: Array) -> Array:
    return np.minimum(_square(u, v, s), s // 4 - np.minimum(abs(u), abs(v)))


def _diamond(u: Array, v: Array, s: Array) -> Array:
    return (9 * s // 8 - abs(u) - abs(v)) * 5 // 7


def _stripes(v: Array, s: Array) -> Array:
    return abs((v + 2 * s) % (2 * s // 3) - s // 3) - s // 6


def _bars(u: Array, v: Array, s: Array) -> Array:
    return np.minimum(_square(u, v, s), _stripes(v, s))


def _checkers(u: Array, v: Array, s: Array) -> Array:
    across, down = _stripes(u, s), _stripes(v, s)
    fields = np.maximum(np.minimum(across, down), np.minimum(-across, -down))
    return np.minimum(_square(u, v, s), fields)


def _moon(u: Array, v: Array, s: Array) -> Array:
    return np.minimum(_disc(u, v, s), -_disc(u - s // 2, v, 3 * s // 4))


SHAPES = {
    "disc": _disc,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "cross": _cross,
    "diamond": _diamond,
    "bars": _bars,
    "checkers": _checkers,
    "moon": _moon,
}
CLASSES = tuple(SHAPES)


# The middle of each class's background colours. They overlap widely: colour alone gives a network
# its first, quick progress, as in real photographs, and the shape must do the rest.
BACKGROUNDS = 108 + 48 * np.array(
    [
        (1, -1, -1),
        (-1, 1, -1),
        (-1, -1, 1),
        (1, 1, -1),
        (1, -1, 1),
        (-1, 1, 1),
        (1, 1, 1),
        (-1, -1, -1),
        (0, 1, 0),
        (0, -1, 0),
    ],
    dtype=np.int32,
)


def _random_bytes(generator: np.random.PCG64, *shape: int) -> Array:
    """Take uint8 numbers of the given shape, a multiple of 8 of them, from a bit generator."""
    raw = generator.random_raw(int(np.prod(shape)) // 8)
    return raw.astype("<u8").view(np.uint8).reshape(shape)


def _draw_chunk(labels: Array, generator: np.random.PCG64) -> Array:
    """Draw one image a label: uint8 of shape (len(labels), 3, 32, 32)."""
    chance = _random_bytes(generator, len(labels), 16).astype(np.int32)[:, :, None, None]
    axis = (np.arange(32, dtype=np.int32) - 16) * PIXEL + PIXEL // 2
    x = axis - (chance[:, 0] - 128) * 5 // 4  # the middle is up to 5 pixels off in each direction
    y = axis[:, None] - (chance[:, 1] - 128) * 5 // 4
    size = 5 * PIXEL + chance[:, 2] * 3 // 4  # 5 to 11 pixels from the middle to the outline
    cosine, sine = np.moveaxis(ROTATIONS[chance[:, 3] % len(ROTATIONS)], -1, 0)
    u, v = (cosine * x + sine * y) // 65, (cosine * y - sine * x) // 65

    distance = np.empty(u.shape, dtype=np.int32)
    for label, shape in enumerate(SHAPES.values()):
        chosen = labels == label
        distance[chosen] = shape(u[chosen], v[chosen], size[chosen])
    cover = np.clip(distance + PIXEL // 2, 0, PIXEL)[:, None]  # outlines are one pixel soft

    background = BACKGROUNDS[labels][:, :, None, None] + (chance[:, 4:7] - 128) // 2
    slope = (chance[:, 7:8] - 128) * axis + (chance[:, 8:9] - 128) * axis[:, None]
    contrast = (32 + chance[:, 9:12] // 4) * np.where(chance[:, 12:15] < 128, 1, -1)
    noise = (_random_bytes(generator, len(labels), 3, 32, 32).astype(np.int32) - 128) * 5 // 16
    pixels = background + slope // 1024 + contrast * cover // PIXEL + noise
    return np.clip(pixels, 0, 255).astype(np.uint8)


def draw(split: str, count: int) -> tuple[Array, Array]:
    """Draw one part of the stand-in: the same images every time, the classes equally often.

    Parameters
    ----------
    split : {"train", "test"}
    count : int
        How many images: N. Those of another count are other images.

    Returns
    -------
    images : numpy array of uint8, shape (N, 3, 32, 32)
    labels : numpy array of int64, shape (N,)
        Positions in ``CLASSES``.
    """
    generator = np.random.PCG64(SEEDS[split])
    labels = np.argsort(generator.random_raw(count), kind="stable") % len(CLASSES)
    images = np.empty((count, 3, 32, 32), dtype=np.uint8)
    for start in range(0, count, CHUNK):
        chunk = slice(start, start + CHUNK)
        images[chunk] = _draw_chunk(labels[chunk], generator)
    return images, labels
