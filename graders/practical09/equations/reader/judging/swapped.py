"""Words that call the output of the network the target, or the target its output: then a person reads the loss."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graders.practical09.equations.reader.grammar.expressions import parse
from graders.practical09.equations.reader.judging.roles import is_loss
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.text.latex import tokens
from graders.practical09.equations.reader.text.plain import as_latex
from graders.practical09.equations.reader.tree import (
    Apply,
    Entry,
    Num,
    Symbol,
    Transpose,
    Unreadable,
    Var,
    variables,
    walk,
)

TARGET = re.compile(
    r"\b(?:targets?|labels?|true|truth|desired|gold|correct|expected|actual|right|one-hot|teacher|know|known|data|"
    r"training set|alvos?|r[oó]tulos?|verdadeir\w+|verdade|conhec\w+|dados|conjunto de (?:treino|dados)|desejad\w+|"
    r"corret\w+|esperad\w+|etiquetas?|cert[oa]s?|reais|real)\b",
    re.IGNORECASE,
)
OUTPUT = re.compile(
    r"\b(?:outputs?|predict\w*|comes? out|sai d[ae]|estimat\w*|produc\w+|produz\w*|comput\w+|calcul\w+|guess\w*|"
    r"(?:network|rede|model|modelo)\s+(?:gives|yields|returns|says|dá|devolve|diz)|"
    r"sa[ií]das?|previs\w+|prev[êe]\w*|predi[cçtz]\w*|estima\w+|probabilit\w+|probabilidad\w+)\b",
    re.IGNORECASE,
)
WANTED = re.compile(  # an output that is called the right one is the target; the class of a probability says nothing
    r"\b(?:target|desired|true|correct|expected|actual|right)\s+(?:network\s+)?(?:outputs?|values?|predictions?)\b|"
    r"\bsa[ií]das?\s+(?:desejad|corret|esperad|verdadeir|alvo|cert|reais|real)\w*|\bvalor\w*\s+(?:real|reais)\b",
    re.IGNORECASE,
)
OF_CLASS = re.compile(
    r"\b(?:of|for|to|da|do|das|dos|à)\s+(?:the\s+)?(?:true|right|correct|target)?\s*class\w*(?:\s+(?:corret|cert|verdadeir)\w+)?",
    re.IGNORECASE,
)
PLACE = re.compile(r"⟦(\d+)⟧")
APPOSED = re.compile(r"(⟨[^⟩]*⟩)\s*[,(]\s*(?=(?:the|an?|our|its|being|sendo|o|a|os|as)\s)", re.IGNORECASE)
TABLE_ROW = re.compile(r"^(\s*\|[^|\n]*)\|([^|\n]*)\|", re.MULTILINE)
CLAUSES = re.compile(
    r"[.,;()|]|\n\s*(?=\n|[-*+#>|\d])|\b(?:and|with|while|whereas|versus|vs|between|but|from|com|e|enquanto|entre|mas)\b|(?<!\w)-(?!\w)",
    re.IGNORECASE,
)
PLAIN = re.compile(r"ŷ\w*|\b[a-zA-Z](?:_?hat)?_(?:\w+|\{[^{}]{1,9}\})|\byhat\b|\b(?:[ydpq])\b(?!')")
HATS = re.compile(r"\b(?:hats?|hatted|chap[eé]us?|circunflexos?)\b", re.IGNORECASE)


def swapped(output: str | None, reading: Reading) -> str | None:
    """The words that exchange output and target; None where there are none."""
    if output is None:
        return None
    own, used = _key(output), _in_loss(reading)
    for sentence in re.split(r"[.;\n]", reading.prose):
        if HATS.search(sentence) and (TARGET if own.endswith("hat") else OUTPUT).search(sentence):
            return sentence.strip()
    for clause in _clauses(reading):
        said, symbols = _role(clause), set(re.findall(r"⟨([^⟩]+)⟩", clause))
        if len(symbols) != 1 or said is None:
            continue
        symbol = symbols.pop()
        if (said == "target" and symbol == own) or (said == "output" and symbol != own and symbol in used):
            return " ".join(clause.replace("⟨", " ").replace("⟩", " ").split())
    for statement in reading.equations:
        if isinstance(statement.left, Var) and statement.left.name == output and isinstance(statement.right, Num):
            return statement.source
    if reading.mentions(r"\bargumento?s?\b") and any(_by_name(reading)):
        return "argument"
    return None


def _role(clause: str) -> str | None:
    """Whether a clause speaks of the target or of the output; None where of both, or of neither."""
    clause = OF_CLASS.sub(" ", WANTED.sub(" target ", clause))
    target, output = TARGET.search(clause), OUTPUT.search(clause)
    return None if bool(target) == bool(output) else "target" if target else "output"


def _clauses(reading: Reading) -> Iterator[str]:
    """The clauses of the words, with `⟨y hat⟩` where a symbol stands alone."""

    def put_back(mark: re.Match[str]) -> str:
        symbol = _symbol(reading.segments[int(mark[1])])
        return f" ⟨{symbol}⟩ " if symbol else " . "

    def named(found: re.Match[str]) -> str:
        symbol = _symbol(as_latex(found[0]))
        return f" ⟨{symbol}⟩ " if symbol else found[0]

    text = PLAIN.sub(named, reading.prose) if "⟨" not in reading.prose else ""
    text = TABLE_ROW.sub(r"\1 is \2 ", text)
    text = APPOSED.sub(r"\1 is ", PLACE.sub(put_back, text.replace("*", "").replace("`", "")))
    yield from CLAUSES.split(text)


def _symbol(source: str) -> str | None:
    """The letter and accent of a symbol that stands alone, or of which several steps are listed."""
    if len(source) > 60:
        return None
    if len(parts := re.split(r"(?:,|\\dots|\\ldots|\\cdots|…|\.\.\.)+(?![^{(]*[})])", source)) > 1:
        listed = {_symbol(part) for part in parts if part.strip()}
        return listed.pop() if len(listed) == 1 else None
    try:
        found = parse(tokens(source))
    except (Unreadable, RecursionError):
        return None
    while isinstance(found, (Entry, Transpose)):
        found = found.body
    return _key(f"{found.base} {found.accent}") if isinstance(found, Symbol) else None


def _key(name: str) -> str:
    letter, _, accent = name.partition("_")[0].strip().partition(" ")
    return f"{letter.removeprefix('mathbf ')} {accent}".strip()


def _in_loss(reading: Reading) -> set[str]:
    """The letters of the loss."""
    bodies = [s.right for s in reading.equations if is_loss(s)] + [f.body for f in reading.functions.values()]
    return {_key(var.name) for body in bodies for var in variables(body)}


def _by_name(reading: Reading) -> Iterator[bool]:
    for statement in reading.equations:
        yield from (isinstance(n, Apply) and n.function in ("crossentropy", "nll") for n in walk(statement.right))
