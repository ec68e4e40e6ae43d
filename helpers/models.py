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
