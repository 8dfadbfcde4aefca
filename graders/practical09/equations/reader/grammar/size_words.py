"""Sizes said in words: `hidden size × input size` as `hidden_size × input_size`, and of whom a name is the size."""

from __future__ import annotations

import re

TIMES = r"(?:×|\\times\b|\bby\b|\bpor\b|(?<=\s)x(?=\s)|(?<=\d)x(?=\d))"
WHO = {  # of whom words and names of sizes speak, by the letter that the exercise gives that size
    "H": r"hid(?:den)?|state|escondid[ao]s?|ocult[ao]s?|estado",
    "D": r"in|inputs?|inp|entradas?|features?|embeddings?",
    "K": r"out|outputs?|class(?:es)?|sa[ií]das?|targets?|labels?",
}
SUBSCRIPTS = {"H": "h", "D": "xi", "K": "yo"}  # n_h, n_x, n_y
TOKENS = {"H": "hidden_size", "D": "input_size", "K": "output_size"}
TOKEN = "(?:hidden|input|output)_size"

_OF = (
    r"(?:the\s+|o\s+|a\s+)?(?:number|size|dimension(?:ality)?|length|n[uú]mero|tamanho|dimens[aã]o)\s+"
    r"(?:of\s+(?:the\s+)?|d[aeo]s?\s+)|\b[nd]_?|\b(?:num|dim)_|\#\s?"
)
_UNIT = r"(?:units?|nodes?|neurons?|cells?|layer|features?|unidades|neur[oó]nios|camada|vector|state|symbols?)"
_NOUN = r"(?:size|dim(?:ension)?s?|units?|nodes?|neurons?|count)"


def _phrase(role: str) -> str:
    return rf"(?:{_UNIT}\s+)?\b(?:{WHO[role]})\b(?:[\s-]+{_UNIT})?"


BARE = {role: re.compile(rf"(?:the\s+|an?\s+)?{_phrase(role)}", re.IGNORECASE) for role in WHO}
SIZED = {
    role: re.compile(
        rf"(?:{_OF})(?:{_UNIT}\s+)?(?:{WHO[role]})\b(?:[\s-]+{_UNIT})?(?:[\s_-]+{_NOUN}\b)?"
        rf"|(?:{_UNIT}\s+)?\b(?:{WHO[role]})(?:[\s-]+{_UNIT})?[\s_-]+{_NOUN}\b",
        re.IGNORECASE,
    )
    for role in WHO
}
ANY = "|".join(_phrase(role) for role in WHO)
SIDE = rf"[(\[]?\s*(?:{TOKEN}|{ANY})\s*[)\]]?"
NUMBER = r"(?:[A-Z]|\d{1,4})(?![\w_^({])"
PAIRS = (  # both sides of a shape in words, or one of them next to a letter or a number
    re.compile(rf"(?P<one>{SIDE})\s*(?:{TIMES}|\*)\s*(?P<two>{SIDE})", re.IGNORECASE),
    re.compile(rf"(?P<one>{SIDE})\s*(?:×|\\times\b|(?<=\s)x(?=\s))\s*(?P<two>(?-i:{NUMBER}))", re.IGNORECASE),
    re.compile(rf"(?<![\w_])(?P<one>(?-i:{NUMBER}))\s*(?:×|\\times\b|(?<=\s)x(?=\s))\s*(?P<two>{SIDE})", re.IGNORECASE),
)
LISTED = re.compile(
    rf"[(\[]\s*(?P<one>{TOKEN}|{ANY}|(?-i:{NUMBER}))\s*,\s*(?P<two>{TOKEN}|{ANY}|(?-i:{NUMBER}))?\s*,?\s*[)\]]",
    re.IGNORECASE,
)
LINES = re.compile(
    rf"\b(?:one|an?|uma)\s+(?:row|linha)\s+(?:per|for\s+(?:each|every)|por|para\s+cada)\s+(?P<one>{TOKEN}|{ANY})\b"
    rf"[,\s]*(?:and\s+|e\s+)?(?:one\s+|an?\s+|uma\s+)?(?:column|coluna)\s+"
    rf"(?:per|for\s+(?:each|every)|por|para\s+cada)\s+(?P<two>{TOKEN}|{ANY})\b",
    re.IGNORECASE,
)
ALONE = re.compile(
    rf"(?P<sign>:|(?:vector|vetor)\s+(?:of|de|with|com))\s*(?:the\s+|a\s+|o\s+)?(?P<size>{TOKEN})(?=\s*(?:[,;.|\n]|$))"
    rf"|(?<=[\w}}])\s*\(\s*(?P<within>{TOKEN})\s*\)",
)


def size_of(name: str) -> str | None:
    """Whose size a name means, by the exercise's letters: `D`, `n_h`, `hidden_size`; None where it is any letter."""
    plain = re.sub(r"[{}\\$]|\btext\b", "", name).strip()
    if plain in WHO:
        return plain
    if plain == "h":
        return "H"
    stem, _, script = plain.partition("_")
    if script and len(stem) == 1:
        of = [role for role, letters in SUBSCRIPTS.items() if script.lower() in tuple(letters)]
        if of:
            return of[0]
    found = [role for role, words in WHO.items() if re.search(rf"(?<![a-z])(?:{words})(?![a-z])", _spaced(plain), re.I)]
    return found[0] if len(found) == 1 else None


def in_tokens(flat: str) -> str:
    """The text, in which sizes that are said in words are `hidden_size`, `input_size` and `output_size`."""
    for role, pattern in SIZED.items():
        flat = pattern.sub(f" {TOKENS[role]} ", flat)
    for pattern in PAIRS:
        flat = pattern.sub(lambda found: f" {_token(found['one'])} × {_token(found['two'])} ", flat)
    flat = LISTED.sub(_listed, flat)
    flat = LINES.sub(lambda found: f" {_token(found['one'])} rows and {_token(found['two'])} columns ", flat)
    return ALONE.sub(_alone, flat)


def _token(words: str) -> str:
    plain = words.strip(" ()[]\n\t")
    if re.fullmatch(NUMBER, plain):
        return plain
    role = size_of(plain) or next((role for role, pattern in BARE.items() if pattern.fullmatch(plain)), None)
    return TOKENS[role] if role else plain


def _listed(found: re.Match[str]) -> str:
    if not any(re.search(r"[a-z]{2}", part or "") for part in (found["one"], found["two"])):
        return found[0]
    return f"({_token(found['one'])}, {_token(found['two'] or '')})"


def _alone(found: re.Match[str]) -> str:
    if found["within"]:
        return f" : length {found['within']} "
    return f"{found['sign']} length {found['size']} "


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name)
