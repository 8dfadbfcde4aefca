"""Cuts a stretch of mathematics into statements: equations, and declarations of shapes."""

from __future__ import annotations

from dataclasses import dataclass

from graders.practical09.equations.reader.grammar.expressions import parse
from graders.practical09.equations.reader.grammar.probabilities import is_probability, is_symbol, with_entries
from graders.practical09.equations.reader.text.latex import Token, tokens
from graders.practical09.equations.reader.text.plain import as_latex
from graders.practical09.equations.reader.tree import Declared, Equation, Expr, Unreadable

SEPARATORS = {"gap", "row", "text"}
RELATIONS = {"=", "in", "<", ">", "!=", "to", "forall", "~", ":"}
MOST = 60  # statements of one answer


@dataclass(frozen=True)
class Found:
    """What one stretch of mathematics holds; `unread` are its equations beyond the grammar."""

    statements: tuple[Equation, ...] = ()
    declared: tuple[Declared, ...] = ()
    unread: tuple[str, ...] = ()


def statements(source: str, *, plain: bool = False) -> Found:
    """Read one stretch of mathematics; whatever cannot be read is listed, never raised."""
    latex = as_latex(source) if plain else source
    try:
        found = with_entries(tokens(latex))
        units = [unit for part in _opened(found) for unit in _units(part)]
    except (Unreadable, RecursionError):
        return Found(unread=(_short(source),) if "=" in source else ())
    read: list[Equation] = []
    declared: list[Declared] = []
    unread: list[str] = []
    waiting: list[tuple[Token, ...]] = []
    for unit in map(_unwrapped, units[:MOST]):
        if not _relates(unit):
            if unit[0].kind == "op" and unit[0].text in ("+", "-", "dot"):
                unread.append(_short(source))
            waiting.append(unit)
            continue
        try:
            place = next((i for i, token in enumerate(unit) if token.kind == "op" and token.text == "in"), None)
            if place is not None and any(_is_equals(token) for token in unit[:place]):
                read += _equations(unit[:place], source)
            elif place is not None:
                declared += _declarations(unit, waiting, source)
            else:
                read += _equations(unit, source)
        except (Unreadable, RecursionError):
            unread.append(_short(source))
        waiting = []
    if len(units) > MOST:
        unread.append(_short(source))
    return Found(tuple(read), tuple(declared), tuple(unread))


def _unwrapped(unit: tuple[Token, ...]) -> tuple[Token, ...]:
    """An equation that stands in brackets of its own, such as `(h_0 = 0)`, without them."""
    if len(unit) > 2 and unit[0].kind == "open" and unit[-1].kind == "close":
        depth = 0
        for token in unit[:-1]:
            depth += (token.kind == "open") - (token.kind == "close")
            if not depth:
                return unit
        return unit[1:-1] if any(_is_equals(token) for token in unit) else unit
    return unit


def _short(source: str) -> str:
    return " ".join(source.split())[:200]


def _opened(found: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Systems in a `cases` brace are laid out as rows; a piecewise definition becomes one equation a case."""
    parts: list[list[Token]] = [[]]
    for place, token in enumerate(found):
        if token.kind == "group" and any(_is_equals(inner) for inner in token.parts[0]):
            parts[-1] += token.parts[0]
        elif token.kind != "cases":
            parts[-1].append(token)
        elif place and _is_equals(found[place - 1]):
            _put_cases(parts[-1], token.parts[0])
        else:
            parts[-1] += [Token("row"), *token.parts[0], Token("row")]
    return [tuple(part) for part in parts]


def _put_cases(before: list[Token], cases: tuple[Token, ...]) -> None:
    """`h_t = {0 if t = 0; f otherwise}` as the equations `h_0 = 0` and `h_t = f`."""
    before.pop()
    head: list[Token] = []
    while before and before[-1].kind not in ("row", "gap", "text", "cell") and before[-1].text not in (",", ";", "="):
        head.insert(0, before.pop())
    for row in _split(list(cases), "row"):
        value, *conditions = _split(row, "cell")
        first = [token.text for part in conditions for token in part if token.text in ("=", "0", "1", ">", "<")]
        if not value or (first and first[:1] == ["="] and first != ["=", "0"]):
            raise Unreadable("a definition by unusual cases")
        before += [Token("row"), *(_at_start(head) if first == ["=", "0"] else head), Token("op", "="), *value]
    before.append(Token("row"))


def _at_start(head: list[Token]) -> list[Token]:
    """`h_t` as `h_0`."""
    return [
        Token(token.kind, token.text, tuple(tuple(_zero(inner) for inner in part) for part in token.parts))
        if token.kind == "script"
        else token
        for token in head
    ]


def _zero(token: Token) -> Token:
    return Token("number", "0") if token.kind == "name" and token.text == "t" else token


def _split(tokens: list[Token], kind: str) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind == kind:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def _is_equals(token: Token) -> bool:
    return token.kind == "op" and token.text == "="


def _relates(unit: tuple[Token, ...]) -> bool:
    return any(token.kind == "op" and token.text in ("=", "in") for token in unit)


def _units(found: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """Cut at rows, gaps, words, commas and full stops outside brackets; rows that go on are joined again."""
    rows: list[list[Token]] = [[]]
    depth = 0
    for place, token in enumerate(found):
        depth = max(0, depth + (token.kind == "open") - (token.kind == "close"))
        if token.kind == "row" and depth == 0:
            rows.append([])
        elif token.kind == "cell" and depth == 0 and _is_remark(found[place + 1 :]):
            rows[-1].append(Token("text"))
        elif token.kind != "cell" or depth:
            rows[-1].append(token)
    units: list[tuple[Token, ...]] = []
    for row in _joined(rows):
        units += _cut(row)
    return [unit for unit in units if unit]


def _is_remark(after: tuple[Token, ...]) -> bool:
    """Whether a cell holds a word or a few and nothing else, as in a column of names next to the equations."""
    row = next((place for place, token in enumerate(after) if token.kind in ("row", "cell")), len(after))
    return row > 0 and all(token.kind in ("text", "word", "gap") for token in after[:row])


def _joined(rows: list[list[Token]]) -> list[list[Token]]:
    joined: list[list[Token]] = []
    for row in rows:
        while row and row[0].kind == "gap":
            row.pop(0)
        while row and row[-1].kind == "gap":
            row.pop()
        if not row:
            continue
        starts = row[0].kind == "op" and row[0].text in ("+", "-", "=", "dot", "times", "/", "each")
        ended = joined and joined[-1][-1]
        ends = ended and ended.kind == "op" and ended.text in ("+", "-", "=", "dot", "times", "each")
        if joined and (starts or ends):
            joined[-1] += row
        else:
            joined.append(list(row))
    return joined


def _cut(row: list[Token]) -> list[tuple[Token, ...]]:
    units: list[list[Token]] = [[]]
    depth = 0
    for token in row:
        depth = max(0, depth + (token.kind == "open") - (token.kind == "close"))
        stop = token.kind == "op" and token.text in (",", ";", ".", "forall", "and")
        if depth == 0 and (stop or token.kind in SEPARATORS):
            units.append([])
        elif token.kind not in ("gap", "text") or depth:
            units[-1].append(token)
    return [tuple(unit) for unit in units]


def _equations(unit: tuple[Token, ...], source: str) -> list[Equation]:
    """`a = b = c` as two statements about a."""
    unit = _without_condition(_without_colon(unit))
    if any(token.kind == "op" and token.text in RELATIONS - {"="} for token in unit):
        return []
    sides = _sides(unit)
    if any(map(is_probability, sides)) and any(map(is_symbol, others := [s for s in sides if not is_probability(s)])):
        sides = others  # `P(y_t = k) = \hat{y}_{t,k} = ...` has a name for it
        if len(sides) == 1:
            return []
    if len(sides) < 2 or any(not side for side in sides):
        raise Unreadable("an equation without a side")
    if any(len(side) == 1 and side[0].text == "dots" for side in sides):
        return []
    parsed: list[Expr] = [parse(side) for side in sides]
    return [Equation(parsed[0], right, _short(source)) for right in parsed[1:]]


def _without_condition(unit: tuple[Token, ...]) -> tuple[Token, ...]:
    """An equation without the steps for which it holds, in brackets behind it: `h_t = ... (1 \\le t \\le T)`."""
    if not unit or unit[-1].kind != "close":
        return unit
    depth = 0
    for place in range(len(unit) - 1, 0, -1):
        depth += (unit[place].kind == "close") - (unit[place].kind == "open")
        if not depth:
            condition = any(token.kind == "op" and token.text in ("<", ">", "in", "forall") for token in unit[place:])
            return unit[:place] if condition else unit
    return unit


def _without_colon(unit: tuple[Token, ...]) -> tuple[Token, ...]:
    """`:=` is `=`, and `Output: y = ...` is its equation."""
    colons = [place for place, token in enumerate(unit) if token.kind == "op" and token.text == ":"]
    if not colons:
        return unit
    last = colons[-1]
    if last + 1 < len(unit) and _is_equals(unit[last + 1]):
        return unit[:last] + unit[last + 1 :]
    return unit[last + 1 :]


def _sides(unit: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    sides: list[list[Token]] = [[]]
    depth = 0
    for token in unit:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and _is_equals(token):
            sides.append([])
        else:
            sides[-1].append(token)
    return [tuple(side) for side in sides]


def _declarations(unit: tuple[Token, ...], waiting: list[tuple[Token, ...]], source: str) -> list[Declared]:
    place = next(i for i, token in enumerate(unit) if token.kind == "op" and token.text == "in")
    right = unit[place + 1 :]
    if not right or right[0].text != "mathbb R":
        return []
    dims: tuple[str, ...] = ("1",)
    if len(right) == 2 and right[1].kind == "script":
        dims = _dims(right[1].parts[0])
    elif len(right) != 1:
        return []
    names = [*waiting, unit[:place]]
    found = []
    for name in names:
        try:
            found.append(Declared(parse(name), dims, _short(source)))
        except Unreadable:
            continue
    return found


def _dims(content: tuple[Token, ...]) -> tuple[str, ...]:
    parts: list[list[str]] = [[]]
    for token in content:
        if token.kind == "op" and token.text in ("times", "*", ","):
            parts.append([])
        elif token.kind == "group":
            parts[-1].append("".join(inner.text for inner in token.parts[0]))
        elif token.kind == "script":
            parts[-1].append("_" + "".join(inner.text for inner in token.parts[0]))
        else:
            parts[-1].append(token.text)
    return tuple("".join(part) for part in parts)
