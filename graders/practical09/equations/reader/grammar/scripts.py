"""Scripts: what hangs below and above a symbol, cut into pieces; and lists of tokens, cut at signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import dropwhile

from graders.practical09.equations.reader.text.latex import Token
from graders.practical09.equations.reader.tree import Script, Unreadable

TIME = re.compile(r"(?:[a-z]|tau)(?:[+-]\d+)?|0|1|2|-1")
Scripts = tuple[tuple[str, tuple[Token, ...]], ...]


@dataclass(frozen=True)
class Transposed:
    """Scripts of a symbol that also bore a transposition."""

    scripts: tuple[Script, ...]


def atoms(tokens: tuple[Token, ...]) -> list[tuple[str, int]]:
    """The tokens as strings with the depth of their brackets; what nests is written out."""
    found: list[tuple[str, int]] = []
    depth = 0
    for token in tokens:
        depth -= token.kind == "close"
        if token.kind in ("open", "close"):
            found.append((token.text, depth))
        elif token.kind == "script" and _is_prime(token) and found:
            found[-1] = (found[-1][0] + "'", found[-1][1])
        elif token.kind == "script":
            found.append((token.text, depth))
            found += [(text, depth + 1) for text, _ in atoms(token.parts[0])]
        elif token.kind in ("group", "accent"):
            found += [(text, depth) for text, _ in atoms(token.parts[0])]
        elif token.kind in ("name", "word", "number", "op"):
            found.append((token.text, depth))
        elif token.kind == "text":
            found.append((re.sub(r"\W", "", token.text) or "text", depth))
        else:
            raise Unreadable(f"{token.kind} in a script")
        depth += token.kind == "open"
    return found


def _is_prime(token: Token) -> bool:
    return [part.text for part in token.parts[0]] == ["prime"]


def pieces(tokens: tuple[Token, ...], *, bracketed: bool = False) -> tuple[Script, ...]:
    """Cut a script at commas and at brackets: `{(t),j}` has the pieces t and j."""
    found: list[Script] = []
    current: list[str] = []
    inside = False

    def close() -> None:
        nonlocal current
        if current:
            found.append(Script(tuple(current), bracketed or inside))
        current = []

    for text, depth in atoms(tokens):
        if depth == 0 and text in "([{<" and not (current and current[-1] == "_"):
            close()
            inside = True
        elif depth == 0 and text in ")]}>" and inside:
            close()
            inside = False
        elif depth <= inside and text in (",", ";"):
            close()
        else:
            current.append(text)
    close()
    return tuple(found)


def split_scripts(scripts: Scripts) -> tuple[Script, ...] | Transposed:
    """All pieces of a symbol's scripts, and whether one of them was a transposition."""
    found: list[Script] = []
    turned = 0
    for sign, content in scripts:
        for piece in pieces(content):
            if sign == "^" and not piece.bracketed and piece.atoms in (("T",), ("top",)):
                turned += 1
            else:
                found.append(piece)
    return Transposed(tuple(found)) if turned % 2 else tuple(found)


def is_time(tokens: tuple[Token, ...]) -> bool:
    """Whether a bracket's content reads as a time: `t`, `t-1`, `0`."""
    simple = all(token.kind in ("name", "number", "op") for token in tokens)
    text = "".join(token.text for token in tokens)
    return simple and re.fullmatch(r"(?:t|tau|i|n|k)(?:[+-]\d+)?|0|-1", text) is not None


def may_wear(function: str, script: str) -> bool:
    """Whether a function with this subscript is still itself: a log of another base, a softmax over time are not."""
    if function == "log":
        return script == "e"
    known = function in ("tanh", "softmax", "sigmoid", "relu", "exp")
    return not (known and re.search(r"\d", script)) and not (function == "softmax" and script in ("t", "tau"))


def last_of_sum(content: tuple[Token, ...]) -> str | None:
    """What stands above a sum sign: `T`, `T_x`, `T-1`, `|V|`.

    Raises:
        Unreadable: a part of the whole, such as `T/2`.
    """
    signs = [token.text for token in content if token.kind == "op" and token.text in ("+", "-", "/", "*", "dot")]
    if signs not in ([], ["-"]) or any(token.kind in ("frac", "sum", "matrix") for token in content):
        raise Unreadable("a sum that leaves something out")
    upto = "".join(token.text for token in content) or None
    if upto in ("0", "1"):
        raise Unreadable("a sum that leaves something out")
    return upto


def index_of_sum(content: tuple[Token, ...]) -> list[str]:
    """The indices under a sum sign: `t=1`, `j`, `t,k`, `k \\in C`.

    Raises:
        Unreadable: something else stands there.
    """
    names: list[str] = []
    ignoring = False
    for place, token in enumerate(content):
        begins = place > 0 and content[place - 1].kind == "op" and content[place - 1].text == "="
        if token.kind == "op" and token.text in ("=", "in"):
            ignoring = True
        elif token.kind == "op" and token.text == ",":
            ignoring = False
        elif ignoring and token.kind == "number" and token.text not in ("0", "1"):
            raise Unreadable("a sum that leaves something out")
        elif begins and token.kind != "number":
            raise Unreadable("a sum that may leave something out")
        elif not ignoring and token.kind == "name":
            names.append(token.text)
        elif not ignoring and token.kind == "script" and _is_prime(token) and names:
            names[-1] += "'"
        elif not ignoring:
            raise Unreadable("a sum over something unusual")
    if len(set(names)) != len(names):
        raise Unreadable("a sum over something unusual")
    return names


def bounds(scripts: Scripts) -> tuple[list[str], str | None]:
    """The indices below a sum or product sign, and what stands above it.

    Raises:
        Unreadable: it leaves something out.
    """
    indices: list[str] = []
    upto = None
    begins = ""
    for sign, content in scripts:
        if sign == "_":
            indices, begins = index_of_sum(content), " ".join(token.text for token in content)
        else:
            upto = last_of_sum(content)
    if upto and upto.endswith("-1") and "1" in begins.split():
        raise Unreadable("a sum that leaves something out")
    return indices, upto


def to_a_power(scripts: Scripts) -> tuple[Token, ...] | None:
    """The exponent in `p_{t,k}^{y_{t,k}}`: an entry of a vector, and the last script; None where there is none."""
    if len(scripts) != 2 or scripts[0][0] != "_" or scripts[1][0] != "^":
        return None
    content = scripts[1][1]
    one = len(content) == 2 and content[0].kind in ("name", "accent") and content[1].text == "_"
    return content if one and len(atoms(content[1].parts[0])) > 1 else None


def exponential(tokens: tuple[Token, ...]) -> bool:
    """Whether what follows an `e` is an exponent, rather than scripts of a vector called e."""
    if len(tokens) != 1 or tokens[0].text != "^":
        return False
    content = tokens[0].parts[0]
    inner = [token for token in content if token.kind in ("name", "accent", "frac", "group", "open", "word")]
    if len(content) == 1 and content[0].kind == "name" and content[0].text in ("T", "top", "prime", "t"):
        return False
    return bool(inner) and not is_time(content)


def accented(token: Token) -> tuple[str, str, tuple[tuple[str, tuple[Token, ...]], ...]]:
    """Letter, accent and scripts of `\\hat{y}` or `\\hat{y_t}`."""
    inner = token.parts[0]
    while len(inner) == 1 and inner[0].kind == "group":
        inner = inner[0].parts[0]
    if not inner or inner[0].kind not in ("name", "word", "number") or any(part.kind != "script" for part in inner[1:]):
        raise Unreadable("an accent over more than one letter")
    return inner[0].text, token.text, tuple((part.text, part.parts[0]) for part in inner[1:])


def has(tokens: tuple[Token, ...], *signs: str) -> bool:
    """Whether one of these signs stands outside all brackets."""
    return len(split(tokens, *signs)) > 1


def split(tokens: tuple[Token, ...], *signs: str) -> list[tuple[Token, ...]]:
    """Cut at signs that stand outside all brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and ((token.text in signs and token.kind == "op") or token.kind in signs):
            parts.append([])
        else:
            parts[-1].append(token)
    return [tuple(part) for part in parts]


def grid(tokens: tuple[Token, ...]) -> list[list[tuple[Token, ...]]]:
    """The cells of a matrix, row by row."""
    rows = [row for row in split(tokens, "row") if row]
    return [split(row, "cell") for row in rows]


def without_gaps(line: tuple[Token, ...]) -> tuple[Token, ...]:
    """A line without the cells and gaps with which it begins."""
    return tuple(dropwhile(lambda token: token.kind in ("cell", "gap"), line))
