"""The command line: parses arguments, and turns errors into one sentence and an exit status.

What a command does is imported when it runs: PyTorch takes seconds to load, which `--help` should not cost.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import click

import graders
from graders.errors import GradersError, UsageError
from graders.installed import needed
from graders.report.clean import one_line

WRONG_USAGE, INTERRUPTED = 2, 130
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE, ANY = click.Path(dir_okay=False, path_type=Path), click.Path(path_type=Path)

Command = Callable[..., Any]


def out_option(command: Command) -> Command:
    """Add --out and --database."""
    command = click.option(
        "--database", metavar="URL", envvar="GRADERS_DATABASE", help="An SQLAlchemy URL instead of graders.db in --out."
    )(command)
    return click.option("--out", type=FOLDER, default="reports", show_default=True, help="Where reports go.")(command)


def debug_option(command: Command) -> Command:
    """Add --debug, which `main` looks for itself."""
    return click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")(command)


def assignment_option(command: Command) -> Command:
    """Add --assignment."""
    text = "The assignment; the course's only one where it has one."
    return click.option("--assignment", metavar="ID", help=text, callback=_the_only_one)(command)


def _the_only_one(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    from graders.catalog.course import only_assignment

    return given or only_assignment()


def class_options(command: Command) -> Command:
    """Add what every command about a graded class takes."""
    return assignment_option(out_option(debug_option(command)))


def jobs_option(command: Command) -> Command:
    """Add --jobs."""
    return click.option("--jobs", type=click.IntRange(min=1), help="Worker processes; one a CPU by default.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(graders.__version__, prog_name="graders")
@debug_option
def cli() -> None:
    """Grade deep-learning practicals: student code in a sandbox, verdicts outside it."""


@cli.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=ANY)
@assignment_option
@out_option
@click.option("--profile", help="How thoroughly to train, as assignment.toml names it; its default_profile.")
@jobs_option
@click.option(
    "--runner", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Where to grade."
)
@click.option("--address", metavar="HOST:PORT", help="The Ray cluster's; without it Ray is started on this machine.")
@click.option("--gpus", type=click.FloatRange(min=0), default=0.0, help="The share of a GPU that a Ray job needs.")
@click.option("--data", type=ANY, envvar="GRADERS_DATA", help="Where the data sets are that the profile asks for.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Where models are trained; cpu by default.")
@click.option("--regrade", is_flag=True, help="Grade also what is neither new nor changed.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="What to print.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Grade even where the sandbox's walls do not hold.")
@debug_option
def grade(
    paths: tuple[Path, ...],
    assignment: str,
    out: Path,
    database: str | None,
    profile: str | None,
    jobs: int | None,
    runner: str,
    address: str | None,
    gpus: float,
    data: Path | None,
    device: str | None,
    regrade: bool,
    form: str,
    unsafe_no_sandbox: bool,
) -> int:
    """Grade notebooks, scripts, folders of students and LMS zips; resume what was interrupted."""
    from graders.commands.grade import Elsewhere, grade

    if runner == "local" and (address or gpus):
        raise UsageError("--address and --gpus are for --runner ray.")
    return grade(
        paths,
        assignment=assignment,
        out=out,
        profile=profile,
        jobs=jobs,
        regrade=regrade,
        as_json=form == "json",
        database=database,
        unsafe=unsafe_no_sandbox,
        data=data,
        device=device,
        cluster=Elsewhere(address, gpus) if runner == "ray" else None,
    )


@cli.command()
@debug_option
def doctor() -> int:
    """Try each wall of the sandbox on this machine and say which hold; exit 1 when grading would not be safe."""
    from graders.commands.doctor import doctor

    return doctor()


@cli.command()
@click.argument("notebook", type=ANY)
@click.argument("questions", metavar="[QUESTION]...", nargs=-1)
@debug_option
def check(notebook: Path, questions: tuple[str, ...]) -> int:
    """Run the public checks on your own notebook, in this process."""
    from graders.commands.check import check

    return check(notebook, questions)


@cli.command()
@click.argument("assignment")
@click.option("--course", type=FOLDER, default=".", show_default=True, help="The course's folder, which may be empty.")
@debug_option
def new(assignment: str, course: Path) -> int:
    """Make a small complete assignment to start from."""
    from graders.commands.authors import new

    return new(assignment, course)


@cli.command()
@click.argument("assignment")
@click.option("--out", type=FOLDER, help="Where the release goes; release/ASSIGNMENT by default.")
@debug_option
def release(assignment: str, out: Path | None) -> int:
    """Build what students get: the notebook, its data, and recorded answers to the public checks."""
    from graders.commands.authors import release

    return release(assignment, out or Path("release") / assignment)


@cli.command()
@click.argument("assignment")
@click.argument("questions", metavar="[QUESTION]...", nargs=-1)
@jobs_option
@debug_option
def audit(assignment: str, questions: tuple[str, ...], jobs: int | None) -> int:
    """Grade the graders: the reference, every correct variant, every misconception, every mutant."""
    from graders.commands.authors import audit

    return audit(assignment, questions, jobs)


@cli.command()
@click.argument("assignment")
@click.option("--profile", help="The profile whose training is measured; default_profile of assignment.toml.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where to train.")
@click.option("--seeds", default="10", show_default=True, help="How many, or from which to which (10-19).")
@click.option("--question", "questions", multiple=True, help="Only this question; may be given several times.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Trainings at a time.")
@click.option("--data", type=ANY, envvar="GRADERS_DATA", help="Where the data sets are that the profile asks for.")
@click.option("--to", type=FILE, help="Instead of the reference's own file.")
@debug_option
def calibrate(assignment: str, **options: Any) -> int:
    """Measure what correct solutions reach, from which thresholds are derived; goes on where it stopped."""
    from graders.commands.calibrate import calibrate

    return calibrate(assignment, **options)


@cli.group()
def export() -> None:
    """Give out the marks of a graded class in other forms."""


to_option = click.option("--to", type=FILE, help="The file; standard output by default.")


@export.command("csv")
@class_options
@to_option
def export_csv(**options: Any) -> int:
    """Each student's points as CSV."""
    from graders.commands.export import export_csv

    return export_csv(**options)


@export.command("notebook")
@click.argument("student")
@class_options
@to_option
def export_notebook(**options: Any) -> int:
    """A student's notebook as it was executed, with each question's verdict beside its answer."""
    from graders.commands.export import export_notebook

    return export_notebook(**options)


@export.command("reports")
@class_options
def export_reports(**options: Any) -> int:
    """Write each student's report, the class's page and grades.csv anew, with the marks given since."""
    from graders.commands.export import export_reports

    return export_reports(**options)


@cli.command()
@class_options
@click.option("--everybody", is_flag=True, help="Name every student, not only a few.")
def status(**options: Any) -> int:
    """Say what is still open before marks are final, and with whom."""
    from graders.commands.status import show_status

    return show_status(**options)


@cli.command()
@click.argument("file", type=FILE)
@class_options
def extend(file: Path, assignment: str, out: Path, database: str | None) -> int:
    """Read a CSV (student, due) of who may hand in later; it replaces the one before."""
    from graders.commands.status import extend

    return extend(file=file, assignment=assignment, out=out, database=database)


@cli.command()
@class_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; any free one by default.")
@click.option("--as", "name", envvar="GRADERS_MARKER", help="Who decides, in the record of decisions; you by default.")
@click.option("--browser/--no-browser", default=True, help="Open the pages in a browser.")
def mark(assignment: str, out: Path, database: str | None, port: int, name: str | None, browser: bool) -> int:
    """Mark written answers in a browser on this machine; the link that is printed works once."""
    from graders.commands.mark import mark

    return mark(assignment=assignment, out=out, database=database, port=port, name=name, browser=browser)


@cli.command()
@class_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8009, show_default=True, help="The port to listen on.")
@click.option("--certificate", type=FILE, help="A PEM file, for TLS without proxy.")
@click.option("--key", type=FILE, help="Its private key.")
@click.option("--proxy", metavar="ADDRESS", help="The TLS proxy that hands on what browsers ask; 127.0.0.1, say.")
@click.option("--name", "names", multiple=True, help="A name by which browsers ask; any by default.")
def serve(assignment: str, out: Path, database: str | None, **options: Any) -> int:
    """Serve the marking pages to a team with accounts, behind TLS."""
    from graders.commands.mark import serve

    return serve(assignment=assignment, out=out, database=database, **options)


@cli.group()
def account() -> None:
    """Who may sign in to the pages of graders serve."""


@account.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["instructor", "marker"]), default="marker", show_default=True)
@out_option
@debug_option
def account_add(name: str, role: str, out: Path, database: str | None) -> int:
    """Add an account; the password is asked for, or read from standard input."""
    from graders.commands.accounts import add

    return add(name, role, out=out, database=database)


@account.command("password")
@click.argument("name")
@out_option
@debug_option
def account_password(name: str, out: Path, database: str | None) -> int:
    """Give an account another password, which signs it out everywhere."""
    from graders.commands.accounts import change

    return change(name, out=out, database=database)


@account.command("remove")
@click.argument("name")
@out_option
@debug_option
def account_remove(name: str, out: Path, database: str | None) -> int:
    """Remove an account; what it has decided stays."""
    from graders.commands.accounts import remove

    return remove(name, out=out, database=database)


@account.command("list")
@out_option
@debug_option
def account_list(out: Path, database: str | None) -> int:
    """List the accounts and their roles."""
    from graders.commands.accounts import show

    return show(out=out, database=database)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 done, 1 a fault of ours, 2 wrong usage, 128 + n stopped by signal n."""
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has seen enough
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
