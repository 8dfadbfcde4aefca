"""The students' notebook is a valid, complete nbgrader notebook that agrees with the reference."""

import ast
import re
import runpy
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assignments" / "practical09"
REFERENCE = ROOT / "reference" / "practical09"
SETTINGS = tomllib.loads((FOLDER / "assignment.toml").read_text("utf-8"))
QUESTIONS = SETTINGS["questions"]
WRITTEN = {"equations", "sampling_discussion", "sentiment_discussion"}
NOTEBOOK_ONLY = {"plt", "contextmanager", "experiment", "self_check"}

Cell = nbformat.NotebookNode


def read() -> Cell:
    """The release notebook."""
    return nbformat.read(FOLDER / "practical09.ipynb", as_version=4)


NOTEBOOK = read()
CODE = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
ANSWERS = {c.metadata.nbgrader.grade_id: c for c in NOTEBOOK.cells if c.metadata.get("nbgrader", {}).get("solution")}


def tagged(cell: Cell, tag: str) -> bool:
    """Whether a cell bears a tag."""
    return tag in cell.metadata.get("tags", [])


def functions(source: str) -> dict[str, ast.FunctionDef]:
    """Every function of a module, methods as `Class.method`."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{item.name}": item for item in node.body if isinstance(item, ast.FunctionDef)}
    return found


def signature(function: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """A function's argument names and the source of their defaults, without annotations."""
    assert not (function.args.vararg or function.args.kwarg or function.args.kwonlyargs or function.args.posonlyargs)
    return [arg.arg for arg in function.args.args], [ast.unparse(default) for default in function.args.defaults]


def run(cells: list[Cell], namespace: dict[str, Any]) -> dict[str, Any]:
    """Execute code cells one after the other in a namespace."""
    for cell in cells:
        exec(compile(cell.source, cell.id, "exec"), namespace)
    return namespace


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Runs start in the assignment's folder and draw nothing; the questions that were self-checked are collected."""
    import matplotlib.pyplot as plt

    matplotlib.use("Agg")
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    asked: list[str] = []
    monkeypatch.setattr("graders.check", asked.append, raising=False)
    yield asked
    plt.close("all")


def solved() -> list[Cell]:
    """The code cells with the reference's code in the answer cells, and short training."""
    cells = [nbformat.from_dict(cell) for cell in CODE]
    for cell in cells:
        question = cell.metadata.nbgrader.grade_id
        if question in QUESTIONS:
            cell.source = re.sub(r"from \.\w+ import .*", "", (REFERENCE / f"{question}.py").read_text("utf-8"))
        elif tagged(cell, "parameters"):
            cell.source += "\nN_EPOCHS, HIDDEN, IMDB_EPOCHS, EMBEDDING_DIM, RNN_HIDDEN = 60, 8, 1, 4, 4"
    return cells


def test_is_a_valid_notebook() -> None:
    """It follows nbformat 4.5, with cell ids, and holds no outputs."""
    nbformat.validate(NOTEBOOK)
    assert (NOTEBOOK.nbformat, NOTEBOOK.nbformat_minor) == (4, 5)
    assert all(not cell.outputs and cell.execution_count is None for cell in CODE)


def test_nbgrader_metadata_is_valid() -> None:
    """Every cell that nbgrader knows has the fields of its schema, version 3, and an id of its own."""
    seen = set()
    for cell in NOTEBOOK.cells:
        meta = cell.metadata.get("nbgrader")
        if meta is None:
            assert cell.cell_type == "markdown", f"{cell.id}: a code cell that is neither locked nor an answer"
            continue
        assert set(meta) == {"schema_version", "grade_id", "grade", "solution", "locked", "task"} | (
            {"points"} if meta.grade else set()
        )
        assert meta.schema_version == 3 and meta.task is False
        assert all(type(meta[key]) is bool for key in ("grade", "solution", "locked"))
        assert (meta.grade, meta.solution, meta.locked) in [(True, True, False), (False, False, True)]
        assert re.fullmatch(r"[a-zA-Z0-9_\-]+", meta.grade_id) and meta.grade_id not in seen
        seen.add(meta.grade_id)


def test_every_question_has_its_answer_cell() -> None:
    """One answer cell a question, in the order of assignment.toml and with its marks, which add up to 20."""
    assert {question: cell.metadata.nbgrader.points for question, cell in ANSWERS.items()} == QUESTIONS
    assert list(ANSWERS) == list(QUESTIONS)
    assert sum(QUESTIONS.values()) == 20
    assert {question for question, cell in ANSWERS.items() if cell.cell_type == "markdown"} == WRITTEN


def test_every_question_is_posed_with_its_marks() -> None:
    """Each question has a numbered heading, its marks and its time, and a row in the overview."""
    headings = [cell.source for cell in NOTEBOOK.cells if re.match(r"## \d+\. ", cell.source)]
    assert len(headings) == len(QUESTIONS)
    overview = NOTEBOOK.cells[0].source
    for number, (text, marks) in enumerate(zip(headings, QUESTIONS.values(), strict=True), start=1):
        title = text.splitlines()[0].removeprefix(f"## {number}. ")
        assert re.search(rf"\*{marks} marks?, about \d+ minutes", text), title
        row = next(line for line in overview.splitlines() if line.startswith(f"| {number} |"))
        assert f"[{title}](#{number}.-{title.replace(' ', '-')})" in row and f"| {marks} |" in row


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question not in WRITTEN | {"by_hand"}])
def test_stubs_have_the_reference_signatures(question: str) -> None:
    """A stub asks for the same functions, arguments and defaults as the reference, and documents each."""
    stubs = functions(ANSWERS[question].source)
    reference = functions((REFERENCE / f"{question}.py").read_text("utf-8"))
    assert stubs
    for name, stub in stubs.items():
        assert signature(stub) == signature(reference[name]), name
        assert ast.get_docstring(stub) or name.endswith("__init__"), name


def test_provided_cells_define_what_the_reference_is_given(checked: list[str]) -> None:
    """The locked cells define the names of provided.py, with the same values, and the notebook's own helpers."""
    cells = [c for c in CODE if c.metadata.nbgrader.locked and not tagged(c, "experiment")]
    notebook = run(cells, {"__name__": "__main__"})
    reference = runpy.run_path(str(REFERENCE / "provided.py"))
    names = {name for name in reference if not name.startswith("__")}
    assert {name for name in notebook if not name.startswith("__")} == names | NOTEBOOK_ONLY
    for name in names - {"DATA", "DEVICE"}:
        if not callable(reference[name]):
            assert repr(notebook[name]) == repr(reference[name]), name


def test_provided_functions_are_the_reference_functions() -> None:
    """Every function of provided.py stands in a locked cell, word for word."""
    locked = "\n\n\n".join(c.source for c in CODE if c.metadata.nbgrader.locked)
    notebook, reference = functions(locked), functions((REFERENCE / "provided.py").read_text("utf-8"))
    for name, function in reference.items():
        assert ast.dump(notebook[name]) == ast.dump(function), name


def test_parameters_can_be_overridden() -> None:
    """One cell is tagged `parameters`; it assigns plain names, and every profile's parameters are among them."""
    (cell,) = [cell for cell in CODE if tagged(cell, "parameters")]
    assigned = {node.targets[0].id for node in ast.parse(cell.source).body}
    for profile in ("quick", "full"):
        assert set(SETTINGS["profiles"][profile]["parameters"]) <= assigned
    assert "N_EPOCHS = 1000" in cell.source and "LEARNING_RATE = 0.0005" in cell.source


def test_experiments_are_locked_and_answers_do_not_need_them(checked: list[str]) -> None:
    """Grading skips the experiments: all other cells run without them, on the stubs and on the reference's code."""
    for cells in (CODE, solved()):
        assert all(cell.metadata.nbgrader.locked for cell in cells if tagged(cell, "experiment"))
        run([cell for cell in cells if not tagged(cell, "experiment")], {"__name__": "__main__"})


def test_an_untouched_notebook_says_what_is_missing(checked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Run from top to bottom, the release raises nothing and names each thing that is still to be written."""
    run(CODE, {"__name__": "__main__"})
    said = capsys.readouterr().out
    for name in ("rnn_forward", "RNN.forward", "train", "generate", "SentimentRNN", "SentimentLSTM"):
        assert f"Not yet: {name} is to be written" in said
    assert said.count("to be filled in") == 5
    assert "The reviews are not in the folder 'data'" in said
    assert checked == [question for question in QUESTIONS if question not in WRITTEN]


def test_a_solved_notebook_runs(
    checked: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reference's answers and a few reviews, every experiment runs and nothing is reported missing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "names.txt").write_bytes((FOLDER / "data" / "names.txt").read_bytes())
    for split in ("train", "test"):
        for number, (kind, text) in enumerate([("pos", "good film"), ("neg", "a bad one")] * 4):
            path = tmp_path / "data" / "aclImdb" / split / kind / f"{number}_5.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    namespace = run(solved(), {"__name__": "__main__"})
    said = capsys.readouterr().out
    assert "Not yet" not in said and "to be filled in" not in said
    assert len(namespace["losses"]) == 60 and set(namespace["sentiment_losses"]) == {"RNN", "bidirectional LSTM"}
    assert said.count("accuracy on 8 test reviews") == 2
    assert "200 names for each k" in said


def test_figures_are_in_the_notebook_with_words_for_those_who_cannot_see_them() -> None:
    """Each figure is part of the notebook file and has a text in its place; its drawing lies in figures/."""
    pictures = [re.search(r'<img alt="([^"]{20,})" width="\d+" src="data:image/png;base64,', c.source)
                for c in NOTEBOOK.cells if "<img" in c.source]  # fmt: skip
    assert all(pictures) and len(pictures) == len(list((FOLDER / "figures").glob("*.svg"))) == 4
