"""Whether a rewrite is fit to be shown at all, before its tone or meaning is looked at."""

from .corpus import keepers, word_count

_LONGEST, _SHORTEST, _SHORTEST_CONCISE = 1.9, 0.5, 0.25  # words, relative to the source
_REPEATED = 0.12  # share of three-word groups seen before


def fault(source: str, rewrite: str, ended: bool, concise: bool = False) -> str | None:
    """What is wrong with the rewrite, or None."""
    if not ended or not rewrite:
        return "cut off"
    if not keepers(source) <= keepers(rewrite):
        return "keeper lost"
    if keepers(rewrite) - keepers(source):
        return "keeper invented"
    length = word_count(rewrite) / max(1, word_count(source))
    if length > _LONGEST or length < (_SHORTEST_CONCISE if concise else _SHORTEST):
        return "length"
    if repetition(rewrite) > _REPEATED:
        return "loop"
    return None


def repetition(text: str) -> float:
    """Share of three-word groups that repeat an earlier one, 0 to 1."""
    words = text.split()
    groups = list(zip(words, words[1:], words[2:]))
    return 1 - len(set(groups)) / len(groups) if groups else 0.0


def kept_share(source: str, rewrite: str) -> float:
    """Share of the source's keepers that are in the rewrite; 1 if there are none."""
    wanted = keepers(source)
    return len(wanted & keepers(rewrite)) / len(wanted) if wanted else 1.0
