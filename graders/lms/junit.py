"""JUnit's XML, which every CI system reads: a suite a student and question, a case a check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as xml

from graders.lms.marks import exact
from graders.model import Outcome, Report, Verdict
from graders.report.clean import clean, one_line

FAILURES = (Outcome.FAILED, Outcome.MISSING)
ERRORS = (Outcome.ERROR, Outcome.TIMEOUT, Outcome.MEMORY, Outcome.INTERNAL)
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def to_junit(reports: Sequence[Report]) -> str:
    """Reports as one XML document; points are properties of each case. It holds nothing that only staff may see."""
    root = xml.Element("testsuites", name="graders")
    for report in reports:
        for question in report.questions:
            name = one_line(f"{report.submission.student}: {question.title}")
            told = [verdict.outcome for verdict in question.verdicts]
            suite = xml.SubElement(root, "testsuite", name=_legal(name))
            counts = {
                "tests": len(told),
                "failures": sum(outcome in FAILURES for outcome in told),
                "errors": sum(outcome in ERRORS for outcome in told),
                "skipped": sum(outcome in (Outcome.SKIPPED, Outcome.PENDING) for outcome in told),
            }
            suite.attrib |= {key: str(value) for key, value in counts.items()}
            suite.set("time", f"{sum(verdict.seconds for verdict in question.verdicts):.3f}")
            if report.submission.received:
                suite.set("timestamp", _legal(report.submission.received))
            for verdict in question.verdicts:
                _case(suite, f"{report.assignment}.{question.id}", verdict)
    xml.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(root, "unicode") + "\n"


def _case(suite: xml.Element, where: str, verdict: Verdict) -> None:
    case = xml.SubElement(suite, "testcase", classname=where, name=_legal(verdict.check), time=f"{verdict.seconds:.3f}")
    properties = xml.SubElement(case, "properties")
    points = "" if verdict.points is None or verdict.pending else f"{exact(verdict.points):f}"
    for name, value in (("points", points), ("possible", f"{exact(verdict.possible):f}"), ("outcome", verdict.outcome)):
        xml.SubElement(properties, "property", name=name, value=value)
    if verdict.outcome is Outcome.PASSED:
        return
    kind = "failure" if verdict.outcome in FAILURES else "error" if verdict.outcome in ERRORS else "skipped"
    found = xml.SubElement(case, kind, message=_legal(one_line(f"{verdict.title} {verdict.message}")))
    if kind != "skipped":
        found.set("type", verdict.outcome)
    found.text = _legal(clean("\n".join(part for part in (verdict.message, verdict.hint or "") if part)))


def _legal(text: str) -> str:
    """Text without what XML cannot hold."""
    return FORBIDDEN.sub("\ufffd", text)
