r"""Macros that an answer defines (`\newcommand{\h}{\mathbf{h}}`), put in where they are used."""

from __future__ import annotations

import re

DEFINITION = re.compile(
    r"\\(?:new|renew|provide)command\*?\s*\{?\s*\\(?P<name>[A-Za-z]+)\s*\}?\s*(?:\[(?P<count>\d)\])?\s*"
    r"(?P<more>\[[^\]]*\])?\s*\{"
    r"|\\[gex]?def\s*\\(?P<defined>[A-Za-z]+)\s*(?P<args>(?:#\d)*)\s*\{"
    r"|\\DeclareMathOperator\*?\s*\{?\s*\\(?P<operator>[A-Za-z]+)\s*\}?\s*\{"
)
LET = re.compile(r"\\let\s*\\(?P<name>[A-Za-z]+)\s*=?\s*(?P<body>\\[A-Za-z]+|[A-Za-z])")
MOST = 40  # definitions
LONGEST = 120  # characters of one
ROUNDS = 2  # macros within macros
UNKNOWN = r"\notread "  # what no grammar knows


def put_in(source: str, longest: int) -> str:
    """The text with its definitions put in; a macro whose meaning is not clear becomes one that nobody knows."""
    meanings: dict[str, tuple[int, str] | None] = {}
    kept, place = [], 0
    while (found := DEFINITION.search(source, place)) is not None:
        end = _closing(source, found.end())
        kept.append(source[place : found.start()] + " ")
        place = end
        name = found["name"] or found["defined"] or found["operator"]
        body = source[found.end() : end - 1]
        body = rf"\operatorname{{{body}}}" if found["operator"] else body
        count = int(found["count"] or 0) + (found["args"] or "").count("#")
        clear = count <= 1 and not found["more"] and len(body) <= LONGEST and len(meanings) < MOST
        meaning = (count, body) if clear else None
        meanings[name] = meaning if meanings.get(name, meaning) == meaning else None
    source = "".join(kept) + source[place:]
    for let in LET.finditer(source):
        meanings[let["name"]] = (0, let["body"]) if let["name"] not in meanings else None
    source = LET.sub(" ", source)
    for _ in range(ROUNDS):
        for name, meaning in meanings.items():
            source = _used(source, name, meaning)[:longest]
    for name in meanings:
        source = re.sub(rf"\\{name}(?![A-Za-z])", lambda _: UNKNOWN, source)
    return source


def _used(source: str, name: str, meaning: tuple[int, str] | None) -> str:
    if meaning is None or re.search(rf"\\{name}(?![A-Za-z])", meaning[1]):
        return source
    count, body = meaning
    if not count:
        return re.sub(rf"\\{name}(?![A-Za-z])", lambda _: body, source)
    return re.sub(
        rf"\\{name}(?![A-Za-z])\s*(?:\{{([^{{}}]*)\}}|([A-Za-z0-9]))",
        lambda found: body.replace("#1", found[1] if found[1] is not None else found[2]),
        source,
    )


def _closing(source: str, start: int) -> int:
    depth = 1
    for place in range(start, min(len(source), start + 2 * LONGEST)):
        escaped = place > 0 and source[place - 1] == "\\"
        depth += not escaped and ((source[place] == "{") - (source[place] == "}"))
        if not depth:
            return place + 1
    return start
