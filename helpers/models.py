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
