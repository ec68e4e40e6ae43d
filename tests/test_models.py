"""The networks: what goes in, what comes out, and as large as lessons say."""

import torch

from helpers import Net, fast_net


def test_net_turns_pictures_into_a_logit_for_each_class():
    assert Net()(torch.zeros(5, 3, 32, 32)).shape == (5, 10)


def test_net_has_as_many_parameters_as_its_description_says():
    count = sum(parameter.numel() for parameter in Net().parameters())
    assert f"{count:,} numbers to learn" in Net.__doc__


def test_every_parameter_of_net_learns():
    torch.manual_seed(1)
    net = Net()
    net(torch.rand(4, 3, 32, 32)).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_the_fast_net_takes_pictures_of_several_sizes():
    for size in (16, 24, 32):
        assert fast_net(2)(torch.zeros(5, 3, size, size)).shape == (5, 10)


def test_the_fast_net_ends_with_as_many_channels_as_its_description_says():
    channels = [
        layer.out_channels
        for layer in fast_net(3).modules()
        if hasattr(layer, "stride") and hasattr(layer, "out_channels")
    ]
    assert channels == [6, 6, 12, 12, 24, 24]
