"""The device that a program computes on, how it computes there, and how much memory it has."""

import logging
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor

from texalign.errors import TexalignError

Result = TypeVar("Result")


def choose_device(gpus: int) -> torch.device:
    """The device to compute on: the visible GPU if one is granted, else the CPU, with `compute_exactly` set.

    Raises TexalignError when a GPU is granted and torch sees none: hours on a CPU would be a surprise.
    """
    if gpus and not torch.cuda.is_available():
        raise TexalignError(
            "a GPU was granted for this job, but torch sees none; grant none (--resources gpu=0, or --set-resources "
            "RULE:gpu=0), or see that the job runs where there is one, with a torch built for it"
        )
    device = torch.device("cuda" if gpus else "cpu")
    logging.info("computing on %s (%d GPU granted, %d visible)", device, gpus, torch.cuda.device_count())
    if not gpus and torch.cuda.is_available():
        logging.warning("a GPU is here, but none was granted to this job: --resources gpu=1 grants one")
    compute_exactly()
    return device


def compute_exactly() -> None:
    """Have float32 mean float32 on a GPU, and the same bytes come out of the same run.

    TF32 rounds what is multiplied to 10 bits. It is off for matrix products unless something turns it on, as images of
    NVIDIA's do by an environment variable, and on for convolutions; cuDNN would pick algorithms by timing them.

    Raises TexalignError when the variable that overrides these settings is set.
    """
    if os.environ.get("NVIDIA_TF32_OVERRIDE") == "1":
        raise TexalignError(
            "NVIDIA_TF32_OVERRIDE=1 forces all products on GPUs to 10 bits (TF32), whatever this program sets; unset it"
        )
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    if torch.cuda.is_available():
        logging.info("matrix products and convolutions in float32 without TF32; deterministic algorithms of cuDNN")


def memory_mb(device: torch.device, granted_mb: float) -> float:
    """Memory to compute in, MB: all that the GPU has, or on a CPU what the job is granted."""
    return torch.cuda.get_device_properties(device).total_memory / 1e6 if device.type == "cuda" else granted_mb


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or a CPU; torch has several ways of saying so."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("can't allocate memory", "not enough memory", "CUDA out of memory")
    )


class FittingBatches:
    """Computes batches of images as they come, and in halves from where memory runs out."""

    def __init__(self) -> None:
        self._largest: int | None = None

    def computed(self, images: Tensor, compute: Callable[[Tensor], Result]) -> Iterator[Result]:
        """What `compute` makes of a batch, (n, height, width, 3), in one or several parts, in order.

        What a part gives has to be what the whole would have given of these images. `compute` must keep nothing of a
        call that fails: what it returns is to be handed on by the caller.

        Raises TexalignError when memory runs out for a single image, saying what was asked for.
        """
        waiting = list(images.split(self._largest or len(images)))
        while waiting:
            part = waiting.pop(0)
            failure: str | None = None
            try:
                result = compute(part)
            except Exception as error:
                if not ran_out_of_memory(error):
                    raise
                failure = str(error) or type(error).__name__
            if failure is None:
                yield result
                continue
            # Outside of the handler, so that the traceback no longer holds what the failed pass had made.
            if len(part) == 1:
                raise TexalignError(
                    f"memory ran out for a single image of {part.shape[1]} x {part.shape[2]} pixels ({failure}), which "
                    "the job would need beside what it has. Give it more (--set-resources RULE:mem_mb=...), a GPU with "
                    "more, or smaller images"
                )
            self._largest = len(part) // 2
            logging.warning(
                "memory ran out for %d images at once: going on with %d (%s)", len(part), self._largest, failure
            )
            waiting = [piece for one in (part, *waiting) for piece in one.split(self._largest)]
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
