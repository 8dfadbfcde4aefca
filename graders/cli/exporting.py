"""Commands that give out marks and feedback in other systems' forms: `export`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graders.cli.options import FILE, FOLDER, class_options

if TYPE_CHECKING:
    from graders.commands.classroom.export_lms import GradedClass


@click.group()
def export() -> None:
    """Give out the marks of a graded class in other forms."""


to_option = click.option("--to", type=FILE, help="The file; standard output by default.")
to_archive = click.option("--to", type=FILE, required=True, help="The archive.")
to_folder = click.option("--to", type=FOLDER, required=True, help="The folder.")
scale_option = click.option("--scale", is_flag=True, help="Convert points where the maximum there is another.")
worksheet_option = click.option("--worksheet", type=FILE, required=True, help="The grading worksheet from Moodle.")


def lms_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every command takes that matches students."""
    command = click.option("--without", "left_out", multiple=True, metavar="STUDENT", help="Leave a student out.")(
        command
    )
    command = click.option("--roster", type=FILE, help="A class list, to find students by.")(command)
    return class_options(command)


def _chosen(
    assignment: str, out: Path, database: str | None, roster: Path | None = None, left_out: tuple[str, ...] = ()
) -> GradedClass:
    from graders.commands.classroom.export_lms import GradedClass

    return GradedClass(assignment, out, database, roster, left_out)


def _split(options: dict[str, Any]) -> tuple[GradedClass, dict[str, Any]]:
    named = ("assignment", "out", "database", "roster", "left_out")
    return _chosen(**{key: options[key] for key in named}), {k: v for k, v in options.items() if k not in named}


@export.command("csv")
@class_options
@to_option
def export_csv(**options: Any) -> int:
    """Each student's points as CSV."""
    from graders.commands.classroom.export import export_csv

    return export_csv(**options)


@export.command("notebook")
@click.argument("student")
@class_options
@to_option
def export_notebook(**options: Any) -> int:
    """A student's notebook as it was executed, with each question's verdict next to its answer."""
    from graders.commands.classroom.export import export_notebook

    return export_notebook(**options)


@export.command("reports")
@class_options
def export_reports(**options: Any) -> int:
    """Write each student's report, the class's page and grades.csv again, with the marks given since."""
    from graders.commands.classroom.export import export_reports

    return export_reports(**options)


@export.command("moodle")
@lms_options
@worksheet_option
@scale_option
@to_option
def export_moodle(**options: Any) -> int:
    """Fill Moodle's offline grading worksheet; nothing else in it changes."""
    from graders.commands.classroom.export_lms import export_moodle

    chosen, rest = _split(options)
    return export_moodle(chosen, **rest)


@export.command("moodle-feedback")
@lms_options
@worksheet_option
@to_archive
def export_moodle_feedback(**options: Any) -> int:
    """Every student's report as an archive of Moodle's feedback files."""
    from graders.commands.classroom.export_lms import export_moodle_feedback

    chosen, rest = _split(options)
    return export_moodle_feedback(chosen, **rest)


@export.command("canvas")
@lms_options
@click.option("--gradebook", type=FILE, required=True, help="The gradebook exported from Canvas.")
@click.option("--column", metavar="TITLE", help="The assignment's title with its number there, or the number alone.")
@scale_option
@to_option
def export_canvas(**options: Any) -> int:
    """A file for Canvas's import, with the marks that are new."""
    from graders.commands.classroom.export_lms import export_canvas

    chosen, rest = _split(options)
    return export_canvas(chosen, **rest)


@export.command("gradescope")
@lms_options
@to_folder
def export_gradescope(**options: Any) -> int:
    """A results.json for every student, as Gradescope's autograder writes it."""
    from graders.commands.classroom.export_lms import export_gradescope

    chosen, rest = _split(options)
    return export_gradescope(chosen, **rest)


@export.command("nbgrader")
@lms_options
@to_folder
def export_nbgrader(**options: Any) -> int:
    """The table of grades and the folder of feedback, as nbgrader keeps them."""
    from graders.commands.classroom.export_lms import export_nbgrader

    chosen, rest = _split(options)
    return export_nbgrader(chosen, **rest)


@export.command("junit")
@lms_options
@to_option
def export_junit(**options: Any) -> int:
    """JUnit's XML, a case a check, for CI systems."""
    from graders.commands.classroom.export_lms import export_junit

    chosen, rest = _split(options)
    return export_junit(chosen, **rest)
