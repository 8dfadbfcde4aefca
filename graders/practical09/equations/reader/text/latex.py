"""LaTeX as tokens: pylatexenc reads the source, and this module flattens its nodes into what the grammar eats."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from pylatexenc.latexwalker import (  # type: ignore[import-untyped]
    LatexCharsNode,
    LatexCommentNode,
    LatexEnvironmentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexSpecialsNode,
    LatexWalker,
    LatexWalkerError,
)
from pylatexenc.macrospec import LatexContextDb, SpecialsSpec, std_environment, std_macro  # type: ignore[import-untyped]

from graders.practical09.equations.reader.text.symbols import (
    ACCENTS,
    DROPPED,
    FONTS,
    GAPS,
    LAYOUTS,
    LETTERS,
    MATRICES,
    OPERATORS,
    PLAIN_WORDS,
    WORDS,
)
from graders.practical09.equations.reader.text.typed import normalised
from graders.practical09.equations.reader.tree import Unreadable

LONGEST = 6_000  # characters of one stretch of mathematics
DEEPEST = 25  # brackets within brackets
MOST = 4_000  # tokens of one stretch of mathematics
NESTING = re.compile(r"\\[{}\[\]()]|\\\\|(?P<open>[{(\[]|\\begin\b)|(?P<close>[})\]]|\\end\b)")
ROW_SPACING = re.compile(r"\\\\\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|\\baselineskip)\s*\]")


@dataclass(frozen=True)
class Token:
    """One token.

    Attributes:
        kind: name, word, number, op, open, close, script, group, accent, frac, matrix, text, gap, row, cell,
            cases, sum, or brace (before what bears an \\underbrace).
        text: the letter, word, number or sign itself; for a script "_" or "^".
        parts: what it holds.
    """

    kind: str
    text: str = ""
    parts: tuple[tuple[Token, ...], ...] = ()


@functools.cache
def _context() -> Any:
    database = LatexContextDb()
    one = ["text", "textrm", "textbf", "textit", "texttt", "textsf", "mbox", "label", "tag", "notag", "mathop"]
    one += ["underbrace", "overbrace", "underline", "boxed", "mathbin", "mathrel", "substack", "phantom", "hspace"]
    one += ["intertext", "shortintertext"]
    macros = [std_macro(name, "{") for name in {*one, *FONTS, *ACCENTS} - {"notag"}]
    macros += [std_macro(name, "{{") for name in ("frac", "dfrac", "tfrac", "cfrac", "stackrel", "overset", "underset")]
    macros += [std_macro("color", "{"), std_macro("textcolor", "{{")]
    macros += [std_macro("operatorname", "*{")]
    arguments = {"array": "{", "alignat": "{", "alignat*": "{", "alignedat": "{"}
    environments = [std_environment(name, argument) for name, argument in arguments.items()]
    database.add_context_category(
        "mathematics", macros=macros, environments=environments, specials=[SpecialsSpec("&"), SpecialsSpec("~")]
    )
    database.set_unknown_macro_spec(std_macro("", ""))
    database.set_unknown_environment_spec(std_environment("", ""))
    return database


def tokens(source: str) -> tuple[Token, ...]:
    """Read one stretch of mathematics.

    Raises:
        Unreadable: it is not LaTeX, or larger or deeper than any answer needs.
    """
    source = ROW_SPACING.sub(r"\\\\ ", normalised(source))
    if len(source) > LONGEST or _depth(source) > DEEPEST:
        raise Unreadable("too long or nested too deeply")
    try:
        nodes, _, _ = LatexWalker(source, latex_context=_context(), tolerant_parsing=False).get_latex_nodes()
        found = tuple(_flatten(nodes))
    except (LatexWalkerError, RecursionError, ValueError, IndexError, AttributeError, TypeError) as error:
        raise Unreadable(f"not LaTeX that can be read: {type(error).__name__}") from error
    if len(found) > MOST:
        raise Unreadable("too long")
    return found


def _depth(source: str) -> int:
    depth = deepest = 0
    for found in NESTING.finditer(source):
        depth += bool(found["open"]) - bool(found["close"])
        deepest = max(deepest, depth)
    return deepest


def _flatten(nodes: Any) -> list[Token]:
    found: list[Token] = []
    for node in nodes or ():
        if isinstance(node, LatexCharsNode):
            found += _characters(node.chars)
        elif isinstance(node, LatexGroupNode):
            inner = tuple(_flatten(node.nodelist))
            found += inner if len(inner) == 1 and inner[0].kind == "word" else [Token("group", "", (inner,))]
        elif isinstance(node, LatexSpecialsNode):
            found.append(Token("cell") if node.specials_chars == "&" else Token("space"))
        elif isinstance(node, LatexMacroNode):
            found += _macro(node)
        elif isinstance(node, LatexEnvironmentNode):
            found += _environment(node)
        elif not isinstance(node, LatexCommentNode):
            raise Unreadable("mathematics within mathematics")
    return _scripts([token for token in found if token.kind != "space"])


def _characters(text: str) -> list[Token]:
    found = []
    for part in re.finditer(
        PLAIN_WORDS + r"|(?:out|inp|hid|err|Err)(?=\s*[_=])|\d+(?:\.\d+)?|[A-Za-z]{4,}|[^\W\d_]|\s+|.", text, re.DOTALL
    ):
        word = part[0]
        if word.isspace():
            continue
        if word in WORDS:
            found.append(Token("word", WORDS[word]))
        elif word[0].isdigit():
            found.append(Token("number", word))
        elif word.isalpha():
            found.append(Token("name" if len(word) == 1 else "word", word))
        elif word in "([":
            found.append(Token("open", word))
        elif word in ")]":
            found.append(Token("close", word))
        else:
            found.append(Token("op", word))
    return found


def _argument(node: Any, place: int = -1) -> list[Token]:
    """A macro's argument as tokens; braces around it do not count."""
    if node.nodeargd is None or not node.nodeargd.argnlist or node.nodeargd.argnlist[place] is None:
        raise Unreadable(f"\\{node.macroname} without its argument")
    argument = node.nodeargd.argnlist[place]
    return _flatten(argument.nodelist if isinstance(argument, LatexGroupNode) else [argument])


def _written(node: Any) -> str:
    if node.nodeargd is None or not node.nodeargd.argnlist or node.nodeargd.argnlist[-1] is None:
        raise Unreadable(f"\\{node.macroname} without its argument")
    argument = node.nodeargd.argnlist[-1]
    text = argument.latex_verbatim()
    return str(text[1:-1] if isinstance(argument, LatexGroupNode) else text)


def _macro(node: Any) -> list[Token]:
    name = node.macroname
    if name in ("\\", "cr", "newline"):
        return [Token("row")]
    if name in GAPS:
        return [Token("gap")]
    if name in ("label", "tag", "phantom", "hspace", "color"):
        return []
    if name in DROPPED:
        return []
    if name in ACCENTS:
        return [Token("accent", ACCENTS[name], (tuple(_argument(node)),))]
    if name in FONTS or name in ("operatorname", "mathop"):
        return _font(node)
    if name in ("text", "textrm", "textbf", "textit", "texttt", "textsf", "mbox", "intertext", "shortintertext"):
        return _text(_written(node))
    if name in ("frac", "dfrac", "tfrac", "cfrac"):
        return [Token("frac", "", (tuple(_argument(node, 0)), tuple(_argument(node, 1))))]
    if name in ("underbrace", "overbrace"):
        return [Token("brace"), Token("group", "", (tuple(_argument(node)),))]
    if name in ("underline", "boxed", "mathbin", "mathrel", "textcolor", "stackrel", "overset", "underset"):
        return _argument(node)
    if name in ("sum", "prod"):
        return [Token("sum", name)]
    if name in ("{", "lbrace", "langle", "lbrack", "lparen"):
        return [Token("open", "<" if name == "langle" else "{")]
    if name in ("}", "rbrace", "rangle", "rbrack", "rparen"):
        return [Token("close", ">" if name == "rangle" else "}")]
    if name in WORDS:
        return [Token("word", WORDS[name])]
    if name in LETTERS:
        return [Token("name", LETTERS[name])]
    if name in OPERATORS:
        return [Token("op", OPERATORS[name])]
    raise Unreadable(f"\\{name} is not known here")


def _font(node: Any) -> list[Token]:
    """Upright, bold and the like mean nothing, except for script letters; a longer upright text is one word."""
    text = _written(node).strip().strip("{}").replace(r"\_", "_")
    if node.macroname in ("mathcal", "mathscr", "mathbb", "mathfrak", "mathds") and len(text) == 1:
        return [Token("name", f"{node.macroname[:6]} {text}")]
    plain = re.fullmatch(r"[A-Za-z][A-Za-z\- ]+", text)
    upright = ("mathrm", "operatorname", "mathop", "mathit", "mathsf", "mathtt", "mathbf", "boldsymbol", "bf", "rm")
    if plain and (text in WORDS or node.macroname in upright[:6]):
        return [_word(text)]
    return _argument(node)


def _word(text: str) -> Token:
    key = re.sub(r"[\s\-]", "", text)
    return Token("word", WORDS.get(key, WORDS.get(key.lower(), key)))


def _text(text: str) -> list[Token]:
    """Words within mathematics: one word may be a function or a name; more are a remark."""
    text = text.strip().replace(r"\_", "_")
    if re.fullmatch(r"[A-Za-z]", text):
        return [Token("name", text)]
    if re.sub(r"[\s\-]", "", text).lower() in {word.lower() for word in WORDS}:
        return [_word(text)]
    return [Token("text", text)]


def _environment(node: Any) -> list[Token]:
    name = node.environmentname.rstrip("*")
    body = _flatten(node.nodelist)
    relations = any(token.kind == "op" and token.text == "=" for token in body)
    if name in MATRICES or (name == "array" and not relations):
        return [Token("matrix", name, (tuple(body),))]
    if name in ("cases", "dcases"):
        return [Token("cases", "", (tuple(body),))]
    if name in LAYOUTS or name == "array":
        return [Token("row"), *body, Token("row")]
    raise Unreadable(f"an environment {name!r}")


def _is_step(found: list[Token]) -> bool:
    """Whether a bracket comes that holds a time, as in `hidden(t-1)`."""
    closing = next((place for place, token in enumerate(found) if token.kind == "close"), 0)
    text = "".join(token.text for token in found[1:closing])
    return closing > 1 and found[0].text == "(" and re.fullmatch(r"t(?:[-+]1)?|0", text) is not None


def _scripts(found: list[Token]) -> list[Token]:
    """Attach what follows `_` and `^`; primes become superscripts."""
    joined: list[Token] = []
    place = 0
    while place < len(found):
        token = found[place]
        place += 1
        if token.kind == "brace":
            token, place = found[place], place + 1
            if token.kind == "group" and len(token.parts[0]) == 1:
                token = token.parts[0][0]
            if place + 1 < len(found) and found[place].kind == "op" and found[place].text in "_^":
                place += 2
        if (
            token.kind == "text"
            and token.text.isalpha()
            and place < len(found)
            and (found[place].text in ("_", "^", "=") or _is_step(found[place : place + 5]))
        ):
            token = Token("word", token.text)
        if token.kind == "op" and token.text == "'":
            joined.append(Token("script", "^", ((Token("name", "prime"),),)))
        elif token.kind == "op" and token.text in "_^":
            if place == len(found):
                raise Unreadable("a script without content")
            content = found[place]
            place += 1
            if content.kind in ("op", "script", "close", "row", "cell") and content.text not in ("top", "*", "+", "-"):
                raise Unreadable("a script without content")
            parts = content.parts[0] if content.kind == "group" else (content,)
            joined.append(Token("script", token.text, (parts,)))
        else:
            joined.append(token)
    return joined
