"""LaTeX equations of a recurrent network: read from Markdown, evaluated on random shapes and values, judged in parts.

    text/      what was typed: the mathematics of a Markdown cell, equations in words, LaTeX tokens, signs
    grammar/   tokens -> trees (tree.py): expressions and statements, stated shapes, names with time and indices
    reading    all that an answer states
    numbers/   shapes that fit, values on random numbers, the affine map inside an activation
    judging/   which symbol is the state, the input, the output; then a judgement for each part of the model
    judge      all of these judgements, as findings (finding.py)

The rule above all others: what is not understood for certain is `unread` and goes to a person.
"""

from graders.practical09.equations.reader.finding import Finding, ModelPart, PartStatus
from graders.practical09.equations.reader.judge import judge
from graders.practical09.equations.reader.reading import Reading, read_equations

__all__ = ["Finding", "ModelPart", "PartStatus", "Reading", "judge", "read_equations"]
