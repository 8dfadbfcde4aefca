"""LaTeX equations of a recurrent network: read from Markdown, evaluated on random shapes and values, judged in parts.

    markdown   the mathematics of a Markdown cell, and the words around it; spoken: equations in words
    stated     shapes in words and tables
    latex      its tokens, read by pylatexenc; symbols: what macros, signs and words stand for
    grammar    tokens -> trees (tree, pieces, statements)
    names      time, indices and names in scripts; meaning: what free function letters mean
    shapes     unification of dimensions; values: evaluation on random numbers
    roles      which symbol is the state, the input, the output; layers, loss, initial: the judgements

The rule above all others: what is not understood for certain is `unread` and goes to a person.
"""

from graders.practical09.equations.reader.finding import Finding, Part, Status
from graders.practical09.equations.reader.judge import judge
from graders.practical09.equations.reader.reading import Reading, read_equations

__all__ = ["Finding", "Part", "Reading", "Status", "judge", "read_equations"]
