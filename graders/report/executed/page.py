"""The executed notebook as a part of a page, laid out by nbconvert, and sanitised as all else that is shown.

nbconvert takes most of a second to load, so whatever needs this module loads it when a page is rendered, and only then.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

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


def as_html(report: Report, pictures: Mapping[str, str]) -> Markup:
    """The cells of the executed notebook, each with what it showed, and verdicts after the answers.

    Args:
        pictures: name -> `data:` address of the pictures to which answers point.
    """
    if not report.cells:
        return Markup("")
    notebook = from_dict(executed_notebook(report))
    named = {f"attachment:{name}": address for name, address in pictures.items()}
    body, _ = _exporter().from_notebook_node(notebook, {"pictures": named})
    return with_formulas(laid_out(body, pictures.values()))


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
