"""Exercises of lesson 04: building networks."""

import torch
from torch import nn

from helpers.exercises import exercise
from helpers.questions.tools import assert_shape


@exercise(
    "Count the weights first: every output has one for each input.",
    "100 · 10 weights. What else has a Linear layer, once for each output?",
    solution="linear_parameters = 1010",
)
def linear_parameters(answer):
    """Predict how many parameters nn.Linear(100, 10) has."""
    assert answer != 1000, "that is the weights alone: each output has a bias too."
    assert answer != 1100, "there is one bias for each output, not for each input."
    assert answer == 1010, f"100 · 10 weights and 10 biases are not {answer:,}."


@exercise(
    "A kernel of size k fits k − 1 times less often than there are pixels.",
    "(size + 2 · padding − kernel) // stride + 1, with whole numbers.",
    solution="""
    def conv_size(size, kernel, stride, padding):
        return (size + 2 * padding - kernel) // stride + 1
    """,
)
def conv_size(answer):
    """The height of what a convolution makes of a picture of this height."""
    assert answer(32, 5, 1, 0) != 27, "32 − 5 is 27, and there is one position more than steps."
    assert answer(32, 5, 1, 0) == 28, "without padding, a 5 × 5 kernel makes 28 of 32."
    assert answer(32, 3, 1, 1) == 32, "padding adds pixels on both sides: count it twice."
    result = answer(32, 3, 2, 1)
    assert isinstance(result, int), "a size is a whole number: divide with `//`."
    assert result == 16, f"kernel 3, stride 2, padding 1 make 16 of 32, and you say {result}."


@exercise(
    "`nn.Linear(4, 8)`, then an activation, then `nn.Linear(8, 3)`.",
    "Put them into `nn.Sequential(…)` in that order; nothing follows the last one.",
    solution="""
    def make_classifier():
        return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    """,
)
def make_classifier(answer):
    """A network from 4 features over 8 hidden ones with ReLU to 3 logits."""
    net = answer()
    assert isinstance(net, nn.Module), "return a network, for example an `nn.Sequential`."
    layers = list(net.modules())
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    shapes = [(layer.in_features, layer.out_features) for layer in linear]
    assert shapes == [(4, 8), (8, 3)], f"the Linear layers should be (4, 8), (8, 3), not {shapes}."
    assert any(isinstance(layer, nn.ReLU) for layer in layers), (
        "without an activation between them, two Linear layers are one."
    )
    assert not any(isinstance(layer, nn.Softmax | nn.LogSoftmax) for layer in layers), (
        "no softmax at the end: CrossEntropyLoss wants logits and does that part itself."
    )
    assert not isinstance(layers[-1], nn.ReLU), (
        "a ReLU after the logits would cut off half of them."
    )
    assert_shape(net(torch.zeros(5, 4)), (5, 3))


@exercise(
    "`unsqueeze` makes a batch of one picture; `[0]` or `squeeze(0)` undoes it.",
    "Restore the mode at the end: `was_training = net.training`, … `net.train(was_training)`.",
    solution="""
    def classify(net, picture):
        was_training = net.training
        net.eval()
        with torch.no_grad():
            answer = net(picture.unsqueeze(0)).argmax(dim=1).item()
        net.train(was_training)
        return answer
    """,
)
def classify(answer):
    """The class of one picture (3, 32, 32) as an int, in eval mode; the mode is restored."""
    net = _Watching()
    net.train()
    result = answer(net, torch.zeros(3, 32, 32))
    assert net.seen is not None, "the network was not called."
    assert net.seen[0] == (1, 3, 32, 32), (
        f"a network wants a batch, (1, 3, 32, 32), and it got {net.seen[0]}."
    )
    assert not net.seen[1], "the network was still in training mode: call `net.eval()` first."
    assert not net.seen[2], "gradients were recorded: use `with torch.no_grad():`."
    assert not isinstance(result, torch.Tensor), "return a Python number: `.item()` takes it out."
    assert result == 7, f"the largest logit is at position 7, and you say {result}."
    assert net.training, "the network was in training mode before the call, and is not any more."


class _Watching(nn.Module):
    """A network that notes how it was called: shape, training mode, gradients."""

    seen = None

    def __init__(self):
        super().__init__()
        self.logits = nn.Parameter(torch.eye(10)[7])

    def forward(self, x):
        self.seen = (tuple(x.shape), self.training, torch.is_grad_enabled())
        return self.logits.expand(len(x), 10)
