"""Forward propagation by hand: two steps, all weights and biases 0.1 (pen and paper 1.2).

All weights are equal, so the three hidden units of a step are equal, and so are the scores of the two classes: softmax
gives each of them one half.
"""

import math

_W = _B = 0.1

_h1 = math.tanh(_W * 4 + _B)  # tanh(0.5); the state before the first step is zero
_h2 = math.tanh(_W * (8 + 2) + _W * 3 * _h1 + _B)  # tanh(1.1 + 0.3 h1)
_y = 1 / 2

by_hand: dict[str, list[float] | float] = {
    "h1": [_h1] * 3,
    "y1": [_y] * 2,
    "h2": [_h2] * 3,
    "y2": [_y] * 2,
    "loss": -2 * math.log(_y),  # the right class has probability one half at both steps
}
