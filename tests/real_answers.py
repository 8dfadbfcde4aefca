"""Three hundred students' answers to one question, as they repeat in real classes, and what each of them deserves.

A few opinions are held by many, with a reason or another: each student writes one in their own hand, with slips of the
finger, other blanks, other signs and a word more or less.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

EFFECTS = {  # what students say of the size k, and whether it is right
    "With k = 1 the model always writes the same name, and with a large k they vary but look strange.": True,
    "A small k makes the names repeat themselves; a large k gives many that nobody could pronounce.": True,
    "Quando k é pequeno os nomes são quase sempre iguais, e com k grande há variedade e disparates.": True,
    "Between k = 2 and k = 5 I found names that sound Portuguese; above 20 most of them are just noise.": True,
    "The number k has no influence at all, the training loss stays exactly as it was before.": False,
    "Increasing k makes training slower, which is why the names come out worse in the end.": False,
    "Com k maior a rede aprende melhor e os nomes ficam cada vez mais parecidos com os verdadeiros.": False,
    "k is the length of a name, so larger values give longer names and smaller values shorter ones.": False,
}
REASONS = {  # why, and whether that is right
    "The cut removes the tail of the distribution, so that an unlikely letter cannot lead the state astray.": True,
    "Cada letra improvável leva o estado para onde o treino nunca esteve, e o corte impede isso.": True,
    "I think this comes from the random seed, because other seeds gave other results.": False,
}
STUDENTS = 300


@dataclass(frozen=True)
class WrittenAnswer:
    """What a student wrote, and the items of the rubric that it deserves."""

    text: str
    items: frozenset[str]


def real_answers(seed: int = 0) -> list[WrittenAnswer]:
    """A class's answers: each opinion is held by half as many as the one before, roughly, and nobody copies."""
    rng = random.Random(seed)
    kinds = [(effect, reason) for effect in EFFECTS for reason in REASONS]
    rng.shuffle(kinds)
    held = rng.choices(kinds, [1 / (place + 1) for place in range(len(kinds))], k=STUDENTS)
    return [
        WrittenAnswer(
            by_hand(f"{effect} {reason}", rng),
            frozenset(item for item, right in (("effect", EFFECTS[effect]), ("why", REASONS[reason])) if right),
        )
        for effect, reason in held
    ]


def by_hand(text: str, rng: random.Random) -> str:
    """The text as one student types it."""
    for change in rng.sample(CHANGES, rng.randint(0, 3)):
        text = change(text, rng)
    return text


def _slip(text: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(text) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _lost(text: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(text) - 1)
    return text[:place] + text[place + 1 :]


def _word_more(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words.insert(rng.randrange(1, len(words)), rng.choice(("really", "so", "then", "mesmo", "also")))
    return " ".join(words)


CHANGES = (
    _slip,
    _lost,
    _word_more,
    lambda text, rng: text.lower(),
    lambda text, rng: text.replace(" = ", "="),
    lambda text, rng: text.replace(", ", " , ").replace(". ", ".\n\n"),
    lambda text, rng: f"{rng.choice(('Answer:', 'In my opinion:', 'R:'))} {text}",
    lambda text, rng: text.rstrip(".") + rng.choice(("!", "", " :)")),
)
