"""A question is judged in the state at its own answer, where it fails in the final state, and the better counts."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graders import Question, Solution, close
from graders.authoring.solution import ModuleSolution
from graders.grading.states import Records, Sessions, StateRequest, grade_in_states
from graders.model import Outcome, QuestionReport
from graders.notebooks.notebook import ExecCell
from graders.sandbox.host.attempt_process import AttemptProcess
from graders.sandbox.host.monitor import Budget
from graders.sandbox.host.sandbox import Sandbox
from graders.sandbox.limits import Limits

LIMITS = Limits(cell_cpu_seconds=20, call_cpu_seconds=20)
AREA = "import numpy as np, torch\ndef area(a, b):\n    return float(multiply(a, b))\n"
AREA += "def multiply(a, b):\n    return a * b"
question = Question("area", title="Area", points=3)


@question.check(points=1)
def area_is_right(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The area is right."""
    sides = rng.uniform(1, 2, 2).tolist()
    close(student.call("area", *sides), reference.call("area", *sides))


@question.check(points=1, after=area_is_right)
def volume_is_right(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """The volume is right."""
    sides = rng.uniform(1, 2, 3).tolist()
    close(student.call("volume", *sides), reference.call("volume", *sides))


@question.check(points=1)
def type_is_right(student: Solution, reference: Solution, rng: np.random.Generator) -> None:
    """Numbers are kept in double precision."""
    close(2.0**40 * student.call("precision"), 2.0**40 * reference.call("precision"))


REFERENCE = ModuleSolution(
    {"area": lambda a, b: a * b, "volume": lambda a, b, c: a * b * c, "precision": lambda: 2.0**-40}
)
VOLUME = "def volume(a, b, c):\n    return area(a, b) * c"
PRECISE = "def precision():\n    return (torch.ones(1, dtype=torch.float64) + 2.0**-40 - 1).item()"
DEFAULT = "def precision():\n    return (torch.ones(1) + 2.0**-40 - 1).item()"


def graded(
    sandbox: Sandbox, section: Sequence[str], later: Sequence[str] = (), limits: Limits = LIMITS
) -> tuple[QuestionReport, tuple[Records, ...], Any]:
    """Grade `question`, whose section has these cells, and after which others come; with its attempt."""
    cells, asked = [ExecCell(n, None, source) for n, source in enumerate([*section, *later])], StateRequest({}, {}, 1)
    with sandbox.attempt(cells, 0, limits, stops=[len(section)]) as attempt, Sessions(attempt, asked) as shared:
        end = len(section) if later else None
        return *grade_in_states(question, attempt, end, asked, REFERENCE, shared), attempt


def outcomes(report: QuestionReport) -> list[Outcome]:
    """How each check ended."""
    return [verdict.outcome for verdict in report.verdicts]


WHOLE = [AREA, VOLUME, PRECISE]
LATER = {
    "a helper's name for another thing": "def multiply(a, b):\n    return a + b",
    "the answer's own name for a value": "area, volume = 3, [0.5]",
    "a name that is gone": "del multiply, area",
    "an answer that never ends": "def area(a, b):\n    while True:\n        pass",
    "an answer that ends its process": "def area(a, b):\n    import os\n    os._exit(3)",
    "another class in the place of a library": "class np:\n    pass\nclass torch:\n    ones = None",
    "another default type": "torch.set_default_dtype(torch.float16)",
    "another default device": "torch.set_default_device('meta')",
    "gradients off": "torch.set_grad_enabled(False)\ntorch.inference_mode().__enter__()",
    "errors that are raised": "import warnings\nnp.seterr(all='raise')\nwarnings.simplefilter('error')",
    "hardly any recursion": "import sys\nsys.setrecursionlimit(60)",
    "the end of the process": "import os\nos._exit(0)",
    "a crash": "import ctypes\nctypes.string_at(0)",
    "a thread": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    "a library's function for another": "import builtins\nbuiltins.float = str\ntorch.ones = torch.zeros",
}


@pytest.mark.parametrize("name", LATER)
def test_a_later_cell_takes_no_marks(name: str, sandbox: Sandbox) -> None:
    """Whatever it does to names, to the process and its settings, an answer that was right is right."""
    report, _, _ = graded(sandbox, WHOLE, [LATER[name]])
    assert outcomes(report) == [Outcome.PASSED] * 3


def test_a_later_cell_may_mend_an_answer(sandbox: Sandbox) -> None:
    """What fails where it stands counts as it is in the end; a check that builds on it has its turn then, too."""
    wrong = "import numpy as np, torch\ndef area(a, b):\n    return a + b"
    report, by_state, _ = graded(sandbox, [wrong], [AREA, VOLUME, PRECISE])
    assert outcomes(report) == [Outcome.PASSED] * 3
    assert [[len(record.calls) for record in records] for records in by_state] == [[1, 1, 1]]


def test_a_check_may_build_on_another_state(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that passed where the answer stands holds for one that passes in the end alone."""
    monkeypatch.setattr(question, "trains", True)
    report, by_state, _ = graded(sandbox, [AREA, PRECISE], [VOLUME, "def area(a, b):\n    return a * b if b else 0"])
    assert outcomes(report) == [Outcome.PASSED] * 3
    assert [[len(record.calls) for record in records] for records in by_state] == [[1, 0, 1], [0, 1, 0]]


def test_an_answer_may_rely_on_what_its_notebook_has_set(sandbox: Sandbox) -> None:
    """Settings are put back for the first tries; where that fails, they are left as the notebook wanted them."""
    double = "torch.set_default_dtype(torch.float64)"
    for section, later in (
        ([AREA, VOLUME, double, DEFAULT], []),
        ([AREA, VOLUME, double, DEFAULT], ["x = area(1, 2)"]),
    ):
        report, _, attempt = graded(sandbox, section, later)
        assert outcomes(report) == [Outcome.PASSED] * 3
        assert attempt.moved == ("torch.set_default_dtype",)


def test_what_is_wrong_everywhere_keeps_its_first_verdict(sandbox: Sandbox) -> None:
    """The records for the diagnosis are those of the answer where it stands."""
    wrong = AREA.replace("a * b", "a + b")
    report, by_state, attempt = graded(sandbox, [wrong, VOLUME, DEFAULT], ["y = [area(1, 2)]"])
    assert outcomes(report) == [Outcome.FAILED, Outcome.SKIPPED, Outcome.FAILED]
    assert [[len(record.calls) for record in records] for records in by_state] == [[0, 0, 0], [1, 0, 1]]
    assert attempt.moved == ()


def test_what_took_long_and_came_back_is_not_run_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that was there is right or wrong where it stands; only what did not come back has a second try."""
    monkeypatch.setattr(question, "trains", True)
    slow = replace(LIMITS, calls={"area": 20.0})
    counting = "n = []\ndef precision():\n    return 2.0**-40\ndef area(a, b):\n    n.append(1)\n    return a + b"
    _, by_state, _ = graded(sandbox, [counting], [VOLUME + "\n\ndef area(a, b):\n    return a * b"], slow)
    assert len(by_state) == 1
    report, by_state, _ = graded(sandbox, [counting + " + nothing"], [AREA + "\n" + VOLUME], slow)
    assert len(by_state) == 2 and outcomes(report)[0] is Outcome.PASSED


def test_threads_before_the_answer_mean_that_cells_are_executed_afresh(sandbox: Sandbox) -> None:
    """No state with threads can be copied, so the cells up to the answer are executed once more for it."""
    thread = LATER["a thread"]
    report, _, _ = graded(sandbox, [thread, *WHOLE], ["def multiply(a, b):\n    return a + b"])
    assert outcomes(report) == [Outcome.PASSED] * 3


def test_snapshots_go_before_anything_is_cut_for_its_memory(sandbox: Sandbox) -> None:
    """A notebook that holds much twice, but never at a time, is not cut; its state is executed again when needed."""
    limits = replace(LIMITS, memory_mb=400)
    section = ["held = bytearray(250 << 20)", *WHOLE]
    later = ["del held, multiply", "import time\nheld = bytearray(250 << 20)\nuntil = time.time() + 1.5"]
    later += ["while time.time() < until:\n    pass"]
    report, _, attempt = graded(sandbox, section, later, limits)
    assert [cell.outcome for cell in attempt.cells] == [Outcome.PASSED] * 7
    assert outcomes(report) == [Outcome.PASSED] * 3


def test_snapshots_are_not_the_student_s_processes(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many wait, a cell may start as many processes as before."""
    seen = []
    look = Budget.look

    def noting(self: Budget) -> None:
        seen.append(self.tree.usage().processes)
        look(self)

    monkeypatch.setattr(Budget, "look", noting)
    cells = [ExecCell(n, None, "import time; time.sleep(0.2)") for n in range(6)]
    with sandbox.attempt(cells, 0, LIMITS, stops=range(6)) as attempt:
        assert all(cell.outcome is Outcome.PASSED for cell in attempt.cells)
        assert attempt.execute().drop_snapshots()
    assert max(seen) <= 3  # the first process, the main one, and for a moment the copy that has just been made


@pytest.mark.parametrize("stops", [(), (0,), (1, 2), (0, 1, 2, 3)])
def test_a_session_may_be_opened_on_any_state(stops: Collection[int], sandbox: Sandbox) -> None:
    """Those that are kept, and those that have to be executed again."""
    cells = [ExecCell(n, None, f"n = {n + 1}") for n in range(3)]
    with sandbox.attempt([ExecCell(9, None, "n = 0"), *cells], 0, LIMITS, stops) as attempt:
        for executed in (2, 0, 4, 1, 3, 1):
            with attempt.session(executed=executed) as session:
                assert session.value("n") == executed - 1 if executed else not session.defines("n")


def test_a_snapshot_that_goes_while_it_is_copied_costs_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory may run short at any look, also at one that waits for a snapshot's own reply."""

    monkeypatch.setattr(question, "trains", True)  # else it is the final state that is copied
    fork, forks = AttemptProcess.fork, []

    def relieved(self: AttemptProcess, executed: int, *args: Any, **options: Any) -> Any:
        forks.append(self.keeps(executed) and executed != self.executed)
        with monkeypatch.context() as patch:
            patch.setattr("graders.sandbox.host.connection.LOOK_EVERY", 0.0)
            patch.setattr(Budget, "look", lambda budget: budget.relieve())
            return fork(self, executed, *args, **options)

    monkeypatch.setattr(AttemptProcess, "fork", relieved)
    report, _, attempt = graded(sandbox, WHOLE, ["pass"])
    assert forks[0], "no snapshot was copied"
    assert outcomes(report) == [Outcome.PASSED] * 3
    assert [cell.outcome for cell in attempt.cells] == [Outcome.PASSED] * 4


def test_what_fails_in_a_shared_session_is_run_alone(sandbox: Sandbox) -> None:
    """An answer that works once in a process passes however many questions have asked before; a wrong one fails."""
    once = "asked = []\ndef area(a, b):\n    asked.append(1)\n    return a * b if len(asked) == 1 else 0"
    written = ["import torch\n" + once, "def volume(a, b, c):\n    return 0", PRECISE]
    cells = [ExecCell(n, None, source) for n, source in enumerate(written)]
    request = StateRequest({}, {}, 1)
    with sandbox.attempt(cells, 0, LIMITS) as attempt, Sessions(attempt, request) as shared:
        found = [grade_in_states(question, attempt, None, request, REFERENCE, shared)[0] for _ in range(2)]
    alone, _, _ = graded(sandbox, written)
    assert [outcomes(report) for report in found] == [outcomes(alone)] * 2
    assert outcomes(alone) == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
