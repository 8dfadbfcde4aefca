"""Handing in with a browser: live with scripts, by itself without them; nothing that a browser or axe complains of."""

from pathlib import Path

import pytest
from browsing import Watched, chromium
from handing_in import hand_in, listened_to, notebook, served

from graders.queue.rules import Hidden, Stage, UploadRules


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without"])
def test_feedback_comes_by_itself(tmp_path: Path, scripts: bool) -> None:
    """A file is handed in; its place, the public checks and the mark appear on the page that stays open."""
    with served(tmp_path, UploadRules(Hidden.AT_ONCE)) as course, listened_to(course.app) as address:
        ana = course.student("ana")
        with chromium() as browser:
            context = browser.new_context(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
            name = course.app.state.sessions.key
            context.add_cookies([{"name": name, "value": ana.client.cookies[name], "url": address}])
            watched = Watched(context)
            page = watched.page
            page.goto(f"{address}/submit/course")
            file = {"name": "small.ipynb", "mimeType": "application/json", "buffer": notebook()}
            page.set_input_files("#file", file)  # type: ignore[arg-type]
            page.click("form.card button")
            page.wait_for_selector("text=waiting for the grader, which is not running")
            course.jobs.beat([], 2, (Stage.PUBLIC, Stage.WHOLE))
            course.clock.now += 5
            page.wait_for_selector("text=place 1 in the queue")
            course.work(Stage.PUBLIC)
            course.clock.now += 5
            page.wait_for_selector("text=Expected 6, got 5.")
            course.work()
            course.clock.now += 5
            page.wait_for_selector("text=Your mark")
            found = watched.violations() if scripts else []
            page.click("text=The report of attempt 1")
            page.wait_for_selector("text=A hidden word")
            assert found == watched.noted == []
            page.goto(f"{address}/submit/course")
            assert page.text_content("li.card h3") == "Attempt 1 counts"
    assert hand_in(ana, notebook()).status_code == 200
