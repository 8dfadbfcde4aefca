"""A model that is made of what the trusted side sends: layers with their weights, and a plan of what it does with them.

It has the interface of the notebook's RNN. It knows no way to compute anything by itself: without the plan, which comes
with the call, its `forward` does nothing. What is noted of its use is reported as it was, and judged elsewhere.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .hooks import weakly

MOST_VERSIONS = 100  # versions of the weights that are kept
PARTS = tuple(f"{layer}.{part}" for layer in ("i2h", "h2h", "h2o") for part in ("weight", "bias"))


class Stop(BaseException):
    """Ends a training that goes on and on; no Exception, so that no student's `except` swallows it."""


class RecordingLinear(nn.Linear):
    """A linear layer that tells what it is given."""

    def __init__(self, name: str, weight: Any, bias: Any, notes: Notes) -> None:
        super().__init__(weight.shape[1], weight.shape[0], device="cpu", dtype=torch.float32)
        self.called, self.notes, self.tells = name, notes, notes.whole or name == "i2h"
        self.weight.data.copy_(torch.as_tensor(weight))
        self.bias.data.copy_(torch.as_tensor(bias))

    def forward(self, x: Any) -> Any:
        """x (..., in) -> (..., out)."""
        if self.tells:
            self.notes.given(self, x)
        return functional.linear(x, self.weight, self.bias)


class PlannedModel(nn.Module):
    """Layers, and a plan: lines [result, layer or function of torch, arguments...] from x and h to y and h."""

    def __init__(self, hidden: int, weights: dict[str, Any], plan: list[list[Any]], notes: Notes | None = None) -> None:
        super().__init__()
        self.hidden_size = hidden
        notes = notes or Notes()
        for name in dict.fromkeys(part.partition(".")[0] for part in weights):
            setattr(self, name, RecordingLinear(name, weights[f"{name}.weight"], weights[f"{name}.bias"], notes))
        self.plan = [(result, name, getattr(torch, name, None), arguments) for result, name, *arguments in plan]
        notes.follow(self)

    def forward(self, x: Any, h: Any) -> tuple[Any, Any]:
        """Do what the plan says; what comes out as y and h."""
        values = {"x": x, "h": h}
        for result, name, function, arguments in self.plan:
            run: Any = function or self._modules[name]
            values[result] = run(*[values.get(item, item) for item in arguments])
        return values["y"], values["h"]

    def init_hidden(self, batch_size: int = 1) -> Any:
        """The state before the first symbol: zeros (B, H)."""
        return torch.zeros(batch_size, self.hidden_size, device="cpu", dtype=torch.float32)


class Notes:
    """What is seen of a model in use; copies of the model share them.

    Args:
        most: after how many rows that the first layer was given what uses the model is stopped.
        whole: whether everything is noted, or calls are only counted.
    """

    def __init__(self, most: float = math.inf, whole: bool = False) -> None:
        self.most, self.calls = most, 0
        self.rows: list[Any] = []  # what the first layer is given, one tensor a call
        self.places: list[list[int]] = []  # for each: its rows, the weights' version, whether the model's own, graded
        self.sizes: list[float] = []  # of the states that the second layer is given
        self.versions: list[Any] = []  # the weights, whenever they are others than before
        self.standing: list[dict[str, Any]] = []  # for each version what stood in `grad` last
        self.steps: list[float] = []  # the size of the gradients that each step of an optimiser found, -1 for none
        self.whole = whole

    def __deepcopy__(self, memo: Any) -> Notes:
        return self

    def follow(self, model: PlannedModel) -> None:
        """Watch this model from now on."""
        self._model, self._layers = weakref.ref(model), [weakref.ref(layer) for layer in model.children()]
        if self.whole:
            self._look()
            parameters: dict[str, Any] = dict(model.named_parameters())
            for name, parameter in parameters.items():
                parameter.register_post_accumulate_grad_hook(weakly(self.stands, name))

    def given(self, layer: RecordingLinear, x: Any) -> None:
        """A layer is called."""
        if layer.called == "i2h":
            self.read(x, layer is self._layers[0]())
        elif self.whole and layer.called == "h2h":
            self.sizes.append(float(x.detach().abs().max()) if x.numel() else 0.0)

    def owns(self, model: Any) -> bool:
        """Whether this is the model that is watched, and no copy of it."""
        return model is self._model()

    def read(self, rows: Any, own: bool) -> None:
        """The first layer of the model (its own, or a copy's) is given some rows."""
        self.calls += rows.numel() // max(rows.shape[-1], 1)
        if self.calls > self.most:
            raise Stop
        if self.whole and len(self.versions) < MOST_VERSIONS:  # later ones could not be distinguished
            if own:
                self._look()
            self.rows.append(rows.detach().reshape(-1, rows.shape[-1]).float().cpu())
            self.places.append([len(self.rows[-1]), len(self.versions) - 1, own, torch.is_grad_enabled()])

    def stands(self, name: str, parameter: Any) -> None:
        """A gradient has been added to what stood at a parameter."""
        self.standing[-1][name] = parameter.grad.detach().clone()

    def stepped(self, optimizer: Any, *_: Any) -> None:
        """An optimiser is about to step."""
        found = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        self.steps.append(float(sum(grad.abs().sum() for grad in found)) if found else -1.0)

    def _look(self) -> None:
        model = self._model()
        if model is None:
            return
        weights = parts_of(model)
        if not all(isinstance(part, torch.Tensor) for part in weights):
            return
        if self.versions and all(map(torch.equal, weights, self.versions[-1])):
            return
        self.versions.append([part.detach().clone() for part in weights])
        self.standing.append({})


def parts_of(model: Any) -> list[Any]:
    """What the model has now for each of `PARTS`, None for nothing."""
    layers = (name.partition(".")[::2] for name in PARTS)
    return [getattr(getattr(model, layer, None), part, None) for layer, part in layers]
