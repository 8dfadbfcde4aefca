"""Made-up film reviews as word numbers, whose sentiment depends on the order of the words.

A review is a few clauses. A clause has an opinion, a word that praises or one that blames, between words that say
nothing; "not" before an opinion turns it round. Where there is a second clause it begins with "but", and then only what
comes after the last "but" counts: "good but not fine" blames. So neither which words there are nor how many decides;
one has to read to the end. The numbers of the words are drawn afresh each time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PAD = 0
OPINIONS, NEGATIONS, CONTRASTS, FILLERS = (
    6,
    1,
    1,
    6,
)  # words that praise (and as many that blame), "not", "but", the rest
VOCABULARY = 1 + 2 * OPINIONS + NEGATIONS + CONTRASTS + FILLERS
LONGEST = 10


@dataclass(frozen=True)
class ReviewBatch:
    """Reviews (N, width) of word numbers, right-padded with 0; their lengths (N,); their labels (N,), 1 for praise."""

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]
    labels: NDArray[np.float32]


@dataclass(frozen=True)
class Language:
    """Which number each word has."""

    praise: NDArray[np.int64]
    blame: NDArray[np.int64]
    negations: NDArray[np.int64]
    contrasts: NDArray[np.int64]
    fillers: NDArray[np.int64]


def language(rng: np.random.Generator) -> Language:
    """Words with numbers from 1 to VOCABULARY - 1, drawn by chance."""
    numbers = rng.permutation(np.arange(1, VOCABULARY))
    cuts = np.cumsum([OPINIONS, OPINIONS, NEGATIONS, CONTRASTS])
    return Language(*np.split(numbers, cuts))


def made(rng: np.random.Generator, words: Language, number: int, width: int) -> ReviewBatch:
    """So many reviews of at most `LONGEST` words, as many of them positive as negative."""
    tokens, lengths = np.full((number, width), PAD, dtype=np.int64), np.zeros(number, dtype=np.int64)
    labels = rng.permutation(np.arange(number) % 2).astype(np.float32)
    for row, label in enumerate(labels):
        review = _review(rng, words, bool(label))
        tokens[row, : len(review)], lengths[row] = review, len(review)
    return ReviewBatch(tokens, lengths, labels)


def _review(rng: np.random.Generator, words: Language, positive: bool) -> list[int]:
    last = _clause(rng, words, positive)
    if rng.random() < 0.5:
        return last
    first = _clause(rng, words, bool(rng.random() < 0.5))
    return [*first, int(rng.choice(words.contrasts)), *last][-LONGEST:]


def _clause(rng: np.random.Generator, words: Language, positive: bool) -> list[int]:
    """An opinion with its negation, if any, after up to one filler and before up to two."""
    before, after = rng.integers(0, 2), rng.integers(0, 2)
    turned = rng.random() < 0.4
    opinion = [int(rng.choice(words.praise if positive != turned else words.blame))]
    negation = [int(rng.choice(words.negations))] if turned else []
    fillers = [int(word) for word in rng.choice(words.fillers, before + after)]
    return [*fillers[:before], *negation, *opinion, *fillers[before:]]
