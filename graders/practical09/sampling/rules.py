"""What a name that was written with a dictated model must be, and what in its steps is not as it should be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from graders import Failed, Rng
from graders.practical09.sampling.draws import VOCAB, Array, V, largest
from graders.practical09.sampling.names import WrittenName

LETTERS = "Return the letters as they were drawn, and nothing else."


def looks(name: WrittenName, length: int | None, most: int) -> None:
    """Check that a name is a string of so many letters."""
    if name.type != "str":
        what = "nothing" if name.type == "NoneType" else f"a {name.type}"
        raise Failed(f"It returned {what}, not a string.", hint='"".join makes one of letters.')
    if others := "".join(sorted(set(name.text) - set(VOCAB[1:])))[:20]:
        large = others.isalpha() and others.isupper()
        what = f"large letters, which VOCAB does not have: {others!r}" if large else f"more than letters: {others!r}"
        hint = '"." starts and ends a name, and is no part of it.' if "." in others else LETTERS
        raise Failed(f"It returned {what}.", hint=hint)
    how = "the default max_length" if length is None else f"max_length={length}"
    if not name.model.steps and most > 1:  # a first letter that was not asked for is charged elsewhere
        raise Failed(f"With {how} it did not ask the model that it was given.")
    if len(name.text) != most:
        text = f"With {how} and a model that never ends a name it gave {len(name.text)} letters, not {most}."
        raise Failed(text, hint="A name stops at max_length letters; the letters are counted, not the steps.")


def follows(name: WrittenName) -> None:
    """Check that a name is the one that the model made all but certain; a "." before it is charged elsewhere."""
    due = name.model.due(20)
    if due is None or name.text.lstrip(".") != due:
        text = walked(name) or "The letters of the name are not those that the model made all but certain."
        if due is not None and name.text.lstrip(".") == f"{due}.":
            text = 'The "." that ends a name is a part of it.'
        elif due is not None and name.text.startswith(due):
            text = 'The name goes on after the ".", which ends it.'
        raise Failed(text)
    if not all(same for same, _ in name.model.drawn):
        raise Failed("What `sample_next` is given is not what the model returned.")


def keeps_to(name: WrittenName, k: int, most: int) -> None:
    """Check that a name keeps to the k most likely letters at each step; how long it is, is charged elsewhere."""
    letters = [VOCAB.find(letter) for letter in name.text.lstrip(".")][:most]
    nodes = [name.model.node([0, *letters[:step]]) for step in range(len(letters))]
    text = "" if len(letters) >= most // 2 else f"With k = {k} the name has {len(letters)} letters, not {most}."
    for node, letter in zip(nodes, letters, strict=True):
        if node is None:
            text = walked(name) or "The letters of the name are not those that the model read."
        elif not (name.model.aiding and name.model.drawn) and not largest(name.model.rows[node], k)[letter]:
            text = f"With k = {k} a letter came that is not among the {k} most likely after the letters before it."
        if text:
            break
    if any(k not in rest for _, rest in name.model.drawn):
        text = "`generate` does not pass its k on to `sample_next`."
    if text:
        raise Failed(text, keep=0.5)


def walked(name: WrittenName) -> str | None:
    """What in the steps of a name is not as it should be, in a sentence; None where nothing stands out."""
    steps, letters = name.model.steps, [VOCAB.find(letter) for letter in name.text]
    if not steps:
        return "`generate` did not ask the model that it was given."
    if steps[0].symbol != 0:
        return 'The first symbol that the model reads is not ".".'
    if steps[0].before != 0:
        return "The first state is not the one that `init_hidden` gives."
    if any(step.symbol is None for step in steps):
        return "The model reads something that is not the one-hot row of a symbol."
    for earlier, step in pairwise(steps):
        if step.before not in (earlier.node, 0):
            return "A step does not take the state that the step before returned."
    if len(steps) > 1 and all(step.before == 0 for step in steps) and all(step.symbol for step in steps[1:]):
        return "Every step takes the first state, not the one that the step before returned."
    read_back = [step.symbol for step in steps[1:] if step.before != 0]
    if read_back and not any(read_back):
        return 'Every step reads "."; it should read the letter that was drawn last.'
    if name.model.node([0, *letters[:-1]]) is None:
        return "The letters of the name are not those that the model read."
    return None


def letters_only(row: Array) -> Array:
    """The probabilities with "." all but impossible."""
    row = row.copy()
    if row.argmax() == 0:
        row[[0, 1]] = row[[1, 0]]
    row[0] = 1e-12
    return np.asarray(row / row.sum())


def leaning(symbol: int, rng: Rng) -> Array:
    """(V,): all symbols are about equally likely, this one twice as likely as the others."""
    row = rng.uniform(0.9, 1.0, V)
    row[symbol] = 2.0
    return np.asarray(row / row.sum())


def three(symbol: int, rng: Rng) -> Array:
    """(V,): the same of three letters, of which this is the likeliest."""
    row = rng.uniform(0.9, 1.0, V)
    row[rng.permutation([letter for letter in range(1, V) if letter != symbol])[:2]] = (1.9, 1.8)
    row[symbol] = 2.0
    return np.asarray(row / row.sum())
