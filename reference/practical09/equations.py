"""Model answer: the equations of a many-to-many recurrent network (pen and paper 1.1)."""

ANSWER = r"""
With $D$ inputs, $H$ hidden units and $K$ classes, a sequence $\mathbf{x}_1, \dots, \mathbf{x}_T$ with one-hot targets
$\mathbf{y}_1, \dots, \mathbf{y}_T$ goes through the network as follows.

**Initial state.** Nothing has been read yet:

$$\mathbf{h}_0 = \mathbf{0}$$

**Recurrence**, for $t = 1, \dots, T$: the new state depends on the current input and on the previous state.

$$\mathbf{h}_t = \tanh(\mathbf{W}_{xh} \mathbf{x}_t + \mathbf{W}_{hh} \mathbf{h}_{t-1} + \mathbf{b}_h)$$

**Output**, at every step: scores, turned into probabilities.

$$\hat{\mathbf{y}}_t = \mathrm{softmax}(\mathbf{W}_{hy} \mathbf{h}_t + \mathbf{b}_y)$$

**Error**: the cross-entropy of each step, summed over the sequence.

$$L = -\sum_{t=1}^{T} \sum_{k=1}^{K} y_{t,k} \log \hat{y}_{t,k}$$

**Dimensions.** $\mathbf{x}_t \in \mathbb{R}^{D}$, $\mathbf{h}_t \in \mathbb{R}^{H}$,
$\mathbf{y}_t, \hat{\mathbf{y}}_t \in \mathbb{R}^{K}$, $\mathbf{W}_{xh} \in \mathbb{R}^{H \times D}$,
$\mathbf{W}_{hh} \in \mathbb{R}^{H \times H}$, $\mathbf{b}_h \in \mathbb{R}^{H}$,
$\mathbf{W}_{hy} \in \mathbb{R}^{K \times H}$, $\mathbf{b}_y \in \mathbb{R}^{K}$.

The same five parameters serve every time step.
"""
