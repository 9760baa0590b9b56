"""The nginx site: its own files, on ports of this machine, before a real server."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from deploy import programs
from deploy.front import configure_nginx
from tests.support.hostile import HIGH, HOSTILE, Answer, Headers, comparable
from tests.support.servers import START_S, Process, Site, free_port, is_listening, wait_for

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parent.parent.parent
SITE = ROOT / "deploy" / "nginx"
NAME = "motion.example"
SOCKETS_PER_ADDRESS = 3


@dataclass
class Front:
    """nginx with deploy/nginx/, reached on other ports and by a certificate of our own."""

    http: int
    https: int
    tls: ssl.SSLContext
    log: Path
    process: Process

    def get(
        self,
        path: str,
        *,
        host: str = NAME,
        plain: bool = False,
        hostile: Headers = [],  # noqa: B006
        **headers: str,
    ) -> tuple[http.client.HTTPResponse, bytes]:
        port = self.http if plain else self.https
        with closing(socket.create_connection(("127.0.0.1", port), timeout=START_S)) as raw:
            wire = raw if plain else self.tls.wrap_socket(raw, server_hostname=host)
            lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            wire.sendall("\r\n".join([*lines, ""]).encode())
            wire.sendall(b"".join(b"%b: %b\r\n" % pair for pair in hostile) + b"\r\n")
            response = http.client.HTTPResponse(wire)
            response.begin()
            return response, response.read()


@pytest.fixture(scope="module")
def nginx() -> str:
    found = programs.find_nginx()
    assert found, "These tests need nginx: sudo apt install nginx"
    return found


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, nginx: str) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    site = Site(
        folder,
        env={
            "DJANGO_HTTPS": "on",
            "DJANGO_ALLOWED_HOSTS": NAME,
            "TRUSTED_PROXIES": "127.0.0.1",
            "SOCKETS_PER_ADDRESS": str(SOCKETS_PER_ADDRESS),
        },
    ).setup()
    server, away = site.start_daphne(), free_port()
    ports = {"80": free_port(), "443": free_port(), "8001": server.port, "8002": away}
    conf = install(folder, ports)
    tested = subprocess.run([nginx, "-t", "-c", conf, "-p", folder], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr, tested.stderr
    process = Process([nginx, "-c", str(conf), "-p", str(folder)], {}, folder / "nginx.log")
    wait_for(lambda: is_listening(ports["443"]), "nginx to listen")
    tls = ssl.create_default_context(cafile=folder / "tls" / "fullchain.pem")
    yield Front(ports["80"], ports["443"], tls, folder / "brownian.log", process)
    assert process.stop() == 0
    site.stop()


def install(folder: Path, ports: dict[str, int]) -> Path:
    """What a person does by hand, with other ports and paths; the main configuration."""
    certify(folder / "tls")
    (folder / "snippets").mkdir()
    shutil.copy(SITE / "server.conf", folder / "snippets" / "brownian.conf")
    shutil.copy(SITE / "http.conf", folder / "http.conf")
    late = (SITE / "main.conf").read_text().replace("timeout 10m", "timeout 1s")
    (folder / "main.conf").write_text(late)
    text = (SITE / "site.conf").read_text()
    for port, other in ports.items():
        text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{other}", text)
        text = text.replace(f"127.0.0.1:{port} ", f"127.0.0.1:{other} ")
    text = re.sub(r"listen \[::\].*\n", "", text)
    text = text.replace(f"/etc/letsencrypt/live/{NAME}", str(folder / "tls"))
    text = text.replace("/srv/brownian/static", str(ROOT / "var" / "static"))
    text = text.replace("/var/log/nginx", str(folder))
    text = text.replace("set $brownian_host $host;", f"set $brownian_host $host:{ports['443']};")
    (folder / "site.conf").write_text(text)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr;\n"
        f"include {folder}/main.conf;\n"
        "events {}\n"
        "http {\n"
        "include /etc/nginx/mime.types;\n"
        f"access_log {folder}/access.log;\nerror_log {folder}/error.log;\n"
        f"include {folder}/http.conf;\ninclude {folder}/site.conf;\n"
        "}\n"
    )
    return main


def certify(folder: Path) -> None:
    folder.mkdir()
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)


def test_page_comes_over_tls_with_the_headers_of_django_once(front: Front) -> None:
    response, body = front.get("/")

    assert response.status == 200
    assert b'data-socket="/ws/motions/brownian/"' in body
    for name in ("Strict-Transport-Security", "Content-Security-Policy", "Referrer-Policy"):
        assert len(response.headers.get_all(name) or []) == 1, name
    assert response.headers.get_all("Cache-Control") == ["private, no-store"]
    assert "Secure" in (response.headers.get("Set-Cookie") or "Secure")


def test_plain_http_leads_to_https_at_our_own_name(front: Front) -> None:
    response, _ = front.get("/motions/?a=b", plain=True)

    assert response.status == 301
    assert response.headers["Location"] == f"https://{NAME}/motions/?a=b"


def test_other_names_are_not_answered(front: Front) -> None:
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        front.get("/", plain=True, host="evil.example")
    with pytest.raises(ssl.SSLError):
        front.get("/", host="evil.example")


def test_hashed_files_come_compressed_and_for_ever(front: Front) -> None:
    manifest = json.loads((ROOT / "var" / "static" / "staticfiles.json").read_text())
    hashed = manifest["paths"]["motion/pages/motion-page.js"]

    response, body = front.get(f"/static/{hashed}", Accept_Encoding="gzip")
    plain, _ = front.get("/static/motion/pages/motion-page.js")

    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in response.headers["Content-Type"]
    assert gzip.decompress(body) == (ROOT / "var" / "static" / hashed).read_bytes()
    assert plain.headers["Cache-Control"] == "public, max-age=60"


def test_machines_addresses_are_not_passed_on(front: Front) -> None:
    assert [front.get(path)[0].status for path in ("/metrics", "/readyz")] == [404, 404]
    assert front.get("/healthz")[0].status == 200


def test_access_log_knows_requests_by_our_id_and_no_invitation(front: Front) -> None:
    token = "x" * 22
    response, _ = front.get(f"/join/{token}/?a=secret", Referer=f"https://{NAME}/join/{token}/")
    front.get(f"/join/{token}/", plain=True)

    def read_lines() -> list[str]:
        found = front.log.read_text().splitlines()
        return [line for line in found if '"GET /join/..."' in line]

    tls, plain = wait_for(lambda: read_lines()[1:] and read_lines(), "both lines")
    assert {int(tls.split()[5]), int(plain.split()[5])} == {404, 301}
    assert tls.endswith(response.headers["X-Request-ID"])
    assert token not in front.log.read_text()
    assert "secret" not in front.log.read_text()


def answer(front: Front, path: str, *, host: str = NAME, hostile: Headers = []) -> Answer:  # noqa: B006
    response, body = front.get(path, host=host, hostile=hostile)
    return comparable(path, response.status, response.getheaders(), body)


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/motions/new/", "/join/", "/admin/", "/no", "/healthz"]
)
def test_no_header_of_an_outsider_is_passed_on(front: Front, path: str) -> None:
    """The server is the stock one, which takes the path root from a header."""
    plain = answer(front, path)

    for hostile in (HOSTILE, HIGH):
        assert answer(front, path, hostile=hostile) == plain


@pytest.mark.parametrize(
    "door", ["join", "accounts/password/reset/key", "accounts/confirm-email", "JOIN", "/join"]
)
def test_log_of_nginx_never_has_a_key(front: Front, door: str) -> None:
    """The second server is away, which is an error of each tenth request or so."""
    key = "k" * 22
    address = f"/{door}/{key}/"
    referrer = {"Referer": f"https://{NAME}{address}"}

    for _ in range(4):
        front.get(f"{address}?key={key}", **referrer)
        front.get("/join/", **referrer)
    front.get(address, Content_Length=str(10**9))
    front.get(f"/static/{key}-is-no-file", **referrer)
    front.get(f"{address}?{'long' * 2_200}")
    front.get(address, plain=True)
    with suppress(http.client.RemoteDisconnected, ConnectionResetError):
        front.get(address, plain=True, host="evil.example")

    written = {path.name: path.read_text() for path in front.log.parent.glob("*.log")}
    assert written.keys() >= {"brownian.log", "nginx.log", "error.log"}
    assert [name for name, text in written.items() if f"/{key}" in text or f"={key}" in text] == []
    assert '"502, ' in written["brownian.log"], "the access log says which server failed"


async def test_reload_leaves_no_old_process_behind_its_sockets(front: Front) -> None:
    async with open_socket(front) as ours:
        await ours.recv()

        front.process.popen.send_signal(signal.SIGHUP)

        async with asyncio.timeout(START_S):
            await end_of(ours)


async def end_of(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()


def open_socket(
    front: Front, *, origin: str = "", forwarded_for: str = "", named_port: int = 0
) -> connect:
    """A socket, which names the port in its Host that it is connected to, or another."""
    return connect(
        f"wss://{NAME}:{named_port or front.https}/ws/motions/brownian/",
        host="127.0.0.1",
        port=front.https,
        ssl=front.tls,
        origin=origin or f"https://{NAME}:{front.https}",  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-For": forwarded_for} if forwarded_for else None,
        proxy=None,
    )


async def test_socket_opens_through_it_for_our_own_page_alone(front: Front) -> None:
    async with open_socket(front) as ours:
        assert json.loads(await ours.recv())["type"] == "state"
    for origin in (f"https://{NAME}", f"http://{NAME}:{front.https}", "https://evil.example"):
        with pytest.raises(InvalidStatus, match="403"):
            await open_socket(front, origin=origin)


async def test_port_in_a_host_is_no_visitors_choice(front: Front) -> None:
    """The servers get the port that nginx listens on, so no link in a mail has another."""
    async with open_socket(front, named_port=6666) as ours:
        assert json.loads(await ours.recv())["type"] == "state"


async def test_forged_address_evades_no_limit(front: Front) -> None:
    async with AsyncExitStack() as stack:
        for n in range(SOCKETS_PER_ADDRESS):
            forged = open_socket(front, forwarded_for=f"203.0.113.{n}")
            assert json.loads(await (await stack.enter_async_context(forged)).recv())

        async with open_socket(front, forwarded_for="203.0.113.99") as one_more:
            with pytest.raises(ConnectionClosed):
                await one_more.recv()

    assert one_more.close_code == 4429


def test_server_that_is_away_is_passed_over(front: Front) -> None:
    """The second of the two is not there at all."""
    statuses = {front.get("/join/")[0].status for _ in range(10)}

    assert statuses == {200}


class Answering(ThreadingHTTPServer):
    """A server that answers everything, and remembers the bodies that it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Remembering)
        self.bodies: list[bytes] = []


class Remembering(BaseHTTPRequestHandler):
    server: Answering

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.server.bodies.append(self.rfile.read(length))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@dataclass
class HalfHanging:
    """nginx before a server that answers, and one that is stopped: its connections are taken by the
    kernel, and nobody reads them."""

    url: str
    answering: Answering

    def ask(self, body: bytes | None = None) -> int:
        try:
            with urllib.request.urlopen(self.url, body, timeout=START_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def ask_often(self, bodies: list[bytes | None]) -> list[int]:
        with ThreadPoolExecutor(len(bodies)) as threads:
            return list(threads.map(self.ask, bodies))


@pytest.fixture
def half_hanging(tmp_path: Path) -> Iterator[HalfHanging]:
    answering, port = Answering(), free_port()
    thread = Thread(target=answering.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        ports = [hanging.getsockname()[1], answering.server_port]
        command = configure_nginx(
            tmp_path, host="127.0.0.1", port=port, server_ports=ports, static=ROOT
        )
        conf = tmp_path / "nginx.conf"
        text = conf.read_text()
        assert "read_timeout 8s" in text
        assert "read_timeout 60s" in text
        text = text.replace("read_timeout 8s", "read_timeout 1s")
        conf.write_text(text.replace("read_timeout 60s", "read_timeout 2s"))
        process = Process(command, {}, tmp_path / "nginx.log")
        wait_for(lambda: is_listening(port), "nginx to listen")
        yield HalfHanging(f"http://127.0.0.1:{port}/", answering)
        process.stop()
    answering.shutdown()
    thread.join()
    answering.server_close()


def test_pages_come_from_the_other_server_when_one_hangs(half_hanging: HalfHanging) -> None:
    assert half_hanging.ask_often([None] * 20) == [200] * 20


def test_post_is_never_sent_twice_when_a_server_hangs(half_hanging: HalfHanging) -> None:
    bodies = [b"%d" % n for n in range(8)]

    statuses = half_hanging.ask_often([*bodies])

    done = half_hanging.answering.bodies
    assert sorted(done) == [
        body for body, status in zip(bodies, statuses, strict=True) if status == 200
    ]
    assert set(statuses) == {200, 504}


def test_body_beyond_the_limit_is_refused(front: Front) -> None:
    response, _ = front.get("/accounts/login/", Content_Length=str(10**9))

    assert response.status == 413
