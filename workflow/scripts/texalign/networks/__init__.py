"""Networks: how they are built, where their weights come from, how their feature maps are tapped."""
