"""Probes of `rnn_cell`."""

from __future__ import annotations

from typing import Any

import torch

Names = dict[str, Any]


def rnn_steps(ns: Names, weights: dict[str, Any], xs: Any, h: Any) -> list[list[Any]]:
    """The student's RNN with these weights, run over xs (T, B, V) from the state h (B, H): T pairs of its results."""
    with torch.no_grad():
        return [[log_probs, state] for log_probs, state in _run(_rnn(ns, weights), xs, torch.tensor(h).float())]


def rnn_gradients(ns: Names, weights: dict[str, Any], xs: Any, h: Any, targets: list[int]) -> dict[str, Any]:
    """How the last step's loss changes with the six parameters and with the first state: a gradient, or None for none.

    The targets are one class for each row of the batch.
    """
    rnn, start = _rnn(ns, weights), torch.tensor(h).float().requires_grad_()
    log_probs, _ = _run(rnn, xs, start)[-1]
    loss = -torch.as_tensor(log_probs).reshape(len(targets), -1)[range(len(targets)), targets].sum()
    if loss.requires_grad:
        torch.autograd.backward(loss)
    parameters = {name: getattr(getattr(rnn, name.split(".")[0]), name.split(".")[1]) for name in weights}
    return {name: parameter.grad for name, parameter in parameters.items()} | {"h": start.grad}


def _rnn(ns: Names, weights: dict[str, Any]) -> Any:
    (hidden, inputs), classes = weights["i2h.weight"].shape, len(weights["h2o.bias"])
    rnn = ns["RNN"](inputs, hidden, classes)
    rnn.eval()
    with torch.no_grad():
        for name, value in weights.items():
            layer, kind = name.split(".")
            getattr(getattr(rnn, layer), kind).copy_(torch.tensor(value).float())
    return rnn


def _run(rnn: Any, xs: Any, h: Any) -> list[tuple[Any, Any]]:
    results = []
    for x in torch.tensor(xs).float():
        result = rnn(x, h)
        if not isinstance(result, (tuple, list)) or len(result) != 2:
            raise TypeError(f"RNN.forward must return two things, log_probs and h; it returned {type(result).__name__}")
        results.append((result[0], result[1]))
        h = result[1]
    return results
