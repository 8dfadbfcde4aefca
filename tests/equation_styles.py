"""Writes the model's equations in the many notations that students use: the material of the equation tests."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

TIMES = {
    "below": (r"{0}_{{t}}", r"{0}_{{t-1}}", r"{0}_0", r"{0}_{{t,{1}}}", r"{0}_{{t-1,{1}}}"),
    "bare": (r"{0}_t", r"{0}_{{t-1}}", r"{0}_{{0}}", r"{0}_{{t{1}}}", r"{0}_{{t-1, {1}}}"),
    "above": (r"{0}^{{(t)}}", r"{0}^{{(t-1)}}", r"{0}^{{(0)}}", r"{0}^{{(t)}}_{1}", r"{0}^{{(t-1)}}_{1}"),
    "angled": (
        r"{0}^{{\langle t \rangle}}",
        r"{0}^{{\langle t-1 \rangle}}",
        r"{0}^{{\langle 0 \rangle}}",
        r"{0}_{1}^{{\langle t \rangle}}",
        r"{0}_{1}^{{\langle t-1 \rangle}}",
    ),
    "argument": (r"{0}(t)", r"{0}(t-1)", r"{0}(0)", r"{0}_{1}(t)", r"{0}_{1}(t-1)"),
    "square": (r"{0}[t]", r"{0}[t-1]", r"{0}[0]", r"{0}_{1}[t]", r"{0}_{1}[t-1]"),
    "round below": (r"{0}_{{(t)}}", r"{0}_{{(t-1)}}", r"{0}_{{(0)}}", r"{0}_{{(t),{1}}}", r"{0}_{{(t-1),{1}}}"),
}
WEIGHTS = (
    (r"W_{xh}", r"W_{hh}", r"b_h", r"W_{hy}", r"b_y"),
    (r"U", r"W", r"b", r"V", r"c"),
    (r"\mathbf{W}_{x}", r"\mathbf{W}_{h}", r"\mathbf{b}", r"\mathbf{W}_{o}", r"\mathbf{b}_{o}"),
    (r"W^{[1]}", r"W^{[r]}", r"b^{[1]}", r"W^{[2]}", r"b^{[2]}"),
    (r"W^{xh}", r"W^{hh}", r"b^{h}", r"W^{hy}", r"b^{y}"),
    (r"W_{\text{in}}", r"W_{\text{rec}}", r"b_{\text{rec}}", r"W_{\text{out}}", r"b_{\text{out}}"),
    (r"\boldsymbol{\Theta}_1", r"\boldsymbol{\Theta}_2", r"\boldsymbol{\theta}_1", r"\Theta_3", r"\theta_3"),
)
BRACKETS = (("(", ")"), (r"\left(", r"\right)"), (r"\big(", r"\big)"), ("[", "]"), (r"\left\{", r"\right\}"))
TANH = (r"\tanh", r"\text{tanh}", r"\operatorname{tanh}", r"\mathrm{tanh}", "tanh")
SOFTMAX = (r"\text{softmax}", r"\operatorname{softmax}", r"\mathrm{Softmax}", "softmax", r"\operatorname{soft-max}")
STATES = ("h", r"\mathbf{h}", "s", r"\vec{h}")
OUTPUTS = ((r"\hat{y}", "y"), (r"\hat{\mathbf{y}}", r"\mathbf{y}"), ("y", "d"), ("p", "y"), ("y", r"\tilde{y}"))


@dataclass(frozen=True)
class Style:
    """One way of writing; every method gives one equation in it."""

    time: str
    weights: tuple[str, str, str, str, str]
    brackets: tuple[str, str]
    tanh: str
    softmax: str
    state: str
    output: str
    target: str
    product: str
    rows: bool
    stepwise: bool
    loss: int

    def now(self, name: str) -> str:
        """A quantity of the current step."""
        return TIMES[self.time][0].format(name, "")

    def before(self, name: str) -> str:
        """A quantity of the last step."""
        return TIMES[self.time][1].format(name, "")

    def entry(self, name: str, index: str) -> str:
        """An entry of a quantity of the current step."""
        return TIMES[self.time][3].format(name, index)

    def times(self, matrix: str, vector: str) -> str:
        """A matrix times a vector, or a lying vector times a matrix."""
        return f"{vector} {self.product} {matrix}" if self.rows else f"{matrix} {self.product} {vector}"

    def inside(self, *terms: str) -> str:
        """A bracketed sum."""
        return self.brackets[0] + " + ".join(terms) + self.brackets[1]

    def recurrence(self) -> str:
        """The new state, in one line or two."""
        terms = (self.times(self.weights[0], self.now("x")), self.times(self.weights[1], self.before(self.state)))
        if self.stepwise:
            z = self.now("z")
            return rf"{z} = {' + '.join((*terms, self.weights[2]))} \\ {self.now(self.state)} = {self.tanh}({z})"
        return f"{self.now(self.state)} = {self.tanh}{self.inside(*terms, self.weights[2])}"

    def scores(self) -> str:
        """The output's scores."""
        return f"{self.times(self.weights[3], self.now(self.state))} + {self.weights[4]}"

    def predicted(self) -> str:
        """The output, in one line or two."""
        if self.stepwise:
            return rf"{self.now('a')} = {self.scores()} \\ {self.now(self.output)} = {self.softmax}({self.now('a')})"
        return f"{self.now(self.output)} = {self.softmax}{self.inside(self.scores())}"

    def cross_entropy(self) -> str:
        """The loss."""
        y, p = self.now(self.target), self.now(self.output)
        entries = (self.entry(self.target, "k"), self.entry(self.output, "k"))
        return (
            rf"L = -\sum_{{t=1}}^{{T}} \sum_{{k=1}}^{{K}} {entries[0]} \log {entries[1]}",
            rf"\mathcal{{L}} = -\sum_t \sum_k {entries[0]} \ln({entries[1]})",
            rf"E = -\sum_{{t,k}} {entries[0]} \cdot \log\left({entries[1]}\right)",
            rf"J = -\sum_t {y} \cdot \log {p}",
            rf"L = \sum_{{t=1}}^T \mathrm{{CE}}({y}, {p})",
            rf"L = \sum_t \left(-\sum_{{k}} {entries[0]} \log {entries[1]}\right)",
        )[self.loss]

    def initial(self) -> str:
        """The first state."""
        return TIMES[self.time][2].format(self.state, "") + r" = \mathbf{0}"


styles = st.builds(
    lambda outputs, **rest: Style(output=outputs[0], target=outputs[1], **rest),
    time=st.sampled_from(sorted(TIMES)),
    weights=st.sampled_from(WEIGHTS),
    brackets=st.sampled_from(BRACKETS),
    tanh=st.sampled_from(TANH),
    softmax=st.sampled_from(SOFTMAX),
    state=st.sampled_from(STATES),
    outputs=st.sampled_from(OUTPUTS),
    product=st.sampled_from(("", r"\,", r"\cdot")),
    rows=st.booleans(),
    stepwise=st.booleans(),
    loss=st.integers(0, 5),
)
layouts = st.sampled_from(("display", "align", "inline", "bracket", "gap", "bullets"))


def laid_out(lines: list[str], layout: str) -> str:
    """Equations as a Markdown answer."""
    if layout == "align":
        return r"\begin{align}" + r" \\ ".join(lines).replace(" = ", " &= ") + r"\end{align}"
    if layout == "inline":
        return "The model: " + ", ".join(f"${line}$" for part in lines for line in part.split(r" \\ ")) + "."
    if layout == "bracket":
        return "\n".join(rf"\[ {part} \]" for line in lines for part in line.split(r" \\ "))
    if layout == "gap":
        return "$$" + r", \qquad ".join(lines).replace(r" \\ ", r" \quad ") + "$$"
    if layout == "bullets":
        return "\n".join(f"* equation: ${part}$" for line in lines for part in line.split(r" \\ "))
    return "\n\n".join(f"$$\n{line}\n$$" for line in lines)
