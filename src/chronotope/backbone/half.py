"""Half precision: where products of matrices in bf16 pay."""

from __future__ import annotations


def has_bf16(device: str = "cpu") -> bool:
    """Whether a device ("cpu", "cuda:0") multiplies bf16 matrices faster than float32.

    Accelerators do, and processors with instructions for it; others are several times slower in bf16.
    """
    import torch

    kind = device.split(":")[0]
    if kind != "cpu":
        return kind == "cuda"
    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported())
