"""The last rung of lesson 08: a recipe that makes the most of a given time."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from helpers.data import normalize
from helpers.training import one_cycle_sgd


def vary(images: Tensor, mirrored: Tensor) -> Tensor:
    """Shift each image by up to two pixels each way, and mirror some of them.

    Parameters
    ----------
    images : torch.Tensor of uint8, shape (N, 3, size, size)
    mirrored : torch.Tensor of bool, shape (N,)
        Which of them.

    Returns
    -------
    torch.Tensor of uint8, shape (N, 3, size, size)
    """
    size = images.shape[-1]
    padded = nn.functional.pad(images, (2, 2, 2, 2), mode="reflect")
    varied, places = torch.empty_like(images), torch.randint(25, (len(images),))
    for place in range(25):
        (chosen,), (down, right) = torch.where(places == place), divmod(place, 5)
        varied[chosen] = padded[chosen, :, down : down + size, right : right + size]
    varied[mirrored] = varied[mirrored].flip(3)
    return varied


def shrink(images: Tensor, size: int) -> Tensor:
    """Shrink all images once, instead of every batch again.

    Parameters
    ----------
    images : torch.Tensor of uint8, shape (N, 3, height, width)
    size : int
        The pixels on each side.

    Returns
    -------
    torch.Tensor of uint8, shape (N, 3, size, size)
    """
    return nn.functional.interpolate(images, size=(size, size), mode="bilinear", antialias=True)


def train_batch(
    net: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    optimizer: Optimizer,
    smoothing: float = 0.0,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Make one step.

    Parameters
    ----------
    net : torch.nn.Module
    inputs : torch.Tensor of float32, shape (batch, 3, size, size)
        On the network's device, as the labels are.
    labels : torch.Tensor of int64, shape (batch,)
    optimizer : torch.optim.Optimizer
    smoothing : float
        How much of the target is spread over all classes.
    dtype : torch.dtype, optional
        What convolutions and linear layers compute with. Default: float32.

    Returns
    -------
    torch.Tensor of float32, shape (batch,)
        The loss of each image before the step.
    """
    with torch.autocast(inputs.device.type, dtype, enabled=dtype is not None):
        logits = net(inputs)
    losses = nn.functional.cross_entropy(
        logits.float(), labels, label_smoothing=smoothing, reduction="none"
    )
    optimizer.zero_grad()
    losses.mean().backward()
    optimizer.step()
    return losses.detach()


def train_pass(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    order: Tensor,
    training: tuple[Optimizer, LRScheduler],
    batch: int = 128,
    smoothing: float = 0.0,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Train on images in a given order.

    Parameters
    ----------
    net : torch.nn.Module
        Put into training mode and left in it; its device is where the batches go.
    images : torch.Tensor of uint8, shape (N, 3, size, size)
    labels : torch.Tensor of int64, shape (N,)
    order : torch.Tensor of int64, at most N of them
        Which images, one after the other.
    training : torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler
        Both move on after every batch.
    batch : int
        How many images it has.
    smoothing, dtype
        As for :func:`train_batch`.

    Returns
    -------
    torch.Tensor of float32, on the CPU
        The loss that each image had, in this order.
    """
    device, (optimizer, scheduler) = next(net.parameters()).device, training
    losses = []
    net.train()
    for chosen in order.split(batch):
        inputs = normalize(images[chosen].to(device))
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        answers = labels[chosen].to(device)
        losses.append(train_batch(net, inputs, answers, optimizer, smoothing, dtype))
        scheduler.step()
    return torch.cat(losses).cpu()


def train_varied(
    net: nn.Module,
    images: Tensor,
    labels: Tensor,
    sizes: Sequence[int],
    highest: float,
    batch: int = 128,
    smoothing: float = 0.1,
    easy: float = 0.3,
    dtype: torch.dtype | None = None,
) -> None:
    """Train one pass over varied images for each size, from the third on without the easiest.

    Each image is mirrored in every second pass. Those that had the smallest losses in the pass
    before are left out, and come back in the next one.

    Parameters
    ----------
    net : torch.nn.Module
        Its device is where the batches go.
    images : torch.Tensor of uint8, shape (N, 3, 32, 32)
    labels : torch.Tensor of int64, shape (N,)
    sizes : sequence of int
        To how many pixels the images are shrunk, one number for each pass.
    highest : float
        The highest rate of the one-cycle schedule.
    batch, smoothing, dtype
        As for :func:`train_pass`.
    easy : float
        The share of the images that is left out.
    """
    count = len(images)
    kept = [count - (turn > 1) * int(easy * count) for turn in range(len(sizes))]
    steps = sum(-(-number // batch) for number in kept)  # a last, short batch counts
    training = one_cycle_sgd(net, steps, highest)
    losses = torch.full((count,), torch.inf)  # of each image, when it was last seen
    mirrored = torch.rand(count) < 0.5
    for size, number in zip(sizes, kept, strict=True):
        mirrored = ~mirrored
        varied = vary(shrink(images, size), mirrored)
        hardest = losses.argsort(descending=True)
        losses[hardest[number:]] = torch.inf  # left out now, and not the next time
        order = hardest[:number][torch.randperm(number)]
        losses[order] = train_pass(net, varied, labels, order, training, batch, smoothing, dtype)
