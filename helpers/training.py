"""Train an epoch, evaluate, save and resume: what lesson 07 shows in full view."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

Batches = Iterable[tuple[Tensor, Tensor]]  # of inputs and labels
Criterion = Callable[[Tensor, Tensor], Tensor]  # from logits and labels to the mean loss
AnyPath = str | os.PathLike[str]


def train_epoch(
    net: nn.Module,
    loader: Batches,
    criterion: Criterion,
    optimizer: Optimizer,
    scheduler: LRScheduler | None = None,
) -> float:
    """Train on every batch of a loader once.

    Parameters
    ----------
    net : torch.nn.Module
        Put into training mode and left in it; its device is where the batches go.
    loader : iterable of (inputs, labels)
        Tensors, the inputs of shape (batch, …) as the network takes them, the labels int64 of shape
        (batch,).
    criterion : callable
        From logits and labels to the mean loss of a batch.
    optimizer : torch.optim.Optimizer
    scheduler : torch.optim.lr_scheduler.LRScheduler, optional
        Moved on after every batch. Default: the learning rate stays.

    Returns
    -------
    float
        The mean loss over the samples, while the network was changing.
    """
    device = next(net.parameters()).device
    net.train()
    total, samples = 0.0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total += loss.item() * len(labels)
        samples += len(labels)
    return total / samples


def evaluate(net: nn.Module, loader: Batches, criterion: Criterion) -> tuple[float, float]:
    """Measure a network without changing it; its mode is left as it was.

    Parameters
    ----------
    net : torch.nn.Module
        Its device is where the batches go.
    loader : iterable of (inputs, labels)
        As for :func:`train_epoch`.
    criterion : callable
        From logits and labels to the mean loss of a batch.

    Returns
    -------
    loss : float
        The mean over the samples.
    accuracy : float
        The share of right answers, 0…1.
    """
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    total, correct, samples = 0.0, 0, 0
    with torch.inference_mode():
        for inputs, labels in loader:
            inputs, labels = inputs.to(device), labels.to(device)
            logits = net(inputs)
            total += criterion(logits, labels).item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            samples += len(labels)
    net.train(was_training)
    return total / samples, correct / samples


def save_checkpoint(
    path: AnyPath, net: nn.Module, optimizer: Optimizer, scheduler: LRScheduler, **facts: Any
) -> None:
    """Save everything that training needs to go on as if it had never stopped.

    Parameters
    ----------
    path : path-like
        The file; it appears whole or not at all, whenever the power fails.
    net, optimizer, scheduler
        Whatever has a ``state_dict()``. The random generator of the network's device is saved
        beside the CPU's.
    **facts : int, float, str, or lists and dicts of them
        What else to remember, for example ``epoch=3``.
    """
    device = next(net.parameters()).device
    generators = {"cpu": torch.get_rng_state()}
    if device.type != "cpu":
        generators[device.type] = torch.get_device_module(device).get_rng_state(device)
    checkpoint = {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "generators": generators,
        "facts": facts,
    }
    torch.save(checkpoint, f"{path}.part")
    with open(f"{path}.part", "r+b") as file:
        os.fsync(file)  # on the disk before it gets its name
    os.replace(f"{path}.part", path)


def load_checkpoint(
    path: AnyPath, net: nn.Module, optimizer: Optimizer, scheduler: LRScheduler
) -> dict[str, Any]:
    """Go back to a saved moment of a training.

    Parameters
    ----------
    path : path-like
        A file of :func:`save_checkpoint`. It is read with ``weights_only=True``, which lets in
        tensors and plain Python values only; a file from a stranger remains a risk.
    net, optimizer, scheduler
        Built as they were then; they, and the random generators, are set to what was saved: the
        CPU's, and that of the network's device if it was of that kind when it was saved.

    Returns
    -------
    dict
        The facts that were saved.

    Raises
    ------
    RuntimeError, ValueError
        If the network, or the optimizer, is not built as the saved one was.
    pickle.UnpicklingError
        If the file holds anything but tensors and plain Python values.
    """
    checkpoint = torch.load(path, weights_only=True, map_location="cpu")
    net.load_state_dict(checkpoint["net"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
    device = next(net.parameters()).device
    for kind, state in checkpoint["generators"].items():
        if kind == "cpu":
            torch.set_rng_state(state)
        elif kind == device.type:
            torch.get_device_module(device).set_rng_state(state, device)
    return checkpoint["facts"]
