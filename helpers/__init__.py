"""What more than one lesson needs: pictures, data, errors on purpose.

The names below load when first used, so that ``import helpers`` alone imports neither
torch nor papermill (PEP 562).
"""

import importlib

_HOME = {
    "CIFAR10": "data",
    "InMemoryImages": "data",
    "denormalize": "data",
    "normalize": "data",
    "whole_batch": "data",
    "show_progress": "lab",
    "expect": "lesson",
    "pick_device": "lesson",
    "record": "lesson",
    "show": "lesson",
    "Net": "models",
    "evaluate": "training",
    "load_checkpoint": "training",
    "save_checkpoint": "training",
    "train_epoch": "training",
    "LossCurve": "plots",
    "plot_confusion": "plots",
    "plot_losses": "plots",
    "plot_tensor": "plots",
    "show_images": "plots",
}

__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    return getattr(importlib.import_module(f"helpers.{_HOME[name]}"), name)


def __dir__():
    return __all__
