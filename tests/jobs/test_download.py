"""A download happens when it is asked for, is checked, and says why it did not happen."""

import hashlib
import io
import tarfile
import threading
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest

from jobs import cli
from jobs.commands.download import _fetch


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """urllib reads the environment once in a process and not again."""
    monkeypatch.setattr("urllib.request._opener", None)


@pytest.fixture
def server(tmp_path):
    """An address from which the files of a folder are served."""
    (tmp_path / "served").mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    with HTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield tmp_path / "served", f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()


def test_what_is_fetched_is_unpacked_by_name_and_held_against_its_digest(server, tmp_path, monkeypatch):
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    folder, address = server
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("inside/batch", "inside/html", "../escaped"):
            entry = tarfile.TarInfo(name)
            entry.size = 3
            archive.addfile(entry, io.BytesIO(b"abc"))
    (folder / "a.tar.gz").write_bytes(packed.getvalue())

    class Kind:
        url, filename, base_folder = f"{address}a.tar.gz", "a.tar.gz", "inside"
        tgz_md5 = hashlib.md5(packed.getvalue()).hexdigest()
        train_list, test_list = [["batch", ""]], []

    place = tmp_path / "data"
    assert _fetch(Kind, place) == place / "inside"
    assert [file.name for file in place.rglob("*") if file.is_file()] == ["batch"]
    assert not (tmp_path / "escaped").exists()
    Kind.tgz_md5 = "0" * 32
    with pytest.raises(RuntimeError, match="corrupted"):
        _fetch(Kind, tmp_path / "other")


@pytest.mark.parametrize("name", ["cifar10", "fashion_mnist"])
def test_without_a_network_one_line_says_so(name, tmp_path, monkeypatch, capsys):
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with pytest.raises(SystemExit) as ended:
        cli.main(["download", name, "--to", str(tmp_path)])
    assert ended.value.code == 4
    assert capsys.readouterr().err == (
        f"error[D042]: {name} could not be downloaded to {tmp_path}: [Errno 111] Connection refused. "
        "Bring the files there by hand, or set TRANSFER_DATA\n"
    )


def test_a_name_that_cannot_be_downloaded_is_told_with_those_that_can(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["download", "cifar"])
    assert ended.value.code == 2
    assert "Did you mean 'cifar10'? Known: cifar10, fashion_mnist, kmnist." in capsys.readouterr().err
