"""Templates in which whatever is printed is cleaned and escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graders.report.clean import clean


def templates(package: str) -> Environment:
    """The templates of a package, in which whatever is printed is cleaned and escaped."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )


def _finalize(value: Any) -> Any:
    """Every string that a template prints passes here: what is no markup of ours is cleaned, then escaped by Jinja."""
    return clean(str(value)) if isinstance(value, str) and not isinstance(value, Markup) else value
