"""Words that take an equation back: where they stand a machine gives nothing, whatever the equation says."""

from __future__ import annotations

import re
from dataclasses import replace

from graders.practical09.equations.reader.finding import Finding, ModelPart, PartStatus
from graders.practical09.equations.reader.judging.initial import numbers
from graders.practical09.equations.reader.judging.redefined import redefined
from graders.practical09.equations.reader.judging.swapped import swapped
from graders.practical09.equations.reader.reading import Reading
from graders.practical09.equations.reader.tree import Equation, Var

TAKEN_BACK = re.compile(
    # the equation is called wrong, or another one is put in its place
    r"\b(?:wrong(?:ly)?|incorrect(?:ly)?|mistaken(?:ly)?|false|errad[oa]s?|incorret[oa]s?|"
    r"errata|erratum|correction|corrected|corre[cç][aã]o|corrigid[oa]|should (?:be|have|read)|deveria|devia|"
    # a part of it is left out or exchanged
    r"drop(?:s|ped|ping)?|remov(?:e|es|ed|ing|o|er|ido|ida)|discard\w*|delet\w+|cross(?:ed)? out|leave out|"
    r"replac(?:e|es|ed|ing)|substitu\w+|swap(?:s|ped)?|troc(?:o|ar|ad[oa])|exchanged?|switch(?:ed)? (?:to|off)|"
    r"ignor(?:e|es|ed|ing|o|ar|amos|ad[oa])|disregard\w*|no longer|j[aá] n[aã]o|"
    r"there is no|is not there|struck|riscad[oa]|forg[oe]t\w*|esque[cç]\w+|second thoughts?|edit(?:ed)?|"
    r"instead of|rather than|em vez d[aeo]|ao inv[eé]s|"
    r"(?:not|never|n[aã]o)\s+(?:\S+\s+){0,2}(?:used?|using|need(?:ed)?|necessary|apply|applied|includ\w+|consider\w*|"
    r"us(?:o|amos|ad[oa])|utiliz\w+|precis\w+|necess[aá]ri\w+|aplic\w+|inclu\w+|correct|right|cert[oa]|corret[oa]))\b"
    # only a part of the sequence counts
    r"|\b(?:only|just|apenas|somente|s[oó])\b[^.\n]{0,60}\b(?:last|final|first|[uú]ltim[oa]|primeir[oa])\b"
    r"|\b(?:last|final|first|[uú]ltim[oa]|primeir[oa])\b[^.\n]{0,40}\b(?:only|alone|apenas|somente)\b(?! zeros?\b)",
    re.IGNORECASE,
)
FUNCTION = r"\b(?:sigmoid|logistic|relu|rectifi|leaky|softplus|identity|sigm[oó]id|log[ií]stic|identidade)"
ELSE = {  # other functions, shapes and beginnings than those of the model, of which the words speak
    ModelPart.RECURRENCE: FUNCTION,
    ModelPart.OUTPUT: FUNCTION,
    ModelPart.INITIAL: r"\b(?:state|estado)\b[^.\n]{0,60}\b(?:random|aleat[oó]ri|learn(?:ed|t|able)|aprendid|ones)",
    ModelPart.DIMENSIONS: r"(?<!\bproduto )\b(?:scalars?|escalar(?:es)?)\b(?! product)",
}
OF_THE_ERROR = re.compile(
    r"\b(?:error|loss|fehler|erro|perda|custo)\b[^.,;\n]{0,12}\b(?:scalar|skalar|escalar)\b", re.IGNORECASE
)
RESTARTS = re.compile(
    r"\b(?:re-?set(?:s|ting|ted)?|re-?start\w*|re-?initiali[sz]\w*|(?:set|goes|go|put|falls?) back to|"
    r"(?:starts?|begins?|beginning|starting) (?:again|over|from zero again)|"
    r"zur[uü]ckgesetzt|zur[uü]cksetz\w*|wieder (?:auf|bei) (?:null|0)|neu (?:gestartet|initialisiert)|"
    r"reinici\w+|zera(?:do|da|mos|r)?|volta (?:a|ao) zero|recome[cç]\w+)\b",
    re.IGNORECASE,
)
SEQUENCES = re.compile(r"\b(?:sequences?|sequenz(?:en)?|folgen?|sequ[eê]ncias?)\b", re.IGNORECASE)
WITHIN = re.compile(
    r"\b(?:steps?|words?|letters?|symbols?|elements?|entr(?:y|ies)|inputs?|times?|t|half|middle|"
    r"\w+ of (?:the|a|each) sequence|"
    r"\w*schritte?|w[oö]rt\w*|elemente?|hälfte|passos?|palavras?|elementos?|metade)\b",
    re.IGNORECASE,
)
PARAMETERS = re.compile(r"(?:[WUVRbcwuv]|beta|Theta|theta)(?![a-z]*loss)")
IN_MATHEMATICS = re.compile(r"\\(?:text|mbox|textrm|textit|textbf)\s*\{([^{}]{1,300})\}")


def without_doubt(finding: Finding, reading: Reading, output: str | None) -> Finding:
    """The finding; an agreement becomes a person's to decide where the words may take back what was written.

    Args:
        output: the name of the network's output.
    """
    if finding.status is not PartStatus.AGREES:
        return finding
    exchanged = swapped(output, reading) if finding.part is ModelPart.LOSS else None
    if exchanged is not None:
        message = f"the words “{exchanged[:120]}” may exchange output and target"
        return replace(finding, status=PartStatus.UNREAD, kind="words", message=message)
    words = [reading.prose, *(text for part in reading.segments for text in IN_MATHEMATICS.findall(part))]
    meant = redefined(finding.part, reading)
    if meant is not None:
        message = f"the words “{' '.join(meant.split())[:120]}” may give a function another meaning"
        return replace(finding, status=PartStatus.UNREAD, kind="words", message=message)
    other = re.compile(ELSE.get(finding.part, "(?!)"), re.IGNORECASE)
    plain = [OF_THE_ERROR.sub("", text) for text in words]
    said = next((found[0] for text in plain for of in (TAKEN_BACK, other) if (found := of.search(text))), None)
    if said is None and finding.part is ModelPart.RECURRENCE:
        said = next(filter(None, map(_restarts, words)), None)
    if said is not None:
        message = f"the words “{' '.join(said.split())}” may take something of it back"
        return replace(finding, status=PartStatus.UNREAD, kind="words", message=message)
    if finding.part in (ModelPart.RECURRENCE, ModelPart.OUTPUT) and any(map(_removes, reading.equations)):
        return replace(finding, status=PartStatus.UNREAD, kind="words", message="a weight or a bias is said to be zero")
    return finding


def _restarts(text: str) -> str | None:
    """What says that the state starts again, other than before a sequence."""
    for sentence in re.split(r"[.!?;]\s|\n", text):
        found = RESTARTS.search(sentence)
        between = SEQUENCES.search(sentence) and not WITHIN.search(re.sub(r"\b(?:start|begin\w*|end) of", "", sentence))
        if found and not between:
            return found[0]
    return None


def _removes(statement: Equation) -> bool:
    """Whether it sets a weight or a bias to zero, and so takes it out of the model."""
    left = statement.left
    if not isinstance(left, Var) or (left.time, left.step) != (None, None) or not PARAMETERS.match(left.name):
        return False
    found = numbers(statement.right)
    return bool(found) and not any(found or ())
