"""What more than one lesson needs: pictures, data, errors on purpose, exercises' progress."""

from helpers.data import (
    CIFAR10,
    MEAN,
    STD,
    InMemoryImages,
    denormalize,
    normalize,
    whole_batch,
)
from helpers.lesson import claim, expect, record, show
from helpers.live import LossCurve, slider
from helpers.models import Net, fast_net
from helpers.photograph import photograph
from helpers.plots import (
    LINES,
    MARKERS,
    OKABE_ITO,
    new_axes,
    plot_confusion,
    plot_losses,
    plot_sweep,
    plot_tensor,
    plot_tensors,
    show_images,
)
from helpers.progress import show_progress
from helpers.training import evaluate, load_checkpoint, save_checkpoint, train_epoch

# fmt: off
__all__ = [
    "CIFAR10", "LINES", "MARKERS", "MEAN", "OKABE_ITO", "STD", "InMemoryImages", "LossCurve",
    "Net", "claim", "denormalize", "evaluate", "expect", "fast_net", "load_checkpoint", "new_axes",
    "normalize", "photograph", "plot_confusion", "plot_losses", "plot_sweep", "plot_tensor",
    "plot_tensors", "record", "save_checkpoint", "show", "show_images", "show_progress", "slider",
    "train_epoch", "whole_batch",
]
# fmt: on
