"""A server on the loopback that speaks S3 (moto), and what may go wrong on the way to it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "5",
}


class Way:
    """Between a client and the server: counts requests, and spoils those that a test has asked it to."""

    def __init__(self, server: Application) -> None:
        self._server = server
        # S3 decides one conditional write after the other; moto looks first and writes then.
        self._one = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.ignores_conditions = False
        self.knows_no_conditions = False
        self.forbids_removal = False
        self.seen: list[tuple[str, str]] = []  # method and path
        self.spoil: Callable[[dict[str, Any]], str | None] = lambda request: None

    def __call__(self, request: dict[str, Any], respond: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append((request["REQUEST_METHOD"], request["PATH_INFO"]))
        if self.ignores_conditions:
            request.pop("HTTP_IF_NONE_MATCH", None)
        if self.knows_no_conditions and "HTTP_IF_NONE_MATCH" in request:
            return _answer(respond, "501 Not Implemented", "NotImplemented")
        if self.forbids_removal and request["REQUEST_METHOD"] == "DELETE":
            return _answer(respond, "403 Forbidden", "AccessDenied")
        match self.spoil(request):
            case None:
                with self._one:
                    return list(self._server(request, respond))
            case "reply lost":
                with self._one:
                    list(self._server(request, lambda *answer: None))
                return _answer(respond, "500 Internal Server Error", "InternalError")
            case "409":
                return _answer(respond, "409 Conflict", "ConditionalRequestConflict")
            case "503":
                return _answer(respond, "503 Slow Down", "SlowDown")
            case "403":
                return _answer(respond, "403 Forbidden", "AccessDenied")
            case "cut off":
                return self._cut_off(request, respond)
            case other:
                raise ValueError(other)

    def _cut_off(self, request: dict[str, Any], respond: Callable[..., Any]) -> Iterator[bytes]:
        body = b"".join(self._server(request, respond))
        yield body[: len(body) // 2]
        raise ConnectionError("the test has cut this body off")


def _answer(respond: Callable[..., Any], status: str, code: str) -> list[bytes]:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>as a test wants it</Message></Error>".encode()
    respond(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
    return [body]


@contextmanager
def served() -> Iterator[tuple[str, Way]]:
    """The address of a server, and the way to it."""
    way = Way(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, way, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", way
    finally:
        server.shutdown()
        thread.join()
