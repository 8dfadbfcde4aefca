"""Correct answers to `equations` in other notations, as students write them."""

from graders import variant


@variant("equations", replaces="equations")
def textbook_letters() -> str:
    """U, W, V and two biases b and c, with pre-activations on lines of their own."""
    return r"""
$$
\begin{aligned}
\mathbf{a}^{(t)} &= \mathbf{b} + \mathbf{W}\mathbf{h}^{(t-1)} + \mathbf{U}\mathbf{x}^{(t)} \\
\mathbf{h}^{(t)} &= \tanh(\mathbf{a}^{(t)}) \\
\mathbf{o}^{(t)} &= \mathbf{c} + \mathbf{V}\mathbf{h}^{(t)} \\
\hat{\mathbf{y}}^{(t)} &= \operatorname{softmax}(\mathbf{o}^{(t)})
\end{aligned}
$$
starting from $\mathbf{h}^{(0)} = \mathbf{0}$, with the error
$$ L = -\sum_{t} \sum_{k} y^{(t)}_k \log \hat{y}^{(t)}_k . $$
"""


@variant("equations", replaces="equations")
def two_recurrent_biases() -> str:
    """A bias for the input and another for the state, as in PyTorch's documentation."""
    return r"""
\[ h_t = \tanh(W_{ih} x_t + b_{ih} + W_{hh} h_{t-1} + b_{hh}), \qquad h_0 = 0 \]
\[ \hat{y}_t = \text{softmax}(W_{ho} h_t + b_o) \]
\[ \mathcal{L} = -\sum_{t=1}^{T} y_t^\top \log \hat{y}_t \]
"""


@variant("equations", replaces="equations")
def row_vectors() -> str:
    """Row vectors, multiplied from the left, as arrays often hold them."""
    return r"""
Inputs are rows here.

- $H_t = \tanh(X_t W_{xh} + H_{t-1} W_{hh} + b_h)$ with $H_0 = 0$
- $O_t = H_t W_{hq} + b_q$
- $\hat{Y}_t = \mathrm{softmax}(O_t)$
- $L = -\sum_{t=1}^T \sum_{k=1}^K Y_{t,k} \ln \hat{Y}_{t,k}$
"""


@variant("equations", replaces="equations")
def transposed_weights() -> str:
    """Rows again, with transposed weights."""
    return r"""
\begin{align}
h_0 &= \vec{0} \\
h_t &= \tanh\left( x_t W_{ih}^T + b_{ih} + h_{t-1} W_{hh}^T + b_{hh} \right) \\
y_t &= \mathrm{softmax}\left( h_t W_{hy}^T + b_y \right) \\
E &= - \sum_{t=1}^{T} \sum_{j=1}^{K} d_{t,j} \log y_{t,j}
\end{align}
"""


@variant("equations", replaces="equations")
def entry_by_entry() -> str:
    """Every sum written out over its index, the softmax as exponentials."""
    return r"""
For $t = 1, \dots, T$:

$$h_{t,j} = \tanh\Big(\sum_{i=1}^{D} w_{ji} x_{t,i} + \sum_{m=1}^{H} u_{jm} h_{t-1,m} + b_j\Big)$$
$$z_{t,k} = \sum_{j=1}^{H} v_{kj} h_{t,j} + c_k$$
$$\hat{y}_{t,k} = \frac{e^{z_{t,k}}}{\sum_{l=1}^{K} e^{z_{t,l}}}$$
$$E = -\sum_{t=1}^{T}\sum_{k=1}^{K} e_{t,k} \log \hat{y}_{t,k}$$

The network starts with $h_{0,j} = 0$.
"""


@variant("equations", replaces="equations")
def layers_in_brackets() -> str:
    """Layer numbers in square brackets and steps in round ones, as on the sheet."""
    return r"""
$$\mathbf{z}_{(t)}^{[1]} = \mathbf{W}^{[1]} \mathbf{x}_{(t)}^{[0]}
+ \mathbf{W}^{[r]} \mathbf{x}_{(t-1)}^{[1]} + \mathbf{b}^{[1]}$$
$$\mathbf{x}_{(t)}^{[1]} = \tanh\left(\mathbf{z}_{(t)}^{[1]}\right)$$
$$\mathbf{z}_{(t)}^{[2]} = \mathbf{W}^{[2]} \mathbf{x}_{(t)}^{[1]} + \mathbf{b}^{[2]}$$
$$\mathbf{x}_{(t)}^{[2]} = \mathrm{softmax}\left(\mathbf{z}_{(t)}^{[2]}\right)$$
$$\mathbf{x}_{(0)}^{[1]} = \mathbf{0}$$
$$E = -\sum_{t=1}^{T} \mathbf{e}_{y_t}^\top \log \mathbf{x}_{(t)}^{[2]}$$
"""


@variant("equations", replaces="equations")
def right_class_picked() -> str:
    """The cross-entropy as the log-probability of the right class."""
    return r"""
$$h_t = \tanh(U x_t + W h_{t-1} + b),\quad h_0 = \mathbf{0}$$
$$\hat{y}_t = \operatorname{softmax}(V h_t + c)$$
$$L = -\sum_{t=1}^{T} \log \hat{y}_{t, y_t}$$
"""


@variant("equations", replaces="equations")
def declared_functions() -> str:
    """Letters for the activations, explained in words."""
    return r"""
$$h_t = \phi(W_x x_t + W_h h_{t-1} + b_h)$$
where $\phi$ is the hyperbolic tangent, and
$$\hat{y}_t = \sigma(W_y h_t + b_y)$$
where $\sigma$ denotes the softmax. We begin with $h_0 = 0$. The error is
$$J = \sum_{t=1}^T J_t, \qquad J_t = -\sum_{k} y_{tk} \log(\hat{y}_{tk}).$$
"""


@variant("equations", replaces="equations")
def concatenated_state() -> str:
    """One matrix for input and state, stacked."""
    return r"""
$$\begin{array}{rcl}
h_t &=& \tanh\left(W [h_{t-1}; x_t] + b\right) \\
o_t &=& V h_t + c \\
p_t &=& \mathrm{softmax}(o_t)
\end{array}$$

The state before the first step is zero: $h_0 = \begin{pmatrix} 0 \\ 0 \\ \vdots \\ 0 \end{pmatrix}$.

$$\ell = -\sum_{t=1}^{T} \sum_{c=1}^{C} y_{t,c} \log p_{t,c}$$
"""


@variant("equations", replaces="equations")
def softmax_defined_first() -> str:
    """The softmax is defined before it is used, and the parameters' shapes are declared."""
    return r"""
Let $\sigma(z)_k = \frac{\exp(z_k)}{\sum_{j} \exp(z_j)}$.

\begin{equation}
\begin{cases}
\mathbf{h}_{t} = \tanh(\mathbf{W}\mathbf{x}_{t} + \mathbf{R}\mathbf{h}_{t-1} + \mathbf{b}) \\
\mathbf{y}_{t} = \sigma(\mathbf{V}\mathbf{h}_{t} + \mathbf{c})
\end{cases}
\end{equation}

with $\mathbf{W} \in \mathbb{R}^{n_h \times n_x}$, $\mathbf{R} \in \mathbb{R}^{n_h \times n_h}$,
$\mathbf{V} \in \mathbb{R}^{n_y \times n_h}$ and $\mathbf{x}_t \in \mathbb{R}^{n_x}$. The hidden state is initialised
with zeros. Targets are one-hot vectors $\mathbf{d}_t$ and

$$E = -\sum_t \mathbf{d}_t \cdot \log \mathbf{y}_t$$
"""


@variant("equations", replaces="equations")
def angle_brackets() -> str:
    """Steps as superscripts in angle brackets, activations named g."""
    return r"""
$$a^{\langle 0 \rangle} = \vec 0$$
$$a^{\langle t \rangle} = g_1(W_{aa} a^{\langle t-1 \rangle} + W_{ax} x^{\langle t \rangle} + b_a), \quad g_1 = \tanh$$
$$\hat y^{\langle t \rangle} = g_2(W_{ya} a^{\langle t \rangle} + b_y), \quad g_2 = \text{softmax}$$
$$\mathcal{L}(\hat y, y) = \sum_{t=1}^{T} \mathcal{L}^{\langle t \rangle}, \qquad
\mathcal{L}^{\langle t \rangle} = -\sum_i y_i^{\langle t \rangle} \log \hat y_i^{\langle t \rangle}$$
"""


@variant("equations", replaces="equations")
def time_in_parentheses() -> str:
    """Time as an argument."""
    return r"""
\( h(t) = \tanh( U x(t) + W h(t-1) + b ) \)

\( y(t) = \mathrm{softmax}( V h(t) + c ) \)

\( h(0) = 0 \)

\( E = - \sum_{t} \sum_{k} d_k(t) \ln y_k(t) \)
"""


@variant("equations", replaces="equations")
def cross_entropy_by_name() -> str:
    """The loss named instead of written out, one step at a time."""
    return r"""
1. $s_t = W_{xs} x_t + W_{ss} s_{t-1} + b_s$ goes through $\tanh$:
   $$h_t = \tanh(W_{xh} \cdot x_t + W_{hh} \cdot h_{t-1} + b_h)$$

2. $$\hat{y}_t = \operatorname{softmax}(W_{hy} \cdot h_t + b_y)$$

3. $$\mathcal{L} = \sum_{t=1}^{T} \mathrm{CE}(y_t, \hat{y}_t)$$

$h_0$ is the zero vector.
""".replace("$s_t = W_{xs} x_t + W_{ss} s_{t-1} + b_s$ goes through $\\tanh$:", "The new state:")


@variant("equations", replaces="equations")
def averaged_loss() -> str:
    """The mean over the steps, and the recurrence one step ahead."""
    return r"""
$$
\begin{split}
\mathbf{h}_{t+1} &= \tanh\bigl(\mathbf{W}_{h}\,\mathbf{h}_{t} + \mathbf{W}_{x}\,\mathbf{x}_{t+1} + \mathbf{b}\bigr)\\
\hat{\mathbf{y}}_{t+1} &= \operatorname{softmax}\bigl(\mathbf{W}_{o}\,\mathbf{h}_{t+1} + \mathbf{b}_{o}\bigr)
\end{split}
$$
$$\mathbf{h}_0 = [0, 0, \dots, 0]^\top$$
$$L = -\frac{1}{T}\sum_{t=1}^{T}\sum_{k=1}^{K} y_{t,k}\log\hat{y}_{t,k}$$
"""


@variant("equations", replaces="equations")
def long_lines() -> str:
    """Equations broken over lines, with remarks beside them."""
    return r"""
\begin{align*}
z_t &= W_{xh}\, x_t \\
    &\quad + W_{hh}\, h_{t-1} \\
    &\quad + b_h && \text{(pre-activation)} \\
h_t &= \tanh(z_t) && \text{for } t = 1, \dots, T, \text{ with } h_0 = 0 \\
\hat{y}_t &= \frac{\exp(W_{hy} h_t + b_y)}{\sum_{k=1}^{K} \exp(W_{hy} h_t + b_y)_k} && \text{(softmax)} \\
L &= \sum_{t=1}^{T} \Big( - \sum_{k=1}^{K} y_{t}^{(k)} \log \hat{y}_{t}^{(k)} \Big)
\end{align*}
"""


@variant("equations", replaces="equations")
def unicode_and_code() -> str:
    """Plain text in a code fence, with Unicode letters."""
    return """
```
h_0 = 0
h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h)
ŷ_t = softmax(W_hy h_t + b_y)
L = -∑_t ∑_k y_{t,k} log ŷ_{t,k}
```
"""
