"""The platform of lti1p3platform, as a server on loopback; a program for an environment of its own.

Messages, tokens, roster and scores go through its classes; what stands here is what it leaves to those who use it: an
HTTP server, and lists in memory. Arguments: our address, and our keys as a JWKS.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.membership import Context
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.oidc_login import OIDCLoginAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from lti1p3platform.score import UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService, NamesRoleProvisioningService

TOOL, KEYS = sys.argv[1], json.loads(Path(sys.argv[2]).read_text("utf-8"))
ROLES = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PEOPLE = [
    {"user_id": "ana", "name": "Ana Silva", "roles": [ROLES + "Learner"]},
    {"user_id": "bea", "name": "Bea Costa", "roles": [ROLES + "Learner"]},
    {"user_id": "tia", "name": "Tia Reis", "roles": [ROLES + "Instructor"]},
]
SCORES, STAMPS = [], {}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORM = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Config(LTI1P3PlatformConfAbstract):
    """One tool."""

    def init_platform_config(self, **_):
        """Register our pages."""
        public = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        made = Registration().set_iss(BASE).set_client_id("client-x").set_deployment_id("dep-1")
        made.set_launch_url(f"{TOOL}/lti/launch").set_deeplink_launch_url(f"{TOOL}/lti/launch")
        made.set_oidc_login_url(f"{TOOL}/lti/login").set_tool_key_set(KEYS)
        made.set_platform_private_key(KEY.private_bytes(serialization.Encoding.PEM, *FORM).decode())
        self._registration = made.set_platform_public_key(KEY.public_key().public_bytes(*public).decode())

    def get_registration_by_params(self, **_):
        """The one."""
        return self._registration


class Came(Request):
    """A request as the package wants it."""

    def build_metadata(self, request):
        """It comes as it is wanted."""
        return request


class Begin(OIDCLoginAbstract):
    """The first step."""

    def set_lti_message_hint(self, **hint):
        """What comes back in the second step."""
        self._lti_message_hint = json.dumps(hint)

    def get_redirect(self, url):
        """Where the browser goes."""
        return {"url": url}


class Message(LTIAdvantageMessageLaunchAbstract):
    """The second step."""

    def prepare_launch(self, preflight_response):
        """Who it is, where, and what services there are."""
        hint = json.loads(preflight_response["lti_message_hint"])
        who = next(one for one in PEOPLE if one["user_id"] == preflight_response["login_hint"])
        self.set_user_data(who["user_id"], who["roles"], full_name=who["name"])
        self.set_launch_context_claim("c1", context_title="Deep learning")
        self.set_custom_parameters_claim({"assignment": "course"})
        self.set_nrps(f"{BASE}/members")
        self.set_ags(f"{BASE}/lines", f"{BASE}/lines/1")
        if hint["picking"]:
            self.set_dl(f"{BASE}/picked", "Pick", accept_types={"ltiResourceLink"}, extra_data={"x": 1})
        else:
            self.set_resource_link_claim("link-1", title="Essays")

    def generate_launch_request(self):
        """Of a link that is there, an ordinary launch."""
        if self._dl is None:
            return super(LTIAdvantageMessageLaunchAbstract, self).generate_launch_request()
        return super().generate_launch_request()

    def render_launch_form(self, launch_data, **_):
        """What the browser sends on."""
        return launch_data


class Roster(NamesRoleProvisioningService):
    """Who is in the course."""

    def get_context_by_id(self):
        """The one course."""
        return Context("c1", "DL", "Deep learning")

    def get_member_data_page(self, **_):
        """Everybody."""
        return {"content": [dict(one) for one in PEOPLE], "has_next": False, "next": None}


class Gradebook(AssignmentsGradesService):
    """One column."""

    def update_score(self, line_item_id, score):
        """Keep a score that is later than the one before."""
        if score["timestamp"] <= STAMPS.get(score["userId"], ""):
            return UpdateScoreStatus.OLD_TIMESTAMP
        STAMPS[score["userId"]] = score["timestamp"]
        SCORES.append([score["userId"], score["scoreGiven"], score["scoreMaximum"], score["gradingProgress"]])
        return UpdateScoreStatus.CREATED

    def _none(self, *_, **__):
        raise NotImplementedError

    find_lineitems = find_lineitem = create_lineitem = update_lineitem = delete_lineitem = get_results = _none


class Pages(BaseHTTPRequestHandler):
    """The server."""

    def do_GET(self):
        """A page, or the roster."""
        path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        came = Came({"method": "GET", "headers": self.headers, "get_data": asked, "form_data": {}})
        if path == "/start":
            login = Begin(came, CONFIG)
            login.set_lti_message_hint(picking=asked.get("message") == "LtiDeepLinkingRequest")
            return self.say(login.initiate_login(asked["user"]))
        if path == "/auth":
            return self.say(Message(came, CONFIG).lti_launch())
        if path == "/members":
            service = Roster(came, CONFIG, f"{BASE}/members")
            return self.answer(service.handle_resp(service.handle_get_members))
        found = {"/keys": CONFIG.get_jwks, "/scores": lambda: SCORES}
        if path == "/picked":
            return self.say(CONFIG.validate_deeplinking_resp(asked))
        return self.say(found[path]())

    def do_POST(self):
        """A token, or a score."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            return self.say(CONFIG.get_access_token(dict(parse_qsl(body))))
        came = Came({"method": "POST", "headers": self.headers, "get_data": {}, "json": json.loads(body)})
        service = Gradebook(came, CONFIG, f"{BASE}/lines", f"{BASE}/lines/1")
        return self.answer(service.handle_resp(service.handle_update_score, line_item_id="1"))

    def answer(self, made):
        """An answer of the package."""
        self.say(made.result, made.code, made.media_type)

    def say(self, body, code=200, kind="application/json"):
        """An answer."""
        said = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        """Nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    BASE = f"http://127.0.0.1:{server.server_port}"
    CONFIG = Config()
    print(json.dumps({"issuer": BASE, "client": "client-x", "login": f"{BASE}/auth", "deployment": "dep-1",
                      "token": f"{BASE}/token", "keys": f"{BASE}/keys"}), flush=True)  # fmt: skip
    server.serve_forever()
