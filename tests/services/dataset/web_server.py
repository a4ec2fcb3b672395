"""A web server that does as a test says, good or bad, and remembers who asked for what."""

import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread

Reply = Callable[["Handler", int], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "WebServer"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        number = self.server.note(self.path, {name.lower(): value for name, value in self.headers.items()})
        with suppress(ConnectionError):
            self.server.replies.get(path, missing)(self, number)

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **given}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class WebServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, 0), Handler)
        self.replies: dict[str, Reply] = {}
        self.asked: Counter[str] = Counter()
        self.headers: list[Mapping[str, str]] = []
        self.ending = Event()
        self.is_secure = False
        self._lock = Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        scheme = "https" if self.is_secure else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def secure(self, certificate: Path) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.is_secure = True

    def note(self, path: str, headers: Mapping[str, str]) -> int:
        with self._lock:
            self.asked[path] += 1
            self.headers.append(headers)
            return self.asked[path]

    def handle_error(self, *_: object) -> None:
        pass  # clients go away in the middle: that is what is tested


@contextmanager
def web_server(address: str = "127.0.0.1") -> Iterator[WebServer]:
    with WebServer(address) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()


def missing(handler: Handler, _: int) -> None:
    handler.reply(404, b"no such page")


def file(body: bytes, **headers: str) -> Reply:
    return lambda handler, _: handler.reply(200, body, **headers)


def redirect(to: str, status: int = 302) -> Reply:
    return lambda handler, _: handler.reply(status, b"over there", Location=to)


def after(times: int, status: int, then: bytes, **headers: str) -> Reply:
    """Fails so many times, then gives the file."""

    def reply(handler: Handler, number: int) -> None:
        if number <= times:
            handler.reply(status, b"not now", **headers)
        else:
            handler.reply(200, then)

    return reply


def endless(head: bytes) -> Reply:
    def reply(handler: Handler, _: int) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(head)
        while not handler.server.ending.is_set():
            handler.wfile.write(bytes(1 << 16))

    return reply


def dripping(head: bytes) -> Reply:
    """Sends a byte now and then: never silent, never done."""

    def reply(handler: Handler, _: int) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + head)
        while not handler.server.ending.wait(0.05):
            handler.wfile.write(b"x")

    return reply


def dripping_headers(handler: Handler, _: int) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.ending.wait(0.05):
        handler.wfile.write(b"x")


def cut_short(body: bytes) -> Reply:
    def reply(handler: Handler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) // 2])
        handler.close_connection = True

    return reply


def silent(handler: Handler, _: int) -> None:
    handler.server.ending.wait()
    handler.close_connection = True
