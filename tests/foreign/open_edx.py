"""Open edX's own platform (lti-consumer-xblock), as a server on loopback; a program for an environment of its own.

Its models, tokens and gradebook are its own, on SQLite. What stands here starts it, and plays a browser's part of a
launch, for there is no Open edX around it: `/start` begins one, `/auth` answers. Arguments: our address, our key.
"""

import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

TOOL, KEY = sys.argv[1], Path(sys.argv[2]).read_text("utf-8")
COURSE, BLOCK = "course-v1:tests+dl+2026", "block-v1:tests+dl+2026+type@lti_consumer+block@essays"


class Block:
    """The block in a course, which Open edX itself would load: nothing is set on it, and it has no score of its own."""

    def __getattr__(self, name):
        return "" if name.startswith("lti") else None


class Quiet(WSGIRequestHandler):
    """A server that says nothing of requests."""

    def log_message(self, *_):
        """Nothing."""


def main():
    """Serve until somebody ends it; the first line of output says how."""
    folder = tempfile.mkdtemp()
    server = make_server("127.0.0.1", 0, lambda *_: [], handler_class=Quiet)
    base = f"http://127.0.0.1:{server.server_port}"
    settings.configure(
        DEBUG=False, SECRET_KEY="x" * 50, USE_TZ=True, PLATFORM_NAME="tests", LMS_ROOT_URL=base, ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "edx.db")}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites", "waffle",
                        "config_models", "rest_framework", "lti_consumer"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, SITE_ID=1, FEATURES={},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", ROOT_URLCONF=__name__, MIDDLEWARE=[],
        USAGE_ID_PATTERN=r"(?P<usage_id>[^/]+)", TEMPLATES=[],
    )  # fmt: skip
    django.setup()
    call_command("migrate", verbosity=0)
    site(base)
    server.set_app(router(get_wsgi_application(), made(), base))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    sys.stdin.read()


def site(base):
    """The addresses of the package, at the place where it expects itself to be."""
    from django.urls import include, path
    from lti_consumer.plugin import urls

    globals()["urlpatterns"] = [path("api/", include(urls))]
    del base


def made():
    """A tool that an author has set up in a course."""
    from lti_consumer.models import LtiAgsLineItem, LtiConfiguration
    from lti_consumer.plugin import compat
    from opaque_keys.edx.keys import UsageKey

    compat.load_enough_xblock = compat.load_block_as_user = lambda _: Block()
    tool = LtiConfiguration.objects.create(
        location=UsageKey.from_string(BLOCK), version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        lti_1p3_oidc_url=f"{TOOL}/lti/login", lti_1p3_launch_url=f"{TOOL}/lti/launch",
        lti_1p3_redirect_uris=[f"{TOOL}/lti/launch"], lti_advantage_deep_linking_enabled=True,
        lti_advantage_deep_linking_launch_url=f"{TOOL}/lti/launch",
        lti_advantage_ags_mode=LtiConfiguration.LTI_ADVANTAGE_AGS_DECLARATIVE,
    )  # fmt: skip
    tool.refresh_from_db()
    passport = tool.lti_1p3_passport
    passport.lti_1p3_tool_public_key = KEY
    passport.save()
    tool.refresh_from_db()
    LtiAgsLineItem.objects.create(lti_configuration=tool, resource_link_id=tool.location, label="Essays",
                                  score_maximum=3)  # fmt: skip
    return tool


def router(application, tool, base):
    """The package's own application, and a browser's part of a launch."""
    passport = tool.lti_1p3_passport
    print(json.dumps({
        "issuer": base, "client": tool.lti_1p3_client_id, "login": f"{base}/auth", "deployment": "1",
        "token": f"{base}/api/lti_consumer/v1/token/{passport.passport_id}",
        "keys": f"{base}/api/lti_consumer/v1/public_keysets/{passport.passport_id}",
    }), flush=True)  # fmt: skip

    def serve(environ, start):
        asked = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        answers = {"/start": begin, "/auth": answer, "/scores": scores, "/picked": picked}
        found = answers.get(environ["PATH_INFO"])
        if found is None:
            return application(environ, start)
        said = json.dumps(found(tool, asked)).encode()
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(said)))])
        return [said]

    return serve


def begin(tool, asked):
    """Where a click in the course sends the browser."""
    from lti_consumer.data import Lti1p3LaunchData

    data = Lti1p3LaunchData(
        user_id=asked["user"], user_role=asked["role"], config_id=str(tool.config_id), resource_link_id=BLOCK,
        name=asked["name"], context_id=COURSE, context_title="Deep learning", context_type=["course_offering"],
        message_type=asked.get("message", "LtiResourceLinkRequest"),
    )  # fmt: skip
    return {"url": tool.get_lti_consumer().prepare_preflight_url(data)}


def answer(tool, asked):
    """What the platform sends by the browser."""
    from lti_consumer.lti_1p3.constants import LTI_1P3_CONTEXT_TYPE
    from lti_consumer.utils import get_data_from_cache

    data, consumer = get_data_from_cache(asked["lti_message_hint"]), tool.get_lti_consumer()
    consumer.set_user_data(user_id=data.user_id, role=data.user_role, full_name=data.name)
    consumer.set_resource_link_claim(data.resource_link_id)
    consumer.set_launch_presentation_claim(document_target="iframe")
    consumer.set_context_claim(data.context_id, [LTI_1P3_CONTEXT_TYPE.course_offering], data.context_title)
    consumer.set_custom_parameters({"assignment": "course"})
    return consumer.generate_launch_request(asked)


def scores(tool, _):
    """The gradebook."""
    from lti_consumer.models import LtiAgsScore

    rows = LtiAgsScore.objects.filter(line_item__lti_configuration=tool)
    return [[row.user_id, row.score_given, row.score_maximum, row.grading_progress] for row in rows]


def picked(tool, asked):
    """What the platform makes of an answer to deep linking."""
    return tool.get_lti_consumer().check_and_decode_deep_linking_token(asked["JWT"])


if __name__ == "__main__":
    main()
