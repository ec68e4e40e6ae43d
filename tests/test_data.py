"""CIFAR10 and its batches: a drop-in for torchvision's, served whole."""

import multiprocessing
import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader
from torchvision.transforms import Compose, Normalize, ToTensor

from helpers import sources
from helpers.data import (
    CIFAR10,
    MEAN,
    STD,
    InMemoryImages,
    denormalize,
    normalize,
    whole_batch,
)

REAL = os.environ.get("CIFAR10_SOURCE", "drawn")

pytestmark = pytest.mark.usefixtures("small")


# --- a drop-in for torchvision.datasets.CIFAR10


def test_it_has_what_torchvisions_has(root, zipped):
    train = CIFAR10(root, source=zipped)
    assert train.data.shape == (20, 32, 32, 3)
    assert train.data.dtype == np.uint8
    assert train.targets == [index % 10 for index in range(20)]
    assert train.classes == sources.CLASSES
    assert train.class_to_idx["frog"] == 6
    assert (train.images.shape, train.images.dtype) == ((20, 3, 32, 32), torch.uint8)
    assert (train.labels.tolist(), train.labels.dtype) == (train.targets, torch.int64)
    assert len(CIFAR10(root, train=False, source=zipped)) == 10


def test_an_item_is_a_picture_and_a_label(root, zipped):
    train = CIFAR10(root, source=zipped)
    image, target = train[3]
    assert (image.size, image.mode, target) == ((32, 32), "RGB", 3)
    assert np.array_equal(np.asarray(image), train.data[3])
    assert torch.equal(ToTensor()(image), train.images[3] / 255)


def test_transforms_are_applied_to_an_item(root, zipped):
    train = CIFAR10(root, True, ToTensor(), lambda target: -target, source=zipped)
    image, target = train[3]
    assert torch.equal(image, train.images[3] / 255)
    assert target == -3


@pytest.mark.parametrize("method", ["spawn", "forkserver"])  # Windows and macOS; Linux from 3.14
def test_worker_processes_serve_it_however_they_start(root, zipped, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system does not start processes by {method}")
    test = CIFAR10(root, train=False, transform=ToTensor(), source=zipped)
    loader = DataLoader(test, batch_size=5, num_workers=2, multiprocessing_context=method)
    inputs, labels = map(torch.cat, zip(*loader, strict=True))
    assert torch.equal(inputs, test.images / 255)
    assert torch.equal(labels, test.labels)


def test_pickling_leaves_the_pixels_out(root, zipped):
    train = CIFAR10(root, source=zipped)
    content = pickle.dumps(train)
    assert len(content) < 1_000
    again = pickle.loads(content)
    assert torch.equal(again.images, train.images)
    assert again.source == train.source


def test_a_change_to_the_pixels_stays_in_this_process(root, zipped):
    CIFAR10(root, source=zipped).images.zero_()
    assert CIFAR10(root, source=zipped).images.any()


# --- batches


def test_normalize_agrees_with_torchvision_per_image(root):
    train = CIFAR10(root, source="drawn")
    expected = Compose([ToTensor(), Normalize(MEAN, STD)])
    for index in range(5):
        torch.testing.assert_close(normalize(train.images[index]), expected(train[index][0]))


def test_denormalize_undoes_normalize(root):
    images = CIFAR10(root, source="drawn").images
    torch.testing.assert_close(denormalize(normalize(images)), images / 255)


def test_a_loader_gets_whole_batches_and_every_image_once(root):
    train = CIFAR10(root, source="drawn")
    dataset = InMemoryImages(train.images, torch.arange(20))
    loader = DataLoader(dataset, batch_size=8, shuffle=True, collate_fn=whole_batch)
    batches = list(loader)
    assert [inputs.shape for inputs, _ in batches] == [(n, 3, 32, 32) for n in (8, 8, 4)]
    order = torch.cat([labels for _, labels in batches])
    assert sorted(order.tolist()) == list(range(20))
    assert torch.equal(torch.cat([inputs for inputs, _ in batches]), normalize(train.images[order]))


def test_indices_are_made_where_the_images_are():
    elsewhere = SimpleNamespace(device=torch.device("meta"), index_select=lambda _, index: index)
    batch = InMemoryImages(elsewhere, elsewhere, transform=lambda index: index).__getitems__([3, 1])
    assert [index.device.type for index in batch] == ["meta", "meta"]


def test_the_seed_alone_decides_the_order(root):
    train = CIFAR10(root, source="drawn")
    loader = DataLoader(
        InMemoryImages(train.images, train.labels), 4, shuffle=True, collate_fn=whole_batch
    )
    per_image = DataLoader(CIFAR10(root, True, ToTensor(), source="drawn"), 4, shuffle=True)
    orders = []
    for each in (loader, per_image):
        torch.manual_seed(1)
        orders.append(torch.cat([labels for _, labels in each]).tolist())
    assert orders[0] == orders[1]


def test_one_item_of_images_in_memory_is_transformed(root):
    train = CIFAR10(root, source="drawn")
    inputs, label = InMemoryImages(train.images, train.labels, torch.neg)[2]
    assert torch.equal(inputs, -train.images[2])
    assert label == train.labels[2]


# --- the real images, where there are some


@pytest.mark.skipif(REAL == "drawn", reason="CIFAR10_SOURCE names no real images")
def test_the_real_images_are_cifar10(tmp_path, monkeypatch):
    for split, count in {"train": 50_000, "test": 10_000}.items():
        monkeypatch.setitem(sources.COUNTS, split, count)
    train, test = (CIFAR10(tmp_path, train=part, source=REAL) for part in (True, False))
    assert torch.bincount(train.labels).tolist() == [5_000] * 10
    assert torch.bincount(test.labels).tolist() == [1_000] * 10
    assert [train.classes[label] for label in train.targets[:2]] == ["frog", "truck"]
    assert test.classes[test.targets[0]] == "cat"
    pixels = train.data / 255  # those of JPEG files differ a little
    np.testing.assert_allclose(pixels.mean(axis=(0, 1, 2)), MEAN, atol=0.0005)
    np.testing.assert_allclose(pixels.std(axis=(0, 1, 2)), STD, atol=0.002)
