"""The drawn stand-in: the same pixels everywhere, ten classes, the sizes of CIFAR-10."""

import hashlib

import numpy as np
import pytest

from helpers import drawn

LABELS = [9, 0, 1, 5, 7, 2, 5, 5, 0, 5]
PIXELS = "70f36f158c51769eed34e7c4cf818312bf1996c959c9e62b1f2bf10b39b33525"


@pytest.fixture(scope="module")
def test_part():
    return drawn.draw("test", 10_000)


def sha256(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def test_the_first_images_are_the_same_on_every_platform(test_part):
    images, labels = test_part
    assert labels[:10].tolist() == LABELS
    assert sha256(images[:100]) == PIXELS


def test_a_part_has_the_size_and_type_of_cifar10(test_part):
    images, labels = test_part
    assert images.shape == (10_000, 3, 32, 32)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64


def test_every_class_is_drawn_equally_often(test_part):
    assert np.bincount(test_part[1]).tolist() == [1_000] * 10


def test_both_parts_differ():
    parts = [drawn.draw(split, 100)[0] for split in ("train", "test")]
    assert len(np.unique(np.concatenate(parts), axis=0)) == 200


def test_drawing_leaves_the_global_random_state_alone():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    drawn.draw("test", 10)
    assert np.array_equal(before, np.random.get_state()[1])


def test_a_shape_stands_out_from_its_background():
    axis = np.arange(-496, 497, 32, dtype=np.int32)
    areas = {
        name: int((shape(axis, axis[:, None], np.int32(320)) > 0).sum())
        for name, shape in drawn.SHAPES.items()
    }
    assert all(50 < area < 600 for area in areas.values())
    assert areas["ring"] < areas["disc"]
    assert areas["frame"] < areas["square"]
