"""What a report page lacks is said in one sentence before anything is graded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graders.cli import main
from graders.errors import UsageError
from graders.report import html, trial
from graders.report.html import notebook_pages
from graders.report.trial import refuse_without_pages

ROOT = Path(__file__).parents[2]
PACKAGES = ("nbconvert.exporters.templateexporter", "nbconvert", "graders.report.executed.page")


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As before any page was made."""
    notebook_pages.cache_clear()
    for name in PACKAGES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return monkeypatch


def test_a_page_can_be_made_here() -> None:
    """Nothing is refused where all is there."""
    refuse_without_pages()


@pytest.mark.parametrize("missing", ["nbconvert", "latex2mathml", "nh3"])
def test_a_missing_package_is_told_before_the_first_student(
    missing: str, unloaded: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence that names it, status 2, no report and no database."""

    def lacking(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    if missing == "nbconvert":
        unloaded.setitem(sys.modules, "nbconvert", None)  # type: ignore[arg-type] # as if it were not installed
        unloaded.delattr("graders.report.executed.page", raising=False)
    else:
        unloaded.setattr(trial, "render_report", lacking)
    notebook = str(ROOT / "submissions/practical09/transposed_weights")
    unloaded.setenv("GRADERS_ROOT", str(ROOT))
    status = main(["grade", notebook, "--assignment", "practical09", "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err.strip()
    notebook_pages.cache_clear()
    assert status == 2 and missing in said and "pip install" in said and len(said.splitlines()) == 1
    assert not list(tmp_path.rglob("*.html")) and not list(tmp_path.rglob("*.db"))


def test_an_installation_that_is_not_whole_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that is broken, or a page without its parts; a fault of ours is not blamed on the installation."""

    def broken(*_: object, **__: object) -> str:
        raise ValueError("a template is broken.")

    monkeypatch.setattr(html, "notebook_pages", broken)
    with pytest.raises(UsageError, match=r"cannot be made here \(ValueError: a template is broken\), so nothing was"):
        refuse_without_pages()
    monkeypatch.setattr(trial, "render_report", lambda report: report)
    with pytest.raises(TypeError):
        refuse_without_pages()
    monkeypatch.setattr(trial, "render_report", lambda *_, **__: "<p>empty</p>")
    with pytest.raises(UsageError, match="lack formulas or the executed notebook"):
        refuse_without_pages()
