"""The tone corpus: passages, their rewrites, and the sentences both share."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

TONES = ("neutral", "expert", "empathetic", "cautious", "casual", "concise", "helpful")
"""Every label, in the order of the classifier's outputs."""

MARKED_TONES = TONES[1:]
"""The tones a person asks for; neutral is the absence of the others."""

_KEEPER = re.compile(r"`[^`]+`|https?://[^\s)]+|\{[a-z_]+\}|\$[A-Z_]+|\d[\d.,:/-]*\d|\d")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(\d])")
_WORD = re.compile(r"[a-z0-9']+")
_FUNCTION_WORDS = frozenset(
    "the a an and or of to in on at for with is are was were be been it its this that these those as by from you your "
    "we our i my me they their he she his her not no do does did have has had will would can could should may might if "
    "so but than then there here what which who when how all any just also very more most into over out up about after "
    "before".split()
)


@dataclass(frozen=True)
class Passage:
    """A text and the same text in several tones (all seven for a corpus passage, fewer for one of its sentences)."""

    id: str
    source: str
    rewrites: dict[str, str]


def load_corpus(path: Path) -> list[Passage]:
    """Read one JSON object a line: `id`, `source`, `rewrites {tone: text}`."""
    with open(path, encoding="utf8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    return [Passage(r["id"], r["source"], {tone: r["rewrites"][tone] for tone in TONES}) for r in records]


def word_count(text: str) -> int:
    return len(text.split())


def keepers(text: str) -> set[str]:
    """What must survive a rewrite exactly: numbers, inline code, links, placeholders."""
    return set(_KEEPER.findall(text))


def content_overlap(source: str, rewrite: str) -> float:
    """Share of the source's content words that the rewrite still has, 0 to 1."""
    words = _content_words(source)
    return len(words & _content_words(rewrite)) / max(1, len(words))


def sentences(text: str) -> list[str]:
    return _SENTENCE_END.split(text)


def sentence_units(passage: Passage, minimum_tones: int = 3) -> list[Passage]:
    """The passage's sentences with their rewrites.

    A rewrite is taken apart only if it has as many sentences as the source, and a pair of sentences is believed only if
    both hold the same keepers, share content words and are of like length: a wrong pair would teach the model to drop
    facts.
    """
    parts = sentences(passage.source)
    if len(parts) < 2:
        return []
    apart = {tone: sentences(text) for tone, text in passage.rewrites.items()}
    apart = {tone: found for tone, found in apart.items() if len(found) == len(parts)}
    units = []
    for i, source in enumerate(parts):
        rewrites = {tone: found[i] for tone, found in apart.items() if _same_content(source, found[i])}
        if word_count(source) >= 3 and len(rewrites) >= minimum_tones:
            units.append(Passage(f"{passage.id}.{i}", source, rewrites))
    return units


def _same_content(source: str, rewrite: str) -> bool:
    ratio = len(rewrite) / len(source)
    return 0.3 <= ratio <= 2.5 and keepers(source) == keepers(rewrite) and content_overlap(source, rewrite) >= 0.3


def _content_words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if word not in _FUNCTION_WORDS and len(word) > 2}
