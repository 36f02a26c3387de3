"""Who is let in: refusals before anything is sent to a cluster, each in a line."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from jobs.dashboard import jobs_of
from transfer.errors import EnvironmentProblem


@pytest.fixture
def dashboard():
    """A server that answers everything with one status, and what it was asked."""
    servers = []

    def start(status):
        asked = []

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, dict(self.headers)))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_): ...

        server = HTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(autouse=True)
def token(tmp_path, monkeypatch):
    """Where this test's token may lie; there is none."""
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_MODE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "token"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(path))
    return path


def refusal(address, **more):
    with pytest.raises(EnvironmentProblem) as told, jobs_of(address, **more):
        pass
    return str(told.value)


def test_a_cluster_that_accepts_anyone_is_refused_and_is_shown_no_token(dashboard, token):
    token.touch(mode=0o600)
    token.write_text("a" * 64)
    address, asked = dashboard(200)
    assert refusal(address) == (
        f"error[U091]: the cluster at {address} accepts anyone: token authentication is off. "
        "Start it with RAY_AUTH_MODE=token, or pass --insecure"
    )
    assert [path for path, _ in asked] == ["/api/version"]
    assert "a" * 64 not in str(asked)


@pytest.mark.parametrize("status", [401, 403])
def test_where_the_token_is_missing_a_line_says_where_it_goes(dashboard, status):
    address, _ = dashboard(status)
    assert refusal(address).startswith(f"error[U094]: the cluster at {address} wants a token. Put the one")


def test_a_token_that_others_can_read_is_not_used(dashboard, token):
    token.touch()
    token.write_text("a" * 64)
    token.chmod(0o644)
    told = refusal(dashboard(401)[0])
    assert told.startswith(f"error[U098]: {token} can be read by others")
    assert told.endswith(f"chmod 600 {token}")


def test_where_nobody_answers_a_line_says_so():
    assert refusal("http://127.0.0.1:1").startswith("error[U090]: no dashboard at http://127.0.0.1:1")


@pytest.mark.parametrize("address", ["127.0.0.1:8265", "auto", "ray://head:10001", "file:///etc/passwd"])
def test_an_address_of_another_kind_is_refused(address):
    assert refusal(address).startswith(f"error[U090]: {address!r} is no address of a dashboard")
