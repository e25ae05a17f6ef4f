"""A judge of tone that sees text alone and shares nothing with the model or its classifiers."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline, make_union

from .corpus import TONES, Passage


class Judge:
    """Words, word pairs and letter groups, weighted by TF-IDF, into a logistic regression over the seven tones."""

    def __init__(self, passages: list[Passage]):
        words = TfidfVectorizer(
            ngram_range=(1, 2), min_df=2, sublinear_tf=True, token_pattern=r"[^\s]+", lowercase=False
        )
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=5, sublinear_tf=True)
        regression = SGDClassifier(loss="log_loss", alpha=3e-6, max_iter=30, tol=1e-4, random_state=0)
        self._pipeline = make_pipeline(make_union(words, letters), regression)
        pairs = [(p.rewrites[tone], label) for p in passages for label, tone in enumerate(TONES)]
        self._pipeline.fit(*zip(*pairs))

    def probabilities(self, texts: list[str]) -> np.ndarray:
        """[texts, tones], in the order of TONES."""
        return self._pipeline.predict_proba([text or "." for text in texts])

    def accuracy(self, passages: list[Passage]) -> float:
        """Share of reference rewrites whose tone it names rightly."""
        texts = [p.rewrites[tone] for p in passages for tone in TONES]
        labels = np.tile(np.arange(len(TONES)), len(passages))
        return float((self.probabilities(texts).argmax(1) == labels).mean())
