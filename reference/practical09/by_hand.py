"""Forward propagation by hand: two steps, all weights and biases 0.1 (pen and paper 1.2).

Since all weights are equal, so are the three hidden units of a step, and each class gets the same score. One number a
layer is enough.
"""

import math

_W = _B = 0.1

_h1 = math.tanh(_W * (4 + 0 + 0 + 0) + _W * (0 + 0 + 0) + _B)  # tanh(0.5)
_h2 = math.tanh(_W * (0 + 8 + 2 + 0) + _W * (_h1 + _h1 + _h1) + _B)  # tanh(1.1 + 0.3 h1)


def _probability(h: float) -> float:
    """Softmax over two classes that both have the score W (h + h + h) + B."""
    score = math.exp(_W * 3 * h + _B)
    return score / (score + score)


_y1, _y2 = _probability(_h1), _probability(_h2)

by_hand: dict[str, list[float] | float] = {
    "h1": [_h1] * 3,
    "y1": [_y1] * 2,
    "h2": [_h2] * 3,
    "y2": [_y2] * 2,
    "loss": -math.log(_y1) - math.log(_y2),  # the first class is right at step 1, the second at step 2
}
