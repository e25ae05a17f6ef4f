"""Where and in what precision the arithmetic runs."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Device:
    name: str  # "cuda" or "cpu"
    precision: str  # "bfloat16" or "float32"

    @staticmethod
    def choose(name: str | None = None, precision: str | None = None) -> "Device":
        """A GPU if there is one. On a CPU bfloat16 only where it is native: emulated, it was 29 times slower."""
        name = name or ("cuda" if torch.cuda.is_available() else "cpu")
        native = name == "cuda" or _cpu_has_bfloat16()
        return Device(name, precision or ("bfloat16" if native else "float32"))

    def autocast(self) -> AbstractContextManager:
        return torch.autocast(self.name, dtype=torch.bfloat16, enabled=self.precision == "bfloat16")


def _cpu_has_bfloat16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
