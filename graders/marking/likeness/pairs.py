"""Pairs of submissions that share most of what few have.

What the notebook gives does not count, nor does what many in the class write: short right answers look alike, and only
what few share tells anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from scipy import sparse

COMMON = 0.1  # of a class: what more than so many write, and more than `FEW`, is nobody's own
FEW = 3
ENOUGH = 15  # passages of one's own, below which nothing can be said
ALIKE = 0.6
MOST = 50  # pairs that are reported


def alike(answers: Sequence[Collection[int]], given: Collection[int] = ()) -> list[tuple[int, int, float]]:
    """The places of two answers, and which share of the shorter one's own passages both have; those most alike first.

    Args:
        answers: the passages of each.
        given: those of what everybody was handed out.
    """
    handed_out = frozenset(given)
    counts = Counter(passage for some in answers for passage in set(some) - handed_out)
    many = max(FEW, COMMON * len(answers))
    places = {passage: place for place, passage in enumerate(p for p, count in counts.items() if count <= many)}
    kept = [sorted(places[passage] for passage in set(some) if passage in places) for some in answers]
    rows = np.repeat(np.arange(len(kept)), [len(some) for some in kept])
    columns = np.array([place for some in kept for place in some], dtype=np.int64)
    ones = np.ones(len(columns), np.int32)
    table = sparse.csr_matrix((ones, (rows, columns)), (len(kept), max(len(places), 1)))
    common = sparse.triu(table @ table.T, k=1).tocoo()
    found = [
        (int(i), int(j), float(shared) / shorter)
        for i, j, shared in zip(common.row, common.col, common.data, strict=True)
        if (shorter := min(len(kept[i]), len(kept[j]))) >= ENOUGH
    ]
    return sorted((pair for pair in found if pair[2] >= ALIKE), key=lambda pair: -pair[2])[:MOST]
