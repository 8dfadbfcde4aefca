"""Reads the dict of the pen-and-paper exercise, however its numbers and keys are written.

What is plainly there counts: one number for a layer whose units are all equal, texts with decimal commas, fractions and
percent, other spellings of the keys, a list in the order asked, variables next to the dict. What had to be guessed is
pointed out, and what cannot be read says why.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SIZES = {"h1": 3, "y1": 2, "h2": 3, "y2": 2, "loss": 1}
LETTERS = {"h": "h", "hidden": "h", "hiddenstate": "h", "state": "h", "estado": "h"}
LETTERS |= dict.fromkeys(("y", "yhat", "haty", "ypred", "output", "out", "saida", "p", "prob", "probs"), "y")
LETTERS |= dict.fromkeys(("l", "loss", "totalloss", "losstotal", "e", "error", "erro", "j", "cost", "custo"), "loss")
LETTERS |= dict.fromkeys(("ce", "crossentropy", "nll", "perda", "total"), "loss")
DEEPEST = 3  # dicts within dicts
LONGEST = 300  # characters of a text that are read
MOST = 1000  # numbers of one part that are looked at

NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)(e[+-]?\d{1,2})?", re.IGNORECASE)
PERCENT = re.compile(rf"({NUMBER.pattern})%", re.IGNORECASE)
FRACTION = re.compile(r"([+-]?\d{1,9})/(\d{1,9})")

COMMAS = "Python takes a comma for the end of a number, so decimals need a point; these were read as decimal commas"
ONE_FOR_ALL = "one number was read for all of the layer, whose units are equal here"


@dataclass(frozen=True)
class AnswerPart:
    """One part of the answer.

    Attributes:
        values: its numbers, NaN for what is no number.
        remark: how they were read, where they were not written as asked.
        trouble: why they cannot be judged.
    """

    values: tuple[float, ...] = ()
    remark: str = ""
    trouble: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is no number in it, and nothing that should be one."""
        return not self.trouble and all(map(math.isnan, self.values))


def found_parts(answer: Any) -> dict[str, Any]:
    """Part -> what the answer gives for it, unread; parts that it does not give are left out."""
    if isinstance(answer, dict):
        found: dict[str, Any] = {}
        for path, value in _entries(answer, ()):
            for name, part in _named(path, value):
                if name not in found or (_blank(found[name]) and not _blank(part)) or path == (name,):
                    found[name] = part if not (name in found and _blank(part)) else found[name]
        return found
    if isinstance(answer, (list, np.ndarray)):
        parts = list(np.atleast_1d(answer)) if isinstance(answer, np.ndarray) else list(answer)
        if len(parts) == len(SIZES):
            return dict(zip(SIZES, parts, strict=True))
        if len(parts) == sum(SIZES.values()) and None not in numbers(parts):
            ends = np.cumsum([0, *SIZES.values()])
            return {name: parts[ends[i] : ends[i + 1]] for i, name in enumerate(SIZES)}
    return {}


def read_part(name: str, value: Any) -> AnswerPart:
    """The numbers of one part, as many as asked where that is clear."""
    size = SIZES[name]
    found = numbers(value)
    values = tuple(math.nan if number is None else number for number in found)
    if not found or all(number is None for number in found):
        return AnswerPart(values, trouble=_no_number(value))
    if (pairs := _comma_pairs(found, size)) is not None:
        values, remark = pairs, COMMAS
    else:
        remark = ""
    if name[0] == "y" and len(values) == size and all(v > 1 for v in values) and abs(sum(values) - 100) < 2:
        values, remark = tuple(v / 100 for v in values), "these were read as percent"
    if len(values) == 1 and size > 1:
        values, remark = values * size, remark or ONE_FOR_ALL
    if len(values) != size:
        unworked = _no_number(value) if None in found else ""
        return AnswerPart(values, trouble=unworked or f"expected {counted(name)}, got {shown(values)}")
    return AnswerPart(values, remark)


def counted(name: str) -> str:
    """How many numbers a part has, in words."""
    return f"{SIZES[name]} number{'s' if SIZES[name] > 1 else ''}"


def shown(values: Sequence[float]) -> str:
    """The first numbers of a part, to six digits."""
    texts = ["nothing" if math.isnan(value) else f"{value:.6g}" for value in values[:12]]
    return ", ".join([*texts, "…"] if len(values) > 12 else texts)


def numbers(value: Any) -> list[float | None]:
    """The numbers in a piece of plain data, however nested; None for what is no number; at most `MOST`."""
    found = []
    for number in _leaves(value):
        found.append(number)
        if len(found) > MOST:
            break
    return found


def _entries(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, item in value.items():
        letters, digits = _plain_key(key)
        inner = letters not in LETTERS or not (digits or LETTERS[letters] == "loss")
        if isinstance(item, dict) and inner and len(path) + 1 < DEEPEST:
            yield from _entries(item, (*path, key))
        else:
            yield (*path, key), item


def _named(path: tuple[str, ...], value: Any) -> Iterator[tuple[str, Any]]:
    """The parts that an entry of a dict speaks of: its letter and its step, from its keys; a table has both steps."""
    keys = [_plain_key(key) for key in path]
    kinds = [LETTERS[letters] for letters, _ in keys if letters in LETTERS]
    steps = {digits for _, digits in keys if digits}
    if len(kinds) != 1 or len(steps) > 1:
        return
    (kind,), step = kinds, next(iter(steps), "")
    if kind == "loss":
        if not step:
            yield "loss", value
    elif step in ("1", "2"):
        yield kind + step, value
    elif not step:
        yield from zip((f"{kind}1", f"{kind}2"), _two_steps(kind, value), strict=False)


def _plain_key(key: str) -> tuple[str, str]:
    """A key's letters and its digits: `H_1`, `ŷ1` and `h^{(1)}` are ("h", "1"), ("y", "1") and ("h", "1")."""
    text = unicodedata.normalize("NFKD", key[:40]).lower()
    return "".join(c for c in text if "a" <= c <= "z"), "".join(c for c in text if c in "0123456789")


def _two_steps(kind: str, value: Any) -> Sequence[Any]:
    """What belongs to each of the two steps, in a table of both."""
    rows = value.tolist() if isinstance(value, np.ndarray) else value
    size = SIZES[f"{kind}1"]
    if not isinstance(rows, list):
        return ()
    if len(rows) == 2 * size and not any(isinstance(row, list) for row in rows):
        return rows[:size], rows[size:]
    return rows if len(rows) == 2 and (kind == "h" or all(isinstance(row, list) for row in rows)) else ()


def _blank(value: Any) -> bool:
    return all(number is None for number in numbers(value)) and not _texts(value)


def _texts(value: Any) -> list[str]:
    """The texts in a value that say something."""
    if isinstance(value, str):
        return [value] if value.strip(" .?_-") else []
    return [text for item in value for text in _texts(item)] if isinstance(value, list) else []


def _no_number(value: Any) -> str:
    """Why there is no number, where something is there; "" where nothing is."""
    texts = [text for text in _texts(value) if None in numbers(text)]
    if texts:
        return f'"{texts[0][:40]}" is no number; work it out, and write the number'
    if isinstance(value, np.ndarray) and value.dtype.kind == "c":
        return "complex numbers were found where real ones are asked"
    if value is None or isinstance(value, (list, str, np.ndarray)):
        return ""
    kind = getattr(value, "type", type(value).__name__)
    return f"a value of type {kind} is no list of numbers"


def _leaves(value: Any) -> Iterator[float | None]:
    if isinstance(value, np.ndarray):
        for item in value.ravel()[: MOST + 1].tolist():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, str):
        yield from _in_text(value)
    elif isinstance(value, complex):
        yield value.real if value.imag == 0 else None
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        yield None
    else:
        yield float(value) if abs(value) < 1e9 else math.inf if value == value else math.nan


def _in_text(text: str) -> Iterator[float | None]:
    """The numbers of a text: `0,46`, `1/2`, `50 %`, `≈ 0.46`, `tanh(0.5) = 0.46`, `0.46, 0.46, 0.46`, `0.46 each`."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).replace("⁄", "/").replace("−", "-")
    text = re.split(r"[=≈~≃]", text)[-1]
    text = re.sub(r"[\[\](){}]", " ", text)
    text = re.sub(r"\s*(/|%)", r"\1", text).replace("/ ", "/")
    pieces = re.split(r"[;\s]+" if "." not in text else r"[;,\s]+", text)
    found = [number for piece in pieces if piece for number in _in_piece(piece)]
    while len(found) > 1 and found[-1] is None and found[0] is not None:
        found.pop()  # words after the numbers
    yield from found or [None]


def _in_piece(piece: str) -> list[float | None]:
    """The number of a text without spaces; whole numbers where commas may part them or be decimal."""
    piece = piece.rstrip(",") if len(piece) > 1 else piece
    if re.fullmatch(r"\d{1,9}(,\d{1,9}){2,}", piece):
        return [float(part) for part in piece.split(",")]
    return [_one_number(piece)]


def _one_number(piece: str) -> float | None:
    if found := PERCENT.fullmatch(piece):
        return float(found[1].replace(",", ".")) / 100
    if found := FRACTION.fullmatch(piece):
        return int(found[1]) / int(found[2]) if int(found[2]) else None
    return float(piece.replace(",", ".")) if NUMBER.fullmatch(piece) else None


def _comma_pairs(found: Sequence[float | None], size: int) -> tuple[float, ...] | None:
    """`[0,46, 0,46, 0,46]`, in which Python sees six whole numbers, as the three that were meant; None for others."""
    if any(number is None or not 0 <= number < 1e6 or number != int(number) for number in found):
        return None
    whole, after = [int(n) for n in found[::2] if n is not None], [int(n) for n in found[1::2] if n is not None]
    if len(whole) != len(after) or len(whole) not in (1, size) or len(found) == size == 1:
        return None
    if any(number > 2 for number in whole) or (len(found) <= size and min(after) < 2):
        return None
    return tuple(float(f"{one}.{other}") for one, other in zip(whole, after, strict=True))
