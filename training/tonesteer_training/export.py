"""A run's weights as a model pack: int4 body, one int8 matrix for embedding and head, pack.json."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import onnx

from . import prompt
from .corpus import TONES
from .engine import TOP_K, TOP_P
from .quantise import BLOCK
from .rewriter import load_rewriter, save_rewriter
from .run_folder import RunFolder
from .sites import nearest_sites

_TITLES = {
    "neutral": ("Neutral", "plain, clear, well edited; no marked tone"),
    "expert": ("Expert", "formal, authoritative, precise; the subject's own terms"),
    "empathetic": ("Empathetic", "warm and supportive; acknowledges the reader's situation"),
    "cautious": ("Cautious", "hedged; open about limits, exceptions and uncertainty"),
    "casual": ("Casual", "informal and conversational; contractions, plain words"),
    "concise": ("Concise", "as brief as it can be without losing facts"),
    "helpful": ("Helpful", "practical; clear next steps, speaks to the reader"),
}
_FROM_BUILDER = ("model.onnx", "model.onnx.data", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_FROM_CHECKPOINT = ("config.json", "generation_config.json")
_PYTHON_ONLY = ("backend", "is_local", "local_files_only")

_STEERED_DEPTHS, _READ_DEPTH = (0.41, 0.55, 0.69), 0.76


@dataclass(frozen=True)
class PackIdentity:
    name: str = "smollm2-135m-rewriter"
    version: str = "0.2.0"
    title: str = "SmolLM2 135M Rewriter"
    source: str = (
        "Fine-tuned from SmolLM2-135M-Instruct (Hugging Face, Apache-2.0) on the Tonesteer corpus; "
        "int4 with quantisation-aware training, int8 embedding and head."
    )


def export(run: RunFolder, which: str, tones: Path, pack: Path, identity: PackIdentity = PackIdentity()) -> None:
    """Write the whole pack, with starting values for what `calibrate` and `evaluate` fill in."""
    pack.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=pack.parent) as scratch:
        rounded, built = Path(scratch) / "rounded", Path(scratch) / "built"
        save_rewriter(*load_rewriter(run, which), rounded)
        build_graph(rounded, built)
        for name in _FROM_BUILDER:
            if (built / name).exists():
                shutil.move(built / name, pack / name)
        for name in _FROM_CHECKPOINT:
            shutil.copy(rounded / name, pack / name)
    _plain_tokenizer(pack / "tokenizer_config.json")
    shutil.copy(tones / "tones.safetensors", pack / "tones.safetensors")
    sites = json.loads((tones / "tones.json").read_text())["sites"]
    write_pack(pack, _description(pack, identity, sites))


def starting_steering(sites: list[int], blocks: int) -> dict:
    """What `calibrate` starts from and overwrites: the values found for the first pack."""
    return {
        "method": "relative",
        "sites": nearest_sites(sites, blocks, _STEERED_DEPTHS),
        "steps": 1,
        "decay": 1,
        "toneInstruction": True,
        "alpha": 0.085,
        "alphaMaximum": 0.25,
        "agnostic": {"alpha": 0.15},
        "several": {"alpha": 0.2, "toneInstruction": False},
        "suppress": {"alpha": 0.15, "toneInstruction": False},
        "rows": {
            "greedy": [1, 0.7, 0.5, 0.3],
            "sampled": [1, 0.85, 0.7, 0.5],
            "temperature": 0.6,
            "topP": TOP_P,
            "topK": TOP_K,
        },
        "ranking": {
            "readingSite": nearest_sites(sites, blocks, [_READ_DEPTH])[0],
            "toneWeight": 1,
            "roundTripWeight": 1,
            "roundTripFloor": -0.8,
        },
    }


def build_graph(checkpoint: Path, folder: Path) -> None:
    """With the builder's default rounding, which the weights were trained for: rounded ones pass unchanged."""
    options = [
        f"block_size={BLOCK}",
        "accuracy_level=4",
        "matmul_mixed_precision=last_matmul:int8",
        "shared_embeddings=true",
    ]
    builder = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", str(checkpoint), "-o", str(folder)]
    done = subprocess.run(
        [*builder, "-p", "int4", "-e", "cpu", "--extra_options", *options], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"The graph builder failed; its last words were: {done.stderr[-2000:]}")
    _share_head(folder / "model.onnx")


def read_pack(pack: Path) -> dict:
    return json.loads((pack / "pack.json").read_text(encoding="utf8"))


def write_pack(pack: Path, description: dict) -> None:
    """Write pack.json with the size and SHA-256 of every other file of the pack."""
    names = sorted(p.name for p in pack.iterdir() if p.name != "pack.json" and p.suffix not in (".md", ".txt"))
    files = {name: {"bytes": (pack / name).stat().st_size, "sha256": _digest(pack / name)} for name in names}
    text = json.dumps(description | {"files": files}, indent=2, ensure_ascii=False)
    (pack / "pack.json").write_text(text + "\n", encoding="utf8")


def _description(pack: Path, identity: PackIdentity, sites: dict) -> dict:
    config = json.loads((pack / "config.json").read_text())
    heads = config["num_attention_heads"]
    return {
        "format": 1,
        "name": identity.name,
        "version": identity.version,
        "title": identity.title,
        "languages": ["en"],
        "licence": {"model": "Apache-2.0", "tones": "MIT"},
        "source": identity.source,
        "architecture": {
            "type": config["model_type"],
            "blocks": config["num_hidden_layers"],
            "hidden": config["hidden_size"],
            "heads": heads,
            "keyValueHeads": config["num_key_value_heads"],
            "headDimension": config["hidden_size"] // heads,
            "vocabulary": config["vocab_size"],
            "context": config["max_position_embeddings"],
        },
        "prompt": {
            "prefix": prompt.PREFIX,
            "suffix": prompt.SUFFIX,
            "instructionSeparator": prompt.SEPARATOR,
            "instructions": prompt.INSTRUCTIONS,
            "stop": [prompt.STOP],
        },
        "tones": [{"id": t, "title": _TITLES[t][0], "description": _TITLES[t][1]} for t in TONES],
        "sites": sites,
        "steering": starting_steering(sorted(map(int, sites)), config["num_hidden_layers"]),
        "writing": {"unitWords": 14},
        "measured": {},
    }


def _share_head(path: Path) -> None:
    """The builder names the shared matrix differently in the two nodes that use it; give both the stored name."""
    model = onnx.load(path, load_external_data=False)
    stored = {constant.name for constant in model.graph.initializer}
    aliases = {
        "lm_head.MatMul.weight_Q8G32": "lm_head.MatMul.weight_Q8",
        "lm_head.MatMul.weight_scale": "lm_head.MatMul.weight_scales",
    }
    for node in model.graph.node:
        for i, name in enumerate(node.input):
            if name not in stored and aliases.get(name) in stored:
                node.input[i] = aliases[name]
    path.write_bytes(model.SerializeToString())


def _plain_tokenizer(path: Path) -> None:
    """Leave out what only the Python library understands, and name a class that others know."""
    config = {k: v for k, v in json.loads(path.read_text()).items() if k not in _PYTHON_ONLY}
    path.write_text(json.dumps(config | {"tokenizer_class": "GPT2Tokenizer"}, indent=2) + "\n")


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
