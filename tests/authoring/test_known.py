"""Well-known messages are explained, as the installed libraries raise them, and nothing of a message gets out."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from graders.authoring.known import arrays, language, meaning, tensors
from graders.authoring.known.messages import ALL
from graders.authoring.solution import ModuleSolution
from graders.errors import CallError
from graders.model import Outcome
from graders.sandbox.inside.describing import describe


def whole(*shape: int) -> torch.Tensor:
    """Whole numbers."""
    return torch.ones(*shape, dtype=torch.long)


def grown() -> torch.Tensor:
    """A leaf that carries gradients."""
    return torch.ones(2, requires_grad=True)


def twice() -> None:
    """Goes back through the same graph two times."""
    loss = (grown() ** 2).sum()
    loss.backward()
    loss.backward()


def in_place() -> None:
    """Changes what exp keeps for its gradient."""
    values = grown().exp()
    values += 1
    values.sum().backward()


class Hasty(nn.Module):
    """Makes its layers before it is a module."""

    def __init__(self) -> None:
        self.layer = nn.Linear(1, 1)


def raised(action: Callable[[], Any]) -> Exception:
    """The exception that a library chooses to raise."""
    with pytest.raises(Exception) as caught:
        action()
    return caught.value


def executed(source: str) -> Callable[[], Any]:
    """Lines of a student's, to be executed."""
    return lambda: exec(compile(source, "<cell 0>", "exec"), {"np": np, "torch": torch})


ones, t = np.ones, torch.ones
lstm, linear = nn.LSTM(3, 4), nn.Linear(3, 2)
RAISED: list[tuple[Callable[[], Any], str]] = [
    (lambda: ones((2, 3)) @ ones((2, 3)), arrays.PRODUCT),
    (lambda: np.dot(ones((2, 3)), ones((2, 3))), arrays.PRODUCT),
    (lambda: np.matmul(1, ones(3)), arrays.SCALAR),
    (lambda: ones(3) + ones(4), arrays.ELEMENTWISE),
    (lambda: ones(3).__iadd__(ones((2, 3))), arrays.ELEMENTWISE),
    (lambda: ones((2, 3)).__setitem__(0, ones(4)), "at a place of another shape"),
    (lambda: ones(6).reshape(4, 2), arrays.RESHAPED),
    (lambda: np.array([[1, 2], [3]]), arrays.RAGGED),
    (lambda: ones(3).__setitem__(0, [1, 2]), "a single number is to hold several"),
    (lambda: np.concatenate([ones((2, 3)), ones((2, 4))]), arrays.JOINED),
    (lambda: np.stack([ones(2), ones(3)]), arrays.JOINED),
    (lambda: bool(ones(3) > 0), arrays.AMBIGUOUS),
    (lambda: np.random.default_rng().choice(3, p=[0.5, 0.2, 0.2]), arrays.PROBABILITIES),
    (lambda: np.random.default_rng().choice(2, p=[-0.5, 1.5]), arrays.PROBABILITIES),
    (lambda: np.random.choice(2, p=[math.nan, 1]), arrays.PROBABILITIES),
    (lambda: np.random.choice(3, p=[0.5, 0.5]), "as many probabilities"),
    (lambda: np.random.choice(0), arrays.NO_ITEMS),
    (lambda: np.random.choice(ones((2, 2))), "of several dimensions"),
    (lambda: ones(3)[np.ones(1)], arrays.NO_INDEX),
    (lambda: ones(3)[1, 2], arrays.TOO_MANY_INDICES),
    (lambda: ones(3)[5], arrays.BEYOND),
    (lambda: ones(3).sum(axis=1), arrays.AXIS),
    (lambda: float(ones(3)), arrays.ONE_NUMBER),
    (lambda: ones(3).item(), arrays.ONE_NUMBER),
    (lambda: np.float64(1)[0], arrays.NO_DIMENSION),  # type: ignore[index]
    (lambda: np.arange(3).__iadd__(0.5), arrays.WHOLE_IN_PLACE),
    (lambda: np.isfinite("a"), "something that is no number"),  # type: ignore[call-overload]
    (lambda: np.exp(np.array([None])), "something that is no number"),
    (lambda: np.max(ones(0)), arrays.NO_ITEMS),
    (lambda: np.argmax([]), arrays.NO_ITEMS),
    (lambda: np.broadcast_to(1, (2,)).__setitem__(0, 1), "cannot be: work on a copy"),
    (lambda: np.zeros(2, 3), "into one pair of brackets"),  # type: ignore[call-overload]
    (lambda: np.squeeze(ones(3), 0), "axes of size 1 alone"),
    (lambda: t(2, 3) @ t(2, 3), tensors.LAYER),
    (lambda: linear(t(1, 4)), tensors.LAYER),
    (lambda: t(3) @ t(4), arrays.PRODUCT),
    (lambda: linear(t(1, 3).double()), tensors.TYPES),
    (lambda: t(2, 2) @ t(2, 2).double(), tensors.TYPES),
    (lambda: nn.BCELoss()(t(2), whole(2)), tensors.TYPES),
    (lambda: lstm(whole(2, 2, 3)), tensors.TYPES),
    (lambda: t(3) + t(4), arrays.ELEMENTWISE),
    (lambda: t(2, 3).expand(4, 5), arrays.ELEMENTWISE),
    (lambda: t(6).view(4, 2), arrays.RESHAPED),
    (lambda: t(2, 3).t().view(6), "use `reshape`"),
    (lambda: nn.Linear(3, 2, device="meta")(t(1, 3)), tensors.DEVICES),
    (lambda: t(1).backward(), tensors.CUT),
    (twice, tensors.TWICE),
    (lambda: grown().__iadd__(1), tensors.IN_PLACE),
    (lambda: grown().__setitem__(0, 1), tensors.IN_PLACE),
    (in_place, tensors.IN_PLACE),
    (lambda: grown().backward(), "starts from a single number"),
    (lambda: grown().numpy(), tensors.TO_NUMPY),
    (lambda: np.exp(grown()), tensors.TO_NUMPY),  # type: ignore[call-overload]
    (lambda: F.cross_entropy(t(3, 4), whole(2)), tensors.TARGETS),
    (lambda: F.cross_entropy(t(1, 4), t(1)), tensors.WHOLE),
    (lambda: F.nll_loss(t(1, 4), torch.tensor([7])), tensors.LABELS),
    (lambda: F.one_hot(torch.tensor([5]), 3), tensors.LABELS),
    (lambda: F.one_hot(t(1), 3), tensors.WHOLE),
    (lambda: nn.Embedding(3, 2)(t(1)), tensors.WHOLE),
    (lambda: nn.Embedding(3, 2)(torch.tensor([5])), "An embedding is asked"),
    (lambda: t(3)[t(3)], arrays.NO_INDEX),
    (lambda: t(3)[1.0], arrays.NO_INDEX),  # type: ignore[index]
    (lambda: [1, 2][t(3)], arrays.NO_INDEX),  # type: ignore[call-overload]
    (lambda: torch.softmax(whole(2), 0), tensors.FLOATS),
    (lambda: whole(2).mean(), tensors.FLOATS),
    (lambda: torch.ones(2, dtype=torch.long, requires_grad=True), tensors.FLOATS),
    (lambda: whole(3).__iadd__(0.5), tensors.FLOATS_INTO_WHOLE),
    (lambda: nn.BCEWithLogitsLoss()(t(2), whole(2)), tensors.FLOATS_INTO_WHOLE),
    (lambda: torch.multinomial(torch.tensor([-1.0, 2]), 1), arrays.PROBABILITIES),
    (lambda: torch.multinomial(torch.zeros(2), 1), arrays.PROBABILITIES),
    (lambda: torch.distributions.Categorical(probs=torch.tensor([-1.0, 2])), arrays.PROBABILITIES),
    (lambda: torch.multinomial(t(1, 1, 3), 1), "Samples are drawn from a row"),
    (lambda: torch.multinomial(t(2), 5), "replacement=True"),
    (lambda: torch.cat([t(2, 3), t(2, 4)]), arrays.JOINED),
    (lambda: torch.stack([t(2), t(3)]), arrays.JOINED),
    (lambda: torch.cat([torch.tensor(1.0)]), "`torch.stack` joins single numbers"),
    (lambda: torch.stack([]), arrays.NO_ITEMS),
    (lambda: torch.cat([1.0]), tensors.NO_TENSOR),  # type: ignore[list-item]
    (lambda: torch.tanh(ones(2)), tensors.NO_TENSOR),  # type: ignore[arg-type]
    (lambda: linear(ones((1, 3))), tensors.NO_TENSOR),
    (lambda: torch.tensor(1.0)[0], arrays.NO_DIMENSION),
    (lambda: list(torch.tensor(1.0)), arrays.NO_DIMENSION),
    (lambda: float(t(3)), arrays.ONE_NUMBER),
    (lambda: t(3).item(), arrays.ONE_NUMBER),
    (lambda: bool(t(3) > 0), arrays.AMBIGUOUS),
    (lambda: t(3)[1, 2], arrays.TOO_MANY_INDICES),
    (lambda: t(3).sum(1), arrays.AXIS),
    (lambda: t(3)[5], arrays.BEYOND),
    (lambda: pack_padded_sequence(t(3, 2, 1), torch.tensor([1, 3])), tensors.LENGTHS),
    (lambda: pack_padded_sequence(t(3, 2, 1), torch.tensor([3, 0])), "has length 0"),
    (lambda: pack_padded_sequence(t(3, 2, 1), torch.tensor([3])), "one length a sequence"),
    (lambda: t(3).topk(5), "`min(k, x.size(-1))`"),
    (lambda: nn.BCELoss()(t(2), t(2, 1)), tensors.LOSS_SHAPES),
    (lambda: nn.BCEWithLogitsLoss()(t(2), t(2, 1)), tensors.LOSS_SHAPES),
    (lambda: nn.BCELoss()(5 * t(2), t(2)), tensors.UNIT),
    (lambda: lstm(t(2, 2, 5)), tensors.RECURRENT),
    (lambda: lstm(t(1, 2, 2, 5)), tensors.RECURRENT),
    (lambda: lstm(t(2, 2, 3), (t(1, 5, 4), t(1, 5, 4))), tensors.RECURRENT),
    (lambda: nn.RNN(3, 4)(t(2, 2, 3), t(2, 4)), tensors.RECURRENT),
    (lambda: torch.optim.SGD([], lr=1), "no parameters that it could change"),
    (lambda: torch.optim.SGD([grown() * 2], lr=1), "no parameters that it could change"),
    (Hasty, "`super().__init__()` must be the first line"),
    (lambda: setattr(nn.Linear(1, 1), "weight", t(1)), "`nn.Parameter` alone"),
    (lambda: nn.Linear(1, 1).load_state_dict({"x": t(1)}), "do not fit the model"),
    (lambda: torch.tensor([[1], [1, 2]]), arrays.RAGGED),
    (lambda: torch.tensor([None]), "Something that is no number is made into a tensor"),
    (lambda: t(0).max(), arrays.NO_ITEMS),
    (lambda: {}["a"], "does not hold"),
    (executed("def f():\n    f()\nf()"), "calls itself without end"),
    (executed("assert 1 == 2, '1'"), "what it states is not true"),
    (executed("1 / 0"), "divided by zero"),
    (executed("def f():\n    x += 1\nf()"), "is local there"),
    (executed("missing"), "no value at this point"),
    (executed("open('not_there.txt')"), "A file is opened that is not there"),
    (executed("import not_there"), "not installed"),
    (lambda: math.exp(1000), "too large for a float"),
    (lambda: math.log(0), "for which it is not defined"),
    (executed("None + 1"), language.NONE),
    (executed("None.x"), language.NONE),
    (executed("a, b = None"), language.NONE),
    (executed("(lambda a, b: a)(1)"), language.ARGUMENTS),
    (executed("(lambda a, b: a)(1, 2, 3)"), language.ARGUMENTS),
    (executed("torch.ones(2).softmax()"), language.ARGUMENTS),
    (executed("(lambda a, b: a)(1, b=2, c=3)"), language.KEYWORD),
    (executed("(lambda a, b: a)(1, a=2)"), language.KEYWORD),
    (executed("x = 1\nx(2)"), "something that is no function"),
    (executed("x = 1\nx[2]"), "something that has no items"),
    (executed("list(5)"), "Is `range(...)` missing?"),
    (executed("a, b = 1, 2, 3"), language.UNPACKED),
    (executed("a, b = [1]"), language.UNPACKED),
    (executed("np.bool8x"), "A module has no function of this name"),
    (executed("np.ones(2).softmax()"), "no attribute or method of this name"),
    (executed("x = [1]\nx['a']"), "A text stands in the brackets"),
    (executed("'abc'['a']"), "A text stands in the brackets"),
    (executed("x = [1]\nx[0.0]"), arrays.NO_INDEX),
    (executed("x = [1]\nx[0, 1]"), "given several indices at once"),
    (executed("x = (1, 2)\nx[:, -1]"), language.TUPLE),
    (executed("(1, 2).transpose(0, 1)"), language.TUPLE),
    (executed("[1][5]"), arrays.BEYOND),
    (executed("x = [1]\nx[5] = 1"), arrays.BEYOND),
    (executed("1 + 'a'"), language.MIXED),
    (executed("'a' + 1"), language.MIXED),
    (executed("[1] * 1.5"), language.MIXED),
    (executed("1 < 'a'"), language.MIXED),
    (executed("{}[[]]"), "use text, a number or a tuple"),
    (executed("x = (1,)\nx[0] = 2"), "cannot be changed"),
    (executed("range(1.5)"), "`//` divides"),
    (executed("np.zeros(1.5)"), "`//` divides"),
    (executed("torch.zeros(1.5)"), "`//` divides"),
    (executed("len(1)"), "The length is asked"),
    (executed("int('a')"), language.NO_NUMBER),
    (executed("max([])"), arrays.NO_ITEMS),
    (executed("next(iter([]))"), arrays.NO_ITEMS),
    (executed("[1].index(2)"), "does not occur"),
    (executed("b'\\xff'.decode()"), "another encoding"),
    (executed("ord('ab')"), "A single character"),
]
# As they are raised where there is a GPU, or by other releases of the libraries.
TOLD = [
    ("RuntimeError", "Expected all tensors to be on the same device, but found at least two devices", tensors.DEVICES),
    ("RuntimeError", "CUDA error: No CUDA GPUs are available", tensors.NO_GPU),
    ("TypeError", "can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first", tensors.TO_NUMPY),
    ("TypeError", "only size-1 arrays can be converted to Python scalars", arrays.ONE_NUMBER),
    ("RuntimeError", "expected scalar type Float but found Double", tensors.TYPES),
    ("RuntimeError", "expected scalar type Long but found Float", tensors.TYPES),
    ("ValueError", "max() iterable argument is empty", arrays.NO_ITEMS),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(len(RAISED)))
def test_what_the_libraries_raise_is_explained(number: int) -> None:
    """Each exception that the installed Python, NumPy or PyTorch raises gets the sentence meant for it."""
    action, expected = RAISED[number]
    error = raised(action)
    found = meaning(type(error).__name__, str(error))
    assert found is not None and expected in found, str(error)


@pytest.mark.parametrize(("type", "text", "expected"), TOLD)
def test_messages_of_other_machines_are_explained(type: str, text: str, expected: str) -> None:
    """What only another machine or another release says is explained too."""
    assert meaning(type, text) == expected


@pytest.mark.filterwarnings("ignore")
def test_every_kind_is_tried() -> None:
    """No kind of message stands in the tables without an example here."""
    headlines = [f"{type}: {text}" for type, text, _ in TOLD]
    headlines += [f"{type(error).__name__}: {error}" for error in (raised(action) for action, _ in RAISED)]
    used = {next(known for known in ALL if known.fits(headline)) for headline in headlines}
    assert [known.pattern for known in ALL if known not in used] == []


def test_a_missing_kernel_is_no_missing_answer() -> None:
    """Torch raises NotImplementedError for whole numbers in softmax: that is an error, not an answer to be written."""
    with pytest.raises(CallError) as caught:
        ModuleSolution({"f": lambda: torch.softmax(whole(2), 0)}).call("f")
    assert caught.value.outcome is Outcome.ERROR and caught.value.hint == tensors.FLOATS
    direct = raised(executed("torch.softmax(torch.tensor([1, 2]), 0)"))
    assert isinstance(direct, NotImplementedError) and describe(direct)["kind"] == "raised"
    assert describe(raised(executed("raise NotImplementedError")))["kind"] == "unwritten"
