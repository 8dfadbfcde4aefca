"""The executed notebook as a part of a page, laid out by nbconvert, and sanitised as all else that is shown.

nbconvert takes most of a second to load, so whatever needs this module loads it when a page is rendered, and only then.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import PackageLoader
from markupsafe import Markup, escape
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat.notebooknode import from_dict
from traitlets.config import Config

from graders.model import Report
from graders.report.executed.notebook import executed_notebook
from graders.report.formulas import with_formulas
from graders.report.rich_output import laid_out, markdown, python

PRIORITY = ["image/png", "text/html", "text/plain"]  # what `executed_notebook` makes
MOST, LONGEST = 500, 20_000  # cells that are remembered, and characters of one
MARK = secrets.token_hex(16)  # stands before each cell that the template lays out; nobody who writes a cell knows it
_REMEMBERED: dict[str, Markup] = {}


def as_html(report: Report, pictures: Mapping[str, str]) -> Markup:
    """The cells of the executed notebook, each with what it showed, and verdicts after the answers.

    Args:
        pictures: name -> `data:` address of the pictures to which answers point.
    """
    if not report.cells:
        return Markup("")
    notebook = executed_notebook(report)
    return with_formulas(Markup("").join(_cells(notebook, pictures)))


def _cells(notebook: Mapping[str, Any], pictures: Mapping[str, str]) -> list[Markup]:
    """The notebook's cells, laid out; those that are in every notebook are laid out once a process."""
    texts = [json.dumps(cell | {"id": "cell"}) for cell in notebook["cells"]]
    known = {} if pictures else _REMEMBERED
    found = {text: known[text] for text in texts if text in known}
    new = {text: cell for text, cell in zip(texts, notebook["cells"], strict=True) if text not in found}
    found |= zip(new, _laid_out({**notebook, "cells": list(new.values())}, pictures), strict=True)
    if not pictures:
        _remember({text: found[text] for text in new})
    return [found[text] for text in texts]


def _laid_out(notebook: Mapping[str, Any], pictures: Mapping[str, str]) -> Sequence[Markup]:
    """Each cell in the frame of the template, sanitised by itself, so that none can break out of its own."""
    if not notebook["cells"]:
        return ()
    named = {f"attachment:{name}": address for name, address in pictures.items()}
    body, _ = _exporter().from_notebook_node(from_dict(notebook), {"pictures": named, "mark": MARK})
    return [laid_out(part, pictures.values()) for part in body.split(MARK)[1:]]


def _remember(cells: Mapping[str, Markup]) -> None:
    short = {text: cell for text, cell in cells.items() if len(text) + len(cell) < LONGEST}
    if len(_REMEMBERED) + len(short) > MOST:
        _REMEMBERED.clear()
    _REMEMBERED.update(short)


@functools.cache
def _exporter() -> TemplateExporter:
    """nbconvert's exporter for templates, with ours; its HTML exporter parses what it has written once more, slowly."""
    config = Config()
    config.NbConvertBase.display_data_priority = PRIORITY
    config.TemplateExporter.template_name = "base"
    config.TemplateExporter.default_preprocessors = []  # all of them are for other notebooks than those made here
    filters = {
        "our_markdown": lambda text, pictures: str(markdown(str(text), pictures, html=True)),
        "our_python": python,
        "our_escape": lambda text: str(escape(text)),
    }
    loaders = [PackageLoader("graders.report")]
    options = {"template_file": "notebook.html.j2", "extra_loaders": loaders, "filters": filters}
    return TemplateExporter(config=config, **options)  # type: ignore[no-untyped-call]


def warm_up() -> None:
    """Make ready what the first page needs, so that copies of this process need not."""
    _exporter().template  # noqa: B018 - nbconvert loads it when it is asked for
