"""What LaTeX macros, Unicode signs and words stand for in the equations of a network."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell"
)
LETTERS = {name: name for name in GREEK} | {"varphi": "phi", "infty": "infty", "prime": "prime", "dots": "dots"}
LETTERS |= {"ldots": "dots", "cdots": "dots", "vdots": "dots", "top": "top", "intercal": "top", "bullet": "bullet"}
LETTERS |= {"emptyset": "emptyset", "partial": "partial", "nabla": "nabla", "Pr": "P", "dotsc": "dots"}

ACCENTS = {"hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar"}
ACCENTS |= {"vec": "", "overrightarrow": "", "dot": "dot", "check": "check", "breve": "breve"}

FONTS = _words("mathbf mathrm mathit mathsf mathtt mathbb mathcal mathscr mathfrak mathds boldsymbol bm pmb mathnormal")

DROPPED = {" ", ""} | _words(
    ", ; : ! > / displaystyle textstyle limits nolimits nonumber notag hfill noindent left right middle big Big bigg "
    "Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm thinspace medspace thickspace negthinspace mathstrut "
    "strut allowbreak par hline centering rm bf it sf tt cal boldmath"
)
GAPS = _words("quad qquad enspace therefore implies Rightarrow Longrightarrow newline iff because")

OPERATORS = {
    "cdot": "dot",
    "times": "times",
    "ast": "*",
    "odot": "each",
    "circ": "each",
    "otimes": "each",
    "in": "in",
    "mid": "|",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "|": "||",
    "Vert": "||",
    "lVert": "||",
    "rVert": "||",
    "parallel": "||",
    "oplus": "||",
    "coloneqq": "=",
    "coloneq": "=",
    "triangleq": "=",
    "equiv": "=",
    "doteq": "=",
    "leftarrow": "=",
    "gets": "=",
    "le": "<",
    "leq": "<",
    "leqslant": "<",
    "lt": "<",
    "ge": ">",
    "geq": ">",
    "gt": ">",
    "ne": "!=",
    "neq": "!=",
    "to": "to",
    "rightarrow": "to",
    "mapsto": "to",
    "longrightarrow": "to",
    "forall": "forall",
    "sim": "~",
    "approx": "~",
    "propto": "~",
    "colon": ":",
    "pm": "pm",
    "%": "%",
    "_": "_",
    "wedge": "and",
    "land": "and",
    "@": "@",
}

WORDS = {
    "tanh": "tanh",
    "softmax": "softmax",
    "Softmax": "softmax",
    "SoftMax": "softmax",
    "SOFTMAX": "softmax",
    "smax": "softmax",
    "sigmoid": "sigmoid",
    "Sigmoid": "sigmoid",
    "sigm": "sigmoid",
    "logistic": "sigmoid",
    "relu": "relu",
    "ReLU": "relu",
    "Relu": "relu",
    "RELU": "relu",
    "exp": "exp",
    "log": "log",
    "ln": "log",
    "Tanh": "tanh",
    "tangh": "tanh",
    "tgh": "tanh",
    "net": "net",
    "CE": "crossentropy",
    "crossentropy": "crossentropy",
    "CrossEntropy": "crossentropy",
    "Crossentropy": "crossentropy",
    "crossEntropy": "crossentropy",
    "CrossEntropyLoss": "crossentropy",
    "XEnt": "crossentropy",
    "xent": "crossentropy",
    "NLL": "nll",
    "logsumexp": "logsumexp",
    "LogSumExp": "logsumexp",
    "LSE": "logsumexp",
    "lse": "logsumexp",
    "logsoftmax": "logsoftmax",
    "LogSoftmax": "logsoftmax",
    "arctanh": "unknown",
    "sinh": "unknown",
    "cosh": "unknown",
    "sin": "unknown",
    "cos": "unknown",
    "max": "max",
    "min": "min",
    "argmax": "argmax",
    "RNN": "rnn",
    "LSTM": "lstm",
    "GRU": "gru",
    "concat": "concat",
    "Concat": "concat",
    "loss": "loss",
    "Loss": "loss",
}
PLAIN_WORDS = r"CE(?=\s*\()|" + "|".join(
    sorted((word for word in WORDS if len(word) > 2 and word not in ("sin", "cos", "min", "max")), key=len)[::-1]
)
FUNCTIONS = {
    "tanh",
    "softmax",
    "sigmoid",
    "relu",
    "exp",
    "log",
    "logsumexp",
    "logsoftmax",
}  # of one argument, and of known meaning
FREE_FUNCTIONS = {"f", "g", "phi", "sigma", "psi", "rho", "act", "activation", "sm", "delta"}  # say what they mean
LOSSES = {"crossentropy", "nll"}

SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵧ", "0123456789+-=()aehijklmnoprstuvxy", strict=True))
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵗʰⁱʲᵏⁿˣʸ", "0123456789+-()thijknxy", strict=True))
_LETTERS = {"α": "alpha", "β": "beta", "θ": "theta", "λ": "lambda", "σ": "sigma", "φ": "phi", "ϕ": "phi", "ψ": "psi"}
UNICODE = {sign: f"\\{name} " for sign, name in _LETTERS.items()}
UNICODE |= {
    "∑": r"\sum ",
    "Σ": r"\sum ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "×": r"\times ",
    "∏": r"\prod ",
    "Π": r"\prod ",
    "−": "-",
    "–": "-",
}
UNICODE |= {"⊙": r"\odot ", "∘": r"\circ ", "∈": r"\in ", "ℝ": r"\mathbb{R}", "ᵀ": r"^{\top}", "⊤": r"\top "}
UNICODE |= {"…": r"\dots ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "→": r"\to ", "←": r"\gets ", "≔": "="}
UNICODE |= {
    "ℓ": r"\ell ",
    "ℒ": r"\mathcal{L}",
    "½": r"\frac{1}{2}",
    "′": "'",
    "\u200b": "",
    "\xa0": " ",
}

LAYOUTS = _words("align aligned equation gather gathered eqnarray multline split alignat alignedat flalign")
MATRICES = _words("pmatrix bmatrix matrix Bmatrix vmatrix smallmatrix Vmatrix")
