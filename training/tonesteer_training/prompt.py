"""The words around a passage. The same strings go into pack.json, so the extension asks as the model was taught."""

SYSTEM = "Rewrite the text. Keep its meaning and every fact."
PREFIX = f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\n"
SUFFIX = "<|im_end|>\n<|im_start|>assistant\n"
SEPARATOR = "\n\n"
STOP = "<|im_end|>"
INSTRUCTIONS = {
    "neutral": "Make it neutral.",
    "expert": "Make it expert.",
    "empathetic": "Make it empathetic.",
    "cautious": "Make it cautious.",
    "casual": "Make it casual.",
    "concise": "Make it concise.",
    "helpful": "Make it helpful.",
}


def before(text: str) -> str:
    """Everything up to and with the passage: what all of its rewrites share."""
    return PREFIX + text


def after(tone: str | None = None) -> str:
    """What follows the passage; a tone is named or not."""
    return (SEPARATOR + INSTRUCTIONS[tone] if tone else "") + SUFFIX
