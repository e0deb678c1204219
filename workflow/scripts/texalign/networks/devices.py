"""The device that a program computes on, and how much memory it has there."""

import logging

import torch


def choose_device(gpus: int) -> torch.device:
    """The device to compute on, which is logged: the visible GPU if one is granted and there is one, else the CPU."""
    device = torch.device("cuda" if gpus and torch.cuda.is_available() else "cpu")
    logging.info("computing on %s (%d GPU granted, %d visible)", device, gpus, torch.cuda.device_count())
    return device


def memory_mb(device: torch.device, granted_mb: float) -> float:
    """Memory to compute in, MB: all that the GPU has, or on a CPU what the job is granted."""
    return torch.cuda.get_device_properties(device).total_memory / 1e6 if device.type == "cuda" else granted_mb
