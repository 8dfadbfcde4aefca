"""Two sites on loopback, by names of their own and TLS: our pages, and a platform that shows them in a frame."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from lti_platform import LTI, FakePlatform

LMS, TOOL = "lms.test", "tool.test"  # two sites: cookies of one are foreign to the other
RULES = f"--host-resolver-rules=MAP {LMS} 127.0.0.1, MAP {TOOL} 127.0.0.1"
NO_FOREIGN_COOKIES = "--test-third-party-cookie-phaseout"  # as browsers do, but for those that are kept apart by site


def certificate(folder: Path) -> ssl.SSLContext:
    """TLS for both names, by a certificate that nobody has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now,
                                   now + datetime.timedelta(days=1))  # fmt: skip
    hosts = [x509.DNSName(host) for host in (LMS, TOOL, "localhost")]
    names = x509.SubjectAlternativeName([*hosts, x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(names, False).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@contextmanager
def our_site(app: Any, folder: Path) -> Iterator[int]:
    """The application behind TLS; its port."""
    config = uvicorn.Config(
        app, port=0, log_level="error", ssl_keyfile=folder / "key.pem", ssl_certfile=folder / "cert.pem", lifespan="on",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: Any = None) -> None:
        await startup(sockets)
        ready.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(30)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(30)


@contextmanager
def platform_site(
    platform: FakePlatform, tool: str, context: ssl.SSLContext, people: Mapping[str, Mapping[str, Any]], port: int = 0
) -> Iterator[int]:
    """A platform whose page at / shows ours in a frame, as somebody of whom its messages say this; its port.

    Args:
        people: the name by which the page is asked for, `/?as=name` -> what its messages say of them.
    """

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            asked = dict(parse_qsl(where.query))
            if where.path == "/auth":
                said = {**people[asked["login_hint"]], LTI + "target_link_uri": f"{tool}/lti/launch"}
                token = platform.sign(platform.claims(asked["nonce"], **said))
                self.page(form(asked["redirect_uri"], {"id_token": token, "state": asked["state"]}))
                return
            if where.path != "/":
                self.do_POST()
                return
            begin = {"iss": platform.issuer, "client_id": platform.client, "login_hint": asked.get("as", "")}
            src = escape(f"{tool}/lti/login?{urlencode(begin | {'target_link_uri': f'{tool}/lti/launch'})}")
            self.page(f'<h1>A course</h1><iframe src="{src}" width="1000" height="700"></iframe>')

        def do_POST(self) -> None:
            """What our server asks, by the network."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            address = f"{platform.host}{self.path}"
            asked = requests.Request(self.command, address, dict(self.headers), data=body).prepare()
            answer = platform.send(asked, None)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer.content)

        def page(self, body: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!DOCTYPE html><meta charset=utf-8>{body}".encode())

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Pages)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def form(action: str, fields: dict[str, str]) -> str:
    """A form that sends itself."""
    hidden = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in fields.items())
    sends = "<script>document.forms[0].submit()</script>"
    return f'<form method="post" action="{escape(action)}">{hidden}</form>{sends}'
