"""Commands for those who write assignments: `new`, `audit`, `release`, `calibrate`, `bundle`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import ANY, FILE, FOLDER, Command, assignment_argument, debug_option, jobs_option


@click.command()
@click.argument("assignment")
@click.option("--course", type=FOLDER, default=".", show_default=True, help="The course's folder, which may be empty.")
@debug_option
def new(assignment: str, course: Path) -> int:
    """Make a small complete assignment to start from."""
    from graders.commands.authors.new import new

    return new(assignment, course)


@click.command()
@assignment_argument
@click.option("--out", type=FOLDER, help="Where the release goes; release/ASSIGNMENT by default.")
@debug_option
def release(assignment: str, out: Path | None) -> int:
    """Build what students get: the notebook, its data, and recorded answers to the public checks."""
    from graders.commands.authors.release import release

    return release(assignment, out or Path("release") / assignment)


@click.command()
@assignment_argument
@click.argument("questions", metavar="[QUESTION]...", nargs=-1)
@jobs_option
@debug_option
def audit(assignment: str, questions: tuple[str, ...], jobs: int | None) -> int:
    """Grade the graders: the reference, every correct variant, every misconception, every mutant."""
    from graders.commands.authors.audit import audit

    return audit(assignment, questions, jobs)


@click.command()
@assignment_argument
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
    from graders.commands.authors.calibrate import calibrate

    return calibrate(assignment, **options)


@click.group()
def bundle() -> None:
    """Pack an assignment for somebody else's container, or for GitHub Classroom."""


def bundle_options(command: Command) -> Command:
    """Add what every archive for a container takes."""
    command = click.option("--to", type=FILE, help="The archive; SYSTEM.zip here by default.")(command)
    command = click.option("--profile", help="How thoroughly to train; the assignment's default_profile.")(command)
    command = click.option("--torch-index", metavar="URL", default="", help="Where smaller builds of PyTorch are.")(
        command
    )
    return assignment_argument(debug_option(command))


@bundle.command("gradescope")
@bundle_options
@click.option("--limit", type=click.IntRange(min=1), help="How many submissions a student has graded within --hours.")
@click.option("--hours", type=click.FloatRange(min=0.1), default=24.0, show_default=True, help="See --limit.")
def bundle_gradescope(**options: Any) -> int:
    """An autograder.zip for Gradescope."""
    from graders.commands.authors.bundle import pack

    return pack("gradescope", **options)


@bundle.command("prairielearn")
@bundle_options
def bundle_prairielearn(**options: Any) -> int:
    """The grader of an image for PrairieLearn."""
    from graders.commands.authors.bundle import pack

    return pack("prairielearn", **options)


@bundle.command("coursera")
@bundle_options
def bundle_coursera(**options: Any) -> int:
    """The grader of an image for Coursera."""
    from graders.commands.authors.bundle import pack

    return pack("coursera", **options)


@bundle.command("github")
@assignment_argument
@click.option("--to", type=FOLDER, required=True, help="The folder of the template repository.")
@debug_option
def bundle_github(**options: Any) -> int:
    """A template repository for GitHub Classroom: the release, and a workflow that runs its public checks."""
    from graders.commands.authors.bundle import github

    return github(**options)
