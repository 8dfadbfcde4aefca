"""What docs/deploy.md says is run as it stands there: the unit, the proxy, the commands, the container's recipe."""

import getpass
import re
import shlex
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import click
import httpx
import pytest
from live_course import free_port, made, serving
from lti_platform import LTI, FakePlatform
from lti_sites import certificate, platform_site
from web_clients import field

from graders.cli.program import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "docs/deploy.md", ROOT / "docs/lti.md"]
DEPLOY = PAGES[0].read_text("utf-8")
UNIT = re.search(r"```ini\n(.*?)```", DEPLOY, re.DOTALL)[1]  # type: ignore[index]
PROXY = re.search(r"```nginx\n(.*?)```", DEPLOY, re.DOTALL)[1]  # type: ignore[index]
PROGRAM = "/srv/graders/venv/bin/graders"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here to read its unit.")
needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not here: apt-get install nginx-light.")


def what_systemd_says(folder: Path, unit: str) -> str:
    """Its complaints of a unit whose program is here."""
    assert PROGRAM in unit
    (folder / "graders.service").write_text(unit.replace(PROGRAM, "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", str(folder / "graders.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if "graders.service" in line)


@needs_systemd
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Without a complaint; and it would complain."""
    assert what_systemd_says(tmp_path, UNIT) == ""
    assert "KillMood" in what_systemd_says(tmp_path, UNIT.replace("KillMode", "KillMood"))


def commands() -> Iterator[str]:
    """Every command of ours in the pages' blocks, and the one that the unit starts."""
    yield re.search(rf"^ExecStart={PROGRAM} (.*)$", UNIT, re.MULTILINE)[1]  # type: ignore[index]
    for page in PAGES:
        for block in re.findall(r"^```\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            yield from re.findall(r"^graders (.*)$", block, re.MULTILINE)
        yield from re.findall(r"`graders ([a-z][^`]*)`", page.read_text("utf-8"))


@pytest.mark.parametrize("line", sorted({" ".join(line.split()) for line in commands()}))
def test_the_commands_that_are_named_are_commands(line: str) -> None:
    """With options that they have; nothing of them is carried out."""
    command: click.Command = cli
    arguments = [word.strip("[]") for word in shlex.split(line) if "|" not in word]
    names = iter(arguments)
    while isinstance(command, click.Group) and (name := next(names, None)) is not None:
        assert name in command.commands, line
        command = command.commands[name]
    known = {option for one in command.params if isinstance(one, click.Option) for option in one.opts}
    assert {word.partition("=")[0] for word in names if word.startswith("--")} <= known, line


@dataclass(frozen=True)
class Proxied:
    """A server behind nginx; `direct` is its own address, which browsers do not know."""

    base: str
    direct: str
    lms: FakePlatform
    trusted: ssl.SSLContext

    def client(self, address: str = "127.0.0.2") -> httpx.Client:
        """A browser at another address than the proxy's."""
        transport = httpx.HTTPTransport(verify=self.trusted, local_address=address)
        return httpx.Client(base_url=self.base, transport=transport, timeout=30)

    def launch(self, client: httpx.Client) -> httpx.Response:
        """Come from the platform; the page that our server sends the browser to."""
        begin = {"iss": self.lms.issuer, "login_hint": "ana", "target_link_uri": f"{self.base}/lti/launch"}
        there = client.get("/lti/login", params=begin | {"client_id": self.lms.client})
        asked = dict(parse_qsl(urlsplit(there.headers["location"]).query))
        token = self.lms.sign(self.lms.claims(asked["nonce"], **{LTI + "custom": {"assignment": "demo"}}))
        foreign = {"Origin": self.lms.host, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
        return client.post(
            urlsplit(asked["redirect_uri"]).path, data={"id_token": token, "state": asked["state"]}, headers=foreign
        )


@contextmanager
def nginx(folder: Path, port: int, behind: int) -> Iterator[None]:
    """The server block of the page, at another port."""
    block = PROXY
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/letsencrypt/live/graders.example.org/fullchain.pem", str(folder / "cert.pem")),
        ("/etc/letsencrypt/live/graders.example.org/privkey.pem", str(folder / "key.pem")),
        ("http://127.0.0.1:8009", f"http://127.0.0.1:{behind}"),
    ):
        assert block.count(old) == 1, old
        block = block.replace(old, new)
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    places += f"client_body_temp_path {folder}/body; access_log off;"
    settings = f"daemon off; user {getpass.getuser()}; pid {folder}/nginx.pid; events {{}} http {{ {places} {block} }}"
    (folder / "nginx.conf").write_text(settings)
    command = ["nginx", "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """A served course behind nginx, with a platform that may launch it."""
    folder = tmp_path_factory.mktemp("proxied")
    lms, context = FakePlatform(), certificate(folder)
    port, behind, at = free_port(), free_port(), free_port()
    lms.host = lms.issuer = f"https://localhost:{at}"
    base, trusted = f"https://127.0.0.1:{port}", ssl.create_default_context(cafile=folder / "cert.pem")
    made(folder, lms.platform())
    options = ["--proxy", "127.0.0.1", "--url", base, "--jobs", "0"]
    with (
        platform_site(lms, base, context, {}, at),
        serving(folder, behind, *options, REQUESTS_CA_BUNDLE=str(folder / "cert.pem")),
        nginx(folder, port, behind),
    ):
        made_ = Proxied(base, f"http://127.0.0.1:{behind}", lms, trusted)
        with httpx.Client(transport=httpx.HTTPTransport(verify=trusted, retries=5)) as client:
            assert client.get(f"{base}/login").status_code == 200
        yield made_


@needs_nginx
def test_a_launch_and_an_upload_come_through_the_proxy(proxied: Proxied) -> None:
    """With cookies that come back in a frame; the place in the queue is live; too large a file gets our sentence."""
    with proxied.client() as ana:
        came = proxied.launch(ana)
        assert came.status_code == 303 and "Strict-Transport-Security" in came.headers, came.text
        session = next(c for c in came.headers.get_list("set-cookie") if "session" in c)
        assert session.startswith("__Host-") and "SameSite=None; Secure; Partitioned" in session
        page = ana.get("/submit/demo")
        form = {"_csrf_token": field(page.text, "_csrf_token")}
        large = {"file": ("demo.ipynb", bytes(21 << 20), "application/octet-stream")}
        refused = ana.post("/submit/demo", data=form, files=large)
        assert refused.status_code == 400 and "at most 20 MB" in refused.text
        notebook = {"file": ("demo.py", b"# %%\ndef softmax(scores):\n    return scores\n", "text/x-python")}
        taken = ana.post("/submit/demo", data=form, files=notebook, headers={"Origin": proxied.base})
        assert taken.status_code == 303, taken.text
        with ana.stream("GET", "/submit/demo/events?seen=0") as events:
            assert next(line for line in events.iter_lines() if line.startswith("event")) == "event: places"


@needs_nginx
def test_what_is_larger_than_any_notebook_ends_at_the_proxy(proxied: Proxied) -> None:
    """By its length alone, before anything of it is read."""
    address = urlsplit(proxied.base)
    connection = HTTPSConnection(str(address.hostname), address.port, context=proxied.trusted, timeout=30)
    connection.putrequest("POST", "/submit/demo")
    connection.putheader("Content-Length", str(120 << 20))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


@needs_nginx
def test_each_browser_has_its_own_address_behind_the_proxy(proxied: Proxied) -> None:
    """Who tries too often waits, whatever address a browser claims to have, and nobody else does."""
    with proxied.client("127.0.0.3") as eve, proxied.client("127.0.0.4") as ana:
        codes = [eve.get("/open", headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(31)]
        assert codes == [404] * 30 + [429]
        assert ana.get("/open").status_code == 404


@needs_nginx
def test_figures_stay_on_the_machine(proxied: Proxied) -> None:
    """The proxy does not give them out."""
    with proxied.client() as client:
        assert client.get("/metrics").status_code == 404 and client.get("/health").status_code in (200, 503)
    assert "graders_waiting" in httpx.get(f"{proxied.direct}/metrics").text
