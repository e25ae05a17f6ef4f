"""Learning rate over the whole budget of tokens, however many periods of work it is spent in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up, a constant stretch, a linear fall to zero over the last `decay_share` of the budget.

    The constant stretch does not depend on where the end is, so the budget may still be changed while it lasts.
    """

    peak: float
    budget: int  # tokens
    warm_up: int  # tokens
    decay_share: float

    def rate(self, tokens: int) -> float:
        """The learning rate at a position within the budget."""
        warm = min(1.0, (tokens + 1) / max(1, self.warm_up))
        left = max(0.0, (self.budget - tokens) / max(1.0, self.budget * self.decay_share))
        return self.peak * warm * min(1.0, left)
