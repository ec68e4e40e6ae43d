"""CIFAR-10: find it, verify it, decode it once, and serve it as images and as batches."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from helpers.find import AnyPath, Decoded, data_folder, find, forget_failed_download, load
from helpers.sources import DataError, Source

__all__ = ["CIFAR10", "DataError", "InMemoryImages", "Source", "denormalize", "normalize"]
__all__ += ["prepare", "whole_batch"]

# Per channel (red, green, blue) over the 50,000 official training images, pixels scaled to 0…1.
# Source: https://github.com/KellerJordan/cifar10-airbench; a test computes them again.
MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)

_SCALE = 1 / (255 * torch.tensor(STD)).view(3, 1, 1)
_SHIFT = (torch.tensor(MEAN) / torch.tensor(STD)).view(3, 1, 1)


class CIFAR10(Dataset[tuple[Any, Any]]):
    """One part of CIFAR-10, a drop-in for ``torchvision.datasets.CIFAR10``.

    Parameters
    ----------
    root : path, optional
        The data folder. Default: the project's ``data/``; outside a checkout of the project, the
        user's cache folder.
    train : bool
        The 50,000 training images (the default) or the 10,000 test images.
    transform, target_transform : callable, optional
        Applied to the PIL image, and to the label, when one item is asked for.
    source : path or "drawn", optional
        Where the images come from. Default: ``CIFAR10_SOURCE`` in the environment; else what is
        already decoded in the data folder; else the official folder or archive there; else the
        official archive, downloaded; else the drawn stand-in, with a warning.

    Attributes
    ----------
    images : torch.Tensor of uint8, shape (N, 3, 32, 32)
        Memory-mapped: processes share the pages, and a change stays private to its process.
    labels : torch.Tensor of int64, shape (N,)
    data : numpy array of uint8, shape (N, 32, 32, 3)
        The same memory as ``images``.
    targets : list of N int
    classes : list of str
    class_to_idx : dict of str to int
    source : Source
        Where the images came from, whether their checksum was verified, and the key of their
        content.

    Raises
    ------
    DataError
        If a source that was asked for, or that lies in the data folder, cannot be used.
    """

    def __init__(
        self,
        root: AnyPath | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[int], Any] | None = None,
        source: AnyPath | None = None,
    ) -> None:
        self.root = data_folder(root)
        self.train = train
        self.transform = transform
        self.target_transform = target_transform
        self._open(find(self.root, source))

    def _open(self, decoded: Decoded) -> None:
        self._file = decoded.file
        self.images, self.labels = decoded.parts["train" if self.train else "test"]
        self.classes = decoded.classes
        self.source = decoded.source
        self.class_to_idx = {name: index for index, name in enumerate(self.classes)}
        self.targets = self.labels.tolist()
        self.data = self.images.permute(0, 2, 3, 1).numpy()

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        from PIL import Image

        image, target = Image.fromarray(self.data[index]), self.targets[index]
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        return f"{len(self):,} {'training' if self.train else 'test'} images. {self.source}"

    def __getstate__(self) -> dict[str, Any]:
        """Leave the pixels out: the process that unpickles maps the same file."""
        kept = ("root", "train", "transform", "target_transform", "_file")
        return {name: vars(self)[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._open(load(self._file))


def normalize(images: Tensor) -> Tensor:
    """Turn pixels into the numbers a network trains on: mean 0 and deviation 1 per channel.

    Parameters
    ----------
    images : torch.Tensor of uint8, shape (..., 3, 32, 32)

    Returns
    -------
    torch.Tensor of float32, the same shape
        ``(images / 255 - MEAN) / STD``, with a scale and a shift computed once.
    """
    scale, shift = _SCALE.to(images.device), _SHIFT.to(images.device)
    return images.float().mul_(scale).sub_(shift)


def denormalize(images: Tensor) -> Tensor:
    """Undo :func:`normalize`, for pictures.

    Parameters
    ----------
    images : torch.Tensor of float32, shape (..., 3, 32, 32)

    Returns
    -------
    torch.Tensor of float32, the same shape
        Pixels from 0 to 1.
    """
    mean = torch.tensor(MEAN, device=images.device).view(3, 1, 1)
    std = torch.tensor(STD, device=images.device).view(3, 1, 1)
    return (images * std + mean).clamp(0, 1)


class InMemoryImages(Dataset[tuple[Tensor, Tensor]]):
    """Images in one tensor, of which a whole batch is gathered and transformed at once.

    Parameters
    ----------
    images : torch.Tensor of uint8, shape (N, 3, 32, 32)
        On any device: batches are gathered there.
    labels : torch.Tensor of int64, shape (N,)
        On the same device.
    transform : callable
        From pixels of shape (..., 3, 32, 32) to what the network gets. Default: normalize.

    Examples
    --------
    >>> dataset = InMemoryImages(train.images, train.labels)
    >>> trainloader = DataLoader(dataset, batch_size=4, shuffle=True, collate_fn=whole_batch)
    """

    def __init__(
        self, images: Tensor, labels: Tensor, transform: Callable[[Tensor], Tensor] = normalize
    ) -> None:
        self.images = images
        self.labels = labels
        self.transform = transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.transform(self.images[index]), self.labels[index]

    def __getitems__(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Return the inputs and labels of a batch; ``DataLoader`` calls this one if it exists."""
        chosen = torch.tensor(indices, device=self.images.device)
        images = self.images.index_select(0, chosen)  # several times faster than images[indices]
        return self.transform(images), self.labels.index_select(0, chosen)


def whole_batch(batch: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Pass on a batch that is already one: the ``collate_fn`` for :class:`InMemoryImages`."""
    return batch


def prepare(source: AnyPath | None = None, root: AnyPath | None = None) -> Source:
    """Find the data and decode them, if that has not been done yet.

    Parameters
    ----------
    source, root
        As for :class:`CIFAR10`.

    Returns
    -------
    Source
        What was found; its ``key`` names the content.

    Raises
    ------
    DataError
        As :class:`CIFAR10` does.
    """
    folder = data_folder(root)
    forget_failed_download(folder)  # who asks for data wants the download tried now
    return find(folder, source).source
