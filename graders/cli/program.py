"""The whole command line: turns errors into one sentence and an exit status."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from types import TracebackType

import click

import graders
from graders.cli import authors, classroom, exporting, lti, marking, running, uploads
from graders.cli.options import debug_option
from graders.errors import GradersError, UsageError
from graders.installed import needed
from graders.report.clean import one_line

WRONG_USAGE, INTERRUPTED = 2, 130
COLLECT_AFTER = 50_000  # new objects: what a command imports stays, and looking it through costs a tenth of its start


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(graders.__version__, prog_name="graders")
@debug_option
def cli() -> None:
    """Grade deep-learning practicals: student code in a sandbox, verdicts outside it."""


for command in (
    *(running.grade, running.check, running.doctor),
    *(authors.new, authors.audit, authors.release, authors.calibrate, authors.bundle),
    *(classroom.status, classroom.extend, exporting.export),
    *(marking.mark, marking.serve, marking.account, lti.lti),
    *(uploads.work, uploads.forget),
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 done, 1 a fault of ours, 2 wrong usage, 128 + n stopped by signal n."""
    gc.set_threshold(COLLECT_AFTER)
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if not debug:
        sys.excepthook = _apologise
    try:
        status = _run(given)
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        return _complain(f"{error.format_message().rstrip('.')}; see graders --help.", error.exit_code)
    except KeyboardInterrupt:
        return _complain("Stopped; whatever was graded before is kept.", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output has seen enough
        return 0
    except GradersError as error:
        if debug:
            raise
        return _complain(str(error), WRONG_USAGE if isinstance(error, UsageError) else 1)


def _run(arguments: list[str]) -> int:
    """Parse and invoke, without click's own handling of interrupts and closed pipes."""
    try:
        with cli.make_context("graders", arguments) as context, needed(arguments):
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as done:  # after --help and --version
        return done.exit_code


def _complain(sentence: str, status: int) -> int:
    print(one_line(sentence, 4000), file=sys.stderr)
    return status


def _apologise(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What is printed for a fault of ours in place of a traceback."""
    what = " ".join(f"{kind.__name__}: {error}".split())[:300]
    print(f"graders failed for a fault of its own ({what}); run it again with --debug to see where.", file=sys.stderr)
