"""Words and equations that give a known function another meaning: where they stand a machine gives nothing."""

from __future__ import annotations

import re

from graders.practical09.equations.reader.finding import ModelPart
from graders.practical09.equations.reader.reading import Reading

VERBS = (
    r"(?:is|are|means?|meaning|meant|denot\w+|stands?|standing|represent\w*|refers?|maps?|divid\w+|takes?|gives?|"
    r"returns?|computes?|é|são|signific\w+|design\w+|indica\w*|quer|mapeia|devolve|calcula|toma)(?!\w)"
)
EQUALS = r":=|=(?!=)|≡|\b(?:equiv|triangleq|coloneqq|doteq)\b"
THAT_IS = r"[,(]?\s*\b(?:i\.?\s?e\b\.?|that is|namely|ou seja|isto [eé])"
CALLS = (
    r"\b(?:let|seja|us(?:e|ed|ing|o|a|amos)|writ(?:e|ten|ing)|escrev\w+|symbol|s[ií]mbolo|calls?|cham\w+|denot\w+)\b"
    r"[^.;\n]{0,25}?"
)
CALLED = r"\s+(?:be|for|as|to|para|como|a|o|denot\w+)\b"
ANOTHER = (  # functions that no right answer names in one sentence with this one
    r"\b(?:sine|seno|cosine|cosseno|squar\w+|quadrad\w+|reciproc\w+|inverse|inversa|arg\s?max|maximum|m[aá]ximo|"
    r"largest|maior|step function|degrau|linear function|fun[cç][aã]o linear)\b"
)
OVER_TIME = (
    r"soft-?max[^.;\n]{0,40}\b(?:over|across|along|sobre|ao longo)\b[^.;\n]{0,20}"
    r"\b(?:time|steps?|sequence|tempo|instantes|passos|sequ[eê]ncia)\b"
)
OTHER = (
    r"\b(?:sin|sine|seno|cosine|cosseno|square|quadrad|cube|cubo|root|raiz|identi|(?<!non-)(?<!non)(?<!n[aã]o )linear|"
    r"step function|degrau|signum|sinal|sigmoid|sigmóid|logistic|logístic|relu|max(?!imi)|min(?!us|imi)|"
    r"largest|smallest|maior|menor|arg|one-hot|inverse|invers|derivativ|derivad|ordinary|absolut|product|produto|power|potência|constant|"
    r"divi|norm\b|norma\b|hard|cotang|sech|secant|arc)"
)
MEANT = {  # how a function is called, and what may be said of it: all else is for a person to read
    ModelPart.RECURRENCE: (
        r"tanh|hyperbolic tangent|tangente hiperb\w+",
        r"hyperbol|hiperb|activa|ativa|non-?linear|n[aã]o.linear|squash|bounded|between|entre|appl|aplica|used|usad|"
        r"element|tanh",
    ),
    ModelPart.OUTPUT: (
        r"soft-?max",
        r"probab|exp|activa|ativa|distribu|appl|aplica|used|usad|class|softmax",
    ),
    ModelPart.LOSS: (
        r"log|ln|logarithm|logaritmo",
        r"natural|neper|logarit|appl|aplica|element|entr[yia]|base e|\bln\b|taken|used|usad",
    ),
}
MENTIONED = {  # what a sentence that only mentions the function speaks of, where it tells how it is used
    ModelPart.RECURRENCE: r"state|hidden|estado|escondid|ocult|layer|camada|function|fun[cç][aã]o|recorr|recurr",
    ModelPart.OUTPUT: r"output|sa[ií]da|score|logit|layer|camada|predi|previs|function|fun[cç][aã]o|sum to|normali",
    ModelPart.LOSS: r"probab|likelihood|verosim|entrop|softmax|class|cross|negativ|sum\b|soma\b|somat",
}
NEGATED = r"\b(?:not|no|never|n[aã]o|nem|sem|without|instead)\b|n't\b"
SUM = (
    r"sum|sums|soma|somat[oó]rio",
    r"over|sobre|all|every|each|tod[oa]s|cada|step|class|run|goes|percorre|add|cross.entrop",
)
ALSO = {
    ModelPart.LOSS: r"|\bexp|square|\b(?:2|10|ten|two|dois|dez)\b",
    ModelPart.OUTPUT: r"|\belement-?\s?wise|\belemento a elemento",
}
PLACE = re.compile(r"⟦(\d+)⟧")
LATEX = re.compile(r"\\(?:operatorname\*?|math[a-z]+|text[a-z]*)\b|[{}$`*]")
SPACES = re.compile(r"[ \t\\]+")
ARGUMENT = r"(?:\s*[(\[]?\s*(?:cdot|dots|[a-zA-Z·.])(?:_\w)?\s*[)\]]?)?(?:_\w)?"
LONGEST = 60  # characters of mathematics that may stand among words
OF_A_NAME = 12  # of mathematics that is the name of a function, and nothing else


def redefined(part: ModelPart, reading: Reading) -> str | None:
    """The words by which an answer gives a function of this part another meaning than its own; None where it does not.

    A definition that was found equal to the function, by its values, takes nothing back.
    """
    if part is ModelPart.LOSS and (found := _said(_words(reading), SUM[0], VERBS, SUM[1], OTHER)) is not None:
        return found
    if part not in MEANT:
        return None
    names, meant = MEANT[part]
    words, other = _words(reading), OTHER + ALSO.get(part, "")
    found = _said(words, names, f"{VERBS}|{THAT_IS}|:", meant, other)
    if found is None and part is ModelPart.OUTPUT and (over := re.search(OVER_TIME, words, re.IGNORECASE)):
        found = over[0]
    if found is None:
        also = f"{ANOTHER}|\\bexponen\\w+" if part is ModelPart.LOSS else ANOTHER
        both = rf"\b(?:{names})\b[^.;\n]*(?:{also})|(?:{also})[^.;\n]*\b(?:{names})\b"
        found = one[0] if (one := re.search(both, words, re.IGNORECASE)) else None
    found = found or _mentioned(_words(reading, OF_A_NAME), names, f"{meant}|{MENTIONED[part]}")
    return found or next(filter(None, (_defined(segment, names, reading) for segment in reading.segments)), None)


def _said(text: str, names: str, says: str, meant: str, other: str) -> str | None:
    """Where the words say of a function what it is: anything else than what is meant."""
    by_words = rf"(?<![\w=+/-])(?<![=+/-] )\b(?:{names}){ARGUMENT}(?:\s+(?:here|aqui))?\s*(?P<says>{says}|{EQUALS})"
    by_us = rf"\b(?:by|with|com|por)\s+(?:the\s+|o\s+|a\s+)?(?:{names})(?P<says>\s+(?:I|we|eu|n[oó]s|se|entend\w+)\b)"
    by_name = rf"{CALLS}\b(?:{names})\b(?P<says>{CALLED})"
    for pattern in (by_words, by_us, by_name):
        for found in re.finditer(rf"{pattern}(?P<rest>[^.;\n]*)", text, re.IGNORECASE):
            label = found["says"] == ":" and ("=" in found["rest"] or not found["rest"].strip())
            if not label and (not re.search(meant, found["rest"], re.I) or re.search(other, found["rest"], re.I)):
                return found[0].strip()
    return None


def _mentioned(text: str, names: str, use: str) -> str | None:
    """A sentence that mentions a function, and does not speak of its use."""
    for sentence in re.split(r"[.;\n]", text):
        named = re.search(rf"\b(?:{names})\b", sentence, re.IGNORECASE)
        rest = re.sub(rf"\b(?:{names})\b|⟦=⟧|\W", "", sentence, flags=re.IGNORECASE)
        told = re.search(use, sentence, re.IGNORECASE) and not re.search(NEGATED, sentence, re.IGNORECASE)
        if named and len(rest) > 1 and not told:
            return sentence.strip()
    return None


def _defined(segment: str, names: str, reading: Reading) -> str | None:
    """Where mathematics defines a function, and was not found equal to it."""
    pattern = rf"(?<![\w=+/-])(?<![=+/-] )\b(?:{names}){ARGUMENT}\s*(?:{EQUALS})(?!\s*(?:ln|log_e)\b)[^.;\n]*"
    found = re.findall(pattern, _plain(segment), re.IGNORECASE)
    written = " ".join(segment.split())[:200]
    right = sum(source == written and re.fullmatch(names, name) is not None for name, source in reading.verified)
    return found[-1].strip() if len(found) > right else None


def _plain(text: str) -> str:
    """The text without fonts, braces and backslashes."""
    return SPACES.sub(" ", LATEX.sub(" ", text))


def _words(reading: Reading, longest: int = LONGEST) -> str:
    """The words with short mathematics put back."""
    plain = [_plain(segment) for segment in reading.segments]

    def put_back(mark: re.Match[str]) -> str:
        text = plain[int(mark[1])]
        return f" {text} " if len(text) <= longest and "=" not in text else " ⟦=⟧ "

    return PLACE.sub(put_back, _plain(reading.prose))
