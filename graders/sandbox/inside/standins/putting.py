"""Puts functions of ours in the place of a library's."""

from __future__ import annotations

from typing import Any


def put(owner: Any, **names: Any) -> None:
    """Give a module or a class these attributes."""
    for name, value in names.items():
        setattr(owner, name, value)
