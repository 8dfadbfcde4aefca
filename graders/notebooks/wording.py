"""Text as what it says: compared so that no formatter, editor or translation of the words around it makes a difference.

Two grades. `same_words` is for an answer, of which every word and every sign of a formula counts; `KnownTexts` finds a
provided text again that was reworded in part. Nothing takes more than time in proportion to the text.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

COMMENT = r"<!--(?:(?!<!--).)*?-->"
TAG = re.compile(rf"{COMMENT}|</?[a-zA-Z][^<>]*>", re.DOTALL)
IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])|<img\b[^<>]*>")
LAYOUT = re.compile(r"^[ \t>]*(?:(?:[-+*]|\d+[.)]|#{1,6})[ \t]+|(?:-{2,}|={2,}|\*{3,}|_{3,})[ \t]*$)", re.MULTILINE)
DASHES = re.compile("[-\u2010-\u2015\u2212]+")
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff]")
TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
WORD = re.compile(r"[^\W_]+")
MARKUP = frozenset("*_~`$\\#|\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb.,;:!?()[]{}")  # says nothing in a text
HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S.*")
UNDERLINED = re.compile(r"\S.*\n {0,3}(?:=+|-+)[ \t]*")
NOTHING = re.compile(rf"(?>[-*_=\s]|&nbsp;|{COMMENT}|</?(?:a|br|center|div|hr|p)\b[^<>]*>)*+", re.DOTALL)
LIST = re.compile(r"\s*(?:[-+*]|\d+[.)])[ \t]")
TABLE, FENCE, FORMULA = re.compile(r"\s*\|"), re.compile(r"\s*(?:```|~~~)"), re.compile(r"\s*(?:\$\$|\\\[)")
ALIKE = 0.6  # share of words in common, of two texts that are one, reworded
FEWEST, MOST = 4, 4_000  # words of a text that is recognised by some of them
SHORT = 10_000  # characters of a text that may be remembered
MOST_NAMED = 6
COMMON = 4  # texts that share a word, beyond which it tells none of them apart


def same_words(text: str, other: str) -> bool:
    """Whether two texts say the same, word by word and sign by sign; marks of layout and emphasis do not count."""
    if text.split() == other.split():
        return True
    mine, others = _tokens(text), _tokens(other)
    return bool(mine) and mine == others


def _tokens(text: str) -> list[str]:
    return [token for token in TOKEN.findall(_plain(LAYOUT.sub(" ", text))) if token not in MARKUP]


def _plain(text: str) -> str:
    """Without what nobody sees, and of everything that can be written in several ways one."""
    text = unicodedata.normalize("NFKC", UNSEEN.sub("", html.unescape(text)))
    return DASHES.sub("-", text).casefold()


def words(text: str) -> tuple[str, ...]:
    """The words alone, without pictures, tags and every sign; what a class has in common is read once."""
    return _words(text) if len(text) < SHORT else _words.__wrapped__(text)


@functools.lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    return tuple(WORD.findall(_plain(TAG.sub(" ", IMAGE.sub(" ", html.unescape(text))))))


def blocks(text: str) -> list[str]:
    """Paragraphs, headings and lists, as they are written; what blank lines and headings part."""
    found: list[str] = []
    for part in re.split(r"\n[ \t]*\n", text):
        lines = part.split("\n")
        first = next((n for n, line in enumerate(lines) if not (HEADING.fullmatch(line) or says_nothing(line))), -1)
        found += [*lines[:first], "\n".join(lines[first:])]
    return [part for part in found if part.strip()]


def shape(text: str) -> tuple[str, ...]:
    """What kinds of blocks a text is made of, whatever they say."""
    return tuple(_kind(block) for block in blocks(text) if not says_nothing(block))


def _kind(block: str) -> str:
    if is_heading(block):
        return "heading"
    marks = (("picture", IMAGE), ("list", LIST), ("table", TABLE), ("code", FENCE), ("formula", FORMULA))
    return next((kind for kind, mark in marks if mark.match(block)), "words")


def is_heading(block: str) -> bool:
    """Whether a block is one heading and nothing else."""
    return bool(HEADING.fullmatch(block.rstrip()) or UNDERLINED.fullmatch(block.strip()))


def is_picture(block: str) -> bool:
    """Whether a block shows pictures and says nothing else."""
    return bool(IMAGE.search(block)) and says_nothing(IMAGE.sub(" ", block))


def says_nothing(block: str) -> bool:
    """Whether a block only parts others: rules, line breaks, empty tags."""
    return bool(NOTHING.fullmatch(block))


def reworded(text: str, other: str) -> bool:
    """Whether a text is another one with some of its words changed, and with nothing added behind it."""
    mine, others = words(text), words(other)
    return likeness(mine, others) >= ALIKE and mine[-1:] == others[-1:] and not _continues(mine, others)


def _continues(mine: Sequence[str], others: Sequence[str]) -> bool:
    """Whether all words of the other text are there in their order, and more."""
    at = iter(mine)
    return len(mine) > len(others) and all(word in at for word in others)


def likeness(mine: Sequence[str], others: Sequence[str]) -> float:
    """The share of words that two texts have in common, from 0 to 1; 0 where it must be small, or cannot be known."""
    fewer, more = sorted((len(mine), len(others)))
    if fewer < FEWEST or more > MOST or 2 * fewer < ALIKE * (fewer + more):
        return 0.0
    return 2 * (Counter(mine) & Counter(others)).total() / (len(mine) + len(others))


class KnownTexts:
    """KnownTexts texts, each with the place at which it stands: a text is found again by all or by most of its words.

    Args:
        texts: each text and its place; of texts that say the same the last place counts.
    """

    def __init__(self, texts: Iterable[tuple[str, int]]) -> None:
        self._texts = [(text, words(text), place) for text, place in texts]
        self._exact = {said or tuple(text.split()): place for text, said, place in self._texts}
        self._with: dict[str, list[int]] = {}
        for number, (_, said, _) in enumerate(self._texts):
            for word in set(said):
                self._with.setdefault(word, []).append(number)

    def exactly(self, text: str) -> int | None:
        """The place of the text that says the same words; None where there is none."""
        return self._exact.get(words(text) or tuple(text.split()))

    def nearly(self, text: str) -> tuple[str, int] | None:
        """The text that shares most words with this one, and its place; None where none shares enough."""
        if len(said := words(text)) < FEWEST:
            return None
        rare = (numbers for word in set(said) if len(numbers := self._with.get(word, [])) <= COMMON)
        near = {number for numbers in rare for number in numbers}
        likest, number = max(((likeness(said, self._texts[n][1]), n) for n in near), default=(0.0, 0))
        return (self._texts[number][0], self._texts[number][2]) if likest >= ALIKE else None


def listed(names: Iterable[str]) -> str:
    """Names for a sentence."""
    unique = list(dict.fromkeys(names))
    more = f" and {len(unique) - MOST_NAMED} more" if len(unique) > MOST_NAMED else ""
    return ", ".join(f"`{name}`" for name in unique[:MOST_NAMED]) + more
