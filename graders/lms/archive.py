"""Zip archives that come out the same from the same content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
FILE, PROGRAM = 0o100644, 0o100755


def archive(files: Mapping[str, bytes], programs: frozenset[str] = frozenset()) -> bytes:
    """A zip of files by their paths, in their order.

    Args:
        programs: the paths of those that may be executed.
    """
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as made:
        for path, content in files.items():
            about = zipfile.ZipInfo(path, EPOCH)
            about.external_attr = (PROGRAM if path in programs else FILE) << 16
            about.create_system = 3
            about.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(about, content)
    return whole.getvalue()
