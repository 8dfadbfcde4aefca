"""Commands that run a notebook, or say whether this machine can: `grade`, `check`, `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graders.cli.options import ANY, FILE, assignment_option, debug_option, jobs_option, out_option, runner_options


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=ANY)
@assignment_option
@out_option
@click.option("--profile", help="How thoroughly to train, as assignment.toml names it; its default_profile.")
@jobs_option
@runner_options
@click.option("--data", type=ANY, envvar="GRADERS_DATA", help="Where the data sets are that the profile asks for.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), help="Where models are trained; cpu by default.")
@click.option("--regrade", is_flag=True, help="Grade also what is neither new nor changed.")
@click.option("--format", "form", type=click.Choice(["table", "json", "junit"]), default="table", help="What to print.")
@click.option("--timings", is_flag=True, help="Say where the time went, and write a page of that for each student.")
@click.option("--roster", type=FILE, help="The class list: a CSV, Moodle's worksheet or Canvas's gradebook.")
@click.option("--unsafe-no-sandbox", is_flag=True, help="Grade even where the sandbox's walls do not hold.")
@debug_option
def grade(
    paths: tuple[Path, ...],
    assignment: str,
    out: Path,
    database: str | None,
    profile: str | None,
    jobs: int | None,
    cluster: Any,
    data: Path | None,
    device: str | None,
    regrade: bool,
    form: str,
    timings: bool,
    roster: Path | None,
    unsafe_no_sandbox: bool,
) -> int:
    """Grade notebooks, scripts, folders of students and LMS zips; resume what was interrupted."""
    from graders.commands.grade import grade

    return grade(
        paths,
        assignment=assignment,
        out=out,
        profile=profile,
        jobs=jobs,
        regrade=regrade,
        form=form,
        roster=roster,
        database=database,
        unsafe=unsafe_no_sandbox,
        data=data,
        device=device,
        cluster=cluster,
        timings=timings,
    )


@click.command()
@click.argument("notebook", type=ANY)
@click.argument("questions", metavar="[QUESTION]...", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "junit", "github"]), default="text", help="What to print.")
@debug_option
def check(notebook: Path, questions: tuple[str, ...], form: str) -> int:
    """Run the public checks on your own notebook, in this process."""
    from graders.commands.check import check

    return check(notebook, questions, form)


@click.command()
@debug_option
def doctor() -> int:
    """Try each wall of the sandbox on this machine and say which hold; exit 1 when grading would not be safe."""
    from graders.commands.doctor import doctor

    return doctor()
