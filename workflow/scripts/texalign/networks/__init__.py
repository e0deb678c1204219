"""Networks: how they are built, where their weights come from, how their feature maps are tapped."""

from texalign.networks.operators import declare_torchvision_operators

declare_torchvision_operators()
