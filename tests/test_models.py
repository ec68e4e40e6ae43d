"""The networks: what goes in, what comes out, and as large as lessons say."""

import torch
from torch import nn

from helpers import Net, fast_net
from helpers.models import SixViews, quick_net, whitening


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


def correlated():
    """Return images whose neighbouring pixels are nearly equal, and whose colours go together."""
    noise = torch.randn(300, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    return nn.functional.interpolate(noise, size=32, mode="bilinear").repeat(1, 3, 1, 1)


def test_whitened_patches_vary_independently_and_equally_far():
    convolution = whitening(correlated(), pairs=3)[0]
    patches = nn.functional.conv2d(correlated(), convolution.weight[:3], stride=4)
    covariance = patches.transpose(0, 1).flatten(1).cov()
    torch.testing.assert_close(covariance, torch.eye(3), atol=0.05, rtol=0)


def test_the_whitened_layer_has_each_pattern_with_both_signs_and_does_not_learn():
    convolution = whitening(correlated())[0]
    assert torch.equal(convolution.weight[:16], -convolution.weight[16:])
    assert not convolution.weight.requires_grad


def test_the_quick_net_takes_pictures_of_several_sizes():
    for size in (16, 24, 32):
        assert quick_net(correlated())(torch.zeros(5, 3, size, size)).shape == (5, 10)


def test_six_views_are_the_image_twice_and_two_neighbours_all_mirrored_too():
    pixels = torch.randn(2, 3, 8, 8)
    seen = []
    SixViews(lambda x: seen.append(x) or x.mean(dim=(2, 3)))(pixels)
    assert torch.equal(seen[0], pixels)
    assert torch.equal(seen[1], pixels.flip(3))
    assert torch.equal(seen[2][:, :, 1:, 1:], pixels[:, :, :-1, :-1])
    assert torch.equal(seen[4][:, :, :-1, :-1], pixels[:, :, 1:, 1:])
    assert len(seen) == 6
