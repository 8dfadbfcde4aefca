"""The command line: parses arguments and hands them to `commands`.

What a command does is imported when it runs: PyTorch takes seconds to load, which `--help` should not cost.
"""

from graders.cli.program import cli, main

__all__ = ["cli", "main"]
