"""Made-up film reviews as word numbers, whose sentiment depends on the order of the words.

A review is a few clauses. A clause has an opinion, a word that praises or one that blames, between words that say
nothing; "not" before an opinion turns it round. Where there is a second clause it begins with "but", and then only what
comes after the last "but" counts: "good but not fine" blames. So neither which words there are nor how many decides;
one has to read to the end. The numbers of the words are drawn again each time.
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
    positive = rng.permutation(np.arange(number) % 2) == 1
    two = rng.random(number) < 0.5
    first, spoken = _clauses(rng, words, rng.random(number) < 0.5)
    last, ending = _clauses(rng, words, positive)
    contrast = rng.choice(words.contrasts, (number, 1))
    slots = np.concatenate([first, contrast, last], axis=1)
    filled = np.concatenate([spoken & two[:, None], two[:, None], ending], axis=1)
    order = np.argsort(~filled, axis=1, kind="stable")
    lengths = filled.sum(axis=1)
    tokens = np.full((number, width), PAD, dtype=np.int64)
    tokens[:, : slots.shape[1]] = np.where(np.sort(~filled, axis=1), PAD, np.take_along_axis(slots, order, axis=1))
    return ReviewBatch(tokens, lengths.astype(np.int64), positive.astype(np.float32))


def _clauses(
    rng: np.random.Generator, words: Language, positive: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """A clause for each opinion: words (N, 4), and which of these are there (N, 4).

    They are a filler (in half of the clauses), a negation (in 0.4), the opinion, and a filler (in half).
    """
    number = len(positive)
    turned = rng.random(number) < 0.4
    opinions = np.where(positive != turned, rng.choice(words.praise, number), rng.choice(words.blame, number))
    fillers, negations = rng.choice(words.fillers, (2, number)), rng.choice(words.negations, number)
    there = [rng.random(number) < 0.5, turned, np.ones(number, dtype=bool), rng.random(number) < 0.5]
    return np.stack([fillers[0], negations, opinions, fillers[1]], axis=1), np.stack(there, axis=1)
