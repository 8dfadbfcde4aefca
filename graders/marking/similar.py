"""Which texts are nearly equal, by the letters that they share: a program of its own, as scikit-learn loads slowly.

Reads a JSON list of texts from standard input, and writes a JSON list of groups of their places to standard output.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence

from sklearn.feature_extraction.text import TfidfVectorizer

ALIKE = 0.8  # cosine of the angle between two texts' weights
LONGEST = 20_000  # characters of a text that are compared
CPU_SECONDS, MEGABYTES = 120, 4096


def similar(texts: Sequence[str], alike: float = ALIKE) -> list[list[int]]:
    """Groups of nearly equal texts, by their places; each text is in one group, whose first text is like all others.

    The texts are weighed by TF-IDF over runs of three to five letters (scikit-learn), so that a typing error, another
    order of words or other blanks keep two texts together. A text joins the first group whose first text is alike,
    never a chain of such: what a group holds is like one and the same text.
    """
    if not texts:
        return []
    shortened = [text[:LONGEST].casefold() for text in texts]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
    try:
        weights = vectorizer.fit_transform(shortened)
    except ValueError:  # no text has any letters
        return [[place] for place in range(len(texts))]
    likeness = weights @ weights.T
    groups: list[list[int]] = []
    for place in range(len(texts)):
        row = likeness[place].toarray()[0]
        home = max(groups, key=lambda group: row[group[0]], default=None)
        if home is not None and row[home[0]] >= alike:
            home.append(place)
        else:
            groups.append([place])
    return groups


def main() -> None:
    """Group what comes on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES << 20, MEGABYTES << 20))
    json.dump(similar(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
