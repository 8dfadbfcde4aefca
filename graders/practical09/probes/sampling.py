"""Probes of `sampling`: they call what the student wrote and report what came back; none of them can draw or write."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

Names = dict[str, Any]

V = 27  # symbols
LONGEST = 100  # characters of a text that are reported


def draws(ns: Names, tasks: list[list[Any]]) -> list[list[Any]]:
    """What `sample_next` returns, task by task: [log_probs (V,), k, how many draws, whether given as (1, V)].

    A text in place of k stands for leaving it out.

    Whole numbers are reported as such, texts as texts, anything else as its type's name, in a list.
    """
    found = []
    for log_probs, k, number, row in tasks:
        given = _given(log_probs, row)
        more = () if isinstance(k, str) else (k,)
        found.append([_symbol(ns["sample_next"](given.clone(), *more)) for _ in range(number)])
    return found


def kinds_of_draws(ns: Names, tasks: list[list[Any]]) -> list[dict[str, Any]]:
    """What single draws are, for tasks [log_probs (V,), whether given as (1, V)]: value, type's name, shape."""
    found = []
    for log_probs, row in tasks:
        value = ns["sample_next"](_given(log_probs, row), None)
        shape = [int(n) for n in value.shape] if hasattr(value, "shape") else [1] if _holds_one(value) else []
        found.append({"value": _symbol(value), "type": type(value).__name__[:40], "shape": shape})
    return found


def write(ns: Names, hidden: int, k: int | None, max_length: int | None, aided: bool, outside: Any) -> dict[str, Any]:
    """One name that `generate` writes with a model that is asked outside, step by step.

    Where it is aided, each symbol that `generate` asks `sample_next` for is asked outside, too.
    """
    model = Dictated(hidden, lambda x, h: outside("step", x, h))
    with _aid(ns, outside) if aided else _no_aid():
        return _text(_generated(ns, model, k, max_length))


def written(ns: Names, hidden: int, log_probs: Any, k: int | str | None, number: int) -> list[str]:
    """The texts of so many names, written with a model that says the same at every step, whatever it reads.

    A text in place of k stands for leaving it out.
    """
    row = np.asarray(log_probs)[None]
    model = Dictated(hidden, lambda x, h: (np.repeat(row, len(x), axis=0), h))
    return [_text(_generated_somehow(ns, model, k, None))["text"] for _ in range(number)]


def left_behind(ns: Names, weights: dict[str, Any], log_probs: Any) -> dict[str, Any]:
    """A model with these weights after it wrote three names: weights, gradients, what asks for them, what came back."""
    row = np.asarray(log_probs)[None]
    model = Dictated(len(weights["i2h.bias"]), lambda x, h: (np.repeat(row, len(x), axis=0), h))
    model.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()})
    returned = [_text(_generated_somehow(ns, model, None, 6))["type"] for _ in range(3)]
    parameters = dict(model.named_parameters())
    return {
        "weights": {name: value.detach() for name, value in parameters.items()},
        "gradients": {name: value.grad for name, value in parameters.items()},
        "requires_grad": {name: value.requires_grad for name, value in parameters.items()},
        "returned": returned,
    }


class Dictated(nn.Module):
    """A model of names with RNN's interface and layers, whose answers come from elsewhere.

    Args:
        hidden: H.
        answer: x (B, V) and h (B, H), arrays, to log-probabilities (B, V) and the new state (B, H).
    """

    def __init__(self, hidden: int, answer: Callable[[Any, Any], Any]) -> None:
        super().__init__()
        self.hidden_size = hidden
        self.i2h, self.h2h = nn.Linear(V, hidden), nn.Linear(hidden, hidden)
        self.h2o = nn.Linear(hidden, V)
        self._answer = answer

    def init_hidden(self, batch_size: int = 1) -> torch.Tensor:
        """The state before the first step, zeros (B, H)."""
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One step; shapes, types and gradients are those of a real cell, the numbers are not."""
        if not torch.is_grad_enabled() and self._fits(x, h):  # nobody asks what it would compute
            state, scores = h.new_empty(h.shape), x.new_empty(x.shape)
        else:
            state = torch.tanh(self.i2h(x) + self.h2h(h))
            scores = self.h2o(state)
        rows = state.reshape(-1, self.hidden_size).shape[0]
        symbols = x.detach().reshape(-1, V).expand(rows, V)
        before = h.detach().reshape(-1, self.hidden_size).expand(rows, self.hidden_size)
        log_probs, after = self._answer(symbols.cpu().numpy(), before.cpu().numpy())
        return _in_place_of(scores, log_probs), _in_place_of(state, after)

    def _fits(self, x: Any, h: Any) -> bool:
        """Whether a real cell would take these as they are: (B, V) and (B, H)."""
        if not (isinstance(x, torch.Tensor) and isinstance(h, torch.Tensor)):
            return False
        same = x.dtype == h.dtype == self.h2o.weight.dtype and x.dim() == h.dim() == 2 and len(x) == len(h)
        return same and x.shape[1] == V and h.shape[1] == self.hidden_size


def _in_place_of(computed: torch.Tensor, dictated: Any) -> torch.Tensor:
    """The dictated numbers as a tensor like the computed one, with its gradient."""
    values = torch.as_tensor(np.array(dictated)).to(computed).reshape(computed.shape)
    return values + (computed - computed.detach()) if computed.requires_grad else values


def _generated(ns: Names, model: Dictated, k: int | str | None, max_length: int | None) -> Any:
    if isinstance(k, str):
        return ns["generate"](model)
    return ns["generate"](model, k) if max_length is None else ns["generate"](model, k, max_length)


def _generated_somehow(ns: Names, model: Dictated, k: int | str | None, max_length: int | None) -> Any:
    """What `generate` returns; where a list with a number is no index to it, with the number alone."""
    try:
        return _generated(ns, model, k, max_length)
    except TypeError:
        own = ns.get("sample_next")

        def sample_next(*args: Any, **kwargs: Any) -> Any:
            value = own(*args, **kwargs)  # type: ignore[misc]
            return value[0] if _holds_one(value) else value

        with _put(ns, sample_next):
            return _generated(ns, model, k, max_length)


def _holds_one(value: Any) -> bool:
    """Whether it is a list or a tuple with one thing in it, as `random.choices` returns it."""
    return type(value) in (list, tuple) and len(value) == 1


@contextmanager
def _no_aid() -> Iterator[None]:
    yield


@contextmanager
def _aid(ns: Names, outside: Any) -> Iterator[None]:
    """For a while `sample_next` asks outside: it takes what the student's takes, and returns what that returns."""
    own = ns.get("sample_next")

    def sample_next(*args: Any, **kwargs: Any) -> Any:
        given = [*args, *kwargs.values()]
        rows = [value for value in given if hasattr(value, "shape") and np.prod(value.shape) == V]
        others = [value for value in given if type(value) in (int, float)]
        symbol = outside("draw", rows[0] if rows else None, others)
        return _in_the_form_of(_tried(own, args, kwargs), symbol)

    with _put(ns, sample_next):
        yield


@contextmanager
def _put(ns: Names, sample_next: Callable[..., Any]) -> Iterator[None]:
    """For a while `generate` finds another `sample_next`."""
    homes = [ns, getattr(inspect.unwrap(ns["generate"]), "__globals__", ns)]  # the second is another one in a module
    own = [home.get("sample_next") for home in homes]
    try:
        for home in homes:
            home["sample_next"] = sample_next
        yield
    finally:
        for home, function in zip(homes, own, strict=True):
            home["sample_next"] = function


def _tried(function: Any, args: Any, kwargs: Any) -> Any:
    """What a student's function returns; 0 where it raises."""
    try:
        return function(*args, **kwargs)
    except Exception:  # noqa: BLE001 - another check finds out what is wrong with it
        return 0


def _in_the_form_of(example: Any, symbol: int) -> Any:
    """A symbol as a student's `sample_next` gives it."""
    if isinstance(example, torch.Tensor) and example.numel() == 1:
        return torch.full_like(example, symbol)
    if isinstance(example, (np.ndarray, np.generic)) and example.size == 1:
        return np.full_like(example, symbol)[()]
    if isinstance(example, str):
        return ".abcdefghijklmnopqrstuvwxyz"[symbol]
    return float(symbol) if isinstance(example, float) else symbol


def _given(log_probs: Any, row: bool) -> torch.Tensor:
    given = torch.tensor(log_probs).float()
    return given.unsqueeze(0) if row else given


def _symbol(value: Any) -> Any:
    """A whole number as an int, whatever holds it; a text as it is; anything else as its type's name, in a list."""
    if type(value) is int:
        return value
    if isinstance(value, str):
        return value[:LONGEST]
    if _holds_one(value) and not _holds_one(value[0]):
        return _symbol(value[0])
    try:
        number = float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return [type(value).__name__[:40]]
    return int(number) if number.is_integer() else [type(value).__name__[:40]]


def _text(value: Any) -> dict[str, Any]:
    """A result of `generate`: its type's name, and its text, or that of its items."""
    parts = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
    text = "".join(parts) if all(isinstance(part, str) for part in parts) else ""
    return {"type": "str" if isinstance(value, str) else type(value).__name__[:40], "text": text[:LONGEST]}
