"""Fetches a data set from where its authors keep it."""

from pathlib import Path
from typing import Annotated, Any

import typer

# How torchvision knows each, and how a study names it afterwards.
KNOWN = {
    "cifar10": ("CIFAR10", "data: cifar10"),
    "fashion_mnist": ("FashionMNIST", "data: fashion_mnist"),
    "kmnist": ("KMNIST", "data: {{name: idx, path: {folder}}}"),
}


def download(
    name: Annotated[str, typer.Argument(metavar="|".join(KNOWN), help="Which data set.")],
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to. [default: $TRANSFER_DATA, else ~/.cache/transfer]")
    ] = None,
) -> None:
    """Download a data set, checked against the digests that torchvision knows. Nothing else ever downloads."""
    from transfer.catalog import did_you_mean
    from transfer.datasets._places import VARIABLE, home
    from transfer.errors import EnvironmentProblem, TransferError

    if name not in KNOWN:
        text = f"no download is called {name!r}.{did_you_mean(name, KNOWN)} Known: {', '.join(KNOWN)}."
        raise TransferError("U089", f"{text} Others: `transfer list datasets` shows what reads them")
    from torchvision import datasets

    kind, use = KNOWN[name]
    place = to or home()
    try:
        folder = _fetch(getattr(datasets, kind), place)
    except (OSError, RuntimeError) as problem:  # no network, no such server any more, other bytes, no space
        why = str(getattr(problem, "reason", problem)).strip().splitlines()[-1]
        text = f"{name} could not be downloaded to {place}: {why}"
        raise EnvironmentProblem("D042", f"{text}. Bring the files there by hand, or set {VARIABLE}") from None
    typer.echo(folder)
    typer.echo(f"Name it in a study: `{use.format(folder=folder)}`", err=True)


def _fetch(kind: Any, place: Path) -> Path:
    """The files of one of torchvision's classes, which is not made: it would unpickle what it reads."""
    from torchvision.datasets.utils import download_url

    if not hasattr(kind, "tgz_md5"):
        folder = place / kind.__name__ / "raw"
        for file, md5 in kind.resources:
            download_url(f"{kind.mirrors[0]}{file}", str(folder), filename=file, md5=md5)
        return folder
    download_url(kind.url, str(place), filename=kind.filename, md5=kind.tgz_md5)
    return _unpacked(place / kind.filename, [name for name, _ in (*kind.train_list, *kind.test_list)], kind.base_folder)


def _unpacked(archive: Path, names: list[str], inside: str) -> Path:
    """The named files of an archive, written beside it; nothing else in it is looked at."""
    import tarfile

    folder = archive.parent / inside
    folder.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for name in names:
            file = packed.extractfile(f"{inside}/{name}")
            if file is None:
                raise OSError(f"{archive} holds no {name}")
            (folder / name).write_bytes(file.read())
    archive.unlink()
    return folder
