"""A photograph that is there on every machine, since matplotlib brings it along."""

import numpy as np
import torch


def photograph(size: int = 128) -> torch.Tensor:
    """Return a photograph of Grace Hopper, who wrote the first compiler.

    Parameters
    ----------
    size : int
        Height and width in pixels. Default: 128.

    Returns
    -------
    torch.Tensor of shape (3, size, size)
        Its red, green and blue, as uint8 in 0…255: head and shoulders, cut to a square.

    Notes
    -----
    Source: ``grace_hopper.jpg`` of matplotlib's sample data; an official portrait of the United
    States Navy, in the public domain.
    """
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    whole = Image.open(str(get_sample_data("grace_hopper.jpg", asfileobj=False))).convert("RGB")
    square = whole.resize((size, size), Image.Resampling.BOX, box=(0, 0, 512, 512))
    return torch.from_numpy(np.asarray(square).copy()).permute(2, 0, 1).contiguous()
