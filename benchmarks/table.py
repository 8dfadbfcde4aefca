"""README's table of what grading costs, made from `results.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- bench: made by make bench -->", "<!-- bench ends -->"


def into_readme(results: Mapping[str, Any], readme: Path) -> None:
    """Put the table where README marks its place."""
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table(results)}\n{END}{after}", "utf-8")


def table(results: Mapping[str, Any]) -> str:
    """The rows as Markdown: seconds a submission, and their ratio to nbgrader's."""
    rows = results["rows"]
    peer = next((row for row in rows if row["what"].startswith("nbgrader")), None)
    lines = [
        "| who grades what | jobs | s a submission | one more: s, CPU s | a class of one | memory | to nbgrader |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        ratio = f"1 / {peer['wall'] / row['wall']:.1f}" if peer and "without" in row["what"] else ""
        lines.append(
            f"| {row['what']} ({row['students']}) | {row['jobs']} | {row['wall']:.2f} | {row['steady_wall']:.2f}, "
            f"{row['steady_cpu']:.2f} | {row['cold']:.1f} s | {row['megabytes']:.0f} MB | {ratio} |"
        )
    lines += [
        "",
        "| students | a second run, s in all | class page, s | database, kB each |",
        "|--:|--:|--:|--:|",
    ]
    for row in results["growth"]:
        lines.append(f"| {row['students']:,} | {row['again_s']:.2f} | {row['page_s']:.2f} | {row['kilobytes']:.1f} |")
    return "\n".join(lines)


def main() -> None:
    """Write README's table from the figures that are kept."""
    here = Path(__file__).parent
    into_readme(json.loads((here / "results.json").read_text()), here.parent / "README.md")


if __name__ == "__main__":
    main()
