"""The arithmetic of a model's passes, and what this machine does natively."""

from enum import StrEnum
from pathlib import Path
from typing import Any


class Precision(StrEnum):
    """Arithmetic of a model's passes."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


def native_precision() -> Precision:
    """bfloat16 where a GPU or this CPU has instructions for it, else float32."""
    import torch  # noqa: PLC0415 - seconds to import; the driver asks once

    if torch.cuda.is_available():
        return Precision.BFLOAT16 if torch.cuda.is_bf16_supported() else Precision.FLOAT32
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text() if cpuinfo.exists() else ""
    native = "avx512_bf16" in flags or "amx_bf16" in flags
    return Precision.BFLOAT16 if native else Precision.FLOAT32


def autocast(device: Any, precision: Precision) -> Any:
    """A context of arithmetic in bfloat16 on a torch device, where it is asked for."""
    import torch  # noqa: PLC0415 - as above

    return torch.autocast(device.type, torch.bfloat16, enabled=precision is Precision.BFLOAT16)


def settle_precision(precision: Precision) -> Precision:
    """What `auto` stands for on this machine."""
    return native_precision() if precision is Precision.AUTO else precision
