"""Grades a class again and again, and is killed at random moments: run by `test_faults`, in a process of its own.

    python power.py FOLDER KILLS

Each time a child of this process grades what is left, in a session of its own; after a random time all its processes
are killed at once. When a class is done and whole, the next one begins. Prints how often something was killed, and what
was wrong, as JSON. Workers are forks of a process that has imported everything, so that no kill is spent on imports.
"""

if __name__ == "__main__":
    import contextlib
    import json
    import multiprocessing
    import os
    import random
    import signal
    import sys
    import time
    from functools import partial
    from pathlib import Path

    from sample_reports import report, submission
    from small_course import course
    from workers import obedient

    from graders.archive.files import are_written, write_all
    from graders.archive.finished import Finished, finish
    from graders.archive.store import open_store
    from graders.report.classroom.page import render_index
    from graders.report.csv import to_csv
    from graders.report.html import render_report
    from graders.report.json import dumps
    from graders.runners.local import grade_class
    from graders.writing import ASIDE, sweep, write

    forks = multiprocessing.get_context("fork")
    vars(multiprocessing)["get_context"] = lambda kind: forks
    STUDENTS = [f"student{number:02d}" for number in range(25)]

    def grade(folder: Path) -> None:
        """What `graders grade` does, with quick workers."""
        sweep(folder / "out" / "practical09")
        with open_store(folder / "out") as store:

            def show(finished: Finished, fresh: bool) -> None:
                if finished.page is None and not are_written(finished, folder / "out"):
                    finished = finish(finished.report)
                if finished.page is not None:
                    print(write_all(finished, folder / "out"), fresh)

            grade_class(
                [submission(student) for student in STUDENTS],
                course(),
                store,
                jobs=2,
                factory=partial(obedient, folder),
                on_report=show,
            )
            reports = store.latest("practical09")
            write(folder / "out" / "practical09" / "grades.csv", to_csv(reports))
            write(folder / "out" / "practical09" / "index.html", render_index(reports))

    def cut(folder: Path, seconds: float) -> bool:
        """Grade in a child for so long; whether it had to be killed."""
        child = os.fork()
        if child == 0:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            grade(folder)
            os._exit(0)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                assert status == 0, status
                return False
            time.sleep(0.002)
        with contextlib.suppress(ProcessLookupError):  # it may not have its own session yet
            os.killpg(child, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True

    def faults(folder: Path) -> list[str]:
        """What is wrong with a class that is said to be done."""
        with open_store(folder / "out") as store:
            kept = {one.submission.student: one for one in store.latest("practical09")}
            secrets = {store.secret()}
            number = len(store.latest("practical09"))
        found = [] if sorted(kept) == STUDENTS and number == len(STUDENTS) else [f"{sorted(kept)} are kept"]
        for student, one in kept.items():
            here = folder / "out" / "practical09" / student
            if (here / "report.json").read_text() != dumps(one, staff=False) or "</html>" not in (
                here / "report.html"
            ).read_text():
                found.append(f"the files of {student} are not whole")
        found += [f"{path} is left over" for path in (folder / "out").glob(f"**/{ASIDE}*")]
        return found + ([] if len(secrets) == 1 else ["the secret changed"])

    def main(folder: Path, kills: int) -> None:
        """Kill so often."""
        with open_store(folder / "warm") as store:  # all that is imported and compiled when it is first needed
            write(folder / "warm" / "grades.csv", to_csv([]))
            write(folder / "warm" / "index.html", render_index([report()]))
            finish(report())
            render_report(report())
            store.secret()
        chance, wrong, killed, classes = random.Random(5), [], 0, 0
        while killed < kills:
            here = folder / str(classes)
            here.mkdir()
            longest = 0.2  # which grows, so that a slow machine gets on, too
            while cut(here, chance.uniform(0, longest) if killed < kills else 600):
                killed, longest = killed + 1, longest * 1.02
            wrong += faults(here)
            classes += 1
        print(json.dumps({"killed": killed, "classes": classes, "wrong": wrong}))

    main(Path(sys.argv[1]), int(sys.argv[2]))
