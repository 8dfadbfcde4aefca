"""Probabilities as entries of an output: `P(y_t = k | x)` is its entry k, `P(y_t | x)` that of the target."""

from __future__ import annotations

from graders.practical09.equations.reader.grammar.scripts import is_time, split
from graders.practical09.equations.reader.text.latex import Token

SIGNS = {"P", "p", "Pr", "mathbb P"}
NAME = "mathbb P"  # what the output is called then
TIME = "t"
OTHERS = {"x", "h", "s"}  # of which a network gives no probabilities


def with_entries(found: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens, in which what a probability is of stands below its sign."""
    kept: list[Token] = []
    place = 0
    while place < len(found):
        token = found[place]
        place += 1
        opening = place + (place < len(found) and found[place].kind == "script" and not _timed(found[place]))
        if token.kind in ("name", "word") and token.text in SIGNS and _opens(found, opening):
            end = _closing(found, opening)
            entry = _entry(split(found[opening + 1 : end], "|")[0])
            if entry is not None:
                kept += [Token("name", NAME), Token("script", "_", (entry,))]
                place = end + 1
                continue
        kept.append(token)
    return tuple(kept)


def is_probability(side: tuple[Token, ...]) -> bool:
    """Whether a side of an equation is the probability of a class and nothing else."""
    return len(side) == 2 and side[0].text == NAME and side[1].kind == "script"


def is_symbol(side: tuple[Token, ...]) -> bool:
    """Whether a side of an equation is one symbol."""
    return bool(side) and side[0].kind in ("name", "accent") and all(token.kind == "script" for token in side[1:])


def _opens(found: tuple[Token, ...], place: int) -> bool:
    return place < len(found) and found[place].kind == "open" and found[place].text in "(["


def _closing(found: tuple[Token, ...], opening: int) -> int:
    depth = 0
    for place in range(opening, len(found)):
        depth += (found[place].kind == "open") - (found[place].kind == "close")
        if not depth:
            return place
    return len(found) - 1


def _entry(head: tuple[Token, ...]) -> tuple[Token, ...] | None:
    """The script for `y_t = k`, `y_{t,k} = 1` and `y_t`; None for anything else."""
    sides = split(head, "=")
    target = sides[0]
    if len(target) != 2 or target[1].kind != "script" or target[0].text in OTHERS:
        return None
    parts = [part for part in split(_bare(target[1]), ",") if part]
    if not parts or [token.text for token in parts[0]] != [TIME]:
        return None
    step, comma = Token("name", TIME), Token("op", ",")
    if len(sides) == 1 and len(parts) == 1 and target[0].kind == "name":
        return (step, comma, target[0], Token("script", "_", ((step,),)))
    if len(sides) != 2 or len(sides[1]) != 1:
        return None
    value = sides[1][0]
    if len(parts) == 1 and value.kind == "name":
        return (step, comma, value)
    one = len(parts) == 2 and len(parts[1]) == 1 and value.kind == "number" and value.text == "1"
    return (step, comma, parts[1][0]) if one else None


def _bare(script: Token) -> tuple[Token, ...]:
    """A script's tokens without brackets around them."""
    inside = script.parts[0]
    if len(inside) > 2 and inside[0].kind == "open" and inside[-1].kind == "close" and is_time(inside[1:-1]):
        return inside[1:-1]
    return inside


def _timed(script: Token) -> bool:
    return any(token.text == TIME for token in script.parts[0])
