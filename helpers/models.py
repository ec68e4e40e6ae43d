"""The networks, once a lesson has built them in full view."""

import torch
from torch import nn


class Net(nn.Module):
    """Two convolutions, three linear layers: 62,006 numbers to learn.

    Takes normalised pictures (batch, 3, 32, 32); gives logits (batch, 10).

    Source: LeNet-5 (LeCun et al., "Gradient-based learning applied to document recognition",
    1998), with colour, ReLU and max pooling; lesson 04 builds it layer by layer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (batch, 3, 32, 32)
        x = self.pool(torch.relu(self.conv1(x)))  # (batch, 6, 14, 14)
        x = self.pool(torch.relu(self.conv2(x)))  # (batch, 16, 5, 5)
        x = torch.flatten(x, 1)  # (batch, 400)
        x = torch.relu(self.fc1(x))  # (batch, 120)
        x = torch.relu(self.fc2(x))  # (batch, 84)
        return self.fc3(x)  # (batch, 10)


def block(
    channels_in: int, channels_out: int, size: int = 3, stride: int = 1, pool: bool = False
) -> nn.Sequential:
    """Convolution, max pooling where asked for, batch norm, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, size, stride, padding=1, bias=False),
        nn.MaxPool2d(2) if pool else nn.Identity(),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
    )


def fast_net(width: int) -> nn.Sequential:
    """Six convolutions with batch norm; lesson 08 builds them.

    Parameters
    ----------
    width : int
        Half the channels of the first convolution; the last has eight times as many.

    Returns
    -------
    torch.nn.Sequential
        Takes normalised pictures (batch, 3, 32, 32), or others of at least 16 × 16 pixels; gives
        logits (batch, 10).
    """
    return nn.Sequential(
        block(3, 2 * width, size=4, stride=2),  # (batch, 2 width, 16, 16)
        block(2 * width, 2 * width, pool=True),  # (batch, 2 width, 8, 8)
        block(2 * width, 4 * width),  # (batch, 4 width, 8, 8)
        block(4 * width, 4 * width, pool=True),  # (batch, 4 width, 4, 4)
        block(4 * width, 8 * width),
        block(8 * width, 8 * width),  # (batch, 8 width, 4, 4)
        nn.AdaptiveMaxPool2d(1),  # the strongest answer of each channel, wherever it is
        nn.Flatten(),  # (batch, 8 width)
        nn.Linear(8 * width, 10),
    )


def whitening(inputs: torch.Tensor, pairs: int = 16) -> nn.Sequential:
    """Make a first layer that needs no training, from the images it is to see.

    Neighbouring pixels are nearly equal. The eigenvectors of the covariance of small patches are
    patterns that vary independently of each other; divided by their standard deviations, all
    count alike. Each pattern is there with both signs, because ReLU cuts one of them off.

    Parameters
    ----------
    inputs : torch.Tensor of float32, shape (N, 3, height, width)
        Normalised images; two thousand are plenty.
    pairs : int
        How many patterns, the strongest first.

    Returns
    -------
    torch.nn.Sequential
        A convolution of 4 × 4 with a stride of 2, whose weights stay as they are, and a ReLU: from
        (batch, 3, height, width) to (batch, 2 pairs, height / 2, width / 2).

    Source: https://github.com/KellerJordan/cifar10-airbench, with 2 × 2 patches there.
    """
    patches = nn.functional.unfold(inputs, 4, stride=4)  # (N, 48, places)
    patches = patches.transpose(1, 2).reshape(-1, 48)
    covariance = patches.T @ patches / len(patches)
    variances, patterns = torch.linalg.eigh(covariance)  # the smallest first
    patterns = (patterns / (variances + 5e-4).sqrt()).T.flip(0)[:pairs]
    patterns = patterns.reshape(-1, 3, 4, 4)
    layer = nn.Conv2d(3, 2 * pairs, 4, stride=2, padding=1, bias=False)
    layer.weight = nn.Parameter(torch.cat([patterns, -patterns]), requires_grad=False)
    return nn.Sequential(layer, nn.ReLU())


def quick_net(inputs: torch.Tensor) -> nn.Sequential:
    """Whitening and three blocks, for a training of a second; lesson 08 builds it.

    Parameters
    ----------
    inputs : torch.Tensor of float32, shape (N, 3, size, size)
        Normalised images, for :func:`whitening`.

    Returns
    -------
    torch.nn.Sequential
        Takes normalised pictures (batch, 3, size, size) of at least 16 × 16 pixels; gives logits
        (batch, 10).
    """
    return nn.Sequential(
        whitening(inputs),  # (batch, 32, 12, 12) from images of 24 × 24
        block(32, 32, pool=True),  # (batch, 32, 6, 6)
        block(32, 64, pool=True),  # (batch, 64, 3, 3)
        block(64, 128, pool=True),  # (batch, 128, 1, 1)
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),  # (batch, 128)
        nn.Linear(128, 10),
    )


class SixViews(nn.Module):
    """Add what a network says about six views of each image, and count the image itself twice.

    Takes and gives what the network takes and gives: the views are the image, the image moved by
    a pixel up and left, the same down and right, and the mirror images of the three.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (batch, 3, size, size)
        size = x.shape[-1]
        wide = nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")
        views = [2 * self.both(x)]
        views += [self.both(wide[:, :, k : k + size, k : k + size]) for k in (0, 2)]
        return torch.stack(views).sum(dim=0)

    def both(self, x: torch.Tensor) -> torch.Tensor:  # (batch, 3, size, size)
        return self.net(x) + self.net(x.flip(3))
