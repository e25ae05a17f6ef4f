"""A tiny random Llama, its tokenizer, and a corpus of a few passages. Everything here is made in a second or two."""

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tonesteer_training.corpus import TONES, Passage, load_corpus

torch.set_num_threads(1)  # the matrices are tiny: threads would only wait for each other

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SOURCES = [
    "Send the 3 reports by Friday. The office closes at 17:30.",
    "Run `make test` first. It takes 12 minutes on a slow laptop.",
    "The bus to Leeds leaves at 8. Bring your own lunch and water.",
    "Water the fern twice a week. It dislikes the 2 sunny windows.",
    "Close the valve before you start. Page 9 shows where it is.",
    "Meet me at the station. I have 4 tickets for the late show.",
]


def passage(number: int) -> Passage:
    first, second = SOURCES[number % len(SOURCES)].split(". ")
    return Passage(f"t-{number:04}", f"{first}. {second}", {t: f"{first}, {t} way. {second}" for t in TONES})


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name, numbers in (("train", range(12)), ("validation", range(4))):
        records = [{"id": p.id, "source": p.source, "rewrites": p.rewrites} for p in map(passage, numbers)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n")
    return folder


@pytest.fixture(scope="session")
def passages(corpus) -> list[Passage]:
    return load_corpus(corpus / "train.jsonl")


@pytest.fixture(scope="session")
def checkpoint_folder(tmp_path_factory) -> Path:
    """A Llama of two heads a KV head, four blocks and 64 dimensions, with a byte-level tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SOURCES, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=512,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture
def model(checkpoint_folder) -> LlamaForCausalLM:
    return LlamaForCausalLM.from_pretrained(checkpoint_folder, dtype=torch.float32)


@pytest.fixture(scope="session")
def tokenizer(checkpoint_folder) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast.from_pretrained(checkpoint_folder)


@pytest.fixture(scope="session")
def encode(tokenizer):
    return lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
