"""Names written by functions of a student's that belong together, and temperatures in them."""

from typing import Any

import pytest
from alternatives import lost, marks, namespace, probes, refusal

from graders.authoring.solution import ModuleSolution
from graders.practical09.sampling.checks import question
from graders.practical09.sampling.letters import SIGNATURE
from graders.practical09.sampling.names import KEPT

OF_NAMES = {"names_are_letters", "names_follow_the_model", "leaves_the_model_alone"}


def together(source: str) -> ModuleSolution:
    """Both functions, written together."""
    names: dict[str, Any] = {
        name: value for name, value in namespace().items() if name not in ("sample_next", "generate")
    }
    exec(source, names)  # a test's own source
    return ModuleSolution(names, probes)


LOOP = """
def generate(rnn, k=None, max_length=20):
    name, i, h = "", 0, rnn.init_hidden()
    with torch.no_grad():
        for _ in range(max_length):
            x = torch.zeros(1, len(VOCAB))
            x[0, i] = 1
            lp, h = rnn(x, h)
            i = CALL
            if i == 0:
                break
            name += VOCAB[i]
    return name
"""
DRAW = """
def DRAW(lp, k=None, *, temperature=1.0, device="cpu"):
    lp = lp.flatten() / temperature
    if k is not None:
        lp = torch.where(lp >= lp.topk(min(k, 27)).values[-1], lp, torch.tensor(float("-inf")))
    return RESULT
"""
TENSOR = "torch.multinomial(lp.exp(), 1)"
TOGETHER = {
    "a tensor with one item": (TENSOR, "sample_next", "sample_next(lp, k).item()"),
    "a 0-d tensor": (TENSOR + "[0]", "sample_next", "sample_next(lp[0], k)"),
    "numpy": (TENSOR + ".numpy()[0]", "sample_next", "sample_next(lp, k=k)"),
    "a letter": ("VOCAB[" + TENSOR + ".item()]", "sample_next", "VOCAB.index(sample_next(lp, k))"),
    "extra arguments": (TENSOR + ".item()", "sample_next", "sample_next(lp, k, temperature=1.0, device='cpu')"),
    "keywords": (TENSOR + ".item()", "sample_next", "sample_next(k=k, lp=lp)"),
    "another name": (TENSOR + ".item()", "draw_letter", "draw_letter(lp, k)"),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_functions_that_were_written_together_are_tried_together(name: str) -> None:
    """Whatever they hand to one another, and whatever helper they share, the names are right."""
    result, helper, call = TOGETHER[name]
    source = DRAW.replace("DRAW", helper).replace("RESULT", result) + LOOP.replace("CALL", call)
    source += "" if helper == "sample_next" else f"def sample_next(lp, k=None):\n    return {helper}(lp, k)\n"
    assert lost(question, together(source), 4) <= {"draws_one_symbol"}
    wrong = source.replace("lp.exp()", "torch.ones_like(lp)").replace("/ temperature", "* 1.0")
    if helper == "sample_next":
        assert not lost(question, together(wrong), 5) & OF_NAMES, "a wrong sampler in the same form"


TEMPERED = {
    "what the model said": ("sample_next", "sample_next(lp / 0.9, k)"),
    "as an argument": ("sample_next", "sample_next(lp, k, temperature=1.1)"),
    "without sample_next": ("draw_letter", "draw_letter(lp / 1.1, k)"),
    "from the second letter on": ("sample_next", "sample_next(lp if not name else lp / 0.85, k)"),
    "some of the letters without sample_next": (
        "sample_next",
        "sample_next(lp, k) if k or len(name) % 4 else own(lp / 0.6, k)",
    ),
}


@pytest.mark.parametrize("name", TEMPERED)
def test_a_temperature_in_names_is_found_wherever_it_is(name: str) -> None:
    """Whether `sample_next` is given other numbers, or letters come without it; and only the names' check is lost."""
    helper, call = TEMPERED[name]
    source = DRAW.replace("DRAW", helper).replace("RESULT", TENSOR + ".item()") + LOOP.replace("CALL", call)
    if helper == "sample_next":
        source = source.replace("\ndef generate", "\nown = sample_next\ndef generate")
    else:
        source += f"def sample_next(lp, k=None):\n    return {helper}(lp, k)\n"
    assert lost(question, together(source), 4) == {"names_follow_the_model"}


@pytest.mark.parametrize(
    "signature", [*(f"rnn, k={k}, max_length=20" for k in (5, 13, 20, 25)), "rnn, k, max_length=20"]
)
def test_k_is_none_where_nobody_says_it(signature: str) -> None:
    """A default of one's own, or none at all, costs half of one check, whose hint speaks of the signature."""
    source = DRAW.replace("DRAW", "sample_next").replace("RESULT", TENSOR + ".item()")
    written = LOOP.replace("CALL", "sample_next(lp, k)").replace("rnn, k=None, max_length=20", signature)
    student = together(source + written)
    assert lost(question, student, 4) == {"names_follow_the_model"}
    assert marks(question, student, 4)["names_follow_the_model"] == pytest.approx(0.15)
    assert refusal(question, "names_follow_the_model", student).hint == SIGNATURE


@pytest.mark.parametrize(("call", "number"), [("k or 20", 20), ("20 if k is None else k", 20), ("min(k or 27, 5)", 5)])
def test_a_k_that_generate_makes_up_is_named(call: str, number: int) -> None:
    """What `sample_next` is given where nobody says k is seen, and said; a temperature there is no k."""
    source = DRAW.replace("DRAW", "sample_next").replace("RESULT", TENSOR + ".item()")
    student = together(source + LOOP.replace("CALL", f"sample_next(lp, {call})"))
    failed = refusal(question, "names_follow_the_model", student)
    assert (f"gives {number} to" in failed.finding, failed.misconception) == (True, "name_with_a_k_of_its_own")
    assert failed.keep == 0.5


def test_a_kept_state_is_distinguished_from_any_other_first_state() -> None:
    """Two names show whether the second begins with what the model returned in the first: then that is the cause."""
    source = DRAW.replace("DRAW", "sample_next").replace("RESULT", TENSOR + ".item()")
    kept = LOOP.replace("CALL", "sample_next(lp, k)").replace("rnn.init_hidden()", "kept.get(1, rnn.init_hidden())")
    kept = "kept = {}\n" + kept.replace("            i = ", "            kept[1] = h\n            i = ")
    random = LOOP.replace("CALL", "sample_next(lp, k)").replace("rnn.init_hidden()", "torch.randn(1, 128)")
    for loop, cause in ((kept, KEPT), (random, None)):
        assert refusal(question, "names_follow_the_model", together(source + loop)).misconception == cause
