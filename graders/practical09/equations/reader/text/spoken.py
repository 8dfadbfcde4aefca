"""Equations in words: `the state h_t is the tanh of W times x_t plus b` as the line `h_t = tanh(W * x_t + b)`."""

from __future__ import annotations

import re

SENTENCE = re.compile(
    r"(?<![^\s>*-])[^.\n=\\]*\b(?:(?:times|vezes)\b|(?:is|é)\s+(?:the\s+|a\s+|o\s+)?(?:tanh|softmax)\s*\()[^.\n=\\]*(?:\.|$)",
    re.IGNORECASE | re.MULTILINE,
)
PARTS = re.compile(
    r"(?P<left>.{1,100}?)\s(?:(?:is|é)(?: equal to| given by| igual (?:a|à|ao)| dad[oa] por)?|equals)\s(?P<right>.+?)"
    r"(?P<rest>,\s(?:with|where|com|onde)\b.*)?\.?\s*",
    re.IGNORECASE | re.DOTALL,
)
SIGNS = {
    r"\b(?:plus|mais)\b": " + ",
    r"\b(?:times|vezes)\b": " * ",
    r"\b(?:minus|menos)\b": " - ",
    r"\b(?:hyperbolic tangent|tangente hiperb[oó]lica|tanh)\s+(?:of|de|da|do)\b": " tanh ",
    r"\bsoft-?max\s+(?:of|de|da|do)\b": " softmax ",
    r"\b(?:log|logarithm|logaritmo)\s+(?:of|de|da|do)\b": " log ",
}
SUM = re.compile(
    r"\b(?:sum|soma|somat[oó]rio)\b[\s,]*(?:over|sobre|em)\s(?P<over>[^+*()]{1,40}?)[\s,]*\b(?:of|de)\b", re.IGNORECASE
)
SYMBOL = re.compile(r"[A-Za-z]\w*_(?:\w+|\{[^{}]{1,9}\})+|\b(?![aeoAO]\b)[A-Za-z]\b")
FILLER = re.compile(
    r"\b(?:the|a|o|as|os|da|do|at|time|step|no|instante|new|novo|current|previous|last|anterior|atual|input|entrada|"
    r"hidden|state|estado|escondido|bias|vector|vetor|matrix|matriz|target|alvo|output|sa[ií]da)\b",
    re.IGNORECASE,
)
KNOWN = re.compile(r"tanh|softmax|log|sum_\w")


def written_out(source: str) -> str:
    """The text, in which a sentence that says an equation, and nothing else, is that equation on a line of its own."""
    return SENTENCE.sub(lambda found: _equation(found[0], source) or found[0], source)


def _equation(sentence: str, source: str) -> str | None:
    told = PARTS.fullmatch(sentence.replace("$", "").replace("`", ""))
    left = _named(told["left"], source) if told else None
    if told is None or left is None:
        return None
    right = told["right"]
    for pattern, sign in SIGNS.items():
        right = re.sub(pattern, sign, right, flags=re.IGNORECASE)
    right = SUM.sub(_sums, right)
    right = FILLER.sub(" ", right)
    left_over = re.search(r"[^\W\d_]{2}", SYMBOL.sub(" ", KNOWN.sub(" ", right)))
    if left_over or re.search(r",\s*[-+]", right):  # a comma before a sign leaves open how far a function goes
        return None
    right = re.sub(r"\b(tanh|softmax)\s+(?!\s*\()(.*)$", r"\1(\2)", right.strip(), flags=re.DOTALL)
    return f"\n\n{left} = {' '.join(right.split())}\n\n{(told['rest'] or '').lstrip(', ')}"


def _sums(found: re.Match[str]) -> str:
    return "".join(f" sum_{index} " for index in re.findall(r"\b(?![aeo]\b)[a-z]\b", found["over"]))


def _named(left: str, source: str) -> str | None:
    """The symbol that the words before the verb give, or the one that they stand for."""
    symbols = [symbol for symbol in SYMBOL.findall(left) if symbol != "t"]
    if symbols:
        return str(symbols[-1])
    if re.search(r"\bhidden\b|\bestado\b", left, re.IGNORECASE):
        return "h_t"
    if re.search(r"\boutput\b|\bsa[ií]da\b", left, re.IGNORECASE):
        return "y_hat_t" if "y_hat" in source else None
    return "L" if re.search(r"\bloss\b|\berror\b|\berro\b|\bcost\b", left, re.IGNORECASE) else None
