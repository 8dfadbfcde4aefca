"""Brightspace's (D2L's) download: folders called `<number>-<number> - <name> - <date>`, or files whose names begin so.

The two numbers and the name stay the same from attempt to attempt; the date has a month in words, and a time without
its zone and without a colon: `Nov 3, 2026 1230 PM`, `3 November, 2026 1230`. An `index.html` lies next to it all.
"""

from __future__ import annotations

import re

from graders.intake.choosing import Work
from graders.intake.plan import NamedStudent, Plan
from graders.intake.top import Top, add_folder, add_stray
from graders.notebooks.endings import is_work

WHO = r"^(?P<numbers>\d+-\d+) ?- ?(?P<name>.+?) ?- ?(?P<date>[^-]*\b\d{4},? [^-\d]*\d{1,2} ?[:.h]? ?\d\d(?: ?[AP]M)?)"
FOLDER = re.compile(rf"{WHO}$", re.IGNORECASE)
FILE = re.compile(rf"{WHO} ?- ?(?P<file>.+)$", re.IGNORECASE | re.DOTALL)
DAY = re.compile(r"(?P<day>\b\d{1,2}\b).*?\b(?P<year>\d{4})\b")
TIME = re.compile(r"(?P<hour>\d{1,2}) ?[:.h]? ?(?P<minute>\d\d)(?: ?(?P<half>[AP])M)?$", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]{3,}")
MONTHS = {  # by how they begin in English, German, French, Spanish, Dutch, Italian and Portuguese
    name: number
    for number, names in enumerate(
        (
            *("jan ene gen", "feb fév fev", "mar mär maa mrt", "apr avr abr", "may mai mei mag", "jun juin giu"),
            *("jul juil lug", "aug aoû ago", "sep set", "oct okt out ott", "nov", "dec dez déc dic"),
        ),
        start=1,
    )
    for name in names.split()
}


def named(top: Top) -> int:
    """How many folders and files are called as Brightspace does."""
    return sum(FOLDER.match(name) is not None for name in top.folders) + sum(
        FILE.match(file.name) is not None for file in top.files
    )


def read(top: Top, plan: Plan) -> None:
    """Who handed in what, each attempt by itself; other folders are students' as well."""
    for name, inside in top.folders.items():
        if found := FOLDER.match(name):
            for path, file in inside:
                _add(found, Work(file, path), plan)
        else:
            add_folder(name, NamedStudent(name, name), inside, top.assignment, plan)
    for file in top.files:
        if found := FILE.match(file.name):
            _add(found, Work(file, (found["file"],)), plan)
        elif is_work(file.name):
            add_stray(file, "Brightspace", plan)


def _add(found: re.Match[str], work: Work, plan: Plan) -> None:
    order = moment(found["date"])
    who = f"{found['numbers']} {found['name']}" + ("" if order else f" {found['date']}")  # unread, nothing is newest
    person = NamedStudent(found["name"], f"brightspace {who}", sure=True)
    place = f"{found['numbers']} - {found['name']} - {found['date']} (Brightspace)"
    plan.add(place, person, work, order=order)


def moment(date: str) -> str:
    """A date of Brightspace's as `2026-11-03 12:30`; empty where it cannot be read."""
    day, time = DAY.search(date), TIME.search(date)
    words = (word.casefold() for word in WORD.findall(date))
    month = next(
        (MONTHS[begins] for word in words if (begins := word[: 4 if word[:3] == "jui" else 3]) in MONTHS), None
    )
    if not day or not time or not month:
        return ""
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + 12 * (time["half"].upper() == "P")
    return f"{day['year']}-{month:02}-{int(day['day']):02} {hour:02}:{time['minute']}"
