"""Networks small enough for unit tests, importable as `python:toy_networks:...`."""

from torch import nn

STRIDE = 4


def circular() -> nn.Module:
    """Two convolutions of stride 2 with circular padding: a roll of the image by `STRIDE` rolls every feature map."""
    return nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2, padding_mode="circular"),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 12, 3, stride=2, padding=1, padding_mode="circular"),
        nn.ReLU(inplace=True),
    )


def unpadded() -> nn.Module:
    """Convolutions without padding: an image must have 11 pixels or more on a side."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.ReLU()), nn.Sequential(nn.Conv2d(4, 4, 4), nn.ReLU())
    )


def flattened() -> nn.Module:
    """A network whose last output is no feature map."""
    return nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), nn.AdaptiveAvgPool2d(1), nn.Flatten())
