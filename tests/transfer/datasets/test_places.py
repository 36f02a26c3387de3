"""Where data is looked for, and what comes from the cache."""

import numpy as np

from tests.transfer.datasets.drawn import encoded, load, pixels, refused, table_of


def test_what_is_not_found_is_told_with_the_places_and_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TRANSFER_DATA", str(tmp_path / "data"))
    assert refused("fashion_mnist") == (
        f"error[D042]: fashion_mnist: not found. Looked in {tmp_path}/data (TRANSFER_DATA); {tmp_path}/cache/transfer; "
        "/usr/share/datasets for FashionMNIST/raw, fashion-mnist, fashion_mnist. Get it with `transfer download "
        "fashion_mnist` or `apt install dataset-fashion-mnist`, or set TRANSFER_DATA to the folder that holds "
        "FashionMNIST"
    )
    monkeypatch.delenv("TRANSFER_DATA")
    assert "cache/transfer (TRANSFER_DATA is not set); " in refused("cifar10")
    assert "Looked in /nowhere (the study's path) for " in refused("cifar10", path="/nowhere")


def test_decoded_pictures_come_from_the_cache_until_their_file_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pictures = [pixels(600, 600, 3, seed=one) for one in range(2)]
    path = table_of(tmp_path / "a.parquet", [encoded(one, "BMP") for one in pictures], np.arange(2))
    first = load("parquet", train=path, test=path)[0]
    (kept,) = (tmp_path / "cache/transfer/decoded").iterdir()
    made = kept.stat().st_mtime_ns
    assert np.array_equal(load("parquet", train=path, test=path)[0], first)
    raw = bytearray(kept.read_bytes())
    raw[-1] ^= 1
    kept.write_bytes(raw)
    assert np.array_equal(load("parquet", train=path, test=path)[0], first), "a damaged file is not believed"
    assert kept.stat().st_mtime_ns > made
    table_of(path, [encoded(one, "BMP") for one in pictures[::-1]], np.arange(2))
    assert np.array_equal(load("parquet", train=path, test=path)[0], first[::-1])
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    assert np.array_equal(load("parquet", train=path, test=path)[0], first[::-1])
