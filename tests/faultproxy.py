"""An HTTP proxy before a real server that spoils the requests that a test chooses, and counts all of them."""

import http.client
import os
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_PIECE_BYTES = 16 << 10
_NOT_RELAYED = {"connection", "content-length", "transfer-encoding"}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer of the proxy's own; `when_done`: after the server has done what was asked."""

    status: int
    body: bytes = b""
    date: str = ""
    location: str = ""
    when_done: bool = False


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The connection ends after so many bytes of the answer's body, with a reset or politely."""

    after_bytes: int
    reset: bool = False


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A bit of the byte `at` is flipped in the answer's body, or in the request's."""

    at: int
    in_request: bool = False


@dataclass(frozen=True, kw_only=True)
class Slow:
    """The answer's body comes in pieces of 16 KiB, with a pause before each."""

    pause_s: float


@dataclass(frozen=True, kw_only=True)
class Hang:
    """No answer until the proxy ends."""


@dataclass(frozen=True, kw_only=True)
class Pass:
    """No fault, for what comes before the request that is meant."""


Fault = Answer | Cut | Flip | Slow | Hang | Pass


class FaultProxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint = f"http://127.0.0.1:{self.server_port}"
        self.upstream_port = upstream_port
        self.ended = threading.Event()
        self.num_connections = 0
        self._requests: list[str] = []
        self._plan: deque[tuple[str, Fault]] = deque()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ended.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    def spoil(self, fault: Fault, *, method: str = "", times: int = 1) -> None:
        """The next requests, or the next with this method, after those planned before."""
        with self._lock:
            self._plan.extend([(method, fault)] * times)

    def count(self, method: str) -> int:
        with self._lock:
            return self._requests.count(method)

    def take(self, method: str) -> Fault | None:
        with self._lock:
            self._requests.append(method)
            if self._plan and self._plan[0][0] in {"", method}:
                return self._plan.popleft()[1]
            return None

    def verify_request(self, request: object, client_address: object) -> bool:
        self.num_connections += 1
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Silence: connections that break are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FaultProxy

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.server.take(self.command)
        match fault:
            case Hang():
                self.server.ended.wait()
                self.close_connection = True
                return
            case Flip(in_request=True):
                body = _flipped(body, fault.at)
            case Answer(when_done=False):
                self._answer(fault)
                return
        response, data = self._forward(body)
        if isinstance(fault, Answer):
            self._answer(fault)
        else:
            self._relay(response, data, fault)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silence."""

    def _answer(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", answer.date or self.date_time_string())
        if answer.location:
            self.send_header("Location", answer.location)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _forward(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body or None)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        return response, data

    def _relay(self, response: http.client.HTTPResponse, data: bytes, fault: Fault | None) -> None:
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _NOT_RELAYED:
                self.send_header(name, value)
        self.send_header("Content-Length", response.getheader("content-length", str(len(data))))
        self.end_headers()
        match fault:
            case Cut():
                self._cut(data[: fault.after_bytes], reset=fault.reset)
            case Slow():
                for start in range(0, len(data), _PIECE_BYTES):
                    time.sleep(fault.pause_s)
                    self.wfile.write(data[start : start + _PIECE_BYTES])
            case Flip(in_request=False):
                self.wfile.write(_flipped(data, fault.at))
            case _:
                self.wfile.write(data)

    def _cut(self, data: bytes, *, reset: bool) -> None:
        self.wfile.write(data)
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            os.close(self.connection.detach())


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
