"""Takes adversarial images that were made elsewhere into a study."""

from pathlib import Path
from typing import Annotated

import typer


def import_images(
    source: Annotated[
        Path, typer.Argument(metavar="DIR|FILE.parquet", help="A folder of PNG files, or a Parquet file of pixels.")
    ],
    study: Annotated[str, typer.Option("--study", metavar="STUDY", help="The study whose images they were made of.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.safetensors", help="[default: named as the source]")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Of a folder: file, image (index), label. [default: DIR/labels.csv]"),
    ] = None,
    part: Annotated[str, typer.Option(metavar="train|test", help="Which images. [default: the study's first]")] = "",
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="SHA256", help="Run this module though it is another user's.")
    ] = None,
) -> None:
    """Check images made elsewhere against a study's data, and write the file that the study then names."""
    import numpy as np

    from jobs.request import find_study
    from transfer import datasets
    from transfer.errors import EnvironmentProblem, TransferError
    from transfer.importing import Part, from_folder, from_parquet
    from transfer.study import read_data

    path = output or source.with_suffix(".safetensors")
    if path.suffix != ".safetensors":
        raise TransferError("U089", f"-o {path}: give a file that ends in .safetensors")
    if not source.exists():
        raise EnvironmentProblem("D042", f"no such folder or file: {source}")
    data, own, attacked = read_data(find_study(study), trust or ())
    chosen = part or next(iter(attacked))
    if chosen not in datasets.PARTS:
        raise TransferError("U089", f"no part is called {chosen!r}. Known: {', '.join(datasets.PARTS)}")
    clean = Part(data.name, chosen, *datasets.load(data, chosen, own))
    table = labels or source / "labels.csv"
    taken = from_folder(source, table, clean) if source.is_dir() else from_parquet(source, clean)
    try:
        path.write_bytes(taken.file())
    except OSError as problem:
        raise EnvironmentProblem("R075", f"cannot write {path}: {problem.strerror}") from None
    sizes = taken.linf
    typer.echo(path)
    found = f"{len(sizes):,} of {len(clean.labels):,} images of {clean}, labels as there"
    typer.echo(f"{found}; linf {np.median(sizes):.4g} in the middle, at most {sizes.max():.4g}.", err=True)
    typer.echo(f"Name it in the study:\n  attacks:\n    {path.stem}: {{images: {path.name}}}", err=True)
