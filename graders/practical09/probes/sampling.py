"""Probes of `sampling`."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

Names = dict[str, Any]

MOST_STEPS = 1000  # of one generated name; a sampler that never stops is stopped here


def draws(ns: Names, log_probs: Any, k: int | None, number: int, row: bool = False) -> list[Any]:
    """What the student's sample_next returns, so many times: whole numbers as such, anything else as its type's name.

    With `row`, log_probs is given as (1, V) in place of (V,).
    """
    given = torch.tensor(log_probs).float()
    given = given.unsqueeze(0) if row else given
    return [_whole(ns["sample_next"](given.clone(), k)) for _ in range(number)]


def kind_of_draw(ns: Names, log_probs: Any, row: bool) -> dict[str, Any]:
    """What one draw is: whether a whole number, else its type; whether an index; whether a number and no array."""
    given = torch.tensor(log_probs).float()
    found = ns["sample_next"](given.unsqueeze(0) if row else given, None)
    value, array = _whole(found), hasattr(found, "shape") and tuple(found.shape) != ()
    whole = type(value) is int
    return {
        "type": "whole number" if whole else value[0],
        "index": whole and 0 <= value < given.numel(),
        "single": whole and not array,
    }


def look_of_names(ns: Names, table: Any, max_length: int | None, number: int) -> dict[str, Any]:
    """What the names that generate writes look like: types, lengths, and whatever is not a small letter."""
    found = names(ns, table, None, max_length, number)
    texts = [name for name in found if isinstance(name, str)]
    return {
        "types": sorted({"str" if isinstance(name, str) else name[0] for name in found}),
        "lengths": sorted({len(text) for text in texts}),
        "others": "".join(sorted(set("".join(texts)) - set("abcdefghijklmnopqrstuvwxyz")))[:20],
    }


def names(ns: Names, table: Any, k: int | None, max_length: int | None, number: int) -> list[Any]:
    """Names that the student's generate writes with the grader's model; anything but a string as its type's name."""
    model = Chain(table)
    found = []
    for _ in range(number):
        model.steps = 0
        result = ns["generate"](model, k) if max_length is None else ns["generate"](model, k, max_length)
        found.append(result if isinstance(result, str) else [type(result).__name__])
    return found


def scripted(ns: Names, table: Any, k: int | None, script: list[int], max_length: int) -> dict[str, Any]:
    """One name written while sample_next gives the symbols of a script in place of drawing.

    Tells the name, the k that sample_next was asked with each time, and the log-probabilities that it was given.
    """
    model, asked, given = Chain(table), [], []
    symbols = iter(script)

    def sample_next(log_probs: Any, k: int | None = None) -> int:
        asked.append(k)
        given.append(torch.as_tensor(log_probs).detach().flatten())
        return next(symbols, 0)

    homes = [ns, getattr(inspect.unwrap(ns["generate"]), "__globals__", ns)]  # the second is another one in a module
    own = [home.get("sample_next") for home in homes]
    try:
        for home in homes:
            home["sample_next"] = sample_next
        name = ns["generate"](model, k, max_length)
    finally:
        for home, function in zip(homes, own, strict=True):
            home["sample_next"] = function
    return {
        "name": name if isinstance(name, str) else [type(name).__name__],
        "k": asked,
        "log_probs": torch.stack(given).numpy() if given else None,
    }


def untouched_by_generate(ns: Names, table: Any) -> dict[str, bool]:
    """Whether the model is after three names as it was before: weights, gradients, and what needs a gradient."""
    model = Chain(table)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    for _ in range(3):
        model.steps = 0
        ns["generate"](model, None, 6)
    after = dict(model.named_parameters())
    return {
        "weights": all(torch.equal(value, after[name]) for name, value in before.items()),
        "gradients": all(value.grad is None for value in after.values()),
        "requires_grad": all(value.requires_grad for value in after.values()),
    }


class Chain(nn.Module):
    """A model of names with RNN's interface: the next symbol depends on the last one and on how many came before.

    Args:
        table: (S, V, V) probabilities; table[s, v] is the distribution after symbol v at step s, the last s for all
            later steps. The step is carried in the state, so that a state that is not passed on shows.
    """

    def __init__(self, table: Any) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.tensor(table).float().log())
        self.hidden_size = 4
        self.i2h, self.h2h, self.h2o = (nn.Linear(size, 4) for size in (self.table.shape[1], 4, 4))
        self.steps = 0

    def init_hidden(self, batch_size: int = 1) -> torch.Tensor:
        """The state before the first step, zeros (B, 4)."""
        return torch.zeros(batch_size, self.hidden_size)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One step: x (1, V) one-hot, h (1, 4) -> log-probabilities (1, V), new state (1, 4)."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise RuntimeError(f"generate took more than {MOST_STEPS} steps for one name")
        step = min(int(h.reshape(-1, 4)[0, 0].round()), len(self.table) - 1)
        return torch.log_softmax(x.reshape(1, -1) @ self.table[step], dim=1), h + 1


def _whole(value: Any) -> Any:
    """A whole number as an int, whatever holds it; anything else as the name of its type, in a list."""
    try:
        number = float(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return [type(value).__name__]
    return int(number) if number.is_integer() else [type(value).__name__]
