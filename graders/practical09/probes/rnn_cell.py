"""Probes of `rnn_cell`: what a student's module is made of, and what it does when it is called."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

Names = dict[str, Any]


def layers(ns: Names, sizes: list[int]) -> dict[str, Any]:
    """The parameters of the student's RNN(*sizes), its modules' types, and whether it can `init_hidden`."""
    rnn = ns["RNN"](*sizes)
    return {
        "parameters": {name: list(parameter.shape) for name, parameter in rnn.named_parameters()},
        "modules": {name: type(module).__name__ for name, module in rnn.named_modules() if name},
        "begins": callable(getattr(rnn, "init_hidden", None)),
    }


def beginnings(ns: Names, sizes: list[int], rows: int) -> list[Any]:
    """What `init_hidden` of the student's RNN(*sizes) gives when nothing is said, and for so many rows."""
    rnn = ns["RNN"](*sizes)
    return [rnn.init_hidden(), rnn.init_hidden(rows)]


def calls(
    ns: Names,
    sizes: list[int],
    weights: dict[str, Any],
    calls: list[list[Any]],
    cotangent: Any = None,
    state_at: int = 1,
    seed: int | None = None,
) -> dict[str, Any]:
    """What the student's RNN(*sizes) with these weights returns, call by call, on one and the same module.

    Args:
        weights: name -> value of each parameter that is set.
        calls: pairs of an input x (B, V) and a state: an array (B, H), or the number of the call that returned it.
        cotangent: an array of the shape of the last call's log_probs; then gradients of its product with them are given
            too: of each parameter by name, and of the first call's state.
        state_at: which of the two results is the state.
        seed: what each call draws its random numbers from, where they are not to matter.
    """
    rnn = ns["RNN"](*sizes)
    rnn.eval()
    own = dict(rnn.named_parameters())
    with torch.no_grad():
        for name, value in weights.items():
            if name not in own:
                raise AttributeError(f"RNN has no parameter {name}")
            own[name].copy_(torch.tensor(value).float())
    start = torch.tensor(calls[0][1]).float().requires_grad_(cotangent is not None)
    results: list[Any] = []
    seen: list[Any] = []
    with torch.no_grad() if cotangent is None else nullcontext():
        for number, (x, state) in enumerate(calls):
            h = (
                start
                if not number
                else torch.tensor(state).float()
                if hasattr(state, "shape")
                else _state(results[state], state_at)
            )
            with nullcontext() if seed is None else _drawing_from(seed):
                results.append(rnn(torch.tensor(x).float(), h))
            seen.append(_copied(results[-1]))
    if cotangent is None:
        return {"results": seen}
    outputs = results[-1][1 - state_at] if isinstance(results[-1], (tuple, list)) else results[-1]
    if getattr(outputs, "requires_grad", False):
        (outputs * torch.tensor(cotangent).float().reshape(outputs.shape)).sum().backward()
    return {"results": seen, "gradients": {name: own[name].grad for name in weights}, "start": start.grad}


@contextmanager
def _drawing_from(seed: int) -> Iterator[None]:
    """For a while all random numbers come from a seed; afterwards they go on as if nothing had been."""
    ours, numpys = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed)
        try:
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numpys)


def _state(result: Any, place: int) -> Any:
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError(f"RNN.forward must return two things, log_probs and h; it returned {type(result).__name__}")
    return result[place]


def _copied(result: Any) -> Any:
    """A result that later calls cannot change any more."""
    if isinstance(result, torch.Tensor):
        return result.detach().clone()
    return [_copied(one) for one in result] if isinstance(result, (tuple, list)) else result
